"""One record in full."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from graph.model import DependencyGraph
from gui import theme
from gui.look import Look
from gui.models.record_tree import RecordTree
from gui.panels.record import RecordPanel
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
    assert panel.opened.decoded.encoding == "JSON"
    assert '"net": 18.4' in panel.text.toPlainText()
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
    assert len(panel.opened.decoded.value["rows"]) == 90_000
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
