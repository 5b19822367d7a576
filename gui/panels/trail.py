"""The Trail tab: what caused the selected event and what it caused, as a list, a sequence and a waterfall."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QButtonGroup, QMenu, QSplitter, QStackedWidget, QWidget

from gui.actions import Actions
from gui.background import Background
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, Tick, tool
from gui.parts.tables import Lines, Table
from gui.parts.text import Elided, Rule, Text, column, row
from gui.session import Session
from gui.trail import lighting, listing, rows
from gui.trail.diagram import NOTCH, Diagram
from gui.trail.rows import ROW, Order, Shown
from gui.trail.sequence import SequenceDiagram
from gui.trail.waterfall import Waterfall
from gui.trail_actions import NO_TRAIL
from inspector.exchange.selection import SeenCapture
from inspector.trails.folding import MANY
from inspector.trails.follow import follow
from inspector.trails.trail import Step, Trail

EMPTY = "Select an event to see what caused it and what it caused, through all channels."
EVERY_S = 2.0
"""How often at most a trail is followed anew while events come in."""
COPIES = ("trail.copy-mermaid", "trail.copy-picture", "trail.copy-json")
FORMS = ("Sequence", "Waterfall")


class TrailPanel(QWidget):
    """Follows the event that is selected; one that is on the trail already is only made current."""

    lit = Signal(object, object)
    """The edges to light in the graph, and by channel the time since the trail began; none to put it out."""
    played = Signal(object, object)
    """Legs to play, and the same times."""
    opened = Signal(int)
    """A row of the capture is to be shown among the events."""
    changed = Signal()
    """Another trail is shown, or none."""

    def __init__(self, session: Session, look: Look, actions: Actions) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._session, self._look, self._actions = session, look, actions
        self.shown: Shown | None = None
        self._trail: Trail | None = None
        self._wanted: int | None = None
        """The row whose trail is shown or looked for."""
        self._order = Order.TIME
        self._opened: frozenset[int] = frozenset()
        self._lighting = False
        self._stop = threading.Event()
        self._background = Background(self)
        self._background.failed.connect(self._say)
        self.title = Elided(role=Role.HEAD)
        self.counts = Text(role=Role.SECONDARY, tone="dim")
        self.forms = [Button(look, name, "tab") for name in FORMS]
        group = QButtonGroup(self)
        for number, chip in enumerate(self.forms):
            chip.setCheckable(True)
            group.addButton(chip, number)
        self.forms[0].setChecked(True)
        group.idClicked.connect(self.show_form)
        self.fold = Tick(look, "Fold repeats")
        self.fold.setToolTip("Show alike records and laps of a loop as one")
        self.fold.clicked.connect(lambda _on=False: self._arrange())
        self.guesses = Tick(look, "Guesses")
        self.guesses.setToolTip("Link by the same key and time, too, where nothing better is known")
        self.guesses.setChecked(True)
        self.guesses.clicked.connect(lambda _on=False: self.follow_again())
        self.light = Tick(look, "Light in the graph")
        self.light.setChecked(True)
        self.light.clicked.connect(lambda _on=False: self._light())
        self.lines = Lines(listing.COLUMNS, self)
        self.table = Table(look, listing.COLUMNS, "Events of the trail")
        self.table.setModel(self.lines)
        self.table.verticalHeader().setDefaultSectionSize(ROW)
        self.table.chosen.connect(self._pick)
        self.table.activated_row.connect(self._activate)
        self.table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.sequence, self.waterfall = SequenceDiagram(look), Waterfall(look)
        self.diagrams = QStackedWidget()
        for diagram in (self.sequence, self.waterfall):
            self.diagrams.addWidget(diagram)
            diagram.picked.connect(self._pick)
            diagram.activated.connect(self._activate)
            diagram.stepped.connect(self._go)
            self._scroll_together(diagram)
            diagram.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            diagram.customContextMenuRequested.connect(
                lambda place, diagram=diagram: self._menu(diagram, place)
            )
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(lambda place: self._menu(self.table, place))
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setHandleWidth(1)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.table)
        self.split.addWidget(self.diagrams)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([410, 650])
        self.remarks = Text(role=Role.SECONDARY, tone="dim", wrap=True)
        self._nothing = Text(EMPTY, tone="dim", wrap=True)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty_page())
        self._stack.addWidget(self._full_page())
        self.setLayout(column(self._stack))
        session.record_changed.connect(self._selected)
        session.selection_changed.connect(self._selected)
        session.opened.connect(self.forget)
        session.rows_changed.connect(session.turns.take(self._grown, every_s=EVERY_S))

    def _empty_page(self) -> QWidget:
        page = QWidget()
        go = Button(self._look, "Go to the events").follow(self._actions["events.show"])
        page.setLayout(column(self._nothing, 4, row(go, None), None, margins=(16, 14, 16, 14)))
        return page

    def _full_page(self) -> QWidget:
        page = QWidget()
        copy = Button(self._look, "Copy", "flat")
        menu = QMenu(copy)
        for key in COPIES:
            menu.addAction(self._actions[key])
        copy.setMenu(menu)
        farther, closer = self._zoomer("minus", "Zoom out · −"), self._zoomer("plus", "Zoom in · +")
        steps = [tool(self._actions[key]) for key in ("trail.previous", "trail.play", "trail.next")]
        bar = row(
            self.title,
            4,
            self.counts,
            None,
            *self.forms,
            6,
            *steps,
            6,
            farther,
            closer,
            copy,
            gap=2,
            margins=(12, 3, 6, 3),
        )
        bar.setStretch(0, 1)
        foot = row(self.remarks, self.fold, self.guesses, self.light, gap=14, margins=(12, 2, 12, 2))
        foot.setStretch(0, 1)
        made = column(bar, Rule(), self.split, Rule(), foot, gap=0)
        made.setStretch(2, 1)
        page.setLayout(made)
        return page

    def _zoomer(self, sign: str, tip: str) -> Button:
        icon, by = f"magnifying-glass-{sign}", NOTCH if sign == "plus" else 1 / NOTCH
        made = Button(self._look, "", "flat", icon=icon, run=lambda: self._zoom(by), tip=tip)
        made.setFixedWidth(30)
        made.setAccessibleName(tip)
        return made

    # What is shown

    @property
    def why_no_trail(self) -> str:
        """Why nothing can be done with a trail now; empty where one is shown."""
        return "" if self.shown is not None else NO_TRAIL

    def follow_again(self) -> None:
        """Follow the event that is selected, or was, once more."""
        reader = self._session.reader
        wanted = self._session.row if self._session.row is not None else self._wanted
        if reader is None or wanted is None:
            self._say(EMPTY)
            return
        self._wanted = wanted
        self._stop.set()
        stop = self._stop = threading.Event()
        graph, guesses = self._session.graph, self.guesses.isChecked()
        sight = self._session.sight.fetching()
        records: Any = SeenCapture(reader, sight) if sight.any else reader
        self._background.ask(
            lambda: follow(records, graph, wanted, guesses=guesses, stop=stop.is_set), self._take
        )
        if self._trail is None:
            self._say("Following the event.")

    def forget(self) -> None:
        """Another capture is looked at."""
        self._background.cancel()
        self._wanted = self._trail = self.shown = None
        self._say(EMPTY)
        self.changed.emit()

    def show_form(self, number: int) -> None:
        """Show the sequence diagram, 0, or the waterfall, 1."""
        self.forms[number].setChecked(True)
        self.diagrams.setCurrentIndex(number)
        self._order = Order.TREE if self.diagram is self.waterfall else Order.TIME
        self._arrange()

    @property
    def diagram(self) -> Diagram:
        """The one that is in front."""
        return self.waterfall if self.diagrams.currentIndex() else self.sequence

    def close_background(self) -> None:
        """Wait for what runs in the background."""
        self._stop.set()
        self._background.close()

    def _take(self, trail: Trail | None) -> None:
        if trail is None:
            self._say("This event cannot be read: its part of the capture is damaged, or was deleted.")
            return
        fresh = self._trail is None or self._trail.start != trail.start
        if trail == self._trail and self.shown is not None:
            return
        if fresh:
            self._opened = frozenset()
            self.fold.setChecked(len(trail.steps) > MANY)
            for diagram in (self.sequence, self.waterfall):
                diagram.zoom = 1.0
        self._trail = trail
        self._arrange()
        self._stack.setCurrentIndex(1)
        self._light()
        self.changed.emit()

    def _arrange(self) -> None:
        trail = self._trail
        if trail is None:
            return
        graph = self._session.graph
        self.shown = shown = rows.shown(
            trail, graph, self._order, fold=self.fold.isChecked(), opened=self._opened
        )
        start = trail.step(trail.start)
        assert start is not None
        self.title.setText(f"Trail of {start.type or f'an event on {start.channel.name}'}")
        self.counts.setText(listing.summary(shown))
        self.lines.show(listing.lines(shown))
        self.remarks.setText(listing.remarks(shown))
        self.diagram.show_trail(shown)
        self._choose()

    def _say(self, sentence: str) -> None:
        self._nothing.setText(sentence)
        self._stack.setCurrentIndex(0)
        self._put_out()

    # What is current

    def _selected(self) -> None:
        record = self._session.row
        if record is None:
            self._lighting = False  # whatever else was selected is bright now
            return
        if self._trail is not None and self._trail.step(record) is not None:
            self._choose()
        elif self.isVisible():
            self.follow_again()

    def _choose(self) -> None:
        if self.shown is None:
            return
        record = self._session.row if self._session.row is not None else self._wanted
        place = self.shown.place_of(record)
        self.table.choose(place)
        self.diagram.choose(place)

    def _pick(self, number: int) -> None:
        """A row was clicked, or gone to by a key."""
        if self.shown is None or number is None:
            return
        chosen = self.shown.rows[number]
        item = chosen.item or chosen.of
        if item is None:
            return
        self._session.select_row(item.first.row)
        self._choose()
        if not self._lighting:
            self._light()

    def _activate(self, number: int) -> None:
        """A fold opens or closes; one record is shown among the events."""
        item = None if self.shown is None else self.shown.rows[number].item
        if item is None:
            return
        if len(item.steps) > 1:
            self._opened |= {item.key}
            self._arrange()
        else:
            self.opened.emit(item.first.row)

    def _go(self, way: int) -> None:
        """To the cause of the current row, or to its first effect."""
        if self.shown is None or (row := self.diagram.row(self.diagram.current)) is None or row.item is None:
            return
        item = row.item
        for number, other in enumerate(self.shown.rows):
            if other.item is None:
                continue
            found = other.item.key == item.parent if way < 0 else other.item.parent == item.key
            if found:
                self._pick(number)
                return

    def step(self, way: int) -> None:
        """To the next record in the order of time, or the one before; the graph shows how far it is."""
        trail, record = self._trail, self._session.row
        if trail is None:
            return
        at = next((at for at, each in enumerate(trail.steps) if each.row == record), 0 if way > 0 else 1)
        at = min(max(at + way, 0), len(trail.steps) - 1)
        self._session.select_row(trail.steps[at].row)
        self._choose()
        if self.shown is not None and self.light.isChecked():
            until = trail.steps[: at + 1]
            self._show_light(until, trail.steps[at])

    def play(self) -> None:
        """Let a dot go along all of it in the graph."""
        if self._trail is not None and self.shown is not None:
            self.light.setChecked(True)
            self._lighting = True
            steps = self._trail.steps
            self.played.emit(lighting.legs(steps), lighting.times(self.shown, steps))

    # The graph

    def _light(self) -> None:
        if self.shown is None or not self.light.isChecked() or not self.isVisible():
            self._put_out()
            return
        self._show_light(self.shown.trail.steps)

    def _show_light(self, steps: tuple[Step, ...], last: Step | None = None) -> None:
        assert self.shown is not None
        self._lighting = True
        times = lighting.times(self.shown, steps)
        self.lit.emit(lighting.edges(steps), times)

    def _put_out(self) -> None:
        if self._lighting:
            self._lighting = False
            self.lit.emit((), {})

    # Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        record = self._session.row
        if record is not None and (self._trail is None or self._trail.step(record) is None):
            self.follow_again()
        elif self._trail is not None:
            self._choose()
            self._light()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():
            self._put_out()

    def _grown(self) -> None:
        if self.isVisible() and self._session.live and self._trail is not None and not self._background.busy:
            self.follow_again()

    def _zoom(self, by: float) -> None:
        self.diagram.set_zoom(self.diagram.zoom * by)

    def _scroll_together(self, diagram: Diagram) -> None:
        mine, theirs = self.table.verticalScrollBar(), diagram.verticalScrollBar()
        theirs.valueChanged.connect(mine.setValue)
        mine.valueChanged.connect(theirs.setValue)

    def _menu(self, widget: QWidget, place: QPoint) -> None:
        menu = QMenu(self)

        def add(words: str, run: Callable[[], object]) -> None:
            menu.addAction(words).triggered.connect(lambda: run())

        number = self.diagram.current
        item = self.shown.rows[number].item if self.shown is not None and number is not None else None
        if item is not None:
            if len(item.steps) > 1:
                add(f"Show all {len(item.steps):,} one by one", lambda: self._activate(number or 0))
            else:
                add("Show among the events", lambda: self.opened.emit(item.first.row))
        if self._opened:
            add("Fold all again", self._close_all)
        menu.addSeparator()
        for key in ("entity.show", "replay", "replay.trail", *COPIES):
            menu.addAction(self._actions[key])
        menu.exec(widget.mapToGlobal(place))
        menu.deleteLater()

    def _close_all(self) -> None:
        self._opened = frozenset()
        self._arrange()
