"""A shop whose records are made here: what is said of its loops must be what was made."""

from __future__ import annotations

from itertools import groupby
from time import thread_time

import pytest

from graph.delta import apply, diff
from graph.identity import (
    Action,
    ApplicationId,
    OperationId,
)
from graph.model import (
    DependencyGraph,
    Finding,
    LoopStatus,
    Severity,
)
from graph.reach import Branch
from inspector.loops.watch import LoopWatch
from inspector.observation import RecordsSeen
from inspector.record import Position, Record
from inspector.traits import Traits
from tests.made_shop import PRICING, SHOP, START, S, Shop, about, channel, graph_of, once, shop, through


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


def test_a_loop_that_keeps_just_going_is_not_told_now_one_way_and_now_the_other() -> None:
    """Each record causes one, so that the estimate lies as often below 1 as above."""
    watch = LoopWatch()
    made = Shop(watch)
    made.reactions = [
        ("updates", "adviser", "reactions", once, 1.18),
        ("reactions", "promo", "updates", once, 1.18),
    ]
    for number in range(10):
        made.put(number / 10, "updates", "promo")
    told = []
    for second in range(5, 200):
        if second == 100:
            made.reactions.clear()
        made.run(second)
        told.append(through(watch.measure(SHOP, START + second * S), "updates").status)
    assert [status for status, _ in groupby(told)] == [
        LoopStatus.ACTIVE,
        LoopStatus.RUNAWAY,
        LoopStatus.ACTIVE,
    ]


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
        start = thread_time()
        watch.measure(SHOP, START + 500 * S)
        return thread_time() - start

    best = min(timed() for _ in range(5))
    assert made.count > 20_000
    assert best < 0.06, f"{best * 1e3:.1f} ms"  # about 10 ms on an idle machine
