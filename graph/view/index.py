"""Nodes and edges of a graph by number, so that questions about all of them are arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from graph.identity import Action, ChannelId, EdgeId, NodeId
from graph.model import Application, Channel, DependencyGraph, Operation, Route

Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Index:
    """What there is, figures aside; an edge whose ends are not both known is left out."""

    nodes: tuple[NodeId, ...]
    """Applications, then channels."""
    applications: int
    """How many of the nodes are applications."""
    edges: tuple[EdgeId, ...]
    source: Numbers
    """The number of the node that each edge leaves, shape (edges,)."""
    target: Numbers
    operations: int
    """How many of the edges are operations; the others are routes."""

    @cached_property
    def channels(self) -> tuple[ChannelId, ...]:
        """The nodes that are channels."""
        return tuple(node for node in self.nodes if isinstance(node, ChannelId))

    def applications_of(self, graph: DependencyGraph) -> list[Application]:
        """What a graph says of the nodes that are applications."""
        known = graph.applications
        return [known[node] for node in self.nodes[: self.applications]]  # type: ignore[index]

    def channels_of(self, graph: DependencyGraph) -> list[Channel]:
        """What a graph says of the channels."""
        return [graph.channels[key] for key in self.channels]

    def edges_of(self, graph: DependencyGraph) -> list[Operation | Route]:
        """What a graph says of the edges."""
        operations, routes = self.edges[: self.operations], self.edges[self.operations :]
        return [
            *map(graph.operations.__getitem__, operations),  # type: ignore[arg-type]
            *map(graph.routes.__getitem__, routes),  # type: ignore[arg-type]
        ]

    @cached_property
    def number(self) -> dict[NodeId, int]:
        """The number of each node."""
        return {node: at for at, node in enumerate(self.nodes)}

    @cached_property
    def edge_number(self) -> dict[EdgeId, int]:
        """The number of each edge."""
        return {edge: at for at, edge in enumerate(self.edges)}

    def touched(self, edges: Flags) -> Flags:
        """Which nodes are an end of some edges."""
        made = np.zeros(len(self.nodes), dtype=np.bool_)
        made[self.source[edges]] = True
        made[self.target[edges]] = True
        return made

    def fits(self, graph: DependencyGraph) -> bool:
        """Whether a graph has the same nodes and edges."""
        return (
            len(graph.applications) == self.applications
            and len(graph.channels) == len(self.channels)
            and len(graph.operations) + len(graph.routes) == len(self.edges)
            and all(map(graph.applications.__contains__, self.nodes[: self.applications]))
            and all(map(graph.channels.__contains__, self.channels))
            and all(map(graph.operations.__contains__, self.edges[: self.operations]))
            and all(map(graph.routes.__contains__, self.edges[self.operations :]))
        )


def index(graph: DependencyGraph, before: Index | None = None) -> Index:
    """The index of a graph; the one before where that still fits."""
    if before is not None and before.fits(graph):
        return before
    nodes: tuple[NodeId, ...] = (*graph.applications, *graph.channels)
    number = {node: at for at, node in enumerate(nodes)}.get
    sends = np.array([key.action is Action.SEND for key in graph.operations], dtype=np.bool_)
    users = _numbers([number(key.application, -1) for key in graph.operations])
    used = _numbers([number(key.channel, -1) for key in graph.operations])
    begins = _numbers([number(key.source, -1) for key in graph.routes])
    ends = _numbers([number(key.target, -1) for key in graph.routes])
    source = np.concatenate((np.where(sends, users, used), begins))
    target = np.concatenate((np.where(sends, used, users), ends))
    whole = (source >= 0) & (target >= 0)
    return Index(
        nodes,
        len(graph.applications),
        tuple(compress(graph.edges(), whole.tolist())),
        source[whole],
        target[whole],
        int(np.count_nonzero(whole[: len(users)])),
    )


def _numbers(found: list[int]) -> Numbers:
    return np.array(found, dtype=np.int64)
