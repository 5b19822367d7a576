"""Comparisons and free text over blocks: by columns in memory, or by what has to occur in others."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Any

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from graph.query.kinds import Match, Ordered, Time, figures
from graph.query.moments import Clock
from graph.query.operators import OPERATORS
from graph.query.terms import Comparison
from inspector.marks import mark
from inspector.search import paths
from inspector.search.needles import Needle, literal, of_name, of_words, whole
from inspector.search.part import Mask, Part, Places, Table, of_terms
from inspector.search.plan import Holds, Step, Test
from inspector.search.vocabulary import VOCABULARY, Decode, Names, named, plainly, reader, text
from inspector.store.fields import Field, OfNumbers
from inspector.store.handed import TRANSACTIONAL
from inspector.store.text import Occurs

Look = Callable[[Part, Places], Iterable[Iterable[Any]]]
"""What to match of each of some places."""
REMEMBERED = 4096
"""Answers about texts that occur again and again."""
_COMPARED = ("<", "<=", ">", ">=", "~")
_MARKED = {"keys": "key", "flows": "flow"}
_AREAS = {"keys": "keys", "flows": "headers", "bodies": "bodies"}
_INT64 = np.iinfo(np.int64)


class ByColumns(Test):
    """What columns in memory answer for all rows at once."""

    cost = 0

    def __init__(self, holds: Holds, answer: Callable[[Table], Mask], maskable: bool = False) -> None:
        super().__init__(holds)
        self.answer = answer
        self.maskable = maskable

    def known(self, table: Table) -> tuple[Mask, Mask]:
        """Everything but of what is masked."""
        found = table.answers[self] = self.answer(table)
        hides = self.maskable and table.masks.any
        return (found & ~table.hidden, found | table.hidden) if hides else (found, found)

    def seen(self, part: Part, at: Places) -> Mask:
        """As it was found before."""
        return part.table.answers[self][part.places[at]]


class ByBytes(Test):
    """What is found by bytes that occur in keys, headers, flows or bodies, and then verified."""

    def __init__(
        self,
        holds: Holds,
        where: str,
        needle: Needle,
        look: Look,
        match: Match,
        cost: int,
        exact: str | None = None,
    ) -> None:
        """`exact`: the whole key or flow that is looked for, if it is one."""
        super().__init__(holds)
        self._where = where
        self._needle = needle
        self._look = look
        self._match = match
        self._exact = exact
        self.cost = cost - bool(needle.wanted)

    def known(self, table: Table) -> tuple[Mask, Mask]:
        """By the marks of whole texts."""
        sure, may = super().known(table)
        if self._exact is not None:
            may = table.column(_MARKED[self._where]) == mark(self._exact.encode("utf-8", "surrogatepass"))
            if table.masks.any:
                may = may | table.hidden
            return sure, may
        return sure, table.narrowed(may, self._needle, _AREAS[self._where])

    def seen(self, part: Part, at: Places) -> Mask:
        """Candidates by the needle, each one verified."""
        found = np.zeros(len(at), np.bool_)
        candidates = part.candidates(self._where, self._needle, at)
        if len(candidates):
            match = self._match
            found[candidates] = [any(map(match, each)) for each in self._look(part, at[candidates])]
        return found


class ByHeader(Test):
    """The values of headers of a name."""

    def __init__(self, holds: Holds, name: str, needle: Needle, match: Match) -> None:
        super().__init__(holds)
        self.cost = 5 - bool(needle.wanted)
        self._name = name.lower()
        self._needle = needle
        self._fits = lru_cache(REMEMBERED)(
            lambda value: any(map(match, named(((self._name, value),), self._name)))
        )

    def known(self, table: Table) -> tuple[Mask, Mask]:
        """By indexes."""
        sure, may = super().known(table)
        return sure, table.narrowed(may, self._needle, "headers")

    def seen(self, part: Part, at: Places) -> Mask:
        """Each different value once."""
        return part.having_header(self._name, self._needle, self._fits, at)


class ByPath(ByBytes):
    """What stands at a path of the value."""

    def __init__(self, holds: Holds, steps: paths.Path, term: Comparison, match: Match) -> None:
        words = Needle() if term.sign in _COMPARED else literal(term.value, term.sign == ":", json=True)
        self._literal = Needle() if figures(term.value) is not None else words
        names = tuple(each for each in steps if isinstance(each, str))
        self._path = names if len(names) == len(steps) else None
        self._of_numbers = _of_numbers(term)
        self._texts = Needle(self._literal.wanted)
        remembered = lru_cache(REMEMBERED)(match)
        self._fits = lambda value: remembered(value) if isinstance(value, str) else match(value)
        needle = self._literal
        if not needle.wanted:
            needle = max(map(of_name, names), key=lambda each: len(each.wanted), default=Needle())
        super().__init__(
            holds,
            "bodies",
            needle,
            lambda part, at: (paths.values(each, steps) for each in part.parsed(at)),
            match,
            8,
        )

    def known(self, table: Table) -> tuple[Mask, Mask]:
        """By indexes."""
        sure, may = Test.known(self, table)
        return sure, table.narrowed(may, self._literal, "bodies")

    def seen(self, part: Part, at: Places) -> Mask:
        """By the column of the path where there is one; what that does not tell is parsed."""
        if self._path is None:
            return super().seen(part, at)
        found, left = part.having_field(self._path, self._literal, self._in_column, at)
        if left.any():
            found[left] = super().seen(part, at[left])
        return found

    def _in_column(self, column: Field) -> tuple[Places, Places]:
        return column.fitting(self._fits, self._of_numbers, self._texts.among)


class FreeText(Test):
    """Words anywhere in key, value or headers."""

    cost = 6

    def __init__(self, words: str) -> None:
        self._occurs = occurs = Occurs(words)
        super().__init__(lambda record, _: occurs.in_record(record))
        self._needle = literal(words, wild=True) if "*" in words else Needle()

    def known(self, table: Table) -> tuple[Mask, Mask]:
        """By indexes, which know no names of headers."""
        sure, may = super().known(table)
        needle = self._needle if self._needle.wanted else of_words(self._occurs)
        names = (name.lower().encode() for shape in table.capture.names["shape"] for name in shape)
        if any(needle.wanted in name or not name.isascii() for name in names):
            return sure, may
        return sure, table.narrowed(may, needle, "")

    def seen(self, part: Part, at: Places) -> Mask:
        """Column by column; where whole texts are meant, candidates are verified one by one."""
        if not self._needle.wanted:
            return part.with_words(self._occurs, at)
        found = np.zeros(len(at), np.bool_)
        for name in ("keys", "headers", "bodies"):
            found[part.candidates(name, self._needle, at)] = True
        found[found] = self._each(part, at[found])
        return found


def leaf(term: Comparison, names: Names, clock: Clock, decode: Decode = plainly) -> Step:
    """A comparison as it is best asked of blocks. Raises ValueError with a sentence."""
    name, path = term.field, term.path
    match = OPERATORS[term.sign].match(VOCABULARY.by_name[name].kind, term.value, clock)
    read = reader(name, path, names, decode)

    def holds(record: Any, traits: Any) -> bool:
        return any(map(match, read(record, traits)))

    def by_term(column: str, terms: Callable[[Table], Iterable[Iterable[Any]]]) -> ByColumns:
        return ByColumns(
            holds,
            lambda table: of_terms([any(map(match, each)) for each in terms(table)], table.column(column)),
            maskable=column != "channel",
        )

    wild, compared = term.sign == ":", term.sign in _COMPARED
    words = Needle() if compared else whole(term.value, wild)
    exact = None if compared or (wild and "*" in term.value) else term.value
    match name:
        case "channel":
            return by_term("channel", lambda table: ((each.name,) for each in table.channels))
        case "server":
            return by_term("channel", lambda table: (names.of_server(each.server) for each in table.channels))
        case "type":
            return by_term("type", lambda table: ((each,) for each in table.capture.types()))
        case "app":
            sender = by_term("sender", lambda table: map(names.of_alias, table.capture.senders()))
            lone = by_term("channel", lambda table: map(names.of_channel, table.channels))
            return ByColumns(holds, partial(_sent, sender, lone), maskable=True)
        case "at" | "since" | "until":
            span = _span(term, clock)
            return ByColumns(holds, lambda table: _in_time(table, span))
        case "offset" | "partition" | "size":
            span = _span(term, clock)
            return ByColumns(holds, lambda table: _within(table.column(name), span), name == "size")
        case "aborted":
            wanted_of = [match(each) for each in ("no", "yes")]
            return ByColumns(holds, lambda table: np.array(wanted_of)[_aborted(table).astype(np.int64)])
        case "key":
            return ByBytes(holds, "keys", words, _key, match, 3, exact)
        case "trace":
            return ByBytes(holds, "flows", replace(words, ends=False), _trace, match, 4, exact)
        case "header":
            return ByHeader(holds, path, Needle() if figures(term.value) is not None else words, match)
        case "value":
            return ByPath(holds, paths.parse(path), term, match)
    return Test(holds)


def _key(part: Part, at: Places) -> Iterable[Iterable[str]]:
    return (() if key is None else (text(key),) for key in part.keys(at))


def _trace(part: Part, at: Places) -> Iterable[Iterable[str]]:
    return (() if flow_id is None else (flow_id,) for flow_id in part.flow_ids(at))


def _sent(sender: ByColumns, lone: ByColumns, table: Table) -> Mask:
    """By the sender, and where none is said by the one that sends to the channel."""
    return sender.answer(table) | ((table.column("sender") < 0) & lone.answer(table))


def _span(term: Comparison, clock: Clock) -> tuple[int, int]:
    """The least and the greatest whole number that a comparison of numbers means."""
    kind = VOCABULARY.by_name[term.field].kind
    least, most = (kind if isinstance(kind, Ordered) else Time()).bounds(term.value, clock)
    lowest, highest = -math.inf, math.inf
    match term.sign:
        case "<":
            highest = _up(least) - 1
        case "<=":
            highest = _down(most)
        case ">":
            lowest = _down(most) + 1
        case ">=":
            lowest = _up(least)
        case _:
            lowest = -math.inf if term.field == "until" else _up(least)
            highest = math.inf if term.field == "since" else _down(most)
    return int(max(lowest, _INT64.min)), int(min(highest, _INT64.max))


def _in_time(table: Table, span: tuple[int, int]) -> Mask:
    """By the times of blocks; only of those that begin or end outside are times looked at."""
    found = np.zeros(len(table), np.bool_)
    for block, places in table.by_block():
        if span[0] <= block.first_ns and block.last_ns <= span[1]:
            found[places] = True
        elif span[0] <= block.last_ns and block.first_ns <= span[1]:
            found[places] = _within(table.times(places), span)
    return found


def _of_numbers(term: Comparison) -> OfNumbers | None:
    """A comparison as it is asked of many numbers, see `graph.query.kinds.Mixed`; None where as texts."""
    bounds = figures(term.value)
    if term.sign == "~":
        return None
    if term.sign == ":" and term.value == "*":
        return lambda numbers: np.ones(len(numbers), np.bool_)
    if bounds is None:
        return lambda numbers: np.zeros(len(numbers), np.bool_)
    least, most = bounds
    match term.sign:
        case "<":
            return lambda numbers: numbers < least
        case "<=":
            return lambda numbers: numbers <= least
        case ">":
            return lambda numbers: numbers > least
        case ">=":
            return lambda numbers: numbers >= least
    return lambda numbers: (numbers >= least) & (numbers <= most)


def _aborted(table: Table) -> Mask:
    """The rows of transactions that were aborted."""
    found = np.zeros(len(table), np.bool_)
    rows = np.flatnonzero(table.column("flags") & TRANSACTIONAL)
    names = ("channel", "partition", "producer_id", "offset")
    if len(rows):
        channels, partitions, producers, offsets = (table.column(name)[rows] for name in names)
        numbers = {channel: number for number, channel in enumerate(table.channels)}
        for each in table.capture.aborts():
            of_it = (channels == numbers[each.channel]) & (producers == each.producer_id)
            of_it &= (partitions == each.partition) & (offsets >= each.first) & (offsets < each.end)
            found[rows[of_it]] = True
    return found


def _up(value: float) -> float:
    return math.ceil(value) if math.isfinite(value) else value


def _down(value: float) -> float:
    return math.floor(value) if math.isfinite(value) else value


def _within(values: NDArray[Any], span: tuple[int, int]) -> Mask:
    held = np.iinfo(values.dtype)
    least, most = max(span[0], int(held.min)), min(span[1], int(held.max))
    if least > most:
        return np.zeros(len(values), np.bool_)
    found = values >= least
    found &= values <= most
    return found
