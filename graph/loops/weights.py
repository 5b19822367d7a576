"""How much arcs of a web want to run forward: by how sure they are, and how much they carry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from graph.identity import EdgeId, OperationId
from graph.loops.arcs import HALF, Arc, Ints
from graph.loops.web import Web
from graph.model import DependencyGraph

MANY = 8
"""Of so many arcs one is asked about where it is better to look at all."""

Floats = NDArray[np.float64]


class Weights:
    """Weights by the confidences and rates of one graph; while it is asked, the web stays as it is."""

    def __init__(self, web: Web, graph: DependencyGraph) -> None:
        self._web = web
        self._graph = graph
        self._all: tuple[Ints, Floats] | None = None
        """All arcs, sorted, with their weights, once as many were asked about."""

    def of(self, arcs: Ints) -> Floats:
        """The weight of each arc, that of parallel edges together; above 0."""
        if self._all is None:
            if len(arcs) <= len(self._web.edge) // MANY:
                return self._of(arcs.tolist())
            # In the order in which the edges lie in memory: coming to each of them in any other takes longer.
            known = np.fromiter(self._web.edge, np.int64, len(self._web.edge))
            order = np.argsort(known)
            self._all = known[order], self._of(list(self._web.edge))[order]
        known, weight = self._all
        return weight[np.searchsorted(known, arcs)]

    def into(self, nodes: Ints) -> Floats:
        """The weight of all arcs that lead to each node."""
        tails, place = self._web.arcs.into.follow(nodes)
        weight = self.of(tails << HALF | nodes[place])
        return np.bincount(place, weight, len(nodes)).astype(np.float64, copy=False)

    def surest(self, arc: Arc) -> EdgeId:
        """The most certain of parallel edges."""
        edges = self._web.edges(arc)
        return (
            edges[0]
            if len(edges) == 1
            else min(edges, key=lambda edge: (-self._graph.edge(edge).confidence, str(edge)))
        )

    def _of(self, arcs: Sequence[Arc]) -> Floats:
        web = self._web
        weight = self._each(list(map(web.edge.__getitem__, arcs)))
        if web.beside:
            more = [(at, edge) for at, arc in enumerate(arcs) for edge in web.beside.get(arc, ())]
            np.add.at(weight, [at for at, _ in more], self._each([edge for _, edge in more]))
        return weight

    def _each(self, edges: Sequence[EdgeId]) -> Floats:
        operations, routes = self._graph.operations, self._graph.routes
        items = [operations[edge] if isinstance(edge, OperationId) else routes[edge] for edge in edges]
        sure = np.array([item.confidence for item in items], np.float64)
        rate = np.array([item.rate_per_s or 0.0 for item in items], np.float64)
        return np.maximum(sure * (1.0 + np.log10(1.0 + rate)), 1e-6)
