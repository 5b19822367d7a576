"""What was yielded last about each thing, so that each look yields what is new."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from graph.identity import ServerId
from graph.model import Unavailable
from inspector.observation import NotVisible, Observation, VisibleAgain


class Told:
    """Remembers observations by what they are about; everything that is told goes through it."""

    def __init__(self, server: ServerId) -> None:
        self._server = server
        self._last: dict[Hashable, Observation] = {}

    def news(self, about: Hashable, observation: Observation) -> list[Observation]:
        """The observation, unless the last one about this was equal."""
        if self._last.get(about) == observation:
            return []
        self._last[about] = observation
        return [observation]

    def forget(self, abouts: Iterable[Hashable]) -> None:
        """Tell everything about these anew."""
        for about in abouts:
            self._last.pop(about, None)

    def hidden(self, what: str, why: str, remedy: str, *, groups: bool = False) -> list[Observation]:
        """That something cannot be seen; `groups` where receivers may be hidden by it."""
        unavailable = Unavailable(what, why, remedy)
        return self.news(("hidden", what), NotVisible(unavailable, self._server, groups))

    def visible(self, what: str) -> list[Observation]:
        """That it can be seen, if it was told that it could not."""
        if self._last.pop(("hidden", what), None) is None:
            return []
        return [VisibleAgain(what, self._server)]
