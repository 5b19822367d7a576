"""Batches on their way: written down, sent, and what became of them written down again."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from inspector.brokers.base import Outgoing, Parcel, Sender, Taken
from inspector.errors import InspectorError
from inspector.replay.journal import Journal

FORGOTTEN = 3
"""How often in a row a broker may forget who sends."""


class Load(NamedTuple):
    """A batch with the records that it consists of."""

    parcel: Parcel
    indices: list[int]
    records: list[Outgoing]


class Flights:
    """Sends batches of one run, one lot at a time, so that no record overtakes another of its partition."""

    def __init__(self, sender: Sender, journal: Journal) -> None:
        self._sender, self._journal = sender, journal

    async def pack(self, indices: Sequence[int], records: Sequence[Outgoing]) -> tuple[int, list[Load]]:
        """How many of the records go together, and their batches; what cannot be sent is written down."""
        packed = await self._sender.pack(records)
        if packed.refused:
            self._journal.refuse({indices[place]: str(why) for place, why in packed.refused.items()})
        loads = [
            Load(each, [indices[place] for place in each.places], [records[place] for place in each.places])
            for each in packed.parcels
        ]
        return packed.upto, loads

    async def fly(self, loads: Sequence[Load]) -> None:
        """Send them until each record of them is sent or refused.

        Raises `InspectorError` when the run cannot go on: the journal then says what is in doubt.
        """
        waiting: dict[tuple[object, int], deque[Load]] = {}
        for load in loads:
            waiting.setdefault((load.parcel.channel, load.parcel.partition), deque()).append(load)
        forgotten = 0
        while waiting:
            now = [queue.popleft() for queue in waiting.values()]
            stamps = await self._sender.stamp([load.parcel for load in now])
            self._journal.hand_over(stamps, [load.indices for load in now])
            await asyncio.to_thread(self._journal.sync)
            answers = await self._sender.deliver([load.parcel for load in now])
            # What is unsure stays in flight: whoever goes on with the run looks what became of it.
            told = [each for each in zip(stamps, answers, strict=True) if each[1].taken is not Taken.UNSURE]
            self._journal.end([stamp for stamp, _ in told], [answer for _, answer in told])
            again = 0
            for load, answer in zip(now, answers, strict=True):
                queue = waiting[load.parcel.channel, load.parcel.partition]
                if answer.taken is Taken.REFUSED:
                    queue.extendleft(reversed(await self._halves(load, str(answer.error))))
                elif answer.taken is Taken.FORGOTTEN:
                    queue.appendleft(load)
                    again = 1
                elif answer.taken is not Taken.SENT:
                    raise answer.error or InspectorError(f"{load.parcel.channel.name} takes nothing.")
            forgotten = (forgotten + 1) * again
            if forgotten > FORGOTTEN:
                raise InspectorError(
                    "The broker keeps forgetting who sends.", "Look into its log for the reason."
                )
            waiting = {place: queue for place, queue in waiting.items() if queue}

    async def _halves(self, load: Load, why: str) -> list[Load]:
        """A batch that was refused in two, so that in the end only what is at fault is left out."""
        count = len(load.indices)
        if count == 1:
            self._journal.refuse({load.indices[0]: why})
            return []
        pinned = [replace(each, partition=load.parcel.partition) for each in load.records]
        halves: list[Load] = []
        for part in (slice(0, count // 2), slice(count // 2, count)):
            _, packed = await self.pack(load.indices[part], pinned[part])
            halves += packed
        return halves
