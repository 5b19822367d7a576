"""What one `observe` yields: batches that wait to be taken, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence

from inspector.errors import AccessRefused
from inspector.observation import Observation
from inspector.tasks import TaskGroup

WAITING = 32
"""Batches that may wait; beyond them whoever looks waits too."""
TOGETHER = 1_000
"""Observations that are handed over at once, at most, where several batches wait."""


class Handover:
    """Filled by tasks, which end with it."""

    def __init__(self, tasks: TaskGroup) -> None:
        self._tasks = tasks
        self._queue: asyncio.Queue[list[Observation] | None] = asyncio.Queue(WAITING)
        self._refusal: AccessRefused | None = None

    async def put(self, seen: list[Observation]) -> None:
        """Hand observations over; waits where many wait already."""
        if seen:
            await self._queue.put(seen)

    async def batches(self) -> AsyncGenerator[Sequence[Observation], None]:
        """What was put, until `close`; raises the refusal that `refuse` was given."""
        try:
            while (batch := await self._queue.get()) is not None:
                while not self._queue.empty() and len(batch) < TOGETHER:
                    more = self._queue.get_nowait()
                    if more is None:
                        self._queue.put_nowait(None)
                        break
                    batch += more
                yield batch
            if self._refusal is not None:
                raise self._refusal
        finally:
            await self._tasks.close()

    async def refuse(self, refusal: AccessRefused) -> None:
        """End with a refusal: repeating a login that is refused can lock an account. Never returns."""
        self._refusal = refusal
        await self._queue.put(None)
        # Whoever reads the iterator ends all tasks now, this one too.
        await asyncio.Event().wait()

    async def close(self) -> None:
        """End the iterator and all tasks."""
        await self._tasks.close()
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(None)
