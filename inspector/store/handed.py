"""Records as they were handed over at one time, as columns: what blocks are packed from."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from inspector.record import Headers, RecordBatch
from inspector.store.packing import Integers, Texts, joined, lengths_of
from inspector.store.terms import Shape, Terms
from inspector.trait_columns import TraitColumns

LOG_APPEND_TIME = 1
TRANSACTIONAL = 2
NO_BODY = 4
"""No value was kept."""
FACTOR = 0x9E37_79B9_7F4A_7C15
"""2 to the 64th over the golden ratio, odd (Knuth, The Art of Computer Programming, 6.4)."""

Batches = Sequence[tuple[RecordBatch, TraitColumns]]
IDS = ("event", "parent", "flow")
"""The ids that traits have, as groups keep them."""
Source = tuple[int, int, int]
"""A header's place, and from where on how many of its bytes (-1: all) are an id."""


class Group(Struct):
    """Records whose headers have the same names: values and ids as columns of their own."""

    names: Shape
    shape: int
    headers: list[list[bytes | None]]
    ids: dict[str, list[str | None]]
    lengths: list[Integers] = []
    """Of the values of headers."""
    sources: dict[str, Source] = {}
    """Which header says each id; those missing are told by none."""


class Handed(Struct):
    """Records by their place; `group` and `slot` say where each is among `groups`."""

    numbers: dict[str, NDArray[Any]]
    keys: list[bytes | None]
    values: list[bytes | None]
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

    def spread(values: list[Any], kind: str = "<i8") -> NDArray[Any]:
        return np.repeat(np.array(values, kind), counts)

    keys = [key for batch, _ in batches for key in batch.keys]
    values: list[bytes | None] = []
    for batch, _ in batches:
        values += [None] * len(batch) if batch.values is None else batch.values
    offsets = _flat([batch.offsets for batch, _ in batches])
    base = spread([-1 if batch.base_sequence < 0 else batch.base_sequence for batch, _ in batches])
    counted = (base + offsets - spread([batch.base_offset for batch, _ in batches])) & 0x7FFFFFFF
    flags = [
        LOG_APPEND_TIME * batch.log_append_time
        | TRANSACTIONAL * batch.transactional
        | NO_BODY * (batch.values is None)
        for batch, _ in batches
    ]
    groups, group, slot = _groups(batches, terms)
    key_lengths, value_lengths = lengths_of(keys), lengths_of(values)
    numbers: dict[str, NDArray[Any]] = {
        "channel": spread([terms.number("channel", batch.channel) for batch, _ in batches]),
        "partition": spread([batch.partition for batch, _ in batches]),
        "offset": offsets,
        "timestamp_ns": _flat([batch.timestamps_ns for batch, _ in batches]),
        "size": np.maximum(key_lengths, 0) + np.maximum(value_lengths, 0) + _of_headers(groups, group, slot),
        "flags": spread(flags),
        "producer_id": spread([batch.producer_id for batch, _ in batches]),
        "producer_epoch": spread([batch.producer_epoch for batch, _ in batches]),
        "sequence": np.where(base < 0, -1, counted),
        "codec": spread([terms.number("codec", batch.codec) for batch, _ in batches]),
        "sender": _terms(terms, "sender", [said.senders for _, said in batches]),
        "type": _terms(terms, "type", [said.types for _, said in batches]),
        "convention": _terms(terms, "convention", [said.conventions for _, said in batches]),
        "shape": np.array([each.shape for each in groups], np.int64)[group],
        "keys": key_lengths,
        "bodies": value_lengths,
        "key": marks(keys, key_lengths),
    }
    for name in IDS:
        marked = np.zeros(len(keys), np.int64)
        for number, each in enumerate(groups):
            if (found := _id_marks(each, name)) is not None:
                mine = group == number
                marked[mine] = found[slot[mine]]
        numbers[name] = marked
    return Handed(numbers, keys, values, groups, group, slot, _rare(batches, counts))


def _flat(lists: list[list[int]]) -> Integers:
    return np.array([each for one in lists for each in one], np.int64)


def _terms(terms: Terms, kind: str, lists: list[list[Any]]) -> Integers:
    return np.array(terms.numbers(kind, [each for one in lists for each in one]), np.int64)


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


# Headers


def _groups(batches: Batches, terms: Terms) -> tuple[list[Group], Integers, Integers]:
    """Groups by shape, and the group and slot of each record."""
    numbers: dict[Shape, int] = {}
    groups: list[Group] = []
    where: list[Integers] = []
    slots: list[Integers] = []

    def group_of(shape: Shape) -> int:
        number = numbers.get(shape)
        if number is None:
            number = numbers[shape] = len(groups)
            ids: dict[str, list[str | None]] = {name: [] for name in IDS}
            groups.append(Group(shape, terms.number("shape", shape), [[] for _ in shape], ids))
        return number

    for batch, said in batches:
        count = len(batch)
        whole = _columns(batch.headers)
        if whole is not None:
            number = group_of(whole[0])
            before = _fill(groups[number], whole[1], said, None)
            where.append(np.full(count, number))
            slots.append(np.arange(before, before + count))
            continue
        alike: dict[Shape, list[int]] = {}
        for index, headers in enumerate(batch.headers):
            alike.setdefault(tuple([name for name, _ in headers]), []).append(index)
        mine, places = np.empty(count, np.int64), np.empty(count, np.int64)
        for shape, indices in alike.items():
            number = group_of(shape)
            columns = list(zip(*(_values(batch.headers[i]) for i in indices), strict=True))
            before = _fill(groups[number], columns, said, indices)
            mine[indices] = number
            places[indices] = np.arange(before, before + len(indices))
        where.append(mine)
        slots.append(places)
    for group in groups:
        group.lengths = [lengths_of(column) for column in group.headers]
        group.sources = {}
        for name in IDS:
            source = _source(group, group.ids[name])
            if source is not None:
                group.sources[name] = source
    return groups, np.concatenate(where), np.concatenate(slots)


def _values(headers: Headers) -> list[bytes | None]:
    return [value for _, value in headers]


def _columns(headers: list[Headers]) -> tuple[Shape, list[Sequence[bytes | None]]] | None:
    """The one shape of all records, and the values by header; None where shapes differ."""
    width = len(headers[0]) if headers else 0
    if set(map(len, headers)) - {width}:
        return None
    shape: list[str] = []
    columns: list[Sequence[bytes | None]] = []
    for pairs in zip(*headers, strict=True):
        names, values = zip(*pairs, strict=True)
        if names.count(names[0]) != len(names):
            return None
        shape.append(names[0])
        columns.append(values)
    return tuple(shape), columns


def _fill(
    group: Group, columns: Sequence[Sequence[bytes | None]], said: TraitColumns, indices: list[int] | None
) -> int:
    """Add records to a group; the slot of the first of them."""
    ids = {"event": said.event_ids, "parent": said.parent_ids, "flow": said.flow_ids}
    before = len(group.ids["event"])
    for kept, column in zip(group.headers, columns, strict=True):
        kept.extend(column)
    for name, told in ids.items():
        group.ids[name].extend(told if indices is None else [told[i] for i in indices])
    return before


def _of_headers(groups: list[Group], group: Integers, slot: Integers) -> Integers:
    """Bytes of the names and values of each record's headers."""
    sizes = np.zeros(len(group), np.int64)
    for number, each in enumerate(groups):
        if each.headers:
            mine = group == number
            total = np.maximum(each.lengths, 0).sum(axis=0) + sum(map(len, each.names))
            sizes[mine] = total[slot[mine]]
    return sizes


def _source(group: Group, ids: list[str | None]) -> Source | None:
    """Which header says just these ids, in all of its bytes or always in the same of them."""
    first = ids[0]
    if not first or None in ids:
        return None
    told = "".join(ids).encode()  # type: ignore[arg-type]
    if not told.isascii():
        return None
    widths = np.fromiter(map(len, ids), np.int64, len(ids))  # type: ignore[arg-type]
    for place, column in enumerate(group.headers):
        start = (column[0] or b"").find(first.encode())
        if start < 0:
            continue
        lengths = group.lengths[place]
        if start == 0 and np.array_equal(lengths, widths):
            if joined(column) == told:
                return place, 0, -1
        elif lengths.min() == lengths.max() and widths.min() == widths.max():
            grid = np.frombuffer(joined(column), np.uint8).reshape(len(ids), -1)
            if grid[:, start : start + len(first)].tobytes() == told:
                return place, start, len(first)
    return None


# Marks


def mark(text: bytes) -> int:
    """The number by which a key or id is looked for before it is compared, upper and lower case alike.

    The length, and then each 8 bytes (little endian, zeros after the last), are taken into 64 bits by
    exclusive or and a multiplication with `FACTOR`; the upper half of those is the mark. None has 0.
    """
    text = text.lower() if text.isascii() else text.decode("utf-8", "replace").casefold().encode()
    made = len(text)
    for at in range(0, len(text), 8):
        made = (made ^ int.from_bytes(text[at : at + 8], "little")) * FACTOR & 0xFFFF_FFFF_FFFF_FFFF
    return made >> 32


def marks(column: Texts, lengths: Integers) -> Integers:
    """The marks of keys or ids; 0 for null."""
    whole = joined(column)
    if not whole.isascii():
        return np.array([0 if text is None else mark(text) for text in column], np.int64)
    data = np.frombuffer(whole.lower() + b"\0" * 8, np.uint8)
    starts = np.cumsum(np.maximum(lengths, 0)) - np.maximum(lengths, 0)
    made = np.zeros(len(lengths), np.int64)
    for length in np.unique(lengths[lengths >= 0]).tolist():
        mine = np.flatnonzero(lengths == length)
        words = np.zeros((len(mine), -(-length // 8) * 8), np.uint8)
        if length * len(mine) == len(whole):
            words[:, :length] = data[: len(whole)].reshape(len(mine), length)
        else:
            words[:, :length] = data[starts[mine][:, None] + np.arange(length)]
        state = np.full(len(mine), length, np.uint64)
        for word in words.view("<u8").T:
            state = (state ^ word) * np.uint64(FACTOR)
        made[mine] = state >> np.uint64(32)
    return made


def _id_marks(group: Group, name: str) -> Integers | None:
    """The marks of the ids of a group; None where it has none."""
    source = group.sources.get(name)
    if source is None:
        ids = [None if each is None else each.encode("utf-8", "surrogatepass") for each in group.ids[name]]
        return marks(ids, lengths_of(ids)) if any(ids) else None
    place, start, length = source
    column = group.headers[place]
    if length < 0:
        return marks(column, group.lengths[place])
    cut = [text[start : start + length] for text in column if text is not None]
    return marks(cut, np.full(len(cut), length))


def taken(column: list[Any], places: Integers) -> list[Any]:
    """The entries at some places, in their order."""
    if not len(places):
        return []
    first, last = int(places[0]), int(places[-1])
    if last - first == len(places) - 1 and (np.diff(places) == 1).all():
        return column[first : last + 1]
    return list(operator.itemgetter(*places.tolist())(column)) if len(places) > 1 else [column[first]]
