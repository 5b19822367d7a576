"""Capturing into a file for some time, told line by line: what `eventscope record` does."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from math import inf
from pathlib import Path
from time import monotonic

from graph.identity import ServerId
from inspector.cli.look import PATIENCE_S
from inspector.cli.terminal import COULD_NOT_LOOK, Terminal
from inspector.engine import Engine
from inspector.errors import CaptureError, InspectorError
from inspector.link import (
    PROJECT,
    Connect,
    ConnectionChanged,
    ConnectionState,
    Gauges,
    Problem,
    ProblemSolved,
    Report,
    SetCapture,
    Stop,
    UseProject,
)
from inspector.store.indexing import index_capture

STEP_S = 0.2
STALLED_S, LOST_S = 15.0, 6.0
"""Without anything read for so long, what is left cannot be read, or a broker will not come back."""
_LIVE = ConnectionState.LIVE


@dataclass
class Recording:
    """One run; `run` gives the exit code.

    Args:
        until_end: whether to end when all has been read that lay there when it began.
        seconds: how long at most; infinite for until somebody presses Ctrl+C.
        each: called every `STEP_S` and at the end; it ends when that says so, and nothing is told of it.
    """

    path: Path
    use: UseProject | None
    commands: Sequence[Connect]
    capture: SetCapture
    seconds: float
    until_end: bool
    max_bytes: int | None
    terminal: Terminal
    each: Callable[[], bool] | None = None
    captured: int = 0
    """Records, once it has ended."""
    _states: dict[ServerId, ConnectionChanged] = field(default_factory=dict)
    _began: float = field(default_factory=monotonic)
    _gauges: Gauges | None = None
    _broken: str = ""
    """Why it cannot go on."""

    async def run(self) -> int:
        """Capture until it ends, by itself or by Ctrl+C; the exit code."""
        engine = Engine(self.path, self._deliver, max_bytes=self.max_bytes)
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        running = loop.create_task(engine.run(), name="engine")
        with contextlib.suppress(NotImplementedError):  # Windows knows no such signal
            loop.add_signal_handler(signal.SIGTERM, task.cancel)
        for command in (self.use, self.capture, *self.commands):
            if command is not None:
                engine.commands.put_nowait(command)
        try:
            with self.terminal.messages.status("") as status:
                while not (self._ended(engine) or (self.each is not None and self.each())):
                    status.update(self._line(engine))
                    await asyncio.sleep(STEP_S)
        except asyncio.CancelledError:
            # asyncio cancels the main task at Ctrl+C and takes a task that goes on for one that handled it.
            task.uncancel()
        finally:
            took = monotonic() - self._began
            engine.commands.put_nowait(Stop())
            await running
            self.captured = engine.captured
        if self.each is None:
            self._summary(engine, took)
        else:
            self.each()
        if self._broken:
            self.terminal.complain(self._broken)
        return COULD_NOT_LOOK if self._broken else 0

    def index(self) -> None:
        """Make what was captured quick to search, unless somebody presses Ctrl+C; not in an event loop."""
        stop = threading.Event()
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        with self.terminal.messages.status("") as status, ThreadPoolExecutor(1) as pool:

            def told(done: int, left: int) -> None:
                share = 100 * done // (done + left)
                status.update(f"Making it quick to search, {share} %. Ctrl+C leaves that for later.")

            done = pool.submit(index_capture, self.path, stop, told)
            try:
                done.result()
            except KeyboardInterrupt:
                stop.set()
            except CaptureError as failure:
                self.terminal.complain(f"{failure}")
            finally:
                signal.signal(signal.SIGTERM, before)

    async def _deliver(self, reports: list[Report]) -> None:
        for report in reports:
            match report:
                case ConnectionChanged() if report.state is not ConnectionState.CLOSED:
                    self._tell(report)
                case Problem() if report.key == "capture":
                    self._broken = f"{report.message} {report.remedy}".rstrip()
                case ProblemSolved() if report.key == "capture":
                    self._broken = ""
                case Problem() if report.key.startswith(PROJECT):
                    self.terminal.complain(f"{report.message} {report.remedy}".rstrip())
                case Gauges():
                    self._gauges = report
                case _:
                    pass

    def _tell(self, report: ConnectionChanged) -> None:
        before = self._states.get(report.server)
        self._states[report.server] = report
        was_live = before is not None and before.state is _LIVE
        if was_live and report.state is not _LIVE:
            self.terminal.complain(report.message)
        elif report.state is _LIVE and before is not None and before.state is ConnectionState.LOST:
            self.terminal.say(f"{report.server.address} is back.")

    def _ended(self, engine: Engine) -> bool:
        now = monotonic()
        passed = engine.reading.passed, sum(state.state is _LIVE for state in self._states.values())
        if passed != self._moved[0]:
            self._moved = passed, now
        waited = now - self._moved[1]
        connecting = now - self._began < PATIENCE_S and ConnectionState.CONNECTING
        down = [each for each in self._states.values() if each.state not in (_LIVE, connecting)]
        begun = engine.reading.partitions > 0
        lost = bool(down) and len(down) == len(self._states)
        patience = LOST_S if lost or not begun else STALLED_S
        if self._broken:
            return True
        if refused := [state for state in down if state.state is ConnectionState.REFUSED]:
            self._broken = refused[0].message
        elif lost and (not begun or (waited > patience and self._bounded)):
            self._broken = down[0].message or f"{down[0].server.address} does not answer."
        elif not begun and waited > patience and len(down) < len(self._states):
            self._broken = (
                "No channel there has a name that fits. Look with eventscope scan, and mend --channels."
            )
        elif self.until_end and begun and waited > patience and engine.reading.left:
            self._broken = f"{engine.reading.left:,} records could not be read. Look with eventscope scan."
        elif self.until_end and begun and not engine.reading.left:
            return True
        return bool(self._broken) or now - self._began > self.seconds

    _moved: tuple[tuple[int, int], float] = field(default_factory=lambda: ((-1, -1), monotonic()))
    """What was read and who answered at the last change, and when that was."""

    @property
    def _bounded(self) -> bool:
        """Whether it is to end by itself; else a broker may take its time to come back."""
        return self.until_end or self.seconds < inf

    def _line(self, engine: Engine) -> str:
        gauges = self._gauges
        if gauges is None or not engine.reading.partitions:
            return "Connecting"
        passed, left = engine.reading.passed, engine.reading.left
        parts = [
            f"{engine.captured:,} records",
            f"{gauges.read_bytes_per_s / 1e6:.1f} MB/s read",
            f"{self.path.name} {size(gauges.capture_bytes)}",
            f"{100 * passed / (passed + left):.0f} % of what lay there" if left else "up to date",
        ]
        if gauges.missed:
            parts.append(f"{gauges.missed:,} missed")
        return ", ".join(parts)

    def _summary(self, engine: Engine, took: float) -> None:
        captured = engine.captured
        if self._gauges is None or not engine.reading.partitions or (self._broken and not captured):
            return
        self.terminal.say(
            f"Captured {captured:,} records in {took:.1f} s, {captured / took:,.0f} a second. "
            f"{self.path} has {size(self._gauges.capture_bytes)}."
        )
        for reason, count in engine.missed.items():
            self.terminal.say(f"{count:,} records are missing: {reason}.")


def size(count: int) -> str:
    """Bytes for a person."""
    for unit, most in (("kB", 1e6), ("MB", 1e9), ("GB", 1e12)):
        if count < most:
            return f"{count / most * 1e3:.1f} {unit}"
    return f"{count / 1e12:.1f} TB"


def bytes_of(text: str) -> int:
    """What `500M` means; raises InspectorError."""
    units = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
    number, unit = text.rstrip("KMGTkmgt"), text[-1:].upper()
    unit = unit if unit in units and not unit.isdigit() else ""
    try:
        count = int(float(number) * units[unit])
    except ValueError:
        count = 0
    if count < 1:
        raise InspectorError(f"{text} is no size.", "Write it like 500M or 2G.")
    return count
