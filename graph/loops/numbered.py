"""Nodes by number and edges as arcs between them, changed in place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain
from operator import is_
from typing import NamedTuple

import numpy as np

from graph.identity import Action, EdgeId, NodeId, OperationId, RouteId
from graph.loops.arcs import HALF, HEAD, Arc, Arcs, Ints


class Edges(NamedTuple):
    """Edges of both kinds."""

    operations: Sequence[OperationId]
    routes: Sequence[RouteId]

    @classmethod
    def of(cls, edges: Collection[EdgeId]) -> Edges:
        """Edges that come mixed."""
        return cls(
            [edge for edge in edges if isinstance(edge, OperationId)],
            [edge for edge in edges if isinstance(edge, RouteId)],
        )


class Change(NamedTuple):
    """What edges that come or go mean for the arcs."""

    arcs: Ints
    """Those of the edges."""
    turned: Ints
    """Those among them that are new or gone with the edges."""


class _Numbers(dict[NodeId, int]):
    """The numbers of nodes; one that has none is given one."""

    def __init__(self, give: Callable[[NodeId], int]) -> None:
        super().__init__()
        self._give = give

    def __missing__(self, node: NodeId) -> int:
        self[node] = at = self._give(node)
        return at


class Numbered:
    """Nodes keep their number as long as they have an edge. No edge may lead from a node to itself."""

    def __init__(self) -> None:
        self.nodes: list[NodeId] = []
        self.words: list[str] = []
        """The text of each node, which puts all of them into one order."""
        self.number = _Numbers(self._give)
        self.arcs = Arcs()
        self.edge: dict[Arc, EdgeId] = {}
        self.beside: dict[Arc, tuple[EdgeId, ...]] = {}
        """The other edges of arcs that have more than one."""
        self._free: list[int] = []

    def add(self, edges: Edges) -> Change:
        """Adds edges that were not there."""
        arcs = self._of(*edges)
        keys, added = arcs.tolist(), list(chain[EdgeId](*edges))
        alone = np.fromiter(map(is_, map(self.edge.setdefault, keys, added), added), np.bool_, len(added))
        for at in np.flatnonzero(~alone).tolist():
            self.beside[keys[at]] = (*self.beside.get(keys[at], ()), added[at])
        new = arcs[alone]
        self.arcs.grow(len(self.nodes))
        self.arcs.add(new)
        return Change(arcs, new)

    def remove(self, edges: Edges) -> Change:
        """Removes edges that were there."""
        arcs = self._of(*edges)
        gone: list[Arc] = []
        for arc, edge in zip(arcs.tolist(), chain[EdgeId](*edges), strict=True):
            left = tuple(other for other in self.edges(arc) if other != edge)
            self.beside.pop(arc, None)
            if left:
                self.edge[arc] = left[0]
            else:
                del self.edge[arc]
                gone.append(arc)
            if left[1:]:
                self.beside[arc] = left[1:]
        turned = np.array(gone, np.int64)
        self.arcs.remove(turned)
        return Change(arcs, turned)

    def forget(self, arcs: Ints) -> None:
        """Frees the numbers of nodes that have no edge any more, of those that arcs join."""
        for node in {*(arcs >> HALF).tolist(), *(arcs & HEAD).tolist()}:
            if not self.arcs.out[node] and not self.arcs.into[node]:
                del self.number[self.nodes[node]]
                self._free.append(node)

    def edges(self, arc: Arc) -> tuple[EdgeId, ...]:
        """The parallel edges of an arc."""
        return (self.edge[arc], *self.beside.get(arc, ()))

    def named(self, nodes: Iterable[int]) -> tuple[NodeId, ...]:
        """Nodes by their numbers."""
        return tuple(map(self.nodes.__getitem__, nodes))

    def _of(self, operations: Sequence[OperationId], routes: Sequence[RouteId]) -> Ints:
        """Spelt out, as calling the properties of so many ids takes longer than all the rest."""
        send, number = Action.SEND, self.number
        sends = np.array([edge.action is send for edge in operations], np.bool_)
        mine = np.array([number[edge.application] for edge in operations], np.int64)
        theirs = np.array([number[edge.channel] for edge in operations], np.int64)
        tails, heads = np.where(sends, mine, theirs), np.where(sends, theirs, mine)
        sources = np.array([number[edge.source] for edge in routes], np.int64)
        targets = np.array([number[edge.target] for edge in routes], np.int64)
        return np.concatenate([tails << HALF | heads, sources << HALF | targets])

    def _give(self, node: NodeId) -> int:
        if self._free:
            at = self._free.pop()
            self.nodes[at], self.words[at] = node, str(node)
        else:
            at = len(self.nodes)
            self.nodes.append(node)
            self.words.append(str(node))
        return at
