"""What a replay really caused, as far as records that were read tell it.

Those that carry the mark of the run on, or name one of its events as their cause, prove it. For those that
name no cause, where some are expected, the key or the flow of what was sent speaks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container

from graph.identity import ChannelId
from inspector.record import Record
from inspector.replay.marks import origin_of
from inspector.replay.plan import Caused
from inspector.traits import Traits

MOST = 500_000
"""Events, keys and flows that are remembered of each kind."""


class Effects:
    """Records that come of a run, by channel.

    Args:
        targets: what the run sends to.
        expected: where what it causes would lie.
    """

    def __init__(self, run: str, targets: Container[ChannelId], expected: Container[ChannelId]) -> None:
        self._run, self._targets, self._expected = run, targets, expected
        self._ours: set[str] = set()
        self._alike: set[bytes | str] = set()
        """Keys and ids of flows."""
        self._arrived: set[tuple[ChannelId, bytes]] = set()
        self._proven: Counter[ChannelId] = Counter()
        self._likely: Counter[ChannelId] = Counter()

    def saw(self, record: Record, traits: Traits) -> None:
        """Take in one record that was read."""
        marks = origin_of(record.headers)
        if marks is not None and marks[0] == self._run:
            place = record.channel, marks[1]
            if record.channel in self._targets and place not in self._arrived:
                self._arrived.add(place)
            else:
                self._proven[record.channel] += 1
        elif traits.parent_id is not None and traits.parent_id in self._ours:
            self._proven[record.channel] += 1
        elif (
            traits.parent_id is None
            and record.channel in self._expected
            and (record.key in self._alike or traits.flow_id in self._alike)
        ):
            self._likely[record.channel] += 1
        else:
            return
        if traits.event_id is not None and len(self._ours) < MOST:
            self._ours.add(traits.event_id)
        if len(self._alike) < MOST:
            self._alike.update(each for each in (record.key, traits.flow_id) if each)

    @property
    def caused(self) -> tuple[Caused, ...]:
        """How many until now; those that key or flow alone speak for are not measured."""
        return tuple(
            Caused(channel, count, measured)
            for counts, measured in ((self._proven, True), (self._likely, False))
            for channel, count in counts.most_common()
        )
