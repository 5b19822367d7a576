"""The difference between two graphs: all that crosses the link, and what a capture keeps as history."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from typing import Any, TypeVar

from msgspec import Struct

from graph.identity import EdgeId, LoopId, NodeId, ServerId
from graph.model import (
    Application,
    CausalPath,
    Channel,
    DependencyGraph,
    FeedbackLoop,
    Finding,
    Operation,
    Route,
    Server,
    Suggestion,
    Unavailable,
)

Id = TypeVar("Id")
Item = TypeVar("Item", Server, Application, Channel, Operation, Route, FeedbackLoop)


class GraphDelta(Struct, frozen=True, omit_defaults=True):
    """What changed; the fields that may be None are given whole when they changed, and are None when not."""

    to_ns: int
    from_ns: int
    servers: tuple[Server, ...] = ()
    applications: tuple[Application, ...] = ()
    channels: tuple[Channel, ...] = ()
    operations: tuple[Operation, ...] = ()
    routes: tuple[Route, ...] = ()
    loops: tuple[FeedbackLoop, ...] = ()
    gone: tuple[ServerId | NodeId | EdgeId | LoopId, ...] = ()
    feedback: tuple[EdgeId, ...] | None = None
    findings: tuple[Finding, ...] | None = None
    unavailable: tuple[Unavailable, ...] | None = None
    suggestions: tuple[Suggestion, ...] | None = None
    chains: tuple[CausalPath | int, ...] | None = None
    """All of them in their new order; a number stands for the one at that place before."""

    @property
    def empty(self) -> bool:
        """Whether nothing but the time moved on."""
        return not (
            self.servers
            or self.applications
            or self.channels
            or self.operations
            or self.routes
            or self.loops
            or self.gone
            or any(
                whole is not None
                for whole in (
                    self.feedback,
                    self.findings,
                    self.unavailable,
                    self.suggestions,
                    self.chains,
                )
            )
        )


def _changed(old: Mapping[Id, Item], new: Mapping[Id, Item]) -> tuple[Item, ...]:
    return tuple(item for key, item in new.items() if old.get(key) != item)


def _gone(old: Iterable[Id], new: Container[Any]) -> tuple[Id, ...]:
    return tuple(key for key in old if key not in new)


def _chains(old: tuple[CausalPath, ...], new: tuple[CausalPath, ...]) -> tuple[CausalPath | int, ...] | None:
    if old == new:
        return None
    place = {path: at for at, path in enumerate(old)}
    return tuple(place.get(path, path) for path in new)


def diff(old: DependencyGraph, new: DependencyGraph) -> GraphDelta:
    """The delta for which `apply(old, delta) == new`."""
    gone: list[ServerId | NodeId | EdgeId | LoopId] = []
    gone += _gone(old.servers, new.servers)
    gone += _gone(old.applications, new.applications)
    gone += _gone(old.channels, new.channels)
    gone += _gone(old.operations, new.operations)
    gone += _gone(old.routes, new.routes)
    gone += _gone(old.loops, new.loops)
    return GraphDelta(
        to_ns=new.to_ns,
        from_ns=new.from_ns,
        servers=_changed(old.servers, new.servers),
        applications=_changed(old.applications, new.applications),
        channels=_changed(old.channels, new.channels),
        operations=_changed(old.operations, new.operations),
        routes=_changed(old.routes, new.routes),
        loops=_changed(old.loops, new.loops),
        gone=tuple(gone),
        feedback=None if old.feedback == new.feedback else tuple(sorted(new.feedback, key=str)),
        findings=None if old.findings == new.findings else new.findings,
        unavailable=None if old.unavailable == new.unavailable else new.unavailable,
        suggestions=None if old.suggestions == new.suggestions else new.suggestions,
        chains=_chains(old.chains, new.chains),
    )


def _merged(old: dict[Id, Item], changed: tuple[Item, ...], gone: frozenset[object]) -> dict[Id, Item]:
    if not changed and not gone:
        return old
    merged = {key: item for key, item in old.items() if key not in gone}
    merged.update({item.id: item for item in changed})  # type: ignore[misc]
    return merged


def apply(old: DependencyGraph, delta: GraphDelta) -> DependencyGraph:
    """The graph after a delta; `old` stays as it is."""
    gone: frozenset[object] = frozenset(delta.gone)
    return DependencyGraph(
        servers=_merged(old.servers, delta.servers, gone),
        applications=_merged(old.applications, delta.applications, gone),
        channels=_merged(old.channels, delta.channels, gone),
        operations=_merged(old.operations, delta.operations, gone),
        routes=_merged(old.routes, delta.routes, gone),
        loops=_merged(old.loops, delta.loops, gone),
        feedback=old.feedback if delta.feedback is None else frozenset(delta.feedback),
        findings=old.findings if delta.findings is None else delta.findings,
        unavailable=old.unavailable if delta.unavailable is None else delta.unavailable,
        suggestions=old.suggestions if delta.suggestions is None else delta.suggestions,
        chains=old.chains
        if delta.chains is None
        else tuple(old.chains[path] if isinstance(path, int) else path for path in delta.chains),
        from_ns=delta.from_ns,
        to_ns=delta.to_ns,
    )
