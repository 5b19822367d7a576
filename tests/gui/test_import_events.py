"""Importing what other tools saved, as people do it in the window."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from pytestqt.qtbot import QtBot

from gui.dialogs.import_events import ImportDialog

if TYPE_CHECKING:
    from gui.app import Program
    from gui.main_window import MainWindow

KCAT = (
    b'{"topic":"orders","partition":0,"offset":5,"tstype":"create","ts":1790000000123,"broker":1,'
    b'"key":"k","payload":"{\\"n\\":1}"}\n'
)
KAFBAT = [{"Value": "v", "Offset": 5, "Key": "k", "Partition": 0, "Timestamp": "2026-09-21T14:13:20Z"}]


def dialog(window: MainWindow, *files: Path) -> ImportDialog:
    window.commands.import_files(files)
    return next(each for each in window.findChildren(ImportDialog) if each.isVisible())


def test_a_file_is_recognised_imported_and_opened(program: Program, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "orders.json").write_bytes(KCAT * 3)
    window = program.window()
    window.show()
    made = dialog(window, tmp_path / "orders.json")
    qtbot.waitUntil(made.go.isEnabled, timeout=5000)
    assert made.files.text() == "orders.json: kcat"
    assert not made.channel.isVisible()
    made.go.click()
    qtbot.waitUntil(lambda: window.session.reader is not None, timeout=5000)
    assert window.session.reader is not None
    assert window.session.reader.end_row == 3
    assert window.session.capture == tmp_path / "orders.evs"


def test_what_is_left_out_is_said_before_it_is_opened(
    window: MainWindow, program: Program, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "orders.json").write_bytes(KCAT + b"x\n")
    (tmp_path / "orders.evs").write_bytes(b"")
    (tmp_path / "notes.txt").write_bytes(b"what is this")
    made = dialog(window, tmp_path / "orders.json", tmp_path / "notes.txt")
    qtbot.waitUntil(made.go.isEnabled, timeout=5000)
    assert made.files.text().splitlines()[1].startswith("Line 1 of notes.txt cannot be read")
    made.go.click()
    qtbot.waitUntil(lambda: made.go.text() == "Open", timeout=5000)
    assert made.files.text() == ("orders.json: 1 record of kcat.\n1 left out, it is no JSON (first: line 2).")
    made.go.click()
    qtbot.waitUntil(lambda: len(program.windows) == 2, timeout=5000)
    assert program.windows[1].session.capture == tmp_path / "orders-2.evs"


def test_a_channel_that_no_file_says_is_asked_for(window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    (tmp_path / "saved.json").write_text(json.dumps(KAFBAT))
    made = dialog(window, tmp_path / "saved.json")
    qtbot.waitUntil(made.channel.isVisible, timeout=5000)
    assert not made.go.isEnabled()
    assert "channel" in made.words.text()
    made.channel.setText("orders")
    assert made.go.isEnabled()
    made.server.setText("broker")
    assert not made.go.isEnabled()
    made.server.setText("kafka://broker:9092")
    assert made.go.isEnabled()
    made.reject()
    assert sorted(each.name for each in tmp_path.glob("saved*")) == ["saved.json"]
