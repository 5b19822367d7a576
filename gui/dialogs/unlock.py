"""Unlocking a server by typing its name: the one step between looking and sending."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QDialog, QLineEdit, QWidget

from graph.identity import ServerId
from gui import fonts
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.paint import guarded
from gui.parts.text import Text, as_high_as_needed, column, row
from gui.session import Session
from inspector.link import LockChanged, Unlock

WIDTH = 420


class GhostField(QLineEdit):
    """Shows what is still to be typed, and never fills it in."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.wanted = ""
        self.setFont(fonts.font(Role.VALUE))
        self.setMinimumHeight(28)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        typed = self.text()
        if self.wanted.startswith(typed) and self.cursorPosition() == len(typed):
            painter = QPainter(self)
            painter.setFont(self.font())
            painter.setPen(self._look.colour("ghost"))
            left = self.cursorRect().center().x() + 1
            room = QRect(left, 0, self.width() - left - 4, self.height())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, self.wanted[len(typed) :])
            painter.end()


class UnlockBox(QWidget):
    """Which server is locked, and the field that opens it."""

    def __init__(self, session: Session, look: Look, server: ServerId) -> None:
        super().__init__()
        self.setObjectName("raised")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._session, self._server = session, server
        self._title = Text(role=Role.SECTION)
        self._sentence = Text(tone="dim", wrap=True)
        self.field = GhostField(look)
        self.field.setAccessibleName("Name of the server")
        self.field.textChanged.connect(self._typed)
        self.field.returnPressed.connect(self._send)
        self._refusal = Text(role=Role.SECONDARY, tone="run", wrap=True)
        self._refusal.hide()
        self.setLayout(
            column(self._title, self._sentence, self.field, self._refusal, gap=6, margins=(12, 10, 12, 12))
        )
        session.lock_changed.connect(self._changed)
        session.connections_changed.connect(self._show)
        self.set_server(server)

    @property
    def name(self) -> str:
        """What has to be typed."""
        known = self._session.graph.servers.get(self._server)
        return known.name if known else self._server.address

    @property
    def unlocked(self) -> bool:
        """Whether records may be sent."""
        return self._server in self._session.unlocked

    def set_server(self, server: ServerId) -> None:
        """Be about another server."""
        self._server = server
        self.field.wanted = self.name
        self.field.update()
        self._show()

    def _show(self) -> None:
        self._title.setText(f"{self.name} {'may be written to' if self.unlocked else 'is read-only'}")
        self._sentence.setText(
            "It locks again when you close this window."
            if self.unlocked
            else "To send, type the name of the server. It locks again when you close this window."
        )
        self.field.setVisible(not self.unlocked)

    def _typed(self, typed: str) -> None:
        self._refusal.hide()
        if typed.strip() == self.name:
            self._send()

    def _send(self) -> None:
        if not self.unlocked and self.field.text().strip():
            self._session.send(Unlock(self._server, self.field.text()))

    def _changed(self, report: LockChanged) -> None:
        if report.server == self._server:
            self._refusal.setText(report.message)
            self._refusal.setVisible(bool(report.message))
            self._show()


class UnlockDialog(QDialog):
    """The box alone, for the button in the top bar."""

    def __init__(self, session: Session, look: Look, server: ServerId, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Allow sending")
        self.box = UnlockBox(session, look, server)
        self._done = Button(look, "Cancel", run=self.accept)
        note = Text("Reading never needs this. Replays do.", Role.SECONDARY, "dim", wrap=True)
        self.setLayout(column(self.box, note, None, row(None, self._done), gap=10, margins=(16, 16, 16, 16)))
        session.lock_changed.connect(self._changed)
        as_high_as_needed(self, WIDTH)
        self.box.field.setFocus()

    def _changed(self, _report: LockChanged) -> None:
        if self.box.unlocked:
            self.accept()
        else:
            as_high_as_needed(self, WIDTH)
