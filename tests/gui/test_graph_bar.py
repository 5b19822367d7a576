"""The bar over the graph, and what people choose there."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from graph.identity import ApplicationId
from graph.view.settings import Focus, Grouping, ViewSettings
from gui.graph_bar import NARROWEST
from gui.main_window import MainWindow
from gui.query_help import QueryHelp
from tests.gui.conftest import channel


def drawn(window: MainWindow) -> set[str]:
    """The names of what is shown."""
    return {getattr(node, "name", "") or getattr(node, "key", "") for node in window.canvas.shown.nodes}


def test_find_and_hide_choose_what_is_shown(window: MainWindow, qtbot: QtBot) -> None:
    bar = window.graph_bar
    everything = drawn(window)
    bar.find_field.setText("app:promo-service")
    qtbot.waitUntil(lambda: window.canvas.view.find == "app:promo-service", timeout=3000)
    assert drawn(window) == {"promo-service", "promo.updates", "price.changes"}
    bar.hide_field.setText("confidence<80%")
    bar.hide_field.take()
    assert drawn(window) == {"promo-service", "price.changes"}
    bar.hide_field.setText("confidenc<80%")
    bar.hide_field.take()
    assert window.canvas.view.hide == "confidence<80%", "the last good filter stays"
    bar.hide_field.clear()
    bar.find_field.clear()
    assert drawn(window) == everything


def test_what_is_chosen_elsewhere_stands_in_the_bar_and_the_other_way_round(window: MainWindow) -> None:
    view = ViewSettings(find="price", hide="is:leaf", focus=Focus(hops=2), grouping=Grouping("prefix"))
    window.canvas.set_view(view)
    bar = window.graph_bar
    assert (bar.find_field.text(), bar.hide_field.text()) == ("price", "is:leaf")
    assert bar.group.currentText() == "By prefix"
    assert bar._hops.checkedId() == 2
    assert window.canvas.view == view
    window.canvas.set_view(ViewSettings())
    assert (bar.find_field.text(), bar.group.currentText()) == ("", "No groups")
    assert bar._hops.checkedId() == 0
    bar.group.setCurrentIndex(bar.group.findText("By server"))
    bar.group.activated.emit(bar.group.currentIndex())
    assert window.canvas.view.grouping.by == "server"
    assert len(window.canvas.shown.members) == 1
    bar.labels.activated.emit(bar.labels.findText("Latencies"))
    assert bar.labels.currentText() == "Latencies"
    assert window.actions_["labels.latency"].isChecked()


def test_nothing_in_the_bar_is_cut_off(window: MainWindow) -> None:
    bar = window.graph_bar
    for width in (1280, 1400, 1600, 1900):
        window.resize(width, 900)
        QApplication.processEvents()
        assert window.width() == width
        inside = [piece for piece in bar.findChildren(QWidget) if piece.parentWidget() is bar]
        pieces = [piece for piece in inside if piece.isVisible() and piece.width() > 1]
        assert bar._row.minimumSize().width() <= bar.width()
        for piece in pieces:
            least = min(piece.minimumSizeHint().width(), piece.maximumWidth())
            assert piece.width() >= least, (width, piece)
        ends = sorted((piece.x(), piece.geometry().right()) for piece in pieces)
        assert all(left < right for (_, left), (right, _) in pairwise([*ends, (bar.width(), 0)])), width
        assert bar.labels.isVisible(), width
        assert bar.find_field.width() >= NARROWEST


def test_the_words_of_the_graph_are_offered_and_the_language_is_explained(
    window: MainWindow, qtbot: QtBot
) -> None:
    field = window.graph_bar.find_field
    window.graph_bar.go_find()
    QTest.keyClicks(field, "channel:promo")
    popup = field._completer.popup()
    assert popup is not None
    assert popup.model().index(0, 0).data() == "promo.updates"
    popup.hide()
    window.graph_bar.show_help()
    page = window.graph_bar.findChild(QueryHelp)
    assert page is not None
    qtbot.waitExposed(page)
    words = {label.text() for label in page.findChildren(QWidget) if hasattr(label, "text")}
    assert {"Fields", "lag>1000", "records that wait", "field~value"} <= words
    page.close()


def test_focus_goes_with_the_selection_and_is_counted(window: MainWindow) -> None:
    window.session.select(ApplicationId("promo-service"))
    window.actions_["focus.1"].trigger()
    assert drawn(window) == {"promo-service", "promo.updates", "price.changes"}
    window.session.select(channel("clickstream"))
    assert drawn(window) == {"clickstream", "storefront-api", "fraud-check"}
    assert any(field == "focus" for field, _ in window.browse.hidden._told)
    window.actions_["graph.upstream"].trigger()
    assert drawn(window) == {"clickstream", "storefront-api"}
    assert window.actions_["graph.upstream"].isChecked()
    window.actions_["focus.all"].trigger()
    assert window.canvas.view.focus is None
