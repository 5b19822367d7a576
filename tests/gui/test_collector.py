from __future__ import annotations

import gc
import weakref

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from gui import collector
from gui.collector import Collector


class Knot:
    def __init__(self) -> None:
        self.itself = self


def test_collection_is_taken_over_and_given_back(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "MANY", 1)
    owner = QObject()
    taken = Collector(owner)
    taken.start()
    try:
        assert not gc.isenabled()
        gone = weakref.ref(Knot())
        qtbot.waitUntil(lambda: gone() is None, timeout=2000)
    finally:
        taken.stop()
    assert gc.isenabled()
