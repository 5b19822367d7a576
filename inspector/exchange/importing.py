"""Records out of files: our own lines of JSON and captures, and what other tools save."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from graph.identity import ServerId
from inspector.errors import InspectorError
from inspector.exchange.captures import added, opened, together
from inspector.exchange.foreign import Foreign, parsed, tool_of
from inspector.exchange.forms import replaced
from inspector.exchange.jsonl import record_of
from inspector.exchange.selection import Event, Stopped
from inspector.record import Record
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter
from inspector.traits import read

ELSEWHERE = ServerId("kafka", "imported")
"""The server of records that do not say where they were."""
LONGEST = 1 << 30
"""Bytes of a file that has to be read whole, and of a line."""
HEAD = 64 << 20
"""Bytes of a list in which its first record ends."""
CAPTURE, OURS = "Eventscope capture", "Eventscope JSON lines"
KNOWN = "Import captures, lines of JSON, kcat -J, and JSON saved by Kafbat UI, AKHQ or Redpanda Console."
MOST_REASONS = 20
"""Reasons that are told for one file; the rest is counted."""
_SQLITE = b"SQLite format 3\0"
_OURS = b'"timestamp_ns":'
_BETWEEN = re.compile(r"[\s,]*")
_NO_RECORD = (msgspec.MsgspecError, ValueError, TypeError, KeyError, AttributeError)
Item = tuple[str, Any]
"""Where something stands in a file, and what: a line, an object, or the ValueError that it is."""


class Recognised(Struct, frozen=True):
    """What wrote a file, told by its first record."""

    tool: str
    channel: bool
    """Whether it says of which channel its records are."""


class Source(Struct, frozen=True):
    """What was taken of one file."""

    path: Path
    tools: tuple[str, ...]
    """What wrote it."""
    records: int
    left_out: tuple[tuple[str, int], ...] = ()
    """Why parts of it are no records, with the place of the first, and how many."""

    @property
    def sentences(self) -> list[str]:
        """All of it, for a person."""
        records = f"{self.records:,} record{'' if self.records == 1 else 's'}"
        taken = f"{self.path.name}: {records}{' of ' if self.tools else ''}{' and '.join(self.tools)}."
        return [taken, *(f"{count:,} left out, {why}." for why, count in self.left_out)]


class Imported(Struct, frozen=True):
    """What became of some files."""

    sources: tuple[Source, ...]
    records: int
    """Those of the new capture."""
    twice: int = 0
    """Records that several of the captures have; they are taken once."""


def recognised(path: Path) -> Recognised:
    """What wrote a file; raises InspectorError where nothing does that is known."""
    with _reading(path) as file:
        if _begins(file).startswith(_SQLITE):
            return Recognised(CAPTURE, channel=True)
        where, item = next(_items(file, head=True), (path.name, ValueError("it is empty")))
        try:
            tool, found = _told(item)
        except _NO_RECORD as wrong:
            raise _refused(f"{where} of {path}", wrong) from wrong
    return Recognised(tool, channel=tool == OURS or bool(found.get("topic")))


def records(path: Path, server: ServerId = ELSEWHERE, channel: str | None = None) -> Iterator[Record]:
    """The records of a text file in its order; raises InspectorError with the place of what is none."""
    for where, _, found in _records(path, Foreign(server, channel)):
        if isinstance(found, Exception):
            raise _refused(f"{where} of {path}", found) from found
        yield found


def into(
    target: Path,
    sources: Sequence[Path],
    server: ServerId = ELSEWHERE,
    channel: str | None = None,
    stop: Callable[[], bool] = lambda: False,
    progress: Callable[[int], object] = lambda _count: None,
) -> Imported:
    """A new capture of the records of some files; what is no record is left out and told.

    Raises InspectorError where there is no record at all, and Stopped once `stop` says so.

    Args:
        progress: is told now and then how many records were read of text files.
    """
    captures = [path for path in sources if _capture(path)]
    texts = [path for path in sources if path not in captures]
    taken: list[Source] = []

    def events() -> Iterator[Event]:
        done = 0
        for path in texts:
            tools, lost = Counter[str](), Counter[str]()
            for where, tool, found in _records(path, Foreign(server, channel)):
                if stop():
                    raise Stopped("It was stopped, and nothing was written.")
                if isinstance(found, Exception):
                    _count(lost, where, found)
                    continue
                tools[tool] += 1
                done += 1
                if done % 1_000 == 0:
                    progress(done)
                yield Event(found, read(found))
            taken.append(Source(path, tuple(tools), tools.total(), tuple(lost.items())))
        if not done:
            raise InspectorError(f"There is no record in it. {taken[0].sentences[-1]}", KNOWN)

    with replaced(target) as beside:
        if not captures:
            count = added(beside, events())
            return Imported(tuple(taken), count)
        parts = [*captures]
        if texts:
            parts.append(beside.with_name("texts.evs"))
            added(parts[-1], events())
        with opened(parts) as readers:
            taken += [_whole(reader) for reader in readers[: len(captures)]]
            made = together(readers, beside, stop)
        return Imported(tuple(taken), made.records, made.twice)


def _whole(reader: CaptureReader) -> Source:
    damage = tuple((each.sentence.rstrip("."), each.count) for each in reader.damaged)
    return Source(reader.path, (CAPTURE,), len(reader.select(RowFilter())), damage)


def _records(path: Path, foreign: Foreign) -> Iterator[tuple[str, str, Record | Exception]]:
    """Where each thing of a file stands, what wrote it, and its record or why it is none."""
    with _reading(path) as file:
        for where, item in _items(file):
            tool = ""
            try:
                tool, found = _told(item)
                yield where, tool, found if isinstance(found, Record) else foreign.record(found)
            except _NO_RECORD as wrong:
                yield where, tool, wrong


def _told(item: Any) -> tuple[str, Any]:
    """What wrote something, and its record or object; raises one of `_NO_RECORD`."""
    if isinstance(item, ValueError):
        raise item
    if isinstance(item, bytes):
        if _OURS in item:
            return OURS, record_of(item)
        item = parsed(item)
    return tool_of(item).name, item


def _items(file: BinaryIO, *, head: bool = False) -> Iterator[Item]:
    """The lines of a file, or the members of the list that it is; with `head` the first of them."""
    if not _begins(file).startswith(b"["):
        for number, line in enumerate(iter(lambda: file.readline(LONGEST), b""), 1):
            if line.strip():
                yield f"line {number:,}", line
        return
    data = file.read(HEAD if head else LONGEST + 1)
    if len(data) > LONGEST:
        yield "it", ValueError("it is a list of more than 1 GB; save it in parts, or as lines")
        return
    try:
        found: Iterable[Any] = [] if head else parsed(data)
    except ValueError:
        found = []
    yield from ((f"record {number:,}", each) for number, each in enumerate(found or _whole_ones(data), 1))


def _whole_ones(data: bytes) -> Iterator[Any]:
    """The members of a list up to where it is no JSON any more, such as where a download was cut off."""
    text, decoder = data.decode("utf-8", "surrogateescape"), json.JSONDecoder()
    at = _between(text, text.index("[") + 1)
    while at < len(text) and text[at] != "]":
        try:
            found, at = decoder.raw_decode(text, at)
        except ValueError:
            yield ValueError("the file is no JSON from there on")
            return
        yield found
        at = _between(text, at)
    if at == len(text):
        yield ValueError("the file ends before its list does")


def _between(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return at if found is None else found.end()


def _begins(file: BinaryIO) -> bytes:
    return file.peek(64).lstrip() if hasattr(file, "peek") else b""


def _capture(path: Path) -> bool:
    with _reading(path) as file:
        return _begins(file).startswith(_SQLITE)


@contextmanager
def _reading(path: Path) -> Iterator[BinaryIO]:
    try:
        with path.open("rb") as file:
            yield file
    except OSError as failure:
        raise InspectorError(f"{path} cannot be read: {failure.strerror}.", "Check the path.") from failure


def _count(lost: Counter[str], where: str, wrong: Exception) -> None:
    """Count why something is left out; of each reason the first place is told."""
    why = _why(wrong)
    first = next((each for each in lost if each.startswith(f"{why} (")), "")
    first = first or (f"{why} (first: {where})" if len(lost) < MOST_REASONS else "for other reasons")
    lost[first] += 1


def _why(wrong: Exception) -> str:
    if isinstance(wrong, json.JSONDecodeError):
        return "it is no JSON"
    return f"{wrong.args[0]} is missing" if isinstance(wrong, KeyError) else str(wrong)


def _refused(where: str, wrong: Exception) -> InspectorError:
    return InspectorError(f"{where[0].upper()}{where[1:]} cannot be read: {_why(wrong)}.", KNOWN)
