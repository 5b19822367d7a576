"""One record with what its bytes say, and the texts of its pages."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from inspector.decode import Decoded, hexdump
from inspector.decode.preview import readable
from inspector.decode.sight import Sight
from inspector.record import Record

TEXT_MOST = 1_000_000
"""Characters that the text page shows; a larger value is not laid out."""
HEX_MOST = 256 * 1024
"""Bytes that the hex page shows."""


@dataclass(frozen=True)
class Opened:
    """A record, and what it says once that is known."""

    record: Record
    decoded: Decoded | None
    key: Decoded | None = None


def open_record(record: Record, sight: Sight) -> Opened:
    """Read a record as it may be seen; safe in any thread. Where `sight` fetches schemas, it waits."""
    return Opened(record, sight.value(record), sight.key(record))


def text_of(opened: Opened) -> str:
    """The value as text, laid out where it has parts and is not too large."""
    value = opened.record.value
    if not value:
        return absence(opened.record)
    read = opened.decoded.value if opened.decoded is not None else None
    made: str | None = None
    if isinstance(read, str):
        made = read
    elif len(value) <= TEXT_MOST and isinstance(read, dict | list) and not value.lstrip().startswith(b"<"):
        try:
            options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
            made = orjson.dumps(read, option=options, default=_plain).decode()
        except (TypeError, ValueError):
            made = None
    if made is None:
        made = value[: 4 * TEXT_MOST].decode("utf-8", "replace")
    if len(made) <= TEXT_MOST:
        return made
    return f"{made[:TEXT_MOST]}\n\n… {len(made) - TEXT_MOST:,} more characters or more are not shown here."


def hex_of(record: Record) -> str:
    """Its bytes in rows."""
    value = record.value
    if not value:
        return absence(record)
    lines = [f"{line.offset:08x}  {line.hex}  {line.text}" for line in hexdump.lines(value[:HEX_MOST])]
    if len(value) > HEX_MOST:
        lines.append(f"… {len(value) - HEX_MOST:,} more bytes are not shown here.")
    return "\n".join(lines)


def absence(record: Record) -> str:
    """Why there are no bytes."""
    if not record.body_stored:
        return "The value was not captured. Capture the channel with everything to see its next ones."
    return "null, no bytes" if record.value is None else "empty, 0 bytes"


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        text = readable(value)
        return value.hex(" ") if text is None else text
    return str(value)
