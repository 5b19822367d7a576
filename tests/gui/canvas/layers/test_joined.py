from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QImage, QPainter

from graph.model import DependencyGraph
from gui.canvas.canvas import GraphCanvas
from gui.canvas.layers import stack
from gui.canvas.layers.stack import Stack
from gui.canvas.paint.camera import Camera
from gui.canvas.paint.view import View
from gui.canvas.scene.sizes import Sizes
from tests.gui.canvas.layers.test_stack import LOOKS, ROOM, frame, views


def pixels(picture: QImage) -> np.ndarray:
    return np.frombuffer(picture.constBits(), np.uint8).reshape(600, -1, 4)[:560, :820, :3].astype(int)


def inked(picture: QImage) -> int:
    """Pixels that show something, but for legend and minimap."""
    canvas = LOOKS[0].palette.canvas
    ground = (canvas.blue(), canvas.green(), canvas.red())
    return int((np.abs(pixels(picture) - ground).max(axis=2) > 12).sum())


def test_a_picture_on_its_way_looks_as_at_rest(canvas: GraphCanvas, shop: DependencyGraph) -> None:
    canvas.set_graph(shop)
    view, _, sizes = views(shop, canvas, LOOKS[0])
    made = Stack()
    rest = frame(made, view, sizes, finish=True)
    for _ in range(2):  # from both layers, then from them as one
        moved = frame(made, replace(view, moved=True), sizes)
        assert np.abs(pixels(moved) - pixels(rest)).max() <= 1
    assert made._joined.size > 0


def test_what_changes_is_seen_although_the_camera_moves(canvas: GraphCanvas, shop: DependencyGraph) -> None:
    canvas.set_graph(shop)
    before, after, sizes = views(shop, canvas, LOOKS[0])
    made = Stack()
    for _ in range(2):
        frame(made, replace(before, moved=True), sizes, finish=True)
    whole = frame(Stack(), after, sizes, finish=True)
    frame(made, replace(after, moved=True), sizes, finish=True)
    assert np.abs(pixels(frame(made, replace(after, moved=True), sizes)) - pixels(whole)).max() <= 1


@pytest.mark.parametrize("factor", [1.04, 1 / 1.04])
def test_the_picture_does_not_vanish_however_far_it_is_zoomed_at_once(
    canvas: GraphCanvas, shop: DependencyGraph, monkeypatch: pytest.MonkeyPatch, factor: float
) -> None:
    canvas.set_graph(shop)
    view, _, sizes = views(shop, canvas, LOOKS[0])
    made = Stack()
    frame(made, view, sizes, finish=True)
    # Nothing is painted on the way: what is there must do.
    monkeypatch.setattr(stack, "SCALING_S", 0.0)
    camera, seen = view.camera, []
    for _ in range(24):
        camera = camera.zoomed(factor, ROOM.center())
        seen.append(inked(frame(made, replace(view, camera=camera, moved=True, quick=True), sizes)))
        whole = inked(frame(Stack(), replace(view, camera=camera), sizes, finish=True))
        assert seen[-1] > 0.5 * whole > 0


def shot(made: Stack, view: View, sizes: Sizes, *, finish: bool = False) -> np.ndarray:
    """A frame on a screen of some pixels for a px, but for legend and minimap."""
    ratio = round(view.ratio)
    paper = QImage(1000 * ratio, 600 * ratio, QImage.Format.Format_RGB32)
    paper.setDevicePixelRatio(ratio)
    painter = QPainter(paper)
    made.paint(painter, view, sizes, lambda _painter: None, moving=view.moved, finish=finish)
    painter.end()
    table = np.frombuffer(paper.constBits(), np.uint8).reshape(600 * ratio, -1, 4)
    return table[: 500 * ratio, : 820 * ratio, :3].astype(int)


@pytest.mark.parametrize("ratio", [1.0, 2.0])
def test_it_looks_as_at_rest_however_far_it_is_dragged(
    canvas: GraphCanvas, shop: DependencyGraph, ratio: float
) -> None:
    canvas.set_graph(shop)
    view, _, sizes = views(shop, canvas, LOOKS[0])
    view = replace(view, ratio=ratio, camera=Camera(1.0, 20.0, 30.0))
    made = Stack()
    for step in range(12):
        camera = view.camera.moved(-61.0 * step, -17.0 * step)
        rest = shot(made, replace(view, camera=camera), sizes, finish=True)
        for _ in range(2):  # moved on, and put together
            moved = shot(made, replace(view, camera=camera, moved=True), sizes)
            assert np.abs(moved - rest).max() <= 1
    assert made._joined.size > 0


def test_few_pixels_are_shown_while_the_scale_of_a_dense_screen_changes(
    canvas: GraphCanvas, shop: DependencyGraph
) -> None:
    canvas.set_graph(shop)
    view, _, sizes = views(shop, canvas, LOOKS[0])
    view = replace(view, ratio=2.0)
    made = Stack()
    for _ in range(3):
        shot(made, view, sizes, finish=True)
    nearer = replace(view, camera=view.camera.zoomed(1.1, ROOM.center()), moved=True, quick=True)
    quick = shot(made, nearer, sizes)
    true = shot(Stack(), replace(nearer, moved=False, quick=False), sizes, finish=True)
    # Blurred, but the same picture: what is averaged over some px hardly differs.
    coarse = [each[:1000, :1640].reshape(50, 20, 82, 20, 3).mean(axis=(1, 3)) for each in (quick, true)]
    assert np.abs(coarse[0] - coarse[1]).mean() < 2.0
    sharp, small = made._joined._pictures
    assert sharp.size() == small.size() * 2
