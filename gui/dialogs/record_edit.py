"""Editing the bytes of a record as text, without changing what was not touched."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from gui import figures, fonts
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, Tick
from gui.parts.text import Text, column, row
from inspector.decode.preview import readable
from inspector.record import Headers

MOST = 200_000
"""Bytes up to which a value can be edited here."""
RAW = Qt.ItemDataRole.UserRole + 1


class BytesEdit(QWidget):
    """A key or a value: text where it is text, and a switch for null, which is not the same as empty."""

    changed = Signal()

    def __init__(self, look: Look, data: bytes | None, *, lines: int, name: str) -> None:
        super().__init__()
        self._original = data
        text = "" if data is None else readable(data[:MOST], cut=False) if len(data) <= MOST else None
        self._editable = text is not None
        self._field = QLineEdit() if lines == 1 else QPlainTextEdit()
        self._field.setFont(fonts.font(Role.CELL))
        self._field.setAccessibleName(name)
        if isinstance(self._field, QPlainTextEdit):
            self._field.setFixedHeight(lines * 16 + 12)
            self._field.setPlainText(text or "")
            self._field.setTabChangesFocus(True)
        else:
            self._field.setText(text or "")
        self._start = self._text
        self.null = Tick(look, "null")
        self.null.setChecked(data is None)
        self.null.toggled.connect(self._switched)
        self._field.textChanged.connect(lambda *_text: self.changed.emit())
        note = Text(role=Role.SECONDARY, tone="dim", wrap=True)
        if not self._editable:
            why = "longer than can be edited here" if len(data or b"") > MOST else "not text"
            note.setText(f"{figures.size(len(data or b''))}, {why}: it is sent as it is.")
        note.setVisible(not self._editable)
        self.setLayout(column(row(self._field, self.null, gap=10), note, gap=2))
        self._field.setVisible(self._editable)
        self._switched()

    @property
    def _text(self) -> str:
        return self._field.toPlainText() if isinstance(self._field, QPlainTextEdit) else self._field.text()

    @property
    def data(self) -> bytes | None:
        """What is to be sent; the original bytes where nothing was changed."""
        if self.null.isChecked():
            return None
        if not self._editable or (self._original is not None and self._text == self._start):
            return self._original
        return self._text.encode()

    def set_text(self, text: str) -> None:
        """Write another text into the field."""
        if isinstance(self._field, QPlainTextEdit):
            self._field.setPlainText(text)
        else:
            self._field.setText(text)

    def _switched(self) -> None:
        self._field.setEnabled(not self.null.isChecked())
        self.changed.emit()


class HeadersEdit(QWidget):
    """Headers in their order; a value that is not text is kept as it is."""

    changed = Signal()

    def __init__(self, look: Look, headers: Headers) -> None:
        super().__init__()
        self.table = QTableWidget(0, 2)
        self.table.setFont(fonts.font(Role.CELL))
        self.table.setAccessibleName("Headers")
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.horizontalHeader().hide()
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(24)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self.table.horizontalHeader().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.table.setColumnWidth(0, 160)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._add = Button(look, "Add header", "link", run=self.add)
        self._remove = Button(look, "Remove header", "link", run=self.remove)
        self._none = Text("It has no headers.", Role.SECONDARY, "dim")
        for name, value in headers:
            self._append(name, value)
        self.table.itemChanged.connect(lambda _item: self.changed.emit())
        self.setLayout(column(self._none, self.table, row(self._add, 8, self._remove, None), gap=2))
        self._fit()

    @property
    def data(self) -> Headers:
        """The headers to be sent; a row without a name is left out."""
        made = []
        for number in range(self.table.rowCount()):
            name, value = self.table.item(number, 0), self.table.item(number, 1)
            if name is None or value is None or not name.text():
                continue
            raw, text = value.data(RAW)
            made.append((name.text(), raw if value.text() == text else value.text().encode()))
        return tuple(made)

    def add(self) -> None:
        """Begin a new header."""
        self._append("", b"")
        self._fit()
        self.table.setCurrentCell(self.table.rowCount() - 1, 0)
        if (item := self.table.item(self.table.rowCount() - 1, 0)) is not None:
            self.table.editItem(item)

    def remove(self) -> None:
        """Take the current header out."""
        if self.table.currentRow() >= 0:
            self.table.removeRow(self.table.currentRow())
            self._fit()
            self.changed.emit()

    def _append(self, name: str, value: bytes | None) -> None:
        number = self.table.rowCount()
        self.table.insertRow(number)
        text = None if value is None else readable(value, cut=False)
        shown = "null" if value is None else text if text is not None else f"0x{value.hex()}"
        item = QTableWidgetItem(shown)
        item.setData(RAW, (value, shown))
        if text is None:
            item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
        self.table.setItem(number, 0, QTableWidgetItem(name))
        self.table.setItem(number, 1, item)

    def _fit(self) -> None:
        rows = self.table.rowCount()
        self._none.setVisible(not rows)
        self.table.setVisible(bool(rows))
        self.table.setFixedHeight(min(6, max(rows, 1)) * 24 + 4)
        self._remove.setVisible(bool(rows))
