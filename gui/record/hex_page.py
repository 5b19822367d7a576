"""The bytes of a value in rows of hex and text, with some of them marked."""

from __future__ import annotations

from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

from gui import fonts
from gui.fonts import Role
from gui.look import Look
from gui.record.opened import HEX_MOST
from inspector.decode.hexdump import WIDTH
from inspector.decode.spans import Span

HEX_AT, TEXT_AT = 10, 60
"""Columns at which the hex and the text of a row begin."""
MOST_ROWS = 400
"""Rows that are marked."""


class Page(QPlainTextEdit):
    """Text that can be read and not changed."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setReadOnly(True)
        self.setFont(fonts.font(Role.CELL))
        self.setAccessibleName(name)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)

    def select(self, run: Span) -> None:
        """Select some characters and show them."""
        text = self.toPlainText()
        cursor = self.textCursor()
        # Qt counts in UTF-16.
        begin, end = (len(text[:at].encode("utf-16-le")) // 2 for at in run)
        cursor.setPosition(begin)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)


class HexPage(Page):
    """Marks one run of bytes at a time, in hex and in text."""

    def __init__(self, look: Look) -> None:
        super().__init__("Bytes of the event")
        self._look = look
        self.span: Span | None = None
        self._tone = "accentbg"
        look.changed.connect(self._paint)

    def mark(self, span: Span | None, tone: str = "accentbg") -> None:
        """Mark bytes on a ground of the palette and show the first of them; None marks nothing."""
        self.span, self._tone = span, tone
        self._paint()
        if span is not None and span[0] < HEX_MOST:
            self.setTextCursor(self._cursor(span[0] // WIDTH, 0, 0))
            self.centerCursor()

    def _paint(self) -> None:
        marks = []
        begin, end = self.span or (0, 0)
        for row in range(begin // WIDTH, min(-(-min(end, HEX_MOST) // WIDTH), begin // WIDTH + MOST_ROWS)):
            first, last = max(begin - row * WIDTH, 0), min(end - row * WIDTH, WIDTH)
            marks.append(self._marked(self._cursor(row, _hex_column(first), _hex_column(last - 1) + 2)))
            marks.append(self._marked(self._cursor(row, TEXT_AT + first, TEXT_AT + last)))
        self.setExtraSelections(marks)

    def _marked(self, cursor: QTextCursor) -> QTextEdit.ExtraSelection:
        made = QTextEdit.ExtraSelection()
        ground = QTextCharFormat()
        ground.setBackground(self._look.colour(self._tone))
        made.format, made.cursor = ground, cursor
        return made

    def _cursor(self, row: int, first: int, last: int) -> QTextCursor:
        block = self.document().findBlockByNumber(row)
        cursor = QTextCursor(block)
        most = max(0, block.length() - 1)
        cursor.setPosition(block.position() + min(first, most))
        cursor.setPosition(block.position() + min(last, most), QTextCursor.MoveMode.KeepAnchor)
        return cursor


def _hex_column(byte: int) -> int:
    return HEX_AT + 3 * byte + (byte >= WIDTH // 2)
