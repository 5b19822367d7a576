"""How a run goes: how far it is, how fast, and what a person can do with it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QProgressBar, QWidget

from gui import figures
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.text import Text, column, row
from inspector.replay.run import Run, RunState, Step

TITLES = {
    RunState.RUNNING: ("Sending", "ok"),
    RunState.PAUSED: ("Paused", "warn"),
    RunState.STOPPED: ("Stopped", "warn"),
    RunState.CUT_OFF: ("Cut off", "warn"),
    RunState.DONE: ("Done", "ok"),
}
OPEN = (RunState.STOPPED, RunState.CUT_OFF)
"""States that a run can be resumed from."""


class RunProgress(QWidget):
    """One run, the newest word on it."""

    def __init__(
        self,
        look: Look,
        steer: Callable[[str, Step], object],
        resume: Callable[[str], object],
        export: Callable[[Run], object],
    ) -> None:
        """`steer` and `resume` are given the id of the run, `export` the newest word on it."""
        super().__init__()
        self._run: Run | None = None
        self._title = Text(role=Role.SECTION)
        self._figures = Text(role=Role.NAME, tone="dim")
        self._message = Text(tone="dim", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("How far the replay is")

        def act(step: Step) -> None:
            if self._run is not None:
                steer(self._run.id, step)

        self.pause = Button(look, "Pause", icon="pause", run=lambda: act(Step.PAUSE))
        self.next = Button(look, "Send the next", icon="play", run=lambda: act(Step.NEXT))
        self.go_on = Button(look, "Go on", icon="play", run=lambda: act(Step.GO_ON))
        self.stop = Button(
            look, "Stop", icon="stop", run=lambda: act(Step.STOP), tip="Stop at once; it can be resumed"
        )
        self.resume = Button(look, "Resume", icon="play", run=lambda: self._run and resume(self._run.id))
        self.export = Button(
            look, "Export report…", "link", run=lambda: self._run and export(self._run),
            tip="What became of its events and what they caused, as a page or as JSON",
        )  # fmt: skip
        buttons = row(self.next, self.pause, self.go_on, self.stop, self.resume, self.export, None, gap=8)
        self.setLayout(
            column(
                row(self._title, None, self._figures),
                self.bar,
                self._message,
                buttons,
                gap=6,
                margins=(0, 0, 0, 8),
            )
        )
        self.hide()

    @property
    def run(self) -> Run | None:
        """The run that is shown."""
        return self._run

    def show_run(self, run: Run) -> None:
        """Show how it stands."""
        self._run = run
        words, tone = TITLES[run.state]
        self._title.setText(f"{words}: {run.sent:,} of {run.total:,} sent")
        self._title.set_tone(tone)
        self.bar.setMaximum(max(1, run.total))
        self.bar.setValue(run.total - run.left)
        self._figures.setText(told(run))
        self.say(run.message)
        stepwise = run.request.pace.stepwise
        going = run.state in (RunState.RUNNING, RunState.PAUSED)
        self.pause.setVisible(run.state is RunState.RUNNING)
        self.go_on.setVisible(run.state is RunState.PAUSED)
        self.go_on.setText("Send the rest" if stepwise else "Go on")
        self.next.setVisible(run.state is RunState.PAUSED and stepwise)
        self.stop.setVisible(going)
        self.resume.setVisible(run.state in OPEN and run.left > 0)
        self.export.setVisible(not going)
        self.show()

    def say(self, sentence: str) -> None:
        """Say something about the run."""
        self._message.setText(sentence)
        self._message.setVisible(bool(sentence))


def told(run: Run) -> str:
    """The figures of a run beside how many were sent: `2 refused · 1 in doubt · 10/s`."""
    said = []
    if run.refused:
        said.append(f"{run.refused:,} refused")
    if run.doubtful:
        said.append(f"{run.doubtful:,} in doubt")
    if run.left and run.state in OPEN:
        said.append(f"{run.left:,} left")
    if run.per_s is not None and run.state is RunState.RUNNING:
        said.append(f"{run.per_s:,.0f}/s" if run.per_s >= 10 else f"{run.per_s:.1f}/s")
    if not said and run.state is RunState.DONE:
        seconds = (run.at_ns - run.begun_ns) / 1e9
        said.append(f"took {seconds:.1f} s" if seconds < 100 else f"took {figures.elapsed(seconds)}")
    return " · ".join(said)
