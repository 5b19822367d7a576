from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from graph.delta import GraphDelta, apply, diff
from graph.evidence import Evidence
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
    CausalPath,
    Channel,
    DependencyGraph,
    FeedbackLoop,
    Finding,
    LoopStatus,
    Operation,
    Route,
    Server,
    Severity,
    Unavailable,
)

SERVER = ServerId("kafka", "broker:9092")
channel_ids = st.builds(ChannelId, st.just(SERVER), st.just(ChannelKind.TOPIC), st.sampled_from("abc"))
application_ids = st.builds(ApplicationId, st.sampled_from("xyz"))
operation_ids = st.builds(OperationId, application_ids, st.sampled_from(Action), channel_ids)
route_ids = st.builds(RouteId, channel_ids, channel_ids, st.sampled_from(RouteKind))
loop_ids = st.builds(LoopId, st.sampled_from("12"))
rates = st.one_of(st.none(), st.sampled_from([1.0, 2.0]))
evidence = st.lists(
    st.builds(
        Evidence,
        st.just("s"),
        st.just("f"),
        st.sampled_from([0.5, 0.9]),
        st.just(0),
        st.just(1),
        st.just("D."),
    ),
    max_size=1,
).map(tuple)
findings = st.builds(Finding, st.just("rule"), st.sampled_from(Severity), channel_ids, st.just("It is."))

chains = st.builds(
    CausalPath,
    st.tuples(channel_ids, application_ids, channel_ids),
    st.tuples(rates),
    st.sampled_from([1.0, 2.0]),
    rates,
    st.just(3),
)


def by_id(items: st.SearchStrategy[object]) -> st.SearchStrategy[dict[object, object]]:
    return st.lists(items, max_size=5).map(lambda found: {item.id: item for item in found})  # type: ignore[attr-defined]


graphs = st.builds(
    DependencyGraph,
    servers=by_id(st.builds(Server, st.just(SERVER), st.sampled_from(["one", "two"]))),
    applications=by_id(
        st.builds(
            Application, application_ids, st.sampled_from(["x", None]), st.sampled_from(ApplicationKind)
        )
    ),
    channels=by_id(st.builds(Channel, channel_ids, rates)),
    operations=by_id(st.builds(Operation, operation_ids, st.just(0.9), evidence, rates)),
    routes=by_id(st.builds(Route, route_ids, st.just(0.9), evidence)),
    loops=by_id(
        st.builds(FeedbackLoop, loop_ids, st.just(()), st.just(()), st.sampled_from(LoopStatus), st.just(0.5))
    ),
    feedback=st.frozensets(st.one_of(operation_ids, route_ids), max_size=3),
    findings=st.lists(findings, max_size=2).map(tuple),
    unavailable=st.lists(
        st.builds(Unavailable, st.sampled_from("ab"), st.just("w"), st.just("r")), max_size=2
    ).map(tuple),
    chains=st.lists(chains, max_size=3).map(tuple),
    from_ns=st.integers(0, 5),
    to_ns=st.integers(5, 9),
)


@given(graphs, graphs)
def test_a_delta_makes_the_new_graph_of_the_old(old: DependencyGraph, new: DependencyGraph) -> None:
    assert apply(old, diff(old, new)) == new


@given(graphs)
def test_no_change_is_an_empty_delta(graph: DependencyGraph) -> None:
    assert diff(graph, graph).empty
    assert apply(graph, diff(graph, graph)) == graph


@given(graphs, graphs)
def test_a_delta_holds_only_what_changed(old: DependencyGraph, new: DependencyGraph) -> None:
    delta = diff(old, new)
    assert {each.id for each in delta.channels} == {
        key for key, channel in new.channels.items() if old.channels.get(key) != channel
    }
    assert delta.empty == (
        old == DependencyGraph(**{**vars(new), "from_ns": old.from_ns, "to_ns": old.to_ns})
    )


@given(graphs, graphs)
def test_the_old_graph_stays_as_it_was(old: DependencyGraph, new: DependencyGraph) -> None:
    before = repr(old)
    apply(old, diff(old, new))
    assert repr(old) == before


@given(graphs, graphs)
def test_a_delta_survives_the_link(old: DependencyGraph, new: DependencyGraph) -> None:
    delta = diff(old, new)
    packed = msgspec.msgpack.encode(delta)
    assert apply(old, msgspec.msgpack.decode(packed, type=GraphDelta)) == new


def test_a_way_that_stays_crosses_as_its_place_alone() -> None:
    a, b, c = (CausalPath((), (), float(ms), None, 1) for ms in (1, 2, 3))
    old, new = DependencyGraph(chains=(a, b)), DependencyGraph(chains=(c, b))
    assert diff(old, new).chains == (c, 1)
    assert diff(old, DependencyGraph()).chains == ()
