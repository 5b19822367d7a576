"""What a person does with events of the list: filter by a cell, copy, compare, bookmark, go somewhere."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QDialog, QMenu

from gui import figures
from gui.background import Background
from gui.canvas.scene import wording
from gui.events.bookmarking import Bookmarking
from gui.events.columns import EventColumn
from gui.events.copying import MOST_COPIED, as_json, as_table
from gui.events.jumping import Jumping
from gui.events.terms import How, piece
from inspector.search.vocabulary import VOCABULARY
from inspector.store.selection import Row

if TYPE_CHECKING:
    from gui.panels.events import EventsPanel

MOST_COMPARED = 30
"""Events that stand side by side."""
MOST_EXPORTED = 1_000_000
"""Selected ones that are exported at a time."""


class EventHands(QObject):
    """The menus of the list, and what is in them."""

    def __init__(self, panel: EventsPanel, replay: QAction) -> None:
        super().__init__(panel)
        self._panel = panel
        self._offered = [replay]
        self._background = Background(self)
        self._background.failed.connect(lambda sentence: panel.session.trouble("events", sentence))
        self.bookmarks = Bookmarking(panel)
        self.jumping = Jumping(panel)
        panel.table.clicked.connect(self._clicked)
        for keys, run in (
            (QKeySequence.StandardKey.Copy, self.copy),
            (QKeySequence("B"), self.bookmarks.turn),
            (QKeySequence("N"), self.bookmarks.note),
            (QKeySequence("D"), self.compare),
        ):
            made = QShortcut(keys, panel.table)
            made.setContext(Qt.ShortcutContext.WidgetShortcut)
            made.activated.connect(run)

    def offer(self, *actions: QAction) -> None:
        """Have more actions about the current event in its menu."""
        self._offered += actions

    def close_background(self) -> None:
        """Wait for what runs in the background."""
        self._background.close()
        self.bookmarks.close_background()
        self.jumping.close_background()

    def _clicked(self, index: QModelIndex) -> None:
        """A click on the place of the star sets it, or takes it away."""
        plain = QGuiApplication.keyboardModifiers() == Qt.KeyboardModifier.NoModifier
        if plain and self._panel.model.columns[index.column()].key == "marks":
            self.bookmarks.turn()

    # Menus

    def show_menu(self, place: QPoint) -> None:
        """The menu of a cell."""
        table = self._panel.table
        index = table.indexAt(place)
        if not index.isValid():
            return
        if not table.selectionModel().isRowSelected(index.row(), index.parent()):
            table.setCurrentIndex(index)
        self._open(self.cell_menu(index.row(), index.column()), table.viewport().mapToGlobal(place))

    def cell_menu(self, place: int, number: int) -> QMenu:
        """What can be done with one cell, its row, and all that is selected."""
        panel, menu = self._panel, QMenu(self._panel)
        row, column = panel.model.row(place), panel.model.columns[number]
        asked = self._asked(row, column, place)
        if asked is not None:
            made = piece(VOCABULARY, *asked)
            for how in How:
                words = how.value if made is None else f"{how.value} {_short(made)}"
                action = menu.addAction(words, partial(panel.bar.put, *asked, how))
                action.setEnabled(made is not None)
            menu.addSeparator()
        if row.channel is not None:
            menu.addAction(f"Only {row.channel.name}", partial(panel.session.select, row.channel))
        if row.sender is not None and (who := panel.model.application(row.sender)) is not None:
            menu.addAction(f"Only from {wording.name(who)}", partial(panel.session.select, who.id))
        menu.addSeparator()
        count = panel.table.chosen_count
        cell = panel.model.index(place, number).data()
        menu.addAction("Copy cell", lambda: QGuiApplication.clipboard().setText(cell or ""))
        menu.addAction(f"Copy {figures.plural(count, 'row')}\tCtrl+C", self.copy)
        menu.addAction("Copy as JSON", self.copy_json)
        menu.addAction("Export…", self.export)
        menu.addSeparator()
        compare = menu.addAction(self._compare_words(count) + "\tD", self.compare)
        compare.setEnabled(count > 1)
        menu.addSeparator()
        for words, run in self.bookmarks.offers(row):
            menu.addAction(words, run)
        menu.addSeparator()
        menu.addActions(self._offered)
        return menu

    def show_more(self) -> None:
        """The menu of the whole list."""
        button = self._panel.more
        self._open(self.more_menu(), button.mapToGlobal(button.rect().bottomLeft()))

    def more_menu(self) -> QMenu:
        """What can be done with the list."""
        panel, menu = self._panel, QMenu(self._panel)
        menu.addAction("Go to…\tCtrl+G", self.jumping.ask)
        marks = menu.addMenu("Bookmarks")
        self.bookmarks.fill(marks)
        count = panel.table.chosen_count
        compare = menu.addAction(self._compare_words(count) + "\tD", self.compare)
        compare.setEnabled(count > 1)
        menu.addAction("Export…", self.export)
        menu.addSeparator()
        menu.addAction("Colour rules…", self.show_colours)
        menu.addAction("Levels and losses…", self.show_coverage)
        menu.addAction("Columns…", panel.columns.open_under_head)
        return menu

    def _open(self, menu: QMenu, at: QPoint) -> None:
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _compare_words(self, count: int) -> str:
        return "Compare selected events…" if count < 2 else f"Compare {min(count, MOST_COMPARED)} events…"

    def _asked(self, row: Row, column: EventColumn, place: int) -> tuple[str, str] | None:
        """The field and value that a cell stands for in a query."""
        if row.channel is None:
            return None
        detail = self._panel.model.detail(place)
        told = detail.cells.get(column.key) if detail is not None else None
        match column.key:
            case "channel":
                return "channel", row.channel.name
            case "server":
                return "server", row.channel.server.address
            case "type" if row.type is not None:
                return "type", row.type
            case "key" if row.key and not row.is_null_key:
                return "key", row.key
            case "from" if row.sender is not None:
                who = self._panel.model.application(row.sender)
                return "app", wording.name(who) if who is not None and who.name else row.sender.value
            case "position" | "partition":
                return "partition", str(row.position.partition)
            case "offset":
                return "offset", str(row.position.offset)
            case "size":
                return "size", str(row.size)
            case "trace" if told and told.text:
                return "trace", told.text
            case "time" | "date" | "age" | "delta":
                return "at", _second(row.timestamp_ns)
            case key if key.startswith(("header.", "value.")) and told and told.key is not None:
                return key, told.text if isinstance(told.key, str) else str(told.key).removesuffix(".0")
        return None

    # Copying and comparing

    def copy(self) -> None:
        """Put the rows that are selected into the clipboard, as they stand in the table."""
        panel = self._panel
        places = panel.table.chosen_places(MOST_COPIED)
        QGuiApplication.clipboard().setText(as_table(panel.model, panel.table.visual_columns(), places))
        self._copied(len(places))

    def copy_json(self) -> None:
        """Put the events that are selected into the clipboard, a line of JSON each."""
        panel = self._panel
        reader, rows = panel.session.reader, panel.table.chosen_rows(MOST_COPIED)
        if reader is None:
            return
        sight = panel.session.sight.fetching()

        def took(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            self._copied(len(rows))

        self._background.ask(lambda: as_json(reader, rows, sight), took)

    def _copied(self, count: int) -> None:
        left = self._panel.table.chosen_count - count
        more = f" {left:,} more were selected than fit there." if left > 0 else ""
        self._panel.session.decisions.said.emit(f"{figures.plural(count, 'event')} in the clipboard.{more}")

    def compare(self) -> None:
        """Show the selected events side by side."""
        from gui.events.compare_dialog import CompareDialog, read_events

        panel = self._panel
        reader, rows = panel.session.reader, panel.table.chosen_rows(MOST_COMPARED)
        if reader is None or len(rows) < 2:
            panel.session.decisions.said.emit("Select two events or more first.")
            return
        sight = panel.session.sight.fetching()
        # The older one is what the others are held against.
        rows = rows[::-1] if panel.finder.sorting.by_time and panel.finder.sorting.down else rows

        def show(events: object) -> None:
            _run(CompareDialog(panel.look, panel.session.zone, events, panel.window()))  # type: ignore[arg-type]

        self._background.ask(lambda: read_events(reader, rows, sight), show)

    # Dialogs

    def export(self) -> None:
        """Write events into a file."""
        from gui.dialogs.export_events import ExportDialog

        panel = self._panel
        reader = panel.session.reader
        if reader is None:
            return
        made = ExportDialog(
            panel.look,
            reader,
            panel.table.chosen_rows(MOST_EXPORTED),
            panel.finder.found.in_time,
            panel.session.sight.fetching(),
            panel.bar.query or "Events",
            panel.window(),
        )
        made.said.connect(panel.session.decisions.said)
        _run(made)

    def show_colours(self) -> None:
        """Change the colour rules."""
        from gui.events.colour_dialog import ColourDialog

        panel = self._panel
        _run(
            ColourDialog(
                panel.look, panel.session.decisions, panel.bar.field.check, panel.bar.query, panel.window()
            )
        )

    def show_coverage(self) -> None:
        """Tell what was read of each channel, and let people choose how much is captured."""
        from gui.events.coverage_dialog import CoverageDialog

        panel = self._panel
        _run(CoverageDialog(panel.session, panel.look, panel.coverage, panel.bar.query, panel.window()))


def _run(dialog: QDialog) -> None:
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    dialog.open()


def _short(made: str) -> str:
    return made if len(made) <= 40 else f"{made[:39]}…"


def _second(time_ns: int) -> str:
    """The second of a time, in UTC, as a query writes it."""
    return figures.moment(time_ns, figures.zone(utc=True)).strftime("%Y-%m-%dT%H:%M:%SZ")
