from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from graph.identity import ChannelId
from graph.model import DependencyGraph
from gui import theme
from gui.canvas import painting, scene
from gui.canvas.camera import fitted
from gui.canvas.canvas import GraphCanvas
from gui.canvas.painting import View
from gui.canvas.sizes import Sizes
from gui.canvas.stack import PATCHES, Stack
from gui.theme import Theme

ROOM = QRectF(0, 0, 1000, 600)
LOOKS = [theme.light(), theme.dark()]


def busier(graph: DependencyGraph) -> DependencyGraph:
    """The same graph with other figures everywhere: rates, lags and the gain of its loops."""
    channels = {
        key: msgspec.structs.replace(item, rate_per_s=(item.rate_per_s or 0.0) * 3 + 700)
        for key, item in graph.channels.items()
    }
    applications = {
        key: msgspec.structs.replace(item, lag=None if item.lag is None else item.lag + 73)
        for key, item in graph.applications.items()
    }
    loops = {
        key: msgspec.structs.replace(item, gain=0.5, period_ms=12_300.0) for key, item in graph.loops.items()
    }
    return replace(graph, channels=channels, applications=applications, loops=loops)


def views(shop: DependencyGraph, canvas: GraphCanvas, look: Theme) -> tuple[View, View, Sizes]:
    """The shop as it was, and with other figures in the same places."""
    sizes = Sizes(look)
    places = canvas.positions()
    now = busier(shop)
    assert scene.geometry(shop, places, sizes) == scene.geometry(now, places, sizes)
    first = scene.build(shop, places, sizes)
    second = scene.build(now, places, sizes, first)
    camera = fitted(first.bounds, ROOM)
    return View(first, look, camera, ROOM), View(second, look, camera, ROOM), sizes


@pytest.mark.parametrize("look", LOOKS, ids=["light", "dark"])
def test_new_figures_are_painted_bit_by_bit_and_come_out_as_if_painted_at_once(
    canvas: GraphCanvas, shop: DependencyGraph, qtbot: QtBot, look: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas.set_graph(shop)
    before, after, sizes = views(shop, canvas, look)
    once, some = Stack(), Stack()
    whole = [pixmap.toImage() for pixmap in once.still(after, sizes)]
    painted: list[int] = []
    paint = painting.figures

    def count(*args: object) -> None:
        painted[-1] += 1
        paint(*args)  # type: ignore[arg-type]

    corner = whole[1].pixelColor(1, 1)
    assert corner.alpha() == 0, "the ground would not be seen"
    some.still(before, sizes)
    monkeypatch.setattr(painting, "figures", count)
    pictures: list[QImage] = []
    while not pictures or some.behind:
        painted.append(0)
        pictures = [pixmap.toImage() for pixmap in some.still(after, sizes)]
    assert pictures == whole
    badges = 2 * len(before.scene.badges)
    assert max(painted) <= PATCHES + badges
    assert sum(painted) >= sum(isinstance(node, ChannelId) for node in before.scene.nodes)
    painted.append(0)
    some.still(after, sizes)
    assert painted[-1] == 0
