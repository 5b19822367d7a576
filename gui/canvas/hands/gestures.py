"""Mouse and keys: what each movement means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QContextMenuEvent, QHelpEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QToolTip

from graph.identity import ApplicationId, ChannelId, GroupId, Place
from gui.canvas.hands import walking
from gui.canvas.paint import minimap

if TYPE_CHECKING:
    from gui.canvas.canvas import GraphCanvas

START = 4.0
"""Px the pointer must travel before a click becomes a drag."""
STEP = 1.25
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
SEVERAL = Qt.KeyboardModifier.ControlModifier
BAND = Qt.KeyboardModifier.ShiftModifier


class Gestures:
    """One press at a time: a click, a band, or a drag of the ground, of nodes, or of the minimap's frame."""

    def __init__(self, canvas: GraphCanvas) -> None:
        self._canvas = canvas
        self._begin: QPointF | None = None
        self._last = QPointF()
        self._node: Place | None = None
        self._grip = QPointF()
        self._dragging = self._in_map = self._banding = False

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
        left = event.button() is Qt.MouseButton.LeftButton
        self._banding = left and bool(event.modifiers() & BAND)
        subject = self._canvas.subject_at(place)
        self._node = subject if isinstance(subject, Place) and left and not self._banding else None
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
        if self._banding:
            self._canvas.stretch_band(QRectF(self._begin, place).normalized())
        elif self._node is not None:
            self._canvas.move_nodes(self._node, self._canvas.camera.plane(place) + self._grip)
        else:
            step = place - self._last
            self._canvas.pan(step.x(), step.y())
        self._last = place

    def release(self, event: QMouseEvent) -> None:
        """The button went up."""
        canvas = self._canvas
        if self._banding and self._dragging:
            canvas.take_band()
        elif self._begin is not None and not self._dragging and not self._in_map:
            subject = canvas.subject_at(event.position())
            if event.modifiers() & (SEVERAL | BAND) and isinstance(subject, Place):
                canvas.mark(canvas.marked ^ {subject})
            else:
                canvas.mark(frozenset())
                canvas.pick(subject)
        self._begin, self._node = None, None
        self._dragging = self._in_map = self._banding = False

    def double_click(self, event: QMouseEvent) -> None:
        """Open what is there, or fit the picture on the ground."""
        subject = self._canvas.subject_at(event.position())
        if subject is None:
            self._canvas.fit()
        else:
            self._canvas.activated.emit(subject)

    def menu(self, event: QContextMenuEvent) -> None:
        """Offer what fits what is under the pointer or, asked for by a key, what is selected."""
        canvas = self._canvas
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            subject, at = canvas.selected, canvas.rect().center()
            if isinstance(subject, Place) and subject in canvas.scene.nodes:
                rect = canvas.camera.transform.mapRect(canvas.scene.nodes[subject].rect)
                at = rect.bottomLeft().toPoint()
            self._offer(subject, at)
        else:
            self._offer(canvas.subject_at(QPointF(event.pos())), event.pos())

    def _offer(self, subject: object, at: QPoint) -> None:
        canvas = self._canvas
        if subject not in canvas.marked:
            canvas.mark(frozenset())
        if subject is not None and subject != canvas.selected:
            canvas.pick(subject)  # type: ignore[arg-type]
        canvas.menu_wanted.emit(subject, canvas.mapToGlobal(at))

    def wheel(self, event: QWheelEvent) -> None:
        """Zoom at the pointer; sideways and with Shift, pan. A touchpad pans, and zooms with Ctrl."""
        turn, fine = event.angleDelta(), event.pixelDelta()
        control = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or abs(turn.x()) > abs(turn.y()):
            self._canvas.pan(turn.x() or turn.y(), 0)
        elif not fine.isNull() and not control and event.phase() is not Qt.ScrollPhase.NoScrollPhase:
            self._canvas.pan(fine.x(), fine.y())
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
        if key in ARROWS:
            self._walk(*ARROWS[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if canvas.selected is not None:
                canvas.activated.emit(canvas.selected)
        elif key is Qt.Key.Key_A and event.modifiers() & SEVERAL:
            canvas.mark(frozenset(canvas.scene.nodes))
        elif key is Qt.Key.Key_Space and isinstance(canvas.selected, Place):
            canvas.mark(canvas.marked ^ {canvas.selected})
        elif key is Qt.Key.Key_L:
            canvas.next_loop()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            canvas.zoom_by(STEP)
        elif key is Qt.Key.Key_Minus:
            canvas.zoom_by(1 / STEP)
        elif key in (Qt.Key.Key_F, Qt.Key.Key_Home):
            canvas.fit()
        elif key is Qt.Key.Key_Escape and canvas.marked:
            canvas.mark(frozenset())
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
        canvas = self._canvas
        centres = {node: item.rect.center() for node, item in canvas.scene.nodes.items()}
        here = canvas.selected
        if isinstance(here, ApplicationId | ChannelId | GroupId) and here in centres:
            there = walking.step(centres, canvas.scene.edges, here, dx, dy)
        else:
            ends = {end for line in canvas.scene.edges for end in (line.source, line.target)}
            within = canvas.places_of(here) or ends & centres.keys() or centres.keys()
            there = walking.first({node: centres[node] for node in within})
        if there is not None:
            canvas.pick(there)
            if not canvas.camera.seen(QRectF(canvas.rect())).contains(canvas.scene.nodes[there].rect):
                canvas.center_on(there)
            canvas.announce(canvas.describe(there))
