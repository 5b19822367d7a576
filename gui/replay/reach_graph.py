"""Where a replay goes on to, as a graph of its own: what it reaches, how many records are expected where."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from graph.identity import Action, ApplicationId, ChannelId, NodeId, OperationId
from graph.model import DependencyGraph
from inspector.replay.plan import Caused, Plan

MOST = 9
"""Characters that a channel has room for."""


def reached(graph: DependencyGraph, plan: Plan) -> DependencyGraph:
    """The part of a graph that the records of a plan reach, with the loops that lie in it."""
    targets = {way.target for way in plan.ways}
    edges: set[OperationId] = set()
    for step in plan.steps:
        edges.add(OperationId(step.application, Action.RECEIVE, step.received_from))
        edges.update(OperationId(step.application, Action.SEND, channel) for channel, _ in step.sends)
    operations = {edge: graph.operations[edge] for edge in edges if edge in graph.operations}
    channels = targets | {edge.channel for edge in operations} | set(plan.leaves)
    applications = {edge.application for edge in operations}
    nodes: set[NodeId] = {*channels, *applications}
    entered = {each.loop for each in plan.loops}
    return DependencyGraph(
        servers=graph.servers,
        applications={key: graph.applications[key] for key in applications if key in graph.applications},
        # What flows there now is not what the replay sends.
        channels={
            key: replace(graph.channels[key], rate_per_s=None) for key in channels if key in graph.channels
        },
        operations={key: replace(each, rate_per_s=None) for key, each in operations.items()},
        routes={
            key: each
            for key, each in graph.routes.items()
            if key.source in channels and key.target in channels
        },
        loops={key: loop for key, loop in graph.loops.items() if key in entered and set(loop.hops) <= nodes},
        feedback=graph.feedback & operations.keys(),
        from_ns=graph.from_ns,
        to_ns=graph.to_ns,
    )


def expected(plan: Plan) -> dict[ChannelId, float]:
    """Records that are expected on each channel: those sent, and those caused by them."""
    found: dict[ChannelId, float] = {}
    for way in plan.ways:
        found[way.target] = found.get(way.target, 0.0) + way.records
    for each in plan.caused:
        found[each.channel] = found.get(each.channel, 0.0) + each.records
    return found


def received(plan: Plan) -> dict[ApplicationId, float]:
    """Records that each application is expected to receive."""
    found: dict[ApplicationId, float] = {}
    for side in plan.sides:
        found[side.application] = found.get(side.application, 0.0) + side.records
    return found


def about(number: float) -> str:
    """An estimate for people: `151`, `2.4`, `0`."""
    return f"{number:,.0f}" if number >= 10 or number == int(number) else f"{number:.2g}"


def counts(plan: Plan, caused: Sequence[Caused] = ()) -> dict[ChannelId, str]:
    """What stands in the channels of the picture: how many records are expected there, and how many came.

    What was sent counts as come once anything was caused.
    """
    hoped = expected(plan)
    if not caused:
        return {channel: about(records) for channel, records in hoped.items()}
    came = expected(replace(plan, caused=tuple(caused)))
    both = {
        channel: f"{about(came.get(channel, 0.0))}/{about(records)}" for channel, records in hoped.items()
    }
    return {channel: words if len(words) <= MOST else words.split("/")[0] for channel, words in both.items()}
