from __future__ import annotations

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.capture.reading import Reading, parts
from inspector.observation import BatchRead, RangeRead, ReadingBegun
from inspector.record import RecordBatch

CHANNEL = ChannelId(ServerId("kafka", "x:1"), ChannelKind.TOPIC, "t")


def test_what_is_left_is_measured_by_the_ends_when_it_began() -> None:
    reading = Reading()
    reading.read(RangeRead(CHANNEL, 0, 0, 5))
    assert (reading.partitions, reading.left) == (0, 0)
    reading.begun(ReadingBegun(CHANNEL, {0: 10, 1: 0}, {0: 30, 1: 0}))
    assert (reading.partitions, reading.left, reading.passed) == (2, 20, 0)
    reading.read(RangeRead(CHANNEL, 0, 10, 25))
    assert (reading.left, reading.passed) == (5, 15)
    reading.begun(ReadingBegun(CHANNEL, {0: 25}, {0: 90}))
    reading.read(RangeRead(CHANNEL, 0, 25, 40))
    reading.read(RangeRead(CHANNEL, 1, 0, 3))
    assert (reading.left, reading.passed) == (0, 33)


def test_very_much_is_taken_in_piece_by_piece() -> None:
    seen = [
        BatchRead(RecordBatch(CHANNEL, 0, [at], [0], [None], [b""], [()], size=size))
        for at, size in enumerate((10, 10, 200, 1, 1))
    ]
    assert [len(part) for part in parts([*seen, RangeRead(CHANNEL, 0, 0, 5)], 15)] == [2, 1, 3]
    assert list(parts([], 15)) == [[]]
