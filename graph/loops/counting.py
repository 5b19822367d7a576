"""What loops are looked for on: what a graph shows and loops leave out, each of it a choice of people."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import Struct

from graph.identity import Action, ApplicationId, ChannelId, EdgeId, NodeId, OperationId
from graph.model import CONFIRMED, DECLARED, PERMISSION, DependencyGraph, EdgeState, Operation, Route


class RequestReply(NamedTuple):
    """Two channels on which records were seen to ask and to answer."""

    request: ChannelId
    reply: ChannelId


class Counting(Struct, frozen=True, omit_defaults=True):
    """What counts for loops besides edges that were seen; as it comes, nothing of it does."""

    internal: bool = False
    """Channels that a broker or framework made for itself."""
    request_reply: bool = False
    """That an application receives the replies to its own requests."""
    replays: bool = False
    """Records that a replay sent. Their edges are never in a graph: this is for who looks at records."""
    historic: bool = False
    """Edges that were not seen for so long that they tell of the past."""
    permitted: bool = False
    """Edges that only permissions speak for."""
    declared: bool = False
    """Edges that only declarations speak for: a design before anything runs."""
    pairs: frozenset[RequestReply] = frozenset()
    """What records showed to be request and reply."""

    def uncounted(self, graph: DependencyGraph) -> frozenset[NodeId | EdgeId]:
        """The channels and edges of a graph that no loop is looked for on."""
        apart: set[NodeId | EdgeId] = set()
        if not self.internal:
            apart.update(channel.id for channel in graph.channels.values() if channel.internal)
        apart.update(key for key, edge in graph.operations.items() if not self.counts(edge))
        apart.update(key for key, edge in graph.routes.items() if not self.counts(edge))
        return self.replies(graph).union(apart)

    def counts(self, edge: Operation | Route) -> bool:
        """Whether an edge counts, by its own evidence and age."""
        if not self.historic and isinstance(edge, Operation) and edge.state is EdgeState.HISTORIC:
            return False
        for piece in edge.evidence:
            if piece.family == PERMISSION:
                speaks = self.permitted
            else:
                speaks = piece.family != DECLARED or self.declared or piece.source == CONFIRMED
            if speaks:
                return True
        return not edge.evidence

    def replies(self, graph: DependencyGraph) -> frozenset[OperationId]:
        """The edges on which applications receive replies to their own requests, where those do not count."""
        if self.request_reply or not self.pairs:
            return frozenset()
        asking: dict[ChannelId, set[ApplicationId]] = {pair.request: set() for pair in self.pairs}
        for key in graph.operations:
            if key.action is Action.SEND and key.channel in asking:
                asking[key.channel].add(key.application)
        answered: dict[ChannelId, set[ApplicationId]] = {}
        for request, reply in self.pairs:
            answered.setdefault(reply, set()).update(asking[request])
        return frozenset(
            key
            for key in graph.operations
            if key.action is Action.RECEIVE and key.application in answered.get(key.channel, ())
        )
