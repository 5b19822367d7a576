from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from graph.identity import ChannelId, ChannelKind
from graph.model import Channel, DependencyGraph
from inspector.record import Headers, Position, Record
from inspector.replay.choice import Choice
from inspector.replay.frozen import Frozen
from inspector.replay.gathering import first, frozen
from inspector.replay.outgoing import making
from inspector.replay.planning import Circumstances, plan
from inspector.replay.request import Order, Request, Target
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


def test_each_goes_back_to_its_own_channel_in_one_run(capture: Path, tmp_path: Path) -> None:
    choice = Choice(source=str(capture), channels=(LETTERS.name,))
    chosen = frozen(choice, Order.TIME, tmp_path / "x.evs", returning=True)
    assert chosen.left_out == (("they do not say which channel they were on before", 2),)
    assert [chosen.home(index) for index in range(len(chosen))] == [PAID, ORDERS, ORDERS, ORDERS]
    chosen.save(tmp_path)
    assert Frozen.load(tmp_path).homes == chosen.homes
    assert set(chosen.homes) == {ORDERS, PAID}
    request = Request(choice, Target(SOURCE, returning=True))
    graph = DependencyGraph(channels={each: Channel(each, partitions=1) for each in (ORDERS, PAID)})
    found = plan(request, "r", chosen, Circumstances(graph, cast(Any, {SOURCE: None})))
    assert {(way.origin, way.target, way.records) for way in found.ways} == {
        (LETTERS, ORDERS, 3),
        (LETTERS, PAID, 1),
    }
    assert (found.records, found.why_not) == (4, "")
    make = making(request, "r")
    sent = [make(record).channel for _, record in chosen.records(np.arange(len(chosen)))]
    assert sent == [PAID, ORDERS, ORDERS, ORDERS]


def test_a_channel_that_only_headers_name_must_be_there(tmp_path: Path) -> None:
    path = tmp_path / "c.evs"
    record = Record(LETTERS, Position(0, 0), BEGUN_NS, None, b"v", ((SPRING, b"gone"),))
    with closing(CaptureWriter.open(path)) as writer:
        writer.add([record], [read(record)])
    choice = Choice(source=str(path), channels=(LETTERS.name,))
    chosen = frozen(choice, Order.TIME, tmp_path / "x.evs", returning=True)
    known = Circumstances(DependencyGraph(), cast(Any, {SOURCE: None}))
    found = plan(Request(choice, Target(SOURCE, returning=True)), "r", chosen, known)
    assert found.why_not.startswith("There is no topic gone on ")


def test_its_query_finds_those_records_and_no_others(capture: Path) -> None:
    for origin in origins(capture, LETTERS):
        choice = Choice(source=str(capture), channels=(LETTERS.name,), query=origin.query)
        found = first(choice)
        assert found is not None
        assert found.channel == LETTERS
        assert dict(found.headers)[origin.header] == origin.channel.name.encode()
    assert first(Choice(source=str(capture), query="key:none")) is None
