"""Which of the things seen are worth telling: what changed, and now and then the rest."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from time import monotonic

from inspector.observation import Observation

AGAIN_S = 30.0
"""What stays as it is is told again after so long: it is still there."""


class News:
    """Remembers what was told of one subject. What is gone is forgotten, and news again if it comes back."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._told: dict[Hashable, tuple[Observation, float]] = {}

    def of(self, seen: Iterable[tuple[Hashable, Observation]]) -> list[Observation]:
        """What to tell of everything seen at one look, each with what it is about."""
        now = self._clock()
        before, self._told = self._told, {}
        news: list[Observation] = []
        for about, one in seen:
            known = before.get(about)
            if known is None or known[0] != one or now - known[1] >= AGAIN_S:
                known = (one, now)
                news.append(one)
            self._told[about] = known
        return news
