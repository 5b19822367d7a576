"""Ctrl+K: what it finds, and as much of it as there is."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from gui.dialogs.command_palette import CommandPalette
from gui.main_window import MainWindow


def test_it_is_as_high_as_what_it_found(window: MainWindow, qtbot: QtBot) -> None:
    palette = CommandPalette(window.actions_, window.session, window.look, window)
    qtbot.addWidget(palette)
    palette.show()
    whole = palette.height()
    palette.field.setText("order")
    some = palette.height()
    palette.field.setText("no such thing is here")
    assert palette.height() < some < whole <= 700
    palette.field.setText("")
    assert palette.height() == whole
