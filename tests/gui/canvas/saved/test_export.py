"""Pictures of the graph to keep: what is on them, and that every form shows the same."""

from __future__ import annotations

import re
from xml.etree import ElementTree as Xml

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QByteArray
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from graph.export.sketch import COLOURS
from graph.identity import LoopId, NodeId
from graph.model import DependencyGraph
from gui import theme
from gui.canvas.canvas import GraphCanvas
from gui.canvas.saved.export import SVG, Kind, drawing, image, pdf, pieces, sheet, steps, svg


@pytest.fixture
def drawn(canvas: GraphCanvas, shop: DependencyGraph) -> GraphCanvas:
    """The canvas with the shop on it."""
    canvas.set_graph(shop)
    return canvas


def _painted(image: QImage, colour: QColor) -> int:
    """How many pixels, of every fourth, have a colour."""
    wanted = colour.rgb()
    return sum(
        image.pixel(x, y) == wanted for x in range(0, image.width(), 2) for y in range(0, image.height(), 2)
    )


def test_all_of_it_is_life_size_whatever_the_window_shows(drawn: GraphCanvas) -> None:
    before = sheet(drawn, theme.light(), whole=True)
    drawn.zoom_by(3.0)
    drawn.pan(400, 100)
    made = sheet(drawn, theme.light(), whole=True)
    assert made.size == before.size
    assert image(made, 1.0) == image(before, 1.0)
    assert made.size.width() >= drawn.scene.bounds.width()
    assert made.words == "15 applications and 16 channels"


def test_a_part_is_what_the_window_shows_only_sharper(drawn: GraphCanvas) -> None:
    drawn.zoom_by(2.0)
    made = sheet(drawn, theme.light(), whole=False)
    assert made.pixels(2.0) == drawn.size() * 2
    assert made.words != "15 applications and 16 channels"
    assert image(made, 1.0).size() == drawn.size()


def test_light_paper_and_dark(drawn: GraphCanvas) -> None:
    for look in (theme.light(), theme.dark()):
        made = image(sheet(drawn, look, whole=True), 1.0)
        assert made.pixelColor(1, 1).rgb() == look.palette.canvas.rgb()
        assert _painted(made, look.palette.run) > 300


def test_png_is_the_image_band_by_band(drawn: GraphCanvas) -> None:
    made = sheet(drawn, theme.light(), whole=True)
    chunks = list(pieces(made, Kind.PNG, 2.0))
    assert len(chunks) == steps(made, Kind.PNG, 2.0)
    saved = QImage.fromData(b"".join(chunks)).convertToFormat(QImage.Format.Format_RGB32)
    assert saved.size() == made.pixels(2.0)
    assert _painted(saved, theme.light().palette.run) == pytest.approx(
        _painted(image(made, 2.0), theme.light().palette.run), rel=0.01
    )


def test_svg_has_its_text_as_text_that_keeps_its_room(drawn: GraphCanvas) -> None:
    made = sheet(drawn, theme.light(), whole=True)
    root = Xml.fromstring(svg(made))
    texts = {each.text: each for each in root.iter(f"{{{SVG}}}text")}
    assert {"promo-service", "price.changes", "×1.13 / 2.4 s", "Unattributed"} <= texts.keys()
    name = texts["promo-service"].attrib
    assert name["text-anchor"] == "middle"
    assert 60 < float(name["textLength"]) < 120
    assert name["font-family"].startswith("Inter, ")
    # In px of the plane, within a group that moves it into the picture.
    (node,) = (each for key, each in drawn.scene.nodes.items() if str(key).endswith("/promo-service"))
    assert float(name["x"]) == pytest.approx(node.rect.center().x(), abs=1.0)
    assert root.find(f"{{{SVG}}}desc").text == made.words  # type: ignore[union-attr]


def test_svg_looks_as_the_image_does(drawn: GraphCanvas) -> None:
    made = sheet(drawn, theme.light(), whole=True)
    renderer = QSvgRenderer(QByteArray(svg(made)))
    assert renderer.isValid()
    again = QImage(made.pixels(1.0), QImage.Format.Format_RGB32)
    painter = QPainter(again)
    renderer.render(painter)
    painter.end()
    for colour in (theme.light().palette.run, theme.light().palette.act, theme.light().palette.topic):
        assert _painted(again, colour) == pytest.approx(_painted(image(made, 1.0), colour), rel=0.25)


def test_pdf_is_one_page_as_large_as_the_picture(drawn: GraphCanvas) -> None:
    made = sheet(drawn, theme.light(), whole=True)
    data = pdf(made)
    assert data.count(b"/Type /Page\n") == 1
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    assert box is not None
    assert float(box[1]) == pytest.approx(made.size.width() * 0.75, abs=1)
    assert float(box[2]) == pytest.approx(made.size.height() * 0.75, abs=1)


def test_names_that_no_document_may_hold_are_made_visible(canvas: GraphCanvas, shop: DependencyGraph) -> None:
    applications = {
        key: replace(each, name="a\x01<&\"'\ufffe\n") if each.name == "mailer" else each
        for key, each in shop.applications.items()
    }
    canvas.set_graph(DependencyGraph(shop.servers, applications, shop.channels, shop.operations))
    root = Xml.fromstring(svg(sheet(canvas, theme.light(), whole=True)))
    words = "".join(each.text or "" for each in root.iter(f"{{{SVG}}}text"))
    assert "<&" in words


def test_a_graph_is_drawn_where_there_is_no_window(shop: DependencyGraph) -> None:
    saved = QImage.fromData(b"".join(drawing(shop, Kind.PNG, 1.0)))
    assert _painted(saved.convertToFormat(QImage.Format.Format_RGB32), theme.light().palette.run) > 300


def test_an_empty_graph_is_an_empty_page_in_every_form() -> None:
    for kind in Kind:
        assert len(b"".join(drawing(DependencyGraph(), kind, 1.0))) > 100


def test_an_empty_graph_is_an_empty_picture(canvas: GraphCanvas) -> None:
    canvas.set_graph(DependencyGraph())
    made = sheet(canvas, theme.light(), whole=True)
    assert made.words == "nothing"
    assert svg(made).startswith(b"<?xml")
    assert image(made, 1.0).size() == canvas.size()


def test_what_is_selected_stays_so(drawn: GraphCanvas) -> None:
    plain = image(sheet(drawn, theme.light(), whole=True), 1.0)
    drawn.select(LoopId("run"))
    assert image(sheet(drawn, theme.light(), whole=True), 1.0) != plain


def test_forms_of_text_have_the_colours_of_light_paper() -> None:
    light = theme.light()
    assert {status: light.loop(status).line.name().upper() for status in COLOURS} == COLOURS


def test_notes_are_on_pictures(drawn: GraphCanvas) -> None:
    node = next(iter(drawn.scene.nodes))
    assert isinstance(node, NodeId)
    drawn.set_notes({node: "Ask Ann"})
    assert b">Ask Ann<" in svg(sheet(drawn, theme.light(), whole=True))
