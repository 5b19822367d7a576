"""Each ground of a link, alone and against the others."""

from __future__ import annotations

from graph.model import DependencyGraph
from inspector.trails.causes import GUESS_NS, Causes
from inspector.trails.ground import Ground
from inspector.trails.records import Looked
from inspector.trails.ways import Ways
from inspector.traits import Traits
from tests.unit.inspector.trails.written import MS, Written, by, graph

SHOP = graph("orders > billing > bills", "bills > mailer > mails", " > shop > orders")


def causes(records: Written, known: DependencyGraph = SHOP, *, guesses: bool = True) -> Causes:
    return Causes(Looked(records), Ways(known), guesses=guesses)


def told(records: Written, row: int, known: DependencyGraph = SHOP) -> tuple[int, Ground] | None:
    """Row and ground of a record's cause; what is told backwards is told forwards, too."""
    looked = Looked(records)
    asked = Causes(looked, Ways(known))
    seen = looked.one(row)
    assert seen is not None
    cause = asked.of(seen)
    if cause is None:
        return None
    effects, whole = asked.effects(cause.seen)
    assert whole
    assert row in [each.row for each in effects]
    return cause.seen.row, cause.ground


def test_a_record_that_names_its_cause() -> None:
    records = Written()
    records.add("orders", 0, Traits(by("shop"), event_id="o1"))
    bill = records.add("bills", 40, Traits(by("billing"), event_id="b1", parent_id="o1"))
    assert told(records, bill) == (0, Ground.POINTER)


def test_of_an_event_that_lies_on_two_channels_the_one_that_the_sender_receives() -> None:
    records = Written()
    records.add("audit", 0, Traits(by("shop"), event_id="o1"))
    order = records.add("orders", 1, Traits(by("shop"), event_id="o1"))
    bill = records.add("bills", 40, Traits(by("billing"), event_id="b1", parent_id="o1"))
    assert told(records, bill) == (order, Ground.POINTER)


def test_a_copy_that_names_its_position() -> None:
    records = Written()
    order = records.add("orders", 0, Traits(by("shop"), event_id="o1"), key=b"k", offset=7)
    records.add("orders", 1, Traits(by("shop"), event_id="o2"), key=b"k", offset=8)
    letter = records.add(
        "orders.dlq", 90, Traits(by("billing"), event_id="o1", origin="orders/0/7"), key=b"k"
    )
    assert told(records, letter) == (order, Ground.POSITION)


def test_a_copy_without_key_and_id_is_found_where_a_route_leads() -> None:
    records = Written()
    order = records.add("orders", 0, offset=7)
    letter = records.add("orders.dlq", 90, Traits(origin="orders/0/7"))
    assert told(records, letter, graph(routes="orders > orders.dlq")) == (order, Ground.POSITION)


def test_the_only_record_at_the_step_before() -> None:
    records = Written()
    first = records.add("orders", 0, Traits(by("shop"), event_id="a", flow_id="f", step=0))
    second = records.add("bills", 1, Traits(by("billing"), event_id="b", flow_id="f", step=1))
    assert told(records, second) == (first, Ground.COUNTER)
    records.add("audit", 2, Traits(by("shop"), event_id="c", flow_id="f", step=0))
    assert told(records, second) == (first, Ground.FLOW), "of two at one step none is told apart"


def test_the_same_event_again_that_counts_its_tries() -> None:
    known = graph("orders,orders.retry > billing > orders.retry,bills")
    records = Written()
    first = records.add("orders", 0, Traits(by("shop"), "Placed", "o1"))
    again = records.add("orders.retry", 50, Traits(by("billing"), "Placed", "o1", attempt=1))
    third = records.add("orders.retry", 99, Traits(by("billing"), "Placed", "o1", attempt=2))
    assert told(records, again, known) == (first, Ground.COUNTER)
    assert told(records, third, known) == (again, Ground.COUNTER)


def test_the_newest_record_of_the_flow_on_a_channel_that_the_sender_receives() -> None:
    records = Written()
    records.add("orders", 0, Traits(by("shop"), flow_id="f"))
    newer = records.add("orders", 5, Traits(by("shop"), flow_id="f"))
    records.add("mails", 6, Traits(by("mailer"), flow_id="f"))
    bill = records.add("bills", 40, Traits(by("billing"), flow_id="f"))
    records.add("orders", 50, Traits(by("shop"), flow_id="f"))
    assert told(records, bill) == (newer, Ground.FLOW)


def test_a_sender_that_names_causes_is_not_linked_by_its_flow() -> None:
    records = Written()
    records.add("orders", 0, Traits(by("shop"), event_id="o1", flow_id="f"))
    records.add("bills", 3, Traits(by("billing"), event_id="b1", parent_id="o1", flow_id="f"))
    other = records.add("bills", 40, Traits(by("billing"), event_id="b2", flow_id="f"))
    assert told(records, other) is None


def test_whoever_receives_nothing_was_caused_by_nothing() -> None:
    records = Written()
    records.add("orders", 0, Traits(by("shop"), flow_id="f"))
    click = records.add("orders", 5, Traits(by("shop"), flow_id="f"))
    assert told(records, click) is None


def test_who_nobody_knows_may_have_received_anything() -> None:
    records = Written()
    order = records.add("orders", 0, Traits(by("shop"), flow_id="f"))
    other = records.add("strays", 5, Traits(flow_id="f"))
    assert told(records, other, graph(" > someone > strays", nameless="someone")) == (order, Ground.FLOW)


def test_the_same_key_soon_after_is_a_guess_and_only_if_wanted() -> None:
    records = Written()
    order = records.add("orders", 0, Traits(by("shop")), key=b"k")
    bill = records.add("bills", 40, Traits(by("billing")), key=b"k")
    late = records.add("bills", 41 + GUESS_NS / MS, Traits(by("billing")), key=b"k")
    assert told(records, bill) == (order, Ground.GUESS)
    assert told(records, late) is None
    seen = Looked(records).one(bill)
    assert seen is not None
    assert causes(records, guesses=False).of(seen) is None


def test_a_key_links_nothing_where_the_graph_has_no_way() -> None:
    records = Written()
    records.add("orders", 0, Traits(by("shop")), key=b"k")
    assert told(records, records.add("mails", 40, Traits(by("mailer")), key=b"k")) is None


def test_what_a_replay_sent_was_caused_by_a_person_and_causes_what_names_it() -> None:
    records = Written()
    records.add("orders", 0, Traits(by("shop"), event_id="o1", flow_id="f"), key=b"k")
    again = records.add(
        "orders", 9_000, Traits(by("shop"), event_id="o1", flow_id="f", replay_id="r"), key=b"k"
    )
    bill = records.add("bills", 9_040, Traits(by("billing"), event_id="b2", parent_id="o1"))
    assert told(records, again) is None
    assert told(records, bill) == (again, Ground.POINTER)


def test_a_cause_that_is_named_and_not_there_is_lost() -> None:
    records = Written()
    bill = records.add("bills", 40, Traits(by("billing"), event_id="b1", parent_id="o1"))
    letter = records.add("dlq", 41, Traits(by("billing"), origin="orders/2/71"))
    looked = Looked(records)
    asked = Causes(looked, Ways(SHOP))
    seen, copied = looked.every([bill, letter])
    lost = asked.lost(seen)
    assert lost is not None
    assert (lost.name, lost.place) == ("o1", None)
    lost = asked.lost(copied)
    assert lost is not None
    assert lost.place is not None
    assert (lost.place[0].name, lost.place[1].partition, lost.place[1].offset) == ("orders", 2, 71)
    records.add("orders", 1, Traits(by("shop"), event_id="o1"))
    again = Looked(records)
    found = again.one(bill)
    assert found is not None
    assert Causes(again, Ways(SHOP)).lost(found) is None


def test_rebus_names_the_flow_as_the_cause_of_its_first_record() -> None:
    records = Written()
    first = records.add("orders", 0, Traits(by("shop"), event_id="f", flow_id="f", step=0))
    second = records.add("bills", 1, Traits(by("billing"), event_id="b", parent_id="f", flow_id="f", step=1))
    assert told(records, second) == (first, Ground.COUNTER)
