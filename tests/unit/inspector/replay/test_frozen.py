from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.errors import InspectorError
from inspector.record import Position, Record
from inspector.replay.choice import Choice, Span
from inspector.replay.frozen import Frozen
from inspector.replay.gathering import frozen
from inspector.replay.plan import Doubles
from inspector.replay.request import Order, Target
from inspector.replay.standing import standing
from inspector.store.reader import CaptureReader
from inspector.store.writer import CaptureWriter
from inspector.traits import Traits

SERVER = ServerId("kafka", "h:9092")
A, B = (ChannelId(SERVER, ChannelKind.TOPIC, name) for name in ("a", "b"))


def record(channel: ChannelId, partition: int, offset: int, at: int, **more: object) -> Record:
    made = {"key": b"k%d" % (offset % 3), "value": b"%d" % offset, "headers": (("h", None),), **more}
    return Record(channel, Position(partition, offset), at * 1_000_000_000, **made)  # type: ignore[arg-type]


def capture(path: Path, records: list[Record]) -> Path:
    with closing(CaptureWriter.open(path)) as writer:
        writer.add(records, [Traits(event_id=f"e{each.position.offset}") for each in records])
        writer.flush()
    return path


def places(chosen: Frozen) -> list[tuple[str, int, int]]:
    found = [chosen.origin(index) for index in range(len(chosen))]
    return [(channel.name, at.partition, at.offset) for channel, at in found]


def test_order_is_by_time_and_never_against_that_of_a_partition(tmp_path: Path) -> None:
    made = [
        record(A, 0, 0, 5),
        record(A, 0, 1, 3),
        record(A, 1, 0, 4),
        record(B, 0, 0, 6),
        record(A, 0, 2, 9),
    ]
    path = capture(tmp_path / "c.evs", made)
    chosen = frozen(Choice(source=str(path)), Order.TIME, tmp_path / "x.evs")
    assert places(chosen) == [("a", 1, 0), ("a", 0, 0), ("a", 0, 1), ("b", 0, 0), ("a", 0, 2)]
    assert chosen.ends == {(A, 0): 3, (A, 1): 1, (B, 0): 1}
    chosen.save(tmp_path)
    again = Frozen.load(tmp_path)
    assert places(again) == places(chosen)
    read = dict(again.records(np.arange(5)))
    assert [(each.channel, each.position) for each in read.values()] == [again.origin(at) for at in read]
    assert read[0].headers == (("h", None),)


def test_what_cannot_be_sent_is_left_out_with_its_reason(tmp_path: Path) -> None:
    made = [
        record(A, 0, 0, 1),
        record(A, 0, 0, 1),
        record(A, 0, 1, 2, value=None, body_stored=False),
        record(A, 0, 2, 3, value=None),
        record(A, 0, 3, 4, transactional=True, producer_id=9, aborted=True),
        record(A, 0, 4, 5, transactional=True, producer_id=9),
    ]
    chosen = frozen(Choice(source=str(capture(tmp_path / "c.evs", made))), Order.TIME, tmp_path / "x.evs")
    assert [offset for _, _, offset in places(chosen)] == [0, 2, 4]
    assert sorted(chosen.left_out) == [
        ("the capture holds them twice", 1),
        ("the capture kept no value of them", 1),
        ("their transaction was aborted", 1),
    ]
    assert [each.value for _, each in chosen.records(np.arange(3))] == [b"0", None, b"4"]


@pytest.mark.parametrize(
    ("choice", "offsets"),
    [
        ({"rows": (1, 3)}, [1, 3]),
        ({"query": "offset>7"}, [8, 9]),
        ({"channels": ("b*",)}, []),
        ({"since_ns": 2_000_000_000, "until_ns": 4_000_000_000}, [2, 3]),
        ({"spans": (Span(A, 0, 3, 5), Span(A, None, 8))}, [3, 4, 8, 9]),
        ({"query": "key:k0", "spans": (Span(A, end=5),)}, [0, 3]),
    ],
)
def test_choices(tmp_path: Path, choice: dict[str, object], offsets: list[int]) -> None:
    path = capture(tmp_path / "c.evs", [record(A, 0, offset, offset) for offset in range(10)])
    chosen = frozen(Choice(source=str(path), **choice), Order.TIME, tmp_path / "x.evs")  # type: ignore[arg-type]
    assert [offset for _, _, offset in places(chosen)] == offsets
    assert Choice(source="x", **choice).bounded  # type: ignore[arg-type]
    assert not Choice(source="x").bounded


def test_another_capture_at_its_place_is_noticed(tmp_path: Path) -> None:
    path = capture(tmp_path / "c.evs", [record(A, 0, 0, 1)])
    chosen = frozen(Choice(source=str(path)), Order.TIME, tmp_path / "x.evs")
    for each in tmp_path.glob("c.evs*"):
        each.unlink()
    capture(path, [record(A, 0, 5, 1)])
    with pytest.raises(InspectorError, match="has changed"):
        list(chosen.records(np.arange(1)))


def test_what_stands_on_the_target_already(tmp_path: Path) -> None:
    sent = [record(A, 0, offset, offset) for offset in range(6)]
    there = [record(B, 0, 1, 50), record(B, 0, 99, 1, key=b"k1"), record(B, 0, 98, 60, key=b"other")]
    path = capture(tmp_path / "c.evs", [*sent, *there])
    chosen = frozen(Choice(source=str(path), channels=("a",)), Order.TIME, tmp_path / "x.evs")
    with closing(CaptureReader(path)) as reader:
        doubles, (late,) = standing(reader, chosen, Target(SERVER, B))
        assert doubles == (Doubles(B, by_id=1, by_content=1),)
        assert (late.channel, late.keys, late.sample) == (B, 1, (b"k1",))
        assert standing(reader, chosen, Target(SERVER, ending=".shadow")) == ((), ())
