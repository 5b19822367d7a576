"""The list of events over real capture files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from graph.identity import ApplicationId, ChannelId, LoopId, OperationId
from graph.model import DependencyGraph
from gui.events.columns import USUAL
from gui.models.events import EventsModel
from gui.parts.cells import CELL
from gui.session import Session
from inspector.record import Position, Record
from inspector.search.query import RecordQuery
from inspector.store.selection import Row, RowFilter
from inspector.store.writer import CaptureWriter
from inspector.traits import Traits

Pairs = list[tuple[Record, Traits]]
COLUMN = {key: number for number, key in enumerate(USUAL)}


@pytest.fixture
def session(qapp: object, capture: Path) -> Iterator[Session]:
    made = Session(utc=True)
    made.open_file(capture)
    yield made
    made.close()


@pytest.fixture
def model(session: Session) -> Iterator[EventsModel]:
    made = EventsModel(session)
    made.learn_names()
    made.finder.show(session.reader, RowFilter(), None)
    yield made
    made.close()


def test_newest_first_and_all_of_them(model: EventsModel) -> None:
    assert model.rowCount() == 2000
    times = [model.row(place).timestamp_ns for place in range(0, 2000, 97)]
    assert times == sorted(times, reverse=True)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)


def test_a_cell_says_who_sent_it_and_how_doubtful_that_is(model: EventsModel, session: Session) -> None:
    found: dict[str, str] = {}
    for place in range(300):
        row = model.row(place)
        assert row.channel is not None
        cell = model.index(place, COLUMN["from"]).data(CELL)
        found[row.channel.name] = f"{cell.text} {cell.aside}".strip()
    assert found["promo.updates"] == "promo-service 71 %"
    assert found["price.changes"] == "pricing-engine"
    assert found["clickstream"] == "storefront-api"


@pytest.mark.parametrize(
    ("subject", "channels"),
    [
        (LoopId("a1"), {"price.changes", "promo.updates"}),
        (ApplicationId("storefront-api"), {"carts.events", "clickstream"}),
        (ApplicationId("analytics-sink"), {"fraud.scores", "payments.events"}),
    ],
)
def test_the_rows_follow_what_is_selected(
    model: EventsModel, session: Session, subject: LoopId | ApplicationId, channels: set[str]
) -> None:
    model.finder.show(session.reader, session.row_filter(subject), None)
    names = {row.channel.name for row in map(model.row, range(model.rowCount())) if row.channel}
    assert names == channels


def test_an_edge_shows_its_channel(model: EventsModel, session: Session, graph: DependencyGraph) -> None:
    edge = next(each for each in graph.operations if each.channel.name == "carts.events")
    assert isinstance(edge, OperationId)
    model.finder.show(session.reader, session.row_filter(edge), None)
    assert model.rowCount() > 100
    assert {model.row(place).channel for place in range(model.rowCount())} == {edge.channel}


def test_a_query_is_looked_for_in_the_background(qtbot: QtBot, model: EventsModel, session: Session) -> None:
    key = model.row(5).key
    query = RecordQuery(key.upper(), session.reader, graph=session.graph, now_ns=session.now_ns)
    model.finder.show(session.reader, RowFilter(), query)
    assert model.finder.searching
    qtbot.waitUntil(lambda: not model.finder.searching, timeout=5000)
    assert 0 < model.rowCount() < 50
    assert all(key in model.row(place).key for place in range(model.rowCount()))


def test_a_place_and_a_row_are_found_from_each_other(model: EventsModel) -> None:
    number = model.row_number(17)
    assert model.place_of(number) == 17
    assert model.place_of(10**9) is None


def test_a_pause_loses_nothing(
    qtbot: QtBot, tmp_path: Path, records: Callable[[int], Pairs], graph: DependencyGraph
) -> None:
    pairs = records(900)
    path = tmp_path / "growing.evs"
    writer = CaptureWriter.open(path)

    session = Session(utc=True)

    def write(part: Pairs) -> None:
        writer.add([record for record, _ in part], [traits for _, traits in part])
        writer.flush()
        if session.reader is not None:
            session.reader.refresh()

    write(pairs[:300])
    session.open_file(path)
    model = EventsModel(session)
    model.finder.show(session.reader, RowFilter(), None)
    model.finder.hold(on=True)
    write(pairs[300:600])
    model.finder.take_new()
    write(pairs[600:])
    model.finder.take_new()
    assert model.rowCount() == 300
    assert model.finder.waiting == 600
    model.finder.hold(on=False)
    assert model.finder.waiting == 0
    shown = [(row.channel, row.position) for row in map(model.row, range(model.rowCount()))]
    assert shown == [(record.channel, record.position) for record, _ in reversed(pairs)]
    model.close()
    session.close()
    writer.close()


def test_null_empty_and_not_captured_are_told_apart(
    qapp: object, make_capture: Callable[..., Path], graph: DependencyGraph
) -> None:
    channel: ChannelId = next(iter(graph.channels))
    made = [
        Record(channel, Position(0, number), number, key, value, body_stored=stored)
        for number, (key, value, stored) in enumerate(
            [(None, None, True), (b"", b"", True), (b"k", None, False)]
        )
    ]
    session = Session(utc=True)
    session.open_file(make_capture([(record, Traits()) for record in made]))
    model = EventsModel(session)
    model.finder.show(session.reader, RowFilter(), None)
    texts = [
        (model.index(place, COLUMN["key"]).data(), model.index(place, COLUMN["value"]).data())
        for place in (2, 1, 0)
    ]
    assert texts[0] == ("null", "null")
    assert texts[1] == ("empty", "empty")
    assert texts[2] == ("k", "not captured")
    model.close()
    session.close()


def test_millions_of_rows_need_only_their_numbers(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the page that is looked at is read."""
    model = EventsModel(session)
    model.finder.show(session.reader, RowFilter(), None)
    reader = session.reader
    assert reader is not None
    read: list[int] = []
    rows = reader.rows

    def counted(numbers: Sequence[int]) -> list[Row]:
        read.append(len(numbers))
        return rows(numbers)

    monkeypatch.setattr(reader, "rows", counted)
    model.index(1500, COLUMN["value"]).data(Qt.ItemDataRole.DisplayRole)
    model.index(1501, 2).data(Qt.ItemDataRole.DisplayRole)
    assert len(read) == 1
    assert read[0] <= 64
    model.close()
