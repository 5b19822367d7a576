"""Times in two figures, so that a median which hardly moves makes no news."""

from __future__ import annotations

from math import floor, log10


def in_ms(time_ns: float) -> float:
    """A time in milliseconds; never below 0, which clocks that disagree can make of it."""
    return rounded(max(0.0, time_ns / 1e6))


def rounded(value: float) -> float:
    """A value in two figures."""
    return round(value, 1 - floor(log10(abs(value)))) if value else 0.0
