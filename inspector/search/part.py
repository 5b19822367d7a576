"""Rows that a search goes through, and those of one block, opened only as far as they are asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import orjson
from numpy.typing import NDArray

from graph.identity import ChannelId
from inspector.capture.masks import Masks
from inspector.record import Headers, Record
from inspector.search.needles import Needle, foldable, is_utf8
from inspector.search.vocabulary import parsed
from inspector.store.block import FRAME, Columns
from inspector.store.blocks import StoredBlock
from inspector.store.packing import TextColumn
from inspector.store.reader import CaptureReader, Rows
from inspector.store.text import Occurs, occurrences
from inspector.traits import Traits, read

T = TypeVar("T")
Mask = NDArray[np.bool_]
Places = NDArray[np.int64]
FEW = 32
"""Rows that are sooner looked at one by one than found in their whole block."""
COLUMNS = ("channel", "partition", "offset", "timestamp_ns", "type", "sender")


class Table:
    """All rows of a search with their columns that are in memory."""

    def __init__(self, capture: CaptureReader, rows: Rows, masks: Masks) -> None:
        self.capture = capture
        self.masks = masks
        while True:
            self.columns: Columns = capture.columns(rows, *COLUMNS)
            self.rows = capture.kept(rows)
            if len(self.rows) == len(rows):
                break
            rows = self.rows  # some were deleted meanwhile, or it turned out that they are damaged
        self.channels: tuple[ChannelId, ...] = capture.channels()
        self.answers: dict[object, Mask] = {}
        """What was found by columns."""

    @cached_property
    def hidden(self) -> Mask:
        """Rows of which something may be masked."""
        return of_terms([self.masks.on(each.name) for each in self.channels], self.columns["channel"])


class Part:
    """Some rows of one block; `at` are places in them, ascending. What reads raises CaptureError."""

    def __init__(self, table: Table, places: Places) -> None:
        self.table = table
        self.places = places
        self.rows: Rows = table.rows[places]
        self.lost = np.zeros(len(places), np.bool_)
        """Rows of which something that was asked cannot be read."""
        self._parsed: dict[int, Any] = {}
        self._shown: dict[int, tuple[Record, Traits]] = {}

    def record(self, at: int) -> tuple[Record, Traits]:
        """One record as it may be seen."""
        found = self._shown.get(at)
        if found is None:
            row = int(self.rows[at])
            record, traits = self.table.capture.record(row), self.table.capture.traits(row)
            seen = self.table.masks.record(record)
            found = self._shown[at] = (seen, traits if seen is record else read(seen))
        return found

    def sizes(self, at: Places) -> NDArray[Any]:
        """Bytes of key, value and headers."""
        return self._of_block(at, lambda block, places: block.column("size")[places])

    def keys(self, at: Places) -> list[bytes | None]:
        """Keys."""
        return self._of_block(at, lambda block, places: [*map(block.keys().piece, places.tolist())])

    def headers(self, at: Places, named: str = "") -> list[Headers]:
        """Headers; where a name in lower case is given, those that have it."""
        shapes = self.table.capture.names["shape"]
        return self._of_block(at, lambda block, places: block.headers_of(places, shapes, named))

    def flow_ids(self, at: Places) -> list[str | None]:
        """Flows."""
        return self._of_block(at, lambda block, places: block.ids_of(places, "flow"))

    def parsed(self, at: Places) -> list[Any]:
        """Values as parts."""
        new = np.array([place for place in at.tolist() if place not in self._parsed], np.int64)
        values = self._of_block(new, lambda block, places: block.values(places)) if len(new) else []
        for place, value in zip(new.tolist(), values, strict=True):
            try:
                self._parsed[place] = orjson.loads(value) if value else None
            except orjson.JSONDecodeError:
                self._parsed[place] = parsed(value, self.headers(np.array([place]))[0])
        return [self._parsed[place] for place in at.tolist()]

    def with_words(self, occurs: Occurs, at: Places) -> Mask:
        """Which of `at` free text occurs in."""
        names = self.table.capture.names
        return self._of_block(at, lambda block, places: occurs.in_block(block, names, places))

    def candidates(self, name: str, needle: Needle, at: Places) -> Places:
        """Where in `at` a match may be in `keys`, `headers`, `flows` or `bodies`."""
        if not needle.wanted or len(at) < FEW:
            return np.arange(len(at))

        def look(block: StoredBlock, places: Places) -> Mask:
            held = np.zeros(block.count, np.bool_)
            for column, among in self._columns(name, block, places, held, needle):
                held[among[self._having(column, needle)]] = True
            return held[places]

        return np.flatnonzero(self._of_block(at, look))

    def _columns(
        self, name: str, block: StoredBlock, places: Places, held: Mask, needle: Needle
    ) -> Iterator[tuple[TextColumn, Places]]:
        """Where to look, each with its places in the block; those that are no columns are held anyway."""
        if name == "keys":
            yield block.keys(), np.arange(block.count)
        elif name == "bodies":
            for number in np.unique(places // FRAME).tolist():
                frame = block.frame(number)
                yield frame, np.arange(len(frame)) + number * FRAME
        else:
            for shape in block.mixed():
                held[block.of_shape(shape)] = True
            for shape, place in block.directory().items():
                among, kinds = block.of_shape(shape), place.headers
                if name == "headers":
                    names = [each.encode() for each in self.table.capture.names["shape"][shape]]
                    if any(needle.wanted in each.lower() or not each.isascii() for each in names):
                        held[among] = True
                        continue
                elif "flow" in place.sources:
                    kinds = [kinds[place.sources["flow"][0]]]
                else:
                    kinds = [place.ids["flow"]] if "flow" in place.ids else []
                for kind in kinds:
                    yield block.texts(kind, place.count), among

    def _having(self, column: TextColumn, needle: Needle) -> Places:
        """The texts of a column that hold a needle, or may for another reason."""
        data = column.data
        if needle.folded:
            if foldable(data, needle.wanted) or (needle.json and not is_utf8(data)):
                return np.arange(len(column))
            data = data.lower()
        found = occurrences(column, data, needle.wanted)
        if needle.json:
            found = np.union1d(found, _odd(column))
        return column.places(found)

    def _of_block(self, at: Places, look: Callable[[StoredBlock, Places], T]) -> T:
        return self.table.capture.of_block(self.rows[at], look)


def of_terms(answers: list[bool], numbers: NDArray[Any]) -> Mask:
    """The answers for terms as rows have them by number; none for -1."""
    found: Mask = np.array([*answers, False], np.bool_)[numbers]
    return found


def _odd(column: TextColumn) -> Places:
    """Values that are not plainly an object or a list of JSON, or where letters are escaped by number."""
    filled = np.flatnonzero(column.lengths > 0)
    data = np.frombuffer(column.data, np.uint8)
    begin = data[column.ends[filled] - column.lengths[filled]]
    end = data[column.ends[filled] - 1]
    odd = ((begin != ord("{")) | (end != ord("}"))) & ((begin != ord("[")) | (end != ord("]")))
    return np.union1d(filled[odd], occurrences(column, column.data, rb"\u"))
