"""Mouse and keys: what each movement means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip

from graph.identity import ApplicationId, ChannelId, NodeId
from gui.canvas import minimap
from gui.canvas.ports import ends

if TYPE_CHECKING:
    from gui.canvas.canvas import GraphCanvas

START = 4.0
"""Px the pointer must travel before a click becomes a drag."""
STEP = 1.25


class Gestures:
    """One press at a time: a click, a drag of the ground, of a node, or of the frame in the minimap."""

    def __init__(self, canvas: GraphCanvas) -> None:
        self._canvas = canvas
        self._begin: QPointF | None = None
        self._last = QPointF()
        self._node: NodeId | None = None
        self._grip = QPointF()
        self._dragging = False
        self._in_map = False

    def press(self, event: QMouseEvent) -> None:
        """A button went down."""
        if event.button() is Qt.MouseButton.RightButton:
            return
        place = event.position()
        self._begin = self._last = place
        self._dragging = False
        self._in_map = self._canvas.over_minimap(place)
        if self._in_map:
            self._follow(place)
            return
        subject = self._canvas.subject_at(place)
        self._node = subject if isinstance(subject, ApplicationId | ChannelId) else None
        if self._node is not None:
            centre = self._canvas.scene.nodes[self._node].rect.center()
            self._grip = centre - self._canvas.camera.plane(place)

    def move(self, event: QMouseEvent) -> None:
        """The pointer moved, with or without a button."""
        place = event.position()
        if self._begin is None:
            self._canvas.hover(place)
            return
        if self._in_map:
            self._follow(place)
            return
        if not self._dragging and (place - self._begin).manhattanLength() < START:
            return
        self._dragging = True
        if self._node is not None and event.buttons() & Qt.MouseButton.LeftButton:
            self._canvas.move_node(self._node, self._canvas.camera.plane(place) + self._grip)
        else:
            step = place - self._last
            self._canvas.pan(step.x(), step.y())
        self._last = place

    def release(self, event: QMouseEvent) -> None:
        """The button went up."""
        if self._begin is not None and not self._dragging and not self._in_map:
            self._canvas.pick(self._canvas.subject_at(event.position()))
        self._begin, self._node, self._dragging, self._in_map = None, None, False, False

    def double_click(self, event: QMouseEvent) -> None:
        """Open what is there, or fit the picture on the ground."""
        subject = self._canvas.subject_at(event.position())
        if subject is None:
            self._canvas.fit()
        else:
            self._canvas.activated.emit(subject)

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom at the pointer; sideways and with Shift, pan."""
        turn = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(turn.x()) > abs(turn.y()):
            self._canvas.pan(turn.x() or turn.y(), 0)
        else:
            self._canvas.zoom_at(STEP ** (turn.y() / 120.0), event.position())

    def _follow(self, place: QPointF) -> None:
        view = QRectF(self._canvas.rect())
        at = minimap.camera(self._canvas.scene, view).plane(place)
        middle = self._canvas.camera.screen(at) - view.center()
        self._canvas.pan(-middle.x(), -middle.y())

    def key(self, event: QKeyEvent) -> bool:
        """Act on a key; False for those that mean nothing here."""
        canvas, key = self._canvas, Qt.Key(event.key())
        arrows = {
            Qt.Key.Key_Left: (-1, 0),
            Qt.Key.Key_Right: (1, 0),
            Qt.Key.Key_Up: (0, -1),
            Qt.Key.Key_Down: (0, 1),
        }
        if key in arrows:
            self._walk(*arrows[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if canvas.selected is not None:
                canvas.activated.emit(canvas.selected)
        elif key is Qt.Key.Key_L:
            canvas.next_loop()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            canvas.zoom_by(STEP)
        elif key is Qt.Key.Key_Minus:
            canvas.zoom_by(1 / STEP)
        elif key is Qt.Key.Key_F:
            canvas.fit()
        elif key is Qt.Key.Key_Escape and canvas.selected is not None:
            canvas.pick(None)
        else:
            return False
        return True

    def tooltip(self, event: QHelpEvent) -> None:
        """Say what is under the pointer."""
        text = self._canvas.describe(self._canvas.subject_at(QPointF(event.pos())))
        if text:
            QToolTip.showText(event.globalPos(), text, self._canvas)
        else:
            QToolTip.hideText()

    def _walk(self, dx: int, dy: int) -> None:
        """Along an edge to the side, or to the nearest node of the column."""
        canvas = self._canvas
        nodes = canvas.scene.nodes
        if not nodes:
            return
        here = canvas.selected
        if not isinstance(here, ApplicationId | ChannelId) or here not in nodes:
            first = min(nodes.values(), key=lambda node: (node.rect.left(), node.rect.top()))
            self._go(first.id)
            return
        start = nodes[here].rect.center()
        linked = {node for edge in canvas.scene.edges for node in ends(edge) if here in ends(edge)} - {here}
        best: tuple[float, NodeId] | None = None
        for node, item in nodes.items():
            step = item.rect.center() - start
            along = step.x() * dx + step.y() * dy
            aside = abs(step.x() * dy) + abs(step.y() * dx)
            if along <= 1 or (dx and node not in linked) or (dy and aside > 80):
                continue
            cost = along + 2 * aside
            if best is None or cost < best[0]:
                best = cost, node
        if best is not None:
            self._go(best[1])

    def _go(self, node: NodeId) -> None:
        canvas = self._canvas
        canvas.pick(node)
        seen = canvas.camera.seen(QRectF(canvas.rect()))
        if not seen.contains(canvas.scene.nodes[node].rect):
            canvas.center_on(node)
