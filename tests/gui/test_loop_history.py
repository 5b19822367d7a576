from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from graph.delta import diff
from graph.identity import ApplicationId, ChannelId, ChannelKind, LoopId, ServerId
from graph.model import DependencyGraph, FeedbackLoop, LoopStatus
from gui.loop_history import LoopHistory
from gui.session import Session
from gui.timeline.lanes import lanes
from inspector.store.writer import CaptureWriter

ORDERS = ChannelId(ServerId("kafka", "broker:9092"), ChannelKind.TOPIC, "orders")
HOPS = (ORDERS, ApplicationId("billing"))
A, B = LoopId("a"), LoopId("b")


def graph_of(at_ns: int, **loops: tuple[LoopStatus, float]) -> DependencyGraph:
    made = {
        LoopId(name): FeedbackLoop(LoopId(name), HOPS, (), status, 0.9, gain=0.5, rate_per_s=rate)
        for name, (status, rate) in loops.items()
    }
    return DependencyGraph(loops=made, to_ns=at_ns)


def phases(history: LoopHistory, loop: LoopId) -> list[tuple[int, int | None, str, bool]]:
    return [(p.start_ns, p.end_ns, p.status.value, p.paused) for p in history.phases.get(loop, ())]


def test_phases_begin_end_and_go_on_while_the_capture_grows(qtbot: QtBot, tmp_path: Path) -> None:
    active, runaway, possible = LoopStatus.ACTIVE, LoopStatus.RUNAWAY, LoopStatus.POSSIBLE
    path = tmp_path / "loops.evs"
    writer, before = CaptureWriter.open(path), DependencyGraph()

    def keep(graph: DependencyGraph) -> None:
        nonlocal before
        writer.keep_graph(diff(before, graph))
        before = graph
        writer.flush()

    keep(graph_of(1, a=(possible, 0.0)))
    keep(graph_of(2, a=(active, 1.0)))
    keep(graph_of(3, a=(active, 2.0), b=(active, 1.0)))
    keep(graph_of(4, a=(runaway, 3.0), b=(active, 1.0)))
    session = Session()
    session.open_file(path)
    history = LoopHistory(session)
    qtbot.waitUntil(lambda: bool(history.phases), timeout=5000)
    assert phases(history, A) == [(2, 4, "active", False), (4, None, "runaway", False)]
    assert phases(history, B) == [(3, None, "active", False)]
    assert history.hops[A] == HOPS
    assert history.turns() == [2, 3, 4]
    assert [(each.at_ns, each.rate) for each in history.of(A)] == [(2, 1.0), (3, 2.0), (4, 3.0)]
    channels, wild = history.wild()
    assert channels == {ORDERS}
    assert [(each.start_ns, each.end_ns) for each in wild] == [(4, None)]
    keep(graph_of(5, a=(runaway, 0.0)))
    keep(graph_of(6, a=(runaway, 4.0)))
    keep(graph_of(7))
    history._soon()
    qtbot.waitUntil(lambda: len(phases(history, A)) == 4, timeout=5000)
    assert phases(history, A) == [
        (2, 4, "active", False),
        (4, 5, "runaway", False),
        (5, 6, "runaway", True),
        (6, 7, "runaway", False),
    ]
    assert phases(history, B) == [(3, 5, "active", False)]
    assert [each.at_ns for each in history.of(A)] == [2, 3, 4, 5, 6]
    assert not history.phases[A][0].lasts(4)
    assert history.phases[A][0].lasts(2)
    # Named by its way round where the graph has it no more, and by its id where nothing tells that.
    assert [lane.name for lane in lanes(history, DependencyGraph())] == ["orders → billing → orders"] * 2
    history.hops.clear()
    assert [lane.name for lane in lanes(history, DependencyGraph())] == ["loop a", "loop b"]
    history.close_background()
    session.close()
    writer.close()
