"""Replaying one record: the plan at the left, what it would cause at the right, nothing sent by accident."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QFrame, QLineEdit, QScrollArea, QWidget

from graph.identity import ChannelId
from graph.model import LoopStatus
from gui import figures, fonts
from gui.dialogs.reach import ReachPanel
from gui.dialogs.record_edit import BytesEdit, HeadersEdit
from gui.dialogs.unlock import UnlockBox
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, Choice
from gui.parts.text import Rule, Text, column, row
from gui.session import Session
from inspector.link import Lock, PlanReplay, ReplayRan, RunReplay
from inspector.record import Position, Record
from inspector.replay.plan import ReplayPlan, ReplayRequest

PLAN_AFTER_MS = 250


class ReplayDialog(QDialog):
    """Plan, dry run, unlock, send."""

    show_record = Signal(object, object)
    """Channel and position of the record that was sent, to be looked at."""

    def __init__(self, session: Session, look: Look, record: Record, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Replay")
        self.resize(1120, 720)
        self._session, self._record = session, record
        self._plan: ReplayPlan | None = None
        self._sent: tuple[ChannelId, Position] | None = None
        self._waiting: ReplayRequest | None = None
        self._to = Text(role=Role.SECTION, tone="dim")
        self.target = Choice(look)
        self.target.setAccessibleName("Channel to send to")
        self.target.setFont(fonts.font(Role.NAME))
        channels = sorted(
            c.id for c in session.graph.channels.values() if not c.internal and c.id != record.channel
        )
        for channel in (record.channel, *channels):
            note = " (original)" if channel == record.channel else ""
            self.target.addItem(f"{channel.name}{note}", channel)
        self._target_note = Text(role=Role.SECONDARY, tone="dim", wrap=True)
        self.key = BytesEdit(look, record.key, lines=1, name="Key")
        self.value = BytesEdit(look, record.value, lines=8, name="Value")
        self.headers = HeadersEdit(look, record.headers)
        self.reason = QLineEdit()
        self.reason.setPlaceholderText("Send it all the same, because…")
        self.reason.setFont(fonts.font(Role.BODY))
        self.reason.setAccessibleName("Reason to send it although it is dangerous")
        self.unlock = UnlockBox(session, look, record.channel.server)
        self.reach = ReachPanel(session, look)
        self.refusal = Text(role=Role.NAME, tone="run", wrap=True)
        self.cancel = Button(look, "Cancel", run=self.reject)
        self.dry_run = Button(look, "Dry run", "primary", icon="play", run=self._dry)
        self.send = Button(look, "Send 1", "plain", icon="paper-plane-right", run=self._execute)
        self.show_it = Button(look, "Show it", "plain", run=self._show_it)
        self.show_it.hide()
        foot = row(
            self.refusal,
            self.cancel,
            self.show_it,
            self.dry_run,
            self.send,
            gap=8,
            margins=(24, 14, 24, 14),
        )
        foot.setStretch(0, 1)
        self.setLayout(
            column(
                row(Text("Replay 1 event", Role.PAGE), 8, self._to, None, margins=(24, 18, 24, 14)),
                Rule(),
                self._middle(),
                Rule(),
                foot,
                gap=0,
            )
        )
        self.layout().setStretch(2, 1)  # type: ignore[union-attr]
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(PLAN_AFTER_MS)
        self._later.timeout.connect(self._ask)
        for changed in (self.key.changed, self.value.changed, self.headers.changed, self.reason.textChanged):
            changed.connect(self._edited)
        self.target.currentIndexChanged.connect(self._edited)
        session.replay_planned.connect(self._planned)
        session.replay_ran.connect(self._ran)
        session.lock_changed.connect(self._state)
        session.connections_changed.connect(self._state)
        self._edited()
        self._ask()

    def _middle(self) -> QWidget:
        record = self._record
        when = figures.date_and_clock(record.timestamp_ns, self._session.zone)
        place = f"p{record.position.partition} · {record.position.offset:,}"
        which = Text(f"{record.channel.name}, {place}, {when}.", tone="dim", wrap=True)
        plan = QWidget()
        plan.setObjectName("panel")
        plan.setLayout(
            column(
                Text("Plan", Role.SECTION),
                Text("Which", tone="dim"),
                which,
                4,
                Text("Where to", tone="dim"),
                self.target,
                self._target_note,
                4,
                Text("Key", tone="dim"),
                self.key,
                4,
                Text("Value", tone="dim"),
                self.value,
                4,
                Text("Headers", tone="dim"),
                self.headers,
                None,
                gap=5,
                margins=(24, 14, 20, 10),
            )
        )
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(plan)
        left = QWidget()
        left.setLayout(column(area, column(self.reason, self.unlock, margins=(16, 8, 16, 14)), gap=0))
        middle = QWidget()
        made = row(left, Rule(upright=True), self.reach, gap=0)
        made.setStretch(0, 9)
        made.setStretch(2, 11)
        middle.setLayout(made)
        return middle

    # What is asked for

    def request(self, *, execute: bool = False) -> ReplayRequest:
        """What the fields say now."""
        return ReplayRequest(
            self._record.channel,
            self._record.position,
            self.target.currentData(),
            self.key.data,
            self.value.data,
            self.headers.data,
            execute,
            self.reason.text().strip(),
        )

    @property
    def why_not(self) -> str:
        """Why it cannot be sent now; empty when it can."""
        if self._session.why_not_live:
            return f"Not sent: {_lower(self._session.why_not_live)}"
        if self._plan is None:
            return "Working out where it would go."
        reasons = []
        if self._plan.server not in self._session.unlocked:
            reasons.append(f"{self.unlock.name} is locked")
        if self._plan.why_not:
            reasons.append(_lower(self._plan.why_not).rstrip("."))
        return f"Not sent yet: {'; '.join(reasons)}." if reasons else ""

    def _edited(self) -> None:
        target: ChannelId = self.target.currentData()
        channel = self._session.graph.channels.get(target)
        parts = figures.plural(channel.partitions, "partition") if channel else "not known"
        same = (
            "It goes back to where it came from"
            if target == self._record.channel
            else "It goes somewhere else"
        )
        self._target_note.setText(f"{same}. {parts[:1].upper()}{parts[1:]}, the key decides which.")
        known = self._session.graph.servers.get(target.server)
        self._to.setText(f"to {known.name if known else target.server.address}")
        self.unlock.set_server(target.server)
        self._plan = None
        self._later.start()
        self._state()

    def _ask(self) -> None:
        self._session.send(PlanReplay(self.request()))

    def _planned(self, plan: ReplayPlan) -> None:
        if plan.request == self.request():
            self._plan = plan
            self.reach.show_plan(plan)
            self._state()

    def _state(self, *_why: object) -> None:
        reason = self.why_not
        risky = self._plan is not None and any(
            (loop := self._session.graph.loops.get(each)) is not None and loop.status is LoopStatus.RUNAWAY
            for each in self._plan.loops
        )
        self.reason.setVisible(risky or bool(self.reason.text()))
        self.refusal.setText(reason)
        self.refusal.set_tone("dim" if self._plan is None else "run")
        self.send.setEnabled(not reason and self._waiting is None)
        self.send.setToolTip(reason or "Send this record once")
        self.dry_run.setEnabled(self._waiting is None and not self._session.why_not_live)
        self.dry_run.setToolTip(self._session.why_not_live or "Check everything and send nothing")

    # What is done

    def _dry(self) -> None:
        self._run(execute=False)

    def _execute(self) -> None:
        if not self.why_not:
            self._run(execute=True)

    def _run(self, *, execute: bool) -> None:
        self._waiting = self.request(execute=execute)
        self._session.send(RunReplay(self._waiting))
        self._state()

    def _ran(self, report: ReplayRan) -> None:
        if report.request != self._waiting:
            return
        self._waiting = None
        self.reach.add_result(report)
        if report.sent:
            self._sent = report.sent[0]
            self.show_it.show()
            self.cancel.setText("Close")
        self._state()
        if report.refused:
            self.refusal.setText(report.message)

    def _show_it(self) -> None:
        if self._sent is not None:
            self.show_record.emit(*self._sent)
            self.close()

    def done(self, result: int) -> None:
        """Every way to close it comes by here."""
        self._later.stop()
        self._lock()
        super().done(result)

    def _lock(self) -> None:
        for server in list(self._session.unlocked):
            self._session.send(Lock(server))


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
