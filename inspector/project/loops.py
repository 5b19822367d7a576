"""What people decide about loops: which are meant to be, and on what others are looked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from graph.identity import ChannelId
from graph.loops.cycles import in_words
from graph.model import DependencyGraph, FeedbackLoop
from graph.names import shown_names
from inspector.project.model import AcknowledgedLoop, Change, CountedLoops, Project
from inspector.project.naming import names_of, written

COUNTED = {
    "internal": "internal channels",
    "request_reply": "requests and their replies",
    "replays": "replays",
    "historic": "what was last seen long ago",
}
"""What each switch of `CountedLoops` lets loops be found on, in the middle of a sentence."""


def acknowledge(
    project: Project, graph: DependencyGraph, loop: FeedbackLoop, reason: str, gain_below: float | None = None
) -> Change:
    """A loop is meant to be, while its gain is below a limit where one is given."""
    entry = AcknowledgedLoop(tuple(written(hop) for hop in loop.hops), reason.strip(), gain_below)
    before = tuple(each for each in entries(project, graph, loop) if each != entry)
    return Change(
        f"Acknowledge {in_words(loop.hops, shown_names(graph))}",
        Project(acknowledged=(entry,)),
        Project(acknowledged=before),
    )


def unacknowledge(project: Project, graph: DependencyGraph, loop: FeedbackLoop) -> Change:
    """A loop is told like any other again."""
    before = tuple(entries(project, graph, loop))
    return Change(
        f"Take back that {in_words(loop.hops, shown_names(graph))} is meant to be",
        removed=Project(acknowledged=before),
    )


def count(switch: str, *, on: bool) -> Change:
    """Loops are looked for, or not, on something of `COUNTED`."""
    section = Project(loops=CountedLoops(**{switch: True}))
    if on:
        return Change(f"Count {COUNTED[switch]}", section)
    return Change(f"Do not count {COUNTED[switch]}", removed=section)


def entries(project: Project, graph: DependencyGraph, loop: FeedbackLoop) -> Iterable[AcknowledgedLoop]:
    """What the project says about a loop; the first one counts.

    A loop may be written from each of its channels on, so that one that is fed elsewhere stays the same.
    """
    if not project.acknowledged:
        return
    names = [names_of(graph, hop) for hop in loop.hops]
    starts = [at for at, hop in enumerate(loop.hops) if isinstance(hop, ChannelId)]
    for entry in project.acknowledged:
        if len(entry.hops) == len(names) and any(_fits(entry.hops, names, start) for start in starts):
            yield entry


def _fits(hops: Sequence[str], names: Sequence[set[str]], start: int) -> bool:
    return all(name in names[(start + at) % len(names)] for at, name in enumerate(hops))
