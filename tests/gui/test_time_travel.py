"""Which time is looked at and compared, below the window."""

from __future__ import annotations

import dataclasses
import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from graph.delta import diff
from graph.identity import ApplicationId
from graph.model import Application, ApplicationKind, DependencyGraph
from graph.view.difference import Mark
from gui.session import Session
from inspector.store.writer import CaptureWriter

SECOND = 10**9


def graph_of(step: int) -> DependencyGraph:
    """One application more each second."""
    names = [ApplicationId(f"service-{number}") for number in range(step)]
    kind = ApplicationKind.SERVICE
    return DependencyGraph(
        applications={name: Application(name, name.key, kind) for name in names}, to_ns=step * SECOND
    )


@pytest.fixture
def session(qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    path = tmp_path / "steps.evs"
    writer, before = CaptureWriter.open(path), DependencyGraph()
    for step in range(1, 20):
        writer.keep_graph(diff(before, graph_of(step)))
        before = graph_of(step)
    writer.close()
    made = Session()
    made.open_file(path)
    yield made
    made.close()


def test_what_is_shown_belongs_to_one_moment_and_comes_with_one_word(session: Session, qtbot: QtBot) -> None:
    told: list[tuple[int | None, int]] = []
    session.graph_changed.connect(lambda: told.append((session.moment_ns, len(session.graph.applications))))
    with qtbot.waitSignal(session.moment_changed, timeout=5000):
        session.look_at(7 * SECOND + 1)
        assert session.travel.wanted_ns == 7 * SECOND + 1
        assert session.moment_ns is None
    assert told == [(7 * SECOND + 1, 7)]
    session.look_at(None)
    assert told[-1] == (None, 19)
    assert session.graph is session.newest


def test_going_back_to_now_while_a_moment_is_read_stays_at_now(session: Session, qtbot: QtBot) -> None:
    session.look_at(3 * SECOND)
    session.look_at(None)
    qtbot.wait(200)
    session.turns.finish()
    assert session.moment_ns is None
    assert session.graph is session.newest


def test_two_moments_are_compared_whichever_is_earlier(session: Session, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.compared_changed, timeout=5000):
        session.travel.compare_from(5 * SECOND)
    assert session.compared is not None
    assert session.compared.counts[Mark.ADDED] == 14
    assert session.drawn is session.compared.union
    with qtbot.waitSignal(session.compared_changed, timeout=5000):
        session.look_at(2 * SECOND)
    assert session.compared.counts == {Mark.ADDED: 0, Mark.GONE: 3, Mark.CHANGED: 0}
    assert len(session.drawn.applications) == 5
    with qtbot.waitSignal(session.compared_changed, timeout=5000):
        session.travel.compare_from(None)
    assert session.drawn is session.graph
    assert len(session.graph.applications) == 2


def test_while_graphs_come_in_the_difference_is_worked_out_again(session: Session, qtbot: QtBot) -> None:
    with qtbot.waitSignal(session.compared_changed, timeout=5000):
        session.travel.compare_from(5 * SECOND)
    with qtbot.waitSignal(session.compared_changed, timeout=5000):
        session._graph(graph_of(30))
    assert session.compared is not None
    assert session.compared.counts[Mark.ADDED] == 25
    assert session.compared.after is session.newest


def test_a_graph_that_is_shown_no_more_is_let_go(session: Session, qtbot: QtBot) -> None:
    session.look_at(3 * SECOND)
    qtbot.waitUntil(lambda: session.moment_ns == 3 * SECOND, timeout=5000)
    session.turns.finish()
    old = weakref.ref(session.graph)
    for step in (4, 5, 6, 9, 7, 8):
        session.look_at(step * SECOND)
        qtbot.waitUntil(lambda step=step: session.moment_ns == step * SECOND, timeout=5000)  # type: ignore[misc]
        session.turns.finish()

    def gone() -> bool:
        gc.collect()
        return old() is None

    qtbot.waitUntil(gone, timeout=5000)


def test_without_a_capture_there_is_only_now(qtbot: QtBot) -> None:
    session = Session()
    session._graph(dataclasses.replace(graph_of(3)))
    session.look_at(2 * SECOND)
    session.travel.compare_from(1)
    assert session.travel.wanted_ns is None
    assert session.travel.mark_ns is None
    assert len(session.graph.applications) == 3
    session.close()
