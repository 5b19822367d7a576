"""How many bytes may be read now: the budget of an adapter, as a token bucket."""

from __future__ import annotations

from collections.abc import Callable


class Allowance:
    """A token bucket of bytes: two seconds' worth at most, paid after the fact.

    A batch larger than all of it is still read, and then nothing until it is paid off.
    """

    BURST_S = 2.0
    RESUME_S = 0.1

    def __init__(self, bytes_per_s: int, clock: Callable[[], float]) -> None:
        self._rate = max(1, bytes_per_s)
        self._clock = clock
        self._tokens = self._rate * self.BURST_S
        self._at = clock()

    @property
    def left(self) -> int:
        """Bytes that may be read now; negative while in debt."""
        now = self._clock()
        self._tokens = min(self._rate * self.BURST_S, self._tokens + (now - self._at) * self._rate)
        self._at = now
        return int(self._tokens)

    def spend(self, size: int) -> None:
        """Take note of bytes read."""
        self._tokens -= size

    def wait_s(self) -> float:
        """Seconds until reading may go on; 0 when it may now."""
        left = self.left
        if left > 0:
            return 0.0
        return self.RESUME_S - left / self._rate

    @property
    def backlog(self) -> int:
        """Bytes that may lie unread before reading skips ahead: what can be paid now and within seconds."""
        return int(self._rate * (self.BURST_S + 1)) + max(0, self.left)
