"""An event beside what replays made of it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from graph.identity import ChannelId, ChannelKind, ServerId
from gui.record.replays import with_replays
from inspector.record import Position, Record
from inspector.replay.marks import Marks
from inspector.store.reader import CaptureReader
from inspector.traits import read

ORDERS = ChannelId(ServerId("kafka", "127.0.0.1:9092"), ChannelKind.TOPIC, "orders")
AGAIN = ChannelId(ORDERS.server, ChannelKind.TOPIC, "orders.again")


def test_a_replay_is_found_from_either_side(make_capture: Callable[..., Path]) -> None:
    made = [Record(ORDERS, Position(1, at), at, b"k", b"{}", (("a", b"1"),)) for at in range(20)]
    for run in ("one", "two"):
        headers = Marks(run, 3).on(made[12].headers, ORDERS, made[12].position)
        made.append(Record(AGAIN, Position(0, len(made)), len(made), b"k", b'{"n":1}', headers))
    path = make_capture([(each, read(each)) for each in made])
    with closing(CaptureReader(path)) as reader:
        assert with_replays(reader, 12) == [12, 20, 21]
        assert with_replays(reader, 21) == [12, 20, 21]
        assert with_replays(reader, 2) == [2], "offset 2 is no beginning of offset 20"
        assert with_replays(reader, 1) == [1]


def test_without_its_original_a_replay_stands_alone(make_capture: Callable[..., Path]) -> None:
    headers = Marks("one", 3).on((), ORDERS, Position(0, 7))
    record = Record(AGAIN, Position(0, 0), 0, b"k", b"{}", headers)
    with closing(CaptureReader(make_capture([(record, read(record))]))) as reader:
        assert with_replays(reader, 0) == [0]
