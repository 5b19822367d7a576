"""A shop whose records are made here: what is said of its loops must be what was made."""

from __future__ import annotations

import random
from collections.abc import Callable
from heapq import heappop, heappush
from time import perf_counter

import pytest

from graph.delta import apply, diff
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
from graph.model import (
    Alias,
    Application,
    ApplicationKind,
    Channel,
    DependencyGraph,
    FeedbackLoop,
    Finding,
    LoopStatus,
    Operation,
    Route,
    Severity,
)
from graph.reach import Branch
from inspector.loops import LoopWatch
from inspector.observation import RecordsSeen
from inspector.record import Position, Record
from inspector.traits import Traits

SERVER = ServerId("kafka", "127.0.0.1:9092")
S = 1_000_000_000
START = 1_700_000_000 * S


def channel(name: str) -> ChannelId:
    return ChannelId(SERVER, ChannelKind.TOPIC, name)


def graph_of(*words: str, to_s: float = 0) -> DependencyGraph:
    """A graph of `app < channel` (receives), `app > channel` (sends) and `channel -> channel` (a route)."""
    operations: dict[OperationId, Operation] = {}
    routes: dict[RouteId, Route] = {}
    names: set[str] = set()
    for word in words:
        left, sign, right = word.split()
        if sign == "->":
            route = RouteId(channel(left), channel(right), RouteKind.DEAD_LETTER)
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


def rules(graph: DependencyGraph) -> list[str]:
    return [finding.rule for finding in graph.findings]


def test_without_records_loops_are_possible() -> None:
    graph = LoopWatch().measure(SHOP, START)
    assert [loop.status for loop in graph.loops.values()] == [LoopStatus.POSSIBLE] * 2
    assert rules(graph) == ["possible-loop"] * 2
    assert through(graph, "prices").hops[0] == channel("stock"), "where the warehouse feeds it"
    assert through(graph, "prices").gain is None
    assert len(graph.feedback) == 2


@pytest.mark.parametrize("seed", range(4))
def test_both_loops_are_told_apart_within_half_a_minute(seed: int) -> None:
    watch = LoopWatch()
    made = shop(watch, seed)
    for second in range(1, 61):
        made.run(second)
        graph = watch.measure(SHOP, START + second * S)
        tame, wild = through(graph, "prices"), through(graph, "updates")
        assert tame.status in (LoopStatus.POSSIBLE, LoopStatus.ACTIVE)
        if second >= 10:
            assert tame.status is LoopStatus.ACTIVE
        if second >= 38:  # its seeds are sent after 8 s
            assert wild.status is LoopStatus.RUNAWAY
    assert rules(graph) == ["runaway-loop", "feedback-loop"]
    assert tame.gain == pytest.approx(0.6, abs=0.1)
    assert tame.gain_low is not None
    assert tame.gain_high is not None
    assert tame.gain_low < 0.6 < tame.gain_high
    assert tame.period_ms == pytest.approx(900, rel=0.05)
    assert wild.gain == pytest.approx(1.14, abs=0.06)
    assert wild.period_ms == pytest.approx(2360, rel=0.05)
    assert wild.doubling_time_s == pytest.approx(12.5, rel=0.4)
    assert wild.chains == 6
    assert wild.lap_counts[0] == 1
    assert wild.laps_max == len(wild.lap_counts) - 1
    assert [latency for latency in wild.hop_latencies_ms if latency] == pytest.approx([1180, 1180], rel=0.05)
    assert wild.began_ns is not None
    assert START + 10 * S < wild.began_ns < START + 12 * S


def test_operations_get_their_latency_and_branches_their_number() -> None:
    watch = LoopWatch()
    shop(watch).run(60)
    graph = watch.measure(SHOP, START + 60 * S)
    pricing = ApplicationId("pricing")
    assert graph.operations[
        OperationId(pricing, Action.SEND, channel("prices"))
    ].hop_latency_ms == pytest.approx(450, rel=0.05)
    assert graph.operations[
        OperationId(pricing, Action.RECEIVE, channel("stock"))
    ].hop_latency_ms == pytest.approx(450, rel=0.05)
    sends = OperationId(ApplicationId("warehouse"), Action.SEND, channel("stock"))
    assert graph.operations[sends].hop_latency_ms is None
    branching = watch.branching()
    assert branching[Branch(channel("stock"), pricing, channel("prices"))] == pytest.approx(0.6, abs=0.1)


def test_shared_flows_make_a_loop_active_when_several_say_so() -> None:
    watch = LoopWatch()
    made = Shop(watch, flows=True)
    made.reactions = [(a, b, c, about(0.9), d) for a, b, c, _, d in PRICING]
    for number in range(2):
        made.put(number, "stock", "warehouse")
    made.run(3)
    made.put(3.5, "stock", "warehouse", flow="alone")
    graph = watch.measure(SHOP, START + 5 * S)
    assert through(graph, "prices").status is LoopStatus.POSSIBLE
    made.feed("stock", "warehouse", 2, 60)
    made.run(60)
    graph = watch.measure(SHOP, START + 61 * S)
    assert through(graph, "prices").status is LoopStatus.ACTIVE


def test_one_parent_pointer_round_the_loop_is_proof() -> None:
    watch = LoopWatch()
    made = Shop(watch)
    made.reactions = [(a, b, c, once, d) for a, b, c, _, d in PRICING]
    made.put(0, "stock", "warehouse")
    made.run(1.2)
    graph = watch.measure(SHOP, START + 5 * S)
    loop = through(graph, "prices")
    assert (loop.status, loop.chains, loop.laps_max) == (LoopStatus.ACTIVE, 1, 1)


def test_another_applications_records_prove_nothing() -> None:
    graph = graph_of("one < a", "one > b", "two < a", "two > b", "back < b", "back > a")
    watch = LoopWatch()
    made = Shop(watch)
    made.reactions = [("a", "one", "b", once, 0.1), ("b", "back", "a", about(0.7), 0.1)]
    made.feed("a", "outside", 3, 20)
    made.run(20)
    status = {
        hop.key: loop.status
        for loop in watch.measure(graph, START + 20 * S).loops.values()
        for hop in loop.hops
        if isinstance(hop, ApplicationId) and hop.key != "back"
    }
    assert status == {"one": LoopStatus.ACTIVE, "two": LoopStatus.POSSIBLE}


def test_a_dead_letter_route_is_a_hop() -> None:
    graph = graph_of("billing < orders", "orders -> orders.dead", "retry < orders.dead", "retry > orders")
    watch = LoopWatch()
    for attempt in range(5):
        at = START + attempt * S
        parent = None if attempt == 0 else f"d{attempt - 1}"
        order = Record(channel("orders"), Position(0, attempt), at, None, b"")
        watch.fold(RecordsSeen(order.channel, (order,)), [Traits(event_id=f"o{attempt}", parent_id=parent)])
        dead = Record(channel("orders.dead"), Position(0, attempt), at + S // 2, None, b"")
        said = Traits(event_id=f"d{attempt}", origin=f"orders/0/{attempt}")
        watch.fold(RecordsSeen(dead.channel, (dead,)), [said])
    (loop,) = watch.measure(graph, START + 9 * S).loops.values()
    assert (loop.status, loop.laps_max) == (LoopStatus.ACTIVE, 4)
    assert loop.hop_latencies_ms == (500.0, None, 500.0)


def test_one_application_on_one_channel_needs_a_parent_pointer() -> None:
    graph = graph_of("ticker < ticks", "ticker > ticks")
    for flows, status in ((False, LoopStatus.ACTIVE), (True, LoopStatus.POSSIBLE)):
        watch = LoopWatch()
        made = Shop(watch, flows=flows)
        made.reactions = [("ticks", "ticker", "ticks", about(0.5), 0.2)]
        made.feed("ticks", "clock", 2, 30)
        made.run(30)
        (loop,) = watch.measure(graph, START + 30 * S).loops.values()
        assert loop.status is status


def test_a_saga_of_fixed_length_is_bounded() -> None:
    watch = LoopWatch()
    for saga in range(60):
        parent = None
        for lap in range(4):
            for hop, where in enumerate(("stock", "prices")):
                event = f"s{saga}.{lap}.{hop}"
                at = START + saga * S // 4 + (2 * lap + hop) * S // 10
                record = Record(channel(where), Position(saga, 2 * lap + hop), at, None, b"")
                watch.fold(RecordsSeen(record.channel, (record,)), [Traits(event_id=event, parent_id=parent)])
                parent = event
    graph = watch.measure(SHOP, START + 30 * S)
    loop = through(graph, "prices")
    assert (loop.status, loop.laps_max, loop.laps_median) == (LoopStatus.BOUNDED, 3, 3)
    assert "bounded-loop" in rules(graph)


def test_replays_make_no_loop_active() -> None:
    watch = LoopWatch()
    made = Shop(watch)
    made.put(1, "stock", "warehouse")
    made.put(2, "prices", "pricing", "e1")
    made.put(3, "stock", "stock-keeper", "e2")
    made.replays = {3}
    made.run(5)
    assert through(watch.measure(SHOP, START + 9 * S), "prices").status is LoopStatus.POSSIBLE


def test_records_that_were_not_read_are_allowed_for() -> None:
    watch = LoopWatch()
    made = shop(watch)
    made.unread = 0.1
    for second in range(1, 61):
        made.run(second)
    graph = watch.measure(SHOP, START + 60 * S)
    tame, wild = through(graph, "prices"), through(graph, "updates")
    assert tame.status is LoopStatus.ACTIVE
    assert tame.gain == pytest.approx(0.6, abs=0.15)
    assert wild.gain == pytest.approx(1.14, abs=0.15)
    for loop in (tame, wild):
        assert loop.gain is not None
        assert loop.gain_low is not None
        assert loop.gain_high is not None
        assert loop.gain_low < loop.gain < loop.gain_high


def test_a_loop_that_nothing_goes_round_for_long_is_possible_again_and_remembers_its_beginning() -> None:
    watch = LoopWatch()
    made = shop(watch, seconds=20)
    made.reactions = PRICING
    made.run(40)
    before = through(watch.measure(SHOP, START + 40 * S), "prices")
    made.reactions = []
    made.put(700, "stock", "warehouse")
    made.put(700.5, "prices", "pricing", f"e{made.count}")
    made.put(701, "stock", "stock-keeper", f"e{made.count}")
    assert through(watch.measure(SHOP, START + 699 * S), "prices").status is LoopStatus.POSSIBLE
    made.run(702)
    after = through(watch.measure(SHOP, START + 702 * S), "prices")
    assert (after.status, after.laps_max) == (LoopStatus.ACTIVE, 1)
    assert after.began_ns == before.began_ns


def test_other_findings_stay_and_own_ones_do_not_pile_up() -> None:
    other = Finding("no-receiver", Severity.WARNING, channel("stock"), "Nobody receives it.")
    watch = LoopWatch()
    graph = watch.measure(DependencyGraph(**{**vars(SHOP), "findings": (other,)}), START)
    again = watch.measure(graph, START + S)
    assert again.findings == graph.findings
    assert len(again.findings) == 3
    assert other in again.findings


def test_the_same_records_give_the_same_graph() -> None:
    def told() -> DependencyGraph:
        watch = LoopWatch()
        shop(watch).run(50)
        return watch.measure(SHOP, START + 50 * S)

    first = told()
    assert told() == first
    assert apply(SHOP, diff(SHOP, first)) == first


def test_a_measure_of_twenty_thousand_records_is_cheap() -> None:
    watch = LoopWatch()
    made = shop(watch, seconds=1_000)
    made.reactions = [(a, b, c, about(0.8), d) for a, b, c, _, d in PRICING]
    made.feed("noise", "sensor", 12.0, 500)
    made.feed("stock", "warehouse", 12.0, 500)
    made.run(500)
    watch.measure(SHOP, START + 500 * S)

    def timed() -> float:
        start = perf_counter()
        watch.measure(SHOP, START + 500 * S)
        return perf_counter() - start

    best = min(timed() for _ in range(5))
    assert made.count > 20_000
    assert best < 0.06, f"{best * 1e3:.1f} ms"  # about 10 ms on an idle machine
