"""What stands round the value of a record: its headers, its decoders, and facts in sentences."""

from __future__ import annotations

from datetime import tzinfo

from gui import figures
from gui.fonts import Role
from gui.parts.cells import Cell
from gui.parts.tables import Line
from gui.record.opened import Opened
from inspector.decode import Attempt, Decoded
from inspector.decode.preview import readable

MOST_KEY = 200
"""Characters of a key that are shown."""


def header_line(number: int, name: str, value: bytes | None) -> Line:
    """A header, null told from empty."""
    if value is None:
        return Line(number, (Cell(name, Role.CELL, "dim"), Cell("null", Role.CELL, "faint")))
    text = readable(value, cut=False)
    shown = value.hex(" ") if text is None else text
    tone = "string" if text is not None else "dim"
    return Line(number, (Cell(name, Role.CELL, "dim"), Cell(shown, Role.CELL, tone)), tip=shown)


def attempt_line(number: int, attempt: Attempt) -> Line:
    """A decoder, and why it declined."""
    said = Cell(f"declined: {attempt.reason}", tone="dim") if attempt.reason else Cell("took it", tone="ok")
    return Line(number, (Cell(attempt.decoder, Role.NAME), said), tip=attempt.reason)


def facts(opened: Opened, zone: tzinfo) -> str:
    """How it was read, its key, its time and who wrote it."""
    record, decoded = opened.record, opened.decoded
    told = []
    if not record.body_stored:
        told.append("The value was not captured.")
    elif decoded is not None:
        told.append(f"Read as {decoded.encoding}.")
        if decoded.envelope is not None:
            told.append(f"{decoded.envelope.name[:1].upper()}{decoded.envelope.name[1:]}.")
    said = "its broker" if record.log_append_time else "its sender"
    told.append(f"Key {_key(record.key, opened.key)}.")
    told.append(f"{figures.date_and_clock(record.timestamp_ns, zone)}, by {said}.")
    if record.producer_id >= 0:
        told.append(f"Producer id {record.producer_id}, sequence {record.sequence}.")
    if record.codec != "none":
        told.append(f"Sent compressed with {record.codec}.")
    if record.aborted:
        told.append("Its transaction was aborted: who reads committed records alone never saw it.")
    return " ".join(told)


def _key(data: bytes | None, read: Decoded | None) -> str:
    if data is None:
        return "null"
    if read is None or isinstance(read.value, str) or read.encoding in ("binary", "JSON"):
        shown = repr(data.decode("utf-8", "replace"))[1:-1] or "empty"
    else:
        shown = f"{read.value} ({read.encoding})"
    return shown if len(shown) <= MOST_KEY else f"{shown[: MOST_KEY - 1]}…"
