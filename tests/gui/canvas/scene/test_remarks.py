from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from msgspec.structs import replace as changed

from graph.identity import Action, ApplicationId, BundleId, GroupId, LoopId, NodeId, RouteId
from graph.model import ApplicationKind, DependencyGraph, EdgeState, Finding, Severity
from graph.view.changed import Mark
from graph.view.settings import LabelKind
from gui.canvas.scene import remarks, wording
from gui.canvas.scene.remarks import LineRemark, NodeRemark, Problems

Find = Callable[[str], NodeId]


def test_problems_are_counted_on_what_they_are_about(shop: DependencyGraph, named: Find) -> None:
    mailer, topic, nobody = named("mailer"), named("clickstream"), named("?")
    edge = next(iter(shop.operations))
    found = (
        Finding("a", Severity.NOTE, mailer, "One."),
        Finding("b", Severity.WARNING, mailer, "Two."),
        Finding("c", Severity.ERROR, topic, "Three."),
        Finding("d", Severity.WARNING, edge, "Four."),
        Finding("e", Severity.ERROR, LoopId("run"), "Its badge says so."),
        Finding("unattributed-producer", Severity.NOTE, nobody, "Its shape says so."),
    )
    graph = replace(shop, findings=found)
    said = remarks.nodes(graph)
    assert said[mailer].problems == Problems(Severity.WARNING, 2)
    assert said[topic].problems == Problems(Severity.ERROR)
    assert nobody not in said
    assert remarks.lines(graph, LabelKind.NONE)[edge].problems == Problems(Severity.WARNING)
    assert wording.describe_node(graph, mailer).endswith("One.\nTwo.")
    assert wording.describe_edge(graph, edge).endswith("Four.")
    crowded = replace(graph, findings=tuple(Finding("a", Severity.NOTE, topic, f"{n}.") for n in range(5)))
    assert wording.describe_node(crowded, topic).endswith("0.\n1.\n2.\n2 more in Findings.")


def test_a_node_is_as_old_as_the_freshest_thing_it_does(shop: DependencyGraph, named: Find) -> None:
    mailer = named("mailer")
    assert isinstance(mailer, ApplicationId)

    def at(state: EdgeState, graph: DependencyGraph) -> DependencyGraph:
        aged = {
            key: changed(each, state=state) if key.application == mailer else each
            for key, each in graph.operations.items()
        }
        return replace(graph, operations=aged)

    assert remarks.nodes(at(EdgeState.STALE, shop))[mailer].age is EdgeState.STALE
    assert remarks.nodes(at(EdgeState.HISTORIC, shop))[mailer].age is EdgeState.HISTORIC
    # Its channel is still used by another.
    assert named("email.outbox") not in remarks.nodes(at(EdgeState.HISTORIC, shop))
    assert mailer not in remarks.nodes(shop)


def test_kinds_and_lag_are_said(shop: DependencyGraph, named: Find) -> None:
    promo, mailer = named("promo-service"), named("mailer")
    assert isinstance(promo, ApplicationId)
    assert isinstance(mailer, ApplicationId)
    connector = changed(shop.applications[mailer], kind=ApplicationKind.CONNECTOR)
    said = remarks.nodes(replace(shop, applications={**shop.applications, mailer: connector}))
    assert said[promo] == NodeRemark(lag=152)
    assert said[mailer].icon == "connector"
    assert "152 records waiting for it" in wording.describe_node(shop, promo)
    assert "waiting" not in wording.describe_node(shop, mailer)


def test_differences_are_said_of_both(shop: DependencyGraph, named: Find) -> None:
    mailer, edge = named("mailer"), next(iter(shop.operations))
    assert remarks.nodes(shop, {mailer: Mark.ADDED})[mailer].mark == Mark.ADDED
    assert remarks.lines(shop, LabelKind.NONE, {edge: Mark.GONE}) == {edge: LineRemark(mark=Mark.GONE)}


def test_words_on_edges(shop: DependencyGraph, rabbit: DependencyGraph) -> None:
    key = next(key for key in shop.operations if key.action is Action.RECEIVE)
    own = changed(shop.operations[key], hop_latency_ms=1580.0, lag=152, rate_per_s=0.5)
    graph = replace(shop, operations={**shop.operations, key: own})
    said = {kind: remarks.lines(graph, kind).get(key, LineRemark()) for kind in LabelKind}
    assert {kind.value: (each.words, each.loud) for kind, each in said.items()} == {
        "rate": ("0.5/s", False),
        "latency": ("1.58 s", False),
        "lag": ("152", True),
        "none": ("", False),
    }
    # What the channel says need not be said on the edge again, and what is not known is not said.
    others = shop.operations.keys() - {key}
    assert not any(remarks.lines(graph, kind).get(each) for kind in LabelKind for each in others)
    route = next(iter(rabbit.routes))
    assert isinstance(route, RouteId)
    slow = replace(rabbit, routes={**rabbit.routes, route: changed(rabbit.routes[route], rate_per_s=3.0)})
    assert wording.on_edge(slow, route, LabelKind.RATE) == ("3/s", False)
    channel = shop.channels[key.channel]
    assert wording.inside(channel, LabelKind.LATENCY) == wording.rate(channel.rate_per_s)
    assert wording.inside(channel, LabelKind.NONE) == wording.inside(None, LabelKind.RATE) == ""


def test_what_may_get_lost_is_said(shop: DependencyGraph) -> None:
    key = next(iter(shop.operations))
    told = changed(shop.operations[key], at_most_once=True)
    graph = replace(shop, operations={**shop.operations, key: told})
    assert remarks.lines(graph, LabelKind.NONE) == {key: LineRemark(at_most_once=True)}
    assert "at most once" in wording.describe_edge(graph, key)


def test_a_group_says_the_worst_of_what_is_in_it(shop: DependencyGraph) -> None:
    inside = [
        NodeRemark(lag=5, problems=Problems(Severity.NOTE, 2), age=EdgeState.HISTORIC),
        NodeRemark(lag=7, problems=Problems(Severity.ERROR), age=EdgeState.STALE),
    ]
    assert remarks.of_group(inside) == NodeRemark(12, Problems(Severity.ERROR, 3), None, EdgeState.STALE)
    assert remarks.of_group([*inside, NodeRemark()]).age is EdgeState.OBSERVED
    lossy, sure = LineRemark(at_most_once=True), LineRemark()
    assert remarks.of_bundle([lossy, lossy]) == LineRemark(at_most_once=True, words="2", count=2)
    assert remarks.of_bundle([lossy, sure], Mark.CHANGED) == LineRemark(mark=Mark.CHANGED, words="2", count=2)
    assert remarks.of_bundle([sure]) == LineRemark()


def test_groups_and_bundles_are_described(shop: DependencyGraph, named: Find) -> None:
    promo = GroupId("prefix", "promo")
    graph = replace(
        shop, findings=(Finding("a", Severity.NOTE, ApplicationId("promo-service"), "It is slow."),)
    )
    assert wording.describe(graph, promo).splitlines() == [
        "promo",
        "1 application, 1 channel",
        "152 records waiting",
        "1 finding",
    ]
    words = wording.describe(graph, BundleId(named("price.changes"), promo)).splitlines()
    assert words == ["price.changes to promo", "1 edge · 96/s in all"]
    # A loop is inside where all of it is.
    owners = {key: changed(each, owner="sales") for key, each in graph.applications.items()}
    team = wording.describe(replace(graph, applications=owners), GroupId("team", "sales"))
    assert "1 runaway loop\n1 active loop" in team
