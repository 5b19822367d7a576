"""Which channels are captured on which level: chosen by people, changed at any time."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from graph.identity import ChannelId
from inspector.capture.level import ChannelLevel, Level


class Plan:
    """The engine changes it and all adapters read it, on one loop.

    A channel for which a level was chosen is read whole. The others are only looked at, within the allowance
    of looking, and what is read of them is kept on the level `others`.
    """

    def __init__(self) -> None:
        self._rules: tuple[ChannelLevel, ...] = ()
        self._found: dict[str, ChannelLevel | None] = {}
        self.others: Level | None = Level.EVERYTHING
        """None for nothing at all."""
        self.changes = 0
        """Counts what was chosen, so that readers notice."""
        self.since_ns: int | None = None
        """From when on channels that are read whole are read at first: 0 is the beginning, and None shortly
        before now."""

        self.resumed: dict[tuple[ChannelId, int], int] = {}
        """Where a capture went on that is gone on with: the next offset of partitions."""

    def choose(self, rules: Iterable[ChannelLevel], others: Level | None = Level.EVERYTHING) -> None:
        """From now on: of each channel the first rule that names it."""
        rules = tuple(rules)
        if (rules, others) != (self._rules, self.others):
            self._rules, self.others, self._found = rules, others, {}
            self.changes += 1

    def chosen(self, channel: str) -> ChannelLevel | None:
        """What was chosen for the channel of this name; None where nothing was."""
        if channel not in self._found:
            fits = (rule for rule in self._rules if fnmatchcase(channel, rule.channels))
            self._found[channel] = next(fits, None)
        return self._found[channel]

    def level(self, channel: str) -> Level | None:
        """How much of it is kept; None for nothing."""
        rule = self.chosen(channel)
        return self.others if rule is None else rule.level

    def headers_only(self, channel: str) -> bool:
        """Whether no record of it needs to be read."""
        rule = self.chosen(channel)
        return rule is not None and rule.level is Level.HEADERS_OF_BATCHES
