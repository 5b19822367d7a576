from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graph.identity import ChannelId
from inspector.capture.level import Level
from inspector.errors import CaptureError
from inspector.record import Position, Record
from inspector.store.coverage import Coverage, Covered, Missed
from inspector.store.reader import CaptureReader
from inspector.store.writer import CaptureWriter
from inspector.traits import Traits

Channel = Callable[[str], ChannelId]


def written(path: Path) -> Coverage:
    reader = CaptureReader(path)
    try:
        return reader.coverage()
    finally:
        reader.close()


def test_ranges_grow_join_and_stay_apart(path: Path, channel: Channel) -> None:
    orders, audit = channel("orders"), channel("audit")
    writer = CaptureWriter.open(path)
    assert written(path) == Coverage()
    for first in range(0, 100, 10):
        writer.cover(orders, 0, first, first + 10, Level.EVERYTHING)
        writer.flush()
    writer.cover(orders, 0, 100, 150, Level.KEYS_AND_HEADERS)
    writer.cover(orders, 0, 200, 250, Level.KEYS_AND_HEADERS)
    writer.cover(orders, 0, 250, 250, Level.EVERYTHING)
    writer.cover(audit, 3, 7, 8, Level.MATCHING)
    writer.close()
    again = CaptureWriter.open(path)
    again.cover(orders, 0, 250, 260, Level.KEYS_AND_HEADERS)
    again.close()
    found = written(path)
    assert found.of(orders).covered == (
        Covered(orders, 0, 0, 100, Level.EVERYTHING),
        Covered(orders, 0, 100, 150, Level.KEYS_AND_HEADERS),
        Covered(orders, 0, 200, 260, Level.KEYS_AND_HEADERS),
    )
    assert found.of(audit, 3).covered == (Covered(audit, 3, 7, 8, Level.MATCHING),)
    assert found.of(audit, 2) == Coverage()


def test_losses_are_counted_by_their_reason(path: Path, channel: Channel) -> None:
    orders = channel("orders")
    writer = CaptureWriter.open(path)
    for at_ns in (30, 10, 20):
        writer.miss(orders, 1, 5, "The allowance was used up.", at_ns)
        writer.flush()
    writer.miss(orders, 1, 2, "Left out by the hash of its flow.", 7)
    writer.close()
    assert written(path).missed == (
        Missed(orders, 1, 2, "Left out by the hash of its flow.", 7, 7),
        Missed(orders, 1, 15, "The allowance was used up.", 10, 30),
    )


def test_what_could_not_be_written_is_written_later(path: Path, channel: Channel) -> None:
    orders = channel("orders")
    writer = CaptureWriter.open(path)
    connection = writer._connection
    connection.execute("CREATE TEMP TRIGGER no BEFORE INSERT ON covered BEGIN SELECT raise(ABORT, 'x'); END")
    writer.cover(orders, 0, 0, 10, Level.EVERYTHING)
    writer.miss(orders, 0, 1, "Too large.", 3)
    for end in (20, 30):
        with pytest.raises(CaptureError):
            writer.flush()
        writer.cover(orders, 0, end - 10, end, Level.EVERYTHING)
    connection.execute("DROP TRIGGER no")
    writer.close()
    assert written(path).covered == (Covered(orders, 0, 0, 30, Level.EVERYTHING),)
    assert written(path).missed == (Missed(orders, 0, 1, "Too large.", 3, 3),)


def test_nothing_is_covered_before_its_records_are_written(
    path: Path, channel: Channel, pair: Callable[..., tuple[Record, Traits]]
) -> None:
    orders = channel("orders")
    writer = CaptureWriter.open(path)
    connection = writer._connection

    def hand_over(first: int) -> None:
        for offset in range(first, first + 10):
            record, traits = pair(offset, channel=orders, position=Position(0, offset))
            writer.add([record], [traits])
        writer.cover(orders, 0, first, first + 10, Level.EVERYTHING)

    hand_over(0)
    connection.execute("CREATE TEMP TRIGGER no BEFORE INSERT ON block BEGIN SELECT raise(ABORT, 'x'); END")
    with pytest.raises(CaptureError):
        writer.flush()
    assert written(path) == Coverage()
    connection.execute("DROP TRIGGER no")
    later = [10]
    connection.create_function("meanwhile", 0, lambda: hand_over(later.pop()) if later else None)
    connection.execute("CREATE TEMP TRIGGER more AFTER INSERT ON block BEGIN SELECT meanwhile(); END")
    assert writer.flush() == 10
    assert written(path).covered == (Covered(orders, 0, 0, 10, Level.EVERYTHING),)
    writer.close()
    assert written(path).covered == (Covered(orders, 0, 0, 20, Level.EVERYTHING),)
