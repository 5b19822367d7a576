"""Comparisons and free text over blocks: by columns in memory, or by what has to occur in others."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.query.kinds import Match, Ordered, Time, figures
from graph.query.moments import Clock
from graph.query.operators import OPERATORS
from graph.query.terms import Comparison
from inspector.search import paths
from inspector.search.needles import Needle, literal, of_name
from inspector.search.part import Mask, Part, Places, Table, of_terms
from inspector.search.plan import Holds, Step, Test
from inspector.search.vocabulary import VOCABULARY, Names, named, reader, text
from inspector.store.text import Occurs

Look = Callable[[Part, Places], Iterable[Iterable[Any]]]
"""What to match of each of some places."""
_INT64 = np.iinfo(np.int64)
_IN_COLUMNS = {
    "offset": "offset", "partition": "partition",
    "at": "timestamp_ns", "since": "timestamp_ns", "until": "timestamp_ns",
}  # fmt: skip


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


class BySize(Test):
    """The size of records, which lies in their block."""

    cost = 1

    def __init__(self, holds: Holds, span: tuple[int, int]) -> None:
        super().__init__(holds)
        self._span = span

    def seen(self, part: Part, at: Places) -> Mask:
        """By the column of a block."""
        return _within(part.sizes(at), self._span)


class ByBytes(Test):
    """What is found by bytes that occur in keys, headers, flows or bodies, and then verified."""

    def __init__(self, holds: Holds, where: str, needle: Needle, look: Look, match: Match, cost: int) -> None:
        super().__init__(holds)
        self._where = where
        self._needle = needle
        self._look = look
        self._match = match
        self.cost = cost - bool(needle.wanted)

    def seen(self, part: Part, at: Places) -> Mask:
        """Candidates by the needle, each one verified."""
        found = np.zeros(len(at), np.bool_)
        candidates = part.candidates(self._where, self._needle, at)
        if len(candidates):
            match = self._match
            found[candidates] = [any(map(match, each)) for each in self._look(part, at[candidates])]
        return found


class FreeText(Test):
    """Words anywhere in key, value or headers."""

    cost = 6

    def __init__(self, words: str) -> None:
        self._occurs = occurs = Occurs(words)
        super().__init__(lambda record, _: occurs.in_record(record))
        self._needle = literal(words, wild=True) if "*" in words else Needle()

    def seen(self, part: Part, at: Places) -> Mask:
        """Column by column; where whole texts are meant, candidates are verified one by one."""
        if not self._needle.wanted:
            return part.with_words(self._occurs, at)
        found = np.zeros(len(at), np.bool_)
        for name in ("keys", "headers", "bodies"):
            found[part.candidates(name, self._needle, at)] = True
        found[found] = self._each(part, at[found])
        return found


def leaf(term: Comparison, names: Names, clock: Clock) -> Step:
    """A comparison as it is best asked of blocks. Raises ValueError with a sentence."""
    name, path = term.field, term.path
    match = OPERATORS[term.sign].match(VOCABULARY.by_name[name].kind, term.value, clock)
    read = reader(name, path, names)

    def holds(record: Any, traits: Any) -> bool:
        return any(map(match, read(record, traits)))

    def by_term(column: str, terms: Callable[[Table], Iterable[Iterable[Any]]]) -> ByColumns:
        return ByColumns(
            holds,
            lambda table: of_terms([any(map(match, each)) for each in terms(table)], table.columns[column]),
            maskable=column != "channel",
        )

    wild, compared = term.sign == ":", term.sign in ("<", "<=", ">", ">=", "~")
    words = Needle() if compared else literal(term.value, wild)
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
        case "offset" | "partition" | "at" | "since" | "until":
            span, column = _span(term, clock), _IN_COLUMNS[name]
            return ByColumns(holds, lambda table: _within(table.columns[column], span))
        case "size":
            return BySize(holds, _span(term, clock))
        case "key":
            return ByBytes(holds, "keys", words, _key, match, 3)
        case "trace":
            return ByBytes(holds, "flows", words, _trace, match, 4)
        case "header":
            wanted = path.lower()
            if not words.wanted or figures(term.value) is not None:
                words = literal(path, wild=False)
            return ByBytes(
                holds,
                "headers",
                words,
                lambda part, at: (named(each, wanted) for each in part.headers(at, wanted)),
                match,
                5,
            )
        case "value":
            steps = paths.parse(path)
            needle = Needle() if compared else literal(term.value, wild, json=True)
            if not needle.wanted or figures(term.value) is not None:
                fields = [each for each in steps if isinstance(each, str)]
                needle = max(map(of_name, fields), key=lambda each: len(each.wanted), default=Needle())
            return ByBytes(
                holds,
                "bodies",
                needle,
                lambda part, at: (paths.values(each, steps) for each in part.parsed(at)),
                match,
                8,
            )
    return Test(holds)


def _key(part: Part, at: Places) -> Iterable[Iterable[str]]:
    return (() if key is None else (text(key),) for key in part.keys(at))


def _trace(part: Part, at: Places) -> Iterable[Iterable[str]]:
    return (() if flow_id is None else (flow_id,) for flow_id in part.flow_ids(at))


def _headers(wanted: str, part: Part, at: Places) -> Iterable[Iterable[Any]]:
    return (named(each, wanted) for each in part.headers(at, wanted))


def _values(steps: paths.Path, part: Part, at: Places) -> Iterable[Iterable[Any]]:
    return (paths.values(each, steps) for each in part.parsed(at))


def _sent(sender: ByColumns, lone: ByColumns, table: Table) -> Mask:
    """By the sender, and where none is said by the one that sends to the channel."""
    return sender.answer(table) | ((table.columns["sender"] < 0) & lone.answer(table))


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


def _up(value: float) -> float:
    return math.ceil(value) if math.isfinite(value) else value


def _down(value: float) -> float:
    return math.floor(value) if math.isfinite(value) else value


def _within(values: NDArray[Any], span: tuple[int, int]) -> Mask:
    values = values.astype(np.int64, copy=False)
    if span[0] > _INT64.max or span[1] < _INT64.min:
        return np.zeros(len(values), np.bool_)
    return (values >= span[0]) & (values <= span[1])
