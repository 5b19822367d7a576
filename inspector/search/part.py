"""Rows that a search goes through, and those of one block, opened only as far as they are asked."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from graph.identity import ChannelId
from inspector.capture.masks import Masks
from inspector.errors import CaptureError
from inspector.record import Headers, Record
from inspector.search.needles import Needle, foldable, is_utf8
from inspector.search.vocabulary import parsed
from inspector.store.block import Columns, Stream, decode_headers, decode_traits
from inspector.store.reader import CaptureReader, Rows
from inspector.store.selection import pieces_with
from inspector.traits import Traits, read

Mask = NDArray[np.bool_]
FEW = 32
"""Rows that are sooner looked at one by one than found in their whole block."""
COLUMNS = ("channel", "partition", "offset", "timestamp_ns", "type", "sender")


class Table:
    """All rows of a search with their columns that are in memory."""

    def __init__(self, capture: CaptureReader, rows: Rows, masks: Masks) -> None:
        self.capture = capture
        self.masks = masks
        while True:
            self.rows = rows = rows[np.searchsorted(rows, capture.first_row) :]
            try:
                self.columns: Columns = capture.columns(rows, *COLUMNS)
                break
            except CaptureError:  # the oldest were deleted meanwhile
                continue
        self.channels: tuple[ChannelId, ...] = capture.channels()
        self.answers: dict[object, Mask] = {}
        """What was found by columns."""

    @cached_property
    def hidden(self) -> Mask:
        """Rows of which something may be masked."""
        return of_terms([self.masks.on(each.name) for each in self.channels], self.columns["channel"])


class Part:
    """Some rows of one block; `at` are places in them."""

    def __init__(self, table: Table, places: NDArray[np.int64]) -> None:
        self.table = table
        self.places = places
        self.rows: Rows = table.rows[places]
        self.lost = np.zeros(len(places), np.bool_)
        """Rows of which something that was asked cannot be read."""
        self._streams: dict[str, tuple[int, Stream]] = {}
        self._lower: dict[str, bytes] = {}
        self._parsed: dict[int, Any] = {}
        self._shown: dict[int, tuple[Record, Traits]] = {}

    def record(self, at: int) -> tuple[Record, Traits]:
        """One record as it may be seen. Raises CaptureError."""
        found = self._shown.get(at)
        if found is None:
            row = int(self.rows[at])
            record, traits = self.table.capture.record(row), self.table.capture.traits(row)
            seen = self.table.masks.record(record)
            found = self._shown[at] = (seen, traits if seen is record else read(seen))
        return found

    def piece(self, name: str, at: int) -> bytes | None:
        """The bytes of one record in a stream. Raises CaptureError."""
        first, stream = self._stream(name)
        return stream.piece(int(self.rows[at]) - first)

    def headers(self, at: int) -> Headers:
        """Raises CaptureError, MsgspecError."""
        return decode_headers(self.piece("headers", at))

    def flow_id(self, at: int) -> str | None:
        """Raises CaptureError, MsgspecError."""
        return decode_traits(self.piece("traits", at), None, None).flow_id

    def parsed(self, at: int) -> Any:
        """A value as parts. Raises CaptureError, MsgspecError."""
        if at not in self._parsed:
            value = self.piece("bodies", at)
            try:
                self._parsed[at] = orjson.loads(value) if value else None
            except orjson.JSONDecodeError:
                self._parsed[at] = parsed(value, self.headers(at))
        return self._parsed[at]

    def candidates(self, name: str, needle: Needle, at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where in `at` a match may be by a stream. Raises CaptureError."""
        if not needle.wanted or len(at) < FEW or (needle.folded and self._may_fold(name, needle)):
            return np.arange(len(at))
        held = self.having(name, needle, at)
        if needle.json:
            first, stream = self._stream(name)
            held |= _odd(stream)[self.rows[at] - first]
        return np.flatnonzero(held)

    def having(self, name: str, needle: Needle, at: NDArray[np.int64]) -> Mask:
        """Which of `at` hold the bytes of a needle in a stream. Raises CaptureError."""
        first, stream = self._stream(name)
        if needle.folded and name not in self._lower:
            self._lower[name] = stream.data.lower()
        data = self._lower[name] if needle.folded else stream.data
        held = np.zeros(len(stream.ends), np.bool_)
        held[pieces_with(data, stream.ends, needle.wanted)] = True
        found: Mask = held[self.rows[at] - first]
        return found

    def is_ascii(self, name: str) -> bool:
        """Whether all of a stream is. Raises CaptureError."""
        return self._stream(name)[1].data.isascii()

    def _may_fold(self, name: str, needle: Needle) -> bool:
        data = self._stream(name)[1].data
        return foldable(data, needle.wanted) or (needle.json and not is_utf8(data))

    def _stream(self, name: str) -> tuple[int, Stream]:
        if name not in self._streams:
            self._streams[name] = self.table.capture.stream(int(self.rows[0]), name)
        return self._streams[name]


def of_terms(answers: list[bool], numbers: NDArray[Any]) -> Mask:
    """The answers for terms as rows have them by number; none for -1."""
    found: Mask = np.array([*answers, False], np.bool_)[numbers]
    return found


def _odd(stream: Stream) -> Mask:
    """Values that are not plainly an object or a list of JSON, or where letters are escaped by number."""
    odd = np.zeros(len(stream.ends), np.bool_)
    filled = np.flatnonzero(stream.lengths > 0)
    data = np.frombuffer(stream.data, np.uint8)
    begin = data[stream.ends[filled] - stream.lengths[filled]]
    end = data[stream.ends[filled] - 1]
    odd[filled] = ((begin != ord("{")) | (end != ord("}"))) & ((begin != ord("[")) | (end != ord("]")))
    odd[pieces_with(stream.data, stream.ends, rb"\u")] = True
    return odd
