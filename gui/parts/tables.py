"""Tables of cells: rows 22 px, header 24, no grid, keyboard and mouse alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from gui import fonts
from gui.fonts import Role
from gui.look import Look
from gui.parts.cells import BAR, CELL, ROW, SUBJECT, Cell, CellDelegate, Index

ROOT = QModelIndex()


@dataclass(frozen=True)
class Column:
    """A column: its title, its width in px (0 takes what is left), and whether numbers stand in it."""

    title: str
    width: int
    right: bool = False


@dataclass(frozen=True)
class Line:
    """A row of a short table."""

    key: object
    """Tells the row from the others for as long as it lives."""
    cells: tuple[Cell, ...]
    subject: object = None
    bar: str = ""
    tip: str = ""


class Lines(QAbstractTableModel):
    """A short table, given whole each time; rows that stay keep their selection."""

    def __init__(self, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = tuple(columns)
        self.lines: tuple[Line, ...] = ()

    def show(self, lines: Sequence[Line]) -> None:
        """Show these rows."""
        new = tuple(lines)
        if new == self.lines:
            return
        if [line.key for line in new] == [line.key for line in self.lines]:
            self.lines = new
            self.dataChanged.emit(self.index(0, 0), self.index(len(new) - 1, len(self.columns) - 1))
            return
        self.beginResetModel()
        self.lines = new
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self.columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        return header(self.columns, section, orientation, role)

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid() or index.row() >= len(self.lines):
            return None
        line = self.lines[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return line.cells[index.column()].text
            case Qt.ItemDataRole.ToolTipRole:
                return line.tip or None
        if role == CELL:
            return line.cells[index.column()]
        if role == BAR:
            return line.bar
        return line.subject if role == SUBJECT else None


def header(columns: Sequence[Column], section: int, orientation: Qt.Orientation, role: int) -> Any:
    """What a table's header says."""
    if orientation is not Qt.Orientation.Horizontal or section >= len(columns):
        return None
    if role == Qt.ItemDataRole.DisplayRole:
        return columns[section].title
    if role == Qt.ItemDataRole.TextAlignmentRole:
        side = Qt.AlignmentFlag.AlignRight if columns[section].right else Qt.AlignmentFlag.AlignLeft
        return int(side | Qt.AlignmentFlag.AlignVCenter)
    return None


class Table(QTableView):
    """A view of cells; `chosen` gives the subject of the row that became current."""

    chosen = Signal(object)
    activated_row = Signal(int)

    def __init__(self, look: Look, columns: Sequence[Column], name: str) -> None:
        super().__init__()
        self._columns = tuple(columns)
        self.setAccessibleName(name)
        self.setItemDelegate(CellDelegate(look, self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalScrollBar().setSingleStep(ROW)
        rows = self.verticalHeader()
        rows.hide()
        rows.setMinimumSectionSize(ROW)
        rows.setDefaultSectionSize(ROW)
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        heads = self.horizontalHeader()
        heads.setFixedHeight(24)
        heads.setFont(fonts.font(Role.COLUMN))
        heads.setHighlightSections(False)
        heads.setMinimumSectionSize(36)
        self.activated.connect(lambda index: self.activated_row.emit(index.row()))
        look.changed.connect(self.viewport().update)

    def setModel(self, model: QAbstractItemModel | None) -> None:
        super().setModel(model)
        if model is None:
            return
        heads = self.horizontalHeader()
        for number, column in enumerate(self._columns):
            if column.width:
                self.setColumnWidth(number, column.width)
            else:
                heads.setSectionResizeMode(number, QHeaderView.ResizeMode.Stretch)
        self.selectionModel().currentRowChanged.connect(self._current)

    def _current(self, index: QModelIndex, _old: QModelIndex) -> None:
        if index.isValid():
            self.chosen.emit(index.data(SUBJECT))

    def choose(self, subject: object) -> None:
        """Make the row of a subject current without telling; no row where none has it."""
        selection = self.selectionModel()
        found = None if subject is None else self._row_of(subject)
        selection.blockSignals(True)
        if found is None:
            selection.clear()
        else:
            flags = QItemSelectionModel.SelectionFlag
            selection.setCurrentIndex(found, flags.ClearAndSelect | flags.Rows)
        selection.blockSignals(False)
        self.viewport().update()

    def _row_of(self, subject: object) -> QModelIndex | None:
        model = self.model()
        rows = (model.index(number, 0) for number in range(model.rowCount()))
        return next((row for row in rows if row.data(SUBJECT) == subject), None)
