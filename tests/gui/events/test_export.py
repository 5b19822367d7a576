"""Exporting events out of the list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from PySide6.QtCore import QItemSelectionModel
from pytestqt.qtbot import QtBot

from gui.dialogs.export_events import ExportDialog
from gui.panels.events import EventsPanel
from inspector.exchange.forms import Form

Settled = Callable[[EventsPanel], None]


def opened(panel: EventsPanel) -> ExportDialog:
    panel.hands.export()
    return next(each for each in panel.window().findChildren(ExportDialog) if each.isVisible())


def test_all_that_match_or_what_is_selected(
    panel: EventsPanel, settled: Settled, qtbot: QtBot, tmp_path: Path
) -> None:
    panel.bar.ask("type:PriceChange")
    settled(panel)
    said: list[str] = []
    panel.session.decisions.said.connect(said.append)
    dialog = opened(panel)
    assert dialog.which.count() == 1
    with qtbot.waitSignal(dialog.said, timeout=10_000):
        dialog.save_to(tmp_path / "a.jsonl")
    lines = [orjson.loads(line) for line in (tmp_path / "a.jsonl").read_bytes().splitlines()]
    assert len(lines) == panel.model.rowCount()
    assert {line["type"] for line in lines} == {"PriceChange"}
    assert [line["timestamp_ns"] for line in lines] == sorted(line["timestamp_ns"] for line in lines)
    assert said == [f"{len(lines):,} events exported to a.jsonl."]
    flags = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for place in (2, 5, 9):
        panel.table.selectionModel().select(panel.model.index(place, 0), flags)
    dialog = opened(panel)
    assert dialog.which.itemText(0) == "3 selected events"
    dialog.form.setCurrentIndex(list(Form).index(Form.CSV))
    with qtbot.waitSignal(dialog.said, timeout=10_000):
        dialog.save_to(tmp_path / "b.csv")
    assert len((tmp_path / "b.csv").read_text().splitlines()) == 4


def test_cancelled_leaves_nothing(panel: EventsPanel, settled: Settled, tmp_path: Path) -> None:
    settled(panel)
    dialog = opened(panel)
    dialog.save_to(tmp_path / "a.jsonl")
    dialog.reject()
    assert list(tmp_path.glob("*a.jsonl*")) == []


def test_what_goes_wrong_is_said_and_it_can_be_tried_again(
    panel: EventsPanel, settled: Settled, qtbot: QtBot, tmp_path: Path
) -> None:
    settled(panel)
    dialog = opened(panel)
    dialog.save_to(tmp_path / "no" / "a.jsonl")
    qtbot.waitUntil(lambda: dialog.go.isEnabled(), timeout=5000)
    assert "cannot be written" in dialog.words.text()
    dialog.reject()


@pytest.mark.parametrize("form", list(Form))
def test_every_form_is_explained(panel: EventsPanel, settled: Settled, form: Form) -> None:
    settled(panel)
    dialog = opened(panel)
    dialog.form.setCurrentIndex(list(Form).index(form))
    assert dialog.words.text()
    dialog.reject()
