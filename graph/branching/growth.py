"""How fast a loop that feeds itself grows, and when its traffic reaches a given rate."""

from __future__ import annotations

from math import ceil, log, log2, log10
from typing import NamedTuple

AHEAD_S = 86_400.0
"""Nothing is said of what is further ahead: by then it has been cut, or something else has given way."""


class Reach(NamedTuple):
    """A rate, and when it is reached if the growth goes on as it does now."""

    rate_per_s: int
    at_ns: int


def doubling_time_s(gain: float, period_ms: float) -> float | None:
    """Time in which a loop that grows doubles; None at a gain of 1 or less."""
    return period_ms / 1000.0 * log(2.0) / log(gain) if gain > 1.0 else None


def reaches(rate_per_s: float | None, doubling_s: float | None, now_ns: int) -> Reach | None:
    """When traffic comes to the next power of ten that is at least ten times what it is now.

    None for a loop without traffic, for one that does not grow, and where that is more than a day ahead.
    """
    if not rate_per_s or rate_per_s < 0.0 or not doubling_s:
        return None
    rate = 10 ** max(1, ceil(log10(rate_per_s) + 1.0 - 1e-9))
    ahead_s = doubling_s * log2(rate / rate_per_s)
    return Reach(rate, now_ns + round(ahead_s * 1e9)) if ahead_s <= AHEAD_S else None
