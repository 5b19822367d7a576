"""What lets records of a run go: their pace, a person who pauses or takes single steps, and the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

from inspector.replay.pacing import Pacing
from inspector.replay.run import Step

BEHIND_S = 1.0
"""What is later than this is not made up for: it would all come at once."""
BY_A_PERSON = "Stopped by a person."


class Gate:
    """Counts what went. Its clock stands still while nobody may go."""

    def __init__(self, pacing: Pacing, stepwise: bool, clock: Callable[[], float]) -> None:
        self._pacing, self._clock = pacing, clock
        self._began = clock()
        self._waiting_since: float | None = None
        self._steps = 0 if stepwise else None
        """How many single records may go; None for all that are due."""
        self._gone = 0
        self._turned = asyncio.Event()
        self.stopped: str | None = None
        """Why nothing goes any more."""
        if stepwise:
            self._wait()

    @property
    def paused(self) -> bool:
        """Whether it waits for a person."""
        return self._waiting_since is not None and self.stopped is None

    def steer(self, step: Step) -> None:
        """Do what a person wants."""
        match step:
            case Step.PAUSE:
                self._steps = 0
                self._wait()
            case Step.GO_ON:
                self._steps = None
                self._go()
            case Step.NEXT:
                self._steps = (self._steps or 0) + 1
            case Step.STOP:
                self.stop(BY_A_PERSON)
        self._turned.set()

    def stop(self, why: str) -> None:
        """Let nothing go any more; the first reason counts."""
        self.stopped = self.stopped or why
        self._turned.set()

    def allowed(self) -> int:
        """How many may go now."""
        if self.stopped is not None:
            return 0
        if self._steps is not None:
            return self._steps
        late = self._elapsed() - self._pacing.at(self._gone)
        if self._pacing.paced and late > BEHIND_S:
            self._began += late
        return self._pacing.due(self._elapsed()) - self._gone

    def passed(self, count: int) -> None:
        """Some went."""
        self._gone += count
        if self._steps is not None:
            self._steps -= count
            # What comes after single steps keeps its distance from the last of them.
            self._began = self._clock() - self._pacing.at(self._gone - 1)
            self._waiting_since = self._clock()

    async def opened(self) -> None:
        """Wait until some may go, or a person did something."""
        self._turned.clear()
        if self.stopped is not None or self._steps:
            return  # it was said before anybody waited
        wait_s = None if self._steps is not None else self._pacing.at(self._gone) - self._elapsed()
        if wait_s is None or wait_s > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._turned.wait(), wait_s)

    def _elapsed(self) -> float:
        return (self._clock() if self._waiting_since is None else self._waiting_since) - self._began

    def _wait(self) -> None:
        if self._waiting_since is None:
            self._waiting_since = self._clock()

    def _go(self) -> None:
        if self._waiting_since is not None:
            self._began += self._clock() - self._waiting_since
            self._waiting_since = None
