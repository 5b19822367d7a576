"""What is said of a group and of a bundle of edges."""

from __future__ import annotations

from graph.identity import ApplicationId, BundleId, GroupId, Place
from graph.model import DependencyGraph
from gui.main_window import MainWindow
from gui.panels import details_group
from gui.parts.blocks import Doing, Facts, Figures, Head, Section
from tests.gui.conftest import channel

PROMO = GroupId("prefix", "promo")


def lines(blocks: tuple[object, ...], title: str) -> list[tuple[str, str]]:
    """Name and value of the lines under a head."""
    at = next(at for at, block in enumerate(blocks) if isinstance(block, Section) and block.title == title)
    facts = blocks[at + 1]
    return [(fact.name, fact.value) for fact in facts.items] if isinstance(facts, Facts) else []


def test_a_group_says_its_traffic_its_members_and_its_worst_loop(graph: DependencyGraph) -> None:
    blocks = details_group.blocks(graph, PROMO)
    head, figures = blocks[0], blocks[1]
    assert isinstance(head, Head)
    assert (head.title, head.subtitle) == ("promo", "1 application, 1 channel, 1 edge inside")
    assert head.pill is not None
    assert head.pill[0].startswith("Runaway")
    assert isinstance(figures, Figures)
    assert {name: value for name, value, _ in figures.items} == {
        "In": "96/s", "Out": "113/s", "Lag": "152",
    }  # fmt: skip
    assert lines(blocks, "Loops") == [("promo-service ⇄ pricing-engine", "×1.18 / 2.4 s")]
    assert lines(blocks, "Comes in") == [("price.changes → promo-service", "96/s")]
    assert lines(blocks, "Goes out") == [("promo.updates → pricing-engine", "113/s")]
    assert lines(blocks, "Channels") == [("promo.updates", "113/s")]
    assert blocks[-1] == Doing(
        (("Expand", "group.expand", "plain"), ("Show its events", "events.show", "flat"))
    )


def test_a_bundle_lists_its_edges_with_their_doubt(graph: DependencyGraph) -> None:
    blocks = details_group.blocks(graph, BundleId(PROMO, GroupId("prefix", "pricing")))
    head = blocks[0]
    assert isinstance(head, Head)
    assert head.subtitle == "0 edges", "a group that is not there has none"
    blocks = details_group.blocks(graph, BundleId(channel("price.changes"), PROMO))
    assert lines(blocks, "Edges") == [("price.changes → promo-service", "96/s")]
    figures = blocks[1]
    assert isinstance(figures, Figures)
    assert figures.items == (("Rate", "96/s", "text"), ("Doubtful", "0", "text"))


def test_long_lists_end_with_how_many_are_left_out(graph: DependencyGraph) -> None:
    whole = GroupId("server", next(iter(str(key.server) for key in graph.channels)))
    blocks = details_group.blocks(graph, whole)
    assert len(lines(blocks, "Applications")) == len(graph.applications)
    assert lines(blocks, "Goes out") == []


def test_what_is_marked_is_counted_with_its_common_loops(window: MainWindow, graph: DependencyGraph) -> None:
    places: frozenset[Place] = frozenset(
        {ApplicationId("promo-service"), channel("promo.updates"), channel("clickstream")}
    )
    window.canvas.mark(places)
    shown = window.details.blocks.shown
    head, figures = shown[0], shown[1]
    assert isinstance(head, Head)
    assert (head.kind, head.title, head.subtitle) == ("Marked", "3 nodes", "1 application, 2 channels")
    assert isinstance(figures, Figures)
    assert {name: value for name, value, _ in figures.items} == {
        "On channels": "1.4k/s", "Lag": "152", "Edges between": "1",
    }  # fmt: skip
    assert lines(shown, "Loops that pass several of them") == [
        ("promo-service ⇄ pricing-engine", "×1.18 / 2.4 s")
    ]
    assert {action for block in shown if isinstance(block, Doing) for _, action, _ in block.items} == {
        "node.only", "node.hide", "node.unpin", "node.copy",
    }  # fmt: skip
    gone: frozenset[Place] = frozenset({ApplicationId("gone"), channel("clickstream")})
    window.canvas.mark(gone)
    assert window.details.blocks.shown[0] == Head("Marked", "1 node", "1 channel")
    window.canvas.mark(frozenset())
    head = window.details.blocks.shown[0]
    assert isinstance(head, Head)
    assert head.kind == "Overview"
