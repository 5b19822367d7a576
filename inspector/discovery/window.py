"""Rates and shares over a sliding window."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

SECOND_NS = 1_000_000_000
WINDOW_NS = 10 * SECOND_NS
STALE_NS = 60 * SECOND_NS
"""A rate whose newest observation is older than this is not known any more."""
TOLERANCE = 0.1
"""A rate that moved less than this share is shown as it was."""


@dataclass(slots=True)
class Counter:
    """A growing count, seen now and then; its rate is the growth over about ten seconds."""

    points: deque[tuple[int, int]] = field(default_factory=deque)

    def see(self, now_ns: int, count: int) -> None:
        """The count stands at `count` now. One that went back starts anew."""
        points = self.points
        if points and count < points[-1][1]:
            points.clear()
        if points and points[-1][0] >= now_ns:
            points[-1] = (points[-1][0], count)
        else:
            points.append((now_ns, count))
        while len(points) > 2 and points[1][0] <= now_ns - WINDOW_NS:
            points.popleft()

    def rate(self, now_ns: int) -> float | None:
        """Per second; None before the second observation and after a minute without one."""
        points = self.points
        if len(points) < 2 or now_ns > self.known_until_ns():
            return None
        (start, low), (end, high) = points[0], points[-1]
        return (high - low) * SECOND_NS / (end - start)

    def known_until_ns(self) -> int:
        """Until when the rate stays as it is, if nothing more is observed; 0 where it was never known."""
        return self.points[-1][0] + STALE_NS if self.points else 0


@dataclass(slots=True)
class Tally(Generic[Key]):
    """How often each key was seen lately: counts are halved every ten seconds."""

    counts: dict[Key, float] = field(default_factory=dict)
    halved_ns: int = 0

    def add(self, now_ns: int, seen: Mapping[Key, int]) -> None:
        """Count what was seen now."""
        if now_ns - self.halved_ns >= WINDOW_NS:
            self.halved_ns = now_ns
            self.counts = {key: count / 2 for key, count in self.counts.items() if count >= 0.1}
        for key, count in seen.items():
            self.counts[key] = self.counts.get(key, 0.0) + count

    def shares(self) -> dict[Key, float]:
        """The share of each key, together 1; empty before anything was seen."""
        total = sum(self.counts.values())
        return {key: count / total for key, count in self.counts.items()} if total else {}


def rounded(rate: float) -> float:
    """Three significant figures."""
    return float(f"{rate:.3g}")


def steady(shown: float | None, rate: float | None) -> float | None:
    """What to show now: the rate, or what was shown before if it hardly moved."""
    if rate is None or rate == shown:
        return rate
    if shown is not None and rate > 0 and abs(rate - shown) <= TOLERANCE * shown:
        return shown
    return rounded(rate)
