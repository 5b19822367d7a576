from __future__ import annotations

import asyncio

import pytest

from inspector.tasks import TaskGroup


async def test_what_forgets_that_it_was_cancelled_is_cancelled_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.tasks.AGAIN_S", 0.01)
    forgotten = 0

    async def go_on() -> None:
        nonlocal forgotten
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if forgotten == 2:
                    raise
                forgotten += 1

    tasks = TaskGroup()
    task = tasks.spawn(go_on(), "forgetful")
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await tasks.close()
    assert (task.cancelled(), forgotten) == (True, 2)


async def test_all_tasks_end_together() -> None:
    tasks = TaskGroup()
    found = [tasks.spawn(asyncio.sleep(60), f"sleep {number}") for number in range(3)]
    await tasks.close()
    assert all(task.cancelled() for task in found)
    await tasks.close()
