"""The shop's scenario is consistent, and the truth that is derived from it is what the shop was built for."""

from __future__ import annotations

from random import Random

import networkx
import pytest

from graph.identity import Action
from graph.model import LoopStatus
from inspector.demo.shop.body import MAKERS, encode, make_body
from inspector.demo.shop.scenario import Habit, Scenario, read_scenario
from inspector.demo.shop.truth import Truth, truth


@pytest.fixture
def shop() -> Scenario:
    return read_scenario().with_options(big_json=True)


@pytest.fixture
def known(shop: Scenario) -> Truth:
    return truth(shop)


def test_every_name_is_declared(shop: Scenario) -> None:
    for application in shop.applications:
        assert set(application.reads) <= shop.topics.keys()
        assert bool(application.group) == bool(application.reads)
        for topic, types, headers in application.outputs():
            assert topic in shop.topics
            assert types.keys() <= shop.types.keys()
            assert Habit.CAUSATION not in headers or Habit.CLOUDEVENTS in headers
        for reaction in application.reactions:
            assert (reaction.send is None) == (not reaction.types)
            assert reaction.when == "" or reaction.when in shop.types


def test_every_event_can_be_made(shop: Scenario) -> None:
    for kind in shop.types.values():
        for maker in (kind.fields | kind.added).values():
            assert maker.removeprefix("new ").partition(":")[0] in MAKERS
        body = make_body(kind, {}, 0.0, Random(1))
        assert kind.key in body
        assert encode(kind, body)


def test_a_field_is_added_on_the_way(shop: Scenario) -> None:
    kind = shop.types["OrderPlaced"]
    before, after = (set(make_body(kind, {}, age, Random(1))) for age in (0.0, kind.added_after_s))
    assert after - before == {"giftWrap"}
    assert before < after


def test_a_caused_event_takes_over_what_its_cause_knows(shop: Scenario) -> None:
    order = make_body(shop.types["OrderPlaced"], {}, 0.0, Random(1))
    payment = make_body(shop.types["PaymentCaptured"], order, 0.0, Random(2))
    assert [payment[name] for name in ("order", "customer", "email", "total")] == [
        order[name] for name in ("order", "customer", "email", "total")
    ]


def test_two_loops_one_dying_out_and_one_growing(known: Truth) -> None:
    loops = {loop.status: loop for loop in known.loops}
    assert len(known.loops) == 2
    assert set(loops[LoopStatus.ACTIVE].topics) == {"price.changes", "stock.levels"}
    assert loops[LoopStatus.ACTIVE].gain == pytest.approx(0.6)
    assert loops[LoopStatus.ACTIVE].period_s == pytest.approx(0.9, abs=0.1)
    assert set(loops[LoopStatus.RUNAWAY].topics) == {"promo.updates", "promo.reactions"}
    assert 1.12 <= loops[LoopStatus.RUNAWAY].gain <= 1.15
    assert loops[LoopStatus.RUNAWAY].period_s == pytest.approx(2.4, abs=0.1)


def test_no_path_is_closed_but_the_two_loops(known: Truth) -> None:
    graph = networkx.DiGraph()
    for operation in known.operations:
        ends = (f"application {operation.application}", f"topic {operation.topic}")
        graph.add_edge(*(ends if operation.action is Action.SEND else reversed(ends)))
    assert sum(1 for _ in networkx.simple_cycles(graph)) == len(known.loops)


def test_what_cannot_be_proved_is_said(known: Truth) -> None:
    unproved = {(o.application, o.action, o.topic) for o in known.operations if not o.proof}
    assert unproved == {
        ("loyalty-service", Action.SEND, "events"),
        ("legacy-erp", Action.SEND, "supplier.feed"),
    }
    assert {a.name for a in known.applications if not a.visible} == {"legacy-erp"}


def test_options(shop: Scenario) -> None:
    assert "catalogue.export" in truth(shop).unread
    usual = read_scenario().with_options(load=2000.0)
    rates = {send.topic: send.rate for a in usual.applications for send in a.sends}
    assert rates["clickstream"] == 2000.0
    assert "catalogue.export" not in rates
    assert "catalogue.export" not in usual.topics
    assert truth(usual).unread == {"email.outbox"}
    assert truth(usual).unused == {"legacy.imports"}
    assert truth(shop.with_options(load=0.0)).unused == {"legacy.imports", "clickstream"}
