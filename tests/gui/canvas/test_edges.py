from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec.structs import replace as changed
from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter
from pytestqt.qtbot import QtBot

from graph.evidence import Evidence
from graph.identity import OperationId
from graph.model import DependencyGraph, EdgeState
from gui import theme
from gui.canvas import edges as drawing
from gui.canvas import legend, wording
from gui.canvas.canvas import GraphCanvas
from gui.canvas.traffic import Traffic

KINDS = {"permission": "permitted", "declared": "declared", "inferred": "guessed"}
"""Family of the only evidence -> what the edge is called."""


def on_paper(graph: DependencyGraph, family: str) -> tuple[OperationId, DependencyGraph]:
    """The graph with one busy edge of which only this family of evidence is left."""
    key = max(graph.operations, key=lambda each: graph.operations[each].rate_per_s or 0.0)
    piece = Evidence(f"{family}.test", family, 0.5, 1, 2, "Somebody says so.")
    only = changed(graph.operations[key], evidence=(piece,), confidence=0.5)
    return key, replace(graph, operations={**graph.operations, key: only})


@pytest.mark.parametrize("family", KINDS)
def test_an_edge_that_nobody_saw_is_called_what_it_is(
    canvas: GraphCanvas, shop: DependencyGraph, family: str
) -> None:
    key, graph = on_paper(shop, family)
    canvas.set_graph(graph)
    item = canvas.scene.edges[key]
    assert item.certainty == KINDS[family]
    assert KINDS[family] in legend.entries(canvas.scene.edges.values())
    assert KINDS[family] in wording.describe_edge(graph, key)
    assert drawing.pen(item.certainty, theme.dark().palette.edge, 1.2).dashPattern()
    unseen = item.certainty in wording.UNSEEN
    assert (item.rate == 0.0) == unseen
    assert (item in Traffic([item]).dashed or len(Traffic([item])) > 0) != unseen


def test_what_was_also_observed_is_no_longer_only_declared(shop: DependencyGraph) -> None:
    key, graph = on_paper(shop, "declared")
    seen = Evidence("kafka.group", "group", 0.98, 1, 2, "It is subscribed.")
    only = graph.operations[key]
    assert wording.grounds(changed(only, evidence=(*only.evidence, seen), confidence=0.99)) == "certain"
    assert wording.grounds(None) == "guessed"
    said = Evidence("declared.confirmed", "declared", 1.0, 1, 2, "A person confirmed it.")
    assert wording.grounds(changed(only, evidence=(said,), confidence=1.0)) == "certain"


@pytest.mark.parametrize("look", [theme.light(), theme.dark()], ids=["light", "dark"])
def test_edges_pale_as_they_age(canvas: GraphCanvas, shop: DependencyGraph, look: theme.Theme) -> None:
    key = next(key for key in shop.operations if shop.operations[key].confidence > 0.9)
    distances = []
    for state in EdgeState:
        aged = changed(shop.operations[key], state=state)
        graph = replace(shop, operations={**shop.operations, key: aged}, loops={})
        canvas.set_graph(graph)
        item = canvas.scene.edges[key]
        tint, ground = drawing.colour(item, look, lit=True), look.palette.canvas
        distances.append(abs(tint.lightness() - ground.lightness()))
        words = wording.AGES.get(state, "")
        assert words in wording.describe_edge(graph, key)
        assert (words in legend.entries(canvas.scene.edges.values())) == bool(words)
    assert distances[0] > distances[1] > distances[2] > 4


def test_every_kind_of_line_has_a_place_in_the_legend(qtbot: QtBot, canvas: GraphCanvas) -> None:
    view = QRectF(0, 0, 900, 400)
    assert set(drawing.DASHES) <= set(legend.ORDER)
    canvas.resize(900, 400)
    picture = canvas.grab().toImage()
    painter = QPainter(picture)
    room = legend.draw(painter, view, list(legend.ORDER), "", theme.light(), canvas._sizes)
    painter.end()
    assert view.contains(room)
