from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from graph.delta import diff
from graph.identity import (
    Action,
    ApplicationId,
    ChannelId,
    ChannelKind,
    LoopId,
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
    LoopStatus,
    MessageType,
    Operation,
    Route,
    Server,
    Unavailable,
)
from graph.view.difference import Aspect, Mark, difference, joined

SERVER = ServerId("kafka", "broker:9092")
ORDERS = ChannelId(SERVER, ChannelKind.TOPIC, "orders")
BILLING = ApplicationId("billing")
SENDS = OperationId(BILLING, Action.SEND, ORDERS)

channel_ids = st.builds(ChannelId, st.just(SERVER), st.just(ChannelKind.TOPIC), st.sampled_from("abc"))
application_ids = st.builds(ApplicationId, st.sampled_from("xyz"))
operation_ids = st.builds(OperationId, application_ids, st.sampled_from(Action), channel_ids)
route_ids = st.builds(RouteId, channel_ids, channel_ids, st.sampled_from(RouteKind))
rates = st.sampled_from([None, 0.0, 0.1, 1.0, 3.0, 100.0])
confidences = st.sampled_from([0.3, 0.7, 0.75, 0.95])


def by_id(items: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[Any, Any]]:
    return st.lists(items, max_size=5).map(lambda found: {item.id: item for item in found})


graphs = st.builds(
    DependencyGraph,
    servers=by_id(st.builds(Server, st.just(SERVER), st.just("s"), st.sampled_from([None, "1", "2"]))),
    applications=by_id(
        st.builds(
            Application,
            application_ids,
            st.sampled_from(["x", None]),
            st.sampled_from(ApplicationKind),
            confidence=confidences,
            instances=st.sampled_from([None, 0, 1, 2]),
            lag=st.sampled_from([None, 0, 10, 60, 5000]),
            owner=st.sampled_from([None, "team a"]),
        )
    ),
    channels=by_id(
        st.builds(
            Channel,
            channel_ids,
            rates,
            partitions=st.integers(1, 2),
            types=st.lists(
                st.builds(MessageType, st.sampled_from("TU"), fields=st.sampled_from([(), ("f",)])),
                max_size=2,
            ).map(tuple),
            receivers_visible=st.booleans(),
        )
    ),
    operations=by_id(
        st.builds(
            Operation,
            operation_ids,
            confidences,
            st.just(()),
            rates,
            st.sampled_from([None, 1.0, 3.0, 100.0]),
            state=st.sampled_from(EdgeState),
        )
    ),
    routes=by_id(st.builds(Route, route_ids, confidences, st.just(()), rates)),
    loops=by_id(
        st.builds(
            FeedbackLoop,
            st.builds(LoopId, st.sampled_from("12")),
            st.just((ORDERS, BILLING)),
            st.just(()),
            st.sampled_from(LoopStatus),
            st.just(0.5),
            gain=st.sampled_from([None, 0.5, 0.6, 1.2]),
        )
    ),
    feedback=st.frozensets(operation_ids, max_size=3),
    unavailable=st.lists(
        st.builds(Unavailable, st.sampled_from("ab"), st.just("Why."), st.just("r")), max_size=2
    ).map(tuple),
    to_ns=st.integers(5, 9),
)
KINDS = ("servers", "applications", "channels", "operations", "routes", "loops")


@settings(max_examples=50)
@given(graphs, graphs)
def test_what_came_and_went_is_told_once_each(before: DependencyGraph, after: DependencyGraph) -> None:
    found = difference(before, after)
    for mark, old, new in ((Mark.ADDED, before, after), (Mark.GONE, after, before)):
        expected = {key for kind in KINDS for key in getattr(new, kind) if key not in getattr(old, kind)}
        told = [each.subject for each in found.changes if each.mark is mark and each.subject is not None]
        assert Counter(told) == Counter(expected)
        assert {key for key, each in found.marks.items() if each is mark} == expected


@settings(max_examples=50)
@given(graphs, graphs)
def test_backwards_what_came_went_and_the_same_has_changed(
    one: DependencyGraph, two: DependencyGraph
) -> None:
    there, back = difference(one, two), difference(two, one)
    mirror = {Mark.ADDED: Mark.GONE, Mark.GONE: Mark.ADDED, Mark.CHANGED: Mark.CHANGED}
    assert {key: mirror[mark] for key, mark in there.marks.items()} == dict(back.marks)
    # A limit of a loop can only break, and not be mended.
    assert Counter(each.aspect for each in there.changes) == Counter(each.aspect for each in back.changes)


@settings(max_examples=50)
@given(graphs, graphs)
def test_both_in_one_picture(before: DependencyGraph, after: DependencyGraph) -> None:
    found = difference(before, after)
    union = found.union
    for kind in ("servers", "applications", "channels", "operations", "routes"):
        old, new, both = (getattr(graph, kind) for graph in (before, after, union))
        assert both.keys() == old.keys() | new.keys()
        assert all(both[key] is new.get(key, old.get(key)) for key in both)
    assert union.loops is after.loops
    gone = {key for key, mark in found.marks.items() if mark is Mark.GONE}
    assert union.feedback == after.feedback | (before.feedback & gone)
    assert sum(found.counts.values()) == len(found.changes)


@settings(max_examples=50)
@given(graphs, graphs)
def test_only_what_differs_is_told_and_in_whole_sentences(
    before: DependencyGraph, after: DependencyGraph
) -> None:
    changes = difference(before, after).changes
    delta = diff(before, after)
    for each in changes:
        assert each.sentence.endswith(".")
        assert "None" not in each.sentence
        assert "\n" not in each.sentence
    if delta.empty:
        assert not changes
    changed = {item.id for kind in KINDS for item in getattr(delta, kind)} | set(delta.gone)
    assert {each.subject for each in changes} - {None} <= changed
    assert len({(each.subject, each.sentence) for each in changes}) == len(changes)


def graph(**changes: Any) -> DependencyGraph:
    made = DependencyGraph(
        {SERVER: Server(SERVER, "broker", "4.0")},
        {BILLING: Application(BILLING, "billing", ApplicationKind.SERVICE, instances=2, lag=10)},
        {ORDERS: Channel(ORDERS, 40.0, partitions=3)},
        {SENDS: Operation(SENDS, 0.98, (), 40.0, 12.0)},
        to_ns=5,
    )
    return dataclasses.replace(made, **changes)


def said(before: DependencyGraph, after: DependencyGraph) -> list[str]:
    return [each.sentence for each in difference(before, after).changes]


def with_channel(**changes: Any) -> DependencyGraph:
    return graph(channels={ORDERS: replace(graph().channels[ORDERS], **changes)})


def with_application(**changes: Any) -> DependencyGraph:
    return graph(applications={BILLING: replace(graph().applications[BILLING], **changes)})


def with_operation(**changes: Any) -> DependencyGraph:
    return graph(operations={SENDS: replace(graph().operations[SENDS], **changes)})


@pytest.mark.parametrize(
    ("after", "sentences"),
    [
        (graph(to_ns=99), []),
        (graph(applications={}), ["billing is gone."]),
        (graph(operations={}), ["billing sends to orders no more."]),
        (with_channel(rate_per_s=120.0), ["orders carries 120/s instead of 40/s (×3)."]),
        (with_channel(rate_per_s=0.0), ["orders carries nothing instead of 40/s."]),
        (with_channel(rate_per_s=60.0), []),
        (with_channel(rate_per_s=None), []),
        (with_channel(partitions=6), ["orders has 6 partitions, it had 3."]),
        (with_channel(types=(MessageType("Placed"),)), ["New on orders: Placed."]),
        (with_channel(receivers_visible=False), ["Who receives from orders cannot be seen any more."]),
        (with_application(instances=0), ["billing has 0 instances, it had 2."]),
        (with_application(lag=49), []),
        (with_application(lag=1500), ["1,500 records wait for billing, it was 10."]),
        (with_application(owner="payments"), ["billing belongs to payments, it was nobody."]),
        (with_operation(confidence=0.92), []),
        (
            with_operation(confidence=0.7),
            ["billing sends to orders: likely (70 %), it was certain (98 %)."],
        ),
        (with_operation(state=EdgeState.STALE), ["billing sends to orders: was not seen lately."]),
        (with_operation(hop_latency_ms=21.0), []),
        (with_operation(hop_latency_ms=30.0), ["billing sends to orders after 30 ms instead of 12 ms."]),
        (
            graph(unavailable=(Unavailable("Groups bi-*", "This login may not.", "Allow it."),)),
            ["Not visible any more: Groups bi-*. This login may not."],
        ),
    ],
)
def test_in_words(after: DependencyGraph, sentences: list[str]) -> None:
    assert said(graph(), after) == sentences


def test_applications_are_called_what_they_are_shown_as() -> None:
    known = with_application(name="bills")
    gone = difference(known, dataclasses.replace(known, operations={}))
    assert [each.sentence for each in gone.changes] == ["bills sends to orders no more."]
    assert said(with_application(name=None), with_application(name="bills", instances=3)) == [
        "bills has 3 instances, it had 2.",
        "an unnamed program (billing) is called bills now.",
    ]
    assert gone.names == {BILLING: "bills"}


def test_a_rate_of_few_records_is_noise() -> None:
    def rate(per_s: float) -> DependencyGraph:
        return with_channel(rate_per_s=per_s)

    # 1 and 3 records in ten seconds are the same; 1 and 10 are not.
    assert said(rate(0.1), rate(0.3)) == []
    assert said(rate(0.1), rate(1.0)) == ["orders carries 1/s instead of 0.1/s (×10)."]
    assert said(rate(0.0), rate(0.3)) == []
    assert said(rate(0.0), rate(0.4)) == ["orders carries 0.4/s, it was quiet."]


def test_an_edge_that_follows_its_channel_is_not_told_again() -> None:
    after = graph(
        channels={ORDERS: Channel(ORDERS, 400.0, partitions=3)},
        operations={SENDS: Operation(SENDS, 0.98, (), 420.0, 12.0)},
    )
    assert [each.subject for each in difference(graph(), after).changes] == [ORDERS]
    other = dataclasses.replace(after, operations={SENDS: Operation(SENDS, 0.98, (), 1000.0, 12.0)})
    assert [each.subject for each in difference(graph(), other).changes] == [ORDERS, SENDS]
    alone = with_operation(rate_per_s=400.0)
    assert said(graph(), alone) == ["billing sends 400/s instead of 40/s (×10) to orders."]


def test_loops_come_first_and_say_what_became_of_them() -> None:
    def loop(status: LoopStatus, gain: float, low: float, high: float) -> FeedbackLoop:
        return FeedbackLoop(
            LoopId("a"), (ORDERS, BILLING), (), status, 0.9, gain=gain, gain_low=low, gain_high=high
        )

    def looped(each: FeedbackLoop) -> DependencyGraph:
        return graph(loops={each.id: each})

    calm, wild = loop(LoopStatus.ACTIVE, 0.6, 0.5, 0.7), loop(LoopStatus.RUNAWAY, 1.2, 1.1, 1.3)
    way = "orders → billing → orders"
    assert said(looped(calm), looped(wild)) == [
        f"A loop is runaway, it was active: {way}.",
        f"Gain ×1.20 instead of ×0.60: {way}.",
    ]
    assert said(looped(calm), looped(loop(LoopStatus.ACTIVE, 0.69, 0.6, 0.8))) == []
    assert said(looped(wild), graph()) == [f"A loop is no more, it was runaway: {way}."]
    more = dataclasses.replace(looped(wild), channels={})
    assert [each.aspect for each in difference(graph(), more).changes] == [Aspect.LOOP, Aspect.CHANNEL]


def test_what_stands_for_several_has_their_mark() -> None:
    assert joined([Mark.ADDED, Mark.ADDED]) is Mark.ADDED
    assert joined([Mark.GONE, None]) is Mark.CHANGED
    assert joined([Mark.GONE, Mark.ADDED]) is Mark.CHANGED
    assert joined([None, None]) is None
    assert joined([]) is None
