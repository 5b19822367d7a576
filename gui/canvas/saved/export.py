"""Pictures of the graph to keep: PNG of any size, SVG, PDF, and an image for the clipboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import ceil
from xml.etree import ElementTree as Xml

from PySide6.QtCore import QBuffer, QEventLoop, QIODevice, QMarginsF, QRectF, QSize, QSizeF, QTimer
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtWidgets import QApplication

from graph.export.sketch import readable
from graph.identity import ApplicationId, ChannelId, GroupId, NodeId, Place
from graph.model import DependencyGraph
from gui import figures, fonts, theme
from gui.canvas.canvas import GraphCanvas
from gui.canvas.layers import stack
from gui.canvas.paint import legend, notes, painting
from gui.canvas.paint.camera import Camera
from gui.canvas.paint.view import SHAPED, Mode, View
from gui.canvas.saved.png import bands, png
from gui.canvas.scene.sizes import Sizes
from gui.theme import Theme
from inspector.errors import InspectorError

SCALES = (1, 2, 4, 8)
FINE = 4.0
"""Pixels for a px of what a vector picture holds as pixels: icons."""
DETAILED = 5_000
"""Up to so many lines each is drawn with its style and arrow; of more, a picture is a map."""
LARGEST_PAGE = 14_400.0
"""The longest side of a page in PDF, in points (ISO 32000-1, annex C)."""
POINT = 0.75
"""Points in a px."""
FAMILIES = {fonts.TEXT: "Inter, Helvetica, Arial, sans-serif", fonts.MONO: "JetBrains Mono, monospace"}
WAKE_MS = 50
"""How long to wait for a layout before looking again whether it is done."""
SVG = "http://www.w3.org/2000/svg"
TITLE = "Dependency graph"


class Kind(StrEnum):
    """Forms of a picture."""

    PNG = "png"
    SVG = "svg"
    PDF = "pdf"


@dataclass(frozen=True)
class Sheet:
    """One picture, ready to be painted at any size. Nothing moves on it: dots that travel are left out."""

    view: View
    sizes: Sizes
    notes: Mapping[NodeId, str] = field(default_factory=dict)
    """What people wrote on nodes."""

    @property
    def size(self) -> QSizeF:
        """Width and height in px, at scale 1."""
        return self.view.room.size()

    def pixels(self, scale: float) -> QSize:
        """Width and height in pixels."""
        return QSize(max(1, round(self.size.width() * scale)), max(1, round(self.size.height() * scale)))

    @property
    def words(self) -> str:
        """What is on it: `2 applications and 3 channels`."""
        table = self.view.scene.node_table
        seen = self.view.camera.seen(self.view.room)
        nodes = [table.ids[row] for row in table.touching(seen).tolist()]
        counts = (
            ("application", sum(isinstance(node, ApplicationId) for node in nodes)),
            ("channel", sum(isinstance(node, ChannelId) for node in nodes)),
            ("group", sum(isinstance(node, GroupId) for node in nodes)),
        )
        return named(*(figures.plural(count, noun) for noun, count in counts if count))

    def at(self, scale: float) -> Sheet:
        """The same with icons for so many pixels a px."""
        return replace(self, view=replace(self.view, ratio=scale))

    def paint(self, painter: QPainter, part: QRectF | None = None) -> None:
        """Paint it where the painter stands, or no more than what touches a part of it."""
        view = self.view if part is None else replace(self.view, room=part)
        steps: tuple[Callable[[], object], ...] = (
            lambda: painting.ground(painter, view),
            lambda: painting.figures(painter, view, view.room),
            lambda: notes.draw(painter, self.notes, self._noted(), view.camera, view.theme),
            lambda: self._explain(painter),
        )
        for step in steps:
            painter.save()
            try:
                step()
            finally:
                painter.restore()

    def _noted(self) -> dict[Place, QRectF]:
        nodes = self.view.scene.nodes
        return {node: nodes[node].rect for node in self.notes if node in nodes}

    def _explain(self, painter: QPainter) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        legend.draw(painter, self.view.room, *_legend(self.view), self.view.theme, self.sizes)


def named(*counts: str) -> str:
    """`2 applications and 3 channels`; `nothing` where there is none."""
    return " and ".join(filter(None, (", ".join(counts[:-1]), *counts[-1:]))) or "nothing"


def _legend(view: View) -> tuple[list[str], str]:
    return stack.legend_words(view) if view.card >= SHAPED else [], stack.uncounted(view)


def sheet(canvas: GraphCanvas, look: Theme, *, whole: bool) -> Sheet:
    """All that the canvas shows, life-size; or only the part of it that is on the screen, as it is there."""
    now = canvas.sight()
    still = replace(now, theme=look, ratio=1.0, live=frozenset(), fading={}, quick=False)
    view = replace(still, room=QRectF(canvas.rect())).fitted()
    if whole and not view.scene.bounds.isEmpty():
        bounds = view.scene.bounds
        room = QRectF(0, 0, ceil(bounds.width()), ceil(bounds.height()))
        camera = Camera(1.0, -bounds.left(), -bounds.top())
        mode = Mode.DETAIL if len(view.scene.line_table.ids) <= DETAILED else Mode.CROWD
        view = replace(view, camera=camera, room=room, mode=mode)
        words, hidden = _legend(view)
        foot = legend.height([*words, *filter(None, [hidden])], room, canvas.sizes)
        view = replace(view, room=room.adjusted(0, 0, 0, ceil(foot)))
    return Sheet(view, canvas.sizes, canvas.notes)


def drawing(graph: DependencyGraph, kind: Kind, scale: float) -> Iterator[bytes]:
    """The file of a picture of a whole graph where there is no window, on light paper."""
    program = QApplication.instance() or QApplication([])
    light = theme.light()
    canvas = GraphCanvas(light)
    try:
        canvas.set_graph(graph)
        wake = QTimer(canvas)
        wake.start(WAKE_MS)
        while canvas.busy:
            program.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        if len(canvas.scene.nodes) < len(canvas.shown.places):
            raise InspectorError("The graph could not be arranged, so there is no picture of it.")
        yield from pieces(sheet(canvas, light, whole=True), kind, scale)
    finally:
        canvas.close_background()


def image(made: Sheet, scale: float) -> QImage:
    """It as an image in memory."""
    drawn = QImage(made.pixels(scale), QImage.Format.Format_RGB32)
    painter = QPainter(drawn)
    try:
        painter.scale(scale, scale)
        made.at(scale).paint(painter)
    finally:
        painter.end()
    return drawn


def steps(made: Sheet, kind: Kind, scale: float) -> int:
    """How many pieces `pieces` gives."""
    return bands(made.pixels(scale)) + 2 if kind is Kind.PNG else 1


def pieces(made: Sheet, kind: Kind, scale: float = 1.0) -> Iterator[bytes]:
    """The file of a picture, piece by piece, so that others may do something in between."""
    match kind:
        case Kind.PNG:
            yield from png(made.at(scale).paint, made.pixels(scale), scale)
        case Kind.SVG:
            yield svg(made)
        case Kind.PDF:
            yield pdf(made)


def svg(made: Sheet) -> bytes:
    """It as SVG, with text as text.

    So it can be searched, read out and changed, and is a third of the size that outlines would have. Where
    the typeface is missing, `textLength` fits another one into the same room.
    """
    # A start of the window should not wait for a library that few pictures need.
    from PySide6.QtSvg import QSvgGenerator

    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setResolution(96)
    generator.setSize(made.size.toSize())
    generator.setViewBox(made.view.room)
    generator.setTitle(TITLE)
    generator.setDescription(made.words)
    painter = QPainter(generator)
    try:
        made.at(FINE).paint(painter)
    finally:
        painter.end()
    return _fitted_text(readable(bytes(buffer.data().data()).decode(errors="replace")))


def _fitted_text(text: str) -> bytes:
    """The document with every piece of text bound to its middle and its width, and other typefaces named."""
    Xml.register_namespace("", SVG)
    Xml.register_namespace("xlink", "http://www.w3.org/1999/xlink")
    root = Xml.fromstring(text)
    for each in root.iter(f"{{{SVG}}}text"):
        family = each.attrib["font-family"].partition(",")[0].strip("'\"")
        font = QFont(family)
        font.setPixelSize(round(float(each.attrib["font-size"])))
        font.setWeight(QFont.Weight(int(each.attrib["font-weight"])))
        font.setItalic(each.attrib["font-style"] != "normal")
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        font.setFeature(QFont.Tag("tnum"), 1)
        wide = QFontMetricsF(font).horizontalAdvance(each.text or "")
        each.attrib |= {
            "x": f"{float(each.attrib['x']) + wide / 2:.2f}",
            "text-anchor": "middle",
            "textLength": f"{wide:.2f}",
            "lengthAdjust": "spacingAndGlyphs",
            "font-family": FAMILIES.get(family, family),
        }
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'.encode()


def pdf(made: Sheet) -> bytes:
    """It as one page of PDF that is as large as the picture."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    longest = max(made.size.width(), made.size.height()) * POINT
    shrink = min(1.0, LARGEST_PAGE / longest)
    writer = QPdfWriter(buffer)
    writer.setTitle(f"{TITLE}: {made.words}")
    writer.setCreator("Eventscope")
    page = QPageSize(
        made.size * POINT * shrink, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch
    )
    writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF()))
    writer.setResolution(1200)
    painter = QPainter(writer)
    try:
        scale = writer.resolution() / 96 * shrink
        painter.scale(scale, scale)
        made.at(FINE).paint(painter)
    finally:
        painter.end()
    return bytes(buffer.data().data())
