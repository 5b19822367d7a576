"""The circuit breaker that ends every wave of a growing loop."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import suppress

from inspector.demo.shop.scenario import Wave

WINDOW_S = 2.0
QUIET_S = 15.0
"""A wave that nothing was sent in for so long has been lost on its way, with its broker perhaps."""


class Breaker:
    """Counts what is sent; opens at the limit and closes after the pause."""

    def __init__(self, wave: Wave) -> None:
        self.wave = wave
        self._limit = asyncio.Event()
        self._sent: deque[float] = deque()
        self._last_s = 0.0

    @property
    def open(self) -> bool:
        """Whether nothing must pass."""
        return self._limit.is_set()

    def count(self, now_s: float) -> bool:
        """Count one record; true when the limit has just been reached."""
        self._last_s = now_s
        self._sent.append(now_s)
        while self._sent[0] < now_s - WINDOW_S:
            self._sent.popleft()
        if self.open or len(self._sent) < self.wave.limit_per_s * WINDOW_S:
            return False
        self._limit.set()
        return True

    async def wait_for_end(self) -> None:
        """Return when the wave is over, and the pause after it as well."""
        self._last_s = time.monotonic()
        while not self.open and time.monotonic() < self._last_s + QUIET_S:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._limit.wait(), 1.0)
        self._limit.set()
        await asyncio.sleep(self.wave.pause_s)
        self._sent.clear()
        self._limit.clear()
