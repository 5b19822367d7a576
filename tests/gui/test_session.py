from __future__ import annotations

from pytestqt.qtbot import QtBot

from gui.session import Session


def test_a_problem_is_said_once_until_it_is_solved_or_another(qtbot: QtBot) -> None:
    session = Session()
    said: list[str] = []
    session.troubled.connect(said.append)
    session.trouble("capture", "The disk is full.", "Make room.")
    session.trouble("capture", "The disk is full.", "Make room.")
    assert said == ["The disk is full. Make room."]
    session.solve("capture")
    session.trouble("capture", "The disk is full.", "Make room.")
    session.trouble("capture", "The folder is gone.")
    assert said[1:] == ["The disk is full. Make room.", "The folder is gone."]
    session.close()
