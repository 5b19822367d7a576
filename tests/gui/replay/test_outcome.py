from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gui import theme
from gui.look import Look
from gui.replay.outcome import Outcome, compared, verdict
from gui.session import Session
from inspector.replay.plan import Caused
from tests.gui.conftest import channel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

A, B, C = channel("a"), channel("b"), channel("c")


def test_what_came_stands_beside_what_was_expected() -> None:
    before = [Caused(A, 10.0, True), Caused(B, 151.0, False), Caused(A, 5.0, True)]
    after = [Caused(B, 140, True), Caused(B, 9, False), Caused(C, 2, True)]
    assert compared(before, after) == {B: (151.0, 149, 9), A: (15.0, 0.0, 0.0), C: (0.0, 2, 0.0)}
    assert list(compared(before, after)) == [B, A, C]
    assert [verdict(before, after)[0] for before, after, _ in compared(before, after).values()] == [
        "as expected",
        "less than expected, so far",
        "not expected at all",
    ]
    assert verdict(10, 16) == ("more than expected", "run")


def test_the_table_is_there_when_there_is_something_to_tell(qtbot: QtBot, tmp_path: Path) -> None:
    session = Session(project=tmp_path / "eventscope.toml")
    panel = Outcome(session, Look(theme.light()))
    qtbot.addWidget(panel)
    panel.show_caused((), ())
    assert panel.isHidden()
    panel.show_caused([Caused(A, 2.4, True)], [Caused(A, 3, True)])
    assert not panel.isHidden()
    lines = panel.table.model().lines  # type: ignore[attr-defined]
    assert [cell.text for cell in lines[0].cells] == ["a", "2.4", "3", "as expected"]
    panel.show_caused([Caused(A, 2.4, True)], [Caused(A, 2, True), Caused(A, 1, False)])
    lines = panel.table.model().lines  # type: ignore[attr-defined]
    assert lines[0].cells[3].text == "as expected; 1 by key or flow, as they name no cause"
    session.close()
