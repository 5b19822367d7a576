"""All that is drawn as columns of numbers: what is asked of every node or line at once is asked of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

from graph.identity import Line, Place
from graph.view.rows import Rows
from gui.canvas.routes.routing import Floats

Key = TypeVar("Key")
Item = TypeVar("Item")
Small = NDArray[np.int8]
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]

POINTS = 10
"""Points along each line of a table."""
APPLICATION, CHANNEL, GROUP = range(3)
ACTIVE, RUNAWAY = 4, 8
"""Added to the look of a node in such a loop."""


def _touching(table: NDArray[np.floating[Any]], area: QRectF) -> Numbers:
    return np.flatnonzero(
        (table[:, 0] < area.right())
        & (table[:, 2] > area.left())
        & (table[:, 1] < area.bottom())
        & (table[:, 3] > area.top())
    )


@dataclass(frozen=True, eq=False)
class NodeTable:
    """Every node: its rectangle as left, top, right, bottom, and its look from afar."""

    ids: Rows[Place] = field(default_factory=Rows)
    rects: Floats = field(default_factory=lambda: np.zeros((0, 4)))
    looks: Small = field(default_factory=lambda: np.zeros(0, np.int8))

    def touching(self, area: QRectF) -> Numbers:
        """The rows of what touches a rectangle."""
        return _touching(self.rects, area)


@dataclass(frozen=True, eq=False)
class LineTable:
    """Every line: points along it, the rows of its ends, and how it looks."""

    ids: Rows[Line] = field(default_factory=Rows)
    source: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))
    target: Numbers = field(default_factory=lambda: np.zeros(0, np.int64))
    points: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, POINTS, 2), np.float32))
    certainty: Small = field(default_factory=lambda: np.zeros(0, np.int8))
    """Place in `edges.DASHES`."""
    rank: Small = field(default_factory=lambda: np.zeros(0, np.int8))
    """How dangerous the worst loop through it is; -1 for none."""
    age: Small = field(default_factory=lambda: np.zeros(0, np.int8))
    """Place in `EdgeState`."""
    route: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    width: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    rate: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))

    @cached_property
    def extents(self) -> NDArray[np.float32]:
        """Left, top, right and bottom of every line, shape (n, 4)."""
        low, high = self.points[:, 0].copy(), self.points[:, 0].copy()
        for at in range(1, POINTS):
            np.minimum(low, self.points[:, at], out=low)
            np.maximum(high, self.points[:, at], out=high)
        return np.concatenate([low, high], axis=1)

    def take_over(self, before: LineTable, kept: Numbers, fresh: Numbers) -> None:
        """Extents and lengths of an earlier table, but for `fresh` rows; `kept` are the rows before."""
        new = LineTable(points=self.points[fresh])
        for name in ("extents", "lengths"):
            if name in before.__dict__ and len(before.points):
                made = np.take(before.__dict__[name], kept, axis=0)
                made[fresh] = getattr(new, name)
                self.__dict__[name] = made

    def touching(self, area: QRectF) -> Numbers:
        """The rows of what may touch a rectangle."""
        return _touching(self.extents, area)

    @cached_property
    def lengths(self) -> Floats:
        """About how long every line is, in px of the plane."""
        found = np.zeros(len(self.points))
        for at in range(1, POINTS):
            step = self.points[:, at] - self.points[:, at - 1]
            found += np.hypot(step[:, 0], step[:, 1])
        return found

    @cached_property
    def _incident(self) -> tuple[Numbers, Numbers]:
        """The rows of all lines by their ends, and where those of each node begin."""
        ends = np.concatenate([self.source, self.target])
        # Small numbers are sorted by their digits, many times as fast.
        small = ends.max(initial=0) <= np.iinfo(np.uint16).max
        order = np.argsort(ends.astype(np.uint16) if small else ends, kind="stable")
        count = np.bincount(ends, minlength=1)
        return order % max(len(self.ids), 1), np.concatenate([[0], np.cumsum(count)])

    def at(self, nodes: Iterable[int]) -> Numbers:
        """The rows of the lines that begin or end at some nodes."""
        rows, begin = self._incident
        parts = [rows[begin[node] : begin[node + 1]] for node in nodes if node + 1 < len(begin)]
        return np.unique(np.concatenate([*parts, rows[:0]]))


class Picked(Set[Key], Generic[Key]):
    """The keys of some rows of a table."""

    def __init__(self, rows: Rows[Key], flags: Flags) -> None:
        self._rows, self._flags = rows, flags

    def __contains__(self, key: object) -> bool:
        row = self._rows.find(key)
        return row is not None and bool(self._flags[row])

    def __iter__(self) -> Iterator[Key]:
        return compress(self._rows.keys, self._flags.tolist())

    def __len__(self) -> int:
        return int(np.count_nonzero(self._flags))

    @classmethod
    def _from_iterable(cls, keys: Iterable[Key]) -> frozenset[Key]:  # type: ignore[override]
        return frozenset(keys)


class Lazily(Mapping[Key, Item], Generic[Key, Item]):
    """Items that are made when they are asked for: of very many only those that are looked at."""

    def __init__(
        self, rows: Rows[Key], make: Callable[[Key, int], Item], keys: Set[Key] | None = None
    ) -> None:
        """`keys` are those that there are items for, where not all."""
        self._rows, self._make, self._keys = rows, make, rows.number.keys() if keys is None else keys
        self.made: dict[Key, Item] = {}
        """What was asked for so far."""

    def __getitem__(self, key: Key) -> Item:
        found = self.made.get(key)
        if found is None:
            if key not in self._keys:
                raise KeyError(key)
            found = self.made[key] = self._make(key, self._rows.number[key])
        return found

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __iter__(self) -> Iterator[Key]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)
