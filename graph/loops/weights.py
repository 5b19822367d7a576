"""How much arcs of a web want to run forward: by how sure they are, and how much they carry."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from graph.identity import EdgeId, OperationId
from graph.loops.web import Arc, Web
from graph.model import DependencyGraph

Floats = NDArray[np.float64]


class Weights:
    """Weights by the confidences and rates of one graph."""

    def __init__(self, web: Web, graph: DependencyGraph) -> None:
        self._web = web
        self._graph = graph
        self._into: dict[int, float] = {}

    def of(self, arcs: Sequence[Arc]) -> Floats:
        """The weight of each arc, that of parallel edges together; above 0."""
        parallel = list(map(self._web.edges.__getitem__, arcs))
        operations, routes = self._graph.operations, self._graph.routes
        items = [
            operations[edge] if isinstance(edge, OperationId) else routes[edge]
            for edge in chain.from_iterable(parallel)
        ]
        sure = np.fromiter(map(attrgetter("confidence"), items), np.float64, len(items))
        rate = np.nan_to_num(np.array(list(map(attrgetter("rate_per_s"), items)), np.float64))
        weight: Floats = np.maximum(sure * (1.0 + np.log10(1.0 + rate)), 1e-6)
        if len(items) > len(arcs):
            weight = np.add.reduceat(weight, np.cumsum([0, *map(len, parallel[:-1])]))
        return weight

    def into(self, node: int) -> float:
        """The weight of all arcs that lead to a node."""
        if node not in self._into:
            self._into[node] = float(self.of([(tail, node) for tail in self._web.into[node]]).sum())
        return self._into[node]

    def surest(self, arc: Arc) -> EdgeId:
        """The most certain of parallel edges."""
        edges = self._web.edges[arc]
        return (
            edges[0]
            if len(edges) == 1
            else min(edges, key=lambda edge: (-self._graph.edge(edge).confidence, str(edge)))
        )
