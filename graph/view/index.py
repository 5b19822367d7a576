"""Nodes and edges of a graph by number, so that questions about all of them are arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.identity import Action, ChannelId, EdgeId, NodeId, OperationId, RouteId
from graph.model import Application, Channel, DependencyGraph, Operation, Route
from graph.view.rows import CHUNK, Numbers, Rows
from graph.view.steps import Steps, done

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Index:
    """What there is, figures aside; an edge whose ends are not both known is left out."""

    node_rows: Rows[NodeId]
    """Applications, then channels."""
    applications: int
    """How many of the nodes are applications."""
    edge_rows: Rows[EdgeId]
    source: Numbers
    """The number of the node that each edge leaves, shape (edges,)."""
    target: Numbers
    operations: int
    """How many of the edges are operations; the others are routes."""

    @property
    def nodes(self) -> tuple[NodeId, ...]:
        """Applications, then channels."""
        return self.node_rows.keys

    @property
    def edges(self) -> tuple[EdgeId, ...]:
        """Operations, then routes."""
        return self.edge_rows.keys

    @property
    def number(self) -> Mapping[NodeId, int]:
        """The number of each node."""
        return self.node_rows.number

    @property
    def edge_number(self) -> Mapping[EdgeId, int]:
        """The number of each edge."""
        return self.edge_rows.number

    @cached_property
    def channels(self) -> tuple[ChannelId, ...]:
        """The nodes that are channels."""
        return self.nodes[self.applications :]  # type: ignore[return-value]

    def applications_of(self, graph: DependencyGraph) -> list[Application]:
        """What a graph with these very nodes says of those that are applications."""
        return [*graph.applications.values()]

    def channels_of(self, graph: DependencyGraph) -> list[Channel]:
        """What it says of the channels."""
        return [*graph.channels.values()]

    def edges_of(self, graph: DependencyGraph) -> list[Operation | Route]:
        """What it says of the edges."""
        if len(self.edges) == len(graph.operations) + len(graph.routes):
            return [*graph.operations.values(), *graph.routes.values()]
        return [graph.edge(key) for key in self.edges]

    def touched(self, edges: Flags) -> Flags:
        """Which nodes are an end of some edges."""
        made = np.zeros(len(self.nodes), dtype=np.bool_)
        made[self.source[edges]] = True
        made[self.target[edges]] = True
        return made


def index(graph: DependencyGraph, before: Index | None = None) -> Index:
    """The index of a graph. One before saves work, and is the answer where it still fits."""
    return done(indexing(graph, before))


def indexing(graph: DependencyGraph, before: Index | None = None) -> Steps[Index]:
    """The same bit by bit."""
    if before is None or not before.edges:
        nodes: Rows[NodeId] = Rows((*graph.applications, *graph.channels))
        edges: Rows[EdgeId] = Rows((*graph.operations, *graph.routes))
        yield from nodes.number_bit_by_bit()
        yield from edges.number_bit_by_bit()
        source, target = yield from _ends(nodes, [*graph.operations], [*graph.routes])
    else:
        nodes = Rows((*graph.applications, *graph.channels), before.node_rows)
        edges = Rows((*graph.operations, *graph.routes), before.edge_rows)
        yield
        kept, now = edges.kept(before.edge_rows), before.node_rows.kept(nodes)
        source, target = now[before.source[kept]], now[before.target[kept]]
        new = np.flatnonzero(kept < 0)
        some: list[Any] = [edges[at] for at in new.tolist()]
        sent = int((new < len(graph.operations)).sum())
        source[new], target[new] = yield from _ends(nodes, some[:sent], some[sent:])
    whole, operations = (source >= 0) & (target >= 0), len(graph.operations)
    if not whole.all():
        edges = Rows(tuple(compress(edges, whole.tolist())), edges)
        source, target, operations = source[whole], target[whole], int(whole[:operations].sum())
    if before is not None and nodes.same(before.node_rows) and edges.same(before.edge_rows):
        return before
    return Index(nodes, len(graph.applications), edges, source, target, operations)


def _ends(
    nodes: Rows[NodeId], operations: Sequence[OperationId], routes: Sequence[RouteId]
) -> Steps[tuple[Numbers, Numbers]]:
    """The numbers of the nodes that edges leave and reach; -1 for those that are not known.

    Spelt out, as calling the properties of so many ids takes longer than all the rest.
    """
    sources, targets = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for at in range(0, len(operations), CHUNK):
        part = operations[at : at + CHUNK]
        sends = np.array([key.action is Action.SEND for key in part], dtype=np.bool_)
        users = nodes.of([key.application for key in part])
        used = nodes.of([key.channel for key in part])
        sources.append(np.where(sends, users, used))
        targets.append(np.where(sends, used, users))
        yield
    sources.append(nodes.of([key.source for key in routes]))
    targets.append(nodes.of([key.target for key in routes]))
    return np.concatenate(sources), np.concatenate(targets)
