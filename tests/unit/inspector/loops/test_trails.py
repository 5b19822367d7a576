from __future__ import annotations

from graph.identity import ApplicationId
from graph.model import LinkGrade
from inspector.loops.watch import LoopWatch
from tests.made_shop import PRICING, SHOP, START, S, Shop, channel, once, shop, through


def test_a_trail_leads_once_round_by_position() -> None:
    watch = LoopWatch()
    made = Shop(watch)
    made.reactions = [(a, b, c, once, d) for a, b, c, _, d in PRICING]
    made.put(1, "stock", "warehouse")
    made.run(2.2)
    first, there, back = through(watch.measure(SHOP, START + 5 * S), "prices").trail
    assert (first.channel, first.partition, first.offset) == (channel("stock"), 0, 0)
    assert (first.time_ns, first.sender, first.grade) == (START + S, ApplicationId("warehouse"), None)
    assert (there.channel, there.sender, there.grade) == (
        channel("prices"), ApplicationId("pricing"), LinkGrade.POINTER,
    )  # fmt: skip
    assert (back.channel, back.offset, back.sender) == (channel("stock"), 1, ApplicationId("stock-keeper"))
    assert first.time_ns < there.time_ns < back.time_ns


def test_a_trail_stays_for_a_while_and_is_then_a_newer_one() -> None:
    watch = LoopWatch()
    made = shop(watch)
    trails = []
    for half in range(60, 110):
        made.run(half / 2)
        trails.append(through(watch.measure(SHOP, START + half * S // 2), "prices").trail)
    changes = [at for at in range(1, len(trails)) if trails[at] != trails[at - 1]]
    assert changes == [20, 40], "every ten seconds"
    assert trails[0][-1].time_ns < trails[-1][-1].time_ns


def test_a_trail_goes_with_its_records() -> None:
    watch = LoopWatch()
    made = Shop(watch)
    made.reactions = [(a, b, c, once, d) for a, b, c, _, d in PRICING]
    made.put(1, "stock", "warehouse")
    made.run(2.2)
    assert through(watch.measure(SHOP, START + 5 * S), "prices").trail
    made.queue.clear()
    made.put(700, "stock", "warehouse")
    made.run(700.5)
    assert not through(watch.measure(SHOP, START + 702 * S), "prices").trail


def test_only_flows_are_told_as_no_proof() -> None:
    watch = LoopWatch()
    made = Shop(watch, flows=True)
    made.reactions = [(a, b, c, once, d) for a, b, c, _, d in PRICING]
    for number in range(5):
        made.put(number, "stock", "warehouse")
    made.run(8)
    loop = through(watch.measure(SHOP, START + 9 * S), "prices")
    assert loop.grade is LinkGrade.FLOW
    assert [step.grade for step in loop.trail] == [None, LinkGrade.FLOW, LinkGrade.FLOW]
