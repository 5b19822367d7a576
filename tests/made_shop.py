"""A shop whose records are made here, for tests of what is said of its loops."""

from __future__ import annotations

import random
from collections.abc import Callable
from heapq import heappop, heappush

from graph.identity import (
    Action,
    ApplicationId,
    ChannelId,
    ChannelKind,
    OperationId,
    RouteId,
    RouteKind,
    ServerId,
)
from graph.loops.counting import Counting
from graph.loops.cycles import LoopPath, Structure
from graph.model import (
    Alias,
    Application,
    ApplicationKind,
    Channel,
    DependencyGraph,
    FeedbackLoop,
    Operation,
    Route,
)
from inspector.loops.watch import LoopWatch
from inspector.observation import RecordsSeen
from inspector.record import Position, Record
from inspector.traits import Traits

SERVER = ServerId("kafka", "127.0.0.1:9092")
S = 1_000_000_000
ROUTES = {"->": RouteKind.DEAD_LETTER, "=>": RouteKind.BINDING}
START = 1_700_000_000 * S


def channel(name: str) -> ChannelId:
    return ChannelId(SERVER, ChannelKind.TOPIC, name)


def graph_of(*words: str, to_s: float = 0) -> DependencyGraph:
    """A graph of `app < channel` (receives), `app > channel` (sends), and routes: `channel -> channel` (dead
    letters) and `channel => channel` (a binding).
    """
    operations: dict[OperationId, Operation] = {}
    routes: dict[RouteId, Route] = {}
    names: set[str] = set()
    for word in words:
        left, sign, right = word.split()
        if sign in ROUTES:
            route = RouteId(channel(left), channel(right), ROUTES[sign])
            routes[route] = Route(route, 0.9, ())
        else:
            action = Action.SEND if sign == ">" else Action.RECEIVE
            operation = OperationId(ApplicationId(left), action, channel(right))
            operations[operation] = Operation(operation, 0.95, ())
            names.add(left)
    applications = {
        ApplicationId(name): Application(
            ApplicationId(name), name, ApplicationKind.SERVICE, (Alias("source", f"/{name}"),)
        )
        for name in names
    }
    channels = {item.channel: Channel(item.channel) for item in operations}
    return DependencyGraph(applications=applications, channels=channels, operations=operations, routes=routes)


def loops_of(graph: DependencyGraph) -> tuple[LoopPath, ...]:
    return Structure().update(graph, Counting()).loops


SHOP = graph_of(
    "warehouse > stock",
    "pricing < stock",
    "pricing > prices",
    "stock-keeper < prices",
    "stock-keeper > stock",
    "promo < reactions",
    "promo > updates",
    "adviser < updates",
    "adviser > reactions",
)

Reaction = tuple[str, str, str, Callable[[random.Random], int], float]
"""Channel, application, next channel, how many, after how many seconds."""


class Shop:
    """Makes records by reactions, named as CloudEvents with a causation id, and folds them in batches."""

    def __init__(self, watch: LoopWatch, seed: int = 1, flows: bool = False) -> None:
        self.watch = watch
        self.flows = flows
        self.rng = random.Random(seed)
        self.queue: list[tuple[float, int, str, str, str | None, str]] = []
        self.reactions: list[Reaction] = []
        self.offsets: dict[str, int] = {}
        self.count = 0
        self.replays: set[int] = set()
        self.unread = 0.0

    def put(
        self, at: float, where: str, sender: str, parent: str | None = None, flow: str | None = None
    ) -> None:
        self.count += 1
        heappush(self.queue, (at, self.count, where, sender, parent, flow or f"f{self.count}"))

    def feed(self, where: str, sender: str, per_s: float, seconds: float) -> None:
        at = self.rng.expovariate(per_s)
        while at < seconds:
            self.put(at, where, sender)
            at += self.rng.expovariate(per_s)

    def run(self, seconds: float) -> None:
        batches: dict[str, list[tuple[Record, Traits]]] = {}
        while self.queue and self.queue[0][0] <= seconds:
            at, number, where, sender, parent, flow = heappop(self.queue)
            offset = self.offsets[where] = self.offsets.get(where, -1) + 1
            record = Record(channel(where), Position(0, offset), START + int(at * S), None, b"{}")
            said = Traits(
                sender=Alias("source", f"/{sender}"),
                event_id=None if self.flows else f"e{number}",
                parent_id=None if self.flows else parent,
                flow_id=flow if self.flows else None,
                replay_id="r" if number in self.replays else None,
            )
            if self.rng.random() < self.unread:
                self.watch.fold(RecordsSeen(record.channel, (), skipped=1), [])
            else:
                batches.setdefault(where, []).append((record, said))
            for cause, application, effect, count, delay in self.reactions:
                if cause == where:
                    for _ in range(count(self.rng)):
                        after = at + delay * self.rng.uniform(0.9, 1.1)
                        self.put(after, effect, application, f"e{number}", flow)
        for where in sorted(batches):  # a channel at a time: effects may come before their causes
            records, traits = zip(*batches[where], strict=True)
            self.watch.fold(RecordsSeen(channel(where), records), traits)


def once(rng: random.Random) -> int:
    return 1


def about(mean: float) -> Callable[[random.Random], int]:
    return lambda rng: int(mean) + int(rng.random() < mean % 1)


PRICING: list[Reaction] = [
    ("stock", "pricing", "prices", about(0.6), 0.45),
    ("prices", "stock-keeper", "stock", once, 0.45),
]
PROMO: list[Reaction] = [
    ("updates", "adviser", "reactions", once, 1.18),
    ("reactions", "promo", "updates", about(1.14), 1.18),
]


def shop(watch: LoopWatch, seed: int = 1, flows: bool = False, seconds: float = 130) -> Shop:
    made = Shop(watch, seed, flows)
    made.reactions = PRICING + PROMO
    made.feed("stock", "warehouse", 3.0, seconds)
    for _ in range(6):
        made.put(8.0, "updates", "promo")
    return made


def through(graph: DependencyGraph, where: str) -> FeedbackLoop:
    (loop,) = graph.loops_through(channel(where))
    return loop
