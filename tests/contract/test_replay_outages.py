"""A broker that dies in the middle of a replay, and records that come round to it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from graph.identity import ChannelId
from inspector.brokers.memory import MemoryBroker
from inspector.demo.broker import KafkaBroker
from inspector.engine import Engine
from inspector.link import (
    Connect,
    ConnectionChanged,
    ConnectionState,
    GraphChanged,
    PlanRun,
    Report,
    RunMoved,
    RunPlanned,
    StartRun,
    Stop,
    Unlock,
)
from inspector.replay.choice import Choice
from inspector.replay.journal import Journals
from inspector.replay.request import Pace, Request, Target
from inspector.replay.run import Fortune, Run, RunState
from tests import replays

pytestmark = pytest.mark.timeout(180)
COUNT = 40_000


@pytest.mark.kafka
@pytest.mark.parametrize("resumed", [False, True])
async def test_a_broker_that_is_killed_gets_each_record_once(
    tmp_path: Path, start_server: Any, monkeypatch: pytest.MonkeyPatch, resumed: bool
) -> None:
    monkeypatch.setattr("inspector.brokers.kafka.sending.PATIENCE_S", 1.0 if resumed else 60.0)
    broker = start_server(KafkaBroker(tmp_path))
    try:
        replays.capture(tmp_path / "c.evs", COUNT)
        target = replays.topic(broker.bootstrap)
        journals, url = Journals(tmp_path / "runs"), f"kafka://{broker.bootstrap}"
        run = replays.begun(journals, tmp_path / "c.evs", target, Pace(per_s=20_000.0))
        sent = asyncio.Event()

        def tell(now: Run) -> None:
            if now.sent > 4_000:
                sent.set()

        going = asyncio.get_running_loop().create_task(replays.gone_on(journals, run, url, tell))
        await asyncio.wait_for(sent.wait(), 60)
        await asyncio.to_thread(broker.kill)
        if resumed:
            ended = await going
            assert ended.state is RunState.STOPPED
            assert ended.message
            assert 0 < ended.sent < COUNT
        await asyncio.to_thread(broker.start)
        ended = await (replays.gone_on(journals, run, url) if resumed else going)
        assert (ended.state, ended.sent, ended.doubtful) == (RunState.DONE, COUNT, 0), ended.message
        assert {fate.fortune for fate in journals.fates(run)} == {Fortune.SENT}
        found = await asyncio.to_thread(replays.counted, target, COUNT)
        assert found == replays.Counted(missing=0, twice=0, disordered=0)
    finally:
        await asyncio.to_thread(broker.stop)


async def _fed_back(broker: MemoryBroker, channel: ChannelId) -> None:
    """An application that sends what it receives to where it came from, marks and all."""
    broker.join("echo", client_id="echo-1", channels=[channel])
    producer, at = broker.producer("echo-tx"), 0
    while True:
        with broker.lock:
            new = [*broker.channels[channel].logs[0].records[at:]]
        at += len(new)
        for record in new:
            producer.write(channel, record.value, key=record.key, headers=record.headers, partition=0)
        await asyncio.sleep(0.02)


async def test_records_that_come_round_too_often_stop_their_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVENTSCOPE_REPLAYS", str(tmp_path / "runs"))
    replays.capture(tmp_path / "c.evs", 400)
    broker = MemoryBroker("echoes")
    channel = broker.create_channel("target")
    reports: list[Report] = []
    news = asyncio.Event()

    async def deliver(some: list[Report]) -> None:
        reports.extend(some)
        news.set()

    async def until(holds: Any) -> Any:
        async with asyncio.timeout(30):
            while not (found := next(filter(holds, reversed(reports)), None)):
                news.clear()
                await news.wait()
        return found

    engine = Engine(None, deliver)
    running = asyncio.get_running_loop().create_task(engine.run())
    echo: asyncio.Task[None] | None = None
    try:
        engine.commands.put_nowait(Connect(broker.url))
        await until(lambda each: isinstance(each, ConnectionChanged) and each.state is ConnectionState.LIVE)
        await until(lambda each: isinstance(each, GraphChanged) and channel in engine.graph.channels)
        choice = Choice(source=str(tmp_path / "c.evs"), query="offset>=0")
        request = Request(choice, Target(broker.server, channel), Pace(per_s=50.0), hops_allowed=2)
        engine.commands.put_nowait(PlanRun(request))
        planned = await until(lambda each: isinstance(each, RunPlanned))
        assert planned.plan.why_not == ""
        echo = asyncio.get_running_loop().create_task(_fed_back(broker, channel))
        engine.commands.put_nowait(Unlock(broker.server, broker.server.address))
        engine.commands.put_nowait(StartRun(request))
        moved = await until(lambda each: isinstance(each, RunMoved) and each.run.state is RunState.STOPPED)
        assert "come round to target" in moved.run.message
        assert "2 rounds are allowed" in moved.run.message
        assert 0 < moved.run.sent < 200
        assert Journals(tmp_path / "runs").run(moved.run.id).message == moved.run.message
    finally:
        if echo is not None:
            echo.cancel()
            await asyncio.gather(echo, return_exceptions=True)
        engine.commands.put_nowait(Stop())
        await running
