"""Records as they were handed over at one time, as columns: what blocks are packed from."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from inspector.header_columns import HeaderColumns, HeaderGroup, Shape
from inspector.lazy_columns import Few, Ids, Source
from inspector.marks import marks
from inspector.pieces import NULL, Integers, Pieces, picked
from inspector.record import RecordBatch
from inspector.store.terms import Terms
from inspector.trait_columns import TraitColumns

LOG_APPEND_TIME = 1
TRANSACTIONAL = 2
NO_BODY = 4
"""No value was kept."""

Batches = Sequence[tuple[RecordBatch, TraitColumns]]
IDS = ("event", "parent", "flow")
"""The ids that traits have, as groups keep them."""


class Group(Struct):
    """Records whose headers have the same names: values and ids as columns of their own."""

    shape: int
    headers: list[Pieces]
    ids: dict[str, Pieces]
    """Those that no header says; ids that no record has are missing."""
    sources: dict[str, Source]
    """Which header says each of the others."""


class Handed(Struct):
    """Records by their place; `group` and `slot` say where each is among `groups`."""

    numbers: dict[str, NDArray[Any]]
    keys: Pieces
    values: Pieces
    groups: list[Group]
    group: Integers
    slot: Integers
    rare: dict[int, tuple[object, ...]]
    """What few records say of themselves besides."""

    @property
    def order(self) -> Integers:
        """The places in the order of time."""
        times: Integers = self.numbers["timestamp_ns"]
        if (times[1:] >= times[:-1]).all():
            return np.arange(len(times))
        return np.argsort(times, kind="stable")


def handed(batches: Batches, terms: Terms) -> Handed:
    """Batches as columns, in their order; new terms get their numbers."""
    counts = [len(batch) for batch, _ in batches]
    total = sum(counts)

    def spread(values: list[Any]) -> Integers:
        return np.repeat(np.array(values, np.int64), counts)

    def flat(lists: list[list[int]]) -> Integers:
        return np.fromiter(chain.from_iterable(lists), np.int64, total)

    offsets = flat([batch.offsets for batch, _ in batches])
    base = spread([-1 if batch.base_sequence < 0 else batch.base_sequence for batch, _ in batches])
    counted = (base + offsets - spread([batch.base_offset for batch, _ in batches])) & 0x7FFFFFFF
    flags = [
        LOG_APPEND_TIME * batch.log_append_time
        | TRANSACTIONAL * batch.transactional
        | NO_BODY * (batch.values is None)
        for batch, _ in batches
    ]
    heads = [HeaderColumns.of(batch.headers) for batch, _ in batches]
    gathered = _gathered(batches, heads)
    # All columns of a batch lie in the same bytes, which are to be copied once.
    keys, values, *others = Pieces.chained(
        [
            [Pieces.of(batch.keys) for batch, _ in batches],
            [_nulls(len(batch)) if batch.values is None else Pieces.of(batch.values) for batch, _ in batches],
            *(column for each in gathered.values() for column in each.columns),
        ]
    )
    groups, group, slot = [], np.zeros(total, np.int64), np.zeros(total, np.int64)
    marked = {name: np.zeros(total, np.int64) for name in IDS}
    shapes = np.zeros(total, np.int64)
    for number, (names, each) in enumerate(gathered.items()):
        made = each.group(terms.number("shape", names), [others.pop(0) for _ in each.columns])
        groups.append(made)
        places = np.concatenate(each.places)
        group[places], slot[places], shapes[places] = number, np.arange(len(places)), made.shape
        for name, source in made.sources.items():
            marked[name][places] = marks(made.headers[source[0]].cut(source[1], source[2]))
        for name, ids in made.ids.items():
            marked[name][places] = marks(ids)
    sizes = np.maximum(keys.lengths, 0) + np.maximum(values.lengths, 0)
    numbers: dict[str, NDArray[Any]] = {
        "channel": spread([terms.number("channel", batch.channel) for batch, _ in batches]),
        "partition": spread([batch.partition for batch, _ in batches]),
        "offset": offsets,
        "timestamp_ns": flat([batch.timestamps_ns for batch, _ in batches]),
        "size": sizes + np.concatenate([each.sizes for each in heads]),
        "flags": spread(flags),
        "producer_id": spread([batch.producer_id for batch, _ in batches]),
        "producer_epoch": spread([batch.producer_epoch for batch, _ in batches]),
        "sequence": np.where(base < 0, -1, counted),
        "codec": spread([terms.number("codec", batch.codec) for batch, _ in batches]),
        "sender": _terms(terms, "sender", batches, "senders"),
        "type": _terms(terms, "type", batches, "types"),
        "convention": _terms(terms, "convention", batches, "conventions"),
        "shape": shapes,
        "keys": keys.lengths,
        "bodies": values.lengths,
        "key": marks(keys),
        **marked,
    }
    return Handed(numbers, keys, values, groups, group, slot, _rare(batches, counts))


def _nulls(count: int) -> Pieces:
    return Pieces(b"", np.zeros(count, np.int64), np.full(count, NULL))


def _terms(terms: Terms, kind: str, batches: Batches, name: str) -> Integers:
    """The numbers of a column of terms."""
    found = []
    for _, said in batches:
        column = said.column(name)
        if isinstance(column, Few):
            known = np.array([terms.number(kind, each) for each in column.different], np.int64)
            found.append(known[column.numbers])
        else:
            found.append(np.array(terms.numbers(kind, list(column)), np.int64))
    return np.concatenate(found)


def _rare(batches: Batches, counts: list[int]) -> dict[int, tuple[object, ...]]:
    found: dict[int, tuple[object, ...]] = {}
    before = 0
    for (_, said), count in zip(batches, counts, strict=True):
        for index, more in said.rare.items():
            found[before + index] = (
                more.origin, more.replay_id, more.step, more.hint, more.attempt, more.reply_to
            )  # fmt: skip
        before += count
    return found


# Headers and ids


class _Gathered(Struct):
    """What is handed over of records of one shape, piece by piece."""

    columns: list[list[Pieces]]
    """Of each header, and then of each id."""
    sources: dict[str, set[Source | None]]
    places: list[Integers] = field(default_factory=list)

    def add(self, headers: HeaderGroup, places: Integers, said: TraitColumns) -> None:
        """Take the headers and ids of some records."""
        self.places.append(places)
        ids = []
        for name in IDS:
            column = _column(said, f"{name}_ids", headers.places)
            if isinstance(column, Ids):
                ids.append(column.pieces)
                self.sources[name].add(column.source)
            elif not isinstance(column, Few) or column.different != [None]:
                ids.append(Pieces.of([_bytes(each) for each in column]))
                self.sources[name].add(None)
            else:
                ids.append(_nulls(len(places)))
                self.sources[name].add(None)
        for kept, pieces in zip(self.columns, [*headers.values, *ids], strict=True):
            kept.append(pieces)

    def group(self, shape: int, columns: list[Pieces]) -> Group:
        """All of it, as the columns were put together."""
        made = Group(shape, columns[: -len(IDS)], {}, {})
        for name, ids in zip(IDS, columns[-len(IDS) :], strict=True):
            known = self.sources[name]
            source = next(iter(known)) if len(known) == 1 else None
            source = source or _source(made.headers, ids)
            if source is not None:
                made.sources[name] = source
            elif int(ids.lengths.max()) > NULL:
                made.ids[name] = ids
        return made


def _gathered(batches: Batches, heads: list[HeaderColumns]) -> dict[Shape, _Gathered]:
    """By the names of headers."""
    found: dict[Shape, _Gathered] = {}
    before = 0
    for (_, said), columns in zip(batches, heads, strict=True):
        for group in columns.groups:
            each = found.get(group.names)
            if each is None:
                room: list[list[Pieces]] = [[] for _ in range(len(group.names) + len(IDS))]
                each = found[group.names] = _Gathered(room, {name: set() for name in IDS})
            each.add(group, before + group.places, said)
        before += len(columns)
    return found


def _column(said: TraitColumns, name: str, places: Integers) -> Sequence[str | None]:
    """A column of the traits of some records."""
    for part in said.parts:
        if part.places is places or np.array_equal(part.places, places):
            found: Sequence[str | None] = getattr(part, name)
            return found
    return picked(said.column(name), places.tolist())


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8", "surrogatepass")


def _source(headers: list[Pieces], ids: Pieces) -> Source | None:
    """Which header says just these ids, in all of its bytes or always in the same of them."""
    first = ids[0]
    if not first or not ids.complete:
        return None
    told = ids.joined()
    if not told.isascii():
        return None
    for place, column in enumerate(headers):
        start = (column[0] or b"").find(first)
        if start < 0 or not column.complete:
            continue
        if start == 0 and np.array_equal(column.lengths, ids.lengths):
            if column.joined() == told:
                return place, 0, -1
        elif (
            len(set(ids.lengths.tolist())) == 1 == len(set(column.lengths.tolist()))
            and column.cut(start, len(first)).joined() == told
        ):
            return place, start, len(first)
    return None
