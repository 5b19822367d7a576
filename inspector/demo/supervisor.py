"""The process that owns the demo: it starts broker and shop, tells about them, and ends them with itself.

It ends when its standard input does, that is when its owner closes it or dies, on SIGTERM and SIGINT, and
when its time is over.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable

import msgspec

from inspector.demo.handle import DemoEvent, DemoOptions, Step
from inspector.demo.servers.choice import SERVERS
from inspector.demo.shop.crew import Crew
from inspector.demo.shop.scenario import read_scenario
from inspector.errors import DemoError

LOOK_EVERY_S = 0.5

Tell = Callable[[DemoEvent], None]


def supervise(options: DemoOptions) -> int:
    """Run the demo to its end; returns the exit code."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=_watch_input, args=(stop,), daemon=True).start()
    return Supervisor(options, _print_line, stop).run()


class Supervisor:
    """Broker and shop, from start to end."""

    def __init__(self, options: DemoOptions, tell: Tell, stop: threading.Event) -> None:
        self._options = options
        self._tell = tell
        self._stop = stop
        self._broker = SERVERS[options.broker](
            port=options.port, progress=lambda message: tell(DemoEvent(Step.PROGRESS, message))
        )
        scenario = read_scenario().with_options(load=options.load, big_json=options.big_json)
        self._crew = Crew(scenario, options.broker)
        self._answered = threading.Event()
        self._failure: DemoError | None = None

    def run(self) -> int:
        """Start everything, wait for a reason to end, end everything."""
        until = time.monotonic() + self._options.seconds
        # In a thread, so that an owner who leaves during a long download need not wait for it.
        threading.Thread(target=self._start, daemon=True).start()
        try:
            self._wait(until)
        except DemoError as failure:
            self._tell(DemoEvent(Step.ERROR, str(failure)))
            return 1
        finally:
            self._crew.stop()
            self._broker.stop()
        self._tell(DemoEvent(Step.ENDED, "The demo has ended."))
        return 0

    def _start(self) -> None:
        try:
            self._crew.warm_up()
            self._broker.start()
        except DemoError as failure:
            self._failure = failure
        except OSError as failure:
            self._failure = DemoError(
                f"The shop's applications cannot be started: {failure.strerror or failure}.",
                "Set TMPDIR to another folder.",
            )
        finally:
            self._answered.set()

    def _wait(self, until: float) -> None:
        """Return when the demo is to end; raises DemoError when it cannot go on."""
        while not self._answered.wait(0.05):
            if self._over(until):
                return
        if self._failure is not None:
            raise self._failure
        self._tell(DemoEvent(Step.PROGRESS, "Starting the shop's applications"))
        self._crew.start(self._broker.url)
        self._tell(DemoEvent(Step.READY, url=self._broker.url))
        while not self._over(until):
            if not self._broker.running:
                raise DemoError("The demo's broker has ended.", "Start the demo again.")
            for name in self._crew.replace_ended():
                self._tell(DemoEvent(Step.NOTICE, f"The demo's {name} ended and was started again."))
            self._stop.wait(LOOK_EVERY_S)

    def _over(self, until: float) -> bool:
        return self._stop.is_set() or time.monotonic() >= until


def _watch_input(stop: threading.Event) -> None:
    # Not through sys.stdin: a thread that waits inside it stops the interpreter from ending.
    while os.read(0, 4096):
        pass
    stop.set()


def _print_line(event: DemoEvent) -> None:
    try:
        sys.stdout.buffer.write(msgspec.json.encode(event) + b"\n")
        sys.stdout.buffer.flush()
    except OSError:
        pass  # The owner is gone, which ends the demo by itself.
