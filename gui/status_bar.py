"""The line at the bottom: the file, what was taken and skipped, what it costs, and what could not be seen."""

from __future__ import annotations

from PySide6.QtWidgets import QMenu, QWidget

from gui import figures
from gui.actions import Actions
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.text import Elided, Rule, Text, row
from gui.session import Session


class StatusBar(QWidget):
    """Facts about the capture, quiet unless something is wrong."""

    def __init__(self, session: Session, look: Look, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("bar")
        self.setFixedHeight(24)
        self._session = session
        self._file = Elided(role=Role.SECONDARY, tone="dim")
        self._events = Text(role=Role.SECONDARY, tone="dim")
        self._skipped = Text(role=Role.SECONDARY, tone="dim")
        self._reading = Text(role=Role.SECONDARY, tone="dim")
        self._trace = Text("no trace left on the brokers", Role.SECONDARY, "dim")
        self.message = Elided(role=Role.SECONDARY, tone="accent")
        self.blind = Button(look, "", "link", icon="not visible", run=actions["problems.show"].trigger)
        self.hidden = Button(look, "", "link", icon="filter", tip="What is hidden in the graph, and by what")
        self.hidden.setMenu(QMenu(self))
        self.zone = Button(look, "", "link", run=actions["zone"].trigger, tip=actions["zone"].toolTip())
        for button in (self.hidden, self.blind, self.zone):
            button.setFont(look.theme.font(Role.LABEL))
            button.setStyleSheet("min-height: 18px; padding: 0 4px;")
        self._rules = [Rule(upright=True, length=12) for _ in range(5)]
        made = row(
            self._file,
            self._rules[0],
            self._events,
            self._rules[1],
            self._skipped,
            self._rules[2],
            self._reading,
            self._rules[3],
            self._trace,
            12,
            self.message,
            None,
            self.hidden,
            self.blind,
            self._rules[4],
            self.zone,
            gap=8,
            margins=(12, 0, 10, 0),
        )
        made.setStretchFactor(self.message, 1)
        self.setLayout(made)
        for news in (
            session.gauges_changed,
            session.rows_changed,
            session.graph_changed,
            session.opened,
            session.zone_changed,
        ):
            news.connect(self.refresh)
        self.refresh()

    def say(self, sentence: str) -> None:
        """A sentence about what was just done."""
        self.message.setText(sentence)

    def unsay(self, sentence: str) -> None:
        """Take a sentence back that holds no more, if it is still there."""
        if self.message.text() == sentence:
            self.message.setText("")

    def show_hidden(self, count: int) -> None:
        """How many nodes the view of the graph hides."""
        self.hidden.setText(f"{count:,} hidden")
        self.hidden.setVisible(count > 0)

    def refresh(self) -> None:
        """Say how the capture stands."""
        session, gauges, reader = self._session, self._session.gauges, self._session.reader
        self.zone.setText(figures.zone_name(session.zone))
        blind = len(session.graph.unavailable)
        self.blind.setVisible(blind > 0)
        self.blind.setText(f"{blind:,} not visible")
        self.blind.setToolTip("What could not be seen, and how to allow it")
        if session.empty:
            self._file.setText("no capture")
            for widget in (self._events, self._skipped, self._reading, self._trace, *self._rules[:4]):
                widget.hide()
            return
        name = session.capture.name if session.capture else "no capture"
        size = (
            gauges.capture_bytes
            if gauges
            else session.capture.stat().st_size
            if session.capture and session.capture.exists()
            else 0
        )
        self._file.setText(f"{name} · {figures.size(size)}")
        rows = 0 if reader is None else reader.end_row - reader.first_row
        self._events.setText(figures.plural(rows, "event"))
        lost = gauges.dropped_reports if gauges else 0
        skipped = gauges.skipped if gauges else 0
        self._skipped.setText(
            f"{lost:,} dropped" + (f", {skipped:,} not read to stay within the budget" if skipped else "")
        )
        self._skipped.set_tone("warn" if lost else "dim")
        if gauges is not None and not session.ended:
            self._reading.setText(
                f"reading {figures.size(round(gauges.read_bytes_per_s))}"
                f" of {figures.size(gauges.budget_bytes_per_s)}/s"
            )
        live = session.live
        for widget in (self._reading, self._trace, self._skipped):
            widget.setVisible(live)
        for widget in (self._events, self._rules[0]):
            widget.show()
        for rule in self._rules[1:4]:
            rule.setVisible(live)
