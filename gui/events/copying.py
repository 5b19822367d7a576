"""Events as text for the clipboard."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from gui.models.events import EventsModel
from inspector.decode.preview import readable
from inspector.decode.sight import Sight
from inspector.errors import CaptureError
from inspector.store.reader import CaptureReader

MOST_COPIED = 1_000
"""Events that are copied at a time: more belong into a file."""


def as_table(model: EventsModel, columns: Sequence[int], places: Sequence[int]) -> str:
    """Rows as they stand in the table, under the titles of its columns, tabs between."""
    shown = [number for number in columns if model.columns[number].key != "marks"]
    lines = ["\t".join(model.columns[number].title for number in shown)]
    for place in places:
        cells = (str(model.index(place, number).data() or "") for number in shown)
        lines.append("\t".join(cell.replace("\t", " ").replace("\n", " ") for cell in cells))
    return "\n".join(lines)


def as_json(reader: CaptureReader, rows: Sequence[int], sight: Sight) -> str:
    """Events as one JSON object a line, values decoded; one that cannot be read says why."""
    return "\n".join(_line(reader, row, sight) for row in rows)


def _line(reader: CaptureReader, row: int, sight: Sight) -> str:
    try:
        record = sight.record(reader.record(row))
    except CaptureError as failure:
        return orjson.dumps({"row": row, "error": failure.message}).decode()
    made: dict[str, object] = {
        "channel": record.channel.name,
        "partition": record.position.partition,
        "offset": record.position.offset,
        "timestamp_ns": record.timestamp_ns,
        "key": _text(record.key),
        "headers": [[name, _text(value)] for name, value in record.headers],
    }
    if record.body_stored:
        made["value"] = None if record.value is None else sight.value(record).value
    return orjson.dumps(made, default=_other, option=orjson.OPT_NON_STR_KEYS).decode("utf-8", "replace")


def _text(data: bytes | None) -> str | None:
    if data is None:
        return None
    text = readable(data, cut=False)
    return data.hex(" ") if text is None else text


def _other(value: object) -> str:
    return value.hex(" ") if isinstance(value, bytes) else str(value)
