from __future__ import annotations

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.record import Position, Record
from inspector.replay.hops import Hops
from inspector.replay.marks import Marks, origin_of

ORDERS = ChannelId(ServerId("kafka", "h:9092"), ChannelKind.TOPIC, "orders")
BACK = ChannelId(ORDERS.server, ChannelKind.TOPIC, "back")


def record(offset: int, run: str = "r-1", channel: ChannelId = BACK, origin: int = 7) -> Record:
    headers = Marks(run, 2).on((("a", None),), ORDERS, Position(0, origin))
    return Record(channel, Position(0, offset), 0, b"k", b"v", headers)


def test_marks_replace_those_of_an_earlier_replay() -> None:
    first = record(1).headers
    again = Marks("r-2", 5).on(first, BACK, Position(0, 1))
    assert [name for name, _ in again] == [name for name, _ in first]
    assert origin_of(again) == ("r-2", b"kafka://h:9092/topic/back/0/1")
    assert origin_of((("a", None),)) is None


def test_coming_round_too_often_says_where() -> None:
    hops = Hops("r-1", 2)
    assert hops.saw([record(0), record(0), record(1), record(2)]) == ""
    assert hops.saw([record(3, run="r-2"), record(3, channel=ORDERS), record(3, origin=8)]) == ""
    said = hops.saw([record(3)])
    assert "come round to back" in said
    assert "4 times" in said


def test_what_is_remembered_is_bounded() -> None:
    hops = Hops("r-1", 1, most=500)
    for start in range(0, 1_200, 100):
        assert hops.saw(record(0, origin=number) for number in range(start, start + 100)) == ""
    assert 100 < len(hops._places) <= 501
    assert hops.saw(record(offset, origin=n) for n in range(200) for offset in (1, 2)) != ""
