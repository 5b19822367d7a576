"""Columns of events by name, and what their cells say: `time`, `key`, `header.NAME`, `value.PATH`."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from inspector.decode import Decoded, decode
from inspector.decode.as_json import as_json
from inspector.decode.preview import readable
from inspector.errors import InspectorError
from inspector.exchange.selection import Event
from inspector.exchange.times import written
from inspector.search import paths
from inspector.search.vocabulary import parsed

Cell = Callable[[Event], str | None]
"""What an event has in a column; None for null, and where it has nothing there."""
NOT_CAPTURED = "<not captured>"
USUAL = ("time", "channel", "position", "type", "from", "key", "value")
WHOLE = (
    *("time", "server", "channel", "partition", "offset", "type", "from", "id", "parent", "trace"),
    *("size", "key", "headers", "value"),
)
"""What CSV has unless it is told otherwise."""


def columns(names: Iterable[str]) -> dict[str, Cell]:
    """Cells by the names of their columns; raises InspectorError for a name that is none."""
    return {name: cell(name) for name in names}


def cell(name: str) -> Cell:
    """The cell of a column; raises InspectorError for a name that is none."""
    if name in _PLAIN:
        return _PLAIN[name]
    kind, dot, rest = name.partition(".")
    if dot and rest and kind == "header":
        return lambda event: event.record.header(rest)
    if dot and rest and kind == "value":
        return _field(rest)
    raise InspectorError(
        f"There is no column {name}.", f"Choose from {', '.join(_PLAIN)}, header.NAME and value.PATH."
    )


def plain(data: bytes | None) -> str | None:
    """Bytes as text, in hex where they are none; None for null."""
    if data is None:
        return None
    text = readable(data)
    return f"0x{data.hex()}" if text is None else text


def _told(data: bytes | None, decode: Callable[[], Decoded]) -> str | None:
    """Bytes as text, and where they are none as what decoders make of them."""
    if data is None or readable(data) is not None:
        return plain(data)
    found = decode().value
    return plain(data) if isinstance(found, bytes) else _shown(found)


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value
    try:
        return as_json(value).decode()
    except ValueError:
        return str(value)


def _field(path: str) -> Cell:
    try:
        steps = paths.parse(path)
    except ValueError as wrong:
        raise InspectorError(str(wrong)) from None

    def look(event: Event) -> str | None:
        found = list(paths.values(parsed(event.record, event.decode), steps))
        if not found or found == [None]:
            return None
        return _shown(found[0]) if isinstance(found[0], list) else ", ".join(map(_shown, found))

    return look


def _value(event: Event) -> str | None:
    record = event.record
    return _told(record.value, lambda: event.decode(record)) if record.body_stored else NOT_CAPTURED


def _headers(event: Event) -> str:
    return _shown([[name, plain(value)] for name, value in event.record.headers])


_PLAIN: dict[str, Cell] = {
    "time": lambda event: written(event.record.timestamp_ns),
    "server": lambda event: str(event.record.channel.server),
    "channel": lambda event: event.record.channel.name,
    "partition": lambda event: str(event.record.position.partition),
    "offset": lambda event: str(event.record.position.offset),
    "position": lambda event: f"p{event.record.position.partition}@{event.record.position.offset}",
    "type": lambda event: event.traits.type,
    "from": lambda event: None if event.traits.sender is None else event.traits.sender.value,
    "id": lambda event: event.traits.event_id,
    "parent": lambda event: event.traits.parent_id,
    "trace": lambda event: event.traits.flow_id,
    "size": lambda event: str(event.record.size),
    "key": lambda event: _told(event.record.key, lambda: decode(event.record.key)),
    "headers": _headers,
    "value": _value,
}
