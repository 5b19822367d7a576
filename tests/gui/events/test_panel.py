"""The list of events, used as people use it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import Alias
from gui.events.columns import USUAL
from gui.events.compare_dialog import CompareDialog
from gui.events.oddities import Oddity
from gui.events.terms import How
from gui.panels.events import EventsPanel
from gui.record.opened import hex_of, text_of
from gui.session import Session
from inspector.project import bookmarks, colours, filters
from inspector.project.file import ProjectFile
from inspector.project.model import ColourRule
from inspector.record import Position, Record
from inspector.store.writer import CaptureWriter
from inspector.traits import Traits

Pairs = list[tuple[Record, Traits]]
Settled = Callable[[EventsPanel], None]
PRICES = ChannelId(ServerId("kafka", "127.0.0.1:9092"), ChannelKind.TOPIC, "price.changes")
ROWS = QItemSelectionModel.SelectionFlag.Rows
SELECT = QItemSelectionModel.SelectionFlag.Select


def _column(panel: EventsPanel, key: str) -> int:
    return next(number for number, each in enumerate(panel.model.columns) if each.key == key)


def _texts(panel: EventsPanel, key: str, count: int = 12) -> list[str]:
    number = _column(panel, key)
    return [panel.model.index(place, number).data() for place in range(min(count, panel.model.rowCount()))]


def test_a_query_over_the_value_and_its_mistakes(panel: EventsPanel, settled: Settled, qtbot: QtBot) -> None:
    panel.bar.ask("value.reason:promo and type:PriceChange")
    settled(panel)
    assert 20 < panel.model.rowCount() < 400
    assert set(_texts(panel, "type")) == {"PriceChange"}
    reader = panel.session.reader
    assert reader is not None
    for place in range(0, panel.model.rowCount(), 17):
        assert b'"reason": "promo"' in (reader.record(panel.model.row_number(place)).value or b"")
    before = panel.model.rowCount()
    panel.search.setText("value.reason:promo and tipe:PriceChange")
    panel.search.take()
    assert panel.search.sentence.text() == "There is no field tipe. Did you mean type?"
    assert panel.model.rowCount() == before
    assert panel.tally.words.text() == f"{before:,} of 2,000"


def test_names_of_headers_and_paths_are_offered(panel: EventsPanel, qtbot: QtBot) -> None:
    panel.search.learn()
    qtbot.waitUntil(lambda: bool(panel.search.seen.paths), timeout=5000)
    offered = [each.text for each in panel.search.completion("value.re", 8).offers]
    assert "value.reason" in offered
    assert "header.ce_source" in [each.text for each in panel.search.completion("header.", 7).offers]
    assert "price.changes" in [each.text for each in panel.search.completion("channel:pri", 11).offers]


def test_what_was_asked_comes_back_with_the_arrow_up(
    open_panel: Callable[..., EventsPanel], capture: Path, settled: Settled
) -> None:
    panel = open_panel(capture)
    for query in ("type:PriceChange", "app:pricing-engine"):
        panel.bar.ask(query)
        settled(panel)
    panel.search.clear()
    panel.search.setFocus()
    keys = (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Down)
    said = []
    for key in keys:
        QTest.keyClick(panel.search, key)
        said.append(panel.search.text())
    assert said == ["app:pricing-engine", "type:PriceChange", "app:pricing-engine"]
    panel.keeper.write()
    again = open_panel(capture)
    assert again.keeper.habits.asked == ("type:PriceChange", "app:pricing-engine")


def test_a_cell_becomes_a_filter_is_narrowed_and_excluded(panel: EventsPanel, settled: Settled) -> None:
    panel.bar.put("type", "PriceChange", How.APPLY)
    panel.bar.put("header.ce_source", "pricing-engine", How.NARROW)
    settled(panel)
    key = panel.model.row(0).key
    panel.bar.put("key", key, How.EXCLUDE)
    settled(panel)
    assert panel.search.text() == f"type:PriceChange and header.ce_source:pricing-engine and not key:{key}"
    assert panel.model.rowCount() > 50
    assert key not in _texts(panel, "key", 2000)
    menu = panel.hands.cell_menu(0, _column(panel, "key"))
    offered = [action.text() for action in menu.actions()]
    assert offered[:3] == [f"{how.value} key:{panel.model.row(0).key}" for how in How]
    menu.deleteLater()


def test_filters_are_kept_in_the_project(panel: EventsPanel) -> None:
    decisions = panel.session.decisions
    panel.bar.ask("type:PriceChange")
    assert decisions.decide(filters.keep(decisions.project, "Prices", panel.bar.query))
    assert decisions.decide(filters.keep(decisions.project, "Prices", "type:Price*"))
    kept = ProjectFile.open(decisions.file.path).project.filters
    assert [(each.name, each.query) for each in kept] == [("Prices", "type:Price*")]
    menu = panel.bar.kept_menu()
    menu.actions()[0].trigger()
    assert panel.bar.query == "type:Price*"
    menu.deleteLater()


def test_columns_from_headers_and_values_are_shown_moved_and_remembered(
    open_panel: Callable[..., EventsPanel], capture: Path, settled: Settled
) -> None:
    panel = open_panel(capture)
    for key in ("header.ce_source", "value.reason", "delta"):
        panel.columns.turn(key)
    panel.columns.turn("size")
    QTest.qWait(30)
    _texts(panel, "value.reason")
    settled(panel)
    assert set(_texts(panel, "value.reason")) <= {"promo", "supplier", "null", ""}
    assert "promo" in _texts(panel, "value.reason", 40)
    assert (
        _texts(panel, "header.ce_source", 3)
        == [(row.sender or Alias("", "")).value for row in map(panel.model.row, range(3))]
        or panel.model.row(0).sender is None
    )
    assert _texts(panel, "delta", 1)[0].startswith("+")
    heads = panel.table.horizontalHeader()
    heads.moveSection(heads.visualIndex(_column(panel, "value.reason")), 1)
    panel.table.setColumnWidth(_column(panel, "type"), 222)
    panel.keeper.write()
    again = open_panel(capture)
    keys = [each.key for each in again.model.columns]
    assert keys[:3] == ["marks", "value.reason", "time"]
    assert "size" not in keys
    again.resize(1900, 500)
    QTest.qWait(30)
    assert again.table.columnWidth(_column(again, "type")) == 222


@pytest.mark.parametrize("key", ["size", "type", "value.new", "position"])
def test_rows_are_sorted_by_any_column(panel: EventsPanel, settled: Settled, key: str) -> None:
    panel.session.select(PRICES)
    if key not in USUAL:
        panel.columns.turn(key)
    reader = panel.session.reader
    assert reader is not None
    for _turn in range(2):
        panel.table.sort_wanted.emit(_column(panel, key))
        settled(panel)
        rows = [panel.model.row(place) for place in range(panel.model.rowCount())]
        match key:
            case "size":
                found: list[object] = [row.size for row in rows]
            case "position":
                found = [row.position for row in rows]
            case "value.new":
                decoded = [reader.record(row.row).value for row in rows]
                found = [float(value.split(b'"new": ')[1].split(b",")[0]) for value in decoded if value]
            case _:
                found = [row.type for row in rows]
        assert found == sorted(found, reverse=panel.finder.sorting.down)  # type: ignore[type-var]
    assert len({row.row for row in rows}) == panel.model.rowCount()


def test_channels_are_merged_in_order_of_time_and_growth_keeps_the_selection(
    qtbot: QtBot, tmp_path: Path, records: Callable[[int], Pairs], open_panel: Callable[..., EventsPanel]
) -> None:
    pairs = records(600)
    # Written out of order within a look-back, as partitions are read one after the other.
    written = [pair for start in range(0, 600, 60) for pair in pairs[start : start + 60][::-1]]
    path = tmp_path / "growing.evs"
    writer = CaptureWriter.open(path)

    def write(part: Pairs) -> None:
        writer.add([record for record, _ in part], [traits for _, traits in part])
        writer.flush()

    write(written[:330])
    panel = open_panel(path)
    chosen = [panel.model.row_number(place) for place in (3, 4, 9)]
    for place in (3, 4, 9):
        panel.table.selectionModel().select(panel.model.index(place, 0), SELECT | ROWS)
    session: Session = panel.session
    for start in range(330, 600, 45):
        write(written[start : start + 45])
        assert session.reader is not None
        session.reader.refresh()
        session.rows_changed.emit()
        session.turns.finish()
    times = [panel.model.row(place).timestamp_ns for place in range(panel.model.rowCount())]
    assert times == sorted((record.timestamp_ns for record, _ in pairs), reverse=True)
    assert sorted(panel.table.chosen_rows(10)) == sorted(chosen)
    writer.close()


def test_the_first_rule_that_holds_colours_a_row(panel: EventsPanel, settled: Settled) -> None:
    decisions = panel.session.decisions
    rules = (ColourRule("type:PriceChange and value.new>50", "violet"), ColourRule("type:PriceChange", "sky"))
    assert decisions.decide(colours.replaced(decisions.project, rules))
    panel.bar.ask("type:Price*")
    settled(panel)
    reader = panel.session.reader
    assert reader is not None
    for place in range(20):
        panel.model.signs(place)
    settled(panel)
    for place in range(20):
        value = reader.record(panel.model.row_number(place)).value
        high = value is not None and float(value.split(b'"new": ')[1].split(b",")[0]) > 50
        assert panel.model.signs(place).colour == ("violet" if high else "sky")


def test_bookmarks_are_kept_by_position_and_gone_through(
    panel: EventsPanel, qtbot: QtBot, settled: Settled
) -> None:
    decisions, marks = panel.session.decisions, panel.hands.bookmarks
    for place in (40, 7):
        panel.table.go_to(place)
        marks.turn()
    row = panel.model.row(7)
    assert row.channel is not None
    decisions.decide(bookmarks.keep(decisions.project, row.channel, row.position, "strange price"))
    kept = ProjectFile.open(decisions.file.path).project.bookmarks
    assert [(each.partition, each.offset, each.note) for each in kept] == [
        (panel.model.row(40).position.partition, panel.model.row(40).position.offset, ""),
        (row.position.partition, row.position.offset, "strange price"),
    ]
    assert panel.model.signs(7).sentence.startswith("strange price")
    panel.table.go_to(0)
    seen = []
    for _turn in range(3):
        marks.step(1)
        qtbot.waitUntil(lambda: not marks._background.busy, timeout=5000)
        seen.append(panel.table.currentIndex().row())
    assert seen == [7, 40, 7]
    marks.turn()
    assert len(decisions.project.bookmarks) == 1


def test_going_to_a_position_a_time_and_a_row(panel: EventsPanel, qtbot: QtBot) -> None:
    row = panel.model.row(1500)
    jumping = panel.hands.jumping
    jumping.go(f"{row.channel.name} p{row.position.partition}@{row.position.offset}")  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: panel.table.currentIndex().row() == 1500, timeout=5000)
    jumping.go("#3")
    assert panel.table.currentIndex().row() == 1996
    jumping.go("2026-11-23T14:10:00")
    there = panel.model.row(panel.table.currentIndex().row()).timestamp_ns
    after = panel.model.row(panel.table.currentIndex().row() + 1).timestamp_ns
    assert after < 1_795_443_000 * 10**9 <= there


def test_selected_events_are_compared_and_copied(panel: EventsPanel, qtbot: QtBot, settled: Settled) -> None:
    panel.bar.ask("type:PriceChange")
    settled(panel)
    for place in (0, 2, 3):
        panel.table.selectionModel().select(panel.model.index(place, 0), SELECT | ROWS)
    panel.hands.compare()
    qtbot.waitUntil(lambda: panel.findChild(CompareDialog) is not None, timeout=5000)
    dialog = panel.findChild(CompareDialog)
    assert dialog is not None
    fields = [str(line.key) for line in dialog.model.lines]
    assert "value.sku" in fields
    assert "value.active" not in fields
    dialog.only.setChecked(False)
    assert "value.active" in [str(line.key) for line in dialog.model.lines]
    dialog.close()
    panel.hands.copy()
    lines = QGuiApplication.clipboard().text().split("\n")
    assert [line.split("\t")[1] for line in lines] == ["Channel"] + ["price.changes"] * 3
    panel.hands.copy_json()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text().startswith("{"), timeout=5000)
    assert QGuiApplication.clipboard().text().count('"sku"') == 3


def test_gaps_doubles_and_times_going_back_are_marked(
    open_panel: Callable[..., EventsPanel], make_capture: Callable[..., Path], settled: Settled
) -> None:
    offsets = [(10, 100), (11, 200), (15, 300), (15, 300), (16, 250)]
    made = [
        (Record(PRICES, Position(0, offset), when * 10**9, b"k", b"{}"), Traits(None, "T", f"e{number}"))
        for number, (offset, when) in enumerate(offsets)
    ]
    panel = open_panel(make_capture(made))
    panel.session.select(PRICES)
    settled(panel)
    for place in range(5):
        panel.model.signs(place)
    settled(panel)
    odd: dict[int, list[Oddity | None]] = {}
    for place in range(4, -1, -1):
        odd.setdefault(panel.model.row(place).position.offset, []).append(panel.model.signs(place).oddity)
    assert odd == {
        10: [None],
        11: [None],
        15: [Oddity(gap=3, why="were not read"), Oddity(double=True)],
        16: [Oddity(backwards_ns=50 * 10**9)],
    }


def test_what_is_masked_is_neither_shown_nor_found_nor_copied(
    open_panel: Callable[..., EventsPanel], capture: Path, tmp_path: Path, settled: Settled, qtbot: QtBot
) -> None:
    project = tmp_path / "masked.toml"
    project.write_text(
        '[[masks]]\npath = "$.sku"\n\n[[masks]]\nheader = "ce_source"\n\n[[masks]]\nkey = true\n'
    )
    panel = open_panel(capture, project)
    reader = panel.session.reader
    assert reader is not None
    record = reader.record(panel.model.row_number(0))
    secret = (record.key or b"").decode().removeprefix("sku-")
    for key in ("header.ce_source", "value.sku"):
        panel.columns.turn(key)
    for place in range(3):
        panel.model.detail(place)
    settled(panel)
    shown = " ".join(panel.model.index(0, number).data() or "" for number in range(panel.model.columnCount()))
    assert secret not in shown
    assert shown.count("***") >= 3
    panel.table.go_to(0)
    QGuiApplication.clipboard().clear()
    panel.hands.copy_json()
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text().startswith("{"), timeout=5000)
    assert secret not in QGuiApplication.clipboard().text()
    opened = panel.record.opened
    assert opened is not None
    assert secret not in text_of(opened) + hex_of(opened.record)
    panel.bar.ask(secret)
    settled(panel)
    assert panel.model.rowCount() == 0


def test_old_rows_that_are_deleted_leave_the_list(
    panel: EventsPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = panel.session.reader
    assert reader is not None
    top = panel.model.row_number(0)
    monkeypatch.setattr(type(reader), "first_row", property(lambda _reader: 700))
    panel.finder.take_new()
    assert panel.model.rowCount() == 1300
    assert panel.model.row_number(0) == top
    assert panel.model.place_of(699) is None


def test_a_search_can_be_stopped_and_keeps_what_it_found(panel: EventsPanel, qtbot: QtBot) -> None:
    panel.bar.ask("value.sku>0")
    assert [panel.finder.searching, panel.tally.stop.isHidden()] == [True, False]
    panel.tally.stop.click()
    assert [panel.finder.searching, panel.tally.stop.isHidden()] == [False, True]
    found = panel.model.rowCount()
    QTest.qWait(100)
    assert panel.model.rowCount() == found
    assert "stopped" in panel.tally.words.text()


def test_an_order_that_is_chosen_while_a_search_goes_on_holds_in_the_end(
    panel: EventsPanel, settled: Settled
) -> None:
    panel.bar.ask("value.new>20")
    assert panel.finder.searching
    panel.table.sort_wanted.emit(_column(panel, "size"))
    settled(panel)
    sizes = [panel.model.row(place).size for place in range(panel.model.rowCount())]
    assert len(sizes) > 500
    assert sizes == sorted(sizes, reverse=True)


def test_new_events_wait_while_another_order_holds(
    qtbot: QtBot,
    tmp_path: Path,
    records: Callable[[int], Pairs],
    open_panel: Callable[..., EventsPanel],
    settled: Settled,
) -> None:
    pairs = records(400)
    path = tmp_path / "growing.evs"
    writer = CaptureWriter.open(path)
    writer.add([record for record, _ in pairs[:300]], [traits for _, traits in pairs[:300]])
    writer.flush()
    panel = open_panel(path)
    panel.table.sort_wanted.emit(_column(panel, "size"))
    settled(panel)
    writer.add([record for record, _ in pairs[300:]], [traits for _, traits in pairs[300:]])
    writer.flush()
    writer.close()
    session = panel.session
    assert session.reader is not None
    session.reader.refresh()
    session.rows_changed.emit()
    session.turns.finish()
    assert (panel.model.rowCount(), panel.finder.waiting) == (300, 100)
    assert panel.tally.new.text() == "100 new"
    panel.tally.new.click()
    settled(panel)
    sizes = [panel.model.row(place).size for place in range(panel.model.rowCount())]
    assert len(sizes) == 400
    assert sizes == sorted(sizes, reverse=True)


def test_another_project_has_its_own_columns(panel: EventsPanel, tmp_path: Path) -> None:
    panel.columns.turn("trace")
    (tmp_path / "other").mkdir()
    other = tmp_path / "other" / "eventscope.toml"
    other.write_text("")
    panel.session.decisions.use(ProjectFile.open(other))
    assert [each.key for each in panel.model.columns] == list(USUAL)
    panel.columns.turn("row")
    panel.session.decisions.use(ProjectFile(tmp_path / "eventscope.toml"))
    assert "trace" in [each.key for each in panel.model.columns]
    assert "row" not in [each.key for each in panel.model.columns]


def test_a_row_is_shown_whatever_hides_it(
    panel: EventsPanel, settled: Settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gui.events.finder.AT_ONCE", 100)  # as if there were many
    panel.bar.ask("type:PriceChange")
    settled(panel)
    reader = panel.session.reader
    assert reader is not None
    number = next(row for row in range(500) if reader.traits(row).type != "PriceChange")
    assert panel.show_row(number)
    settled(panel)
    assert panel.model.rowCount() == 2000
    assert panel.model.row_number(panel.table.currentIndex().row()) == number
    assert not panel.show_row(2000)


def test_too_many_rows_are_not_sorted_by_what_has_to_be_read(
    panel: EventsPanel, settled: Settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gui.events.sorting.MOST_READ", 1_000)
    said: list[str] = []
    panel.session.decisions.said.connect(said.append)
    panel.table.sort_wanted.emit(_column(panel, "key"))
    assert said[0].startswith("Sorting by this column reads every event: 1,000 at the most, and 2,000")
    assert panel.finder.sorting.by_time
    panel.bar.ask("type:PriceChange")
    settled(panel)
    panel.table.sort_wanted.emit(_column(panel, "key"))
    settled(panel)
    keys = _texts(panel, "key", 2000)
    assert keys == sorted(keys)
    panel.bar.ask("")
    settled(panel)
    assert panel.finder.sorting.by_time
    assert len(said) == 2
