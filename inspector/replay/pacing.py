"""When each record of a replay is due."""

from __future__ import annotations

from math import inf

import numpy as np
from numpy.typing import NDArray

from inspector.replay.request import Pace


class Pacing:
    """How many records may have left some seconds after the beginning, and when the next one may."""

    def __init__(self, pace: Pace, times_ns: NDArray[np.int64]) -> None:
        """The times are those at which the records were written, in the order of sending."""
        self._total = len(times_ns)
        self._rate = pace.per_s
        self._after_s: NDArray[np.float64] | None = None
        if pace.per_s is None and pace.times is not None and self._total:
            # What was written out of order is due with what it stands behind.
            since = np.maximum.accumulate(times_ns) - times_ns[0]
            self._after_s = np.maximum(since, 0) / 1e9 / pace.times

    @property
    def paced(self) -> bool:
        """Whether anything but the broker decides when records go."""
        return self._rate is not None or self._after_s is not None

    @property
    def length_s(self) -> float:
        """How long all of it takes at least; 0 where only the broker decides."""
        return max(0.0, self.at(self._total - 1)) if self._total else 0.0

    def due(self, elapsed_s: float) -> int:
        """How many may have left by then."""
        if self._rate is not None:
            return min(self._total, int(elapsed_s * self._rate) + 1)
        if self._after_s is not None:
            return int(np.searchsorted(self._after_s, elapsed_s, "right"))
        return self._total

    def at(self, number: int) -> float:
        """After how many seconds the record of a number, from 0, may leave; infinite behind the last."""
        if number >= self._total:
            return inf
        if self._rate is not None:
            return number / self._rate
        return 0.0 if self._after_s is None else float(self._after_s[number])
