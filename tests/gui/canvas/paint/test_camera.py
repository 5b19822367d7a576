"""Which part of the plane is shown so that all of a picture is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF

from gui.canvas.paint.camera import HEAD, Camera, fitted, framed

sides = st.floats(50.0, 5_000.0)
rects = st.builds(QRectF, st.floats(-500.0, 500.0), st.floats(-500.0, 500.0), sides, sides)
VIEW = QRectF(0, 0, 1_000, 500)


def shown(camera: Camera, bounds: QRectF) -> QRectF:
    return camera.transform.mapRect(bounds)


@given(rects, st.floats(0.0, HEAD))
def test_all_is_in_sight_under_what_covers_the_top(bounds: QRectF, covered: float) -> None:
    camera = framed(lambda _scale: bounds, VIEW, covered)
    free = VIEW.adjusted(0, covered, 0, 0)
    assert free.adjusted(-1e-6, -1e-6, 1e-6, 1e-6).contains(shown(camera, bounds))
    assert camera.scale == fitted(bounds, free).scale


@given(rects)
def test_the_strip_of_alerts_is_free_wherever_there_is_room(bounds: QRectF) -> None:
    camera = framed(lambda _scale: bounds, VIEW)
    seen = shown(camera, bounds)
    spare = VIEW.height() - seen.height()
    assert seen.top() >= min(HEAD, spare) - 1e-6
    assert seen.top() <= max(HEAD, spare / 2) + 1e-6


def test_what_grows_as_the_scale_sinks_is_in_sight_too() -> None:
    plain = QRectF(0, 0, 2_000, 400)

    def extent(scale: float) -> QRectF:
        return plain.adjusted(0, 0, 40 / scale, 0)

    camera = framed(extent, VIEW)
    assert shown(camera, extent(camera.scale)).right() <= VIEW.right() + 2.0
    assert camera.scale > 0.45
