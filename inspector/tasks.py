"""The one way to start an asyncio task: named, referenced, and its failure reported."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

AGAIN_S = 5.0
"""How long a task may take to end."""
log = logging.getLogger("eventscope.tasks")


class TaskGroup:
    """Tasks that live as long as their owner; `close` cancels and awaits them all."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def spawn(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Start `work`; a failure is logged with its traceback, never lost."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            log.error("task %s ended by %r", task.get_name(), failure, exc_info=failure)

    async def close(self) -> None:
        """Cancel what still runs and wait for it.

        What goes on all the same is cancelled again: `asyncio.wait_for` before Python 3.12 forgets a
        cancellation that comes together with its result (https://github.com/python/cpython/issues/86296), and
        clients of brokers stand on it.
        """
        left = set(self._tasks)
        while left:
            for task in left:
                task.cancel()
            _, left = await asyncio.wait(left, timeout=AGAIN_S)
