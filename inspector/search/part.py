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
from inspector.search.needles import Needle, of_words
from inspector.search.vocabulary import Decode, parsed, plainly
from inspector.store.block import FRAME, FRAMES, KEYS, MIXED, Columns
from inspector.store.blocks import StoredBlock
from inspector.store.fields import Field, Path
from inspector.store.index import Extent
from inspector.store.packing import TextColumn
from inspector.store.reader import CaptureReader, Rows
from inspector.store.sieve import Holding, Holdings
from inspector.store.text import Occurs
from inspector.traits import Traits, read

T = TypeVar("T")
Mask = NDArray[np.bool_]
Places = NDArray[np.int64]
FEW = 32
"""Rows that are sooner looked at one by one than found in their whole block."""


class Table:
    """All rows of a search, with their columns as they are asked for."""

    def __init__(
        self, capture: CaptureReader, rows: Rows | range, masks: Masks, decode: Decode = plainly
    ) -> None:
        """`rows`: ascending, or all of a range."""
        self.capture = capture
        self.masks = masks
        self.decode = decode
        self.channels: tuple[ChannelId, ...] = capture.channels()
        self.answers: dict[object, Mask] = {}
        """What was found by columns."""
        self._rows = rows
        self._columns: Columns = {}
        self._held: dict[tuple[Needle, str], Holdings] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self, places: Places) -> Rows:
        """The rows at some places."""
        if not isinstance(self._rows, range):
            return self._rows[places]
        return places + self._rows.start

    def column(self, name: str) -> NDArray[Any]:
        """A column of `block.COLUMNS` of all rows."""
        found = self._columns.get(name)
        if found is None:
            rows = self._rows
            if isinstance(rows, range):
                found = self.capture.view(name, rows.start, rows.stop)
            else:
                found = self.capture.columns(rows, name)[name]
            self._columns[name] = found
        return found

    def times(self, places: slice) -> NDArray[Any]:
        """The times of the rows at some places of one block."""
        rows = self._rows
        if isinstance(rows, range):
            return self.capture.view("timestamp_ns", rows.start + places.start, rows.start + places.stop)
        return self.capture.columns(rows[places], "timestamp_ns")["timestamp_ns"]

    def kept(self) -> Rows | range | None:
        """What is left where some rows were deleted meanwhile, or are damaged; None where that is all."""
        rows = self._rows
        if isinstance(rows, range):
            return None if self.capture.whole(rows) else self.capture.kept(np.arange(rows.start, rows.stop))
        kept = self.capture.kept(rows)
        return None if len(kept) == len(rows) else kept

    def by_block(self) -> list[tuple[Extent, slice]]:
        """The blocks, the oldest first, and the places of their rows."""
        rows, extents = self._rows, self.capture.extents(*self.span)
        if isinstance(rows, range):
            return [
                (block, slice(max(block.first - rows.start, 0), min(block.end, rows.stop) - rows.start))
                for block in extents
            ]
        firsts = np.searchsorted(rows, [block.first for block in extents]).tolist()
        ends = np.searchsorted(rows, [block.end for block in extents]).tolist()
        found = zip(extents, map(slice, firsts, ends), strict=True)
        return [(block, places) for block, places in found if places.stop > places.start]

    def narrowed(self, may: Mask, needle: Needle, area: str) -> Mask:
        """Those of some rows in whose blocks a needle may be in an area, as far as indexes say."""
        if self.masks.any or not needle.wanted:
            return may
        may = may.copy()
        held = self._holdings(needle, area)
        for block, places in self.by_block():
            if block.id in held and held[block.id].nowhere:
                may[places] = False
        return may

    def holding(self, needle: Needle, area: str, block: StoredBlock) -> Holding | None:
        """Where in an area of a block a needle may be; None where that is not known."""
        return self._holdings(needle, area).get(block.id)

    def _holdings(self, needle: Needle, area: str) -> Holdings:
        found = self._held.get((needle, area))
        if found is None:
            found = self._held[needle, area] = self.capture.holdings(
                *self.span, needle.indexed, area, beyond=needle.folded, odd=needle.json
            )
        return found

    @property
    def span(self) -> tuple[int, int]:
        """Its first row, and the one after its last."""
        return (int(self._rows[0]), int(self._rows[-1]) + 1) if len(self) else (0, 0)

    @cached_property
    def hidden(self) -> Mask:
        """Rows of which something may be masked."""
        return of_terms([self.masks.on(each.name) for each in self.channels], self.column("channel"))


class Part:
    """Some rows of one block; `at` are places in them, ascending. What reads raises CaptureError."""

    def __init__(self, table: Table, places: Places) -> None:
        self.table = table
        self.places = places
        self.rows: Rows = table.rows(places)
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
                record = self.table.capture.record(int(self.rows[place]))
                self._parsed[place] = parsed(record, self.table.decode)
        return [self._parsed[place] for place in at.tolist()]

    def with_words(self, occurs: Occurs, at: Places) -> Mask:
        """Which of `at` free text occurs in."""
        names = self.table.capture.names

        def look(block: StoredBlock, places: Places) -> Mask:
            holding = self.table.holding(of_words(occurs), "", block)
            return occurs.in_block(block, names, places, holding)

        return self._of_block(at, look)

    def candidates(self, name: str, needle: Needle, at: Places) -> Places:
        """Where in `at` a match may be in `keys`, `headers`, `flows` or `bodies`."""
        if not needle.wanted or len(at) < FEW:
            return np.arange(len(at))

        def look(block: StoredBlock, places: Places) -> Mask:
            held = np.zeros(block.count, np.bool_)
            for column, among in self._columns(name, block, places, held, needle):
                held[among[column.places(needle.among(column))]] = True
            return held[places]

        return np.flatnonzero(self._of_block(at, look))

    def having_header(self, wanted: str, needle: Needle, fits: Callable[[bytes], bool], at: Places) -> Mask:
        """Which of `at` have a header of a name in lower case that fits; `needle` is in each that does."""
        shapes = self.table.capture.names["shape"]

        def look(block: StoredBlock, places: Places) -> Mask:
            held = np.zeros(block.count, np.bool_)
            holding = self.table.holding(needle, "headers", block)
            if holding is not None and holding.nowhere:
                return held[places]
            for shape, place in block.directory().items():
                for name, kind in zip(shapes[shape], place.headers, strict=True):
                    if name.lower() == wanted and (holding is None or holding.may(kind)):
                        column = block.texts(kind, place.count)
                        told = [at for at in needle.among(column).tolist() if _fits(column.told(at), fits)]
                        if told:
                            found = column.places(np.array(told, np.int64))
                            held[block.of_shape(shape)[found]] = True
            for shape, rows in block.mixed().items():
                named = [at for at, name in enumerate(shapes[shape]) if name.lower() == wanted]
                fitting = [any(_fits(values[at], fits) for at in named) for values, *_ in rows]
                held[block.of_shape(shape)] = fitting
            return held[places]

        return self._of_block(at, look)

    def having_field(
        self, path: Path, needle: Needle, look: Callable[[Field], tuple[Places, Places]], at: Places
    ) -> tuple[Mask, Mask]:
        """Which of `at` surely fit by what stands at a path, and which are to be looked at.

        `needle`: what a value has that fits. `look`: which records of a column fit, and which are open.
        """

        def known(block: StoredBlock, places: Places) -> tuple[Mask, Mask]:
            sure, left = np.zeros(block.count, np.bool_), np.zeros(block.count, np.bool_)
            holding = self.table.holding(needle, "bodies", block)
            if holding is None or not holding.nowhere:
                column = block.field(path)
                if column is None:
                    left[:] = True
                else:
                    fit, open_ = look(column[0])
                    sure[fit], left[open_], left[column[1]] = True, True, True
            return sure[places], left[places]

        return self._of_block(at, known)

    def _columns(
        self, name: str, block: StoredBlock, places: Places, held: Mask, needle: Needle
    ) -> Iterator[tuple[TextColumn, Places]]:
        """Where to look, each with its places in the block; those that are no columns are held anyway."""
        holding = self.table.holding(needle, "headers" if name == "flows" else name, block)

        def may(kind: int) -> bool:
            return holding is None or holding.may(kind)

        if name == "keys":
            if may(KEYS):
                yield block.keys(), np.arange(block.count)
        elif name == "bodies":
            for number in np.unique(places // FRAME).tolist():
                if may(FRAMES + number):
                    frame = block.frame(number)
                    yield frame, np.arange(len(frame)) + number * FRAME
        else:
            if may(MIXED):
                for shape in block.mixed():
                    held[block.of_shape(shape)] = True
            for shape, place in block.directory().items():
                kinds = place.headers
                if name == "headers":
                    names = [each.encode() for each in self.table.capture.names["shape"][shape]]
                    if any(needle.wanted in each.lower() or not each.isascii() for each in names):
                        held[block.of_shape(shape)] = True
                        continue
                elif "flow" in place.sources:
                    kinds = [kinds[place.sources["flow"][0]]]
                else:
                    kinds = [place.ids["flow"]] if "flow" in place.ids else []
                for kind in filter(may, kinds):
                    yield block.texts(kind, place.count), block.of_shape(shape)

    def _of_block(self, at: Places, look: Callable[[StoredBlock, Places], T]) -> T:
        return self.table.capture.of_block(self.rows[at], look)


def of_terms(answers: list[bool], numbers: NDArray[Any]) -> Mask:
    """The answers for terms as rows have them by number; none for -1."""
    found: Mask = np.array([*answers, False], np.bool_)[numbers]
    return found


def _fits(value: bytes | None, fits: Callable[[bytes], bool]) -> bool:
    return value is not None and fits(value)
