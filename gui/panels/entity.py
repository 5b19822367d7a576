"""The Entity tab: all events of one key over its channels, and the state after each of them."""

from __future__ import annotations

import threading

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QMenu, QSplitter, QStackedWidget, QTreeView, QWidget

from graph.identity import ChannelId
from gui import figures
from gui.actions import Actions
from gui.background import Background
from gui.canvas.scene import wording
from gui.entity.slider import VersionSlider
from gui.entity.state_tree import StateTree, short
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, Choice
from gui.parts.cells import Cell, CellDelegate
from gui.parts.marks import ChannelMark, TypeMark
from gui.parts.tables import Column, Line, Lines, Table
from gui.parts.text import Elided, Rule, Text, column, row
from gui.session import Session
from inspector.decode.preview import readable
from inspector.decode.sight import Sight
from inspector.store.reader import CaptureReader
from inspector.trails.entity import Entity, Version, history, versions
from inspector.trails.state import Change, Deed, Folding

EMPTY = "Select an event to see all events of its key, and how its state came to be."
NO_KEY = "The event that is selected has no key, so it has no history. Select one with a key."
VERSIONS = (
    Column("", 34, right=True),
    Column("Time", 106),
    Column("Channel", 116),
    Column("Type", 132),
    Column("What changed", 0),
)
CHANGES = (Column("Path", 104), Column("Before", 76), Column("After", 0))
FOLDINGS = {
    Folding.MERGE: "Merge fields",
    Folding.PATCH: "Merge patch, null removes",
    Folding.REPLACE: "Each event is the state",
    Folding.PER_TYPE: "Newest of each type",
}
TONES = {Deed.ADDED: "ok", Deed.CHANGED: "text", Deed.REMOVED: "warn"}
SIGNS = {Deed.ADDED: "+", Deed.CHANGED: "", Deed.REMOVED: "−"}
NAMED = 4
"""Changed paths that a line names."""
EVERY_S = 2.0


class EntityPanel(QWidget):
    """Versions at the left, the state and what has just changed in it at the right, a slider over both."""

    def __init__(self, session: Session, look: Look, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._session, self._look = session, look
        self.entity: Entity | None = None
        self.versions: tuple[Version, ...] = ()
        self._off: set[ChannelId] = set()
        """Channels that do not count."""
        self._row: int | None = None
        self._stop = threading.Event()
        self._background = Background(self)
        self._background.failed.connect(self._say)
        self.title = Elided(role=Role.HEAD)
        self.title.setMinimumWidth(110)
        self.counts = Text(role=Role.SECONDARY, tone="dim")
        self.folding = Choice(look)
        self.folding.addItems(list(FOLDINGS.values()))
        self.folding.setAccessibleName("How the state is folded")
        self.folding.currentIndexChanged.connect(lambda _at: self._arrange())
        self.channels = Button(look, "Channels", "flat", icon="caret-down", tip="Which channels count")
        self.channels.setMenu(QMenu(self))
        self.slider = VersionSlider(look)
        self.slider.moved.connect(self._pick)
        self.at = Text(role=Role.SECONDARY, tone="dim")
        self.lines = Lines(VERSIONS, self)
        self.table = Table(look, VERSIONS, "Versions")
        self.table.setModel(self.lines)
        self.table.chosen.connect(self._pick)
        self.tree_model = StateTree(self)
        self.tree = QTreeView()
        self.tree.setModel(self.tree_model)
        self.tree.setItemDelegate(CellDelegate(look, self.tree))
        self.tree.setHeaderHidden(True)
        self.tree.setUniformRowHeights(True)
        self.tree.setIndentation(14)
        self.tree.setAccessibleName("State")
        self.tree.setColumnWidth(0, 150)
        self.tree.activated.connect(self.tree_model.more)
        self.tree.clicked.connect(self.tree_model.more)
        look.changed.connect(self.tree.viewport().update)
        self.changes = Lines(CHANGES, self)
        changes = Table(look, CHANGES, "What this version changed")
        changes.setModel(self.changes)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        for part, size in ((self.table, 540), (self.tree, 270), (changes, 250)):
            self.split.addWidget(part)
            part.setMinimumWidth(150)
            self.split.setStretchFactor(self.split.count() - 1, size)
        self.split.setSizes([540, 270, 250])
        self.remarks = Text(role=Role.SECONDARY, tone="dim", wrap=True)
        self._nothing = Text(EMPTY, tone="dim", wrap=True)
        self._stack = QStackedWidget()
        empty = QWidget()
        go = Button(look, "Go to the events").follow(actions["events.show"])
        empty.setLayout(column(self._nothing, 4, row(go, None), None, margins=(16, 14, 16, 14)))
        self._stack.addWidget(empty)
        self._stack.addWidget(self._full_page())
        self.setLayout(column(self._stack))
        session.record_changed.connect(self._selected)
        session.opened.connect(self.forget)
        session.zone_changed.connect(self._arrange)
        session.rows_changed.connect(session.turns.take(self._grown, every_s=EVERY_S))

    def _full_page(self) -> QWidget:
        page = QWidget()
        bar = row(self.title, 4, self.counts, None, gap=4, margins=(12, 3, 8, 3))
        bar.addWidget(self.channels)
        bar.addWidget(self.folding)
        bar.setStretch(0, 1)
        line = row(self.slider, 4, self.at, margins=(8, 2, 12, 2))
        line.setStretch(0, 1)
        foot = row(self.remarks, margins=(12, 3, 12, 3))
        made = column(bar, Rule(), line, Rule(), self.split, Rule(), foot, gap=0)
        made.setStretch(4, 1)
        page.setLayout(made)
        return page

    # What is shown

    def read_again(self) -> None:
        """Read the history of the key of the event that is selected, or was, once more."""
        reader = self._session.reader
        number = self._session.row if self._session.row is not None else self._row
        if reader is None or number is None:
            self._say(EMPTY)
            return
        self._row = number
        self._stop.set()
        stop = self._stop = threading.Event()
        sight = self._session.sight.fetching()
        self._background.ask(lambda: _read(reader, number, sight, stop), self._take)
        if self.entity is None:
            self._say("Reading the events of the key.")

    def forget(self) -> None:
        """Another capture is looked at."""
        self._background.cancel()
        self.entity, self.versions, self._row = None, (), None
        self._off.clear()
        self._say(EMPTY)

    def close_background(self) -> None:
        """Wait for what runs in the background."""
        self._stop.set()
        self._background.close()

    def _take(self, found: tuple[Entity, str] | None) -> None:
        if found is None:
            self.entity = None
            self._say(NO_KEY)
            return
        entity, key = found
        self.title.setText(key)
        if self.entity is None or self.entity.key != entity.key:
            self._off.clear()
        elif entity == self.entity:
            return
        self.entity = entity
        self._show_channels(entity)
        self._stack.setCurrentIndex(1)
        self._arrange()
        # A page that was never laid out scrolls nowhere.
        QTimer.singleShot(0, self, self._scroll)

    def _show_channels(self, entity: Entity) -> None:
        """Offer to leave channels out."""
        menu = self.channels.menu()
        menu.clear()
        for channel in entity.channels:
            made = menu.addAction(channel.name)
            made.setCheckable(True)
            made.setChecked(channel not in self._off)
            made.toggled.connect(lambda on, channel=channel: self._switch(channel, on=on))

    def _switch(self, channel: ChannelId, *, on: bool) -> None:
        (self._off.discard if on else self._off.add)(channel)
        self._arrange()

    def _arrange(self) -> None:
        entity = self.entity
        if entity is None:
            return
        how = list(FOLDINGS)[self.folding.currentIndex()]
        kept = [channel for channel in entity.channels if channel not in self._off]
        self.versions = versions(entity, how, kept)
        every = figures.plural(len(entity.channels), "channel")
        self.channels.setText(f"{len(kept):,} of {every}" if len(kept) < len(entity.channels) else every)
        self.counts.setText(self._summary())
        self.remarks.setText(self._remarks(entity))
        self.lines.show([self._line(number, each) for number, each in enumerate(self.versions)])
        self._show_version(self._place())

    def _place(self) -> int:
        """The version of the event that is selected, else the newest."""
        row_ = self._session.row if self._session.row is not None else self._row
        numbers = (number for number, each in enumerate(self.versions) if each.event.row == row_)
        return next(numbers, len(self.versions) - 1)

    def _show_version(self, number: int) -> None:
        self.slider.show_versions(self.versions, max(0, number))
        self.table.choose(number)
        self._scroll()
        if not self.versions:
            self.at.setText("")
            self.tree_model.show_state(None, ())
            self.changes.show([])
            return
        version = self.versions[number]
        self.at.setText(f"Version {number + 1:,} of {len(self.versions):,}")
        fresh = number == 0 or self.versions[number - 1].state is None
        self.tree_model.show_state(version.state, () if fresh else version.changes)
        self.tree.expandToDepth(0)
        for index in self.tree_model.changed_rows() if len(version.changes) < 60 else ():
            self.tree.expand(index)
        self.changes.show([_change(at, change) for at, change in enumerate(version.changes)])

    def _scroll(self) -> None:
        self.table.scrollTo(self.lines.index(max(0, self._place()), 0))

    def _say(self, sentence: str) -> None:
        self._nothing.setText(sentence)
        self._stack.setCurrentIndex(0)

    def _summary(self) -> str:
        parts = [figures.plural(len(self.versions), "version")]
        if len(self.versions) > 1:
            took = self.versions[-1].event.time_ns - self.versions[0].event.time_ns
            parts.append(wording.duration(took / 1e6))
        return " · ".join(parts)

    def _remarks(self, entity: Entity) -> str:
        said = []
        if entity.earlier:
            said.append(f"{figures.plural(entity.earlier, 'earlier event')} left out of the state.")
        if gaps := sum(bool(each.event.gap) for each in self.versions):
            said.append(f"Before {figures.plural(gaps, 'version')} something was not captured.")
        elif not entity.coverage_known:
            said.append("What was not captured of these channels is not known: versions may be missing.")
        if unread := sum(bool(each.event.unread) for each in self.versions):
            said.append(f"{figures.plural(unread, 'event')} could not be folded.")
        return " ".join(said) or "Every event of these channels was captured between the first and the last."

    def _line(self, number: int, version: Version) -> Line:
        event = version.event
        words, tone = _changed(version)
        cells = (
            Cell(f"{number + 1:,}", Role.SECONDARY, "dim", right=True),
            Cell(figures.clock(event.time_ns, self._session.zone), Role.CELL, "dim"),
            Cell(event.channel.name, mark=ChannelMark(event.channel.kind), middle=True),
            Cell(event.type, Role.NAME, mark=TypeMark(event.type))
            if event.type
            else Cell("not named", tone="faint", italic=True),
            Cell(words, tone=tone, aside="gap before" if event.gap else ""),
        )
        tip = "\n".join(part for part in (event.gap, event.unread, str(event.position)) if part)
        return Line(event.row, cells, number, "act" if event.gap else "", tip)

    # What is current

    def _selected(self) -> None:
        record = self._session.row
        if record is None:
            return
        if any(each.event.row == record for each in self.versions):
            self._show_version(self._place())
        elif self.isVisible():
            self.read_again()

    def _pick(self, number: int) -> None:
        if number is not None and 0 <= number < len(self.versions):
            self._session.select_row(self.versions[number].event.row)
            self._show_version(number)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        record = self._session.row
        if record is not None and all(each.event.row != record for each in self.versions):
            self.read_again()

    def _grown(self) -> None:
        if self.isVisible() and self._session.live and self.entity is not None and not self._background.busy:
            self.read_again()


def _read(reader: CaptureReader, row: int, sight: Sight, stop: threading.Event) -> tuple[Entity, str] | None:
    """The history, and the key as it may be shown; None where the event has no key."""
    record = reader.record(row)
    if record.key is None:
        return None
    shown = sight.record(record).key or b""
    entity = history(reader, record.key, mask=sight.record, decode=sight.value, stop=stop.is_set)
    return None if entity is None else (entity, readable(shown, cut=True) or shown.hex(" ") or "empty key")


def _changed(version: Version) -> tuple[str, str]:
    """What a version changed in one line, and its tone."""
    event = version.event
    if event.tombstone:
        return "deleted (null value)", "text"
    if event.unread:
        return event.unread, "faint"
    if not version.changes:
        return "nothing", "faint"
    named = [f"{SIGNS[each.deed]}{each.path or 'all'}" for each in version.changes[:NAMED]]
    more = len(version.changes) - NAMED
    return ", ".join(named) + (f" and {more:,} more" if more > 0 else ""), "text"


def _change(number: int, change: Change) -> Line:
    gone, new = change.deed is Deed.REMOVED, change.deed is Deed.ADDED
    cells = (
        Cell(f"{SIGNS[change.deed]}{change.path or 'all'}", Role.CELL, TONES[change.deed], middle=True),
        Cell("" if new else short(change.before), Role.CELL, "dim"),
        Cell("" if gone else short(change.after), Role.CELL, "faint" if gone else "text"),
    )
    tip = f"{change.path}\n{short(change.before)} → {short(change.after)}"
    return Line(number, cells, number, tip=tip)
