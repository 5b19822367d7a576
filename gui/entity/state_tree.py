"""The state of an entity as a tree, with what the current version changed beside the values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QModelIndex

from gui.models.record_tree import RecordTree
from gui.parts.cells import CELL, Cell, Index
from gui.parts.tables import ROOT
from inspector.decode.preview import size_text
from inspector.decode.tree import full_text
from inspector.trails.state import Change, Deed

MOST = 40
"""Characters of a value before that are told."""


class StateTree(RecordTree):
    """Says of each path what it was before."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._changed: dict[str, Change] = {}

    def show_state(self, state: Any, changes: Sequence[Change]) -> None:
        """Show another state, and what has just changed in it."""
        self._changed = {change.path: change for change in changes}
        self.show(state)

    def changed(self, index: Index) -> bool:
        """Whether a row, or anything below it, has just changed."""
        path = self.tree_row(index).path
        return any(each == path or each.startswith((f"{path}.", f"{path}[")) for each in self._changed)

    def changed_rows(self, parent: Index = ROOT) -> list[QModelIndex]:
        """The rows under a parent in which anything has changed."""
        if self.canFetchMore(parent):
            self.fetchMore(parent)
        rows = (self.index(number, 0, parent) for number in range(self.rowCount(parent)))
        return [row for row in rows if self.changed(row)]

    def data(self, index: Index, role: int = 0) -> Any:
        found = super().data(index, role)
        if role == CELL and index.column() == 1 and isinstance(found, Cell):
            change = self._changed.get(self.tree_row(index).path)
            if change is not None:
                was = "new" if change.deed is Deed.ADDED else f"was {short(change.before)}"
                return replace(found, aside=was, aside_tone="accent")
        return found


def short(value: Any) -> str:
    """A value in few words."""
    if isinstance(value, dict):
        return "{ }" if not value else f"{{ {len(value):,} }}"
    if isinstance(value, list):
        return f"[ {len(value):,} ]"
    if isinstance(value, bytes):
        return size_text(len(value))
    text = f'"{value}"' if isinstance(value, str) else full_text(value)
    return text if len(text) <= MOST else f"{text[: MOST - 1]}…"
