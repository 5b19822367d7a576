from __future__ import annotations

from graph.delta import apply
from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import Channel, DependencyGraph, Severity
from inspector import outbox
from inspector.link import Gauges, GraphChanged, LockChanged, Problem, ProblemSolved
from inspector.outbox import Outbox

SERVER = ServerId("kafka", "h:1")


def _gauges(rows: int) -> Gauges:
    return Gauges(0, rows, 0, 0.0, 0.0, 0, 0)


def _graph(*names: str) -> DependencyGraph:
    ids = [ChannelId(SERVER, ChannelKind.TOPIC, name) for name in names]
    return DependencyGraph(channels={each: Channel(each) for each in ids})


def test_only_the_newest_gauges_are_sent() -> None:
    box = Outbox()
    box.put(_gauges(1))
    box.put(_gauges(2))
    assert box.take() == [_gauges(2)]
    assert box.take() == []


def test_the_graph_crosses_as_the_difference_to_what_was_sent() -> None:
    box = Outbox()
    client = DependencyGraph()
    for graph in (_graph("a"), _graph("a", "b"), _graph("b")):
        box.show(_graph("a", "never sent"))
        box.show(graph)
        for report in box.take():
            assert isinstance(report, GraphChanged)
            client = apply(client, report.delta)
        assert client == graph


def test_a_problem_is_replaced_by_its_solution() -> None:
    box = Outbox()
    box.put(Problem("capture", Severity.ERROR, "The disk is full.", 1))
    box.put(ProblemSolved("capture", 2))
    assert box.take() == [ProblemSolved("capture", 2)]


def test_answers_are_bounded_and_drops_counted() -> None:
    box = Outbox()
    for _ in range(outbox.LIMIT + 5):
        box.put(LockChanged(SERVER, locked=True))
    assert box.dropped == 5
    assert len(box.take()) == outbox.LIMIT
