"""Where the engine runs: in a process of its own, in a thread, or stepped by hand. One interface for all.

`ProcessHost` is what the product uses: a large body that is being decoded there cannot hold up a frame
here. The child ends by itself when its end of the pipe closes, so a killed window leaves nothing behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol

from inspector.brokers.base import Budget
from inspector.frames import read_frame, write_frame
from inspector.link import Command, Report, Stop, decode_reports, encode

if TYPE_CHECKING:
    from inspector.engine import Engine


class Host(Protocol):
    """An engine, wherever it runs."""

    on_arrival: Callable[[], None] | None
    """Called, from whatever thread, when `poll` has something new; set it before `start`."""

    @property
    def alive(self) -> bool:
        """Whether the engine runs."""

    def start(self) -> None:
        """Start the engine; returns at once."""

    def send(self, command: Command) -> None:
        """Hand over a command; never blocks, and does nothing when the engine has ended."""

    def poll(self) -> list[Report]:
        """All reports that have arrived since the last call."""

    def stop(self, timeout_s: float = 5.0) -> None:
        """End the engine in order, by force after the timeout; safe to call twice."""


class _Arrivals:
    """Reports between the thread that reads them and the one that shows them."""

    def __init__(self) -> None:
        self._reports: deque[Report] = deque()

    def add(self, data: bytes, notify: Callable[[], None] | None) -> None:
        self._reports.extend(decode_reports(data))
        if notify is not None:
            notify()

    def take(self) -> list[Report]:
        taken: list[Report] = []
        while self._reports:
            taken.append(self._reports.popleft())
        return taken


class ProcessHost:
    """The engine in a child process, over its standard input and output."""

    def __init__(self, capture: Path, budget: Budget | None = None) -> None:
        self.on_arrival: Callable[[], None] | None = None
        self._arguments = [str(capture), str((budget or Budget()).bytes_per_s)]
        self._arrivals = _Arrivals()
        self._child: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None

    @property
    def alive(self) -> bool:
        """Whether the child runs."""
        return self._child is not None and self._child.poll() is None

    @property
    def pid(self) -> int | None:
        """The child's process id; None before `start`."""
        return None if self._child is None else self._child.pid

    def start(self) -> None:
        """Start the child; its first report is `Ready`."""
        # So that it is found as well when the program runs from a checkout that is not installed.
        root = str(Path(__file__).resolve().parent.parent)
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        self._child = subprocess.Popen(
            [sys.executable, "-m", "inspector.engine_process", *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )
        assert self._child.stdout is not None
        self._reader = threading.Thread(
            target=self._read, args=(self._child.stdout,), name="engine-reports", daemon=True
        )
        self._reader.start()

    def _read(self, pipe: IO[bytes]) -> None:
        while (data := read_frame(pipe)) is not None:
            self._arrivals.add(data, self.on_arrival)
        if self.on_arrival is not None:
            self.on_arrival()

    def send(self, command: Command) -> None:
        """Write a command to the child; a child that is gone takes none."""
        if self._child is None or self._child.stdin is None or self._child.stdin.closed:
            return
        try:
            write_frame(self._child.stdin, encode(command))
        except OSError:
            return

    def poll(self) -> list[Report]:
        """All reports since the last call."""
        return self._arrivals.take()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ask the child to end, then end it by its handle."""
        if self._child is None:
            return
        self.send(Stop())
        if self._child.stdin is not None and not self._child.stdin.closed:
            with contextlib.suppress(OSError):
                self._child.stdin.close()
        try:
            self._child.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if self._reader is not None:
            self._reader.join(timeout_s)
        if self._child.stdout is not None:
            self._child.stdout.close()


class ThreadHost:
    """The engine in a thread of this process, for debugging and tests."""

    def __init__(self, capture: Path, budget: Budget | None = None) -> None:
        self.on_arrival: Callable[[], None] | None = None
        self._capture = capture
        self._budget = budget or Budget()
        self._arrivals = _Arrivals()
        self._thread: threading.Thread | None = None
        self._loop = asyncio.new_event_loop()
        self._engine: Engine | None = None
        self._started = threading.Event()

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Start the thread and wait until commands can be taken."""
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()
        self._started.wait()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._main())
        self._loop.close()
        if self.on_arrival is not None:
            self.on_arrival()

    async def _main(self) -> None:
        from inspector.engine import Engine

        self._engine = Engine(self._capture, self._deliver, self._budget)
        self._started.set()
        await self._engine.run()

    async def _deliver(self, reports: list[Report]) -> None:
        self._arrivals.add(encode(reports), self.on_arrival)

    def send(self, command: Command) -> None:
        """Put a command into the engine's loop."""
        if self._engine is not None and self.alive:
            try:
                self._loop.call_soon_threadsafe(self._engine.commands.put_nowait, command)
            except RuntimeError:  # the loop closed between the question and the call
                return

    def poll(self) -> list[Report]:
        """All reports since the last call."""
        return self._arrivals.take()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Ask the engine to end and wait for its thread."""
        self.send(Stop())
        if self._thread is not None:
            self._thread.join(timeout_s)


class InlineHost:
    """The engine in this very thread: it only moves while `poll` or `stop` is called."""

    def __init__(self, capture: Path, budget: Budget | None = None, step_s: float = 0.01) -> None:
        self.on_arrival: Callable[[], None] | None = None
        self._capture = capture
        self._budget = budget or Budget()
        self._step_s = step_s
        self._arrivals = _Arrivals()
        self._loop = asyncio.new_event_loop()
        self._running: asyncio.Task[None] | None = None
        self._engine: Engine | None = None

    @property
    def alive(self) -> bool:
        """Whether the engine has been started and has not ended."""
        return self._running is not None and not self._running.done()

    def start(self) -> None:
        """Make the engine; it runs in `poll`."""
        from inspector.engine import Engine

        self._engine = Engine(self._capture, self._deliver, self._budget)
        self._running = self._loop.create_task(self._engine.run(), name="engine")

    async def _deliver(self, reports: list[Report]) -> None:
        self._arrivals.add(encode(reports), self.on_arrival)

    def send(self, command: Command) -> None:
        """Queue a command for the next `poll`."""
        if self._engine is not None and self.alive:
            self._engine.commands.put_nowait(command)

    def poll(self) -> list[Report]:
        """Let the engine run for one step and take its reports."""
        if self.alive:
            self._loop.run_until_complete(asyncio.sleep(self._step_s))
        return self._arrivals.take()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Run the engine to its end."""
        self.send(Stop())
        if self._running is not None and not self._running.done():
            self._loop.run_until_complete(asyncio.wait([self._running], timeout=timeout_s))
        if not self._loop.is_closed():
            self._loop.run_until_complete(self._loop.shutdown_default_executor())
            self._loop.close()
