"""The text of a key or value while it is edited: JSON in colours, a wavy line where something is wrong."""

from __future__ import annotations

import re

from PySide6.QtGui import QSyntaxHighlighter, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

from gui import fonts
from gui.fonts import Role
from gui.look import Look
from inspector.encode import json
from inspector.encode.misfit import Misfit

LINE = 17
"""Height of a line, in px."""
_TOKENS = re.compile(
    r'(?P<name>"(?:[^"\\]|\\.)*"(?=\s*:))|(?P<string>"(?:[^"\\]|\\.)*")|(?P<number>[-\w.+]+)'
)
_TONES = {"name": "dim", "string": "string", "number": "number"}


class _Colours(QSyntaxHighlighter):
    def __init__(self, editor: PartText, look: Look) -> None:
        super().__init__(editor.document())
        self._look = look
        self.on = False
        look.changed.connect(self.rehighlight)

    def highlightBlock(self, text: str) -> None:
        if not self.on or len(text) > 5000:
            return
        for token in _TOKENS.finditer(text):
            made = QTextCharFormat()
            made.setForeground(self._look.colour(_TONES[str(token.lastgroup)]))
            begin = _utf16(text[: token.start()])
            self.setFormat(begin, _utf16(token[0]), made)


class PartText(QPlainTextEdit):
    """Text of one part of a record."""

    def __init__(self, look: Look, name: str, least: int, most: int) -> None:
        """It is `least` to `most` lines high, as its text needs."""
        super().__init__()
        self._look = look
        self._least, self._most = least, most
        self.setFont(fonts.font(Role.CELL))
        self.setAccessibleName(name)
        self.setTabChangesFocus(True)
        self._colours = _Colours(self, look)
        self.document().blockCountChanged.connect(lambda _count: self._fit())
        self._fit()

    def show_text(self, text: str, *, as_json: bool) -> None:
        """Show another text."""
        self._colours.on = as_json
        self.setPlainText(text)
        self._fit()

    def mark(self, fault: Misfit | None) -> None:
        """A wavy line under the place of a fault; under nothing where it has none."""
        span = None if fault is None else self._span(fault)
        if span is None:
            self.setExtraSelections([])
            return
        made = QTextEdit.ExtraSelection()
        style = QTextCharFormat()
        style.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
        style.setUnderlineColor(self._look.colour("run"))
        style.setBackground(self._look.colour("runbg"))
        cursor = self.textCursor()
        cursor.setPosition(span[0])
        cursor.setPosition(span[1], QTextCursor.MoveMode.KeepAnchor)
        made.cursor, made.format = cursor, style
        self.setExtraSelections([made])

    def _span(self, fault: Misfit) -> tuple[int, int] | None:
        """Where it lies, in Qt's count, which is UTF-16."""
        text = self.toPlainText()
        if fault.line:
            lines = text.split("\n")
            start = sum(len(line) + 1 for line in lines[: fault.line - 1]) + fault.column - 1
            start = min(start, max(0, len(text) - 1))
            return _utf16(text[:start]), _utf16(text[: start + 1])
        if not fault.steps or not self._colours.on:
            return None
        data = text.encode("utf-8", "surrogatepass")
        try:
            start, end = json.located(data, fault.steps)
        except (Misfit, IndexError, ValueError):
            return None
        head, whole = data[:start].decode("utf-8", "replace"), data[:end].decode("utf-8", "replace")
        return _utf16(head), _utf16(whole)

    def _fit(self) -> None:
        lines = min(max(self.blockCount(), self._least), self._most)
        self.setFixedHeight(lines * LINE + 18)


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
