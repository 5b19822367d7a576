"""Records out of files: our own lines of JSON, and what other tools save."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from graph.identity import ServerId
from inspector.errors import InspectorError
from inspector.exchange.captures import added
from inspector.exchange.foreign import Foreign, parsed
from inspector.exchange.forms import replaced
from inspector.exchange.jsonl import record_of
from inspector.exchange.selection import Event, Stopped
from inspector.record import Record
from inspector.traits import read

ELSEWHERE = ServerId("kafka", "imported")
"""The server of records that do not say where they were."""
LONGEST = 1 << 30
"""Bytes of a file that has to be read whole, and of a line."""
_OURS = b'"timestamp_ns":'


def records(path: Path, server: ServerId = ELSEWHERE, channel: str | None = None) -> Iterator[Record]:
    """The records of a file in its order; raises InspectorError with the line where one cannot be read."""
    try:
        with path.open("rb") as file:
            yield from _records(file, path, Foreign(server, channel))
    except OSError as failure:
        raise InspectorError(f"{path} cannot be read: {failure.strerror}.", "Check the path.") from failure


def into(
    target: Path,
    sources: Iterable[Path],
    server: ServerId = ELSEWHERE,
    channel: str | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> int:
    """A new capture of the records of some files; how many there are. Raises InspectorError."""

    def events() -> Iterator[Event]:
        for path in sources:
            for record in records(path, server, channel):
                if stop():
                    raise Stopped("It was stopped, and nothing was written.")
                yield Event(record, read(record))

    with replaced(target) as beside:
        return added(beside, events())


def _records(file: BinaryIO, path: Path, foreign: Foreign) -> Iterator[Record]:
    head = file.peek(64).lstrip() if hasattr(file, "peek") else b""
    if head.startswith(b"["):
        yield from _list(file, path, foreign)
        return
    for number, line in enumerate(iter(lambda: file.readline(LONGEST), b""), 1):
        if not line.strip():
            continue
        try:
            yield record_of(line) if _OURS in line else foreign.record(parsed(line))
        except (msgspec.MsgspecError, ValueError, TypeError, KeyError, AttributeError) as wrong:
            raise _refused(f"Line {number:,} of {path}", wrong) from wrong


def _list(file: BinaryIO, path: Path, foreign: Foreign) -> Iterator[Record]:
    data = file.read(LONGEST + 1)
    if len(data) > LONGEST:
        raise InspectorError(f"{path} is a list of more than 1 GB.", "Save it in parts, or as lines.")
    try:
        found = parsed(data)
    except ValueError as wrong:
        raise _refused(str(path), wrong) from wrong
    for number, each in enumerate(found, 1):
        try:
            yield foreign.record(each)
        except (ValueError, TypeError, KeyError, AttributeError) as wrong:
            raise _refused(f"Record {number:,} of {path}", wrong) from wrong


def _refused(where: str, wrong: Exception) -> InspectorError:
    why = f"{wrong.args[0]} is missing" if isinstance(wrong, KeyError) else str(wrong)
    return InspectorError(
        f"{where} cannot be read: {why}.",
        "Files of Eventscope (jsonl), kcat -J, Kafbat, AKHQ and Redpanda Console (JSON) can be imported.",
    )
