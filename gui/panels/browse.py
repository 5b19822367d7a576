"""The left panel: servers with their channels, applications, what is hidden, and what cannot be seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QAction, QHelpEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QToolTip, QTreeWidget, QTreeWidgetItem, QWidget

from graph.identity import ApplicationId, ChannelId, NodeId, ServerId, Subject
from graph.model import ApplicationKind, DependencyGraph, LoopStatus
from graph.view.shown import Shown
from gui.canvas.scene import wording
from gui.fonts import Role
from gui.look import Look
from gui.panels.details_evidence import TONES, worst_of_all
from gui.panels.hidden import HiddenSection
from gui.parts.bands import Bands
from gui.parts.buttons import Button, tool
from gui.parts.cells import CELL, SUBJECT, Cell, CellDelegate
from gui.parts.marks import ApplicationMark, ChannelMark, DotMark
from gui.parts.text import Elided, Rule, Text, column, emptied, row
from gui.session import Session
from inspector.link import ConnectionState

DOTS = {ConnectionState.LIVE: "ok", ConnectionState.LOST: "act", ConnectionState.REFUSED: "run"}
MOST_NOT_VISIBLE = 3
FEW = 100
"""Up to so many items come and go one by one; for more the tree is made anew."""
Order = list[tuple[Subject, Subject | None]]
"""Subjects, each with the one that it lies in."""


class _Item(QTreeWidgetItem):
    """Something by its name. What it says is asked for when it is painted."""

    def __init__(self, subject: Subject, cells: Callable[[Subject], tuple[Cell, Cell]]) -> None:
        super().__init__()
        self.subject = subject
        self._cells = cells

    def data(self, column: int, role: int) -> Any:
        match role:
            case Qt.ItemDataRole.SizeHintRole:
                return QSize(40, 22)
            case _ if role == SUBJECT:
                return self.subject
            case _ if role == CELL:
                return self._cells(self.subject)[column]
            case Qt.ItemDataRole.DisplayRole:
                return self._cells(self.subject)[column].text
        return None


class Tree(QTreeWidget):
    """Two columns, name and figure, of what is looked at alone: there may be thousands."""

    chosen = Signal(object)

    def __init__(
        self,
        look: Look,
        name: str,
        describe: Callable[[Subject], str],
        cells: Callable[[Subject], tuple[Cell, Cell]],
    ) -> None:
        super().__init__()
        self._describe, self._cells = describe, cells
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
        self._bands = Bands(self.viewport())
        self._items: dict[Subject, _Item] = {}
        self._order: Order = []
        self.currentItemChanged.connect(self._current)
        look.changed.connect(self.viewport().update)

    def _current(self, item: QTreeWidgetItem | None, _old: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(0, SUBJECT))

    def show_items(self, order: Order) -> None:
        """Show items; what they say may be otherwise, too."""
        if order != self._order:
            self.blockSignals(True)
            if not self._amend(order):
                self._rebuild(order)
            self.blockSignals(False)
            self._order = order
            self.viewport().update()
        else:
            self._bands.paint()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() is QEvent.Type.ToolTip:
            item = self.itemAt(event.pos())
            words = self._describe(item.data(0, SUBJECT)) if item is not None else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().viewportEvent(event)

    def _amend(self, order: Order) -> bool:
        """Let few items come and go one by one; False where there are more, or others lie otherwise."""
        now, were = dict(order), dict(self._order)
        stay = [each for each in order if each[0] in were]
        if len(stay) < max(len(order), len(were)) - FEW or stay != [e for e in self._order if e[0] in now]:
            return False
        for subject, parent in self._order:
            if subject not in now and (parent is None or parent in now):
                self._take(self._items[subject], parent)
        self._items = {subject: item for subject, item in self._items.items() if subject in now}
        place: dict[Subject | None, int] = {}
        for subject, parent in order:
            at = place[parent] = place.get(parent, -1) + 1
            if subject not in were:
                self._put(subject, parent, at)
                self._items[subject].setExpanded(True)
        return True

    def _put(self, subject: Subject, parent: Subject | None, at: int) -> None:
        item = self._items[subject] = _Item(subject, self._cells)
        if parent is None:
            self.insertTopLevelItem(at, item)
        else:
            self._items[parent].insertChild(at, item)

    def _take(self, item: _Item, parent: Subject | None) -> None:
        if parent is None:
            self.takeTopLevelItem(self.indexOfTopLevelItem(item))
        else:
            self._items[parent].removeChild(item)

    def _rebuild(self, order: Order) -> None:
        closed = {
            subject for subject, item in self._items.items() if item.childCount() and not item.isExpanded()
        }
        item_now = self.currentItem()
        current = None if item_now is None else item_now.data(0, SUBJECT)
        scrolled = self.verticalScrollBar().value()
        self.clear()
        self._items = {}
        place: dict[Subject | None, int] = {}
        for subject, parent in order:
            at = place[parent] = place.get(parent, -1) + 1
            self._put(subject, parent, at)
        for subject, item in self._items.items():
            if item.childCount():
                item.setExpanded(subject not in closed)
        if current in self._items:
            self.setCurrentItem(self._items[current])
        self.verticalScrollBar().setValue(scrolled)

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
        self._listed: tuple[set[ChannelId], set[ServerId]] = set(), set()
        """The channels and servers in `_order`."""
        self._order: Order = []
        self._named: list[tuple[bool, str, ApplicationId]] = []
        """The applications in `_sorted`, with what they are sorted by."""
        self._sorted: Order = []
        self._said: tuple[DependencyGraph, dict[NodeId, LoopStatus], dict[Subject, tuple[Cell, Cell]]]
        """A graph, the worst loops in it, and what was said of it so far."""
        self._said = session.graph, worst_of_all(session.graph), {}
        self._count = Elided(role=Role.SECONDARY, tone="dim")
        self.servers = Tree(look, "Servers and channels", self._tip, self._cells)
        self.applications = Tree(look, "Applications", self._tip, self._cells)
        self.applications.setRootIsDecorated(False)
        self.applications.setIndentation(0)
        for tree in (self.servers, self.applications):
            tree.chosen.connect(session.select)
        self.hidden = HiddenSection(look)
        self.hidden.noise_changed.connect(lambda _noise: self._show_channels())
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
        for piece in (self._show_channels, self._show_applications, self._rest):
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
            self._show_channels()

    def refresh(self) -> None:
        """Show what the graph has now."""
        self._said[2].clear()
        self._show_channels()
        self._show_applications()
        self._rest()

    def _show_channels(self) -> None:
        graph, hides = self._session.graph, self.hidden.internal
        wanted = {key for key, each in graph.channels.items() if not (each.internal and hides)}
        servers = {*graph.servers, *self._session.connections}
        if (wanted, servers) != self._listed:
            self._listed = wanted, servers
            self._order = []
            inside: dict[ServerId, list[ChannelId]] = {}
            for key in sorted(wanted, key=lambda key: key.name):
                inside.setdefault(key.server, []).append(key)
            for server in sorted(servers):
                self._order.append((server, None))
                self._order += [(key, server) for key in inside.get(server, ())]
        self.servers.show_items(self._order)

    def _show_applications(self) -> None:
        named = [
            (each.kind is ApplicationKind.UNATTRIBUTED, wording.name(each), key)
            for key, each in self._session.graph.applications.items()
        ]
        if named != self._named:
            self._named = named
            self._sorted = [(key, None) for _, _, key in sorted(named, key=lambda each: each[:2])]
        self.applications.show_items(self._sorted)

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

    def _cells(self, subject: Subject) -> tuple[Cell, Cell]:
        """What the tree says of something now: its name and its figure."""
        graph = self._session.graph
        if self._said[0] is not graph:
            self._said = graph, worst_of_all(graph), {}
        cells = self._said[2].get(subject)
        if cells is None:
            match subject:
                case ServerId():
                    cells = self._of_server(subject)
                case ChannelId():
                    cells = self._of_channel(subject)
                case ApplicationId():
                    cells = self._of_application(subject)
                case _:
                    raise TypeError(subject)
            self._said[2][subject] = cells
        return cells

    def _of_server(self, server: ServerId) -> tuple[Cell, Cell]:
        graph, report = self._session.graph, self._session.connections.get(server)
        known = graph.servers.get(server)
        dot = DOTS.get(report.state, "faint") if report else "faint"
        rate = sum(each.rate_per_s or 0.0 for key, each in graph.channels.items() if key.server == server)
        state = report.state.value if report and report.state is not ConnectionState.LIVE else ""
        return (
            Cell(known.name if known else server.address, Role.HEAD, mark=DotMark(dot), middle=True),
            Cell(state or wording.rate(rate), Role.SECONDARY, "warn" if state else "dim", right=True),
        )

    def _of_channel(self, key: ChannelId) -> tuple[Cell, Cell]:
        channel, status = self._session.graph.channels.get(key), self._said[1].get(key)
        tone = TONES.get(status, "") if status else ""
        ink = tone.replace("act", "warn")
        rate = wording.rate(channel.rate_per_s) if channel is not None else ""
        return (
            Cell(key.name, mark=ChannelMark(key.kind, status), middle=True),
            Cell(rate or "?", Role.HEAD if tone == "run" else Role.SECONDARY, ink or "dim", right=True),
        )

    def _of_application(self, key: ApplicationId) -> tuple[Cell, Cell]:
        found = self._session.graph.applications.get(key)
        if found is None:
            return Cell(key.key, middle=True), Cell()
        nameless = found.name is None
        words = found.detail or "Unattributed" if nameless else wording.name(found)
        late = found.lag is not None and found.lag >= wording.NOTABLE_LAG
        mark = ApplicationMark(self._said[1].get(key), nameless)
        return (
            Cell(words, mark=mark, italic=nameless, middle=True),
            Cell(f"lag {found.lag:,}" if late else "", Role.SECONDARY, "warn", right=True),
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
