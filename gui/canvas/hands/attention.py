"""What stays bright while something is looked at, asked of the scene."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple

from graph.identity import EdgeId, Line, LoopId, Place, Subject
from graph.model import LoopStatus
from gui.canvas.scene.scene import Scene


class Lit(NamedTuple):
    """What is bright while all else is quiet."""

    places: frozenset[Place]
    lines: frozenset[Line]


def _with_ends(lines: Iterable[Line], *more: Place) -> Lit:
    every = frozenset(lines)
    return Lit(frozenset({end for line in every for end in (line.source, line.target)} | set(more)), every)


def lit(scene: Scene, subject: Subject | None, trail: Collection[EdgeId] = ()) -> Lit | None:
    """What stays bright while a trail is shown or a subject is selected; None when all does.

    A node keeps its lines and the loops through it that were seen to go round. A loop is marked enough.
    """
    if trail:
        return _with_ends(scene.content.shown.drawn((), trail)[1])
    if isinstance(subject, Place):
        if subject not in scene.nodes:
            return None
        lines = set(scene.lines_at(subject))
        for loop, places, way in scene.content.loops.values():
            if subject in places and loop.status is not LoopStatus.POSSIBLE:
                lines |= set(way)
        return _with_ends(lines, subject)
    if isinstance(subject, Line):
        drawn = (
            subject
            if subject in scene.edges
            else scene.content.shown.line(subject)
            if isinstance(subject, EdgeId)
            else None
        )
        return _with_ends([drawn]) if drawn else None
    return None


def hovered(scene: Scene, subject: Subject | None) -> list[Line]:
    """The lines to bring out while the pointer rests on something."""
    if isinstance(subject, Place):
        return scene.lines_at(subject)
    return [subject] if isinstance(subject, Line) and subject in scene.edges else []


def looked_at(scene: Scene, subjects: Iterable[Subject | None]) -> frozenset[LoopId]:
    """The loops that are shown although they are only possible: those through what is looked at."""
    found: set[LoopId] = set()
    for subject in subjects:
        if isinstance(subject, LoopId):
            found.add(subject)
        elif isinstance(subject, Place):
            found |= {key for key, (_, places, _) in scene.content.loops.items() if subject in places}
    return frozenset(found)
