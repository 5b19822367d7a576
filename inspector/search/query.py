"""A query over a capture: which rows it fits, found block by block, the newest first where that is asked."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, tzinfo

import numpy as np

from graph.model import DependencyGraph
from graph.query.error import QueryError
from graph.query.lexer import Kind, parted, tokens
from graph.query.moments import Clock
from graph.query.parser import parse
from graph.query.terms import Both, Comparison, Either, Everything, Negation, Term, Text
from inspector.capture.masks import NO_MASKS, Masks
from inspector.record import Record
from inspector.search.leaves import FreeText, leaf
from inspector.search.part import Part, Table
from inspector.search.plan import All, Not, Several, Step
from inspector.search.vocabulary import VOCABULARY, Decode, Names, plainly, reader
from inspector.store.reader import CaptureReader, Rows
from inspector.store.selection import RowFilter
from inspector.traits import Traits, read

AT_ONCE = 1 << 17
"""Rows that are told together where columns alone answer, and of which columns are asked first: each time of
twice as many, so that the newest are found soon and all of them in few goes."""


class RecordQuery:
    """One query, ready to be asked; one thread at a time."""

    def __init__(
        self,
        text: str,
        capture: CaptureReader | None,
        *,
        graph: DependencyGraph,
        now_ns: int,
        masks: Masks = NO_MASKS,
        zone: tzinfo = UTC,
        decode: Decode = plainly,
    ) -> None:
        """`zone` is that of times without one, `decode` reads values that are no JSON.

        Raises QueryError with the place of the mistake.
        """
        self.text = text
        self._capture = capture
        self._masks = masks
        self._decode = decode
        self._names = Names.of(graph)
        self._clock = Clock(now_ns, zone)
        term = parse(text, VOCABULARY)
        self._check_paths(text)
        self._plan = self._planned(term)

    def holds(self, record: Record, traits: Traits) -> bool:
        """Whether one record fits, without a capture."""
        if self._masks.any:
            seen = self._masks.record(record)
            if seen is not record:
                record, traits = seen, read(seen)
        return self._plan.holds(record, traits)

    def select(
        self,
        base: RowFilter,
        from_row: int = 0,
        until_row: int | None = None,
        stop: threading.Event | None = None,
    ) -> Rows:
        """Rows that fit and that a filter lets through, ascending; where it is stopped, some of them."""
        found = [*self._pieces(base, from_row, until_row, stop)][::-1]
        return np.concatenate(found) if found else np.empty(0, np.int64)

    def backwards(
        self, base: RowFilter, before_row: int | None = None, stop: threading.Event | None = None
    ) -> Iterator[Rows]:
        """The same from the newest on, in pieces, each ascending and after none that is newer."""
        return self._pieces(base, 0, before_row, stop)

    def _pieces(
        self, base: RowFilter, from_row: int, until_row: int | None, stop: threading.Event | None
    ) -> Iterator[Rows]:
        assert self._capture is not None
        capture, size = self._capture, AT_ONCE
        end = capture.end_row if until_row is None else min(until_row, capture.end_row)
        while end > (least := max(from_row, capture.first_row)):
            if stop is not None and stop.is_set():
                return
            start, size = max(end - size, least), 2 * size
            blocks = capture.extents(start, end)
            start = max(blocks[0].first, least) if blocks else least
            yield from self._span(base, start, end, stop)
            end = start

    def _span(self, base: RowFilter, start: int, end: int, stop: threading.Event | None) -> Iterator[Rows]:
        """What fits of the rows from `start` to before `end`."""
        assert self._capture is not None
        rows: Rows | range | None = self._capture.among(base, start, end)
        while rows is not None:
            table = Table(self._capture, rows, self._masks, self._decode)
            sure, may = self._plan.known(table)
            rows = table.kept()
        if np.array_equal(sure, may):
            for last in range(len(sure), 0, -AT_ONCE):
                first = max(last - AT_ONCE, 0)
                if len(places := np.flatnonzero(sure[first:last])):
                    yield table.rows(places + first)
            return
        for _, block in reversed(table.by_block()):
            if stop is not None and stop.is_set():
                return
            places = np.flatnonzero(may[block]) + block.start
            if not len(places):
                continue
            part = Part(table, places)
            fits = sure[places]
            if len(left := np.flatnonzero(~fits)):
                fits[left] = self._plan.fits(part, left)
            found = part.rows[fits & ~part.lost]
            if len(found):
                yield found

    def _check_paths(self, text: str) -> None:
        for word in tokens(text):
            if word.kind is Kind.FIELD:
                name, path = parted(word.text)
                try:
                    reader(name.lower(), path, self._names)
                except ValueError as wrong:
                    raise QueryError(str(wrong), word.start, word.end) from None

    def _planned(self, term: Term) -> Step:
        match term:
            case Everything():
                return All()
            case Text(words):
                return FreeText(words)
            case Comparison():
                return leaf(term, self._names, self._clock, self._decode)
            case Negation(inner):
                return Not(self._planned(inner))
            case Both(terms) | Either(terms):
                return Several([self._planned(each) for each in terms], isinstance(term, Either))
