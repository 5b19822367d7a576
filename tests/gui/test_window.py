"""The whole window, over a capture file and over a live engine."""

from __future__ import annotations

import gc
import logging
import sys
import weakref
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from graph.identity import ApplicationId, LoopId, NodeId
from graph.model import DependencyGraph
from gui import graph_menu, theme
from gui.app import Program
from gui.dialogs.command_palette import CommandPalette
from gui.dialogs.shortcuts import ShortcutsDialog
from gui.main_window import MainWindow
from gui.parts.blocks import Head
from gui.recent import Recent, Remembered
from gui.replay.pace import STEPS
from gui.replay.room import ReplayRoom
from gui.replay.where import ORIGINAL
from inspector.brokers.memory import MemoryBroker
from inspector.connection import parse
from inspector.record import Record
from inspector.replay.marks import REPLAY_HEADER
from inspector.traits import Traits

Pairs = list[tuple[Record, Traits]]


def test_the_first_page_offers_everything(program: Program, qtbot: QtBot) -> None:
    window = program.window()
    window.show()
    assert window.stack.currentIndex() == 0
    form = window.welcome.form
    form.address.setText("kafka://host:port")
    assert "'port' is not a port" in form.problem.text()
    assert not form.button.isEnabled()
    form.address.setText("kafka+tls://ann@broker:9092")
    assert form.button.isEnabled()
    assert not form.password.isHidden()
    form.address.setText("kafka://broker:9092")
    assert form.password.isHidden()


def test_a_capture_fills_every_panel(window: MainWindow, qtbot: QtBot) -> None:
    assert window.stack.currentIndex() == 1
    assert window.events.model.rowCount() == 2000
    assert window.loops.count == 2
    assert window.findings.count == 4
    assert window.problems.count == 2
    assert "Loops 2" in {window.tabs.tabText(at) for at in range(window.tabs.count())}
    assert window.top.name.text() == "shop.evs"
    assert window.top.loops.text() == "1 runaway loop"
    assert not window.actions_["capture.pause"].isEnabled()
    assert "capture file" in window.actions_["capture.pause"].toolTip()
    qtbot.waitUntil(lambda: window.time_line.chart.counts is not None, timeout=5000)


def test_no_tab_stands_empty(program: Program, qtbot: QtBot, make_capture: Callable[..., Path]) -> None:
    window = program.window()
    program.open_file(window, make_capture([]))
    window.show()
    window.session.turns.finish()
    for name in ("Events", "Loops", "Findings", "Charts", "Problems"):
        window.show_tab(name)
        page = window.pages.widget(window.tabs.currentIndex())
        assert page is not None
        words = [label.text() for label in page.findChildren(QLabel) if label.isVisible() and label.text()]
        assert any(text.endswith(".") for text in words), f"{name} says nothing: {words}"


def test_a_low_window_leaves_most_of_itself_to_the_picture(window: MainWindow, qtbot: QtBot) -> None:
    window.resize(1600, 1000)
    qtbot.waitUntil(lambda: window.height() == 1000 and window.bottom.height() > 300)
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: window.bottom.height() <= 0.28 * 800)
    assert window.events.table.viewport().height() > 2 * 22


def test_a_selection_is_followed_everywhere(window: MainWindow, qtbot: QtBot) -> None:
    window.actions_["loops.show"].trigger()
    chosen: list[object] = [window.session.selection, window.canvas.selected]
    assert chosen == [LoopId("a1")] * 2
    assert window.events.model.rowCount() < 2000
    window.canvas.picked.emit(ApplicationId("promo-service"))
    head = window.details.blocks.shown[0]
    assert isinstance(head, Head)
    assert head.title == "promo-service"
    window.actions_["select.none"].trigger()
    assert window.canvas.selected is None
    assert window.events.model.rowCount() == 2000


def test_going_back_in_time(window: MainWindow, qtbot: QtBot, graph: DependencyGraph) -> None:
    start, end = window.session.reader.span_ns()  # type: ignore[union-attr,misc]
    window.session.look_at((start + end) // 2)
    qtbot.waitUntil(lambda: window.session.moment_ns is not None, timeout=5000)
    window.session.turns.finish()
    assert "As it was at" in window.top._state.text()
    assert 0 < window.events.model.rowCount() < 2000
    window.actions_["moment.now"].trigger()
    window.session.turns.finish()
    assert window.events.model.rowCount() == 2000
    assert window.session.graph.loops.keys() == graph.loops.keys()


def test_both_themes_draw_different_windows(window: MainWindow, program: Program, qtbot: QtBot) -> None:
    def ground() -> QImage:
        return window.grab().toImage()

    light = ground()
    program.look.set_theme(theme.dark())
    dark = ground()
    assert light.pixelColor(5, 300).lightness() > 200
    assert dark.pixelColor(5, 300).lightness() < 60
    program.look.set_theme(theme.light())


def test_the_palette_finds_names_and_says_why_not(window: MainWindow, qtbot: QtBot) -> None:
    palette = CommandPalette(window.actions_, window.session, window.look, window)
    palette.show()
    palette.field.setText("price.ch")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert getattr(window.session.selection, "name", "") == "price.changes"
    again = CommandPalette(window.actions_, window.session, window.look, window)
    again.show()
    again.field.setText("replay events")
    QTest.keyClick(again.field, Qt.Key.Key_Return)
    assert again.isVisible()
    assert "capture file" in again._note.text()
    again.close()


def test_the_palette_offers_what_one_most_likely_wants(window: MainWindow) -> None:
    window.actions_["graph.fit"].trigger()
    window.actions_["loops.show"].trigger()
    palette = CommandPalette(window.actions_, window.session, window.look, window)
    palette.show()
    heads = [line.key for line in palette._lines.lines if isinstance(line.key, str)]
    assert heads == ["Done lately", "Actions", "Loops", "Applications", "Channels"]
    names = [line.cells[0].text for line in palette._lines.lines]
    assert names[1:3] == ["Go to the worst loop", "Show the whole graph"]
    assert "clickstream" in names
    notes = {line.cells[0].text: line.cells[1].text for line in palette._lines.lines}
    assert notes["Find in the graph"] == "Ctrl+F"
    assert palette.table.currentIndex().row() == 1, "a head is not chosen"
    for _ in range(2):
        QTest.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.table.currentIndex().row() == 4
    QTest.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.table.currentIndex().row() == 2
    palette.close()


def test_every_action_has_a_name_and_no_shortcut_is_used_twice(window: MainWindow) -> None:
    specs = list(window.actions_)
    assert all(spec.title and window.actions_[spec.id].toolTip() for spec in specs)
    shortcuts = [spec.shortcut for spec in specs if spec.shortcut]
    assert len(shortcuts) == len(set(shortcuts))


def test_a_damaged_file_is_one_sentence_and_no_window_dies(
    program: Program, qtbot: QtBot, tmp_path: Path
) -> None:
    window = program.window()
    strange = tmp_path / "strange.evs"
    strange.write_bytes(b"this is no capture")
    program.open_file(window, strange)
    assert window.stack.currentIndex() == 0
    assert str(strange) in window.welcome.said.text()


def test_a_defect_is_told_and_the_window_lives(window: MainWindow, program: Program, qtbot: QtBot) -> None:
    error = ZeroDivisionError("in a slot")
    log = logging.getLogger("eventscope.app")
    log.disabled = True
    program._defect(type(error), error, None)
    log.disabled = False
    assert any("in a slot" in trouble.message for trouble in window.session.troubles.values())
    assert window.problems.count == 3


def test_what_is_closed_is_gone(program: Program, capture: Path, qtbot: QtBot) -> None:
    window = program.window()
    program.open_file(window, capture)
    window.show()
    window.show_tab("Charts")
    watched: list[weakref.ref[QObject]] = [weakref.ref(window), weakref.ref(window.session)]
    timers = window.findChildren(QTimer)
    assert timers
    window.close()
    QApplication.sendPostedEvents(None, 52)  # QEvent.DeferredDelete
    assert not shiboken6.isValid(window)
    assert not any(shiboken6.isValid(timer) for timer in timers)
    del window, timers
    gc.collect()
    assert not any(shiboken6.isValid(left) for left in (ref() for ref in watched) if left is not None)


def test_what_is_remembered_survives(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "window.json"
    first = Remembered(path)
    first.memory.theme = "dark"
    for number in range(12):
        first.add(Recent("capture", f"/x/{number}", f"{number}", number))
    first.add(Recent("capture", "/x/11", "11", 99))
    second = Remembered(path)
    assert second.memory.theme == "dark"
    assert len(second.memory.recent) == 8
    assert second.memory.recent[0].at_ns == 99
    path.write_text("{ damaged")
    assert Remembered(path).memory.theme == "light"


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal there")
def test_qt_calls_do_not_eat_references_to_none(qtbot: QtBot) -> None:
    """PySide6 6.12.0 loses one for every void call, and the process dies."""
    label = QLabel()
    qtbot.addWidget(label)
    before = sys.getrefcount(None)
    for number in range(20_000):
        label.setText(str(number))
    assert abs(sys.getrefcount(None) - before) < 1000


# Live


@pytest.fixture
def live(program: Program, qtbot: QtBot) -> tuple[MainWindow, MemoryBroker]:
    broker = MemoryBroker("window-shop")
    orders = broker.create_channel("orders")
    broker.join("billing", client_id="billing-1", channels=[orders])
    producer = broker.producer("shop-tx")
    for number in range(20):
        producer.write(orders, f'{{"n": {number}}}'.encode(), key=str(number).encode())
    window = program.window()
    window.show()
    program.connect(window, parse(broker.url), keep=False)
    qtbot.waitUntil(lambda: orders in window.session.graph.channels, timeout=10_000)
    qtbot.waitUntil(lambda: window.events.model.rowCount() == 20, timeout=10_000)
    return window, broker


def test_live_from_connect_to_close(live: tuple[MainWindow, MemoryBroker], qtbot: QtBot) -> None:
    window, broker = live
    assert window.stack.currentIndex() == 1
    qtbot.waitUntil(lambda: window.top._state.text() == "Live", timeout=5000)
    assert window.session.graph.applications
    broker.stop()
    qtbot.waitUntil(lambda: window.top._state.text().startswith("Lost"), timeout=10_000)
    assert window.problems.count >= 1


def opened_room(window: MainWindow) -> ReplayRoom:
    window.actions_["replay"].trigger()
    (room,) = (each for each in window.findChildren(ReplayRoom) if each.isVisible())
    return room


def unlocked(room: ReplayRoom) -> None:
    field = room.unlock.findChild(QLineEdit)
    assert field is not None
    QTest.keyClicks(field, room.unlock.name)


def test_a_replay_goes_through_the_engine(live: tuple[MainWindow, MemoryBroker], qtbot: QtBot) -> None:
    window, _broker = live
    window.events.table.setCurrentIndex(window.events.model.index(0, 0))
    room = opened_room(window)
    room.where.choose(ORIGINAL)
    qtbot.waitUntil(lambda: "get them twice" in room.refusal.text(), timeout=8000)
    QTest.keyClicks(room.reason, "mended by hand")
    qtbot.waitUntil(lambda: "locked" in room.refusal.text(), timeout=8000)
    assert not room.send.isEnabled()
    assert room.title.text() == "Replay 1 event"
    room.hand.value.set_text('{"n": "again"}')
    unlocked(room)
    qtbot.waitUntil(lambda: room.send.isEnabled(), timeout=8000)
    QTest.mouseClick(room.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not room.show_it.isHidden(), timeout=8000)
    assert room.progress._title.text() == "Done: 1 of 1 sent"
    assert room.refusal.text().startswith("It was sent.")
    QTest.mouseClick(room.show_it, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: (
            window.events.record.opened is not None
            and window.events.record.opened.record.value == b'{"n": "again"}'
        ),
        timeout=10_000,
    )
    opened = window.events.record.opened
    assert opened is not None
    assert opened.record.header(REPLAY_HEADER)
    assert opened.record.key == b"19"
    qtbot.waitUntil(lambda: not window.session.unlocked, timeout=5000)


def test_many_are_sent_one_by_one_changed_by_rule_and_stand_in_the_journal(
    live: tuple[MainWindow, MemoryBroker], qtbot: QtBot
) -> None:
    window, broker = live
    room = opened_room(window)
    room.which.kind.setCurrentIndex(room.which.kind.count() - 1)
    room.edits.add("value.n=0")
    room.edits.add("remove value.none")
    room.pace.choose(STEPS)
    unlocked(room)
    qtbot.waitUntil(lambda: room.send.isEnabled() and room.send.text() == "Send 20", timeout=8000)
    QTest.mouseClick(room.send, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: room.progress.next.isVisible(), timeout=8000)
    for count in (1, 2):
        QTest.mouseClick(room.progress.next, Qt.MouseButton.LeftButton)
        words = f"{count} of 20 sent"
        qtbot.waitUntil(partial(lambda said: said in room.progress._title.text(), words), timeout=8000)
    QTest.mouseClick(room.progress.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: room.progress.resume.isVisible(), timeout=8000)
    run = room.progress.run
    assert run is not None
    room.history.read()
    qtbot.waitUntil(lambda: room.history.table.model().rowCount() == 1, timeout=5000)
    room.history.table.selectRow(0)
    qtbot.waitUntil(lambda: bool(room.history._summary.text()), timeout=5000)
    assert "2 sent" in room.history._summary.text()
    shadow = next(held for held in broker.channels.values() if held.id.name == "orders.shadow")
    assert [record.value for log in shadow.logs for record in log.records] == [b'{"n": 0}'] * 2
    room.close()
    qtbot.waitUntil(lambda: not window.session.unlocked, timeout=5000)


def test_the_replay_room_goes_by_every_way_that_dialogs_go(
    live: tuple[MainWindow, MemoryBroker], qtbot: QtBot
) -> None:
    window, _broker = live
    window.events.table.setCurrentIndex(window.events.model.index(0, 0))
    ways: list[Callable[[ReplayRoom], object]] = [
        lambda room: QTest.keyClick(room, Qt.Key.Key_Escape),
        lambda room: QTest.mouseClick(room.cancel, Qt.MouseButton.LeftButton),
        lambda room: room.close(),
    ]
    for way in ways:
        way(opened_room(window))
        assert not any(each.isVisible() for each in window.findChildren(ReplayRoom))


def test_all_shortcuts_stand_on_one_page_that_fits_the_window(window: MainWindow) -> None:
    dialog = ShortcutsDialog(window.actions_, window)
    dialog.show()
    words = {label.text() for label in dialog.findChildren(QLabel)}
    specs = [spec for spec in window.actions_ if spec.shortcut]
    assert {spec.title for spec in specs} <= words
    assert {"Ctrl+F  /", "Arrow keys", "Loops", "In the graph"} <= words
    assert dialog.height() < window.height()
    assert dialog.width() < window.width()
    dialog.close()


def test_menus_offer_to_take_back_only_what_there_is(window: MainWindow) -> None:
    node = next(node for node in window.canvas.scene.nodes if isinstance(node, NodeId))

    def offered() -> list[str]:
        window.session.select(node)
        menu = graph_menu.show(window, node, QPoint(10, 10))
        titles = [action.text() for action in menu.actions()]
        menu.close()
        return titles

    assert "Let it be arranged" not in offered()
    window.canvas.move_nodes(node, QPointF(5.0, 5.0))
    assert "Let it be arranged" in offered()
