"""Nodes as they are drawn: lag as fill, problems as signs, differences, groups, and what is gone."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from pytestqt.qtbot import QtBot

from graph.identity import ApplicationId, ChannelId, ChannelKind, GroupId, Place, ServerId
from graph.model import EdgeState, LoopStatus, Severity
from graph.view.changed import Mark
from gui import theme
from gui.canvas.paint import cards, lag, problems, shapes
from gui.canvas.scene.remarks import QUIET, NodeRemark, Problems
from gui.canvas.scene.scene import NodeItem
from gui.theme import Theme

LOOKS = [theme.named(name) for name in theme.NAMES]
ROOM = QRectF(20, 20, 120, 40)
TOPIC = ChannelId(ServerId("kafka", "k:9092"), ChannelKind.TOPIC, "orders")


def item(key: Place = ApplicationId("a"), loop: LoopStatus | None = None, loud: str = "") -> NodeItem:  # noqa: B008
    return NodeItem(key, ROOM, "mailer", "2 instances", loud, loop=loop)


def drawn(
    look: Theme, node: NodeItem, remark: NodeRemark = QUIET, *, lit: bool = True, plain: bool = False
) -> NDArray[np.int64]:
    """The pixels of a node, shape (80, 160, 3)."""
    image = QImage(160, 80, QImage.Format.Format_RGB32)
    image.fill(look.palette.canvas)
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if plain:
            shapes.draw_plain(painter, node, look, lit=lit, chosen=False, remark=remark)
        else:
            shapes.draw(painter, node, look, lit=lit, chosen=False, ratio=1.0, remark=remark)
    bits = np.frombuffer(image.constBits(), np.uint8).reshape(80, 160, 4)
    return bits[:, :, 2::-1].astype(np.int64)


def rgb(colour: QColor) -> NDArray[np.int64]:
    """Its parts, 0 to 255."""
    return np.array([colour.red(), colour.green(), colour.blue()])


def amount(pixels: NDArray[np.int64], colour: QColor) -> int:
    """How many pixels have a colour, within a little rounding."""
    near = np.abs(pixels - rgb(colour)) < 4
    return int(near.all(axis=2).sum())


def test_ten_times_the_lag_is_a_step_further() -> None:
    steps = [lag.share(10**power) for power in range(1, 7)]
    widths = np.diff(steps)
    assert lag.share(0) == 0.0
    assert widths.min() > 0.14
    assert widths.max() < 0.17
    assert lag.share(10**9) == lag.share(lag.FULL) == 1.0


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
@pytest.mark.parametrize("plain", [False, True])
def test_a_card_fills_with_what_waits(qtbot: QtBot, look: Theme, plain: bool) -> None:
    def filled(waiting: int, colour: QColor) -> float:
        # Under the words, over the bar at the foot.
        row = drawn(look, item(), NodeRemark(lag=waiting), plain=plain)[54:55]
        return amount(row, colour) / ROOM.width()

    amber = look.palette.warnbg
    for waiting in (100, 4_000, 200_000):
        assert filled(waiting, amber) == pytest.approx(lag.share(waiting), abs=0.03)
    assert filled(49, amber) == filled(0, amber) == 0.0
    if not plain:
        assert filled(49, look.palette.topic) == pytest.approx(lag.share(49), abs=0.03)
    whole = drawn(look, item(), NodeRemark(lag=4_000), plain=plain)
    assert amount(whole, look.palette.act) > 100, "a bar for those who cannot tell the fill"


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
@pytest.mark.parametrize("key", [ApplicationId("a"), TOPIC, GroupId("team", "a")], ids=lambda key: str(key))
def test_problems_are_signs_of_different_shape(qtbot: QtBot, look: Theme, key: Place) -> None:
    grey = []
    for severity in Severity:
        pixels = drawn(look, item(key), NodeRemark(problems=Problems(severity)))
        corner = pixels[10:30, 128:150]
        bare = drawn(look, item(key))[10:30, 128:150]
        grey.append((np.abs(corner - bare).sum(axis=2) > 60).tobytes())
        assert np.abs(corner - bare).sum() > 2_000
    assert len(set(grey)) == len(Severity)
    # Nothing is told of what is out of focus.
    assert not np.any(drawn(look, item(key), lit=False) - drawn(look, item(key), lit=False))
    quiet = drawn(look, item(key), NodeRemark(problems=Problems(Severity.ERROR)), lit=False)
    assert not np.any(quiet - drawn(look, item(key), lit=False))


def test_several_problems_are_counted() -> None:
    one, many = Problems(Severity.NOTE), Problems(Severity.NOTE, 120)
    at = QPointF(50, 50)
    assert problems.room(one, at).width() == problems.HEIGHT
    assert problems.room(many, at).width() > problems.room(Problems(Severity.NOTE, 2), at).width()
    assert problems.room(many, at).left() == problems.room(one, at).left()


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
@pytest.mark.parametrize("key", [ApplicationId("a"), TOPIC, GroupId("team", "a")], ids=lambda key: str(key))
def test_a_difference_is_seen_by_its_sign(qtbot: QtBot, look: Theme, key: Place) -> None:
    bare = drawn(look, item(key))
    added, gone, changed = (drawn(look, item(key), NodeRemark(mark=mark)) for mark in Mark)
    assert amount(added, look.palette.ok) > 80
    assert amount(changed, look.palette.accent) > 30
    assert amount(added, look.palette.accent) == amount(changed, look.palette.ok) == 0
    signs = [np.abs(each[12:29, 12:29] - bare[12:29, 12:29]).sum(axis=2) > 60 for each in (added, gone)]
    assert (signs[0] != signs[1]).sum() > 10, "a plus and a cross"
    # What is gone is a broken outline, with nothing in it.
    foot = 52 if isinstance(key, GroupId) else 60
    edge = np.abs(gone[foot - 2 : foot + 2, 30:130] - rgb(look.palette.canvas)).sum(axis=(0, 2))
    dark = edge > edge.max() / 2
    assert (dark[1:] != dark[:-1]).sum() >= 20


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.name)
@pytest.mark.parametrize("key", [ApplicationId("a"), TOPIC], ids=lambda key: str(key))
def test_what_was_not_seen_lately_pales(qtbot: QtBot, look: Theme, key: Place) -> None:
    ground = rgb(look.palette.canvas)
    ink = [
        float(np.abs(drawn(look, item(key), NodeRemark(age=state))[:, :28] - ground).sum())
        for state in EdgeState
    ]
    assert ink[0] > 1.1 * ink[1] > 1.1 * ink[2] or ink[0] > ink[1] > ink[2]


def test_a_group_is_a_stack_with_the_outline_of_its_worst_loop(qtbot: QtBot) -> None:
    look = theme.light()
    group, card = drawn(look, item(GroupId("team", "a"))), drawn(look, item())
    # Two more edges lie beside and below the front card.
    edges = (np.abs(np.diff(group[44:64, 100].sum(axis=1))) > 40).sum()
    assert edges >= (np.abs(np.diff(card[44:64, 100].sum(axis=1))) > 40).sum() + 2
    for status, colour in ((LoopStatus.RUNAWAY, look.palette.run), (LoopStatus.ACTIVE, look.palette.act)):
        pixels = drawn(look, item(GroupId("team", "a"), loop=status))
        assert amount(pixels, colour) > 60


def test_an_icon_tells_the_kind_of_application(qtbot: QtBot) -> None:
    look = theme.light()
    kinds = [drawn(look, item(), NodeRemark(icon=icon)) for icon in ("", "connector", "stream processor")]
    assert all(np.any(a != b) for a, b in zip(kinds, [*kinds[1:], kinds[0]], strict=True))
    assert cards.marked(item(loop=LoopStatus.ACKNOWLEDGED)) is None
