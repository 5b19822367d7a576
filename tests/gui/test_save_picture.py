"""Saving, copying and exporting what the window shows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from gui.canvas.saved.export import Kind
from gui.dialogs.save_picture import SaveDialog
from gui.main_window import MainWindow
from gui.take_away import TITLES, TakeAway, Wanted
from inspector.export import TextForm


def opened(window: MainWindow, action: str) -> SaveDialog:
    window.actions_[action].trigger()
    (dialog,) = (each for each in window.findChildren(SaveDialog) if each.isVisible())
    return dialog


def choose(dialog: SaveDialog, form: str, extent: int = 0) -> None:
    dialog.form.setCurrentIndex(dialog.form.findText(form))
    dialog.extent.setCurrentIndex(extent)


def test_it_says_what_the_picture_will_be(looped_window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    dialog = opened(looped_window, "graph.save")
    take = TakeAway(looped_window)
    size = take.sheet(Wanted()).pixels(2.0)
    words = f"{size.width():,} × {size.height():,} px with 14 applications and 14 channels."
    assert words in dialog.words.text()
    assert "1 hidden is left out." in dialog.words.text()
    assert not dialog.scale.isHidden()
    assert dialog.paper.isHidden(), "the window is light itself"
    choose(dialog, "PDF page")
    assert " mm with" in dialog.words.text()
    assert dialog.scale.isHidden()
    assert not dialog.copy.isEnabled()
    assert dialog.copy.toolTip() == "The clipboard takes pictures as PNG."
    monkeypatch.setattr("gui.take_away.COPIED", 1_000)
    choose(dialog, "PNG picture")
    assert dialog.copy.toolTip() == "It is too large for the clipboard. Save it instead."
    monkeypatch.setattr("gui.take_away.WRITTEN", 1_000)
    dialog.scale.setCurrentIndex(2)
    assert not dialog.save.isEnabled()
    assert dialog.note.text() == "That is too large. Choose a smaller size, SVG or PDF."
    dialog.reject()
    looped_window.actions_["theme"].trigger()
    dialog = opened(looped_window, "graph.save")
    assert not dialog.paper.isHidden()
    assert not take.sheet(Wanted()).view.theme.dark
    dialog.paper.setCurrentIndex(1)
    assert take.sheet(dialog.wanted).view.theme.dark
    dialog.reject()


def test_a_picture_is_saved_whole_or_not_at_all(
    looped_window: MainWindow, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, folder = looped_window, tmp_path / "out"
    folder.mkdir()
    path = folder / "graph"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    dialog = opened(window, "graph.save")
    dialog.save.click()
    qtbot.waitUntil(lambda: window.status.message.text().startswith(f"Saved {path}.png, "))
    saved = QImage(str(path.with_suffix(".png")))
    assert saved.size() == TakeAway(window).sheet(Wanted()).pixels(2.0)
    assert window.remembered.memory.folder == str(folder)
    dialog = opened(window, "graph.save")
    dialog.write(tmp_path / "missing" / "graph.png")
    assert "cannot be written: No such file or directory." in dialog.note.text()
    assert dialog.save.isEnabled()
    dialog.scale.setCurrentIndex(3)
    dialog.write(folder / "large.png")
    assert "% written" in dialog.note.text()
    assert len(list(folder.iterdir())) == 2
    dialog.reject()
    assert [each.name for each in folder.iterdir()] == ["graph.png"]


def test_every_form_is_written(looped_window: MainWindow, tmp_path: Path, qtbot: QtBot) -> None:
    heads: dict[Kind | TextForm, bytes] = {
        Kind.SVG: b"<?xml",
        Kind.PDF: b"%PDF-1",
        TextForm.JSON: b'{\n  "format": "eventscope-topology/1"',
        TextForm.DOT: b"digraph",
        TextForm.MERMAID: b"flowchart LR",
        TextForm.GRAPHML: b"<?xml",
        TextForm.ASYNCAPI: b"asyncapi: 3.0.0",
    }
    for form, head in heads.items():
        path = tmp_path / "graph"
        dialog = opened(looped_window, "graph.save" if isinstance(form, Kind) else "graph.export")
        choose(dialog, TITLES[form])
        dialog.write(path)
        qtbot.waitUntil(path.exists)
        made = path.read_bytes()
        assert made.startswith(head)
        assert b"promo.updates" in made or form is Kind.PDF
        assert b' x="' in made or form is not TextForm.GRAPHML, "nodes stand where they do in the window"
        path.unlink()


def test_what_is_shown_or_all_that_is_known(looped_window: MainWindow, qtbot: QtBot) -> None:
    dialog = opened(looped_window, "graph.export")
    choose(dialog, "JSON", 0)
    assert "hidden" not in dialog.words.text()
    assert "14 applications, 15 channels and 34 edges." in dialog.words.text()
    dialog.extent.setCurrentIndex(1)
    assert "1 hidden is left out." in dialog.words.text()
    dialog.copy.click()
    said = looped_window.status.message
    qtbot.waitUntil(lambda: said.text() == "The graph as JSON is in the clipboard.")
    told = json.loads(QGuiApplication.clipboard().text())
    assert "__consumer_offsets" not in {each["name"] for each in told["channels"]}
    assert len(told["channels"]) == 14
    again = opened(looped_window, "graph.export")
    assert again.wanted == Wanted(TextForm.JSON, whole=False), "what was chosen last comes first"
    again.reject()
    looped_window.actions_["graph.copy"].trigger()
    image = QGuiApplication.clipboard().image()
    assert image.size() == looped_window.canvas.size() * 2, "the part on the screen"
    assert looped_window.status.message.text().startswith("A picture of ")
