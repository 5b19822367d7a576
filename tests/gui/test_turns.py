from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from gui.turns import ENOUGH_S, Turns


class Worker(QObject):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.done: list[str] = []

    def first(self) -> None:
        self.done.append("first")

    def second(self) -> None:
        self.done.append("second")

    def long(self) -> None:
        time.sleep(2 * ENOUGH_S)

    def thrice(self) -> bool:
        self.done.append("thrice")
        return self.done.count("thrice") < 3


def test_each_piece_has_a_frame_of_its_own_and_is_done_once(qtbot: QtBot) -> None:
    turns, worker = Turns(), Worker()
    first, second = turns.take(worker.first), turns.take(worker.second)
    first("news")
    second()
    first("newer")
    assert worker.done == []
    qtbot.waitUntil(lambda: worker.done == ["first"], timeout=1000)
    qtbot.waitUntil(lambda: worker.done == ["first", "second"], timeout=1000)
    qtbot.wait(60)
    assert worker.done == ["first", "second"]


@pytest.mark.usefixtures("qtbot")
def test_short_pieces_share_a_frame_and_a_long_one_has_its_own() -> None:
    turns, worker = Turns(), Worker()
    pieces = [turns.take(each) for each in (worker.first, worker.second, worker.long)]
    for ask in pieces:
        ask()
    turns.finish()
    worker.done.clear()
    for ask in pieces:
        ask()
    turns._next()
    assert worker.done == ["first", "second"]
    assert [*turns._waiting] == [worker.long]
    turns._next()
    assert not turns._waiting


def test_all_that_waits_can_be_done_at_once() -> None:
    turns, worker = Turns(), Worker()
    turns.take(worker.second)()
    turns.take(worker.first)()
    turns.finish()
    assert worker.done == ["second", "first"]


def test_work_of_an_owner_that_is_gone_is_left_out(qtbot: QtBot) -> None:
    turns, worker = Turns(), Worker()
    turns.take(worker.first)()
    worker.deleteLater()
    qtbot.wait(20)
    turns.finish()
    assert worker.done == []


def test_work_that_has_not_finished_gets_another_turn_behind_the_others() -> None:
    turns, worker = Turns(), Worker()
    turns.take(worker.thrice)()
    turns.take(worker.second)()
    turns.finish()
    assert worker.done == ["thrice", "second", "thrice", "thrice"]
