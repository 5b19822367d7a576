"""Works out what a replay would do, before anything is sent."""

from __future__ import annotations

from collections.abc import Container, Mapping

from graph.identity import ChannelId, ServerId
from graph.loops.cycles import in_words
from graph.model import DependencyGraph, FeedbackLoop, LoopStatus
from graph.reach import Branch, Reach, find_reach
from inspector.record import Headers
from inspector.replay.plan import (
    HOPS_HEADER,
    ORIGIN_HEADER,
    REPLAY_HEADER,
    ReplayPlan,
    ReplayRequest,
    Step,
)

HOPS_ALLOWED = 16
"""How many hops a replay may be carried on by those who heed its mark."""
_MARKS = frozenset({REPLAY_HEADER, ORIGIN_HEADER, HOPS_HEADER})


def plan(
    request: ReplayRequest,
    graph: DependencyGraph,
    *,
    replay_id: str,
    connected: Container[ServerId],
    already_there: int = 0,
    branching: Mapping[Branch, float] | None = None,
) -> ReplayPlan:
    """The plan of one replay.

    `already_there` counts the captured records on the target with the same event id, and `branching` is
    what was measured of how many records one causes (`LoopWatch.branching`).
    """
    reach = find_reach(graph, request.target, (branching or {}).get)
    forbidden = _impossible(request, graph, connected)
    dangers = _dangers(request, graph, reach)
    if not forbidden and not request.force_reason.strip() and dangers:
        forbidden, dangers = f"{dangers[0]} Give a reason to send it all the same.", dangers[1:]
    return ReplayPlan(
        request=request,
        server=request.target.server,
        outgoing_headers=marked(request, replay_id),
        steps=tuple(Step(*touched) for touched in reach.steps),
        loops=tuple(loop.id for loop in reach.loops),
        leaves=reach.leaves,
        already_there=already_there,
        why_not=forbidden,
        warnings=(*dangers, *_warnings(request, graph, reach, already_there)),
    )


def marked(request: ReplayRequest, replay_id: str) -> Headers:
    """The record's headers with the marks of this replay; those of an earlier one are taken off."""
    kept = tuple((name, value) for name, value in request.headers if name.lower() not in _MARKS)
    origin = f"{request.origin_channel}/{request.origin.partition}/{request.origin.offset}"
    return (
        *kept,
        (REPLAY_HEADER, replay_id.encode()),
        (ORIGIN_HEADER, origin.encode()),
        (HOPS_HEADER, str(HOPS_ALLOWED).encode()),
    )


def _impossible(request: ReplayRequest, graph: DependencyGraph, connected: Container[ServerId]) -> str:
    """Why no reason in the world makes it run; empty when one would."""
    target = request.target
    if target.server not in connected:
        return f"{target.server} is not connected. Connect it first."
    if target not in graph.channels:
        return f"{target.name} is not known on {target.server}. Choose a {target.kind} that exists."
    return ""


def _dangers(request: ReplayRequest, graph: DependencyGraph, reach: Reach) -> list[str]:
    """What takes a reason to do, the worst first."""
    found = [
        f"The record would enter a loop that keeps itself going, with {_gain(loop)}: {in_words(loop.hops)}."
        for loop in reach.loops
        if loop.status is LoopStatus.RUNAWAY
    ]
    channel = graph.channels.get(request.target)
    if channel is not None and channel.internal:
        found.append(f"{request.target.name} belongs to the broker or a framework, not to an application.")
    return found


def _warnings(request: ReplayRequest, graph: DependencyGraph, reach: Reach, already_there: int) -> list[str]:
    found = [
        f"The record would enter a loop that records go round in, with {_gain(loop)}: {in_words(loop.hops)}."
        for loop in reach.loops
        if loop.status is LoopStatus.ACTIVE
    ]
    if request.target == request.origin_channel:
        found.append(
            f"It goes back to {request.target.name}, so everyone who receives it there gets it twice."
        )
    elif already_there:
        count = "1 record" if already_there == 1 else f"{already_there} records"
        found.append(f"{request.target.name} has {count} with the same event id already.")
    if request.value is None:
        found.append("The value is null: where a channel is compacted it deletes what the key stands for.")
    hidden = [channel.name for channel in _reached(request, reach) if not _receivers_visible(graph, channel)]
    if hidden:
        found.append(f"Who receives {', '.join(hidden)} is not visible, so the record may reach further.")
    return found


def _reached(request: ReplayRequest, reach: Reach) -> list[ChannelId]:
    sent = [channel for step in reach.steps for channel, _ in step.sends]
    return list(dict.fromkeys([request.target, *sent, *reach.leaves]))


def _receivers_visible(graph: DependencyGraph, channel: ChannelId) -> bool:
    known = graph.channels.get(channel)
    return known is None or known.receivers_visible


def _gain(loop: FeedbackLoop) -> str:
    return f"gain {loop.gain:g}" if loop.gain is not None else "a gain not yet known"
