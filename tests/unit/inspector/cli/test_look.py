"""Looking at servers: what a person who watches is told, and that ending it early is no error."""

from __future__ import annotations

import asyncio

import pytest

from graph.model import DependencyGraph
from inspector.brokers.memory import MemoryBroker
from inspector.cli import look
from inspector.cli.look import UNTIL_STOPPED, Look, connects
from inspector.cli.terminal import Terminal


async def test_a_server_that_goes_and_comes_back_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(look, "STEP_S", 0.05)
    broker = MemoryBroker("comes-back")
    orders = broker.create_channel("orders")
    said: list[str] = []
    seen: list[DependencyGraph] = []
    task = asyncio.current_task()
    assert task is not None

    def each(graph: DependencyGraph) -> None:
        seen.append(graph)
        said.append(capsys.readouterr().err)
        told = "".join(said)
        if orders in graph.channels and len(said) > 3 and "comes-back" not in told:
            broker.stop()
        elif "comes-back" in told and "is back" not in told:
            broker.start()
        elif "is back" in told:
            task.cancel()  # as Ctrl+C does

    async with asyncio.timeout(20):
        commands = connects([broker.url], None, Terminal())
        graph, troubles = await Look(None, commands, UNTIL_STOPPED, Terminal(), each).take()
    assert orders in graph.channels
    assert troubles == {}
    lines = "".join(said).splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("comes-back:1 does not answer.")
    assert lines[1] == "comes-back:1 is back."


async def test_a_look_that_nobody_watches_ends_with_its_task() -> None:
    broker = MemoryBroker("cut-short")
    broker.create_channel("orders")
    looking = asyncio.get_running_loop().create_task(
        Look(None, connects([broker.url], None, Terminal()), 60.0, Terminal()).take()
    )
    await asyncio.sleep(0.2)
    looking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await looking


async def test_a_server_that_never_answered_is_told_while_others_are_watched(
    capsys: pytest.CaptureFixture[str],
) -> None:
    broker = MemoryBroker("there-alone")
    broker.create_channel("orders")
    task = asyncio.current_task()
    assert task is not None
    said: list[str] = []

    def each(graph: DependencyGraph) -> None:
        said.append(capsys.readouterr().err)
        task.cancel()  # as Ctrl+C does

    async with asyncio.timeout(20):
        commands = connects([broker.url, "memory://never-there"], None, Terminal())
        _, troubles = await Look(None, commands, UNTIL_STOPPED, Terminal(), each).take()
    assert said[0].startswith("Nothing listens at never-there:1.")
    assert len(troubles) == 1


async def test_the_same_server_twice_is_waited_for_once() -> None:
    broker = MemoryBroker("twice")
    broker.create_channel("orders")
    commands = connects([broker.url, broker.url], None, Terminal())
    async with asyncio.timeout(look.PATIENCE_S / 2):
        graph, troubles = await Look(None, commands, 0.1, Terminal()).take()
    assert len(graph.servers) == 1
    assert troubles == {}
