"""What is handed over to whoever observes, and how it ends."""

from __future__ import annotations

import asyncio

import pytest

from graph.identity import ServerId
from inspector.brokers.handover import TOGETHER, Handover
from inspector.errors import AccessRefused
from inspector.observation import Back, Observation
from inspector.tasks import TaskGroup

SEEN = Back(ServerId("nats", "host:4222"))


async def taken(handover: Handover) -> list[int]:
    return [len(batch) async for batch in handover.batches()]


async def read(handover: Handover, into: list[Observation]) -> None:
    async for batch in handover.batches():
        into += batch


async def test_what_waits_is_handed_over_together_and_nothing_is_lost() -> None:
    handover = Handover(TaskGroup())
    for count in (1, 0, TOGETHER - 2, 5, 7):
        await handover.put([SEEN] * count)
    reading = asyncio.get_running_loop().create_task(taken(handover))
    await asyncio.sleep(0.01)
    await handover.close()
    assert await reading == [1 + TOGETHER - 2 + 5, 7]


async def test_a_refusal_ends_it_after_what_was_seen_before() -> None:
    tasks = TaskGroup()
    handover = Handover(tasks)
    await handover.put([SEEN])
    refusing = tasks.spawn(handover.refuse(AccessRefused("No.")), "refusing")
    got: list[Observation] = []
    with pytest.raises(AccessRefused, match=r"No\."):
        await read(handover, got)
    assert got == [SEEN]
    assert refusing.cancelled()


async def test_closing_ends_its_tasks() -> None:
    tasks = TaskGroup()
    handover = Handover(tasks)
    running = tasks.spawn(asyncio.Event().wait(), "waiting")
    reading = asyncio.get_running_loop().create_task(taken(handover))
    await asyncio.sleep(0)
    await handover.close()
    await handover.close()
    assert await reading == []
    assert running.cancelled()
