"""The engine over a broker in memory: what goes wrong is told, and it goes on when the cause is gone."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from graph.delta import apply
from graph.identity import Action, ApplicationId, OperationId
from graph.model import DependencyGraph
from inspector.brokers.memory import MemoryBroker
from inspector.conventions.rules import HeaderRule
from inspector.engine import Engine
from inspector.link import (
    Command,
    Connect,
    ConnectionChanged,
    ConnectionState,
    Gauges,
    GraphChanged,
    Problem,
    ProblemSolved,
    Report,
    SetCapture,
    Stop,
    UseProject,
)
from inspector.loops.watch import LoopWatch
from inspector.project.loops import count
from inspector.project.model import (
    AcknowledgedLoop,
    Confirmed,
    DeclaredApplication,
    Identities,
    KnownServer,
    Project,
)
from inspector.store.reader import CaptureReader


class Running:
    """An engine in this loop with everything it has reported."""

    def __init__(self, engine: Engine, reports: list[Report]) -> None:
        self.engine = engine
        self.reports = reports

    def send(self, command: Command) -> None:
        self.engine.commands.put_nowait(command)

    def states(self) -> list[ConnectionState]:
        return [each.state for each in self.reports if isinstance(each, ConnectionChanged)]

    def graph(self) -> DependencyGraph:
        graph = DependencyGraph()
        for report in self.reports:
            if isinstance(report, GraphChanged):
                graph = apply(graph, report.delta)
        return graph

    async def until(self, holds: Callable[[], bool], seconds: float = 10.0) -> None:
        async with asyncio.timeout(seconds):
            while not holds():
                await asyncio.sleep(0.01)


@asynccontextmanager
async def running(capture: Path | None = None) -> AsyncIterator[Running]:
    reports: list[Report] = []

    async def deliver(batch: list[Report]) -> None:
        reports.extend(batch)

    engine = Engine(capture, deliver)
    task = asyncio.get_running_loop().create_task(engine.run())
    try:
        yield Running(engine, reports)
    finally:
        engine.commands.put_nowait(Stop())
        await task


async def test_the_first_graph_comes_at_once() -> None:
    broker = MemoryBroker("first")
    orders = broker.create_channel("orders")
    broker.join("billing", client_id="billing-1", channels=[orders])
    async with running() as at:
        at.send(Connect(broker.url))
        await at.until(lambda: orders in at.graph().channels and bool(at.graph().operations), 2.0)
        assert [each.name for each in at.graph().applications.values()] == ["billing"]


async def test_the_first_edges_wait_for_no_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.engine.GRAPH_EVERY_S", 60.0)
    broker = MemoryBroker("edges")
    orders = broker.create_channel("orders")
    async with running() as at:
        at.send(Connect(broker.url))
        await at.until(lambda: orders in at.graph().channels)
        broker.join("billing", client_id="billing-1", channels=[orders])
        await at.until(lambda: bool(at.graph().operations))


async def test_a_broker_that_goes_away_and_comes_back() -> None:
    broker = MemoryBroker("away")
    orders = broker.create_channel("orders")
    async with running() as at:
        at.send(Connect(broker.url))
        await at.until(lambda: orders in at.graph().channels)
        broker.stop()
        await at.until(lambda: at.states()[-1] is ConnectionState.LOST)
        problem = next(each for each in at.reports if isinstance(each, Problem))
        assert "away:1" in problem.message
        broker.start()
        await at.until(lambda: at.states()[-1] is ConnectionState.LIVE)
        assert any(isinstance(each, ProblemSolved) and each.key == problem.key for each in at.reports)
        other = broker.create_channel("other")
        await at.until(lambda: other in at.graph().channels)


async def test_a_broker_that_is_started_later() -> None:
    async with running() as at:
        at.send(Connect("memory://later"))
        await at.until(lambda: ConnectionState.LOST in at.states())
        broker = MemoryBroker("later")
        await at.until(lambda: at.states()[-1] is ConnectionState.LIVE)
        await at.until(lambda: broker.server in at.graph().servers)


async def test_a_refused_login_is_not_tried_again() -> None:
    broker = MemoryBroker("locked", user="ann", password="right")
    async with running() as at:
        at.send(Connect(broker.url.replace("//", "//ann@"), "wrong"))
        await at.until(lambda: at.states()[-1:] == [ConnectionState.REFUSED])
        await asyncio.sleep(1.3)
        assert at.states().count(ConnectionState.CONNECTING) == 1


async def test_a_refused_login_can_be_given_again() -> None:
    broker = MemoryBroker("locked-again", user="ann", password="right")
    url = broker.url.replace("//", "//ann@")
    async with running() as at:
        at.send(Connect(url, "wrong"))
        await at.until(lambda: at.states()[-1:] == [ConnectionState.REFUSED])
        at.send(Connect(url, "right"))
        await at.until(lambda: at.states()[-1] is ConnectionState.LIVE)
        at.send(Connect(url, "wrong"))
        await asyncio.sleep(0.2)
        assert at.states()[-1] is ConnectionState.LIVE, "what is open stays open"


async def test_records_go_into_the_capture_only_while_it_is_on(tmp_path: Path) -> None:
    broker = MemoryBroker("capture")
    orders = broker.create_channel("orders")
    broker.write(orders, b"kept")
    path = tmp_path / "c.evs"
    async with running(path) as at:
        at.send(Connect(broker.url))
        await at.until(lambda: any(isinstance(each, Gauges) and each.rows == 1 for each in at.reports))
        at.send(SetCapture(on=False))
        await at.until(lambda: any(isinstance(each, Gauges) and not each.capturing for each in at.reports))
        broker.write(orders, b"not kept")
        await asyncio.sleep(0.1)
    reader = CaptureReader(path)
    assert reader.refresh() == 1
    assert orders in reader.graph().channels
    reader.close()


async def test_a_capture_that_cannot_be_made_is_a_problem_and_not_an_end(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    broker = MemoryBroker("nowhere")
    broker.create_channel("orders")
    async with running(tmp_path / "file" / "c.evs") as at:
        at.send(Connect(broker.url))
        await at.until(lambda: bool(at.graph().channels))
        problem = next(each for each in at.reports if isinstance(each, Problem))
        assert problem.key == "capture"


async def test_a_full_disk_is_told_and_nothing_is_lost_when_there_is_room_again(tmp_path: Path) -> None:
    broker = MemoryBroker("full")
    orders = broker.create_channel("orders")
    path = tmp_path / "c.evs"
    async with running(path) as at:
        at.send(Connect(broker.url))
        await at.until(lambda: orders in at.graph().channels)
        await at.until(lambda: any(isinstance(each, Gauges) for each in at.reports))
        assert at.engine._capture is not None
        writer = at.engine._capture.writer
        used = writer._number("PRAGMA page_count")
        writer._number(f"PRAGMA max_page_count = {used}")
        for number in range(50):
            broker.write(orders, bytes([number]) + os.urandom(20_000))
        await at.until(lambda: any(isinstance(each, Problem) for each in at.reports))
        problem = next(each for each in at.reports if isinstance(each, Problem))
        assert problem.key == "capture"
        assert str(path) in problem.message
        writer._number("PRAGMA max_page_count = 1000000")
        await at.until(
            lambda: any(isinstance(each, ProblemSolved) and each.key == "capture" for each in at.reports)
        )
    reader = CaptureReader(path)
    assert reader.refresh() == 50
    reader.close()


@pytest.mark.expects_log
async def test_a_defect_in_one_piece_of_work_does_not_end_the_rest(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("one over nothing")

    broker = MemoryBroker("defect")
    orders = broker.create_channel("orders")
    with caplog.at_level(logging.CRITICAL):
        monkeypatch.setattr(LoopWatch, "fold", fail)
        async with running() as at:
            at.send(Connect(broker.url))
            broker.write(orders, b"x")
            await at.until(lambda: any(isinstance(each, Problem) for each in at.reports))
            assert at.states()[-1] is ConnectionState.LIVE
            other = broker.create_channel("other")
            await at.until(lambda: other in at.graph().channels)


# A project


def _keys(at: Running) -> set[str]:
    return {each.key for each in at.engine.graph.applications}


async def test_what_people_decided_about_names_wins(tmp_path: Path) -> None:
    broker = MemoryBroker("decided")
    topic = broker.create_channel("placed")
    for group in ("orders", "billing-x"):
        broker.join(group, client_id=f"{group}-1", channels=[topic])
    file = str(tmp_path / "eventscope.toml")
    merged = Project(identities=Identities(together=(("group:orders", "group:billing-x"),)))
    async with running() as at:
        at.send(Connect(broker.url))
        await at.until(lambda: _keys(at) == {"orders", "billing-x"})
        at.send(UseProject(merged, file))
        await at.until(lambda: len(_keys(at)) == 1)
        at.send(UseProject(Project(), file))
        await at.until(lambda: _keys(at) == {"orders", "billing-x"})
        apart = Project(identities=Identities(apart=(("client-id:orders-1", "group:orders"),)))
        at.send(UseProject(apart, file))
        orders = ApplicationId("orders")
        await at.until(lambda: len(at.engine.graph.applications[orders].aliases) == 1)


async def test_what_people_declared_is_in_the_graph_and_damage_is_told(tmp_path: Path) -> None:
    broker = MemoryBroker("declared")
    topic = broker.create_channel("placed")
    document = tmp_path / "specs" / "mail.yaml"
    document.parent.mkdir()
    document.write_text("asyncapi: 2.6.0\ninfo: [")
    project = Project(
        connections=(KnownServer(broker.url, "The shop"),),
        applications=(DeclaredApplication("billing", "Ann", sends=("placed",)),),
        asyncapi=("specs/*.yaml",),
    )
    use = UseProject(project, str(tmp_path / "eventscope.toml"))
    billing = OperationId(ApplicationId("billing"), Action.SEND, topic)
    mail = OperationId(ApplicationId("mail"), Action.RECEIVE, topic)
    async with running() as at:
        at.send(use)
        at.send(Connect(broker.url))
        await at.until(lambda: set(at.graph().operations) == {billing})
        assert at.graph().applications[billing.application].owner == "Ann"
        assert [each.name for each in at.graph().servers.values()] == ["The shop"]
        (problem,) = (each for each in at.reports if isinstance(each, Problem))
        assert "mail.yaml is no YAML or JSON in line" in problem.message
        document.write_text("asyncapi: 2.6.0\ninfo: {title: mail}\nchannels: {placed: {publish: {}}}\n")
        at.send(use)
        await at.until(lambda: set(at.graph().operations) == {billing, mail})
        assert any(isinstance(each, ProblemSolved) and each.key == problem.key for each in at.reports)
        at.send(UseProject(Project(), use.path))
        await at.until(lambda: at.graph().operations == {})
        assert at.graph().applications == {}


async def test_rules_of_people_name_senders(tmp_path: Path) -> None:
    broker = MemoryBroker("rules")
    topic = broker.create_channel("placed")
    async with running() as at:
        rule = HeaderRule("sender", header="x-app", channels="placed")
        at.send(UseProject(Project(rules=(rule,)), str(tmp_path / "eventscope.toml")))
        at.send(Connect(broker.url))
        await at.until(lambda: topic in at.graph().channels)
        producer = broker.producer()
        for number in range(20):
            producer.write(topic, str(number).encode(), headers=(("X-App", b"till"),))
        await at.until(lambda: "till" in _keys(at))


async def test_what_people_decided_about_loops_counts(tmp_path: Path) -> None:
    broker = MemoryBroker("looping")
    there, back = broker.create_channel("there"), broker.create_channel("back")
    file = str(tmp_path / "eventscope.toml")
    for name, source, target in (("mover", there, back), ("returner", back, there)):
        broker.join(name, client_id=f"{name}-1", channels=[source])
        producer = broker.producer()
        for number in range(20):
            producer.write(target, str(number).encode(), headers=(("ce_source", f"/{name}".encode()),))
    known = Project(acknowledged=(AcknowledgedLoop(("back", "returner", "there", "mover"), "Meant."),))
    async with running() as at:
        at.send(Connect(broker.url))
        await at.until(lambda: [str(each.status) for each in at.graph().loops.values()] == ["possible"])
        at.send(UseProject(known, file))
        await at.until(lambda: [str(each.status) for each in at.graph().loops.values()] == ["acknowledged"])
        await at.until(lambda: "acknowledged-loop" in {each.rule for each in at.graph().findings})
        at.send(UseProject(Project(), file))
        await at.until(lambda: [str(each.status) for each in at.graph().loops.values()] == ["possible"])


async def test_internal_channels_count_where_people_say_so(tmp_path: Path) -> None:
    broker = MemoryBroker("inside")
    topic = broker.create_channel("app-store-changelog", internal=True)
    broker.join("app", client_id="app-1", channels=[topic])
    known = Project(confirmed=(Confirmed("group:app", Action.SEND, topic.name),))
    file = str(tmp_path / "eventscope.toml")
    async with running() as at:
        at.send(Connect(broker.url))
        at.send(UseProject(known, file))
        await at.until(lambda: len(at.graph().operations) == 2)
        assert at.graph().loops == {}
        at.send(UseProject(count("internal", on=True).applied(known), file))
        await at.until(lambda: len(at.graph().loops) == 1)
