"""SQL as it is typed: words in colours, offers while typing, and a wavy line under a mistake."""

from __future__ import annotations

from PySide6.QtCore import QRect, QStringListModel, Qt, Signal
from PySide6.QtGui import QKeyEvent, QSyntaxHighlighter, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QCompleter, QListView, QPlainTextEdit, QTextEdit

from gui import fonts
from gui.fonts import Role
from gui.look import Look
from inspector.exchange.sql_words import Offers, Sort, offers, words

TONES = {
    Sort.KEYWORD: "accent",
    Sort.TEXT: "string",
    Sort.NUMBER: "number",
    Sort.REMARK: "faint",
    Sort.SIGN: "dim",
}
POPUP_WIDTH = 220
RUN = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
TAKE = (*RUN, Qt.Key.Key_Tab)


class _Colours(QSyntaxHighlighter):
    """Colours whole texts: a remark or a quote may go over lines."""

    def __init__(self, editor: SqlEditor, look: Look) -> None:
        super().__init__(editor.document())
        self._look = look
        look.changed.connect(self.rehighlight)

    def highlightBlock(self, text: str) -> None:
        begin = self.currentBlock().position()
        end = begin + len(text)
        for word in words(self.document().toPlainText()):
            if word.sort in TONES and word.start < end and word.end > begin:
                first = max(word.start, begin)
                made = QTextCharFormat()
                made.setForeground(self._look.colour(TONES[word.sort]))
                self.setFormat(first - begin, min(word.end, end) - first, made)
        # What a line says decides about those below it, where a quote was opened or closed in it.
        self.setCurrentBlockState(hash(self.document().toPlainText()[:end]) & 0x7FFFFFFF)


class SqlEditor(QPlainTextEdit):
    """A question. Ctrl+Enter asks it; Ctrl+Space offers what may be written."""

    wanted = Signal()
    """It is to be asked."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.setFont(fonts.font(Role.VALUE))
        self.setAccessibleName("SQL")
        self.setObjectName("page")
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setTabChangesFocus(True)
        self._colours = _Colours(self, look)
        self._wrong: tuple[int, int] | None = None
        self._offers = Offers(0, 0, ())
        self._words = QStringListModel(self)
        self._completer = QCompleter(self._words, self)
        self._completer.setWidget(self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.activated[str].connect(self._insert)  # type: ignore[index]
        self._popup = QListView()
        self._popup.setFont(fonts.font(Role.CELL))
        self._completer.setPopup(self._popup)
        self.textChanged.connect(self._typed)
        look.changed.connect(lambda: self.mark(self._wrong))

    @property
    def offered(self) -> tuple[str, ...]:
        """What is offered now."""
        return self._offers.words if self._popup.isVisible() else ()

    def mark(self, span: tuple[int, int] | None) -> None:
        """Put a wavy line under a piece of the text, at its end under the last word; None under nothing."""
        self._wrong = span
        if span is None:
            self.setExtraSelections([])
            return
        text = self.toPlainText()
        start, end = span
        if start == end:
            start = max(0, len(text[:end].rstrip()) - 1)
        made = QTextEdit.ExtraSelection()
        style = QTextCharFormat()
        style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        style.setUnderlineColor(self._look.colour("run"))
        style.setBackground(self._look.colour("runbg"))
        cursor = self.textCursor()
        # Qt counts in UTF-16.
        cursor.setPosition(len(text[:start].encode("utf-16-le")) // 2)
        cursor.setPosition(len(text[:end].encode("utf-16-le")) // 2, QTextCursor.MoveMode.KeepAnchor)
        made.cursor, made.format = cursor, style
        self.setExtraSelections([made])

    def insert(self, word: str) -> None:
        """Write a word where the cursor stands, apart from that before it."""
        before = self.toPlainText()[: self.textCursor().position()]
        self.insertPlainText(word if not before or before[-1] in " \n(.," else f" {word}")
        self.setFocus()

    def _typed(self) -> None:
        if self._wrong is not None:
            self.mark(None)
        if self.hasFocus():
            self._offer()

    def _offer(self) -> None:
        found = self._offers = offers(self.toPlainText(), self.textCursor().position())
        if not found.words:
            self._popup.hide()
            return
        self._words.setStringList(found.words)
        place = QRect(self.cursorRect())
        place.setWidth(POPUP_WIDTH)
        self._completer.complete(place)
        self._popup.setCurrentIndex(self._completer.completionModel().index(0, 0))

    def _insert(self, word: str) -> None:
        cursor = self.textCursor()
        cursor.setPosition(self._offers.start)
        cursor.setPosition(self._offers.end, QTextCursor.MoveMode.KeepAnchor)
        self.blockSignals(True)
        cursor.insertText(word)
        self.blockSignals(False)
        self.setTextCursor(cursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if control and event.key() in RUN:
            self._popup.hide()
            self.wanted.emit()
        elif control and event.key() == Qt.Key.Key_Space:
            self._offer()
        elif self._popup.isVisible() and event.key() in TAKE:
            event.ignore()  # the offer that is current is taken
        else:
            super().keyPressEvent(event)
