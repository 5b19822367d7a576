"""The replay room: what is sent and how at the left; what that causes, and how it goes, at the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QFrame, QLineEdit, QScrollArea, QWidget

from graph.identity import ChannelId, ServerId
from gui import figures, fonts
from gui.background import Background
from gui.dialogs.unlock import UnlockBox
from gui.events.habit_keeper import HabitKeeper
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.text import Rule, Text, column, row
from gui.replay.by_hand import ByHand
from gui.replay.edits_box import EditsBox
from gui.replay.history import History
from gui.replay.outcome import Outcome
from gui.replay.pace import PaceBox
from gui.replay.plan_panel import PlanPanel
from gui.replay.preview import Preview
from gui.replay.progress import RunProgress
from gui.replay.where import WhereBox
from gui.replay.which import WhichBox
from gui.session import Session
from inspector.decode.decoding import Decoding
from inspector.errors import CaptureError
from inspector.link import Lock, PlanRun, ResumeRun, StartRun, SteerRun
from inspector.record import Record
from inspector.replay.edit import Edit, Edits
from inspector.replay.journal import Journals
from inspector.replay.plan import Plan
from inspector.replay.report import report_of, write
from inspector.replay.request import Pace, Request
from inspector.replay.returning import Origin, origins
from inspector.replay.run import Run, RunState

PLAN_AFTER_MS = 300
NOTHING = "Choose events and a channel to send them to."
NO_PACE = "Write how fast, such as 10."
FORCE = "Send it all the same, because…"


class ReplayRoom(QDialog):
    """Plan, dry run, unlock, send, watch, look back."""

    show_record = Signal(object, object)
    """Channel and position of a record that was sent, to be looked at."""

    def __init__(
        self,
        session: Session,
        look: Look,
        keeper: HabitKeeper,
        parent: QWidget | None = None,
        journals: Callable[[], Journals] = Journals,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Replay")
        self.resize(1180, 760)
        self._session, self._journals = session, journals
        self._background, self._exporting = Background(self), Background(self)
        self._record: Record | None = None
        self._plan: Plan | None = None
        self._refused: tuple[Request, str] | None = None
        """What was asked for, and why the engine did not do it."""
        self._started: Request | None = None
        self._sent_plan: Plan | None = None
        """What was expected of the run that was begun last."""
        self.title = Text("Replay", Role.PAGE)
        self._to = Text(role=Role.SECTION, tone="dim")
        self.which = WhichBox(session, look, keeper)
        self.where = WhereBox(session, look)
        self.hand = ByHand(look)
        self._masked = Text(
            "Masks hide parts of this event, so that it is not edited by hand. It is sent as it was"
            " captured.", tone="warn", wrap=True,
        )  # fmt: skip
        self._masked.hide()
        self.edits = EditsBox(look)
        self.pace = PaceBox(look)
        self.reason = QLineEdit()
        self.reason.setPlaceholderText(FORCE)
        self.reason.setFont(fonts.font(Role.BODY))
        self.reason.setAccessibleName("Reason to send it although the plan says that it should not be")
        self.reason.hide()
        self.unlock = UnlockBox(session, look, self._server)
        self.plan_panel = PlanPanel(session, look)
        self.progress = RunProgress(look, self._steer, self._resume, self._export)
        self._exporting.failed.connect(self.progress.say)
        self.history = History(session, look, journals)
        self.history.chosen.connect(self._look_back)
        self.outcome = Outcome(session, look)
        self.preview = Preview(session, look)
        for above in (self.progress, self.outcome, self.preview):
            self.plan_panel.before.addWidget(above)
        self.plan_panel.after.addWidget(self.history)
        self.refusal = Text(role=Role.NAME, tone="run", wrap=True)
        self.cancel = Button(look, "Close", run=self.reject)
        self.show_it = Button(look, "Show it", run=self._show_it)
        self.show_it.hide()
        self.restart = Button(look, "Restart the engine", "plain", run=session.restart)
        self.dry_run = Button(look, "Dry run", "plain", icon="play", run=self._dry)
        self.send = Button(look, "Send", "primary", icon="paper-plane-right", run=self._execute)
        foot = row(
            self.refusal, self.restart, self.cancel, self.show_it, self.dry_run, self.send,
            gap=8, margins=(24, 14, 24, 14),
        )  # fmt: skip
        foot.setStretch(0, 1)
        made = column(
            row(self.title, 8, self._to, None, margins=(24, 18, 24, 14)),
            Rule(),
            self._middle(),
            Rule(),
            foot,
            gap=0,
        )
        made.setStretch(2, 1)
        self.setLayout(made)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(PLAN_AFTER_MS)
        self._later.timeout.connect(self._ask)
        self.which.changed.connect(self._chosen)
        for changed in (
            self.where.changed,
            self.hand.changed,
            self.edits.changed,
            self.pace.changed,
            self.reason.textEdited,
        ):
            changed.connect(self._edited)
        self.edits.typed.connect(self._preview)
        session.run_planned.connect(self._planned)
        session.run_moved.connect(self._moved)
        session.lock_changed.connect(self._unlocked)
        session.connections_changed.connect(self._connected)
        self.history.cut_off.connect(self._cut_off)

    def _middle(self) -> QWidget:
        asked = QWidget()
        asked.setObjectName("panel")
        asked.setLayout(
            column(
                self.which, 8, self.where, 8, self._masked, self.hand, 8, self.edits, 8, self.pace, None,
                gap=4, margins=(24, 14, 20, 10),
            )
        )  # fmt: skip
        area = QScrollArea()
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(asked)
        left = QWidget()
        left.setLayout(column(area, column(self.reason, self.unlock, margins=(16, 8, 16, 14)), gap=0))
        middle = QWidget()
        made = row(left, Rule(upright=True), self.plan_panel, gap=0)
        made.setStretch(0, 9)
        made.setStretch(2, 11)
        middle.setLayout(made)
        return middle

    # What is asked for

    def open_for(
        self, row: int | None, selected: Sequence[int], query: str, words: str = "selected events"
    ) -> None:
        """Begin with an event, those selected, or a query; none of them is only for looking back."""
        self.which.offer(row, selected, query, words)
        self.history.read()
        self.which.kind.setFocus()

    def open_channel(
        self,
        channel: ChannelId,
        *,
        times: tuple[int | None, int | None] = (None, None),
        back: bool = False,
    ) -> None:
        """Begin with a channel, or what of it was written between two times.

        With `back` its dead letters go where their headers say that they came from, by default.
        """
        self.open_for(self._session.row, (), "")
        self.which.range.show_times(*times)
        self.which.choose_channel(channel)
        capture = self._session.capture
        if back and capture is not None:
            self._background.ask(lambda: origins(capture, channel), self._offer_back)

    def _offer_back(self, found: tuple[Origin, ...]) -> None:
        if found:
            self.which.offer_back(found)
        else:
            self.which.say("No event of it that was captured tells where it came from.")

    @property
    def request(self) -> Request | None:
        """What the fields say now; None while something in them is wrong."""
        choice, target = self.which.choice, self.where.target
        pace = Pace() if self.which.is_one else self.pace.pace
        if choice is None or target is None or pace is None or (self.which.is_one and self.hand.fault):
            return None
        return Request(
            choice,
            target,
            pace=pace,
            order=self.pace.order,
            force_reason=self.reason.text().strip(),
            edits=Edits((*self._by_hand, *self.edits.edits.steps)),
        )

    @property
    def _by_hand(self) -> tuple[Edit, ...]:
        return self.hand.edits if self.which.is_one else ()

    def _preview(self) -> None:
        """Show what becomes of the first event, also by the rule that is being written: see `why_not`."""
        edits, wrong = self.edits.coming
        self.preview.show_edits(self.which.choice, Edits((*self._by_hand, *edits.steps)), wrong)
        self._state()

    @property
    def why_not(self) -> str:
        """Why it cannot be sent now; empty when it can."""
        if self._session.why_not_live:
            return f"Not sent: {_lower(self._session.why_not_live)}"
        if self.which.is_one and self.hand.fault:
            return f"Not sent yet: {_lower(self.hand.fault)}"
        request = self.request
        if self.where.waiting:
            return "The private Kafka is starting."
        if request is None:
            slow = NOTHING if self.pace.pace is not None else NO_PACE
            return f"Not sent yet: {_lower(self.which.fault or slow)}"
        if self.edits.rule.text().strip():
            return "Not sent yet: the change that is being written is not added. Press Enter, or clear it."
        if self._refused is not None and self._refused[0] == request:
            return f"Not sent: {_lower(self._refused[1])}"
        if self._plan is None or self._plan.request != request:
            return "Working out where it would go."
        run = self.progress.run
        if run is not None and run.request == request and run.state in (RunState.RUNNING, RunState.PAUSED):
            return "It is being sent."
        if run is not None and self._started == request == run.request and run.sent + run.doubtful:
            sent = "It was sent." if run.state is RunState.DONE else "A part of it was sent: resume the run."
            return f"{sent} To send all of it once more, plan it anew with Dry run."
        if self._plan.why_not:
            return f"Not sent yet: {_lower(self._plan.why_not)}"
        if request.target.server not in self._session.unlocked:
            return f"Not sent yet: {self.unlock.name} is locked."
        return ""

    @property
    def _server(self) -> ServerId:
        session = self._session
        known = sorted({*session.connections, *session.graph.servers})
        return known[0] if known else ServerId("kafka", "")

    def _chosen(self) -> None:
        """Other events: what can be edited and where they come from follows."""
        self._record = None
        self._masked.hide()
        one = self.which.is_one
        origin = self.which.origin
        choice = self.which.choice
        if one and choice is not None and choice.rows and self._session.reader is not None:
            try:
                self._record = self._session.reader.record(choice.rows[0])
            except CaptureError as failure:
                self._session.trouble("replay", failure.message, failure.remedy)
        if self._record is not None:
            origin = self._record.channel
            self.which.prefer(origin)
            masked = self._session.sight.record(self._record) is not self._record
            self._masked.setVisible(masked)
            if masked:
                self._record = None
            else:
                self._edit(self._record)
        self.hand.setVisible(self._record is not None)
        self.pace.show_many(on=not one)
        server = origin.server if origin is not None else self._server
        self.where.offer(server, origin, self.which.homes)
        self._edited()

    @property
    def _decoding(self) -> Decoding:
        return self._session.sight.decoding or Decoding()

    def _edit(self, record: Record) -> None:
        """Open an event for editing; again when its schemas have come."""
        self.hand.show_record(record, lambda: self._decoding)
        if missing := self.hand.missing:
            decoding, server = self._decoding, record.channel.server

            def again(_done: None) -> None:
                if self._record is record and not self.hand.edits:
                    self.hand.show_record(record, lambda: decoding)

            self._background.ask(lambda: decoding.fetch(server, missing), again)

    def _edited(self, *_what: object) -> None:
        target = self.where.target
        if self.where.waiting:
            self._to.setText("to the private Kafka")
        elif target is not None:
            known = self._session.graph.servers.get(target.server)
            self._to.setText(f"to {known.name if known else target.server.address}")
            self.unlock.set_server(target.server)
        self._later.start()
        self._preview()

    def _ask(self) -> None:
        request = self.request
        if request is not None and not self._session.why_not_live:
            self._refused = None
            self._session.send(PlanRun(request))

    def _planned(self, plan: Plan) -> None:
        if plan.request != self.request:
            return
        self._plan = plan
        count = figures.plural(plan.records, "event")
        self.title.setText(f"Replay {count}")
        self.send.setText(f"Send {plan.records:,}")
        self.plan_panel.show_plan(plan)
        self._state()

    def _unlocked(self, _report: object) -> None:
        # Whether the server is locked is among what a plan says.
        self._ask()
        self._state()

    def _state(self, *_why: object) -> None:
        reason = self.why_not
        plan = self._plan
        forceable = plan is not None and any(each.forceable for each in (*plan.reasons, *plan.overridden))
        self.reason.setVisible(forceable or bool(self.reason.text()))
        self.refusal.setText(reason)
        self.refusal.set_tone(
            "dim"
            if reason.startswith(("Working", "The private", "It is being", "It was", "A part"))
            else "run"
        )
        self.restart.setVisible(self._session.ended)
        self.send.setEnabled(not reason)
        self.send.setToolTip(reason or "Send these events")
        self.dry_run.setEnabled(not self._session.why_not_live and self.request is not None)
        self.dry_run.setToolTip(self._session.why_not_live or "Check everything again and send nothing")

    # What is done

    def _dry(self) -> None:
        self._plan = self._started = None
        self._ask()
        self._state()

    def _execute(self) -> None:
        request = self.request
        if request is not None and not self.why_not:
            self._started, self._sent_plan = request, self._plan
            self.show_it.hide()
            self._session.send(StartRun(request))
            self._state()

    def _steer(self, run: str, step: object) -> None:
        self._session.send(SteerRun(run, step))  # type: ignore[arg-type]

    def _resume(self, run: str) -> None:
        self._session.send(ResumeRun(run))

    def _export(self, run: Run) -> None:
        """Write down what became of it, where a person says."""
        path, _kind = QFileDialog.getSaveFileName(
            self, "Export the report of a run", f"replay-{run.id[:8]}.html", "Page (*.html);;JSON (*.json)"
        )
        if path:
            journals, plan = self._journals(), self._plan_of(run)
            self._exporting.ask(
                lambda: write(report_of(journals, run, plan), Path(path)),
                lambda _done: self.progress.say(f"The report is in {path}."),
            )

    def _plan_of(self, run: Run) -> Plan | None:
        """What was expected of a run, where it was begun here."""
        return self._sent_plan if self._sent_plan is not None and self._sent_plan.run == run.id else None

    def _moved(self, run: Run) -> None:
        if not run.id or not run.total:
            self._refused = run.request, run.message
            self._state()
            return
        self.history.put(run)
        shown = self.progress.run
        if run.request == self._started or (shown is not None and shown.id == run.id):
            self._show_run(run)
            self.show_it.setVisible(run.state is RunState.DONE and run.sent == 1 and run.total == 1)
        self._state()

    def _connected(self) -> None:
        if self._session.ended:
            self.history.read()  # what the engine was sending is cut off
        self._state()

    def _cut_off(self, run: Run) -> None:
        shown = self.progress.run
        if shown is not None and shown.id == run.id:
            self._show_run(run)
            self._state()

    def _look_back(self, run: Run) -> None:
        shown = self.progress.run
        if shown is None or shown.state not in (RunState.RUNNING, RunState.PAUSED):
            self._show_run(run)

    def _show_run(self, run: Run) -> None:
        """At the top, where it is seen; the panel stays where it is while the same run goes on."""
        shown = self.progress.run
        self.progress.show_run(run)
        plan = self._plan_of(run)
        self.outcome.show_caused(*((plan.caused, run.caused) if plan is not None else ((), ())))
        if plan is not None:
            self.plan_panel.show_caused(plan, run.caused)
        if shown is None or shown.id != run.id:
            self.plan_panel.show_top()

    def _show_it(self) -> None:
        run = self.progress.run
        if run is None:
            return
        fate = next(self._journals().fates(run.id), None)
        if fate is not None and fate.position is not None:
            self.show_record.emit(fate.target, fate.position)
            self.close()

    def done(self, result: int) -> None:
        """Every way to close it comes by here."""
        self._later.stop()
        self.history.close_background()
        self.preview.close_background()
        self._background.close()
        self._exporting.close()
        self.plan_panel.canvas.close_background()
        for server in list(self._session.unlocked):
            self._session.send(Lock(server))
        super().done(result)


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
