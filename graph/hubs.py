"""Who is in the midst of a system: fan-in and fan-out of every node, and how much passes through it.

A hub is measured by the pairs of other applications that it can stand between: those whose records reach it
times those that its records reach. Betweenness counts shortest paths (L. C. Freeman, "A set of measures of
centrality based on betweenness", Sociometry 40, 1977), which events do not take: they go along every edge at
once, and a measure must fit the way that things flow (S. P. Borgatti, "Centrality and network flow", Social
Networks 27, 2005).
"""

from __future__ import annotations

from collections.abc import Sequence

import rustworkx
from msgspec import Struct

from graph.identity import Action, ChannelId, NodeId
from graph.loops.counting import Counting
from graph.model import DependencyGraph

_SEEN = Counting(request_reply=True)


class Hub(Struct, frozen=True, gc=False):
    """How one node is joined to the others."""

    node: NodeId
    fan_in: int
    """Channels that an application receives from; applications that send to a channel, and routes into it."""
    fan_out: int
    """Channels that an application sends to; applications that receive from a channel, and routes from it."""
    before: int
    """Other applications that send to a channel it receives from; for a channel, that send to it."""
    after: int
    """Other applications that receive from a channel it sends to; for a channel, that receive from it."""
    upstream: int
    """Other applications whose records, or what they cause, can reach it."""
    downstream: int
    """Other applications that its records, or what they cause, can reach."""

    @property
    def between(self) -> int:
        """Pairs of applications that it can stand between."""
        return self.upstream * self.downstream


def find_hubs(graph: DependencyGraph) -> tuple[Hub, ...]:
    """All nodes that have an edge, the greatest hubs first.

    Edges count that were seen, and channels that were not made by a broker or framework for itself.
    """
    apart = _SEEN.uncounted(graph)
    operations = [key for key in graph.operations if key not in apart and key.channel not in apart]
    routes = [
        key
        for key in graph.routes
        if key.source != key.target and apart.isdisjoint((key, key.source, key.target))
    ]
    applications = dict.fromkeys([key.application for key in operations])
    channels = dict.fromkeys([key.channel for key in operations])
    channels |= dict.fromkeys(node for key in routes for node in (key.source, key.target))
    nodes: list[NodeId] = [*applications, *channels]
    number = {node: at for at, node in enumerate(nodes)}
    joined = [(number[key.source], number[key.target]) for key in routes]
    for key in operations:
        application, channel = number[key.application], number[key.channel]
        joined.append((application, channel) if key.action is Action.SEND else (channel, application))
    into: list[list[int]] = [[] for _ in nodes]
    out_of: list[list[int]] = [[] for _ in nodes]
    for before, after in joined:
        into[after].append(before)
        out_of[before].append(after)
    own = [1 << at if at < len(applications) else 0 for at in range(len(nodes))]
    """Each application as one bit, so that a set of them is a number."""
    sinks_first = rustworkx.strongly_connected_components(_digraph(joined, len(nodes)))
    upstream = _reach(sinks_first[::-1], own, into)
    downstream = _reach(sinks_first, own, out_of)
    befores, afters = _beside(own, into), _beside(own, out_of)
    hubs = [
        Hub(
            node,
            fan_in=len(into[at]),
            fan_out=len(out_of[at]),
            before=_others(befores[at], own[at]),
            after=_others(afters[at], own[at]),
            upstream=_others(upstream[at], own[at]),
            downstream=_others(downstream[at], own[at]),
        )
        for at, node in enumerate(nodes)
    ]
    return tuple(sorted(hubs, key=_rank))


def _rank(hub: Hub) -> tuple[int, int, bool, NodeId]:
    return -hub.between, -hub.fan_in * hub.fan_out, isinstance(hub.node, ChannelId), hub.node


def _others(applications: int, own: int) -> int:
    return applications.bit_count() - (1 if applications & own else 0)


def _digraph(joined: Sequence[tuple[int, int]], count: int) -> rustworkx.PyDiGraph[None, None]:
    digraph: rustworkx.PyDiGraph[None, None] = rustworkx.PyDiGraph()
    digraph.add_nodes_from([None] * count)
    digraph.add_edges_from_no_data(list(joined))
    return digraph


def _reach(
    components: Sequence[Sequence[int]], own: Sequence[int], onward: Sequence[Sequence[int]]
) -> list[int]:
    """All applications that can be reached from each node, itself included; components come after those
    that they lead to.
    """
    reached = list(own)
    for component in components:
        together = 0
        for node in component:
            together |= own[node]
            for other in onward[node]:
                together |= reached[other]
        for node in component:
            reached[node] = together
    return reached


def _beside(own: Sequence[int], onward: Sequence[Sequence[int]]) -> list[int]:
    """The applications at each channel, and those at the channels of each application."""
    beside = [0] * len(own)
    for applications in (False, True):
        known = beside if applications else own
        for node, others in enumerate(onward):
            if bool(own[node]) is applications:
                for other in others:
                    beside[node] |= known[other]
    return beside
