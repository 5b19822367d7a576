"""Decides when to lay out: at once, beside what stands, or anew in the background."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from itertools import islice

import numpy as np
from PySide6.QtCore import QObject, Signal

from graph.identity import Line, Place
from graph.layout.layout import (
    Layout,
    LayoutEdge,
    LayoutNode,
    LayoutRequest,
    Point,
    prepared,
)
from graph.view.rows import Rows
from graph.view.shown import Shown
from gui.canvas.arranging.layout_desk import LayoutDesk, Work, at_once
from gui.canvas.arranging.places import Places
from gui.canvas.scene.sizes import Sizes

AT_ONCE = 60
"""Up to this many nodes a fresh layout takes less than a blink, and runs on the spot while nobody looks."""
INSERTED = 40
"""Up to this many nodes find room beside the others on the spot."""
GROWN = 0.2
"""While nobody has touched the picture, it is arranged anew when this part of it is new, or a circle is."""
FEW = 300
"""A larger picture is not arranged anew for a circle."""
MEASURED = 300
"""Texts that are measured without a pause."""
CHUNK = 2_000
"""Lines that are looked at without a pause."""


_There = tuple[Rows[Place], Rows[Line]]


class Arranger(QObject):
    """Keeps where everything stands, also what is hidden now."""

    arranged = Signal(bool)
    """Places are ready; True when known nodes moved."""
    advanced = Signal()
    """`progress` or `sentence` say something else."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.watched = False
        """Whether the picture is on the screen: arranging it anew must then not hold up a frame."""
        self.touched = False
        """Whether a person has moved nodes or restored places: then nothing moves unasked."""
        self._places = Places()
        self._shown: Shown | None = None
        self._sizes: Sizes | None = None
        self._now: _There = Rows(), Rows()
        self._strange: set[Place | Line] = set()
        """What has come or gone since the last fresh layout."""
        self._back: frozenset[Line] = frozenset()
        self._known_back: frozenset[Line] = frozenset()
        self._asked: Shown | None = None
        """What a layout is for that is being worked out."""
        self._stopped = False
        self._desk = LayoutDesk(self)
        self._desk.advanced.connect(self.advanced)

    # What it says

    @property
    def positions(self) -> Mapping[Place, Point]:
        """Where everything stands, also what is hidden now."""
        return self._places.at

    @property
    def visible(self) -> Mapping[Place, Point]:
        """Where everything stands that is shown."""
        return self._places.visible

    @property
    def pinned(self) -> frozenset[Place]:
        """What people have put by hand."""
        return frozenset(self._places.pinned)

    @property
    def busy(self) -> bool:
        """Whether a layout is being worked out."""
        return self._asked is not None

    @property
    def progress(self) -> float | None:
        """How much of a layout is done, 0 to 1; None while none is worked out."""
        return self._desk.progress

    @property
    def process(self) -> int | None:
        """The id of the process that works out large layouts; None where none was needed yet."""
        return self._desk.process

    @property
    def sentence(self) -> str:
        """What to say while a layout is worked out, or why there is none; empty otherwise."""
        if self._asked is not None:
            return arranging(len(self._asked.places))
        return "Arranging was stopped. Choose Tidy to begin again." if self._stopped else ""

    @property
    def drifted(self) -> bool:
        """Whether much has changed since the last fresh layout."""
        return len(self._strange) > GROWN * max(len(self._now[0]) + len(self._now[1]), 1)

    # What it is told

    def close(self) -> None:
        """End a layout that still runs, and its process."""
        self._asked = None
        self._desk.close()

    def cancel(self) -> None:
        """Stop a layout that is being worked out: what stands stays, what has no place yet gets none."""
        if self._asked is not None:
            self._asked = None
            self._desk.cancel()
            self._stopped = self._shown is not None and len(self.visible) < len(self._shown.places)
            self.advanced.emit()

    def pin(self, place: Place, at: Point) -> None:
        """Put a node or a group by hand: it stays there in a fresh layout too."""
        self.touched = True
        self._places.put(place, at)

    def unpin(self, place: Place) -> None:
        """Let the next fresh layout move something that was put by hand."""
        self._places.pinned.discard(place)

    def restore(self, positions: Mapping[Place, Point], pinned: Collection[Place] = ()) -> None:
        """Take over places from a project, and which of them were put by hand."""
        self._places.restore(positions, pinned)
        self.touched = self.touched or bool(positions)
        self._shown, self._now, self._strange = None, (Rows(), Rows()), set()

    def arrange(self, shown: Shown, sizes: Sizes) -> None:
        """Find places for what is shown; emits `arranged` at once unless a large layout is needed first."""
        before, self._shown, self._sizes = self._shown, shown, sizes
        if before is not None and _same(before, shown):
            self.arranged.emit(False)
            return
        self._stopped = False
        begun = bool(self._now[0])
        came = self._look(shown, before)
        if before is not None:
            self._places.inherit(before.whole, shown.whole)
            self._places.opened(before, shown)
        all_stood = begun and self._places.complete is before
        wanting = (
            self._places.wanting(each for each in came if isinstance(each, Place))
            if all_stood
            else (self._places.wanting(shown.places))
        )
        known = self._places.known(shown, wanting)
        fresh = not self.touched and self._outgrown(before, shown, known, came)
        self._known_back |= self._back
        much = len(wanting) > INSERTED and len(shown.places) > AT_ONCE
        if self._asked is not None and (fresh or much) and _alike(self._asked, shown):
            # What has come since stands beside the others as soon as these have their places.
            self._places.show(shown)
            self.arranged.emit(False)
        elif fresh:
            self._anew(shown, sizes, moved=known > 0)
        elif much:
            self._ask(shown, prepared(self._joining(shown, sizes, wanting, came)), moved=False)
        else:
            self._grow(shown, sizes, wanting, came)
            self.arranged.emit(False)

    def tidy(self, shown: Shown, sizes: Sizes) -> None:
        """Arrange everything anew but what was put by hand."""
        self._shown, self._sizes, self._stopped = shown, sizes, False
        self._look(shown, None)
        self._anew(shown, sizes, moved=True)

    # How it decides

    def _look(self, shown: Shown, before: Shown | None) -> set[Place | Line]:
        """Take note of what is there now; what came since the last look. What figures alone let come and go
        makes nothing strange.
        """
        were, self._now = self._now, (shown.place_rows, shown.line_rows)
        if not were[0]:
            # All is new, and nothing is strange to anybody.
            self._mark_back(shown)
            return set()
        came = _only(self._now, were)
        if before is None or not shown.alike(before):
            self._strange ^= came | _only(were, self._now)
        self._mark_back(shown)
        return came

    def _mark_back(self, shown: Shown) -> None:
        back = shown.whole.feedback
        bundles = (each for each, edges in shown.bundles.items() if back.issuperset(edges))
        self._back = frozenset((*(each for each in back if self._now[1].find(each) is not None), *bundles))

    def _outgrown(
        self, before: Shown | None, shown: Shown, known: int, came: Collection[Place | Line]
    ) -> bool:
        if known < len(shown.places) / 2:
            return True
        if before is None or before.settings != shown.settings or shown.alike(before):
            # People look at another part of the same: what they know stays where it is.
            return False
        if came and self.drifted:
            return True
        return len(shown.places) <= FEW and not self._back <= self._known_back

    def _anew(self, shown: Shown, sizes: Sizes, *, moved: bool) -> None:
        work = self._fresh(shown, sizes)
        if len(shown.places) > AT_ONCE or (self.watched and self.visible):
            self._ask(shown, work, moved=moved)
        else:
            self._desk.cancel()
            self._take(shown, at_once(work), moved=moved)

    def _ask(self, shown: Shown, work: Work, *, moved: bool) -> None:
        self._asked = shown
        self._desk.ask(work, partial(self._take, shown, moved=moved))

    # How it works

    def _fresh(self, shown: Shown, sizes: Sizes) -> Work:
        """The task of a fresh layout, made some items at a time."""
        boxes: list[LayoutNode] = []
        places = iter(shown.places)
        while part := list(islice(places, MEASURED)):
            boxes += sizes.boxes(shown.whole, part).values()
            yield
        edges: list[LayoutEdge] = []
        lines = iter(shown.lines)
        while some := list(islice(lines, CHUNK)):
            edges += [self._edge(each) for each in some]
            yield
        stay = {place: self.positions[place] for place in self.pinned if place in self.positions}
        request = LayoutRequest(tuple(boxes), tuple(edges), stay, frozenset(stay), fresh=True)
        return (yield from prepared(request))

    def _edge(self, line: Line) -> LayoutEdge:
        return LayoutEdge(line.source, line.target, line in self._back)

    def _edges(self, shown: Shown, wanting: Sequence[Place], came: set[Place | Line]) -> list[LayoutEdge]:
        """The edges of those that want a place."""
        # The lines of what has just come have come as well; most of the time these are few.
        lines = [each for each in came if isinstance(each, Line)] if came.issuperset(wanting) else shown.lines
        ends = set(wanting)
        return [self._edge(each) for each in lines if each.source in ends or each.target in ends]

    def _joining(
        self, shown: Shown, sizes: Sizes, wanting: Sequence[Place], came: set[Place | Line]
    ) -> LayoutRequest:
        """What is asked for many that want a place; the others stay at theirs."""
        near = self._places.hints(shown, wanting)
        return LayoutRequest(
            tuple(sizes.boxes(shown.whole, self._places.taken(shown)).values()),
            tuple(self._edges(shown, wanting, came)),
            self.positions,
            near=near,
        )

    def _grow(self, shown: Shown, sizes: Sizes, wanting: Sequence[Place], came: set[Place | Line]) -> None:
        """Known places as they are, and the others beside them."""
        if len(wanting) == len(shown.places) and wanting:
            found = at_once(prepared(self._joining(shown, sizes, wanting, came)))
            self._places.keep(found.positions, fresh=bool(found.layers))
        elif wanting:
            self._places.join(shown, sizes, wanting, self._edges(shown, wanting, came))
        self._places.show(shown)

    def _take(self, shown: Shown, found: Layout, *, moved: bool) -> None:
        """Take over a layout; what has come while it was worked out stands beside it."""
        self._asked = None
        self._places.keep(found.positions, fresh=bool(found.layers))
        if found.layers:
            there = shown.place_rows, shown.line_rows
            self._strange = _only(self._now, there) | _only(there, self._now)
        if self._shown is not None and self._sizes is not None:
            self._grow(self._shown, self._sizes, self._places.wanting(self._shown.places), set())
        self.arranged.emit(moved)


def arranging(count: int) -> str:
    """What is said while so many nodes are arranged."""
    return f"Arranging {count:,} applications and channels."


def _only(one: _There, other: _There) -> set[Place | Line]:
    """What is in one and not in the other."""
    places, lines = one[0].kept(other[0]) < 0, one[1].kept(other[1]) < 0
    return {
        *(one[0][row] for row in np.flatnonzero(places).tolist()),
        *(one[1][row] for row in np.flatnonzero(lines).tolist()),
    }


def _same(before: Shown, now: Shown) -> bool:
    """Whether nothing is different that a layout depends on."""
    if before.places is not now.places or before.lines is not now.lines:
        return False
    return before.whole.feedback is now.whole.feedback or before.whole.feedback == now.whole.feedback


def _alike(one: Shown, other: Shown) -> bool:
    """Whether a layout for one serves the other nearly as well."""
    return len(set(one.places).symmetric_difference(other.places)) <= GROWN * len(other.places)
