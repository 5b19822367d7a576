"""What forms of text say of nodes and edges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.export.sketch import rate, readable, sketch
from graph.model import LoopStatus
from tests.unit.graph.export.conftest import GHOST, KAFKA, MAILER, MAILS, ORDERS, RABBIT, shop


def test_nodes_say_what_they_are_and_where_they_belong() -> None:
    nodes = {node.id: node for node in sketch(shop()).nodes}
    assert (nodes[GHOST].name, nodes[GHOST].kind, nodes[GHOST].note) == (
        "Unattributed",
        "unattributed",
        "producer id 7",
    )
    assert nodes[MAILER].note == "stream processor"
    assert nodes[ORDERS].note == "1.3k/s"
    assert nodes[MAILER].home is None
    assert nodes[GHOST].home == KAFKA
    assert nodes[ORDERS].loop is LoopStatus.RUNAWAY
    assert nodes[MAILS].loop is None


def test_edges_say_how_sure_they_are_and_what_they_close() -> None:
    edges = {str(edge.id): edge for edge in sketch(shop()).edges}
    assert {edge.certainty for edge in edges.values()} == {
        "certain",
        "likely",
        "guessed",
        "declared",
        "permitted",
    }
    back = edges[f"{MAILER} send {ORDERS}"]
    assert (back.closes, back.note, back.loop) == (True, "runaway loop ×1.18", LoopStatus.RUNAWAY)
    assert [edge.note for edge in edges.values() if edge.route] == ["dead-letter"]


def test_one_server_needs_no_groups() -> None:
    both = sketch(shop())
    assert [server for server, _ in both.by_server()] == [KAFKA, RABBIT, None]
    alone = type(both)(both.nodes, both.edges, (KAFKA,))
    assert [(server, len(nodes)) for server, nodes in alone.by_server()] == [(None, len(both.nodes))]


@pytest.mark.parametrize(
    ("per_s", "words"),
    [
        (None, ""),
        (0.0, "0/s"),
        (0.01, "<0.1/s"),
        (96, "96/s"),
        (12.34, "12.3/s"),
        (999.6, "1k/s"),
        (2.5e6, "2.5M/s"),
    ],
)
def test_rates_are_short(per_s: float | None, words: str) -> None:
    assert rate(per_s) == words


@given(st.text())
def test_what_no_document_may_hold_is_made_visible(text: str) -> None:
    shown = readable(text)
    assert len(shown) == len(text)
    assert all(letter in "\t\n" or ord(letter) >= 32 for letter in shown)
    assert shown.encode().decode() == shown
    assert readable(shown) == shown


def test_control_characters_become_their_pictures() -> None:
    assert readable("a\x00b\x7f\r\ud800") == "a␀b␡␍\ufffd"
