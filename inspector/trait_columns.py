"""What the records of a batch say of themselves, read by column: their headers mostly have the same names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, overload

from graph.model import Alias
from inspector.conventions import headers as fact
from inspector.conventions.headers import CONVENTIONS, FACTS, LONGEST, field, text
from inspector.conventions.rules import NO_RULES, Rules
from inspector.conventions.traces import trace_ids
from inspector.record import Headers, RecordBatch
from inspector.traits import ODD_FLOWS, SHOWN, TRACES, Traits, read, sender_named, type_named

_READ = {
    fact.SOURCE: "senders",
    fact.TYPE: "types",
    fact.ID: "event_ids",
    fact.PARENT: "parent_ids",
    fact.FLOW: "flow_ids",
}
"""Facts that are read by column."""
_PLAIN = _READ.keys() | {fact.CONTENT_TYPE}
"""These, and one that counts only where nobody names the source. What has others is read record by record."""


class TraitColumns(Sequence[Traits]):
    """The traits of a batch, as columns: the i-th entry of each is the i-th record's."""

    __slots__ = ("conventions", "event_ids", "flow_ids", "parent_ids", "rare", "senders", "types")

    def __init__(self, count: int) -> None:
        self.senders: list[Alias | None] = [None] * count
        self.types: list[str | None] = [None] * count
        self.event_ids: list[str | None] = [None] * count
        self.parent_ids: list[str | None] = [None] * count
        self.flow_ids: list[str | None] = [None] * count
        self.conventions: list[str] = [""] * count
        self.rare: dict[int, Traits] = {}
        """The whole traits of records that say more than the columns tell."""

    @classmethod
    def of(cls, traits: Sequence[Traits]) -> TraitColumns:
        """Traits as columns."""
        if isinstance(traits, cls):
            return traits
        made = cls(len(traits))
        for index, said in enumerate(traits):
            made.put(index, said)
        return made

    def __len__(self) -> int:
        return len(self.senders)

    @overload
    def __getitem__(self, index: int) -> Traits: ...
    @overload
    def __getitem__(self, index: slice) -> list[Traits]: ...
    def __getitem__(self, index: int | slice) -> Traits | list[Traits]:
        if isinstance(index, slice):
            return [self[at] for at in range(*index.indices(len(self)))]
        return self.rare.get(index) or Traits(
            self.senders[index],
            self.types[index],
            self.event_ids[index],
            self.parent_ids[index],
            self.flow_ids[index],
            convention=self.conventions[index],
        )

    def __iter__(self) -> Iterator[Traits]:
        return map(self.__getitem__, range(len(self)))

    def part(self, indices: Sequence[int]) -> TraitColumns:
        """The traits of some of the records, in this order."""
        return TraitColumns.of([self[index] for index in indices])

    def put(self, index: int, said: Traits) -> None:
        """Set the traits of one record."""
        self.senders[index] = said.sender
        self.types[index] = said.type
        self.event_ids[index] = said.event_id
        self.parent_ids[index] = said.parent_id
        self.flow_ids[index] = said.flow_id
        self.conventions[index] = said.convention
        more = (said.origin, said.replay_id, said.step, said.hint, said.attempt, said.reply_to)
        if any(each is not None for each in more):
            self.rare[index] = said


class _Plan(NamedTuple):
    """What headers of these names say, where none of them is empty."""

    facts: tuple[tuple[int, int], ...]
    """Fact, and the place of its header."""
    convention: str
    trace: bool
    """Whether the flow is told by the header of a tracer."""


def read_columns(batch: RecordBatch, rules: Rules = NO_RULES) -> TraitColumns:
    """The traits of a batch; the same as `inspector.traits.read` says of each of its records."""
    columns = TraitColumns(len(batch))
    left = range(len(batch)) if rules is not NO_RULES else _by_column(batch, columns)
    for index in left:
        columns.put(index, read(batch.record(index), rules))
    return columns


def _by_column(batch: RecordBatch, columns: TraitColumns) -> Sequence[int]:
    """Read by column what can be; the records that are left to be read one by one."""
    headers = batch.headers
    width = len(headers[0]) if headers else 0
    if width and set(map(len, headers)) == {width}:
        names, values = [], []
        for column in zip(*headers, strict=True):
            its_names, its_values = zip(*column, strict=True)
            if its_names.count(its_names[0]) != len(headers) or not all(its_values):
                break
            names.append(its_names[0])
            values.append(its_values)
        else:
            plan = _plan(tuple(names))
            found = plan is not None and _fill(columns, plan, values, None)
            return () if found else range(len(headers))
    return _by_names(headers, columns)


def _by_names(headers: Sequence[Headers], columns: TraitColumns) -> Sequence[int]:
    """The same where names differ from record to record, or some are empty."""
    alike: dict[tuple[str, ...], list[int]] = {}
    for index, each in enumerate(headers):
        alike.setdefault(tuple([name for name, value in each if value]), []).append(index)
    left: list[int] = []
    for names, indices in alike.items():
        plan = _plan(names) if len(indices) > 1 else None
        values = (
            []
            if plan is None
            else zip(*([value for _, value in headers[index] if value] for index in indices), strict=True)
        )
        if plan is None or not _fill(columns, plan, list(values), indices):
            left += indices
    return left


@lru_cache(maxsize=1_024)
def _plan(names: tuple[str, ...]) -> _Plan | None:
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
    facts = tuple((means, places[means]) for means in _READ if places[means] >= 0)
    convention = CONVENTIONS[source]
    return _Plan(facts, SHOWN.get(convention, convention), flow in TRACES)


def _fill(
    columns: TraitColumns, plan: _Plan, values: Sequence[Sequence[Any]], where: Sequence[int] | None
) -> bool:
    """Write what headers say into columns, at some places or at all; False where a source says nothing."""
    found: dict[str, list[Any]] = {"conventions": [plan.convention] * len(values[0])}
    for means, at in plan.facts:
        column = values[at]
        if means == fact.SOURCE:
            sources = {value: text(value) for value in set(column)}
            if None in sources.values():
                return False
            named = {value: sender_named(name or "", plan.convention) for value, name in sources.items()}
            found["senders"] = [named[value] for value in column]
        elif means == fact.TYPE:
            kinds = {value: type_named(text(value)) for value in set(column)}
            found["types"] = [kinds[value] for value in column]
        elif means == fact.FLOW and plan.trace:
            found["flow_ids"] = trace_ids(_texts(column))
        else:
            found[_READ[means]] = _texts(column)
    for name, told in found.items():
        if where is None:
            setattr(columns, name, told)
        else:
            column = getattr(columns, name)
            for index, one in zip(where, told, strict=True):
                column[index] = one
    return True


def _texts(values: Sequence[bytes]) -> list[Any]:
    """`text` of each value, none of which is empty."""
    joined = b"\n".join(values)
    if joined.isascii() and b'"' not in joined and len(max(values, key=len)) <= LONGEST:
        found = joined.decode().split()
        # As many, and nothing but the ends of lines between them: there is no space in any of them.
        if len(found) == len(values) and sum(map(len, found)) + len(values) - 1 == len(joined):
            return found
    return [text(value) for value in values]
