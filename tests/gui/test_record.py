"""One record in full."""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from graph.model import DependencyGraph
from gui import theme
from gui.events.compare_dialog import CompareDialog
from gui.look import Look
from gui.models.record_tree import RecordTree
from gui.panels.record import BY_HAND, Of, RecordPanel
from gui.session import Session
from inspector.record import Position, Record
from inspector.traits import Traits

MakeCapture = Callable[..., Path]


def _panel(qtbot: QtBot, path: Path) -> tuple[RecordPanel, Session]:
    session = Session(utc=True)
    session.open_file(path)
    panel = RecordPanel(session, Look(theme.light()), QAction("Replay"))
    qtbot.addWidget(panel)
    return panel, session


def _records(graph: DependencyGraph, *values: bytes | None) -> list[tuple[Record, Traits]]:
    channel = next(iter(graph.channels))
    headers = (("ce_type", b"Made"), ("raw", b"\x00\xff"), ("none", None))
    return [
        (Record(channel, Position(0, number), number + 1, b"k", value, headers), Traits())
        for number, value in enumerate(values)
    ]


def test_every_page_shows_the_record(qtbot: QtBot, make_capture: MakeCapture, graph: DependencyGraph) -> None:
    value = b'{"sku": "a-1", "price": {"net": 18.4}}'
    panel, session = _panel(qtbot, make_capture(_records(graph, value)))
    session.select_row(0)
    assert panel.opened is not None
    assert panel.opened.decoded is not None
    assert panel.opened.decoded.encoding == "JSON"
    panel.show_page(Of.TEXT)
    assert '"net": 18.4' in panel.text.toPlainText()
    panel.show_page(Of.HEX)
    assert panel.hex.toPlainText().startswith("00000000  7b 22 73 6b")
    model = panel.tree_model
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["sku", "price"]
    price = model.index(1, 0)
    assert model.index(0, 1, price).data() == "18.4"
    assert [line.cells[1].text for line in panel.headers.lines] == ["Made", "00 ff", "null"]
    took = [line.cells[0].text for line in panel.decoders.lines if line.cells[1].text == "took it"]
    assert took == ["JSON"]
    panel.close_background()
    session.close()


@pytest.mark.parametrize("value", [None, b"", b"\x00\x01\xfe", b"plain words", b"[" * 5000])
def test_any_value_can_be_opened(
    qtbot: QtBot, make_capture: MakeCapture, graph: DependencyGraph, value: bytes | None
) -> None:
    panel, session = _panel(qtbot, make_capture(_records(graph, value)))
    session.select_row(0)
    assert panel.opened is not None
    assert panel.note.text().startswith("Read as ")
    panel.close_background()
    session.close()


def test_ten_megabytes_do_not_hold_up_the_window(
    qtbot: QtBot, make_capture: MakeCapture, graph: DependencyGraph
) -> None:
    body = json.dumps({"rows": [{"n": number, "text": "x" * 80} for number in range(90_000)]}).encode()
    assert len(body) > 9_000_000
    panel, session = _panel(qtbot, make_capture(_records(graph, body)))
    started = time.perf_counter()
    session.select_row(0)
    assert time.perf_counter() - started < 0.5
    assert not panel.ready
    qtbot.waitUntil(lambda: panel.ready, timeout=20_000)
    assert panel.opened is not None
    assert panel.opened.decoded is not None
    assert len(panel.opened.decoded.value["rows"]) == 90_000
    panel.close_background()
    session.close()


def test_what_was_not_captured_is_not_null(
    qtbot: QtBot, make_capture: MakeCapture, graph: DependencyGraph
) -> None:
    (null, traits), (other, _) = _records(graph, None, None)
    panel, session = _panel(
        qtbot, make_capture([(null, traits), (replace(other, body_stored=False), traits)])
    )
    session.select_row(0)
    assert panel.tree_model.index(0, 1).data() == "null"
    assert panel.note.text().startswith("Read as null.")
    session.select_row(1)
    assert panel.tree_model.index(0, 1).data() == "not captured"
    assert panel.problem.text().startswith("The value was not captured.")
    assert panel.note.text().startswith("The value was not captured.")
    panel.close_background()
    session.close()


def test_the_bytes_of_a_field_are_marked(
    qtbot: QtBot, make_capture: MakeCapture, graph: DependencyGraph
) -> None:
    value = b'{"sku": "a-1", "price": {"net": 18.4}}'
    panel, session = _panel(qtbot, make_capture(_records(graph, value)))
    session.select_row(0)
    panel.tree.setCurrentIndex(panel.tree_model.reach(("price", "net")))
    assert panel.field.text() == "price.net · number · bytes 32–35"
    panel.show_bytes()
    assert [each.cursor.selectedText() for each in panel.hex.extraSelections()] == ["31 38 2e 34", "18.4"]
    panel.close_background()
    session.close()


def test_where_the_bytes_are_wrong_is_marked(
    qtbot: QtBot, make_capture: MakeCapture, graph: DependencyGraph
) -> None:
    (record, traits), *_ = _records(graph, b'{"a": "x" "y"}')
    record = replace(record, headers=(("content-type", b"application/json"),))
    panel, session = _panel(qtbot, make_capture([(record, traits)]))
    session.select_row(0)
    assert panel.problem.text().endswith("unexpected character at byte 10.")
    panel.show_page(Of.HEX)
    assert panel.hex.span == (10, 11)
    panel.close_background()
    session.close()


def test_finding_inside_of_a_record(qtbot: QtBot, make_capture: MakeCapture, graph: DependencyGraph) -> None:
    body = {"rows": [{"n": number} for number in range(500)], "Name": "Gr\u00fc\u00dfe 499 \U0001f600 end"}
    panel, session = _panel(
        qtbot, make_capture(_records(graph, json.dumps(body, ensure_ascii=False).encode()))
    )
    session.select_row(0)
    panel.show()
    QTest.keyClick(panel.tree, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert panel.finder.isVisible()
    panel.finder.field.setText("499")
    assert panel.finder.count.text() == "1 of 2"
    assert panel.tree_model.tree_row(panel.tree.currentIndex()).path == "rows[499].n"
    panel.finder.step(1)
    assert panel.tree_model.tree_row(panel.tree.currentIndex()).path == "Name"
    panel.finder.field.setText("name")
    assert panel.finder.count.text() == "1 of 1"
    panel.show_page(Of.TEXT)
    panel.finder.field.setText("END")
    assert panel.text.textCursor().selectedText() == "end"
    panel.show_page(Of.HEX)
    panel.finder.field.setText("Name")
    assert panel.hex.span is not None
    panel.finder.field.setText("no such words")
    assert panel.finder.count.text() == "nothing found"
    panel.close_background()
    session.close()


def test_a_decoder_can_be_chosen_for_a_channel(
    qtbot: QtBot, make_capture: MakeCapture, graph: DependencyGraph
) -> None:
    panel, session = _panel(qtbot, make_capture(_records(graph, b'{"a": 1}')))
    session.select_row(0)
    menu = panel.hands.record_menu()
    choices = next(each.menu() for each in menu.actions() if each.text() == "Read values of this channel as")
    assert isinstance(choices, QMenu)
    entries = {each.text(): each for each in choices.actions()}
    assert entries["Whichever fits"].isChecked()
    entries["MessagePack"].trigger()
    assert panel.opened is not None
    assert panel.opened.decoded is not None
    assert panel.opened.decoded.encoding == "binary"
    assert panel.problem.text().startswith("MessagePack is chosen for this channel, and cannot read this: ")
    session.decisions.step(back=True)
    assert panel.opened is not None
    assert panel.opened.decoded is not None
    assert panel.opened.decoded.encoding == "JSON"
    menu.deleteLater()
    panel.close_background()
    session.close()


def test_what_is_copied(qtbot: QtBot, make_capture: MakeCapture, graph: DependencyGraph) -> None:
    panel, session = _panel(qtbot, make_capture(_records(graph, b'{"a": {"b": 1}}')))
    session.select_row(0)
    menu = panel.hands.record_menu()
    actions = {each.text(): each for each in menu.actions()}
    actions["Copy kcat command"].trigger()
    record = panel.opened.record if panel.opened else None
    assert record is not None
    command = shlex.split(QGuiApplication.clipboard().text())
    assert command[:4] == ["kcat", "-C", "-b", record.channel.server.address]
    assert command[4:] == ["-t", record.channel.name, "-p", "0", "-o", "0", "-c1", "-e", "-J"]
    actions["Copy event as JSON"].trigger()
    assert json.loads(QGuiApplication.clipboard().text())["value"] == {"a": {"b": 1}}
    actions["Copy value"].trigger()
    assert json.loads(QGuiApplication.clipboard().text()) == {"a": {"b": 1}}
    menu.deleteLater()
    panel.close_background()
    session.close()


def test_an_event_is_compared_with_the_one_before_of_its_key(
    qtbot: QtBot, make_capture: MakeCapture, graph: DependencyGraph
) -> None:
    first, other, last = _records(graph, b'{"a": 1}', b'{"a": 7}', b'{"a": 2}')
    pairs = [first, (replace(other[0], key=b"another"), other[1]), last]
    panel, session = _panel(qtbot, make_capture(pairs))
    panel.show()
    session.select_row(2)
    panel.hands.compare()
    qtbot.waitUntil(lambda: bool(panel.findChildren(CompareDialog)), timeout=5000)
    (dialog,) = panel.findChildren(CompareDialog)
    lines = {line.cells[0].text: [cell.text for cell in line.cells[2:]] for line in dialog.model.lines}
    assert lines["value.a"] == ["1", "2"]
    dialog.close()
    panel.close_background()
    session.close()


def test_fields_of_a_huge_record_are_read_when_asked_for(
    qtbot: QtBot, make_capture: MakeCapture, graph: DependencyGraph
) -> None:
    panel, session = _panel(qtbot, make_capture(_records(graph, b'"' + b"x" * (BY_HAND + 1) + b'"')))
    session.select_row(0)
    qtbot.waitUntil(lambda: panel.opened is not None, timeout=20_000)
    assert not panel.ready
    panel.show_page(Of.HEX)
    assert panel.hex.toPlainText().startswith("00000000  22 78")
    menu = panel.hands.record_menu()
    next(each for each in menu.actions() if each.text() == "Read its fields").trigger()
    qtbot.waitUntil(lambda: panel.ready, timeout=20_000)
    menu.deleteLater()
    panel.close_background()
    session.close()


def test_a_long_list_is_made_a_part_at_a_time() -> None:
    model = RecordTree()
    model.show({"rows": list(range(1000)), "one": {"two": None}})
    rows = model.index(0, 0)
    model.fetchMore(rows)
    assert model.rowCount(rows) == 201
    assert "800 more" in model.index(200, 1, rows).data()
    model.more(model.index(200, 0, rows))
    assert model.rowCount(rows) == 401
    assert model.index(200, 1, rows).data() == "200"
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
