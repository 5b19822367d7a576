"""Graphs from a few lines of text, for pictures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from graph.evidence import Evidence
from graph.identity import (
    Action,
    ApplicationId,
    ChannelId,
    ChannelKind,
    EdgeId,
    LoopId,
    NodeId,
    OperationId,
    RouteId,
    RouteKind,
    ServerId,
)
from graph.model import (
    Application,
    ApplicationKind,
    Channel,
    DependencyGraph,
    EdgeState,
    FeedbackLoop,
    Finding,
    LoopStatus,
    Operation,
    Route,
    Server,
    Severity,
)

SYSTEMS = {
    ChannelKind.TOPIC: ServerId("kafka", "shop-kafka:9092"),
    ChannelKind.QUEUE: ServerId("rabbitmq", "shop-rabbit:5672"),
    ChannelKind.EXCHANGE: ServerId("rabbitmq", "shop-rabbit:5672"),
    ChannelKind.SUBJECT: ServerId("nats", "shop-nats:4222"),
    ChannelKind.STREAM: ServerId("nats", "shop-nats:4222"),
}
GROUNDS = {
    ">": ("broker", 0.98),
    "~": ("inferred", 0.71),
    "?": ("inferred", 0.4),
    ":": ("declared", 0.5),
    "/": ("permission", 0.3),
}
"""How an arrow is written, the family of its evidence, and the confidence it gives."""
NOW = 1_795_443_128_412_000_000
ROUTES = {
    "=>": RouteKind.BINDING,
    "=x": RouteKind.DEAD_LETTER,
    "=m": RouteKind.MIRROR,
}


@dataclass
class Draft:
    """Collects what a picture shows."""

    channels: Mapping[str, tuple[ChannelKind, float]]
    """Kind and rate of every word that is a channel; all others are applications."""
    applications: dict[ApplicationId, Application] = field(default_factory=dict)
    seen: dict[ChannelId, Channel] = field(default_factory=dict)
    operations: dict[OperationId, Operation] = field(default_factory=dict)
    routes: dict[RouteId, Route] = field(default_factory=dict)
    loops: dict[LoopId, FeedbackLoop] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    @property
    def graph(self) -> DependencyGraph:
        """All that was drafted so far."""
        return DependencyGraph(
            {key.server: Server(key.server, key.server.address.split(":")[0]) for key in self.seen},
            dict(self.applications),
            dict(self.seen),
            dict(self.operations),
            dict(self.routes),
            dict(self.loops),
            frozenset(loop.edges[-1] for loop in self.loops.values()),
            tuple(self.findings),
            to_ns=NOW,
        )

    def node(self, word: str) -> NodeId:
        """What a word stands for."""
        if word in self.channels:
            kind = self.channels[word][0]
            return ChannelId(SYSTEMS[kind], kind, word)
        return ApplicationId(word)

    def lines(self, text: str, state: EdgeState = EdgeState.OBSERVED) -> Draft:
        """Take in lines of words with arrows between them."""
        for line in filter(None, map(str.strip, text.splitlines())):
            words = line.split()
            for source, arrow, target in zip(words[::2], words[1::2], words[2::2], strict=False):
                self.add(source, arrow, target, state)
        return self

    def add(self, source: str, arrow: str, target: str, state: EdgeState = EdgeState.OBSERVED) -> Draft:
        """Take in one edge, and what it joins."""
        begin, end = self.node(source), self.node(target)
        for word, node in ((source, begin), (target, end)):
            if isinstance(node, ChannelId):
                self.seen.setdefault(node, Channel(node, self.channels[word][1]))
            elif node not in self.applications:
                self.application(word)
        if arrow in ROUTES:
            assert isinstance(begin, ChannelId)
            assert isinstance(end, ChannelId)
            route = RouteId(begin, end, ROUTES[arrow])
            self.routes[route] = Route(route, 1.0, (), self.channels[target][1])
            return self
        key = self.edge(source, target)
        assert isinstance(key, OperationId)
        family, sure = GROUNDS[arrow]
        why = Evidence(f"{family}.draft", family, sure, 0, 1, "It was drafted.")
        rate = self.channels[key.channel.name][1]
        self.operations[key] = Operation(key, sure, (why,), rate, state=state)
        return self

    def edge(self, source: str, target: str) -> EdgeId:
        """The edge between two words."""
        begin, end = self.node(source), self.node(target)
        if isinstance(begin, ApplicationId):
            assert isinstance(end, ChannelId)
            return OperationId(begin, Action.SEND, end)
        if isinstance(end, ApplicationId):
            return OperationId(end, Action.RECEIVE, begin)
        return next(key for key in self.routes if key.source == begin and key.target == end)

    def application(
        self,
        word: str,
        kind: ApplicationKind = ApplicationKind.SERVICE,
        instances: int | None = 2,
        lag: int | None = 0,
        detail: str = "",
    ) -> Draft:
        """Say more of an application."""
        name = None if kind is ApplicationKind.UNATTRIBUTED else word
        key = ApplicationId(word)
        self.applications[key] = Application(key, name, kind, instances=instances, lag=lag, detail=detail)
        return self

    def channel(self, word: str, **facts: object) -> Draft:
        """Say more of a channel."""
        key = self.node(word)
        assert isinstance(key, ChannelId)
        self.seen[key] = replace(self.seen[key], **facts)
        return self

    def operation(self, source: str, target: str, **facts: object) -> Draft:
        """Say more of an edge."""
        key = self.edge(source, target)
        assert isinstance(key, OperationId)
        self.operations[key] = replace(self.operations[key], **facts)
        return self

    def without(self, word: str) -> Draft:
        """Take a node out again, and its edges."""
        gone = self.node(word)
        self.applications = {key: each for key, each in self.applications.items() if key != gone}
        self.seen = {key: each for key, each in self.seen.items() if key != gone}
        self.operations = {
            key: each for key, each in self.operations.items() if gone not in (key.application, key.channel)
        }
        return self

    def loop(self, words: str, status: LoopStatus, **facts: object) -> Draft:
        """Words one after the other round a loop; the first is a channel."""
        names = words.split()
        hops = tuple(map(self.node, names))
        edges = tuple(self.edge(a, b) for a, b in zip(names, (*names[1:], names[0]), strict=True))
        key = LoopId(f"{len(self.loops):02}-{names[0]}")
        made = FeedbackLoop(key, hops, edges, status, 0.9)
        self.loops[key] = replace(made, **facts)
        return self

    def finding(self, word: str, severity: Severity, message: str) -> Draft:
        """Find something about a node."""
        rule = f"draft-{len(self.findings)}"
        self.findings.append(Finding(rule, severity, self.node(word), message))
        return self
