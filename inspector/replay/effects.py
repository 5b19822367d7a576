"""What a replay really caused, as far as records that were read say it themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container

from graph.identity import ChannelId
from inspector.record import Record
from inspector.replay.marks import origin_of
from inspector.replay.plan import Caused
from inspector.traits import Traits

MOST = 500_000
"""Events that are remembered, for those that name them as their cause."""


class Effects:
    """Records that carry the mark of a run on, or name one of its events as their cause, by channel."""

    def __init__(self, run: str, targets: Container[ChannelId]) -> None:
        self._run, self._targets = run, targets
        self._ours: set[str] = set()
        self._arrived: set[tuple[ChannelId, bytes]] = set()
        self._counts: Counter[ChannelId] = Counter()

    def saw(self, record: Record, traits: Traits) -> None:
        """Take in one record that was read."""
        marks = origin_of(record.headers)
        if marks is not None and marks[0] == self._run:
            place = record.channel, marks[1]
            if record.channel in self._targets and place not in self._arrived:
                self._arrived.add(place)
            else:
                self._counts[record.channel] += 1
        elif traits.parent_id is not None and traits.parent_id in self._ours:
            self._counts[record.channel] += 1
        else:
            return
        if traits.event_id is not None and len(self._ours) < MOST:
            self._ours.add(traits.event_id)

    @property
    def caused(self) -> tuple[Caused, ...]:
        """How many until now."""
        return tuple(Caused(channel, count, measured=True) for channel, count in self._counts.most_common())
