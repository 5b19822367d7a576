"""A capture of five minutes in which an application comes, another goes, and a loop begins and runs away."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from graph.delta import diff
from graph.identity import Action, ApplicationId, ChannelId, ChannelKind, LoopId, OperationId, ServerId
from graph.model import Application, ApplicationKind, DependencyGraph, LoopStatus, Operation
from inspector.record import Record
from inspector.traits import Traits

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from gui.app import Program
    from gui.main_window import MainWindow

Pairs = list[tuple[Record, Traits]]

SECOND = 10**9
EVERY_S = 5
END_S = 300
NEW = ApplicationId("promo-service")
OLD = ApplicationId("coupon-service")
COMES_S, GOES_S, ACTIVE_S, RUNAWAY_S, PAUSED_S, AGAIN_S = 60, 120, 90, 150, 240, 270


def at(graph: DependencyGraph, second: int) -> DependencyGraph:
    """The shop as it was known so many seconds after the capture began; `graph` is how it ends."""
    to_ns = graph.to_ns - (END_S - second) * SECOND
    loops, operations = dict(graph.loops), dict(graph.operations)
    applications, channels = dict(graph.applications), dict(graph.channels)
    loop = loops[LoopId("a1")]
    if second < COMES_S:
        del applications[NEW], loops[loop.id]
        operations = {key: each for key, each in operations.items() if key.application != NEW}
    elif second < ACTIVE_S:
        loops[loop.id] = replace(loop, status=LoopStatus.POSSIBLE, gain=None, rate_per_s=None)
    elif second < RUNAWAY_S:
        loops[loop.id] = replace(loop, status=LoopStatus.ACTIVE, gain=0.7, gain_low=0.6, gain_high=0.8)
    elif PAUSED_S <= second < AGAIN_S:
        loops[loop.id] = replace(loop, rate_per_s=0.0)
    if second >= GOES_S:
        for key in [key for key in operations if key.application == OLD]:
            del operations[key]
    else:
        server = ServerId("kafka", "127.0.0.1:9092")
        orders = ChannelId(server, ChannelKind.TOPIC, "orders.placed")
        key = OperationId(OLD, Action.RECEIVE, orders)
        applications[OLD] = Application(OLD, "coupon-service", ApplicationKind.SERVICE, instances=1, lag=0)
        operations[key] = Operation(key, 0.99, ())
    price = next(key for key in channels if key.name == "price.changes")
    rate = 12.0 if second < RUNAWAY_S else 96.0
    channels[price] = replace(channels[price], rate_per_s=rate)
    other = LoopId("b2")
    if 130 <= second < 200:
        loops[other] = replace(loops[other], status=LoopStatus.POSSIBLE)
    return dataclasses.replace(
        graph,
        applications=applications,
        channels=channels,
        operations=operations,
        loops=loops,
        to_ns=to_ns,
    )


@pytest.fixture(scope="session")
def incident_original(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Pairs, DependencyGraph], Path]:
    kept: list[Path] = []

    def write(pairs: Pairs, graph: DependencyGraph) -> Path:
        from inspector.store.writer import CaptureWriter

        if not kept:
            path = tmp_path_factory.mktemp("incident") / "incident.evs"
            writer, before = CaptureWriter.open(path), DependencyGraph()
            try:
                writer.add([record for record, _ in pairs], [traits for _, traits in pairs])
                for second in range(0, END_S + 1, EVERY_S):
                    now = at(graph, second)
                    writer.keep_graph(diff(before, now))
                    before = now
                writer.flush()
            finally:
                writer.close()
            kept.append(path)
        return kept[0]

    return write


@pytest.fixture
def incident(
    incident_original: Callable[[Pairs, DependencyGraph], Path],
    records: Callable[[int], Pairs],
    looped: DependencyGraph,
    tmp_path: Path,
) -> Path:
    """A copy of that capture."""
    return Path(shutil.copy(incident_original(records(2000), looped), tmp_path / "incident.evs"))


@pytest.fixture
def start_ns(looped: DependencyGraph) -> int:
    """When it begins."""
    return looped.to_ns - END_S * SECOND


@pytest.fixture
def shown(program: Program, incident: Path, qtbot: QtBot) -> MainWindow:
    """The window on it, with all that it counts counted."""
    window = program.window()
    program.open_file(window, incident)
    window.show()
    qtbot.waitExposed(window)
    qtbot.waitUntil(lambda: window.time_line.chart.counts is not None, timeout=5000)
    qtbot.waitUntil(lambda: bool(window.time_line.chart.lanes), timeout=5000)
    window.session.turns.finish()
    return window
