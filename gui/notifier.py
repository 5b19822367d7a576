"""Tells when a loop becomes active or runaway: by the tray, or by a line in the window without one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from graph.identity import LoopId
from graph.model import LoopStatus
from gui import icons
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.text import Elided, Text, row
from gui.session import Session
from inspector.loops.alerts import Alert, Alerts

SHOWN_MS = 10_000


class Banner(QWidget):
    """One line over the work: what happened, and a button that goes there."""

    wanted = Signal(object)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.setObjectName("alert")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(40)
        self.loop: LoopId | None = None
        self.title = Text(role=Role.HEAD, tone="run")
        self.message = Elided()
        self._show = Button(look, "Show it", run=self._go)
        close = Button(look, "", "flat", icon="x", run=self.hide, tip="Put this away")
        close.setAccessibleName("Put this away")
        made = row(self.title, self.message, self._show, close, gap=10, margins=(14, 4, 8, 4))
        made.setStretch(1, 1)
        self.setLayout(made)
        self.hide()

    def tell(self, title: str, message: str, loop: LoopId) -> None:
        """Show an alert; it stays until it is put away or the loop is dealt with."""
        self.loop = loop
        self.title.setText(title)
        self.message.setText(message)
        self.show()

    def _go(self) -> None:
        self.hide()
        self.wanted.emit(self.loop)


class Notifier(QObject):
    """Follows the newest graph of an engine; each loop is told once until it was calm."""

    wanted = Signal(object)
    """A person wants to see a loop."""

    def __init__(self, session: Session, look: Look, window: QWidget, *, on: bool) -> None:
        super().__init__(window)
        self.on = on
        """Whether a person wants to be told."""
        self.banner = Banner(look)
        self.banner.wanted.connect(self.wanted)
        self._session, self._look = session, look
        self._alerts = Alerts()
        self._tray: QSystemTrayIcon | None = None
        self._loop: LoopId | None = None
        session.graph_changed.connect(session.turns.take(self._follow))
        session.selection_changed.connect(self._seen)

    def _follow(self) -> None:
        if not self._session.live:
            return
        shown = self._session.newest.loops.get(self.banner.loop) if self.banner.loop else None
        if shown is None or shown.status is LoopStatus.ACKNOWLEDGED:
            self.banner.hide()
        news = self._alerts.look(self._session.newest)
        if news and self.on:
            self._tell(news)

    def _seen(self) -> None:
        if self._session.selection == self.banner.loop:
            self.banner.hide()

    def _tell(self, news: Sequence[Alert]) -> None:
        worst, more = news[0], len(news) - 1
        message = worst.message.removeprefix(f"{worst.title}: ")
        if more:
            message += f" And {more:,} more {'loop' if more == 1 else 'loops'}; the Loops tab has them."
        self._loop = worst.loop.id
        tray = self._shown_tray()
        if tray is None:
            self.banner.tell(worst.title, message, worst.loop.id)
        else:
            tray.showMessage(worst.title, message, tray.icon(), SHOWN_MS)

    def _shown_tray(self) -> QSystemTrayIcon | None:
        if not (QSystemTrayIcon.isSystemTrayAvailable() and QSystemTrayIcon.supportsMessages()):
            return None
        if self._tray is None:
            self._tray = QSystemTrayIcon(icons.icon("loop", self._look.colour("run"), 32), self)
            self._tray.setToolTip("Eventscope")
            self._tray.messageClicked.connect(self._go)
            self._tray.activated.connect(self._go)
        self._tray.show()
        return self._tray

    def _go(self, *_why: object) -> None:
        self.wanted.emit(self._loop)

    def close(self) -> None:
        """Take the icon out of the tray."""
        if self._tray is not None:
            self._tray.hide()
