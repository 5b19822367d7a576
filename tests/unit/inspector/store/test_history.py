from __future__ import annotations

from pathlib import Path

import pytest

from graph.delta import diff
from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import Channel, DependencyGraph, Unavailable
from inspector.errors import CaptureError
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
