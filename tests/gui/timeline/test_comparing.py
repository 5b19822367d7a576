"""Two moments compared: in the time line, in the picture, and as a list in words."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from graph.identity import LoopId
from graph.view.difference import Difference, Mark
from gui.main_window import TABS, MainWindow
from gui.panels.changes import COLUMNS
from tests.gui.timeline.conftest import NEW, OLD, SECOND

CHANGES = TABS.index("Changes")


def compared(window: MainWindow, qtbot: QtBot) -> Difference:
    travel = window.session.travel

    def there() -> bool:
        found = travel.compared
        return found is not None and window.session.moment_ns == travel.wanted_ns

    qtbot.waitUntil(there, timeout=5000)
    window.session.turns.finish()
    assert travel.compared is not None
    return travel.compared


def words(window: MainWindow, column: int) -> list[str]:
    model = window.changes.model
    return [str(model.index(row, column).data()) for row in range(model.rowCount())]


def test_what_is_new_since_a_moment(shown: MainWindow, qtbot: QtBot, start_ns: int) -> None:
    window, chart = shown, shown.time_line.chart
    assert not window.tabs.isTabVisible(CHANGES)
    place = QPoint(round(chart.x_of(start_ns + 40 * SECOND)), 10)
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, place)
    found = compared(window, qtbot)
    assert found.marks[NEW] is Mark.ADDED
    assert found.marks[LoopId("a1")] is Mark.ADDED
    assert {OLD} <= found.union.applications.keys()
    assert window.session.drawn is found.union
    assert window.session.graph is not found.union
    assert OLD in window.canvas.scene.nodes
    assert window.tabs.isTabVisible(CHANGES)
    assert window.tabs.currentIndex() == CHANGES
    assert window.tabs.tabText(CHANGES) == f"Changes {len(found.changes)}"
    assert words(window, len(COLUMNS) - 1) == [each.sentence for each in found.changes]
    assert "promo-service is new." in words(window, len(COLUMNS) - 1)
    counts = {mark: button.text() for mark, button in window.changes.only.items()}
    assert counts[Mark.ADDED] == f"Added {found.counts[Mark.ADDED]}"
    window.changes.only[Mark.GONE].click()
    assert set(words(window, 0)) == {"×  Gone"}
    window.changes.only[None].click()
    window.actions_["time.compare.end"].trigger()
    window.session.turns.finish()
    assert not window.tabs.isTabVisible(CHANGES)
    assert window.session.compared is None
    assert window.session.drawn is window.session.graph
    assert OLD not in window.canvas.scene.nodes


def test_each_change_leads_to_what_it_is_about(shown: MainWindow, qtbot: QtBot, start_ns: int) -> None:
    window = shown
    window.session.travel.compare_from(start_ns + 200 * SECOND)
    window.session.look_at(start_ns + 40 * SECOND)
    found = compared(window, qtbot)
    assert found.marks[LoopId("a1")] is Mark.GONE
    for row, change in enumerate(found.changes):
        window.changes.table.setCurrentIndex(window.changes.model.index(row, 0))
        if change.subject is not None:
            assert window.session.selection == change.subject
        if change.subject == LoopId("a1"):
            assert set(window.canvas.sight().trail) == set(found.before.loops[LoopId("a1")].edges)


def test_the_difference_follows_the_playhead(shown: MainWindow, qtbot: QtBot, start_ns: int) -> None:
    window = shown
    window.session.travel.compare_from(start_ns + 40 * SECOND)
    window.session.look_at(start_ns + 41 * SECOND)
    assert not compared(window, qtbot).changes
    assert window.changes._nothing.text().startswith("Nothing differs between")
    before = window.session.compared
    window.session.look_at(start_ns + 80 * SECOND)
    qtbot.waitUntil(lambda: window.session.compared is not before, timeout=5000)
    found = compared(window, qtbot)
    assert found.marks[NEW] is Mark.ADDED
    assert found.after is window.session.graph


def test_one_key_compares_with_the_time_before_the_worst_loop_began(
    shown: MainWindow, qtbot: QtBot, start_ns: int
) -> None:
    window = shown
    window.actions_["time.compare.loop"].trigger()
    found = compared(window, qtbot)
    assert window.session.travel.mark_ns == window.history.phases[LoopId("a1")][0].start_ns - 1
    assert found.marks[LoopId("a1")] is Mark.CHANGED
    sentences = [each.sentence for each in found.changes if each.subject == LoopId("a1")]
    assert sentences[0].startswith("A loop is runaway, it was possible: ")
    assert window.status.message.text().startswith("Compared with ")
    window.actions_["time.compare.end"].trigger()
    assert window.status.message.text() == "", "what is compared no more is said no more"


def test_comparing_from_the_newest_of_a_file_is_refused_with_a_reason(shown: MainWindow) -> None:
    action = shown.actions_["time.compare"]
    assert not action.isEnabled()
    assert "earlier moment first" in action.toolTip()


def test_comparing_from_the_moment_shown_and_ending_it_with_the_same_key(
    shown: MainWindow, qtbot: QtBot, start_ns: int
) -> None:
    window = shown
    window.session.look_at(start_ns + 40 * SECOND)
    qtbot.waitUntil(lambda: window.session.moment_ns is not None, timeout=5000)
    window.session.turns.finish()
    action = window.actions_["time.compare"]
    assert action.isEnabled()
    action.trigger()
    assert window.session.travel.mark_ns == start_ns + 40 * SECOND
    assert window.session.travel.wanted_ns is None
    assert compared(window, qtbot).changes
    action.trigger()
    assert window.session.compared is None


def test_a_decision_about_a_loop_is_told_in_the_difference(
    shown: MainWindow, qtbot: QtBot, start_ns: int
) -> None:
    """What is acknowledged now is acknowledged at both moments: it is no difference."""
    from inspector.project import loops as decided

    window = shown
    loop = window.session.newest.loops[LoopId("b2")]
    project = window.session.decisions.project
    window.session.decisions.decide(decided.acknowledge(project, window.session.newest, loop, "Meant.", None))
    window.session.travel.compare_from(start_ns + 160 * SECOND)
    found = compared(window, qtbot)
    assert LoopId("b2") not in found.marks
