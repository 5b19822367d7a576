"""Rows of a list as they may be seen: masks and decoders apply to what their cells show."""

from __future__ import annotations

from contextlib import suppress

import orjson
from msgspec.structs import replace

from inspector.capture.masks import MASK
from inspector.decode.as_json import as_json
from inspector.decode.preview import preview
from inspector.decode.sight import Sight
from inspector.errors import CaptureError
from inspector.record import Record
from inspector.store.reader import CaptureReader
from inspector.store.selection import Row
from inspector.traits import Traits, read

KEY, VALUE = 64, 160
"""Characters of a key and a value that a cell shows."""
LARGEST = 64 * 1024
"""Bytes of a record that is masked for its cells; of a larger one nothing is shown there."""


UNREAD = ("<binary", "0x")
"""How the preview of a value begins that is no text."""


def masked_row(reader: CaptureReader, row: Row, sight: Sight) -> Row:
    """A row without what masks hide, and with what decoders make of a value that is no text."""
    if row.channel is None:
        return row
    hides, unread = sight.on(row.channel.name), row.preview.startswith(UNREAD)
    if not hides and not unread:
        return row
    if row.size > LARGEST:
        return replace(row, key=MASK.decode(), preview="masked; open it to read the rest") if hides else row
    try:
        record = reader.record(row.row)
    except CaptureError as failure:
        return replace(row, key="", preview="", damage=failure.message)
    seen = sight.record(record)
    shown = replace(row, preview=_preview(seen, sight)) if unread else row
    if seen is record:
        return shown
    said = read(seen)
    return replace(
        row,
        key=preview(seen.key, KEY),
        preview=_preview(seen, sight),
        type=said.type,
        sender=said.sender,
        event_id=said.event_id,
    )


def _preview(record: Record, sight: Sight) -> str:
    shown = preview(record.value, VALUE)
    if not shown.startswith(UNREAD):
        return shown
    found = sight.value(record).value
    if isinstance(found, bytes):
        return shown
    with suppress(orjson.JSONEncodeError):
        return preview(found.encode() if isinstance(found, str) else as_json(found), VALUE)
    return shown


def masked(reader: CaptureReader, row: int, sight: Sight) -> tuple[Record, Traits]:
    """A record and what it says of itself, without what masks hide. Raises CaptureError."""
    record = reader.record(row)
    seen = sight.record(record)
    return seen, reader.traits(row) if seen is record else read(seen)
