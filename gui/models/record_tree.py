"""A decoded value as a tree whose branches are made when they are opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt

from gui.fonts import Role
from gui.parts.cells import CELL, Cell, Index
from gui.parts.tables import ROOT
from inspector.decode import tree
from inspector.decode.spans import Step
from inspector.decode.tree import TreeRow

TONES = {
    "text": "string",
    "number": "number",
    "time": "number",
    "id": "string",
    "true or false": "number",
    "bytes": "dim",
    "more": "faint",
}


REACH = 20_000
"""Rows below one that are made to reach another one."""


class _Node:
    """One row, with its children once they are known."""

    def __init__(self, row: TreeRow, parent: _Node | None, place: int) -> None:
        self.row, self.parent, self.place = row, parent, place
        self.children: list[_Node] | None = None


class RecordTree(QAbstractItemModel):
    """Name and value, one level at a time, 200 children at a time."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = _Node(tree.root(None), None, 0)
        self._root.children = []

    def show(self, value: Any) -> None:
        """Show another value; one that has no parts is a single row."""
        self.beginResetModel()
        row = tree.root(value)
        self._root = _Node(row, None, 0)
        if row.children:
            self._open(self._root)
        else:
            self._root.children = [_Node(row, self._root, 0)]
        self.endResetModel()

    def say(self, sentence: str) -> None:
        """Show words in the place of a value."""
        self.beginResetModel()
        self._root = _Node(tree.root(None), None, 0)
        self._root.children = [_Node(TreeRow("", "", "other", sentence, 0, sentence), self._root, 0)]
        self.endResetModel()

    def _open(self, node: _Node) -> None:
        node.children = [_Node(row, node, at) for at, row in enumerate(tree.children(node.row))]

    def _node(self, index: Index) -> _Node:
        found: _Node = index.internalPointer() if index.isValid() else self._root
        return found

    def tree_row(self, index: Index) -> TreeRow:
        """The row at an index."""
        return self._node(index).row

    def steps(self, index: Index) -> tuple[Step, ...]:
        """The names and positions that lead from the whole value to a row."""
        found: list[Step] = []
        node = self._node(index)
        while node.parent is not None and node.row.name:
            found.append(node.place if isinstance(node.parent.row.value, list | tuple) else node.row.name)
            node = node.parent
        return tuple(reversed(found))

    def reach(self, steps: Sequence[Step]) -> QModelIndex:
        """The row that steps lead to, made where it is not there yet; as near to it as `REACH` rows go."""
        index = QModelIndex()
        for step in steps:
            value = self._node(index).row.value
            place = _place(value, step)
            if place is None or place > REACH:
                return index
            self.fetchMore(index)
            while place >= self.rowCount(index) - 1 and self._last_is_more(index):
                self.more(self.index(self.rowCount(index) - 1, 0, index))
            if place >= self.rowCount(index):
                return index
            index = self.index(place, 0, index)
        return index

    def _last_is_more(self, parent: Index) -> bool:
        children = self._node(parent).children
        return bool(children) and children[-1].row.kind == "more"  # type: ignore[index]

    def more(self, index: Index) -> None:
        """Put the next children in place of a row that says how many are left."""
        node = self._node(index)
        above = node.parent
        if node.row.kind != "more" or above is None or above.children is None:
            return
        parent = index.parent()
        at = node.place
        rows = tree.children(above.row, at)
        self.beginRemoveRows(parent, at, at)
        del above.children[at:]
        self.endRemoveRows()
        self.beginInsertRows(parent, at, at + len(rows) - 1)
        above.children += [_Node(row, above, at + offset) for offset, row in enumerate(rows)]
        self.endInsertRows()

    def index(self, row: int, column: int, parent: Index = ROOT) -> QModelIndex:
        children = self._node(parent).children or []
        return self.createIndex(row, column, children[row]) if 0 <= row < len(children) else QModelIndex()

    def parent(self, index: Index = ROOT) -> Any:
        node = self._node(index).parent
        return QModelIndex() if node is None or node is self._root else self.createIndex(node.place, 0, node)

    def hasChildren(self, parent: Index = ROOT) -> bool:
        node = self._node(parent)
        return (
            bool(node.children)
            if node.children is not None
            else node.row.children > 0 and node.row.kind != "more"
        )

    def canFetchMore(self, parent: Index) -> bool:
        node = self._node(parent)
        return node.children is None and self.hasChildren(parent)

    def fetchMore(self, parent: Index) -> None:
        node = self._node(parent)
        rows = tree.children(node.row) if node.children is None else []
        if rows:
            self.beginInsertRows(parent, 0, len(rows) - 1)
            self._open(node)
            self.endInsertRows()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.column() > 0 else len(self._node(parent).children or [])

    def columnCount(self, parent: Index = ROOT) -> int:
        return 2

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> Any:
        return ("Field", "Value")[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: Index, role: int = 0) -> Any:
        if not index.isValid():
            return None
        row = self._node(index).row
        if role == CELL:
            if index.column() == 0:
                return Cell(row.name or "value", Role.CELL, "dim" if row.kind != "more" else "accent")
            text = f'"{row.text}"' if row.kind == "text" else row.text
            return Cell(text, Role.CELL, TONES.get(row.kind, "faint"), aside=row.note)
        if role == Qt.ItemDataRole.DisplayRole:
            return row.name if index.column() == 0 else row.text
        return None


def _place(value: Any, step: Step) -> int | None:
    """Which of the children of a value a step leads to."""
    if isinstance(value, list | tuple):
        return step if isinstance(step, int) and step < len(value) else None
    names = (
        (place for place, name in enumerate(value) if str(name) == step) if isinstance(value, dict) else ()
    )
    return next(iter(names), None)
