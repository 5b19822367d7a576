"""The window: bars, panels and the picture between them, over one session."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QMainWindow, QSplitter, QStackedWidget, QTabBar, QWidget

from graph.identity import ChannelId, GroupId, LoopId
from gui import figures, fonts, graph_menu
from gui.actions import Actions
from gui.canvas.canvas import GraphCanvas
from gui.commands import Commands
from gui.fonts import Role
from gui.graph_bar import GraphBar
from gui.look import Look
from gui.loop_history import LoopHistory
from gui.notifier import Notifier
from gui.panels import hidden
from gui.panels.browse import BrowsePanel
from gui.panels.chains import ChainsPanel
from gui.panels.changes import ChangesPanel
from gui.panels.charts import ChartsPanel
from gui.panels.details import DetailsPanel
from gui.panels.entity import EntityPanel
from gui.panels.events import EventsPanel
from gui.panels.lists import FindingsPanel, ProblemsPanel
from gui.panels.loops import LoopsPanel
from gui.panels.sql import SqlPanel
from gui.panels.suggestions import SuggestionsPanel
from gui.panels.trail import TrailPanel
from gui.parts.around import Around
from gui.parts.text import Rule, column
from gui.place_keeper import PlaceKeeper
from gui.recent import Remembered
from gui.session import Session
from gui.status_bar import StatusBar
from gui.time_actions import TimeActions
from gui.time_line import TimeLine
from gui.timeline.player import Player
from gui.top_bar import TopBar
from gui.welcome import WelcomePage
from inspector.connection import Connection
from inspector.demo.handle import System
from inspector.project import notes
from inspector.record import Position

log = logging.getLogger("eventscope.window")

SIZE = QSize(1600, 1000)
NARROW = 1400
"""Below this width the right panel gives way."""
LEFT, RIGHT, BOTTOM = 216, 320, 324
LOW = 0.34
"""The most of a window's height that the lists keep when it becomes lower,"""
SHORT, SHORTER = 900, 0.27
"""and what they keep of one that is lower than so many px."""
LISTS = ("Chains", "Findings", "Suggestions", "Charts", "Problems", "Changes")
TABS = ("Events", "Trail", "Entity", "SQL", "Loops", *LISTS)
FILES = (".evs", ".toml")
IMPORTED = (".jsonl", ".ndjson", ".json")
SKIPPED = "The record was sent, and has not been captured: it was skipped to stay within the budget."


@dataclass(frozen=True)
class Starts:
    """What a window asks of the program."""

    connect: Callable[[MainWindow, Connection, bool], object]
    demo: Callable[[MainWindow, System], object]
    open_file: Callable[[MainWindow, Path], object]


class MainWindow(QMainWindow):
    """One capture, live or from a file; until there is one, the welcome page."""

    closed = Signal(object)

    def __init__(
        self, session: Session, look: Look, remembered: Remembered, starts: Starts, version: str
    ) -> None:
        super().__init__()
        self.session, self.look, self.remembered, self.starts = session, look, remembered, starts
        session.setParent(self)
        self.setWindowTitle("Eventscope")
        self.setAcceptDrops(True)
        self.resize(SIZE)
        self.canvas = GraphCanvas(look.theme)
        self.places = PlaceKeeper(session, self.canvas)
        self.actions_ = Actions(look, self)
        self.commands = Commands(self, self.actions_)
        self.history = LoopHistory(session, self)
        self.player = Player(session, self)
        self.times = TimeActions(self)
        self.actions_.add(*self.times.actions())
        actions = self.actions_
        self.top = TopBar(session, look, actions)
        self.graph_bar = GraphBar(look, actions, lambda field: self.canvas.shown.values(field))
        self.time_line = TimeLine(session, look, self.history, self.player, actions)
        self.browse = BrowsePanel(session, look, actions["connect"], actions["problems.show"])
        self.events = EventsPanel(session, look, actions["replay"])
        self.events.hands.offer(actions["trail.show"], actions["entity.show"])
        self.trail = self.commands.trails.panel = TrailPanel(session, look, actions)
        self.entity = EntityPanel(session, look, actions)
        self.sql = SqlPanel(session, look, lambda: self.events.finder.found.in_time)
        self.loops = LoopsPanel(session, look, actions)
        self.chains = ChainsPanel(session, look)
        self.findings = FindingsPanel(session, look)
        self.suggestions = SuggestionsPanel(session, look, actions)
        self.charts = ChartsPanel(session, look, self.history)
        self.problems = ProblemsPanel(session, look)
        self.changes = ChangesPanel(session, look, actions)
        commands = self.commands
        around = Around(look, actions, session.select, commands.identities.split, commands.loops.open_record)
        self.details = DetailsPanel(session, look, around, self.history)
        self.status = StatusBar(session, look, actions)
        self.notifier = Notifier(session, look, self, self.canvas, on=remembered.memory.notify)
        self.welcome = WelcomePage(look, actions, remembered, version)
        self.tabs = QTabBar()
        self._lay_out()
        self._wire()
        self._restore()
        self.refresh()
        self.canvas.setFocus()

    # Set-up

    def _lay_out(self) -> None:
        middle = QWidget()
        middle.setObjectName("bar")
        made = column(self.graph_bar, Rule(), self.canvas, Rule(), self.time_line, gap=0)
        made.setStretch(2, 1)
        middle.setLayout(made)
        self.tabs.setFont(fonts.font(Role.NAME))
        self.tabs.setAccessibleName("Lists under the graph")
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setFixedHeight(32)
        self.pages = QStackedWidget()
        lists = (self.chains, self.findings, self.suggestions, self.charts, self.problems, self.changes)
        for name, page in zip(
            TABS, (self.events, self.trail, self.entity, self.sql, self.loops, *lists), strict=True
        ):
            self.tabs.addTab(name)
            self.pages.addWidget(page)
        self.tabs.currentChanged.connect(self.pages.setCurrentIndex)
        self.tabs.setTabVisible(TABS.index("Changes"), False)
        self.bottom = QWidget()
        self.bottom.setObjectName("bar")
        foot = column(self.tabs, Rule(), self.pages, gap=0)
        foot.setStretch(2, 1)
        self.bottom.setLayout(foot)
        self.centre = _splitter(Qt.Orientation.Vertical, middle, self.bottom)
        self.centre.setStretchFactor(0, 1)
        self.across = _splitter(Qt.Orientation.Horizontal, self.browse, self.centre, self.details)
        self.across.setStretchFactor(1, 1)
        self.browse.setMinimumWidth(180)
        self.browse.setMaximumWidth(360)
        self.details.setMinimumWidth(280)
        self.details.setMaximumWidth(480)
        self.bottom.setMinimumHeight(140)
        work = QWidget()
        work.setObjectName("bar")
        whole = column(self.top, Rule(), self.across, Rule(), self.status, gap=0)
        whole.setStretch(2, 1)
        work.setLayout(whole)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.welcome)
        self.stack.addWidget(work)
        self.setCentralWidget(self.stack)

    def _wire(self) -> None:
        session = self.session
        self.canvas.picked.connect(session.select)
        self.canvas.activated.connect(self._activated)
        self.canvas.menu_wanted.connect(lambda subject, at: graph_menu.show(self, subject, at))
        self.canvas.arranging.connect(self._arranging)
        self.canvas.marked_changed.connect(self.actions_.refresh)
        self.canvas.marked_changed.connect(lambda: self.details.show_marked(self.canvas.marked))
        self.canvas.view_changed.connect(self.commands.hands.looked)
        session.selection_changed.connect(self.commands.hands.looked)
        self.canvas.failed.connect(lambda sentence: session.trouble("canvas", sentence))
        self.canvas.names_hidden.connect(self._names_hidden)
        views = self.commands.views
        self.canvas.view_changed.connect(self._view_changed)
        self.canvas.looked.connect(session.turns.take(self._tell_hidden))
        self.canvas.set_zone(session.zone)
        session.zone_changed.connect(lambda: self.canvas.set_zone(session.zone))
        self.graph_bar.find_field.taken.connect(lambda query: views.change(find=query))
        self.graph_bar.hide_field.taken.connect(lambda query: views.change(hide=query))
        self.browse.hidden.noise_changed.connect(lambda noise: views.change(noise=noise))
        self.browse.hidden.clear_wanted.connect(views.clear)
        menu = self.status.hidden.menu()
        menu.aboutToShow.connect(lambda: hidden.fill(menu, self.canvas.shown, self.browse.hidden))
        self.welcome.form.wanted.connect(lambda connection, keep: self.starts.connect(self, connection, keep))
        self.welcome.file_wanted.connect(lambda path: self.starts.open_file(self, path))
        session.graph_changed.connect(session.turns.take(self._graph))
        session.graph_changed.connect(session.turns.take(self._tell_graph))
        session.compared_changed.connect(session.turns.take(self._graph))
        session.selection_changed.connect(self._selected)
        session.opened.connect(self.refresh)
        session.connections_changed.connect(self.refresh)
        session.refused.connect(self.commands.connect_again)
        self.notifier.wanted.connect(self._show_loop)
        self.chains.followed.connect(self.canvas.set_trail)
        self.trail.lit.connect(self.canvas.set_trail)
        self.trail.played.connect(self.canvas.play_trail)
        self.trail.opened.connect(self.show_row)
        self.trail.changed.connect(self.actions_.refresh)
        self.changes.shown_way.connect(self.canvas.set_trail)
        self.changes.counted.connect(self._count_changes)
        self.player.said.connect(self.status.say)
        self.times.bind(self.canvas, self.time_line.chart)
        session.problems_changed.connect(self._count_tabs)
        session.record_changed.connect(self.actions_.refresh)
        session.lock_changed.connect(lambda _report: self.actions_.refresh())
        session.moment_changed.connect(self.actions_.refresh)
        session.decisions.changed.connect(self.actions_.refresh)
        session.decisions.changed.connect(self._annotate)
        session.decisions.chosen.connect(self.actions_.refresh)
        session.decisions.said.connect(self.status.say)
        self.look.changed.connect(lambda: self.canvas.set_theme(self.look.theme))
        self.look.moved.connect(self._moving)
        self._moving()

    def _restore(self) -> None:
        memory = self.remembered.memory
        if memory.geometry and _seen():
            self.restoreGeometry(QByteArray.fromBase64(memory.geometry.encode()))
        sizes = memory.sizes if _seen() else {}
        self.across.setSizes(sizes.get("across", [LEFT, SIZE.width() - LEFT - RIGHT, RIGHT]))
        self.centre.setSizes(sizes.get("centre", [SIZE.height() - BOTTOM, BOTTOM]))

    # What is shown

    def refresh(self) -> None:
        """Show the page that fits what there is, and which actions can be done."""
        self.stack.setCurrentIndex(0 if self.session.empty else 1)
        self.canvas.set_empty_text(self._why_empty())
        title = self.top.name.text()
        self.setWindowTitle("Eventscope" if title == "Eventscope" else f"{title} · Eventscope")
        self.actions_.refresh()
        self._count_tabs()

    def _why_empty(self) -> str:
        known = self.canvas.shown.whole
        if nodes := len(known.applications) + len(known.channels):
            count = figures.plural(nodes, "node")
            return f"Nothing fits what the view asks for: {count} hidden. Alt+A shows all again."
        if not self.session.live:
            return "This capture knows of no application and no channel."
        lost = [each.message for each in self.session.connections.values() if each.message]
        return lost[0] if lost else "Waiting for the server to say what is there."

    def _graph(self) -> None:
        compared = self.session.compared
        self.places.expect(self.session.drawn)
        self.canvas.set_graph(self.session.drawn)
        self._annotate()
        self.canvas.set_marks(compared.marks if compared is not None else {})

    def _moving(self) -> None:
        self.canvas.set_motion(self.look.motion)
        self.actions_.refresh()

    def _arranging(self, words: str) -> None:
        self.status.say(words)
        self.actions_.refresh()

    def _annotate(self) -> None:
        self.canvas.set_notes(notes.notes(self.session.decisions.project, self.session.drawn))

    def _tell_graph(self) -> None:
        self._count_tabs()
        self.actions_.refresh()

    def _selected(self) -> None:
        self.canvas.select(self.session.selection)
        if self.session.selection is not None:
            self.canvas.reveal(self.session.selection)
        self.actions_.refresh()
        if self.width() < NARROW:
            self.details.setVisible(self.session.selection is not None)

    def _activated(self, subject: object) -> None:
        self.session.select(subject)  # type: ignore[arg-type]
        if isinstance(subject, GroupId):
            expanded = not self.actions_.why_not("group.collapse")
            self.actions_["group.collapse" if expanded else "group.expand"].trigger()
        else:
            self.show_tab("Events")

    def _show_loop(self, loop: LoopId) -> None:
        if self.isMinimized():
            self.showNormal()
        self.raise_()
        self.activateWindow()
        self.session.look_at(None)
        self.session.select(loop)
        self.actions_["loop.focus"].trigger()

    def _names_hidden(self, count: int) -> None:
        self.status.say(f"{count} names hidden for want of room" if count else "")

    def _count_tabs(self) -> None:
        graph = self.session.graph
        for name, count in (
            ("Loops", len(graph.loops)),
            ("Chains", len(graph.chains)),
            ("Findings", len(graph.findings)),
            ("Suggestions", len(graph.suggestions)),
            ("Problems", self.problems.open_count),
        ):
            self.tabs.setTabText(TABS.index(name), f"{name} {count:,}" if count else name)

    def _count_changes(self, count: int | None) -> None:
        number = TABS.index("Changes")
        if count is None:
            self.tabs.setTabVisible(number, False)
            return
        self.tabs.setTabText(number, f"Changes {count:,}" if count else "Changes")
        if not self.tabs.isTabVisible(number):
            self.tabs.setTabVisible(number, True)
            self.show_tab("Changes")

    def follow_type(self, name: str) -> None:
        """Show only where an event type is, and who deals with it."""
        self.commands.views.follow_type(name)

    def _tell_hidden(self) -> None:
        self.browse.show_hidden(self.canvas.shown)
        self.status.show_hidden(hidden.total(self.canvas.shown))
        if not self.canvas.shown.places:
            self.canvas.set_empty_text(self._why_empty())

    def _view_changed(self) -> None:
        self.graph_bar.show_view(self.canvas.view)
        self._tell_hidden()
        self.actions_.refresh()
        self.details.refresh()

    def show_tab(self, name: str) -> None:
        """Bring a tab at the bottom to the front."""
        self.bottom.setVisible(True)
        self.tabs.setCurrentIndex(TABS.index(name))

    def show_row(self, number: int) -> None:
        """Show a row of the capture in the list of events."""
        self.show_tab("Events")
        self.events.show_row(number)

    def show_record(
        self, channel: ChannelId, position: Position, missing: str = SKIPPED, tries: int = 20
    ) -> None:
        """Select a record in the list as soon as it has been captured; `missing` is said where it is not."""
        reader = self.session.reader
        number = reader.find(channel, position) if reader is not None else None
        self.show_tab("Events")
        if number is not None and self.events.show_row(number):
            self.status.say("")
        elif tries and self.session.live:
            self.status.say("Waiting until the record has been captured.")
            QTimer.singleShot(250, self, lambda: self.show_record(channel, position, missing, tries - 1))
        else:
            self.status.say(missing)

    # Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        was, now = event.oldSize().width(), event.size().width()
        if event.size().height() < event.oldSize().height() or event.oldSize().height() < 0:
            QTimer.singleShot(0, self, self._lower)
        if (was >= NARROW or was < 0) and now < NARROW:
            self.details.setVisible(self.session.selection is not None)
        elif was < NARROW <= now:
            self.details.setVisible(True)

    def _lower(self) -> None:
        """Leave the picture its part of a window that became lower."""
        most = int((LOW if self.height() >= SHORT else SHORTER) * self.height())
        if self.bottom.isVisible() and self.bottom.height() > most:
            self.centre.setSizes([self.centre.height() - most, most])

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.toLocalFile().endswith(FILES + IMPORTED) for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        for url in event.mimeData().urls():
            if url.toLocalFile().endswith(FILES):
                self.starts.open_file(self, Path(url.toLocalFile()))
        paths = (Path(url.toLocalFile()) for url in event.mimeData().urls())
        if wanted := [path for path in paths if path.suffix in IMPORTED]:
            self.commands.import_files(wanted)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            # Who comes back from an editor finds what was written there.
            self.session.decisions.reload()

    def closeEvent(self, event: QCloseEvent) -> None:
        # Ending the engine takes a moment; nobody needs to look at that.
        self.hide()
        memory = self.remembered.memory
        if _seen():
            memory.geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        if not self.session.empty and _seen():
            memory.sizes = {"across": self.across.sizes(), "centre": self.centre.sizes()}
        memory.theme, memory.utc = self.look.chosen.name, self.session.utc
        self.remembered.save()
        self.places.write()
        working = (self.canvas, self.events, self.time_line, self.history, self.chains, self.charts)
        for panel in (*working, self.trail, self.entity, self.sql, self.welcome.form):
            panel.close_background()
        self.notifier.close()
        self.session.close()
        super().closeEvent(event)
        self.closed.emit(self)


def _seen() -> bool:
    """Whether there is a screen, whose size is worth remembering."""
    return QGuiApplication.platformName() not in ("offscreen", "minimal")


def _splitter(way: Qt.Orientation, *widgets: QWidget) -> QSplitter:
    made = QSplitter(way)
    made.setHandleWidth(1)
    made.setChildrenCollapsible(False)
    for widget in widgets:
        made.addWidget(widget)
    return made
