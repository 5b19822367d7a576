from __future__ import annotations

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.observation import OffsetsSeen
from inspector.throughput import Throughput

CHANNEL = ChannelId(ServerId("kafka", "h:1"), ChannelKind.TOPIC, "orders")
SECOND = 1_000_000_000


def test_offsets_give_the_rate_of_writing() -> None:
    throughput = Throughput()
    for second in range(6):
        throughput.written(OffsetsSeen(CHANNEL, {0: 0}, {0: second * 100}), second * SECOND)
    assert throughput.written_per_s(5 * SECOND) == 100.0
    assert throughput.written_per_s(60 * SECOND) == 0.0


def test_the_first_offsets_are_no_traffic() -> None:
    throughput = Throughput()
    throughput.written(OffsetsSeen(CHANNEL, {0: 0}, {0: 1_000_000}), 0)
    assert throughput.written_per_s(0) == 0.0


def test_bytes_read_are_counted() -> None:
    throughput = Throughput()
    for second in range(3):
        throughput.read(5_000, second * SECOND)
    assert throughput.read_bytes_per_s(2 * SECOND) == 5000.0
