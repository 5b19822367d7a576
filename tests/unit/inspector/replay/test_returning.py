from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from graph.identity import ChannelId, ChannelKind
from inspector.record import Headers, Position, Record
from inspector.replay.choice import Choice
from inspector.replay.gathering import first
from inspector.replay.returning import Origin, origins
from inspector.store.writer import CaptureWriter
from inspector.traits import read
from tests.replays import BEGUN_NS, SOURCE

LETTERS, ORDERS, PAID = (
    ChannelId(SOURCE, ChannelKind.TOPIC, name) for name in ("shop.dlq", "orders", "paid")
)
SPRING, CONNECT = "kafka_dlt-original-topic", "__connect.errors.topic"
HEADERS: tuple[Headers, ...] = (
    ((SPRING, b"paid"),),
    ((SPRING, b"paid"), ("x", b"1"), (SPRING, b"orders")),
    ((SPRING, b"orders"),),
    ((CONNECT, b"orders"),),
    (),
    ((SPRING, None), ("other", b"orders")),
)


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / "c.evs"
    records = [
        Record(LETTERS, Position(0, number), BEGUN_NS + number, b"k", b"v", headers)
        for number, headers in enumerate(HEADERS)
    ]
    records.append(Record(ORDERS, Position(0, 0), BEGUN_NS, b"k", b"v", ((SPRING, b"paid"),)))
    with closing(CaptureWriter.open(path)) as writer:
        writer.add(records, [read(record) for record in records])
    return path


def test_dead_letters_are_counted_by_what_their_last_such_header_says(capture: Path) -> None:
    assert set(origins(capture, LETTERS)) == {
        Origin(ORDERS, SPRING, 2),
        Origin(PAID, SPRING, 1),
        Origin(ORDERS, CONNECT, 1),
    }
    assert origins(capture, LETTERS)[0].records == 2
    assert origins(capture, PAID) == ()


def test_its_query_finds_those_records_and_no_others(capture: Path) -> None:
    for origin in origins(capture, LETTERS):
        choice = Choice(source=str(capture), channels=(LETTERS.name,), query=origin.query)
        found = first(choice)
        assert found is not None
        assert found.channel == LETTERS
        assert dict(found.headers)[origin.header] == origin.channel.name.encode()
    assert first(Choice(source=str(capture), query="key:none")) is None
