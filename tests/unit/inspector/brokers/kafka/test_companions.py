"""When companions are asked, and what is told of those that do not answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from graph.identity import ServerId
from graph.model import Unavailable
from inspector.brokers.kafka.cluster import Cluster
from inspector.brokers.kafka.companions import Companions
from inspector.connection import parse
from inspector.errors import AccessRefused, ConnectionFailed, InspectorError
from inspector.observation import MirrorsSeen, NotVisible, Observation, VisibleAgain

SERVER = ServerId("kafka", "broker:9092")
SEEN = MirrorsSeen(SERVER, (), ())
DOWN = NotVisible(Unavailable("It", "It is down.", "Start it."), SERVER)


class Script:
    """A companion that answers as written down: a failure, nothing at all, or what it sees."""

    title = "It"

    def __init__(self, *answers: InspectorError | str | None) -> None:
        self._answers: Iterator[InspectorError | str | None] = iter(answers)

    async def look(self) -> Observation:
        answer = next(self._answers)
        if answer == "hangs":
            await asyncio.sleep(60)
        if isinstance(answer, InspectorError):
            raise answer
        return SEEN


async def told(script: Script, count: int, monkeypatch: pytest.MonkeyPatch) -> list[Observation]:
    """The first observations."""
    monkeypatch.setattr("inspector.brokers.kafka.companions.EVERY_S", 0.0)
    queue: asyncio.Queue[list[Observation]] = asyncio.Queue(1)
    companions = Companions(Cluster(parse("kafka://broker:9092")), queue.put)
    task = asyncio.get_running_loop().create_task(companions.keep(script))
    seen: list[Observation] = []
    async with asyncio.timeout(5):
        while len(seen) < count:
            seen += await queue.get()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return seen


async def test_a_failure_is_told_once_and_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    down = ConnectionFailed("It is down.", "Start it.")
    seen = await told(Script(None, down, down, None, None), 5, monkeypatch)
    assert seen == [SEEN, DOWN, SEEN, VisibleAgain("It", SERVER), SEEN]


async def test_one_that_takes_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.brokers.kafka.companions.LIMIT_S", 0.1)
    failure, again, _ = await told(Script("hangs", None), 3, monkeypatch)
    assert isinstance(failure, NotVisible)
    assert "did not answer everything within" in failure.unavailable.why
    assert again == SEEN


async def test_one_that_refuses_the_login_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Observation] = []

    async def emit(batch: list[Observation]) -> None:
        seen.extend(batch)

    companions = Companions(Cluster(parse("kafka://broker:9092")), emit)
    await companions.keep(Script(AccessRefused("It is down.", "Start it.")))
    assert seen == [DOWN]
