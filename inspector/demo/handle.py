"""The demo as the window and the command line hold it: a process that ends with them.

No broker client and no Qt here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from msgspec import Struct

from inspector.errors import DemoError

STOP_LIMIT_S = 15.0
LONGEST_S = 7200.0


class System(StrEnum):
    """What the shop can run on."""

    KAFKA = "kafka"
    RABBITMQ = "rabbitmq"
    ACTIVEMQ = "activemq"
    NATS = "nats"


class Step(StrEnum):
    """What an event of the demo is about."""

    PROGRESS = "progress"
    """Something that takes time has begun."""
    READY = "ready"
    """The broker answers and the shop runs."""
    NOTICE = "notice"
    """Something happened that a person may want to know."""
    ERROR = "error"
    """The demo has ended because of this."""
    ENDED = "ended"
    """The demo has ended, as it was told to or because its time was over."""


class DemoEvent(Struct, frozen=True, omit_defaults=True):
    """One line of the supervisor."""

    event: Step
    message: str = ""
    """One sentence for a person."""
    url: str = ""
    """Where the broker is, for `ready`."""


class DemoOptions(Struct, frozen=True):
    """How the demo runs."""

    load: float | None = None
    """Records a second on the clickstream instead of the usual 50."""
    big_json: bool = False
    """One record of 2 MB a second on `catalogue.export`."""
    seconds: float = LONGEST_S
    """How long it runs at most."""
    port: int | None = None
    broker: System = System.KAFKA
    """The system it runs on."""

    def arguments(self) -> list[str]:
        """The same for the supervisor's command line."""
        return [
            f"--seconds={self.seconds}",
            f"--broker={self.broker}",
            *([f"--load={self.load}"] if self.load is not None else []),
            *(["--big-json"] if self.big_json else []),
            *([f"--port={self.port}"] if self.port is not None else []),
        ]


def ignore(_event: DemoEvent) -> None:
    """For an owner who only waits for the address."""


class DemoProcess:
    """Starts the demo at once; `stop`, the end of a `with`, and the death of this process end it.

    `on_event` is called from a thread of its own, in order; the last event is `ended` or `error`.

    Raises:
        DemoError: no process can be started here.
    """

    def __init__(
        self, options: DemoOptions | None = None, on_event: Callable[[DemoEvent], None] = ignore
    ) -> None:
        self._on_event = on_event
        self._url: Future[str] = Future()
        root = str(Path(__file__).resolve().parents[2])
        known = os.environ.get("PYTHONPATH")
        try:
            self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by the reading thread
            self._process = subprocess.Popen(
                [sys.executable, "-m", "inspector.demo", *(options or DemoOptions()).arguments()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=os.environ | {"PYTHONPATH": root + (os.pathsep + known if known else "")},
                # Ctrl+C at a terminal is for the owner, who then stops the demo.
                start_new_session=True,
            )
        except OSError as failure:
            raise DemoError(f"The demo cannot be started: {failure.strerror or failure}.") from failure
        self._reader = threading.Thread(target=self._read, name="demo events", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        return self._process.pid

    def wait_ready(self, timeout_s: float | None = None) -> str:
        """The broker's URL, once the shop runs.

        Raises:
            DemoError: it could not be started, or was stopped.
            TimeoutError: not within `timeout_s`.
        """
        return self._url.result(timeout_s)

    def stop(self) -> None:
        """End broker and shop; returns when they are gone. More than once is as good as once."""
        assert self._process.stdin is not None
        with suppress(OSError):  # It may have ended by itself.
            self._process.stdin.close()
        try:
            self._process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if threading.current_thread() is not self._reader:
            self._reader.join(STOP_LIMIT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _read(self) -> None:
        assert self._process.stdout is not None
        last: DemoEvent | None = None
        with self._process.stdout as lines:
            for line in lines:
                last = _event(line)
                self._tell(last)
        code = self._process.wait()
        if last is None or last.event not in (Step.ENDED, Step.ERROR):
            self._tell(DemoEvent(Step.ERROR, self._sentence(code)))
        if not self._url.done():
            self._url.set_exception(DemoError("The demo was stopped before it was ready."))
        self._errors.close()

    def _tell(self, event: DemoEvent) -> None:
        if not self._url.done():
            if event.event is Step.READY:
                self._url.set_result(event.url)
            elif event.event is Step.ERROR:
                self._url.set_exception(DemoError(event.message))
        self._on_event(event)

    def _sentence(self, code: int) -> str:
        self._errors.seek(0)
        last = self._errors.read().decode("utf-8", "replace").strip().splitlines()[-1:]
        return f"The demo ended unexpectedly (exit code {code}). {''.join(last)}".strip()


def _event(line: bytes) -> DemoEvent:
    fields = json.loads(line)
    return DemoEvent(Step(fields["event"]), fields.get("message", ""), fields.get("url", ""))
