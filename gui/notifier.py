"""Tells when a loop becomes active or runaway: by the tray, or by a line in the window without one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from graph.identity import LoopId
from graph.model import LoopStatus
from gui import icons
from gui.canvas.canvas import GraphCanvas
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.text import Elided, Text, row
from gui.session import Session
from inspector.loops.alerts import Alert, Alerts, level_of

SHOWN_MS = 10_000
MARGIN, HEIGHT = 8, 36
"""Of the line over the picture, in px."""


class Banner(QWidget):
    """One line over the top of a picture: what happened, and a button that goes there. It moves nothing."""

    wanted = Signal(object)

    def __init__(self, look: Look, over: GraphCanvas) -> None:
        super().__init__(over)
        self.setObjectName("alert")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._over = over
        over.installEventFilter(self)
        self.loop: LoopId | None = None
        self._more = ""
        self.title = Text(role=Role.HEAD, tone="run")
        self.message = Elided()
        self._show = Button(look, "Show it", run=self._go)
        close = Button(look, "", "flat", icon="x", run=self.hide, tip="Put this away")
        close.setAccessibleName("Put this away")
        made = row(self.title, self.message, self._show, close, gap=10, margins=(14, 4, 8, 4))
        made.setStretch(1, 1)
        self.setLayout(made)
        self.hide()

    def tell(self, alert: Alert, more: str, *, beside_past: bool) -> None:
        """Show an alert and what to say besides; it stays until it is put away or the loop is dealt with."""
        self.loop, self._more = alert.loop.id, more
        self.say(alert, beside_past=beside_past)
        self._stand()
        self.show()
        self.raise_()

    def say(self, alert: Alert, *, beside_past: bool = False) -> None:
        """The words of now about the same loop; that they are of now is said beside a picture of the past."""
        now = "Now" if beside_past else ""
        self.title.setText(": ".join(filter(None, (now, alert.title, alert.strength))))
        self.message.setText(" ".join(filter(None, (alert.brief, self._more))))
        level = str(alert.level)
        if self.property("level") != level:
            self.setProperty("level", level)
            self.title.set_tone("run" if alert.level is LoopStatus.RUNAWAY else "warn")
            self.style().unpolish(self)
            self.style().polish(self)

    def _stand(self) -> None:
        self.setGeometry(MARGIN, MARGIN, self._over.width() - 2 * MARGIN, HEIGHT)

    def showEvent(self, event: QShowEvent) -> None:
        # A picture brings a margin of its own.
        self._over.head = float(MARGIN + HEIGHT)

    def hideEvent(self, event: QHideEvent) -> None:
        self._over.head = 0.0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and watched is self._over:
            self._stand()
        return super().eventFilter(watched, event)

    def _go(self) -> None:
        self.hide()
        self.wanted.emit(self.loop)


class Notifier(QObject):
    """Follows the newest graph of an engine; each loop is told once until it was calm."""

    wanted = Signal(object)
    """A person wants to see a loop."""

    def __init__(
        self, session: Session, look: Look, window: QWidget, picture: GraphCanvas, *, on: bool
    ) -> None:
        super().__init__(window)
        self.on = on
        """Whether a person wants to be told."""
        self.banner = Banner(look, picture)
        self.banner.wanted.connect(self.wanted)
        self._session, self._look = session, look
        self._alerts = Alerts()
        self._tray: QSystemTrayIcon | None = None
        self._loop: LoopId | None = None
        session.graph_changed.connect(session.turns.take(self._follow))

    def _follow(self) -> None:
        if not self._session.live:
            return
        newest = self._session.newest
        shown = newest.loops.get(self.banner.loop) if self.banner.loop else None
        if shown is None or shown.status is LoopStatus.ACKNOWLEDGED:
            self.banner.hide()
        elif (level := level_of(shown)) is not None:
            self.banner.say(Alert.of(newest, shown, level), beside_past=self._beside_past)
        news = self._alerts.look(newest)
        if news and self.on:
            self._tell(news)

    @property
    def _beside_past(self) -> bool:
        return self._session.moment_ns is not None

    def _tell(self, news: Sequence[Alert]) -> None:
        worst, more = news[0], len(news) - 1
        others = (
            f"And {more:,} more {'loop' if more == 1 else 'loops'}; the Loops tab has them." if more else ""
        )
        self._loop = worst.loop.id
        tray = self._shown_tray()
        if tray is None:
            self.banner.tell(worst, others, beside_past=self._beside_past)
        else:
            words = " ".join(filter(None, (worst.message.removeprefix(f"{worst.title}: "), others)))
            tray.showMessage(worst.title, words, tray.icon(), SHOWN_MS)

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
