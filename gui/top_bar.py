"""The bar at the top: what is looked at, how it stands, search, loops, lock and theme."""

from __future__ import annotations

import math
import time

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QMenu, QWidget

from graph.model import LoopStatus
from gui import figures
from gui.actions import Actions
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, tool
from gui.parts.paint import guarded
from gui.parts.text import Rule, Text, row
from gui.session import Session
from inspector.link import ConnectionState


class Logo(QWidget):
    """Three quarters of a ring round a dot."""

    def __init__(self, look: Look, side: int = 20) -> None:
        super().__init__()
        self._look = look
        self.setFixedSize(side, side)
        look.changed.connect(self.update)

    @guarded
    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = float(self.width())
        colour = self._look.colour("accent")
        thick = side / 9
        pen = QPen(colour, thick, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        ring = QRectF(thick, thick, side - 2 * thick, side - 2 * thick)
        painter.drawArc(ring, 20 * 16, 270 * 16)
        painter.drawArc(ring, -62 * 16, 40 * 16)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(side / 2, side / 2), side * 0.15, side * 0.15)
        painter.end()


class Search(Button):
    """Opens the palette; says less where there is less room."""

    def __init__(self, look: Look) -> None:
        super().__init__(look, "", "search", icon="magnifying-glass")
        self.setAccessibleName("Find an action, application or channel")
        self.setMinimumWidth(120)
        self.setMaximumWidth(420)
        self._hint = Text("Ctrl K", Role.RATE, "dim")
        self.setLayout(row(None, self._hint, margins=(0, 0, 10, 0)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() > 330
        self.setText("Find an action, application or channel" if wide else "Find")


class TopBar(QWidget):
    """One line over everything."""

    def __init__(self, session: Session, look: Look, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("bar")
        self.setFixedHeight(44)
        self._session = session
        self._actions = actions
        self.name = Button(look, "Eventscope", "name", icon="caret-down")
        self.name.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.name.setIconSize(QSize(12, 12))
        self.name.setFont(look.theme.font(Role.SECTION))
        menu = QMenu(self)
        for key in ("connect", "demo", "open", "import", "disconnect"):
            menu.addAction(actions[key])
        menu.addSeparator()
        for key in ("record.find", "alerts.notify", "zone", "theme", "quit"):
            menu.addAction(actions[key])
        self.name.setMenu(menu)
        self._dot = Text("●", Role.SMALL, "ok")
        self._state = Text(role=Role.NAME, tone="ok")
        self._figures = Text(role=Role.BODY, tone="dim")
        self.search = Search(look).follow(actions["palette"])
        self.loops = Button(look, "", "run", icon="loop").follow(actions["loops.show"])
        self.lock = Button(look, "Read-only", icon="read-only").follow(actions["lock"])
        self._capture = tool(actions["capture.pause"])
        self.restart = Button(look, "Restart", "primary").follow(actions["engine.restart"])
        self._rule = Rule(upright=True, length=20)
        left = row(
            tool(actions["panel.left"]),
            2,
            Logo(look),
            self.name,
            4,
            self._rule,
            4,
            self._dot,
            self._state,
            self._figures,
            self._capture,
            self.restart,
            gap=5,
        )
        right = row(
            self.loops,
            self.lock,
            4,
            Rule(upright=True, length=20),
            tool(actions["theme"]),
            tool(actions["help"]),
            gap=6,
        )
        made = row(gap=8, margins=(8, 0, 10, 0))
        made.addLayout(left)
        made.addStretch(1)
        made.addWidget(self.search, 3)
        made.addStretch(1)
        made.addLayout(right)
        self.setLayout(made)
        self._tick = QTimer(self)
        self._tick.setInterval(1000)
        self._tick.timeout.connect(self._count)
        self._tick.start()
        for news in (
            session.connections_changed,
            session.opened,
            session.moment_changed,
        ):
            news.connect(self.refresh)
        session.graph_changed.connect(session.turns.take(self.refresh))
        session.lock_changed.connect(lambda _report: self.refresh())
        session.gauges_changed.connect(session.turns.take(self._count))
        self.refresh()

    def refresh(self) -> None:
        """Say how things stand."""
        self.name.setText(self._title())
        words, tone = self._standing()
        self._state.setText(words)
        self._state.set_tone(tone)
        self._dot.set_tone(tone)
        for widget in (self._dot, self._state, self._rule):
            widget.setVisible(bool(words))
        runs = self._session.live and not self._session.ended
        self.restart.setVisible(self._session.ended)
        self._capture.setVisible(runs)
        self.lock.setVisible(runs)
        self._loops()
        unlocked = bool(self._session.unlocked)
        self.lock.setText("Unlocked" if unlocked else "Read-only")
        self.lock.set_kind("act" if unlocked else "plain", "unlocked" if unlocked else "read-only")
        self._count()

    def _loops(self) -> None:
        wild = self._session.loops(LoopStatus.RUNAWAY)
        runaway, paused = len(wild), all(loop.paused for loop in wild)
        active = len(self._session.loops(LoopStatus.ACTIVE))
        self.loops.setVisible(bool(runaway or active))
        if runaway:
            words = f"{runaway} runaway loop{'' if runaway == 1 else 's'}"
            self.loops.setText(f"{words}, paused" if paused else words)
        elif active:
            self.loops.setText(f"{active} active loop{'' if active == 1 else 's'}")
        self.loops.set_kind("run" if runaway else "act")

    def _title(self) -> str:
        session = self._session
        if session.live and session.connections:
            first = next(iter(session.connections))
            known = session.graph.servers.get(first)
            more = len(session.connections) - 1
            return (known.name if known else first.address) + (f" and {more} more" if more else "")
        if not session.live and session.capture is not None:
            return session.capture.name
        return "Eventscope"

    def _standing(self) -> tuple[str, str]:
        session = self._session
        if session.moment_ns is not None:
            return f"As it was at {figures.clock_short(session.moment_ns, session.zone)}", "accent"
        if not session.live:
            return ("", "dim") if session.empty else ("Capture file", "dim")
        if session.ended:
            return "The engine has ended", "run"
        states = [each.state for each in session.connections.values()]
        if ConnectionState.LIVE in states:
            lost = sum(state is not ConnectionState.LIVE for state in states)
            return (f"Live, {lost} lost", "warn") if lost else ("Live", "ok")
        if ConnectionState.CONNECTING in states:
            return "Connecting", "dim"
        if ConnectionState.REFUSED in states:
            return "Refused", "run"
        return ("Lost, trying again", "warn") if states else ("Not connected", "dim")

    def _count(self) -> None:
        session, gauges = self._session, self._session.gauges
        if session.ended:
            self._figures.setText("what was captured is kept")
        elif session.live and gauges is not None:
            parts = [f"{figures.elapsed(time.monotonic() - session.began)} captured"]
            if math.isfinite(gauges.records_per_s):
                parts.append(f"{gauges.records_per_s:,.0f} events/s")
            self._figures.setText(" · ".join(parts))
        elif session.reader is not None and (span := session.reader.span_ns()):
            rows = session.reader.end_row - session.reader.first_row
            self._figures.setText(
                f"{figures.elapsed((span[1] - span[0]) / 1e9)} long · {figures.plural(rows, 'event')}"
            )
        else:
            self._figures.setText("")
