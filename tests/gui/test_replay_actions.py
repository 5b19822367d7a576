from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QDialog

from graph.identity import ApplicationId
from gui.graph_menu import REPLAYS, offered
from gui.replay.room import ReplayRoom
from gui.session import Session
from inspector.replay.choice import Choice
from tests.gui.conftest import channel, shop_graph
from tests.gui.test_trail import pairs

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from gui.app import Program
    from gui.main_window import MainWindow

PRICES, DEAD = channel("price.changes"), channel("orders.DLT")
EVERY = ("replay", *REPLAYS, "replay.trail")


def opened(window: MainWindow, action: str) -> ReplayRoom:
    window.actions_.refresh()
    window.actions_[action].trigger()
    room = window.findChildren(ReplayRoom)[-1]
    assert isinstance(room, QDialog)
    return room


def test_what_fits_is_offered_and_opens_the_room_with_it(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions, session = window.actions_, window.session
    assert set(REPLAYS) <= set(offered(PRICES))
    assert not set(REPLAYS) & set(offered(ApplicationId("promo-service")))
    assert {actions.why_not(each) for each in EVERY} == {session.why_not_live}
    assert session.why_not_live
    monkeypatch.setattr(Session, "why_not_live", "")
    session.select(None)
    assert actions.why_not("replay.channel") == "Select a channel first."
    session.select(PRICES)
    assert actions.why_not("replay.channel") == ""
    assert actions.why_not("replay.back") == "The channel holds no dead letters."
    session.selection = DEAD
    assert actions.why_not("replay.back") == ""
    session.selection = PRICES

    room = opened(window, "replay.channel")
    assert room.which.choice == Choice(source=str(session.capture), channels=(PRICES.name,))
    room.reject()
    room = opened(window, "replay.range")
    choice = room.which.choice
    assert choice is not None
    span = window.time_line.chart.span
    assert span is not None
    assert choice.since_ns is not None
    assert choice.until_ns is not None
    assert 0 <= span.start_ns - choice.since_ns < 10**9
    assert 0 <= choice.until_ns - span.end_ns < 10**9
    room.reject()


def test_a_trail_is_replayed_as_its_events(
    program: Program, make_capture: Callable[..., Path], monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    window = program.window()
    program.open_file(window, make_capture(pairs(), shop_graph()))
    window.session.turns.finish()
    monkeypatch.setattr(Session, "why_not_live", "")
    actions = window.actions_
    assert actions.why_not("replay.trail").startswith("No trail")
    window.session.select_row(1)
    actions["trail.show"].trigger()
    qtbot.waitUntil(lambda: window.trail.shown is not None)
    shown = window.trail.shown
    assert shown is not None
    rows = tuple(sorted(step.row for step in shown.trail.steps))
    assert 1 in rows
    assert len(rows) > 1
    room = opened(window, "replay.trail")
    assert room.which.choice == Choice(source=str(window.session.capture), rows=rows)
    assert room.which.kind.currentText() == f"The {len(rows)} events of the trail"
    room.reject()
