"""What the records of a batch say of themselves, read by column: their headers mostly have the same names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, overload

import numpy as np
from msgspec import Struct

from graph.model import Alias
from inspector.conventions import headers as fact
from inspector.conventions.headers import CONVENTIONS, FACTS, LONGEST, field, text
from inspector.conventions.rules import NO_RULES, Rules
from inspector.conventions.traces import trace_ids
from inspector.header_columns import HeaderColumns, HeaderGroup, Shape
from inspector.lazy_columns import Few, Ids
from inspector.pieces import Integers, Pieces, picked
from inspector.record import RecordBatch
from inspector.traits import ODD_FLOWS, SHOWN, TRACES, Traits, read, sender_named, type_named

_IDS = (fact.ID, fact.PARENT, fact.FLOW)
_PLAIN = {fact.SOURCE, fact.TYPE, fact.CONTENT_TYPE, *_IDS}
"""Facts that are read by column; the last counts only where nobody names the source. What has others is read
record by record."""
_MANY = 64
"""Different senders or types of a batch up to which they are numbered."""
_TRACEPARENT, _TRACE_AT, _TRACE_BYTES = 55, 3, 32
"""Bytes of a `traceparent`, and where its trace id lies (https://www.w3.org/TR/trace-context/)."""
_SPACE_AND_QUOTE = 0x22


class TraitPart(Struct, frozen=True):
    """The traits of some records of a batch, as columns: the i-th entry of each is that of the i-th place."""

    places: Integers
    """Which records they are."""
    senders: Sequence[Alias | None]
    types: Sequence[str | None]
    event_ids: Sequence[str | None]
    parent_ids: Sequence[str | None]
    flow_ids: Sequence[str | None]
    conventions: Sequence[str]
    rare: dict[int, Traits] = {}
    """The whole traits of records that say more than the columns tell, by their slot among the places."""

    @classmethod
    def of(cls, places: Integers, traits: Sequence[Traits]) -> TraitPart:
        """Traits as columns."""
        rare = {
            slot: said
            for slot, said in enumerate(traits)
            if (said.origin, said.replay_id, said.step, said.hint, said.attempt, said.reply_to) != (None,) * 6
        }
        return cls(
            places,
            [said.sender for said in traits],
            [said.type for said in traits],
            [said.event_id for said in traits],
            [said.parent_id for said in traits],
            [said.flow_id for said in traits],
            [said.convention for said in traits],
            rare,
        )

    def part(self, slots: Integers, places: Integers) -> TraitPart:
        """The traits of some of these records, at other places."""
        return TraitPart(
            places,
            picked(self.senders, slots),
            picked(self.types, slots),
            picked(self.event_ids, slots),
            picked(self.parent_ids, slots),
            picked(self.flow_ids, slots),
            picked(self.conventions, slots),
            {at: self.rare[slot] for at, slot in enumerate(slots.tolist()) if slot in self.rare}
            if self.rare
            else {},
        )

    def __iter__(self) -> Iterator[Traits]:
        found = zip(
            self.senders, self.types, self.event_ids, self.parent_ids, self.flow_ids, self.conventions,
            strict=True,
        )  # fmt: skip
        for slot, (sender, kind, event, parent, flow, convention) in enumerate(found):
            yield self.rare.get(slot) or Traits(sender, kind, event, parent, flow, convention=convention)


class TraitColumns(Sequence[Traits]):
    """The traits of a batch, in parts; each record is in one of them."""

    __slots__ = ("_count", "_where", "parts")

    def __init__(self, count: int, parts: list[TraitPart]) -> None:
        self._count = count
        self.parts = parts
        self._where: tuple[Integers, Integers] | None = None

    @classmethod
    def of(cls, traits: Sequence[Traits]) -> TraitColumns:
        """Traits as columns."""
        if isinstance(traits, cls):
            return traits
        return cls(len(traits), [TraitPart.of(np.arange(len(traits)), traits)] if traits else [])

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Traits: ...
    @overload
    def __getitem__(self, index: slice) -> list[Traits]: ...
    def __getitem__(self, index: int | slice) -> Traits | list[Traits]:
        if isinstance(index, slice):
            return list(self.part(range(*index.indices(self._count))))
        return next(iter(self.part([index])))

    def __iter__(self) -> Iterator[Traits]:
        found: list[Any] = [None] * self._count
        for part in self.parts:
            for place, said in zip(part.places.tolist(), part, strict=True):
                found[place] = said
        return iter(found)

    def part(self, indices: Sequence[int]) -> TraitColumns:
        """The traits of some of the records, in this order."""
        if not self._count:
            return self
        wanted = np.array(indices, np.int64)
        numbers, slots = self._placed()
        parts = []
        for number, part in enumerate(self.parts):
            places = np.flatnonzero(numbers[wanted] == number)
            if len(places):
                parts.append(part.part(slots[wanted[places]], places))
        return TraitColumns(len(wanted), parts)

    def column(self, name: str) -> Sequence[Any]:
        """One column, such as `flow_ids`, over all records."""
        if len(self.parts) == 1:
            only: Sequence[Any] = getattr(self.parts[0], name)
            return only
        found: list[Any] = [None] * self._count
        for part in self.parts:
            for place, entry in zip(part.places.tolist(), getattr(part, name), strict=True):
                found[place] = entry
        return found

    @property
    def rare(self) -> dict[int, Traits]:
        """The whole traits of records that say more than the columns tell."""
        return {int(part.places[slot]): said for part in self.parts for slot, said in part.rare.items()}

    def firsts(self) -> Iterator[tuple[Alias | None, str | None, int]]:
        """Each sender and type that records have, with the first record of both."""
        for part in self.parts:
            if isinstance(part.senders, Few) and isinstance(part.types, Few):
                both = part.senders.numbers * len(part.types.different) + part.types.numbers
                slots: list[int] = np.unique(both, return_index=True)[1].tolist()
            else:
                found: dict[tuple[Alias | None, str | None], int] = {}
                for slot, each in enumerate(zip(part.senders, part.types, strict=True)):
                    found.setdefault(each, slot)
                slots = list(found.values())
            for slot in slots:
                yield part.senders[slot], part.types[slot], int(part.places[slot])

    def _placed(self) -> tuple[Integers, Integers]:
        """The part of each record, and its slot there."""
        if self._where is None:
            numbers, slots = np.zeros(self._count, np.int64), np.zeros(self._count, np.int64)
            for number, part in enumerate(self.parts):
                numbers[part.places], slots[part.places] = number, np.arange(len(part.places))
            self._where = numbers, slots
        return self._where


class _Plan(NamedTuple):
    """What headers of these names say, where none of them is empty."""

    places: dict[int, int]
    """The place of the header of each fact."""
    convention: str
    trace: bool
    """Whether the flow is told by the header of a tracer."""


def read_columns(batch: RecordBatch, rules: Rules = NO_RULES) -> TraitColumns:
    """The traits of a batch; the same as `inspector.traits.read` says of each of its records."""
    parts: list[TraitPart] = []
    for group in HeaderColumns.of(batch.headers).groups:
        for alike in _by_emptiness(group):
            part = None if rules is not NO_RULES else _planned(alike)
            if part is None:
                said = [read(record, rules) for record in batch.records(alike.places.tolist())]
                part = TraitPart.of(alike.places, said)
            parts.append(part)
    return TraitColumns(len(batch), parts)


def _by_emptiness(group: HeaderGroup) -> Iterator[HeaderGroup]:
    """The group, in parts in which each header is empty in all records or in none."""
    mixed = [each.lengths > 0 for each in group.values if not each.complete]
    if all(each.all() or not each.any() for each in mixed):
        yield group
        return
    patterns = np.unique(np.array(mixed), axis=1, return_inverse=True)[1].reshape(-1)
    for pattern in range(int(patterns.max()) + 1):
        slots = np.flatnonzero(patterns == pattern)
        yield group.part(slots, group.places[slots])


def _planned(group: HeaderGroup) -> TraitPart | None:
    """The traits of records whose headers are empty in all of them or in none; None for one by one."""
    filled = [at for at, each in enumerate(group.values) if each.complete]
    plan = _plan(tuple(group.names[at] for at in filled))
    if plan is None:
        return None
    count = len(group.places)
    places = {means: filled[at] for means, at in plan.places.items()}
    sources = _texts(group.values[places[fact.SOURCE]])
    if None in sources.different:
        return None
    kinds = places.get(fact.TYPE)
    event_ids, parent_ids, flow_ids = (
        _ids(group.values[places[means]], places[means], plan.trace and means == fact.FLOW)
        if means in places
        else _nothing(count)
        for means in _IDS
    )
    return TraitPart(
        group.places,
        sources.named(lambda name: sender_named(name or "", plan.convention)),
        _nothing(count) if kinds is None else _texts(group.values[kinds]).named(type_named),
        event_ids,
        parent_ids,
        flow_ids,
        Few([plan.convention], np.zeros(count, np.int64)),
    )


@lru_cache(maxsize=1_024)
def _plan(names: Shape) -> _Plan | None:
    """How to read headers of these names; None where they must be read record by record."""
    ranks, places = [len(CONVENTIONS)] * FACTS, [-1] * FACTS
    for at, name in enumerate(names):
        rank, means = field(name) or (0, fact.CONTENT_TYPE)
        if means not in _PLAIN:
            return None
        if rank <= ranks[means]:
            ranks[means], places[means] = rank, at
    source, flow = ranks[fact.SOURCE], ranks[fact.FLOW]
    # Without a source the value may name one; the flows of some tracers are written in ways of their own.
    if places[fact.SOURCE] < 0 or flow in ODD_FLOWS:
        return None
    convention = CONVENTIONS[source]
    known = {means: places[means] for means in (fact.SOURCE, fact.TYPE, *_IDS) if places[means] >= 0}
    return _Plan(known, SHOWN.get(convention, convention), flow in TRACES)


def _nothing(count: int) -> Few[Any]:
    return Few([None], np.zeros(count, np.int64))


def _texts(values: Pieces) -> Few[str | None]:
    """What a header says, which is of few kinds mostly."""
    found = values.numbered(_MANY)
    if found is None:
        places = {value: place for place, value in enumerate(dict.fromkeys(values))}
        found = list(places), np.fromiter(map(places.__getitem__, values), np.int64, len(values))
    return Few([text(value or b"") for value in found[0]], found[1])


def _ids(values: Pieces, place: int, trace: bool) -> Sequence[str | None]:
    """The ids that a header says in all records; it is empty in none."""
    said = values.joined()
    raw = np.frombuffer(said, np.uint8)
    plain = said.isascii() and int(raw.min()) > _SPACE_AND_QUOTE and int(values.lengths.max()) <= LONGEST
    if not trace:
        return Ids(values, (place, 0, -1)) if plain else [text(value or b"") for value in values]
    if plain and set(values.lengths.tolist()) == {_TRACEPARENT}:
        rows = raw.reshape(-1, _TRACEPARENT)
        hyphens = rows[:, _TRACE_AT - 1 : _TRACE_AT + _TRACE_BYTES + 1 : _TRACE_BYTES + 1] == ord("-")
        traces = rows[:, _TRACE_AT : _TRACE_AT + _TRACE_BYTES]
        capital = (traces >= ord("A")) & (traces <= ord("Z"))
        if hyphens.all() and not capital.any() and (traces != ord("0")).any(axis=1).all():
            return Ids(values.cut(_TRACE_AT, _TRACE_BYTES), (place, _TRACE_AT, _TRACE_BYTES))
    return trace_ids([text(value or b"") for value in values])
