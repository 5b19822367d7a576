"""A field in the query language, typed into."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTreeView, QWidget
from pytestqt.qtbot import QtBot

from graph.view.things import VOCABULARY
from gui import stylesheet, theme
from gui.look import Look
from gui.parts.text import column
from gui.query_field import QueryField

WORDS = {"app": ("billing", "mail"), "channel": ("orders.placed", "two words")}


@pytest.fixture
def field(qtbot: QtBot) -> Iterator[QueryField]:
    """A field in a window that is shown."""
    page = QWidget()
    qtbot.addWidget(page)
    made = QueryField(Look(theme.light()), VOCABULARY, "Find", lambda name: WORDS.get(name, ()))
    page.setLayout(column(made, None))
    page.resize(420, 300)
    page.show()
    made.setFocus()
    yield made
    page.close()


def test_a_query_is_taken_when_typing_rests(field: QueryField, qtbot: QtBot) -> None:
    with qtbot.waitSignal(field.taken, timeout=3000) as taken:
        QTest.keyClicks(field, "lag>1k")
    assert taken.args == ["lag>1k"]
    assert field.query == "lag>1k"
    with qtbot.assertNotEmitted(field.taken):
        field.take()
    with qtbot.waitSignal(field.taken, timeout=100) as taken:
        field.clear()
    assert taken.args == [""]


def test_a_wrong_word_has_its_sentence_under_it_and_the_last_good_query_stays(
    field: QueryField, qtbot: QtBot
) -> None:
    field.setText("lag>1k")
    field.take()
    with qtbot.assertNotEmitted(field.taken):
        field.setText("lag>1k rat>5")
        field.take()
    assert field.query == "lag>1k"
    assert field.sentence.isVisible()
    assert field.sentence.text() == "There is no field rat. Did you mean rate?"
    under = field.mapTo(field.window(), field.rect().bottomLeft()).y()
    assert field.sentence.y() > under
    assert field.sentence.geometry().right() <= field.window().width()
    field.setText("lag>1k rate>5")
    field.take()
    assert not field.sentence.isVisible()
    field.setText("(")
    field.take()
    field.hide()
    assert not field.sentence.isVisible()


def test_words_have_colours(field: QueryField) -> None:
    """The picture of the field has the colours of fields, values and mistakes."""
    colour = Look(theme.light()).colour
    for text, tones in (("lag>1000", {"accent", "string"}), ("lak>1000", {"run"}), ("orders", set())):
        field.setText(text)
        image = field.grab().toImage()
        found = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}
        for tone in ("accent", "string", "run"):
            if tone in tones:
                assert _near(colour(tone).name(), found), (text, tone)
        assert (colour("run").name() in found) == ("run" in tones)


def _near(wanted: str, found: set[str]) -> bool:
    """Whether a colour, or one that text smoothing made of it, is among some."""
    parts = [int(wanted[at : at + 2], 16) for at in (1, 3, 5)]
    return any(
        sum(abs(int(each[at : at + 2], 16) - part) for at, part in zip((1, 3, 5), parts, strict=True)) < 90
        for each in found
    )


def test_fields_and_their_values_are_offered(field: QueryField, qtbot: QtBot) -> None:
    popup = field._completer.popup()
    assert popup is not None
    QTest.keyClicks(field, "lag>5 ap")
    assert popup.isVisible()
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert field.text() == "lag>5 app:"
    qtbot.waitUntil(popup.isVisible, timeout=1000)
    QTest.keyClicks(popup, "m")
    assert [popup.model().index(at, 0).data() for at in range(popup.model().rowCount())] == ["mail"]
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert field.text() == "lag>5 app:mail"
    qtbot.wait(20)
    assert not popup.isVisible()
    assert field.cursorPosition() == len(field.text())


def test_what_fits_can_be_asked_for(field: QueryField) -> None:
    popup = field._completer.popup()
    assert popup is not None
    QTest.keyClicks(field, "lag>5 ")
    assert not popup.isVisible()
    QTest.keyClick(field, Qt.Key.Key_Down)
    assert popup.isVisible()
    assert popup.model().index(0, 0).data() == "name:"
    QTest.keyClick(popup, Qt.Key.Key_Escape)
    assert not popup.isVisible()
    field.setText("channel:two")
    QTest.keyClick(field, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    assert field.text() == 'channel:"two words"'


def test_a_query_that_was_chosen_elsewhere_is_shown(field: QueryField, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(field.taken):
        field.show_query("is:quiet")
    assert field.text() == "is:quiet"
    QTest.keyClicks(field, " or la")
    with qtbot.assertNotEmitted(field.taken):
        field.show_query("is:quiet")
    assert field.text() == "is:quiet or la", "what is being typed is left alone"


def test_enter_takes_at_once_what_is_typed_though_offers_are_open(field: QueryField, qtbot: QtBot) -> None:
    popup = field._completer.popup()
    assert popup is not None
    QTest.keyClicks(field, "record")
    assert popup.isVisible()
    with qtbot.waitSignal(field.taken, timeout=100) as taken:
        QTest.keyClick(popup, Qt.Key.Key_Return)
    assert taken.args == ["record"]
    assert field.text() == "record"


def test_offers_stand_out_from_what_lies_under_them(field: QueryField, qtbot: QtBot) -> None:
    QTest.keyClicks(field, "app:")
    popup = field._completer.popup()
    assert isinstance(popup, QTreeView)
    qtbot.waitUntil(popup.isVisible)
    assert not popup.horizontalScrollBar().isVisible()
    popup.setStyleSheet(stylesheet.sheet(theme.light()))
    picture = popup.grab().toImage()
    assert picture.pixelColor(0, picture.height() // 2) == QColor(theme.light().palette.line2)
    assert picture.pixelColor(1, picture.height() // 2) != picture.pixelColor(0, picture.height() // 2)
