"""A field for queries: words in colours, offers while typing, and a sentence under the wrong word."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QHideEvent,
    QInputMethodEvent,
    QKeyEvent,
    QStandardItem,
    QStandardItemModel,
    QTextCharFormat,
)
from PySide6.QtWidgets import QApplication, QCompleter, QHeaderView, QLineEdit, QTreeView

from graph.query.completion import Completion, complete
from graph.query.error import QueryError
from graph.query.fields import Vocabulary
from graph.query.lexer import Kind, tokens
from graph.query.parser import parse
from gui import fonts
from gui.fonts import Role
from gui.look import Look
from gui.parts.cells import CELL, Cell, CellDelegate
from gui.parts.text import Text

PAUSE_MS = 250
"""How long nothing is typed before a query is taken, or its mistake said."""
POPUP_WIDTH = 380
TONES = {Kind.FIELD: "accent", Kind.OPERATOR: "faint", Kind.KEYWORD: "faint", Kind.VALUE: "string"}


class QueryField(QLineEdit):
    """A line in the query language. A query that is wrong is not taken: the last good one stays."""

    taken = Signal(str)
    """A query without a mistake, that differs from the last one."""

    def __init__(
        self, look: Look, vocabulary: Vocabulary, name: str, values: Callable[[str], Iterable[str]]
    ) -> None:
        super().__init__()
        self._look, self._vocabulary, self._values = look, vocabulary, values
        self._good = ""
        self._completion = Completion(0, 0, ())
        self.setFont(fonts.font(Role.SECONDARY))
        self.setAccessibleName(name)
        self.setClearButtonEnabled(True)
        self.sentence = Text(role=Role.SECONDARY, tone="run")
        self.sentence.setObjectName("sentence")
        self.sentence.hide()
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self.take)
        self._offers = QStandardItemModel(0, 2, self)
        self._completer = QCompleter(self._offers, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setWidget(self)
        self._completer.activated[QModelIndex].connect(  # type: ignore[index]
            lambda index: self._insert(index.row())
        )
        self._popup = _popup()
        self._completer.setPopup(self._popup)
        # A completer gives its popup a delegate of its own.
        self._popup.setItemDelegate(CellDelegate(look, self._popup, tinted=False))
        self.returnPressed.connect(self._enter)
        self.textChanged.connect(self._changed)
        self.textEdited.connect(lambda _text: self._offer())
        look.changed.connect(self._colour)

    @property
    def query(self) -> str:
        """The last query without a mistake."""
        return self._good

    def show_query(self, query: str) -> None:
        """Show a query that was chosen elsewhere, unless it is the one that counts here already."""
        if query != self._good:
            self._good = query
            self.setText(query)
            self.take()

    def take(self) -> None:
        """Take what stands there now, or say what is wrong with it."""
        self._pause.stop()
        mistake = self._mistake()
        if mistake is not None and self._popup.isVisible():
            # Whoever chooses an offer is not done.
            self._pause.start()
            return
        self._say(mistake)
        text = self.text().strip()
        if mistake is None and text != self._good:
            self._good = text
            self.taken.emit(text)

    def _mistake(self) -> QueryError | None:
        try:
            self.check(self.text())
        except QueryError as mistake:
            return mistake
        return None

    def check(self, text: str) -> None:
        """Raises QueryError for a query with a mistake."""
        parse(text, self._vocabulary)

    def completion(self, text: str, cursor: int) -> Completion:
        """What may stand where the cursor is."""
        return complete(text, cursor, self._vocabulary, self._values)

    def _changed(self) -> None:
        self._colour()
        if not self.text().strip():
            self.take()
        else:
            self._pause.start()

    # Colours

    def _colour(self) -> None:
        """Give every word its colour, and the wrong one a wavy line.

        A line edit has no highlighter; an input method may format its text, which is what is used here.
        """
        formats = [
            (token.start, token.end, self._format(TONES[token.kind]))
            for token in tokens(self.text())
            if token.kind in TONES
        ]
        mistake = self._mistake()
        if mistake is not None:
            wrong = self._format("run")
            wrong.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            wrong.setUnderlineColor(self._look.colour("run"))
            formats.append((mistake.start, mistake.end, wrong))
        cursor = self.cursorPosition()
        what = QInputMethodEvent.AttributeType.TextFormat
        attributes = [
            QInputMethodEvent.Attribute(what, start - cursor, end - start, style)
            for start, end, style in formats
        ]
        QApplication.sendEvent(self, QInputMethodEvent("", attributes))

    def _say(self, mistake: QueryError | None) -> None:
        """Show the sentence about a mistake under its word, over whatever is there."""
        self.sentence.setVisible(mistake is not None)
        if mistake is None:
            return
        self.sentence.setParent(self.window())
        colour = self._look.colour
        self.sentence.setStyleSheet(
            f"QLabel#sentence {{ background: {colour('runbg').name()}; color: {colour('run').name()};"
            " border-radius: 6px; padding: 4px 8px; }"
        )
        self.sentence.setText(mistake.message)
        self.sentence.adjustSize()
        word = self.fontMetrics().horizontalAdvance(self.text()[: mistake.start])
        at = self.mapTo(self.window(), QPoint(min(word, self.width() - 16), self.height() + 6))
        bar = self.parentWidget() or self
        end = bar.mapTo(self.window(), bar.rect().topRight()).x()
        self.sentence.move(max(8, min(at.x(), end - self.sentence.width() - 8)), at.y())
        self.sentence.show()
        self.sentence.raise_()

    def _format(self, tone: str) -> QTextCharFormat:
        made = QTextCharFormat()
        made.setForeground(self._look.colour(tone))
        return made

    # Offers

    def _offer(self, *, asked: bool = False) -> None:
        """Show what may stand at the cursor: while a word is typed, or when asked."""
        text, cursor = self.text(), self.cursorPosition()
        found = self.completion(text, cursor)
        blank = found.start == found.end and text[:cursor][-1:] in ("", " ", "(")
        done = [offer.text for offer in found.offers] == [text[found.start : found.end]]
        self._completion = found
        if not found.offers or done or (blank and not asked):
            self._popup.hide()
            return
        self._offers.removeRows(0, self._offers.rowCount())
        for offer in found.offers:
            cells = (Cell(offer.text, Role.CELL), Cell(offer.help, Role.SECONDARY, "dim"))
            items = [QStandardItem(cell.text) for cell in cells]
            for item, cell in zip(items, cells, strict=True):
                item.setData(cell, CELL)
            self._offers.appendRow(items)
        helped = any(offer.help for offer in found.offers)
        self._popup.header().resizeSection(0, POPUP_WIDTH * (2 if helped else 5) // 5)
        place = self.cursorRect()
        place.setWidth(POPUP_WIDTH)
        self._completer.complete(place)
        self._popup.setCurrentIndex(QModelIndex())

    def _insert(self, number: int) -> None:
        found = self._completion
        if not 0 <= number < len(found.offers):
            return
        chosen, text = found.offers[number].text, self.text()
        self.setText(text[: found.start] + chosen + text[found.end :])
        self.setCursorPosition(found.start + len(chosen))
        if not chosen.endswith(" "):
            # The popup closes after what was chosen in it.
            QTimer.singleShot(0, self, self._offer)

    def _enter(self) -> None:
        if not (self._popup.isVisible() and self._popup.currentIndex().isValid()):
            self.take()

    # Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and not self._popup.isVisible():
            self._offer(asked=True)
            return
        super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize) and self.sentence.isVisible():
            self._say(self._mistake())
        return super().event(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self.sentence.hide()


def _popup() -> QTreeView:
    """Offers, one a row, each with what it means."""
    made = QTreeView()
    made.setObjectName("offers")
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setHeaderHidden(True)
    made.setRootIsDecorated(False)
    made.setUniformRowHeights(True)
    made.header().setStretchLastSection(True)
    made.header().setDefaultSectionSize(POPUP_WIDTH * 2 // 5)
    made.header().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
    return made
