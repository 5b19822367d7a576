"""Rows of a list as they may be seen: masks apply to what their cells show."""

from __future__ import annotations

from msgspec.structs import replace

from inspector.capture.masks import MASK, Masks
from inspector.decode.preview import preview
from inspector.errors import CaptureError
from inspector.record import Record
from inspector.store.reader import CaptureReader
from inspector.store.selection import Row
from inspector.traits import Traits, read

KEY, VALUE = 64, 160
"""Characters of a key and a value that a cell shows."""
LARGEST = 64 * 1024
"""Bytes of a record that is masked for its cells; of a larger one nothing is shown there."""


def masked_row(reader: CaptureReader, row: Row, masks: Masks) -> Row:
    """A row without what masks hide."""
    if row.channel is None or not masks.on(row.channel.name):
        return row
    if row.size > LARGEST:
        return replace(row, key=MASK.decode(), preview="masked; open it to read the rest")
    try:
        record = reader.record(row.row)
    except CaptureError as failure:
        return replace(row, key="", preview="", damage=failure.message)
    seen = masks.record(record)
    if seen is record:
        return row
    said = read(seen)
    return replace(
        row,
        key=preview(seen.key, KEY),
        preview=preview(seen.value, VALUE),
        type=said.type,
        sender=said.sender,
        event_id=said.event_id,
    )


def masked(reader: CaptureReader, row: int, masks: Masks) -> tuple[Record, Traits]:
    """A record and what it says of itself, without what masks hide. Raises CaptureError."""
    record = reader.record(row)
    seen = masks.record(record)
    return seen, reader.traits(row) if seen is record else read(seen)
