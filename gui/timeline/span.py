"""The part of time that a line shows: zoomed, moved, and with ticks that suit its width."""

from __future__ import annotations

from dataclasses import dataclass

SECOND = 1_000_000_000
LEAST_NS = SECOND
"""No line shows less."""
TICKS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400)
TICK_PX = 110
"""Room for a tick and its words."""


@dataclass(frozen=True)
class Span:
    """From one time to another."""

    start_ns: int
    end_ns: int

    @property
    def length_ns(self) -> int:
        """How long it is."""
        return self.end_ns - self.start_ns

    def x_of(self, time_ns: int, width: float) -> float:
        """Where a time lies on a line so wide."""
        return (time_ns - self.start_ns) / self.length_ns * width

    def time_at(self, x: float, width: float) -> int:
        """The time at a place of a line so wide; no further than its ends."""
        part = min(max(x / max(width, 1.0), 0.0), 1.0)
        return self.start_ns + int(self.length_ns * part)

    def zoomed(self, factor: float, at_ns: int, bounds: Span) -> Span:
        """`factor` times as long, with a time where it was; within bounds as far as it fits."""
        length = min(max(int(self.length_ns * factor), LEAST_NS), max(bounds.length_ns, LEAST_NS))
        part = (at_ns - self.start_ns) / self.length_ns
        start = at_ns - int(length * part)
        return Span(start, start + length).within(bounds)

    def moved(self, by_ns: int, bounds: Span) -> Span:
        """Later by so much, within bounds."""
        return Span(self.start_ns + by_ns, self.end_ns + by_ns).within(bounds)

    def showing(self, time_ns: int, bounds: Span) -> Span:
        """The same where it holds a time; else as long, with that time near the edge that it came in by."""
        if self.start_ns <= time_ns <= self.end_ns:
            return self
        part = 0.1 if time_ns > self.end_ns else 0.9
        start = time_ns - int(self.length_ns * part)
        return Span(start, start + self.length_ns).within(bounds)

    def within(self, bounds: Span) -> Span:
        """As long as before, and no further out than bounds; what is longer ends where they end."""
        over, under = self.end_ns - bounds.end_ns, bounds.start_ns - self.start_ns
        by = -over if over > 0 else min(under, -over) if under > 0 else 0
        return Span(self.start_ns + by, self.end_ns + by)

    def ticks(self, width: float) -> tuple[int, list[int]]:
        """The step between ticks and their times, both in ns; whole steps from the epoch on."""
        room = max(1.0, width / TICK_PX)
        step = next((s for s in TICKS_S if self.length_ns / SECOND / s <= room), TICKS_S[-1]) * SECOND
        while self.length_ns / step > room:
            step *= 2
        return step, list(range((self.start_ns // step + 1) * step, self.end_ns, step))
