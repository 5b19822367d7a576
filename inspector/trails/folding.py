"""A trail with what repeats folded: many records of one kind after one cause, and laps of a loop."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from msgspec import Struct

from inspector.trails.ground import CONFIDENCE, Ground
from inspector.trails.trail import Step, Trail

LAPS = 2
"""Laps of a loop that are shown one by one before the rest of them is folded."""
MANY = 40
"""From so many records on a trail is folded unless a person says otherwise."""
_Kind = tuple[object, ...]


class Item(Struct, frozen=True):
    """One record of a trail, or several that are shown as one."""

    steps: tuple[Step, ...]
    """In the order of the trail."""
    parent: int | None = None
    """The `key` of the item that its first record's cause is in."""
    depth: int = 0
    """Items before it."""
    opened: bool = False
    """Whether it is one of a fold that was opened."""

    @property
    def key(self) -> int:
        """Tells it from the others: the row of its first record."""
        return self.steps[0].row

    @property
    def first(self) -> Step:
        """Its first record, which the others are like."""
        return self.steps[0]

    @property
    def laps(self) -> tuple[int, int]:
        """The lowest and the highest lap."""
        laps = [step.lap for step in self.steps]
        return min(laps), max(laps)

    @property
    def ground(self) -> Ground | None:
        """The weakest of its links."""
        grounds = [step.ground for step in self.steps if step.ground is not None]
        return min(grounds, key=CONFIDENCE.__getitem__, default=None)

    @property
    def latency_ns(self) -> int | None:
        """The median time since their causes."""
        return _median(step.latency_ns for step in self.steps)

    @property
    def wait_ns(self) -> int | None:
        """The median of what of that was waiting; None where it is not known of all."""
        known = [step.wait_ns for step in self.steps]
        return None if None in known else _median(known)

    @property
    def last_ns(self) -> int:
        """Time of its last record."""
        return max(step.time_ns for step in self.steps)


def unfolded(trail: Trail) -> tuple[Item, ...]:
    """Every record by itself."""
    return tuple(Item((step,), step.parent, step.depth) for step in trail.steps)


def folded(trail: Trail, opened: Collection[int] = ()) -> tuple[Item, ...]:
    """The items of a trail, what is alike in one; those of the keys `opened` record by record.

    Records are alike that have the same sender, channel and type and whose causes are in one item. A chain
    that comes back to what it has already been at goes into that item from the third lap on.
    """
    items: dict[int, _Fold] = {}
    of_row: dict[int, _Fold] = {}
    under: dict[tuple[int | None, _Kind], _Fold] = {}
    for step in trail.steps:
        above = None if step.parent is None else of_row.get(step.parent)
        kind: _Kind = (step.channel, step.type, step.application, step.loose, step.missing is not None)
        place = (None if above is None else above.key, kind)
        fold = None
        if step.row != trail.start:
            fold = under.get(place) or _again(above, kind)
        if fold is None or fold.key == trail.start:
            fold = items[step.row] = _Fold(step, above, kind)
            if step.row != trail.start:
                under[place] = fold
        else:
            fold.steps.append(step)
        of_row[step.row] = fold
    return tuple(item for fold in items.values() for item in fold.items(opened))


class _Fold:
    def __init__(self, step: Step, above: _Fold | None, kind: _Kind) -> None:
        self.key, self.above, self.kind = step.row, above, kind
        self.steps = [step]
        self.depth: int = 0 if above is None else above.depth + 1
        self.kinds: Counter[_Kind] = Counter() if above is None else Counter(above.kinds)
        self.kinds[kind] += 1

    def items(self, opened: Collection[int]) -> Iterator[Item]:
        parent = None if self.above is None else self.above.key
        if self.key in opened and len(self.steps) > 1:
            for step in self.steps:
                yield Item((step,), parent, self.depth, opened=True)
        else:
            yield Item(tuple(self.steps), parent, self.depth)


def _again(above: _Fold | None, kind: _Kind) -> _Fold | None:
    """The item of the last lap that is shown by itself, where a chain comes back to it once more."""
    if above is None or above.kinds[kind] < LAPS:
        return None
    while above is not None and above.kind != kind:
        above = above.above
    return above


def in_depth(items: Iterable[Item]) -> list[Item]:
    """The items as a tree is read: each followed by what it caused."""
    below: dict[int | None, list[Item]] = {}
    for item in items:
        below.setdefault(item.parent, []).append(item)
    ordered: list[Item] = []
    waiting = below.pop(None, [])[::-1]
    while waiting:
        item = waiting.pop()
        ordered.append(item)
        waiting += below.pop(item.key, [])[::-1]
    return ordered


def _median(values: Iterable[int | None]) -> int | None:
    known = sorted(value for value in values if value is not None)
    return known[len(known) // 2] if known else None
