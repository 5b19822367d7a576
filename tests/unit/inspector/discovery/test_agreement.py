"""Declarations beside observations: an edge that is only declared is never taken for one that was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from graph.evidence import LIKELY
from graph.identity import Action, ApplicationId, ChannelId, ChannelKind, OperationId, ServerId
from graph.model import Alias, DependencyGraph, EdgeState, Finding
from inspector.declaration import ConfirmedEdge, Declaration, DeclaredChannel
from inspector.discovery.agreement import Agreement
from inspector.observation import ChannelSeen, PeopleSaid

if TYPE_CHECKING:
    from tests.unit.inspector.discovery.conftest import World


def _said(name: str, *operations: tuple[Action, str], **more: object) -> Declaration:
    source = more.pop("source", "declared.project")
    told = tuple((action, DeclaredChannel(channel)) for action, channel in operations)
    return Declaration(name, source, "eventscope.toml", operations=told, **more)  # type: ignore[arg-type]


SENDS, RECEIVES = Action.SEND, Action.RECEIVE


def _graph(world: World, *said: Declaration, wait: float = 20.0) -> DependencyGraph:
    world.see(PeopleSaid(said))
    world.wait(wait)
    return Agreement(said).compared(world.graph())


def _rules(graph: DependencyGraph) -> set[tuple[str, str]]:
    return {(each.rule, str(each.subject)) for each in graph.findings if each.rule.find("declared") >= 0}


def test_a_declared_edge_is_a_guess_until_it_is_seen(world: World) -> None:
    world.channels("orders")
    graph = _graph(world, _said("billing", (SENDS, "orders")))
    (operation,) = graph.operations.values()
    assert graph.applications[operation.id.application].name == "billing"
    assert operation.confidence == 0.5
    assert operation.confidence < LIKELY
    assert [piece.source for piece in operation.evidence] == ["declared.project"]
    (finding,) = (each for each in graph.findings if each.rule == "declared-not-observed")
    assert finding.subject == operation.id
    assert "eventscope.toml says that billing sends to orders. Nothing of the kind" in finding.message


def test_a_declared_receiver_does_not_make_a_channel_received(world: World) -> None:
    world.channels("orders")
    world.ends("orders", 100)
    rules = {each.rule for each in _graph(world, _said("billing", (RECEIVES, "orders"))).findings}
    assert {"no-receiver", "declared-not-observed"} <= rules
    confirmed = ConfirmedEdge(Alias("group", "billing"), RECEIVES, DeclaredChannel("orders"))
    world.see(PeopleSaid((), (confirmed,)))
    assert "no-receiver" not in {each.rule for each in world.graph().findings}


def test_a_declared_sender_is_given_no_rate(world: World) -> None:
    world.channels("orders")
    for end in (0, 100, 200):
        world.ends("orders", end)
        world.wait(5.0)
    graph = _graph(world, _said("billing", (SENDS, "orders")), wait=0.0)
    (operation,) = graph.operations.values()
    assert graph.channels[world.topic("orders")].rate_per_s == pytest.approx(20.0)
    assert operation.rate_per_s is None


def test_what_is_declared_and_observed_is_surer_than_either(world: World) -> None:
    world.channels("orders")
    world.group("billing", ["billing-1"], "orders")
    before = world.operation("billing", RECEIVES, "orders").confidence
    graph = _graph(world, _said("billing", (RECEIVES, "orders")))
    (operation,) = graph.operations.values()
    assert operation.confidence == pytest.approx(1 - (1 - before) * 0.5, abs=1e-3)
    assert {piece.family for piece in operation.evidence} == {"group", "declared"}
    assert _rules(graph) == set()


def test_what_is_observed_and_not_declared_is_found_for_declared_applications_alone(world: World) -> None:
    world.channels("orders", "refunds")
    world.group("billing", ["billing-1"], "orders", "refunds")
    world.group("shipping", ["shipping-1"], "orders")
    graph = _graph(world, _said("billing", (RECEIVES, "orders")))
    refunds = OperationId(ApplicationId("billing"), RECEIVES, world.topic("refunds"))
    assert _rules(graph) == {("observed-not-declared", str(refunds))}
    (finding,) = (each for each in graph.findings if each.rule == "observed-not-declared")
    assert finding.message == "billing receives from refunds, and eventscope.toml does not say so."


def test_nothing_is_called_unseen_before_it_could_be_seen(world: World) -> None:
    world.channels("orders")
    assert _rules(_graph(world, _said("billing", (SENDS, "orders")), wait=1.0)) == set()


def test_an_owner_alone_is_no_promise_about_channels(world: World) -> None:
    world.channels("orders")
    world.group("order-svc", ["order-svc-1"], "orders")
    said = _said("Order Svc", owner="Team Checkout", description="Takes orders.")
    graph = _graph(world, said)
    (application,) = graph.applications.values()
    assert (application.owner, application.description) == ("Team Checkout", "Takes orders.")
    assert application.name == "order-svc"
    assert _rules(graph) == set()


def test_the_project_speaks_before_a_document(world: World) -> None:
    world.channels("orders")
    document = _said("billing", (SENDS, "orders"), owner="docs", description="d", source="declared.asyncapi")
    graph = _graph(world, _said("billing", owner="Ann"), document)
    (application,) = graph.applications.values()
    assert (application.owner, application.description) == ("Ann", "d")


def test_a_short_name_is_the_one_that_was_seen(world: World) -> None:
    world.channels("orders")
    world.group("pay", ["pay-1"], "orders")
    graph = _graph(world, _said("Pay", (SENDS, "orders")))
    assert len(graph.applications) == 1


def test_the_group_in_a_document_says_who_is_meant(world: World) -> None:
    world.channels("orders")
    world.group("bl-eu-7x", ["c1"], "orders")
    graph = _graph(world, _said("Invoice API", (RECEIVES, "orders"), names=(Alias("group", "bl-eu-7x"),)))
    (application,) = graph.applications.values()
    assert Alias("declared", "Invoice API") in application.aliases


def test_a_group_that_two_documents_give_joins_neither(world: World) -> None:
    world.channels("orders")
    world.group("shared", ["c1"], "orders")
    names = (Alias("group", "shared"),)
    graph = _graph(
        world,
        _said("Invoice API", (RECEIVES, "orders"), names=names),
        _said("Parcel API", (RECEIVES, "orders"), names=names),
    )
    assert len(graph.applications) == 3


def test_a_channel_that_is_not_there_is_found(world: World) -> None:
    world.channels("orders")
    graph = _graph(world, _said("billing", (SENDS, "ordres"), (RECEIVES, "orders")))
    (finding,) = (each for each in graph.findings if each.rule == "declared-channel-missing")
    assert isinstance(finding, Finding)
    assert finding.subject == ApplicationId("billing")
    assert "billing sends to ordres, and no server has a channel of that name" in finding.message


def test_a_name_on_two_servers_is_not_guessed(world: World) -> None:
    other = ChannelId(ServerId("kafka", "other:9092"), ChannelKind.TOPIC, "orders")
    world.channels("orders")
    world.see(ChannelSeen(other, 1))
    graph = _graph(world, _said("billing", (SENDS, "orders")))
    assert graph.operations == {}
    assert {rule for rule, _ in _rules(graph)} == {"declared-channel-ambiguous"}
    world.see(ChannelSeen(other, 1))
    assert {key.channel for key in _graph(world, _said("billing", (SENDS, str(other)))).operations} == {other}
    told = Declaration(
        "billing",
        "declared.asyncapi",
        "a.yaml",
        operations=((SENDS, DeclaredChannel("orders", ("other:9092",))),),
    )
    assert {key.channel for key in _graph(world, told).operations} == {other}


def test_a_confirmed_edge_is_certain(world: World) -> None:
    world.channels("orders")
    world.group("billing", ["billing-1"], "other")
    edge = ConfirmedEdge(Alias("group", "billing"), SENDS, DeclaredChannel("orders"))
    world.see(PeopleSaid((), (edge,)))
    operation = world.operation("billing", SENDS, "orders")
    assert operation.confidence == 1.0
    assert operation.evidence[0].detail == "A person confirmed that billing sends to orders."
    world.see(PeopleSaid())
    assert world.graph().operations == {}


def test_a_declaration_makes_nothing_seen_any_fresher(world: World) -> None:
    world.channels("orders")
    world.group("billing", ["billing-1"], "orders")
    said = _said("billing", (RECEIVES, "orders"), (SENDS, "orders"))
    graph = _graph(world, said, wait=3600.0)
    states = {key.action: operation.state for key, operation in graph.operations.items()}
    assert states == {RECEIVES: EdgeState.STALE, SENDS: EdgeState.OBSERVED}


def test_without_declarations_the_graph_is_the_same(world: World) -> None:
    world.channels("orders")
    graph = world.graph()
    assert Agreement().compared(graph) is graph


def test_declarations_change_a_steady_graph_seldom(world: World) -> None:
    world.channels("orders")
    said = _said("billing", (SENDS, "orders"))
    first = _graph(world, said)
    world.wait(5.0)
    second = Agreement((said,)).compared(world.graph())
    assert first.operations == second.operations
    assert first.applications == second.applications
