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
from gui.models.events import EventsModel
from gui.parts.cells import CELL
from gui.session import Session
from inspector.record import Position, Record
from inspector.store.selection import Row, RowFilter
from inspector.store.writer import CaptureWriter
from inspector.traits import Traits

Pairs = list[tuple[Record, Traits]]


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
    made.show(RowFilter())
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
        cell = model.index(place, 4).data(CELL)
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
    model.show(session.row_filter(subject))
    names = {row.channel.name for row in map(model.row, range(model.rowCount())) if row.channel}
    assert names == channels


def test_an_edge_shows_its_channel(model: EventsModel, session: Session, graph: DependencyGraph) -> None:
    edge = next(each for each in graph.operations if each.channel.name == "carts.events")
    assert isinstance(edge, OperationId)
    model.show(session.row_filter(edge))
    assert model.rowCount() > 100
    assert {model.row(place).channel for place in range(model.rowCount())} == {edge.channel}


def test_text_is_looked_for_in_the_background(qtbot: QtBot, model: EventsModel) -> None:
    key = model.row(5).key
    model.show(RowFilter(text=key.upper()))
    assert model.searching
    qtbot.waitUntil(lambda: not model.searching, timeout=5000)
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
    model.show(RowFilter())
    model.hold(on=True)
    write(pairs[300:600])
    model.take_new()
    write(pairs[600:])
    model.take_new()
    assert model.rowCount() == 300
    assert model.waiting == 600
    model.hold(on=False)
    assert model.waiting == 0
    shown = [(row.channel, row.position) for row in map(model.row, range(model.rowCount()))]
    assert shown == [(record.channel, record.position) for record, _ in reversed(pairs)]
    model.close()
    session.close()
    writer.close()


def test_null_and_empty_are_told_apart(
    qapp: object, make_capture: Callable[..., Path], graph: DependencyGraph
) -> None:
    channel: ChannelId = next(iter(graph.channels))
    made = [
        Record(channel, Position(0, number), number, key, value)
        for number, (key, value) in enumerate([(None, None), (b"", b"")])
    ]
    session = Session(utc=True)
    session.open_file(make_capture([(record, Traits()) for record in made]))
    model = EventsModel(session)
    model.show(RowFilter())
    texts = [(model.index(place, 3).data(), model.index(place, 7).data()) for place in (1, 0)]
    assert texts[0] == ("null", "null")
    assert texts[1] != texts[0]
    model.close()
    session.close()


def test_millions_of_rows_need_only_their_numbers(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the page that is looked at is read."""
    model = EventsModel(session)
    model.show(RowFilter())
    reader = session.reader
    assert reader is not None
    read: list[int] = []
    rows = reader.rows

    def counted(numbers: Sequence[int]) -> list[Row]:
        read.append(len(numbers))
        return rows(numbers)

    monkeypatch.setattr(reader, "rows", counted)
    model.index(1500, 7).data(Qt.ItemDataRole.DisplayRole)
    model.index(1501, 2).data(Qt.ItemDataRole.DisplayRole)
    assert len(read) == 1
    assert read[0] <= 64
    model.close()
