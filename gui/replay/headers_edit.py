"""Editing headers in their order; a value that is not text is kept as it is."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from gui import fonts
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.text import Text, column, row
from inspector.decode.preview import readable
from inspector.record import Headers

RAW = Qt.ItemDataRole.UserRole + 1
"""The role under which a value keeps its bytes, and the text that they were shown as."""


class HeadersEdit(QWidget):
    """A table of names and values."""

    changed = Signal()

    def __init__(self, look: Look) -> None:
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
        self.table.itemChanged.connect(lambda _item: self.changed.emit())
        self.setLayout(column(self._none, self.table, row(self._add, 8, self._remove, None), gap=2))
        self._fit()

    def show_headers(self, headers: Headers) -> None:
        """Show others."""
        with QSignalBlocker(self.table):
            self.table.setRowCount(0)
            for name, value in headers:
                self._append(name, value)
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
