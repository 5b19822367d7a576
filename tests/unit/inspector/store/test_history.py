from __future__ import annotations

from pathlib import Path

import pytest

from graph.delta import diff
from graph.evidence import HOUR_NS
from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import Channel, DependencyGraph, EdgeState, Unavailable
from inspector.discovery import Discovery
from inspector.errors import CaptureError
from inspector.observation import ChannelSeen, GroupSeen, Member, ProducerSeen, ServerSeen
from inspector.store.history import WHOLE_EVERY
from inspector.store.reader import CaptureReader
from inspector.store.writer import CaptureWriter

SERVER = ServerId("kafka", "127.0.0.1:9092")


def graph_of(step: int) -> DependencyGraph:
    """Channels come, go and change their rate."""
    channels = [
        Channel(ChannelId(SERVER, ChannelKind.TOPIC, f"t{n}"), rate_per_s=step / (n + 1))
        for n in range(step % 7, step % 7 + 5)
    ]
    return DependencyGraph(
        channels={channel.id: channel for channel in channels},
        unavailable=(Unavailable("acls", "refused", "allow it"),) * (step % 2),
        from_ns=10,
        to_ns=1000 * step,
    )


def test_the_graph_of_any_time_comes_back(path: Path) -> None:
    writer, graph, steps = CaptureWriter.open(path), DependencyGraph(), 3 * WHOLE_EVERY
    for step in range(1, steps):
        if step == WHOLE_EVERY // 2:
            writer.close()
            writer = CaptureWriter.open(path)
        later = graph_of(step)
        writer.keep_graph(diff(graph, later))
        graph = later
        if step % 3 == 0:
            writer.flush()
    writer.flush()
    reader = CaptureReader(path)
    assert reader.graph() == graph
    for step in range(1, steps):
        assert reader.graph(1000 * step + 500) == graph_of(step)
    assert reader.graph(999) == DependencyGraph()
    whole = reader._connection.execute("SELECT count(*) FROM graph WHERE whole = 1").fetchone()[0]
    assert 3 <= whole <= 6
    reader.close()
    writer.close()


def test_edges_that_grew_old_and_suggestions_are_as_they_were_shown_at_any_time(path: Path) -> None:
    """What was shown are graphs of a discovery that is told of senders and groups for two days and more."""
    discovery, writer, shown = Discovery(), CaptureWriter.open(path), dict[int, DependencyGraph]()
    orders = ChannelId(SERVER, ChannelKind.TOPIC, "orders")
    discovery.fold([ServerSeen(SERVER, "broker"), ChannelSeen(orders, 1)], HOUR_NS)
    graph = DependencyGraph()
    for hour in range(1, 60):
        now_ns = hour * HOUR_NS
        if hour % 7 == 0 and hour < 30:
            discovery.fold([ProducerSeen(orders, 0, hour, 0, hour, now_ns)], now_ns)
            members = (Member("m", f"reader{hour}", "", (orders,)),)
            discovery.fold([GroupSeen(SERVER, f"team{'-svc' * (hour % 2)}", "classic", "", members)], now_ns)
        later = discovery.graph(now_ns)
        if not (delta := diff(graph, later)).empty:
            writer.keep_graph(delta)
            shown[now_ns] = graph = later
    writer.flush()
    writer.close()
    reader = CaptureReader(path)
    assert {each.state for one in shown.values() for each in one.operations.values()} == set(EdgeState)
    assert any(one.suggestions for one in shown.values())
    for now_ns, one in shown.items():
        assert reader.graph(now_ns) == one
        assert reader.graph(now_ns + 1) == one
    reader.close()


def test_a_spoilt_history_is_said(path: Path) -> None:
    writer = CaptureWriter.open(path)
    writer.keep_graph(diff(DependencyGraph(), graph_of(3)))
    writer.flush()
    writer._connection.execute("UPDATE graph SET data = x'00'")
    reader = CaptureReader(path)
    with pytest.raises(CaptureError, match=r"history of the graph .* is damaged"):
        reader.graph()
    reader.close()
    writer.close()
