"""The left panel: servers with their channels, applications, what is hidden, and what cannot be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QAction, QHelpEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QToolTip, QTreeWidget, QTreeWidgetItem, QWidget

from graph.identity import ApplicationId, ChannelId, ServerId, Subject
from graph.model import Application, ApplicationKind
from graph.view.shown import Shown
from gui.canvas import wording
from gui.fonts import Role
from gui.look import Look
from gui.panels.details_evidence import TONES, worst_of_all
from gui.panels.hidden import HiddenSection
from gui.parts.buttons import Button, tool
from gui.parts.cells import CELL, SUBJECT, Cell, CellDelegate
from gui.parts.marks import ApplicationMark, ChannelMark, DotMark
from gui.parts.text import Elided, Rule, Text, column, emptied, row
from gui.session import Session
from inspector.link import ConnectionState

DOTS = {ConnectionState.LIVE: "ok", ConnectionState.LOST: "act", ConnectionState.REFUSED: "run"}
MOST_NOT_VISIBLE = 3
ITEMS = 6
"""Items of a tree that are changed in one turn: to paint them takes longer than to change them."""
Item = tuple[Subject, Subject | None, Cell, Cell]
"""Subject, the one it lies in, and the two cells."""


class Tree(QTreeWidget):
    """Two columns, name and figure; items are kept by what they are about and updated in place."""

    chosen = Signal(object)

    def __init__(self, look: Look, name: str, describe: Callable[[Subject], str]) -> None:
        super().__init__()
        self._describe = describe
        self.setAccessibleName(name)
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIndentation(10)
        self.setRootIsDecorated(True)
        self.setExpandsOnDoubleClick(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setItemDelegate(_Plain(look, self))
        heads = self.header()
        heads.setStretchLastSection(False)
        heads.setMinimumSectionSize(20)
        heads.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        heads.setSectionResizeMode(1, QHeaderView.ResizeMode.Fixed)
        self.setColumnWidth(1, 48)
        self._items: dict[Subject, QTreeWidgetItem] = {}
        self._next = 0
        """The place at which the next turn goes on."""
        self.currentItemChanged.connect(self._current)
        look.changed.connect(self.viewport().update)

    def _current(self, item: QTreeWidgetItem | None, _old: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(0, SUBJECT))

    def show_items(self, wanted: Iterable[Item], most: int | None = None) -> bool:
        """Show items, in order; with `most` that many changed ones at most; whether some are left."""
        listed = list(wanted)
        changed = 0
        order = [(subject, parent) for subject, parent, _, _ in listed]
        if order != [(s, self._parent_of(i)) for s, i in self._items.items()]:
            self._rebuild(listed)
        for number in range(len(listed)):
            at = (self._next + number) % len(listed)
            subject, _parent, name, figure = listed[at]
            item = self._items[subject]
            same = item.data(0, CELL) == name, item.data(1, CELL) == figure
            changed += not all(same)
            if most is not None and changed > most:
                self._next = at
                return True
            _fill(item, name if not same[0] else None, figure if not same[1] else None)
        return False

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            item = self.itemAt(event.pos())
            words = self._describe(item.data(0, SUBJECT)) if item is not None else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().viewportEvent(event)

    def _parent_of(self, item: QTreeWidgetItem) -> Subject | None:
        parent = item.parent()
        found: Subject | None = None if parent is None else parent.data(0, SUBJECT)
        return found

    def _rebuild(self, listed: list[Item]) -> None:
        """Other items in another order; those that stay keep what they say until their turn comes."""
        self.blockSignals(True)
        said = {s: (item.data(0, CELL), item.data(1, CELL)) for s, item in self._items.items()}
        closed = {
            subject for subject, item in self._items.items() if item.childCount() and not item.isExpanded()
        }
        item_now = self.currentItem()
        current = None if item_now is None else item_now.data(0, SUBJECT)
        place = self.verticalScrollBar().value()
        self.clear()
        self._items = {}
        for subject, parent, *cells in listed:
            above = self.invisibleRootItem() if parent is None else self._items[parent]
            item = QTreeWidgetItem(above)
            item.setData(0, SUBJECT, subject)
            item.setSizeHint(0, QSize(40, 22))
            _fill(item, *said.get(subject, cells))
            self._items[subject] = item
        for subject, item in self._items.items():
            item.setExpanded(subject not in closed)
        if current in self._items:
            self.setCurrentItem(self._items[current])
        self.verticalScrollBar().setValue(place)
        self.blockSignals(False)

    def choose(self, subject: Subject | None) -> None:
        """Make an item current without telling."""
        self.blockSignals(True)
        item = self._items.get(subject) if subject is not None else None
        if item is not None:
            self.setCurrentItem(item)
        else:
            self.setCurrentIndex(QModelIndex())
            self.clearSelection()
        self.blockSignals(False)
        self.viewport().update()


def _fill(item: QTreeWidgetItem, name: Cell | None, figure: Cell | None) -> None:
    """Change what an item says; None leaves it."""
    if name is not None:
        item.setData(0, CELL, name)
        item.setText(0, name.text)
    if figure is not None:
        item.setData(1, CELL, figure)


class _Plain(CellDelegate):
    """Cells without the tint of every second row."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent, tinted=False, pad=4)


class BrowsePanel(QWidget):
    """Everything by name."""

    def __init__(self, session: Session, look: Look, connect: QAction, problems: QAction) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._session = session
        self._blind: object = None
        self._count = Elided(role=Role.SECONDARY, tone="dim")
        self.servers = Tree(look, "Servers and channels", self._tip)
        self.applications = Tree(look, "Applications", self._tip)
        self.applications.setRootIsDecorated(False)
        self.applications.setIndentation(0)
        for tree in (self.servers, self.applications):
            tree.chosen.connect(session.select)
        self.hidden = HiddenSection(look)
        self.hidden.noise_changed.connect(lambda _noise: self.servers.show_items(self._channels()))
        self._not_visible = column(gap=1)
        self._more = Button(look, "Show all", "link", run=problems.trigger, tip=problems.toolTip())
        self._blind_count = Text(role=Role.SECONDARY, tone="dim")
        head = row(Text("Not visible", Role.SECTION), None, self._blind_count)
        blind = column(head, 4, self._not_visible, row(self._more, None), gap=2, margins=(14, 12, 14, 12))
        layout = column(
            row(Text("Servers", Role.SECTION), None, tool(connect), margins=(14, 8, 8, 2)),
            row(self.servers, margins=(6, 0, 6, 0)),
            Rule(),
            row(Text("Applications", Role.SECTION), None, self._count, margins=(14, 10, 14, 4)),
            row(self.applications, margins=(10, 0, 6, 0)),
            Rule(),
            self.hidden,
            Rule(),
            blind,
            gap=0,
        )
        layout.setStretch(1, 3)
        layout.setStretch(4, 2)
        self.setLayout(layout)
        for piece in (self._some_channels, self._some_applications, self._rest):
            session.graph_changed.connect(session.turns.take(piece))
        session.connections_changed.connect(self.refresh)
        session.selection_changed.connect(self._choose)
        session.opened.connect(self.refresh)
        self.refresh()

    def show_hidden(self, shown: Shown) -> None:
        """Say what each setting of a view hides, or would hide."""
        internal = self.hidden.internal
        self.hidden.show_hidden(shown)
        if internal != self.hidden.internal:
            self.servers.show_items(self._channels())

    def refresh(self) -> None:
        """Show what the graph has now."""
        self.servers.show_items(self._channels())
        self.applications.show_items(self._applications())
        self._rest()

    def _some_channels(self) -> bool:
        return self.servers.show_items(self._channels(), ITEMS)

    def _some_applications(self) -> bool:
        return self.applications.show_items(self._applications(), ITEMS)

    def _rest(self) -> None:
        graph = self._session.graph
        nameless = sum(app.name is None for app in graph.applications.values())
        self._count.setText(
            f"{len(graph.applications):,}" + (f" · {nameless:,} unattributed" if nameless else "")
        )
        self._show_blind()

    def _choose(self) -> None:
        subject = self._session.selection
        self.servers.choose(subject if isinstance(subject, ServerId | ChannelId) else None)
        self.applications.choose(subject if isinstance(subject, ApplicationId) else None)

    def _channels(self) -> Iterable[Item]:
        graph, connections = self._session.graph, self._session.connections
        bad = worst_of_all(graph)
        for server in sorted({*graph.servers, *connections}):
            known = graph.servers.get(server)
            mine = sorted(
                (c for c in graph.channels.values() if c.id.server == server), key=lambda c: c.id.name
            )
            report = connections.get(server)
            dot = DOTS.get(report.state, "faint") if report else "faint"
            rate = wording.rate(sum(channel.rate_per_s or 0.0 for channel in mine))
            name = Cell(known.name if known else server.address, Role.HEAD, mark=DotMark(dot), middle=True)
            state = report.state.value if report and report.state is not ConnectionState.LIVE else ""
            yield (
                server,
                None,
                name,
                Cell(state or rate, Role.SECONDARY, "warn" if state else "dim", right=True),
            )
            for channel in mine:
                if channel.internal and self.hidden.internal:
                    continue
                status = bad.get(channel.id)
                tone = TONES.get(status, "") if status else ""
                ink = tone.replace("act", "warn")
                yield (
                    channel.id,
                    server,
                    Cell(channel.id.name, mark=ChannelMark(channel.id.kind, status), middle=True),
                    Cell(
                        wording.rate(channel.rate_per_s) or "?",
                        Role.HEAD if tone == "run" else Role.SECONDARY,
                        ink or "dim",
                        right=True,
                    ),
                )

    def _applications(self) -> Iterable[Item]:
        graph = self._session.graph
        bad = worst_of_all(graph)

        def order(application: Application) -> tuple[bool, str]:
            return application.kind is ApplicationKind.UNATTRIBUTED, wording.name(application)

        for application in sorted(graph.applications.values(), key=order):
            nameless = application.name is None
            words = application.detail or "Unattributed" if nameless else wording.name(application)
            mark = ApplicationMark(bad.get(application.id), nameless)
            late = application.lag is not None and application.lag >= wording.NOTABLE_LAG
            figure = f"lag {application.lag:,}" if late else ""
            yield (
                application.id,
                None,
                Cell(
                    words,
                    mark=mark,
                    italic=nameless,
                    middle=True,
                ),
                Cell(figure, Role.SECONDARY, "warn", right=True),
            )

    def _tip(self, subject: Subject) -> str:
        if isinstance(subject, ServerId):
            report = self._session.connections.get(subject)
            return f"{subject}\n{report.message}".strip() if report else str(subject)
        assert isinstance(subject, ChannelId | ApplicationId)
        return wording.describe_node(self._session.graph, subject)

    def _show_blind(self) -> None:
        blind = self._session.graph.unavailable
        shown = len(blind), blind[:MOST_NOT_VISIBLE], bool(self._session.graph.servers)
        if shown == self._blind:
            return
        self._blind = shown
        self._blind_count.setText(f"{len(blind):,}")
        self._more.setVisible(len(blind) > MOST_NOT_VISIBLE)
        emptied(self._not_visible)
        if not blind:
            none = (
                "Everything that was asked for could be read."
                if self._session.graph.servers
                else "Nothing has been asked for yet."
            )
            self._not_visible.addWidget(Text(none, Role.SECONDARY, "dim", wrap=True))
        for item in blind[:MOST_NOT_VISIBLE]:
            self._not_visible.addWidget(Elided(item.what, tone="warn"))
            self._not_visible.addWidget(Elided(item.remedy, Role.SECONDARY, "dim"))

    def sizeHint(self) -> QSize:
        return QSize(216, 600)
