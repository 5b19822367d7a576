"""Acknowledging a loop: the dialog, what it writes, and what that does to the graph."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from graph.identity import LoopId
from graph.model import DependencyGraph, FeedbackLoop, LoopStatus
from gui.dialogs.acknowledge import AcknowledgeDialog, meaning, sensible_limit
from gui.main_window import MainWindow
from inspector.loops.acknowledged import acknowledged
from inspector.project import loops as decided
from inspector.project.model import Project


def opened(window: MainWindow, digest: str) -> AcknowledgeDialog:
    window.session.select(LoopId(digest))
    window.actions_["loop.acknowledge"].trigger()
    (dialog,) = (each for each in window.findChildren(AcknowledgeDialog) if each.isVisible())
    return dialog


def test_it_wants_a_reason_and_a_number_and_says_so(looped_window: MainWindow) -> None:
    dialog = opened(looped_window, "b2")
    assert not dialog.take.isEnabled()
    assert dialog.note.text() == dialog.take.toolTip() == "Write down why the loop is meant to be."
    dialog.reason.setText("  ")
    assert not dialog.take.isEnabled()
    dialog.reason.setText("Stock follows adjustments")
    assert dialog.take.isEnabled()
    for wrong in ("", "many", "0", "-1", "nan"):
        dialog.limit.setText(wrong)
        assert not dialog.take.isEnabled()
        assert "number above 0" in dialog.note.text()
    dialog.limited.setChecked(False)
    assert dialog.take.isEnabled()
    assert "whatever its gain becomes" in dialog.now.text()
    dialog.reject()


def test_it_is_kept_shown_and_taken_back(looped_window: MainWindow, qtbot: QtBot) -> None:
    window = looped_window
    dialog = opened(window, "b2")
    assert dialog.limit.text() == "0.80"
    QTest.keyClicks(dialog.reason, "Stock follows adjustments")
    QTest.keyClick(dialog.reason, Qt.Key.Key_Return)
    window.session.turns.finish()
    loop = window.session.graph.loops[LoopId("b2")]
    assert (loop.status, loop.proven) == (LoopStatus.ACKNOWLEDGED, LoopStatus.ACTIVE)
    text = window.session.decisions.file.path.read_text()
    assert 'reason = "Stock follows adjustments"' in text
    assert "gain_below = 0.8" in text
    shown = " ".join(str(block) for block in window.details.blocks.shown)
    assert "Acknowledged: Stock follows adjustments. Fine while the gain is below 0.80." in shown
    assert window.actions_["loop.take-back"].isEnabled()
    window.actions_["undo"].trigger()
    window.session.turns.finish()
    assert window.session.graph.loops[LoopId("b2")].status is LoopStatus.ACTIVE
    window.actions_["redo"].trigger()
    window.actions_["loop.take-back"].trigger()
    window.session.turns.finish()
    assert window.session.graph.loops[LoopId("b2")].acknowledged is None
    assert "acknowledged" not in window.session.decisions.file.path.read_text()


def test_what_is_known_is_offered_to_be_changed(looped_window: MainWindow, qtbot: QtBot) -> None:
    window = looped_window
    dialog = opened(window, "b2")
    dialog.reason.setText("First")
    dialog.take.click()
    window.session.turns.finish()
    again = opened(window, "b2")
    assert (again.reason.text(), again.limit.text(), again.take.text()) == ("First", "0.80", "Change")
    again.limit.setText("0,5")
    again.take.click()
    window.session.turns.finish()
    loop = window.session.graph.loops[LoopId("b2")]
    assert loop.broken_limit
    assert loop.status is LoopStatus.ACTIVE
    assert len(window.session.decisions.project.acknowledged) == 1
    # It holds for the time that is looked at as well, and for the one after.
    reader = window.session.reader
    assert reader is not None
    span = reader.span_ns()
    assert span is not None
    window.session.look_at((span[0] + span[1]) // 2)
    qtbot.waitUntil(lambda: window.session.moment_ns is not None, timeout=5000)
    assert window.session.graph.loops[LoopId("b2")].broken_limit
    window.session.look_at(None)
    assert window.session.graph.loops[LoopId("b2")].broken_limit


@pytest.mark.parametrize(
    ("gain", "low", "high", "limit"),
    [
        (0.3, 0.25, 0.36, 0.4),
        (0.62, 0.55, 0.7, 0.8),
        (0.9, 0.85, 0.96, 0.99),
        (0.98, 0.95, 1.1, 1.25),
        (1.18, 1.11, 1.26, 1.4),
        (0.01, 0.0, 0.02, 0.1),
        (None, None, None, 0.5),
    ],
)
def test_the_limit_offered_is_above_what_the_gain_may_be(
    graph: DependencyGraph, gain: float | None, low: float | None, high: float | None, limit: float
) -> None:
    loop = replace(graph.loops[LoopId("b2")], gain=gain, gain_low=low, gain_high=high)
    assert sensible_limit(loop) == pytest.approx(limit)
    assert high is None or (sensible_limit(loop) > high and (high >= 0.99) == (limit >= 1.0))


@pytest.mark.parametrize("below", [0.3, 0.55, 0.56, 0.7, 1.2])
def test_what_is_said_of_a_limit_is_what_then_happens(graph: DependencyGraph, below: float) -> None:
    loop: FeedbackLoop = graph.loops[LoopId("b2")]
    change = decided.acknowledge(Project(), graph, loop, "It is meant", below)
    then = acknowledged(graph, change.applied(Project())).loops[loop.id]
    assert ("broken already" in meaning(loop, below)) == bool(then.broken_limit)
