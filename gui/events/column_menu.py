"""The menu of columns: which are shown, and others from headers and fields of the value."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QMenu

from gui.dialogs.line import LineDialog
from gui.events import columns
from gui.events.columns import KNOWN, OPEN
from gui.look import Look
from inspector.project.habits import ShownColumn
from inspector.search import paths

if TYPE_CHECKING:
    from gui.panels.events import EventsPanel

MOST = 40
"""Names of headers, and paths, that are offered in a menu."""


class ColumnMenu(QObject):
    """Offers columns and keeps what was chosen."""

    def __init__(self, panel: EventsPanel, look: Look) -> None:
        super().__init__(panel)
        self._panel, self._look = panel, look

    def open_at(self, place: QPoint) -> None:
        """Open the menu at a place of the screen."""
        menu = self.menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def open_under_head(self) -> None:
        """Open it at the right end of the table's head."""
        heads = self._panel.table.horizontalHeader()
        self.open_at(heads.mapToGlobal(heads.rect().bottomRight()) - QPoint(220, 0))

    @property
    def shown(self) -> tuple[ShownColumn, ...]:
        """What is shown now, from left to right."""
        return self._panel.table.shown_columns()

    def menu(self) -> QMenu:
        """All columns, with a tick at those that are shown."""
        menu = QMenu(self._panel)
        menu.setToolTipsVisible(True)
        keys = [each.key for each in self.shown]
        for key, column in KNOWN.items():
            self._tick(menu, key, column.title or "Marks and bookmarks", column.help, key in keys)
        others = [key for key in keys if key not in KNOWN]
        if others:
            menu.addSeparator()
        for key in others:
            self._tick(menu, key, key, "", True)
        menu.addSeparator()
        seen = self._panel.search.seen
        for start, title, names in zip(
            OPEN, ("A header", "A field of the value"), (seen.headers, seen.paths), strict=True
        ):
            sub = menu.addMenu(title)
            for name in names[:MOST]:
                self._tick(sub, start + name, name, "", start + name in keys)
            if not names:
                sub.addAction("None was seen yet.").setEnabled(False)
            sub.addSeparator()
            sub.addAction("Another…", partial(self._ask, start))
        menu.addSeparator()
        menu.addAction("The usual columns", partial(self.show, columns.usual()))
        return menu

    def show(self, shown: tuple[ShownColumn, ...]) -> None:
        """Show these columns and remember that."""
        keeper = self._panel.keeper
        keeper.show_columns(shown)
        self._panel.arrange()

    def turn(self, key: str) -> None:
        """Show a column before the last one, or take it away; one is always left."""
        shown = self.shown
        left = tuple(each for each in shown if each.key != key)
        if len(left) == len(shown):
            made = columns.column(key)
            left = (*shown[:-1], ShownColumn(key, made.width if made else 0), *shown[-1:])
        self.show(left or shown)

    def _tick(self, menu: QMenu, key: str, title: str, help_: str, on: bool) -> None:
        made = menu.addAction(title)
        made.setCheckable(True)
        made.setChecked(on)
        made.setToolTip(help_)
        made.triggered.connect(lambda _on=False: self.turn(key))

    def _ask(self, start: str) -> None:
        header = start == OPEN[0]
        dialog = LineDialog(
            self._look,
            "A column for a header" if header else "A column for a field of the value",
            "The name of the header; upper and lower case are alike."
            if header
            else "Where it lies in the value, as a query writes it.",
            "Show",
            _why_no_name if header else _why_no_path,
            self._panel.window(),
            example="ce_source" if header else "items[0].sku",
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.wanted.connect(lambda name: self.turn(start + name))
        dialog.open()


def _why_no_name(name: str) -> str:
    return "" if name else "Write down the name of a header."


def _why_no_path(path: str) -> str:
    try:
        paths.parse(path)
    except ValueError as wrong:
        return str(wrong)
    return ""
