"""Where everything stands, by identity: kept while hidden, inherited when merged, put by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import itemgetter
from statistics import fmean

import numpy as np

from graph.identity import GroupId, NodeId, Place
from graph.layout.coordinates import Floats
from graph.layout.layout import LayoutEdge, Point
from graph.layout.placement import Floor, insert, reaches
from graph.model import DependencyGraph
from graph.view.shown import Shown
from gui.canvas.scene.sizes import Sizes


class Places:
    """The places of all that is or was shown."""

    def __init__(self) -> None:
        self.at: dict[Place, Point] = {}
        self.visible: Mapping[Place, Point] = {}
        """Those of what is shown now; each that is told is not changed any more."""
        self.complete: Shown | None = None
        """What was shown last if all of it had a place."""
        self.pinned: set[Place] = set()
        """Put by hand."""
        self._loose: set[Place] = set()
        """Hidden, and something else may stand there by now."""
        self._from: dict[Place, GroupId] = {}
        """Of which group that was drawn as one something is a member."""
        self._floor: Floor | None = None
        """What is taken, as long as nothing has moved."""

    def put(self, place: Place, at: Point) -> None:
        """Something was put by hand."""
        self._floor = None
        self.pinned.add(place)
        self.at[place] = at
        if place in self.visible:
            self.visible = {**self.visible, place: at}

    def restore(self, positions: Mapping[Place, Point], pinned: Iterable[Place]) -> None:
        """Places of a project, and which of them were put by hand."""
        self._floor = self.complete = None
        self.at.update(positions)
        self.pinned.update(pinned)

    def keep(self, found: Mapping[Place, Point], *, fresh: bool) -> None:
        """Take over places that were found; `fresh` ones leave those of what is hidden to others."""
        self._floor = self.complete = None
        kept = {place: self.at[place] for place in self.pinned & found.keys() & self.at.keys()}
        self.at.update(found)
        self.at.update(kept)
        if fresh:
            self._loose = self.at.keys() - found.keys() - self.pinned
            self.visible = {place: self.at[place] for place in found}

    def join(self, shown: Shown, sizes: Sizes, wanting: Sequence[Place], edges: Iterable[LayoutEdge]) -> None:
        """Find room for those that want a place, beside what they are linked to."""
        hints = self.hints(shown, wanting)
        if self._floor is None:
            taken = [place for place in self.taken(shown) if place in self.at]
            points = np.array([self.at[place] for place in taken], dtype=np.float64).reshape(-1, 2)
            self._floor = Floor(_reach(shown, sizes, taken), points)
        rows = _reach(shown, sizes, wanting)
        new = sorted(zip(map(str, wanting), wanting, rows, strict=True), key=itemgetter(0))
        links = [((edge.source, edge.target), edge.feedback) for edge in edges]
        reach = {place: row for _, place, row in new}
        self.at.update(insert(self._floor, reach, links, self.at, hints))

    def show(self, shown: Shown) -> None:
        """These are shown now, as far as they have places."""
        at, before = self.at, self.complete
        if before is not None and len(self.visible) == len(before.places):
            # Most of the time few came or went.
            visible = dict(self.visible)
            for row in np.flatnonzero(before.place_rows.kept(shown.place_rows) < 0).tolist():
                del visible[before.places[row]]
            for row in np.flatnonzero(shown.place_rows.kept(before.place_rows) < 0).tolist():
                if (place := shown.places[row]) in at:
                    visible[place] = at[place]
            self.visible = visible
        else:
            self.visible = {place: at[place] for place in shown.places if place in at}
        self.complete = shown if len(self.visible) == len(shown.places) else None

    def wanting(self, among: Iterable[Place]) -> list[Place]:
        """What has no place, or one that may be somebody else's by now.

        So has a group that was not shown before: its members may have moved since it was.
        """
        at, drawn = self.at, self.visible
        return [
            place
            for place in among
            if place not in at
            or (
                place not in drawn
                and place not in self.pinned
                and (place in self._loose or isinstance(place, GroupId))
            )
        ]

    def known(self, shown: Shown, wanting: Collection[Place]) -> int:
        """How many of those that are shown have a place, or stand amid members that have; `wanting` are all
        that may have none.
        """
        return len(shown.places) - sum(
            place not in self.at
            and not (isinstance(place, GroupId) and any(node in self.at for node in shown.members[place]))
            for place in wanting
        )

    def hints(self, shown: Shown, wanting: Collection[Place]) -> dict[Place, Point]:
        """Where what wants a place stands if it can: where it stood, groups amid their members, members by
        their group. Places that it had so far are given up.
        """
        found = {place: self.at.pop(place) for place in wanting if place in self.at}
        self._loose.difference_update(found)
        for place in wanting:
            if isinstance(place, GroupId):
                own = [self.at[node] for node in shown.members[place] if node in self.at]
                if own:
                    found[place] = fmean(x for x, _ in own), fmean(y for _, y in own)
            elif place not in found:
                group = self._from.get(place)
                if group in self.at and group not in shown.members:
                    found[place] = self.at[group]
        return found

    def opened(self, before: Shown, now: Shown) -> None:
        """Take note of the groups that are not drawn as one any more."""
        if (before.members or now.members) and before.members is not now.members:
            # Groups may stand on their members, and these on what was not there while they were hidden.
            self._floor = None
            for group in before.members.keys() - now.members.keys():
                self._from.update(dict.fromkeys(before.members[group], group))

    def taken(self, shown: Shown) -> list[Place]:
        """What is shown, and what else keeps its place while it is hidden.

        Members of a group that is drawn as one are left out: it may stand on them.
        """
        drawn = set(shown.places)
        drawn.update(node for nodes in shown.members.values() for node in nodes)
        nodes: Iterable[NodeId] = (*shown.whole.applications, *shown.whole.channels)
        hidden = (each for each in nodes if each not in drawn and each in self.at)
        return [*shown.places, *(each for each in hidden if each not in self._loose)]

    def inherit(self, before: DependencyGraph, now: DependencyGraph) -> None:
        """An application stands where one stood that is gone and shares a name with it: they were merged, or
        it was named.
        """
        if before.applications.keys() == now.applications.keys():
            return
        gone = [each for key, each in before.applications.items() if key not in now.applications]
        heirs = {
            alias: key
            for key, each in (now.applications.items() if gone else ())
            if key not in self.at
            for alias in each.aliases
        }
        for each in gone:
            shared = [heirs[alias] for alias in each.aliases if alias in heirs]
            heir = max(shared, key=lambda key: (shared.count(key), key), default=None)
            if heir is not None and heir not in self.at and each.id in self.at:
                self.at[heir] = self.at.pop(each.id)
                for marked in (self.pinned, self._loose):
                    if each.id in marked:
                        marked.discard(each.id)
                        marked.add(heir)


def _reach(shown: Shown, sizes: Sizes, places: Sequence[Place]) -> Floats:
    boxes = sizes.boxes(shown.whole, places).values()
    table = np.array([(box.width, box.height, box.label, box.tail) for box in boxes]).reshape(-1, 4)
    return reaches(table)
