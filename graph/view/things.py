"""What the query language knows of the nodes and edges of a graph, and which of them a query fits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from graph.identity import Action, ChannelKind, RouteKind, ServerId
from graph.model import (
    Application,
    ApplicationKind,
    Channel,
    DependencyGraph,
    EdgeState,
    FeedbackLoop,
    LoopStatus,
    Operation,
    Route,
)
from graph.names import plain
from graph.query.fields import Field, Vocabulary
from graph.query.kinds import (
    MILLISECONDS,
    NO_UNIT,
    PER_SECOND,
    SHARE,
    Choice,
    Match,
    Number,
    Since,
    Time,
    Until,
    Words,
)
from graph.query.moments import Clock
from graph.query.parser import parse
from graph.query.terms import Logic, Term, asked
from graph.view.index import Flags, Index

MARKS = {
    "internal": "internal",
    "dead-letter": "dead_letters",
    "retry": "retries",
    "leaf": "leaf",
    "unused": "unused",
    "quiet": "quiet",
    "unattributed": "unattributed",
}
"""The words that `is` takes, with the toggles that mean the same."""

_KINDS = tuple(
    dict.fromkeys(str(each) for kind in (ApplicationKind, ChannelKind, Action, RouteKind) for each in kind)
)
_COUNT = Number(NO_UNIT, "12")

VOCABULARY = Vocabulary(
    (
        Field("name", "of an application or channel", Words(), ":orders*"),
        Field("alias", "another name of an application", Words(), ":billing-1"),
        Field("app", "an application, and the edges of it", Words(), ":billing"),
        Field("channel", "a channel, and the edges of it", Words(), ":orders.*"),
        Field("server", "by name or address", Words(), ":*:9092"),
        Field("team", "who owns an application", Words(), ":payments"),
        Field("kind", "what it is", Choice(_KINDS), ":topic"),
        Field("type", "an event type seen on a channel", Words(), ":Order*"),
        Field("rate", "records a second", Number(PER_SECOND, "1.5k"), ">1.5k"),
        Field("lag", "records that wait", _COUNT, ">1000"),
        Field("latency", "median time up to this step", Number(MILLISECONDS, "200ms"), ">200ms"),
        Field("records", "that lie on a channel", _COUNT, ">1M"),
        Field("partitions", "of a channel", _COUNT, ":1"),
        Field("fan-in", "edges that lead to it", _COUNT, ">5"),
        Field("fan-out", "edges that lead away", _COUNT, ">5"),
        Field("loop", "the state of a loop through it", Choice(tuple(map(str, LoopStatus))), ":runaway"),
        Field("confidence", "in an edge", Number(SHARE, "60%"), "<60%"),
        Field("evidence", "the source that speaks for an edge", Words(), ":kafka.groups"),
        Field("status", "how fresh an edge is", Choice(tuple(map(str, EdgeState))), ":stale"),
        Field("is", "a mark", Choice(tuple(MARKS)), ":unattributed"),
        Field("since", "last seen at this time or later", Since(), ":-5m"),
        Field("until", "last seen up to this time", Until(), ":-1h"),
        Field("at", "last seen at this time", Time(), ":2026-11-23T10:00..10:05"),
    )
)
"""What can be asked of a graph."""

Values = list[tuple[Any, ...]]
"""What each node or edge has in a field, by its number."""

_APPLICATION: dict[str, Callable[[Application], tuple[Any, ...]]] = {
    "name": lambda each: (each.name or plain(each.id),),
    "alias": lambda each: tuple(alias.value for alias in each.aliases),
    "app": lambda each: (each.name or plain(each.id),),
    "team": lambda each: _known(each.owner),
    "kind": lambda each: (str(each.kind),),
    "lag": lambda each: _known(each.lag),
}
_CHANNEL: dict[str, Callable[[Channel], tuple[Any, ...]]] = {
    "name": lambda each: (each.id.name,),
    "channel": lambda each: (each.id.name,),
    "kind": lambda each: (str(each.id.kind),),
    "type": lambda each: tuple(known.name for known in each.types),
    "rate": lambda each: _known(each.rate_per_s),
    "records": lambda each: _known(each.records),
    "partitions": lambda each: (each.partitions,),
    "since": lambda each: _known(each.last_record_ns),
}
_EDGE: dict[str, Callable[[Operation | Route], tuple[Any, ...]]] = {
    "rate": lambda each: _known(each.rate_per_s),
    "lag": lambda each: _known(each.lag) if isinstance(each, Operation) else (),
    "latency": lambda each: _known(each.hop_latency_ms) if isinstance(each, Operation) else (),
    "confidence": lambda each: (each.confidence,),
    "evidence": lambda each: tuple(piece.source for piece in each.evidence),
    "status": lambda each: (str(each.state),) if isinstance(each, Operation) else (),
    "kind": lambda each: (str(each.id.action if isinstance(each, Operation) else each.id.kind),),
    "since": lambda each: _known(max((piece.last_seen_ns for piece in each.evidence), default=None)),
}


def _known(value: object) -> tuple[Any, ...]:
    return () if value is None else (value,)


def _nothing(_item: object) -> tuple[Any, ...]:
    return ()


class Things:
    """The nodes and edges of one graph by number; `noisy` is what `graph.view.noise` makes of it."""

    def __init__(
        self, graph: DependencyGraph, found: Index, noisy: Mapping[str, Flags], clock: Clock
    ) -> None:
        self._graph = graph
        self._index = found
        self._noisy = noisy
        self._clock = clock

    def fitting(self, text: str) -> tuple[Flags, Flags]:
        """Which nodes and edges a query fits, shapes (nodes,) and (edges,); raises QueryError."""
        term, index = parse(text, VOCABULARY), self._index
        nodes = self._those(term, len(index.nodes), self._nodes_with)
        return nodes, self._those(term, len(index.edges), self._edges_with)

    def _those(self, term: Term, count: int, holds: Callable[[str, str, Match], Flags | None]) -> Flags:
        both, either = np.logical_and.reduce, np.logical_or.reduce
        logic: Logic[Flags] = Logic(np.ones(count, np.bool_), holds, np.logical_not, both, either)
        found = asked(term, VOCABULARY, self._clock, logic)
        return np.zeros(count, np.bool_) if found is None else found

    def _nodes_with(self, name: str, _path: str, match: Match) -> Flags | None:
        return _matching(self.of_nodes(name), match)

    def _edges_with(self, name: str, _path: str, match: Match) -> Flags | None:
        if name in _OF_ENDS:
            values = self._channel_servers() if name == "server" else self.of_nodes(name)
            nodes = _matching(values, match)
            return None if nodes is None else nodes[self._index.source] | nodes[self._index.target]
        return _matching(self.of_edges(name), match)

    def values(self, name: str) -> tuple[str, ...]:
        """All words that nodes and edges have in a field, sorted."""
        known = (self.of_nodes(name) or []) + (self.of_edges(name) or [])
        return tuple(sorted({word for words in known for word in words if isinstance(word, str)}))

    def of_nodes(self, name: str) -> Values | None:
        """What nodes have in a field, by number; None where no node can have it."""
        name = _TIMES.get(name, name)
        if name in _APPLICATION or name in _CHANNEL:
            of_application = map(_APPLICATION.get(name, _nothing), self._index.applications_of(self._graph))
            of_channel = map(_CHANNEL.get(name, _nothing), self._index.channels_of(self._graph))
            return [*of_application, *of_channel]
        match name:
            case "server":
                return self._servers()
            case "fan-in" | "fan-out":
                ends = self._index.target if name == "fan-in" else self._index.source
                counts = np.bincount(ends, minlength=len(self._index.nodes))
                return [(count,) for count in counts.tolist()]
            case "loop":
                return self._loops(self._index.number, lambda loop: loop.hops)
            case "is":
                return self._marks()
        return None

    def of_edges(self, name: str) -> Values | None:
        """What edges have in a field of their own, by number; None where no edge has one."""
        name = _TIMES.get(name, name)
        if name in _EDGE:
            return [*map(_EDGE[name], self._index.edges_of(self._graph))]
        if name == "loop":
            return self._loops(self._index.edge_number, lambda loop: loop.edges)
        return None

    def _channel_servers(self) -> Values:
        servers = self._graph.servers
        known: dict[ServerId, tuple[str, ...]] = {}
        made: Values = [()] * self._index.applications
        for key in self._index.channels:
            if key.server not in known:
                name = (servers[key.server].name,) if key.server in servers else ()
                known[key.server] = (*name, key.server.address, str(key.server))
            made.append(known[key.server])
        return made

    def _servers(self) -> Values:
        """Those of channels, and for applications those of all their channels."""
        made = self._channel_servers()
        found: list[dict[str, None]] = [{} for _ in range(self._index.applications)]
        ends = zip(self._index.source.tolist(), self._index.target.tolist(), strict=True)
        for source, target in ends:
            if (application := min(source, target)) < self._index.applications:
                found[application].update(dict.fromkeys(made[max(source, target)]))
        return [*map(tuple, found), *made[self._index.applications :]]

    def _loops(self, number: Mapping[Any, int], parts: Callable[[FeedbackLoop], Iterable[Any]]) -> Values:
        made: Values = [()] * len(number)
        for loop in self._graph.loops.values():
            for part in parts(loop):
                if (at := number.get(part)) is not None:
                    made[at] = (*made[at], str(loop.status))
        return made

    def _marks(self) -> Values:
        made: Values = [()] * len(self._index.nodes)
        for mark, toggle in MARKS.items():
            for at in np.flatnonzero(self._noisy[toggle]).tolist():
                made[at] = (*made[at], mark)
        return made


def _matching(values: Values | None, match: Match) -> Flags | None:
    return None if values is None else np.array([any(map(match, each)) for each in values], np.bool_)


_OF_ENDS = ("app", "channel", "server", "team", "type")
"""Fields that edges have from their ends."""
_TIMES = {"until": "since", "at": "since"}
"""Fields that are read like another."""
