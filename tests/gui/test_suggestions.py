"""Who is whom, decided in the window over a live engine, and kept in a project file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from msgspec import structs
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from graph.identity import Action, ApplicationId, ChannelId, OperationId
from graph.model import Alias, DependencyGraph, Suggestion
from gui.app import Program
from gui.dialogs.pattern import PatternDialog
from gui.main_window import MainWindow
from inspector.brokers.memory import MemoryBroker
from inspector.connection import parse
from inspector.project import model
from inspector.project.file import ProjectFile
from inspector.record import Record
from inspector.traits import Traits

Live = tuple[MainWindow, MemoryBroker, ChannelId]
A, B = Alias("group", "orders"), Alias("group", "orders-svc")


def _names(window: MainWindow) -> set[str]:
    return {each.key for each in window.session.newest.applications}


def _press(window: MainWindow, words: str) -> None:
    """Click a button by its words, wherever it is shown."""
    QApplication.processEvents()
    found = [each for each in window.findChildren(QPushButton) if each.text() == words and each.isVisible()]
    assert found, words
    assert found[0].isEnabled(), found[0].toolTip()
    QTest.mouseClick(found[0], Qt.MouseButton.LeftButton)


def _split_off(window: MainWindow, name: str) -> QPushButton:
    """The button beside a name in the details."""
    QApplication.processEvents()
    (found,) = (
        each
        for each in window.details.findChildren(QPushButton)
        if each.accessibleName() == f"Split off {name}" and each.isVisible()
    )
    return found


@pytest.fixture
def live(program: Program, qtbot: QtBot) -> Live:
    """Two groups whose names differ in a role alone, observed by an engine."""
    broker = MemoryBroker("who-is-whom")
    topic = broker.create_channel("placed")
    broker.join("orders", client_id="orders-1", channels=[topic])
    broker.join("orders-svc", client_id="orders-svc-1", channels=[topic])
    window = program.window()
    window.show()
    program.connect(window, parse(broker.url), keep=False)
    qtbot.waitUntil(lambda: bool(window.session.newest.suggestions), timeout=10_000)
    window.session.turns.finish()
    return window, broker, topic


def test_a_merge_is_seen_kept_undone_and_done_again(live: Live, qtbot: QtBot) -> None:
    window, _broker, _topic = live
    decisions = window.session.decisions
    window.actions_["suggestions.show"].trigger()
    assert window.tabs.tabText(window.tabs.currentIndex()) == "Suggestions 1"
    assert not window.actions_["suggestion.merge"].isEnabled()
    assert "Select a suggestion" in window.actions_["suggestion.merge"].toolTip()
    window.suggestions.table.setCurrentIndex(window.suggestions.lines.index(0, 0))
    (suggestion,) = window.session.newest.suggestions
    assert decisions.suggestion == suggestion
    _press(window, "Merge")
    qtbot.waitUntil(lambda: _names(window) == {"orders"}, timeout=5000)
    kept = ProjectFile.open(decisions.file.path)
    assert kept.project.identities.together == (("group:orders", "group:orders-svc"),)
    assert "Ctrl+Z" in window.status.message.text()
    qtbot.waitUntil(lambda: window.suggestions.count == 0, timeout=5000)
    _press(window, "Undo")
    qtbot.waitUntil(lambda: _names(window) == {"orders", "orders-svc"}, timeout=5000)
    assert ProjectFile.open(decisions.file.path).project.identities.together == ()
    _press(window, "Redo")
    qtbot.waitUntil(lambda: _names(window) == {"orders"}, timeout=5000)
    assert not window.actions_["redo"].isEnabled()


def test_what_is_kept_apart_is_suggested_no_more(live: Live, qtbot: QtBot) -> None:
    window, _broker, _topic = live
    window.show_tab("Suggestions")
    window.suggestions.table.setCurrentIndex(window.suggestions.lines.index(0, 0))
    _press(window, "Keep apart")
    qtbot.waitUntil(lambda: window.suggestions.count == 0, timeout=5000)
    assert _names(window) == {"orders", "orders-svc"}
    assert window.session.decisions.suggestion is None


def test_a_name_is_split_off_and_comes_back(live: Live, qtbot: QtBot) -> None:
    window, _broker, _topic = live
    window.session.select(ApplicationId("orders"))
    window.session.turns.finish()
    QTest.mouseClick(_split_off(window, "orders-1"), Qt.MouseButton.LeftButton)
    decisions = window.session.decisions
    assert decisions.project.identities.apart == (("client-id:orders-1", "group:orders"),)
    qtbot.waitUntil(
        lambda: len(window.session.newest.applications[ApplicationId("orders")].aliases) == 1, timeout=5000
    )
    window.session.turns.finish()
    only = _split_off(window, "orders")
    assert not only.isEnabled()
    assert "only name" in only.toolTip()
    window.actions_["undo"].trigger()
    qtbot.waitUntil(
        lambda: len(window.session.newest.applications[ApplicationId("orders")].aliases) == 2, timeout=5000
    )


def test_an_edge_is_confirmed_and_that_is_taken_back(live: Live, qtbot: QtBot) -> None:
    window, _broker, topic = live
    edge = OperationId(ApplicationId("orders"), Action.RECEIVE, topic)

    def sources() -> set[str]:
        return {piece.source for piece in window.session.newest.operations[edge].evidence}

    window.session.select(edge)
    window.session.turns.finish()
    _press(window, "Confirm")
    qtbot.waitUntil(lambda: "declared.confirmed" in sources(), timeout=5000)
    assert window.session.newest.operations[edge].confidence == 1.0
    window.session.turns.finish()
    assert not window.actions_["edge.confirm"].isEnabled()
    _press(window, "Take back")
    qtbot.waitUntil(lambda: "declared.confirmed" not in sources(), timeout=5000)
    assert window.session.decisions.project.confirmed == ()


def test_a_pattern_shows_what_it_joins_before_it_is_taken(live: Live, qtbot: QtBot) -> None:
    window, broker, topic = live
    broker.join("mail", client_id="mail-1", channels=[topic])
    broker.join("mail-svc", client_id="mail-svc-1", channels=[topic])
    qtbot.waitUntil(lambda: {"mail", "mail-svc"} <= _names(window), timeout=5000)
    window.show_tab("Suggestions")
    window.session.turns.finish()
    row = next(
        at
        for at, line in enumerate(window.suggestions.lines.lines)
        if line.key[0] == A  # type: ignore[index]
    )
    window.suggestions.table.setCurrentIndex(window.suggestions.lines.index(row, 0))
    _press(window, "Always for this pattern…")
    dialog = window.findChild(PatternDialog)
    assert dialog is not None
    dialog.field.setText("(")
    assert not dialog.take.isEnabled()
    assert "no regular expression" in dialog.take.toolTip()
    dialog.field.setText("nothing like it")
    assert "No two of the names" in dialog.note.text()
    chips = [each for each in dialog.findChildren(QPushButton) if each.text() == "(.+?)(?:-svc)?"]
    QTest.mouseClick(chips[0], Qt.MouseButton.LeftButton)
    assert "group mail, group mail-svc" in dialog.found.text()
    assert dialog.take.text() == "Merge 4 applications"
    QTest.mouseClick(dialog.take, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: _names(window) == {"orders", "mail"}, timeout=5000)
    window.actions_["undo"].trigger()
    qtbot.waitUntil(lambda: len(_names(window)) == 4, timeout=5000)


def test_save_as_takes_the_connections_along_and_a_start_opens_it(
    live: Live, program: Program, qtbot: QtBot, tmp_path: Path
) -> None:
    window, broker, _topic = live
    decisions = window.session.decisions
    window.suggestions.table.setCurrentIndex(window.suggestions.lines.index(0, 0))
    window.actions_["suggestion.merge"].trigger()
    window.commands.identities.save_as(tmp_path / "shop.toml")
    assert decisions.named
    assert "Kept in shop.toml" in window.suggestions._place.text()
    kept = ProjectFile.open(tmp_path / "shop.toml").project
    assert [parse(each.url).server for each in kept.connections] == [broker.server]
    window.close()
    again = program.window()
    program.open_file(again, tmp_path / "shop.toml")
    qtbot.waitUntil(lambda: _names(again) == {"orders"}, timeout=10_000)
    assert again.session.decisions.file.path == tmp_path / "shop.toml"
    again.close()
    third = program.window()
    program.open_last(third)
    qtbot.waitUntil(lambda: _names(third) == {"orders"}, timeout=10_000)


@pytest.mark.parametrize("yes", [True, False])
def test_a_project_that_exists_is_replaced_only_when_that_was_asked(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, yes: bool
) -> None:
    (tmp_path / "eventscope.toml").write_text("# mine\n")
    asked: list[str] = []

    def question(_parent: object, _title: str, words: str) -> QMessageBox.StandardButton:
        asked.append(words)
        return QMessageBox.StandardButton.Yes if yes else QMessageBox.StandardButton.No

    monkeypatch.setattr(QMessageBox, "question", question)
    for name in ("eventscope", "shop.v2"):
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, name=name: (str(tmp_path / name), ""))
        window.actions_["project.save"].trigger()
    assert asked == ["eventscope.toml already exists. Replace it?"]
    assert ((tmp_path / "eventscope.toml").read_text() != "# mine\n") is yes
    assert window.session.decisions.file.path == tmp_path / "shop.v2.toml"


def test_the_selection_stays_on_its_two_names(window: MainWindow) -> None:
    session, panel = window.session, window.suggestions
    pairs = [Suggestion(Alias("group", name), Alias("source", name), 0.5, "Alike.") for name in "abc"]
    session.graph = replace(session.graph, suggestions=tuple(pairs))
    panel.refresh()
    panel.table.setCurrentIndex(panel.lines.index(1, 0))
    assert session.decisions.suggestion == pairs[1]
    surer = Suggestion(pairs[1].a, pairs[1].b, 0.9, "Alike, and on one host.")
    session.graph = replace(session.graph, suggestions=(pairs[0], surer, pairs[2]))
    panel.refresh()
    assert session.decisions.suggestion == surer
    assert panel.table.currentIndex().row() == 0
    assert "on one host" in panel.about.text()


def test_a_producer_id_is_not_for_a_pattern(window: MainWindow) -> None:
    numbered = Suggestion(Alias("producer-id", "4021"), A, 0.5, "Alike.")
    window.session.graph = replace(window.session.graph, suggestions=(numbered,))
    window.session.decisions.choose(numbered)
    assert window.actions_["suggestion.merge"].isEnabled()
    assert not window.actions_["suggestion.always"].isEnabled()
    assert "producer id" in window.actions_["suggestion.always"].toolTip()


def test_an_undo_that_the_file_refuses_can_be_done_later(window: MainWindow) -> None:
    decisions = window.session.decisions
    assert decisions.decide(model.merge(decisions.project, A, B))
    path = decisions.file.path
    good = path.read_text()
    path.write_text("[identities\n")
    window.actions_["undo"].trigger()
    assert decisions.stack.canUndo()
    path.write_text(good)
    window.actions_["undo"].trigger()
    assert ProjectFile.open(path).project.identities.together == ()
    path.write_text("[identities\n")
    window.actions_["redo"].trigger()
    assert decisions.stack.canRedo()
    assert not decisions.stack.canUndo()


def test_what_is_decided_already_is_no_step(window: MainWindow) -> None:
    decisions = window.session.decisions
    decisions.file.path.parent.mkdir(parents=True, exist_ok=True)
    decisions.file.path.write_text('[identities]\npatterns = ["(.+?)(?:-svc)?"]\n')
    assert not decisions.decide(model.always("(.+?)(?:-svc)?"))
    assert not decisions.stack.canUndo()
    assert "Decided already" in window.status.message.text()


def test_an_edge_is_confirmed_by_the_most_telling_name(window: MainWindow) -> None:
    session = window.session
    edge = next(key for key in session.graph.operations if key.application.key == "postgres-cdc")
    named = structs.replace(
        session.graph.applications[edge.application],
        aliases=(Alias("connector", "cdc"), Alias("group", "connect-cdc"), Alias("producer-id", "7")),
    )
    session.graph = replace(
        session.graph, applications=session.graph.applications | {edge.application: named}
    )
    session.select(edge)
    window.actions_["edge.confirm"].trigger()
    assert session.decisions.project.confirmed[0].application == "connector:cdc"


def test_what_an_editor_wrote_counts_when_the_window_is_come_back_to(live: Live, qtbot: QtBot) -> None:
    window, _broker, _topic = live
    path = window.session.decisions.file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('[identities]\ntogether = [["group:orders", "group:orders-svc"]]\n')
    window.actions_["project.read"].trigger()
    qtbot.waitUntil(lambda: _names(window) == {"orders"}, timeout=5000)
    path.write_text("[identities\n")
    window.actions_["project.read"].trigger()
    assert any("line 1" in each.message for each in window.session.troubles.values())
    assert _names(window) == {"orders"}
    window.session.select(ApplicationId("orders"))
    window.commands.identities.split(B)
    assert path.read_text() == "[identities\n"
    assert not window.session.decisions.stack.canUndo()


def test_the_engine_that_is_started_again_knows_what_was_decided(live: Live, qtbot: QtBot) -> None:
    window, _broker, _topic = live
    window.suggestions.table.setCurrentIndex(window.suggestions.lines.index(0, 0))
    window.actions_["suggestion.merge"].trigger()
    qtbot.waitUntil(lambda: _names(window) == {"orders"}, timeout=5000)
    bridge = window.session.bridge
    assert bridge is not None
    bridge.stop()
    window.session.restart()
    qtbot.waitUntil(lambda: _names(window) == {"orders"}, timeout=10_000)


def test_a_project_that_is_wrong_is_one_sentence(program: Program, qtbot: QtBot, tmp_path: Path) -> None:
    window = program.window()
    window.show()
    path = tmp_path / "eventscope.toml"
    path.write_text("connections = 3\n")
    program.open_file(window, path)
    assert "eventscope.toml, line 1" in window.welcome.said.text()
    path.write_text("# nothing yet\n")
    program.open_file(window, path)
    assert "names no server yet" in window.welcome.said.text()
    assert window.session.decisions.named


def test_what_is_connected_to_belongs_to_the_project_without_its_password(
    program: Program, qtbot: QtBot, tmp_path: Path
) -> None:
    broker = MemoryBroker("kept", user="ann", password="hunter2")
    path = tmp_path / "shop.toml"
    path.write_text("# mine\n")
    window = program.window()
    window.show()
    program.open_file(window, path)
    program.connect(window, parse("memory://ann:hunter2@kept"), keep=False)
    qtbot.waitUntil(lambda: broker.server in window.session.newest.servers, timeout=10_000)
    assert path.read_text() == '# mine\n\n[[connections]]\nurl = "memory://ann@kept:1"\n'
    assert window.session.decisions.project.connections[0].url == "memory://ann@kept:1"


def test_over_a_capture_decisions_are_kept_for_later(
    program: Program,
    qtbot: QtBot,
    graph: DependencyGraph,
    make_capture: Callable[..., Path],
    records: Callable[[int], list[tuple[Record, Traits]]],
) -> None:
    suggestion = Suggestion(
        Alias("group", "order-service"), Alias("group", "notifications"), 0.5, "They look alike."
    )
    window = program.window()
    program.open_file(window, make_capture(records(50), replace(graph, suggestions=(suggestion,))))
    window.show()
    window.session.turns.finish()
    window.suggestions.table.setCurrentIndex(window.suggestions.lines.index(0, 0))
    window.actions_["suggestion.merge"].trigger()
    assert "It counts when the server is observed" in window.status.message.text()
    assert window.suggestions.lines.lines[0].cells[3].text == "Merged"
    assert not window.actions_["suggestion.merge"].isEnabled()
    window.actions_["suggestion.apart"].trigger()
    assert window.suggestions.lines.lines[0].cells[3].text == "Kept apart"
    assert ProjectFile.open(window.session.decisions.file.path).project.identities.together == ()
