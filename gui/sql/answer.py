"""The answer to a question in SQL as a table: sorted by a click, copied, and cut where it is too long."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace
from PySide6.QtCore import QAbstractTableModel, QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QFontMetricsF, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QMenu

from gui import fonts
from gui.fonts import Role
from gui.look import Look
from gui.parts.cells import CELL, PAD, Cell, Index
from gui.parts.tables import ROOT, Column, Table, header
from inspector.exchange.sql import Answer
from inspector.exchange.sql import Cell as Value

NOTHING = Answer((), [])
LEAST, MOST = 56, 420
"""Px of a column."""
LOOKED_AT = 200
"""Rows that a column is as wide as."""
LONGEST = 400
"""Characters of a cell that are drawn."""
NULL = Cell("null", Role.CELL, "faint")


class AnswerModel(QAbstractTableModel):
    """Rows of an answer in some order."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.answer = NOTHING
        self._order: Sequence[int] = ()
        self._sorted: tuple[int, bool] | None = None

    def show(self, answer: Answer) -> None:
        """Show another answer, in its own order."""
        self.beginResetModel()
        self.answer, self._order, self._sorted = answer, range(len(answer.rows)), None
        self.endResetModel()

    def turn(self, column: int) -> None:
        """Sort by a column: up, down, and as it came."""
        down = self._sorted == (column, False)
        self._sorted = None if self._sorted == (column, True) else (column, down)
        rows = self.answer.rows
        order = range(len(rows))
        self.layoutAboutToBeChanged.emit()
        self._order = (
            order
            if self._sorted is None
            else sorted(order, key=lambda at: _sorts(rows[at][column]), reverse=down)
        )
        self.layoutChanged.emit()

    def numbers(self, column: int) -> bool:
        """Whether nothing but numbers and nulls stand in a column, and one number at least."""
        values = [row[column] for row in self.answer.rows if row[column] is not None]
        return bool(values) and all(isinstance(each, (int, float)) for each in values)

    def values(self, place: int) -> tuple[Value, ...]:
        """The row at a place."""
        return self.answer.rows[self._order[place]]

    def ordered(self) -> Answer:
        """The answer with its rows as they are sorted."""
        return replace(self.answer, rows=[self.answer.rows[at] for at in self._order])

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.answer.names)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        if not 0 <= section < len(self.answer.names):
            return None
        way = ""
        if self._sorted is not None and self._sorted[0] == section:
            way = " ▾" if self._sorted[1] else " ▴"
        right = bool(self.answer.rows) and isinstance(self.answer.rows[0][section], (int, float))
        return header((Column(self.answer.names[section] + way, 0, right),), 0, orientation, role)

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid():
            return None
        value = self.values(index.row())[index.column()]
        if role == CELL:
            return _cell(value)
        return text(value) if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole) else None


class AnswerTable(Table):
    """Several rows at a time; Ctrl+C copies them with the names of their columns."""

    def __init__(self, look: Look, model: AnswerModel) -> None:
        super().__init__(look, (), "Answer")
        self._model = model
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setModel(model)
        heads = self.horizontalHeader()
        heads.setSectionsClickable(True)
        heads.setSectionsMovable(True)
        heads.sectionClicked.connect(model.turn)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._menu)
        model.modelReset.connect(self._fit)

    def _fit(self) -> None:
        head, body = QFontMetricsF(fonts.font(Role.COLUMN)), QFontMetricsF(fonts.font(Role.CELL))
        for number, name in enumerate(self._model.answer.names):
            seen = (_cell(row[number]).text for row in self._model.answer.rows[:LOOKED_AT])
            widest = max((body.horizontalAdvance(each[:120]) for each in seen), default=0.0)
            wide = max(widest, head.horizontalAdvance(f"{name} ▾")) + 2 * PAD + 6
            self.setColumnWidth(number, int(min(max(wide, LEAST), MOST)))

    def copied(self) -> str:
        """The rows that are selected, all where none is, under the names of their columns; tabs between."""
        chosen = sorted({index.row() for index in self.selectionModel().selectedRows()})
        places = chosen or range(self._model.rowCount())
        lines = [self._model.answer.names, *(map(text, self._model.values(place)) for place in places)]
        return "\n".join("\t".join(_flat(each) for each in line) for line in lines)

    def copy(self) -> None:
        """Put them into the clipboard."""
        QGuiApplication.clipboard().setText(self.copied())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)

    def _menu(self, place: QPoint) -> None:
        index = self.indexAt(place)
        menu = QMenu(self)
        if index.isValid():
            found = index.data()
            menu.addAction("Copy cell", lambda: QGuiApplication.clipboard().setText(found or ""))
        menu.addAction("Copy rows\tCtrl+C", self.copy)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.viewport().mapToGlobal(place))

    def event(self, event: QEvent) -> bool:
        # Copying is about this table here, whatever else has the same keys.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.matches(QKeySequence.StandardKey.Copy)
        ):
            event.accept()
            return True
        return super().event(event)


def text(value: Value) -> str:
    """A value in full; empty for null."""
    if value is None:
        return ""
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


def _cell(value: Value) -> Cell:
    match value:
        case None:
            return NULL
        case int():
            return Cell(f"{value:,}", Role.CELL, "number", right=True)
        case float():
            return Cell(f"{value:.6g}", Role.CELL, "number", right=True)
        case _:
            shown = text(value)[:LONGEST]
            plain = shown if shown.isprintable() else "".join(c if c.isprintable() else " " for c in shown)
            return Cell(plain, Role.CELL, value=plain.startswith(("{", "[")))


def _sorts(value: Value) -> tuple[int, Any]:
    """As SQLite sorts: null, numbers, texts, bytes."""
    match value:
        case None:
            return 0, 0
        case int() | float():
            return 1, value
        case str():
            return 2, value
        case _:
            return 3, value


def _flat(cell: str) -> str:
    return cell.replace("\t", " ").replace("\r", " ").replace("\n", " ")
