from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec.structs import replace as changed
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter
from pytestqt.qtbot import QtBot

from graph.certainty import UNSEEN, grounds
from graph.evidence import Evidence
from graph.identity import ChannelKind, OperationId
from graph.model import DependencyGraph, EdgeState, LoopStatus, Severity
from graph.view.changed import Mark
from gui import theme
from gui.canvas.canvas import GraphCanvas
from gui.canvas.paint import edges as drawing
from gui.canvas.paint import legend
from gui.canvas.scene import wording
from gui.canvas.scene.remarks import LineRemark, NodeRemark, Problems
from gui.canvas.scene.sizes import Sizes

KINDS = {"permission": "permitted", "declared": "declared", "inferred": "guessed"}
"""Family of the only evidence -> what the edge is called."""


def paper(look: theme.Theme, wide: int, high: int) -> QImage:
    """An empty picture in the colour of the canvas."""
    made = QImage(wide, high, QImage.Format.Format_RGB32)
    made.fill(look.palette.canvas)
    return made


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
    unseen = item.certainty in UNSEEN
    assert (item.rate == 0.0) == unseen
    assert drawing.moving(item) != unseen


def test_what_was_also_observed_is_no_longer_only_declared(shop: DependencyGraph) -> None:
    key, graph = on_paper(shop, "declared")
    seen = Evidence("kafka.group", "group", 0.98, 1, 2, "It is subscribed.")
    only = graph.operations[key]
    assert grounds(changed(only, evidence=(*only.evidence, seen), confidence=0.99)) == "certain"
    assert grounds(None) == "guessed"
    said = Evidence("declared.confirmed", "declared", 1.0, 1, 2, "A person confirmed it.")
    assert grounds(changed(only, evidence=(said,), confidence=1.0)) == "certain"


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


def test_every_entry_of_the_legend_has_room_and_a_sample_of_its_own(qtbot: QtBot) -> None:
    look = theme.light()
    view, sizes = QRectF(0, 0, 900, 400), Sizes(look)
    assert set(drawing.DASHES) | {status.value + " loop" for status in LoopStatus} <= set(legend.ORDER)
    samples = set()
    for word in legend.ORDER:
        picture = paper(look, 60, 20)
        with QPainter(picture) as painter:
            legend._sample(painter, word, QPointF(10, 10), QPointF(10 + legend.LINE, 10), look)
        samples.add(bytes(picture.constBits()))
    assert len(samples) == len(legend.ORDER)
    whole = paper(look, 900, 400)
    with QPainter(whole) as painter:
        assert view.contains(legend.draw(painter, view, list(legend.ORDER), "", look, sizes))


def test_the_legend_names_what_is_said_of_nodes_and_lines() -> None:
    assert legend.entries([], [NodeRemark(lag=10), LineRemark(words="7/s")]) == []
    remarks: list[NodeRemark | LineRemark] = [
        NodeRemark(lag=50, problems=Problems(Severity.NOTE), mark=Mark.CHANGED),
        LineRemark(at_most_once=True, mark=Mark.GONE, count=3),
    ]
    words = ["at most once", "several edges", "records waiting", "problem", "gone", "changed"]
    assert legend.entries([], remarks) == words
    # Shapes need words only where there are several.
    assert legend.entries([], [], {ChannelKind.TOPIC}) == []
    assert legend.entries([], [], {ChannelKind.STREAM, ChannelKind.QUEUE}) == ["queue", "stream"]


def test_what_may_get_lost_has_an_open_arrow(canvas: GraphCanvas, shop: DependencyGraph) -> None:
    canvas.set_graph(shop)
    look, item = theme.light(), next(iter(canvas.scene.edges.values()))
    inside = []
    for hollow in (False, True):
        picture = paper(look, 800, 600)
        with QPainter(picture) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            (x, y), (dx, dy) = item.way.tip, item.way.heading
            painter.translate(400 - x, 300 - y)
            remark = LineRemark(at_most_once=hollow)
            drawing.draw(painter, item, look, look.palette.edge, remark=remark)
        inside.append(picture.pixelColor(round(400 - 5.5 * dx), round(300 - 5.5 * dy)))
    assert inside == [look.palette.edge, look.palette.canvas]


def test_what_nobody_but_a_permission_tells_is_hatched() -> None:
    """Strokes across the way: wider than any other line of its kind, and most of it gaps."""
    tint = theme.light().palette.edge
    wide = {word: drawing.pen(word, tint, 1.2).widthF() for word in drawing.DASHES}
    assert wide["permitted"] > 4 * max(each for word, each in wide.items() if word != "permitted")
    on, off = drawing.pen("permitted", tint, 1.2).dashPattern()
    assert off > 3 * on
    assert len({tuple(drawing.pen(word, tint, 1.2).dashPattern()) for word in drawing.DASHES}) == 5


def test_problems_of_an_edge_are_a_sign_on_it(canvas: GraphCanvas, shop: DependencyGraph) -> None:
    canvas.set_graph(shop)
    look, item = theme.light(), next(iter(canvas.scene.edges.values()))
    shots = []
    for remark in (LineRemark(), LineRemark(problems=Problems(Severity.WARNING))):
        picture = paper(look, 1600, 1000)
        with QPainter(picture) as painter:
            painter.translate(400, 400)
            drawing.draw(painter, item, look, look.palette.edge, remark=remark)
        shots.append(picture)
    points = item.way.points
    x, y = points[int((1 - drawing.MARK_AT) * len(points))].tolist()
    colours = [
        [shot.pixelColor(round(x) + 400, round(y) + 400 + dy) for dy in range(-8, 9)] for shot in shots
    ]
    assert look.palette.act in colours[1]
    assert look.palette.act not in colours[0]


@pytest.mark.parametrize("mark", list(Mark))
def test_differences_are_signs_not_colours_alone(
    canvas: GraphCanvas, shop: DependencyGraph, mark: Mark
) -> None:
    canvas.set_graph(shop)
    look, item = theme.light(), next(each for each in canvas.scene.edges.values() if not each.loop)
    shots = []
    for remark in (LineRemark(), LineRemark(mark=mark)):
        picture = paper(look, 1200, 800)
        with QPainter(picture) as painter:
            painter.translate(600, 400)
            tint = drawing.colour(item, look, lit=True, mark=remark.mark)
            drawing.draw(painter, item, look, tint, remark=remark)
        points = item.way.points
        x, y = points[int(drawing.MARK_AT * len(points))].tolist()
        shots.append(picture.copy(round(x) + 592, round(y) + 392, 16, 16))
    assert shots[0].convertToFormat(QImage.Format.Format_Mono) != shots[1].convertToFormat(
        QImage.Format.Format_Mono
    )
