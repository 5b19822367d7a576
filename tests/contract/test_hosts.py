"""The engine behaves the same in a process, in a thread, and stepped by hand; all over a real Kafka."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from graph.delta import apply
from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import DependencyGraph
from inspector.host import Host, InlineHost, ProcessHost, ThreadHost
from inspector.link import (
    Connect,
    ConnectionChanged,
    ConnectionState,
    Disconnect,
    GraphChanged,
    LockChanged,
    PlanRun,
    Problem,
    Ready,
    Report,
    RunMoved,
    RunPlanned,
    StartRun,
    Stopped,
    Unlock,
)
from inspector.record import Position
from inspector.replay.choice import Choice
from inspector.replay.journal import VARIABLE
from inspector.replay.marks import REPLAY_HEADER
from inspector.replay.request import Request, Target
from inspector.replay.run import RunState
from inspector.store.reader import CaptureReader

pytestmark = pytest.mark.kafka


Kind = TypeVar("Kind")


class Client:
    """Reads a host's reports and waits for what a test wants to see."""

    def __init__(self, host: Host, capture: Path) -> None:
        self.host = host
        self.capture = capture
        self.reports: list[Report] = []
        self.graph = DependencyGraph()

    def poll(self) -> None:
        for report in self.host.poll():
            self.reports.append(report)
            if isinstance(report, GraphChanged):
                self.graph = apply(self.graph, report.delta)

    def wait(self, holds: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"no {what} within {seconds} s, but {self.reports[-5:]}"
            self.poll()
            time.sleep(0.005)

    def last(self, kind: type[Kind]) -> Kind | None:
        return next((each for each in reversed(self.reports) if isinstance(each, kind)), None)

    def live(self) -> bool:
        state = self.last(ConnectionChanged)
        return state is not None and state.state is ConnectionState.LIVE


@pytest.fixture(params=[ProcessHost, ThreadHost, InlineHost], ids=lambda kind: kind.__name__)
def client(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Client]:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "replays"))
    capture = tmp_path / "capture.evs"
    host: Host = request.param(capture)
    host.start()
    yield Client(host, capture)
    host.stop(10.0)
    assert not host.alive


def _write(bootstrap: str, topic: str, *values: bytes) -> None:
    async def send() -> None:
        async with AIOKafkaProducer(bootstrap_servers=bootstrap, client_id="shop-producer") as producer:
            for value in values:
                await producer.send_and_wait(topic, value, key=b"k")

    asyncio.run(send())


@pytest.fixture
def topic(kafka: str) -> ChannelId:
    name = f"host-{uuid4().hex[:8]}"
    _write(kafka, name, b'{"n": 0}')
    return ChannelId(ServerId("kafka", kafka), ChannelKind.TOPIC, name)


def test_it_starts_and_ends_in_order(client: Client) -> None:
    client.wait(lambda: client.last(Ready) is not None, "Ready")
    client.host.stop(10.0)
    client.poll()
    assert isinstance(client.reports[0], Ready)
    assert isinstance(client.reports[-1], Stopped)
    assert not client.host.alive
    client.host.stop(1.0)


def test_a_wrong_address_is_refused_in_a_sentence(client: Client) -> None:
    client.host.send(Connect("gopher://nowhere"))
    client.wait(lambda: client.last(Problem) is not None, "Problem")
    state = client.last(ConnectionChanged)
    assert state is not None
    assert state.state is ConnectionState.REFUSED
    assert "gopher" in state.message


def test_it_shows_the_graph_and_stores_the_records(client: Client, topic: ChannelId) -> None:
    client.host.send(Connect(f"kafka://{topic.server.address}"))
    client.wait(lambda: topic in client.graph.channels, "channel in the graph")
    _write(topic.server.address, topic.name, b'{"n": 1}', b"")

    reader = None

    def stored() -> list[bytes | None]:
        nonlocal reader
        if reader is None and client.capture.exists():
            reader = CaptureReader(client.capture)
        if reader is None:
            return []
        reader.refresh()
        found = [reader.find(topic, Position(0, offset)) for offset in range(3)]
        return [reader.record(row).value for row in found if row is not None]

    client.wait(lambda: stored() == [b'{"n": 0}', b'{"n": 1}', b""], "records in the capture")
    assert reader is not None
    client.wait(lambda: topic in reader.graph().channels, "graph in the capture")
    reader.close()
    client.host.send(Disconnect(topic.server))
    client.wait(
        lambda: (client.last(ConnectionChanged) or _none).state is ConnectionState.CLOSED, "closed connection"
    )


def test_nothing_is_sent_until_it_is_unlocked(client: Client, topic: ChannelId) -> None:
    client.host.send(Connect(f"kafka://{topic.server.address}"))
    client.wait(lambda: topic in client.graph.channels, "channel in the graph")
    reader = CaptureReader(client.capture)
    client.wait(lambda: reader.refresh() > 0 and reader.find(topic, Position(0, 0)) is not None, "the record")
    row = reader.find(topic, Position(0, 0))
    assert row is not None
    choice = Choice(source=str(client.capture), rows=(row,))
    barred = Request(choice, Target(topic.server, topic))
    request = Request(choice, Target(topic.server, topic), force_reason="a test")

    client.host.send(PlanRun(barred))
    client.wait(lambda: client.last(RunPlanned) is not None, "plan")
    assert "own records again" in client.last(RunPlanned).plan.why_not  # type: ignore[union-attr]

    def refused(asked: Request, words: str) -> None:
        client.reports.clear()
        client.host.send(StartRun(asked))
        client.wait(lambda: client.last(RunMoved) is not None, "refusal")
        run = client.last(RunMoved).run  # type: ignore[union-attr]
        assert (run.state, run.sent) == (RunState.STOPPED, 0)
        assert words in run.message

    refused(barred, "own records again")
    refused(request, "read-only")
    client.host.send(Unlock(topic.server, "some other name"))
    client.wait(lambda: client.last(LockChanged) is not None, "answer to the wrong name")
    assert client.last(LockChanged).locked  # type: ignore[union-attr]
    refused(request, "read-only")

    client.reports.clear()
    client.host.send(Unlock(topic.server, topic.server.address))
    client.host.send(StartRun(request))
    ended = {RunState.DONE, RunState.STOPPED}
    client.wait(lambda: (moved := client.last(RunMoved)) is not None and moved.run.state in ended, "replay")
    run = client.last(RunMoved).run  # type: ignore[union-attr]
    assert (run.sent, run.total) == (1, 1)
    client.wait(
        lambda: reader.refresh() > 0 and reader.find(topic, Position(0, 1)) is not None, "the new one"
    )
    row = reader.find(topic, Position(0, 1))
    assert row is not None
    assert reader.record(row).header(REPLAY_HEADER) == run.id
    reader.close()


_none = ConnectionChanged(ServerId("", ""), "", ConnectionState.CONNECTING)


def test_a_child_whose_parent_was_killed_ends_by_itself(tmp_path: Path) -> None:
    code = (
        "import sys, time, pathlib\n"
        "from inspector.host import ProcessHost\n"
        "host = ProcessHost(pathlib.Path(sys.argv[1]))\n"
        "host.start()\n"
        "print(host.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "c.evs")], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    time.sleep(1.0)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 10
    while _runs(child):
        assert time.monotonic() < deadline, "the engine outlived its window"
        time.sleep(0.05)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
