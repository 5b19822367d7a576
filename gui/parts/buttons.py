"""Buttons and switches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Self

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton, QStyledItemDelegate, QToolButton

from gui import fonts, icons
from gui.fonts import Role
from gui.look import Look
from gui.parts.paint import guarded

INK = {"primary": "onaccent", "run": "run", "act": "warn", "ok": "ok", "link": "accent", "search": "faint"}


class Button(QPushButton):
    """A push button of a kind, as the style sheet has them: `plain`, `primary`, `flat`, `link`, `chip`, …"""

    def __init__(
        self,
        look: Look,
        text: str = "",
        kind: str = "plain",
        *,
        icon: str = "",
        run: Callable[[], object] | None = None,
        tip: str = "",
    ) -> None:
        super().__init__(text)
        self._look, self._icon = look, icon
        self._action: QAction | None = None
        self.setFont(fonts.font(Role.NAME))
        self.setProperty("kind", kind)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAutoDefault(False)
        if tip:
            self.setToolTip(tip)
        if run is not None:
            self.clicked.connect(lambda _on=False: run())
        if icon:
            self.setIconSize(QSize(14, 14))
            look.changed.connect(self._colour)
            self._colour()

    def set_kind(self, kind: str, icon: str | None = None) -> None:
        """Another look."""
        if self.property("kind") != kind or (icon or self._icon) != self._icon:
            self._icon = icon or self._icon
            self.setProperty("kind", kind)
            self.style().unpolish(self)
            self.style().polish(self)
            self._colour()

    def follow(self, action: QAction) -> Self:
        """Do what an action does, when it can be done, and say what it says."""

        self._action = action
        self.clicked.connect(lambda _on=False: action.trigger())
        # A method of this very object: Qt forgets it when the button dies.
        action.changed.connect(self._take)
        self._take()
        return self

    def _take(self) -> None:
        if self._action is not None:
            self.setEnabled(self._action.isEnabled())
            self.setToolTip(self._action.toolTip())

    def _colour(self) -> None:
        if self._icon:
            tone = INK.get(str(self.property("kind")), "dim")
            self.setIcon(icons.icon(self._icon, self._look.colour(tone), 14, self._look.colour("ghost")))


def tool(action: QAction, *, words: bool = False) -> QToolButton:
    """A small button for an action: its icon, or its words."""
    made = QToolButton()
    made.setDefaultAction(action)
    made.setFont(fonts.font(Role.NAME))
    made.setIconSize(QSize(16, 16))
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setMinimumSize(26, 26)
    style = (
        Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        if not action.icon().isNull()
        else Qt.ToolButtonStyle.ToolButtonTextOnly
    )
    made.setToolButtonStyle(style if words else Qt.ToolButtonStyle.ToolButtonIconOnly)
    if words:
        made.setMinimumWidth(made.sizeHint().width())
    made.setAccessibleName(action.text())
    return made


class Tick(QCheckBox):
    """A check box drawn in the accent."""

    SIDE = 14

    def __init__(self, look: Look, text: str = "") -> None:
        super().__init__(text)
        self._look = look
        self.setFont(fonts.font(Role.BODY))
        self.setMinimumHeight(24)

    def sizeHint(self) -> QSize:
        return QSize(self.SIDE + 8 + self.fontMetrics().horizontalAdvance(self.text()) + 2, 24)

    def hitButton(self, pos: object) -> bool:
        return True

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = self._look.colour
        box = QRectF(0.5, (self.height() - self.SIDE) / 2 + 0.5, self.SIDE - 1, self.SIDE - 1)
        on = self.isChecked()
        painter.setPen(QPen(colour("accent" if on or self.hasFocus() else "line2"), 1))
        painter.setBrush(colour("accent" if on else "panel"))
        painter.drawRoundedRect(box, 3, 3)
        if on:
            painter.setPen(QPen(colour("onaccent"), 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            x, y = box.left(), box.top()
            painter.drawPolyline(
                [QPointF(x + 3.2, y + 6.8), QPointF(x + 5.6, y + 9.2), QPointF(x + 10, y + 4.2)]
            )
        painter.setPen(colour("text" if self.isEnabled() else "ghost"))
        painter.setFont(self.font())
        place = self.rect().adjusted(self.SIDE + 8, 0, 0, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self.text())
        painter.end()


class Choice(QComboBox):
    """One of a few, with a quiet caret."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setFont(fonts.font(Role.NAME))
        # The delegate that comes with it takes no style for what is pointed at.
        self.setItemDelegate(QStyledItemDelegate(self))

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self._look.colour("dim"), 1.3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        x, y = self.width() - 16.0, self.height() / 2
        painter.drawPolyline([QPointF(x, y - 1.8), QPointF(x + 3.6, y + 1.8), QPointF(x + 7.2, y - 1.8)])
        painter.end()
