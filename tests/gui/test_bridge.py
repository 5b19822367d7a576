"""The bridge over a real engine and a broker in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from graph.delta import diff
from graph.identity import ServerId
from graph.model import DependencyGraph, Severity
from gui.bridge import EngineBridge
from gui.session import ENGINE, Session
from inspector.brokers.memory import MemoryBroker
from inspector.host import InlineHost, ThreadHost
from inspector.link import (
    Command,
    Connect,
    ConnectionChanged,
    ConnectionState,
    Gauges,
    GraphChanged,
    Problem,
    Report,
    UseProject,
)


@pytest.fixture(params=[ThreadHost, InlineHost], ids=["thread", "inline"])
def bridge(request: pytest.FixtureRequest, qapp: object, tmp_path: Path) -> Iterator[EngineBridge]:
    made = EngineBridge(lambda: request.param(tmp_path / "seen.evs"))
    yield made
    made.stop()
    made.deleteLater()


def test_a_graph_and_gauges_arrive(qtbot: QtBot, bridge: EngineBridge) -> None:
    broker = MemoryBroker("bridge-shop")
    orders = broker.create_channel("orders")
    broker.producer("shop-tx").write(orders, b'{"n": 1}')
    states: list[ConnectionState] = []
    graphs: list[DependencyGraph] = []
    gauges: list[Gauges] = []
    bridge.connection_changed.connect(lambda report: states.append(report.state))
    bridge.graph_changed.connect(graphs.append)
    bridge.gauges_changed.connect(gauges.append)
    bridge.start()
    bridge.send(Connect(broker.url))
    qtbot.waitUntil(lambda: bool(graphs) and orders in graphs[-1].channels, timeout=8000)
    qtbot.waitUntil(lambda: bool(gauges) and gauges[-1].rows == 1, timeout=8000)
    assert states[:2] == [ConnectionState.CONNECTING, ConnectionState.LIVE]


class Scripted:
    """A host whose reports a test writes; it ends when it is told to."""

    def __init__(self, batches: list[list[Report]]) -> None:
        self.on_arrival: Callable[[], None] | None = None
        self.batches = batches
        self.alive = True
        self.sent: list[Command] = []

    def start(self) -> None:
        self.alive = True

    def send(self, command: Command) -> None:
        self.sent.append(command)

    def poll(self) -> list[Report]:
        return self.batches.pop(0) if self.batches else []

    def stop(self, timeout_s: float = 5.0) -> None:
        self.alive = False


def _gauges(rows: int) -> Gauges:
    return Gauges(rows, rows, 0, 0.0, 0.0, 1, 0)


def test_a_batch_becomes_one_graph_and_the_newest_gauges(qtbot: QtBot, graph: DependencyGraph) -> None:
    empty = DependencyGraph()
    half = DependencyGraph(servers=graph.servers, channels=graph.channels)
    batch: list[Report] = [
        _gauges(1),
        GraphChanged(diff(empty, half)),
        Problem("p", Severity.WARNING, "Something.", 1),
        GraphChanged(diff(half, graph)),
        _gauges(2),
    ]
    host = Scripted([batch])
    bridge = EngineBridge(lambda: host)
    told: list[tuple[str, object]] = []
    bridge.graph_changed.connect(lambda each: told.append(("graph", each)))
    bridge.gauges_changed.connect(lambda each: told.append(("gauges", each)))
    bridge.problem_raised.connect(lambda each: told.append(("problem", each)))
    bridge.start()
    qtbot.waitUntil(lambda: len(told) == 3, timeout=3000)
    assert [name for name, _ in told] == ["graph", "problem", "gauges"]
    seen = told[0][1]
    assert isinstance(seen, DependencyGraph)
    assert seen.channels == graph.channels
    assert seen.loops == graph.loops
    assert told[2][1] == _gauges(2)
    bridge.stop()


def test_an_engine_that_dies_is_told_and_can_be_started_again(qtbot: QtBot) -> None:
    hosts: list[Scripted] = []

    def make() -> Scripted:
        hosts.append(Scripted([]))
        return hosts[-1]

    bridge = EngineBridge(make)
    bridge.start()
    with qtbot.waitSignal(bridge.engine_ended, timeout=3000) as ended:
        hosts[0].alive = False
    assert "captured is kept" in ended.args[0]
    assert len(hosts) == 1
    bridge.start()
    assert len(hosts) == 2
    bridge.stop()


def test_the_session_restarts_the_engine_with_its_connections(qtbot: QtBot, tmp_path: Path) -> None:
    hosts: list[Scripted] = []

    def make() -> Scripted:
        hosts.append(Scripted([]))
        return hosts[-1]

    session = Session()
    bridge = EngineBridge(make, session)
    session.attach(bridge, tmp_path / "none.evs")
    bridge.start()
    session.connect_to("kafka://one:9092", None)
    hosts[0].batches.append(
        [ConnectionChanged(_server(), "kafka://one:9092", ConnectionState.LIVE)],
    )
    qtbot.waitUntil(lambda: bool(session.connections), timeout=3000)
    session.unlocked.add(_server())
    with qtbot.waitSignal(bridge.engine_ended, timeout=3000):
        hosts[0].alive = False
    assert session.troubles[ENGINE].solved_ns is None
    assert session.connections[_server()].state is ConnectionState.LOST
    assert not session.unlocked, "a new engine sends nothing before it is allowed anew"
    assert "restart it" in session.why_not_live
    session.restart()
    assert "restart it" not in session.why_not_live
    assert hosts[1].sent[-1] == Connect("kafka://one:9092", None)
    assert [type(each) for each in hosts[1].sent] == [UseProject, Connect]
    assert session.troubles[ENGINE].solved_ns is not None
    session.close()


def _server() -> ServerId:
    return ServerId("kafka", "one:9092")
