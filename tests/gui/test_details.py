"""What the right panel says, without a widget."""

from __future__ import annotations

from dataclasses import replace as changed
from datetime import UTC

import pytest
from msgspec.structs import replace

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
from graph.model import DependencyGraph, LoopStatus, Route
from gui.panels import details_application, details_channel, details_loop, details_operation
from gui.parts.blocks import Block, Facts, Figures, Gain, Growth, Head, Hops, Proof, Section, Sentence

NOW = 1_795_443_128_412_000_000


def _words(blocks: tuple[Block, ...]) -> str:
    made: list[str] = []
    for block in blocks:
        match block:
            case Head():
                made += [block.kind, block.title, block.subtitle, *(block.pill or ())]
            case Figures():
                made += [f"{name} {value}" for name, value, _ in block.items]
            case Section():
                made += [block.title, block.note]
            case Facts():
                made += [f"{fact.name} {fact.aside} {fact.value}" for fact in block.items]
            case Sentence():
                made.append(block.text)
            case Proof():
                made += [block.source, block.detail]
    return "\n".join(made)


def _order(blocks: tuple[Block, ...], *titles: str) -> bool:
    found = [block.title for block in blocks if isinstance(block, Section)]
    places = [found.index(title) for title in titles]
    return places == sorted(places)


def test_a_runaway_loop(graph: DependencyGraph) -> None:
    made = details_loop.blocks(graph, LoopId("a1"), UTC, NOW)
    words = _words(made)
    assert made[0] == Head(
        "Feedback loop",
        "promo-service ⇄ pricing-engine",
        "2 applications, 2 topics on shop-kafka",
        ("Runaway", "run"),
    )
    assert Gain(1.18, 1.11, 1.26, LoopStatus.RUNAWAY) in made
    for figure in (
        "Once round 2.41 s",
        "Doubles every 10 s",
        "Chains seen 412",
        "Laps, median 9",
        "Now 96/s",
    ):
        assert figure in words
    hops = next(block for block in made if isinstance(block, Hops))
    assert [(hop.name, hop.step, hop.ms) for hop in hops.items] == [
        ("promo-service", "sends", 12.0),
        ("promo.updates", "read after", 780.0),
        ("pricing-engine", "sends", 34.0),
        ("price.changes", "read after", 1580.0),
    ]
    assert hops.back == "back at promo-service"
    assert "71 % sure" in words
    assert "Records follow its reads within 12 ms" in words
    assert any(isinstance(block, Growth) for block in made)
    assert _order(made, "Hops", "Weakest evidence", "Longest chain", "What to do")


def test_a_loop_without_measurements(graph: DependencyGraph) -> None:
    bare = replace(
        graph.loops[LoopId("a1")],
        status=LoopStatus.POSSIBLE,
        gain=None,
        period_ms=None,
        doubling_time_s=None,
        hop_latencies_ms=(),
        lap_counts=(),
        rate_per_s=None,
        laps_median=None,
        laps_max=None,
        weakest=None,
    )
    made = details_loop.blocks(DependencyGraph(loops={bare.id: bare}), bare.id, UTC, NOW)
    assert not any(isinstance(block, Gain | Growth) for block in made)
    assert "not measured" in _words(made)
    assert "None" not in _words(made)


def test_an_application_that_is_gone_keeps_its_owner(graph: DependencyGraph) -> None:
    key = ApplicationId("promo-service")
    gone = replace(graph.applications[key], owner="pricing team", detail="gone, last seen 12:00")
    made = details_application.blocks(
        changed(graph, applications={**graph.applications, key: gone}), key, UTC, NOW
    )
    assert isinstance(made[0], Head)
    assert made[0].subtitle == "Owned by pricing team · gone, last seen 12:00"


def test_an_application(graph: DependencyGraph) -> None:
    words = _words(details_application.blocks(graph, ApplicationId("promo-service"), UTC, NOW))
    assert "promo.updates 71 % 113/s" in words
    assert "Lag 152" in words
    assert "Group and source are both called promo-service." in words
    assert "152 records wait" in words


def test_an_unattributed_producer_says_what_is_not_known(graph: DependencyGraph) -> None:
    words = _words(details_application.blocks(graph, ApplicationId("?supplier.feed/4021"), UTC, NOW))
    assert "Unattributed" in words
    assert "Instances not visible" in words
    assert "No record, group or client names it." in words


def test_a_channel(graph: DependencyGraph) -> None:
    server = next(iter(graph.servers))
    channel = next(each for each in graph.channels if each.name == "price.changes")
    words = _words(details_channel.blocks(graph, channel, UTC, NOW))
    assert "Partitions 12" in words
    assert "id, new, old, reason, sku" in words
    assert "2 versions" in words
    assert "pricing-engine" in words
    lonely = next(each for each in graph.channels if each.name == "fraud.review")
    assert "0 receivers." in _words(details_channel.blocks(graph, lonely, UTC, NOW))
    assert "Groups bi-*" in _words(details_channel.server_blocks(graph, server, ("Live", "ok", "")))


def test_receivers_that_cannot_be_seen_are_not_called_none(graph: DependencyGraph) -> None:
    lonely = next(each for each in graph.channels.values() if each.id.name == "fraud.review")
    blind = DependencyGraph(channels={lonely.id: replace(lonely, receivers_visible=False)})
    words = _words(details_channel.blocks(blind, lonely.id, UTC, NOW))
    assert "Not visible" in words
    assert "0 receivers." not in words


@pytest.mark.parametrize(
    ("name", "topic", "certainty"),
    [("promo-service", "promo.updates", "likely"), ("pricing-engine", "price.changes", "certain")],
)
def test_an_operation(graph: DependencyGraph, name: str, topic: str, certainty: str) -> None:
    channel = next(each for each in graph.channels if each.name == topic)
    key = OperationId(ApplicationId(name), Action.SEND, channel)
    made = details_operation.blocks(graph, key, UTC, NOW)
    head = made[0]
    assert isinstance(head, Head)
    assert head.pill is not None
    assert head.pill[0].startswith(certainty)
    assert any(isinstance(block, Proof) for block in made)


def test_a_route() -> None:
    server = ServerId("kafka", "one:9092")
    ends = [ChannelId(server, ChannelKind.TOPIC, name) for name in ("orders", "orders.dlq")]
    key = RouteId(ends[0], ends[1], RouteKind.DEAD_LETTER)
    graph = DependencyGraph(routes={key: Route(key, 0.95, ())})
    words = _words(details_channel.route_blocks(graph, key, UTC, NOW))
    assert "orders → orders.dlq" in words
    assert "dead-letter" in words
