from __future__ import annotations

import sqlite3
from itertools import pairwise
from pathlib import Path

import pytest

from graph.delta import diff
from graph.identity import LoopId
from graph.model import Acknowledgement, DependencyGraph, FeedbackLoop, LoopStatus
from inspector.errors import CaptureError
from inspector.store import courses
from inspector.store.courses import LoopMoment
from inspector.store.reader import CaptureReader
from inspector.store.writer import CaptureWriter


def loop(name: str, status: LoopStatus, gain: float | None = None, rate: float | None = 5.0) -> FeedbackLoop:
    return FeedbackLoop(LoopId(name), (), (), status, 0.9, gain=gain, rate_per_s=rate)


def graph_of(at_ns: int, *loops: FeedbackLoop) -> DependencyGraph:
    return DependencyGraph(loops={each.id: each for each in loops}, to_ns=at_ns)


def write(path: Path, *graphs: DependencyGraph, before: DependencyGraph | None = None) -> None:
    writer = CaptureWriter.open(path)
    before = before or DependencyGraph()
    for graph in graphs:
        writer.keep_graph(diff(before, graph))
        before = graph
    writer.flush()
    writer.close()


def read(path: Path, after: int = -1, most: int = 1000) -> list[courses.LoopsThen]:
    reader = CaptureReader(path)
    found = reader.loops_then(after, most)
    reader.close()
    return found


def test_what_loops_did_is_told_in_order_and_once_for_as_long_as_it_lasts(path: Path) -> None:
    active, runaway = loop("a", LoopStatus.ACTIVE, 0.5), loop("a", LoopStatus.RUNAWAY, 1.2)
    possible = loop("b", LoopStatus.POSSIBLE)
    write(
        path,
        graph_of(1, possible),
        graph_of(2, possible, active),
        graph_of(3, active),
        graph_of(4, runaway),
        graph_of(5, possible),
    )
    found = read(path)
    assert [each.at_ns for each in found] == [1, 2, 4, 5]
    assert [[(m.loop.digest, m.status, m.gain) for m in each.loops] for each in found] == [
        [],
        [("a", LoopStatus.ACTIVE, 0.5)],
        [("a", LoopStatus.RUNAWAY, 1.2)],
        [],
    ]
    assert read(path, after=found[1].id) == found[2:]
    assert read(path, after=found[-1].id) == []


def test_an_acknowledged_loop_is_told_by_what_records_prove(path: Path) -> None:
    quiet = FeedbackLoop(
        LoopId("a"),
        (),
        (),
        LoopStatus.ACKNOWLEDGED,
        0.9,
        proven=LoopStatus.ACTIVE,
        acknowledged=Acknowledgement("meant"),
    )
    write(path, graph_of(1, quiet))
    assert [m.status for m in read(path)[0].loops] == [LoopStatus.ACTIVE]


def test_a_runaway_loop_in_which_nothing_comes_round_is_paused() -> None:
    moment = LoopMoment(LoopId("a"), LoopStatus.RUNAWAY, 1.2, None, None, 0.0)
    assert moment.paused
    assert not LoopMoment(LoopId("a"), LoopStatus.RUNAWAY, 1.2, None, None, 1.0).paused
    assert not LoopMoment(LoopId("a"), LoopStatus.ACTIVE, 0.2, None, None, 0.0).paused


def test_of_a_long_capture_every_change_of_status_comes_and_the_rest_is_thinned(path: Path) -> None:
    def graph(step: int) -> DependencyGraph:
        status = LoopStatus.RUNAWAY if 1000 <= step < 1003 else LoopStatus.ACTIVE
        return graph_of(step, loop("a", status, 0.001 * step))

    write(path, *(graph(step) for step in range(1, 3001)))
    found = read(path, most=100)
    assert 95 <= len(found) <= 110
    assert found[-1].at_ns == 3000
    turns = [
        now.at_ns for before, now in pairwise(found) if before.loops[0].status is not now.loops[0].status
    ]
    assert turns == [1000, 1003]
    assert len(read(path, most=5000)) == 3000


def test_when_old_blocks_are_deleted_what_loops_did_from_then_on_is_still_told(path: Path) -> None:
    write(path, *(graph_of(step, loop("a", LoopStatus.ACTIVE, 0.001 * step)) for step in range(1, 3001)))
    connection = sqlite3.connect(path)
    courses.forget_before(connection, 1500)
    connection.commit()
    connection.close()
    found = read(path, most=100)
    assert found[0].at_ns == 1500
    assert found[0].loops[0].status is LoopStatus.ACTIVE
    assert found[0].loops[0].hops == ()
    assert len(found) <= 110


def test_when_a_capture_goes_on_a_loop_that_has_ended_meanwhile_is_told(path: Path) -> None:
    first = graph_of(1, loop("a", LoopStatus.ACTIVE))
    write(path, first)
    write(path, graph_of(9), before=first)
    assert [len(each.loops) for each in read(path)] == [1, 0]


def test_spoilt_courses_are_said(path: Path) -> None:
    write(path, graph_of(1, loop("a", LoopStatus.ACTIVE)))
    connection = sqlite3.connect(path)
    connection.execute("UPDATE loop SET data = x'00'")
    connection.commit()
    connection.close()
    with pytest.raises(CaptureError, match="is damaged"):
        read(path)


def test_what_could_not_be_written_is_kept_for_later() -> None:
    kept = courses.Courses()
    kept.add(graph_of(1, loop("a", LoopStatus.ACTIVE)))
    taken = kept.take()
    kept.add(graph_of(2))
    kept.give_back(taken)
    assert [at_ns for at_ns, _, _ in kept.take()] == [1, 2]
    assert kept.take() == []
