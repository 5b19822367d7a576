"""One record in full: tree, text, hex, headers, and why each decoder took or declined it."""

from __future__ import annotations

import re
from enum import IntEnum

from PySide6.QtCore import QEvent, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QButtonGroup, QStackedWidget, QTreeView, QWidget

from gui import figures
from gui.background import Background
from gui.fonts import Role
from gui.look import Look
from gui.models.record_tree import RecordTree
from gui.parts.buttons import Button
from gui.parts.cells import CellDelegate
from gui.parts.tables import Column, Lines, Table
from gui.parts.text import Elided, Rule, Text, column, row
from gui.record.find_bar import FindBar, Way, in_bytes, in_text, in_tree
from gui.record.hands import RecordHands
from gui.record.hex_page import HexPage, Page
from gui.record.lines import attempt_line, facts, header_line
from gui.record.opened import Opened, absence, hex_of, open_record, text_of
from gui.session import Session
from inspector.decode import Decoded
from inspector.decode.spans import Span, span
from inspector.decode.tree import TreeRow, full_text
from inspector.record import Record

HERE = 256 * 1024
"""Bytes up to which a record is decoded at once; a larger one is decoded off the window's thread."""
BY_HAND = 16 << 20
"""Bytes from which fields are read only when somebody asks: meanwhile little else gets to run."""
EMPTY = "No event is selected. Pick one in the list to read it here."
AT_BYTE = re.compile(r"\bat byte (\d+)|from byte (\d+) on")


class Of(IntEnum):
    """The pages, in their order."""

    TREE = 0
    TEXT = 1
    HEX = 2
    HEADERS = 3
    DECODERS = 4


class RecordPanel(QWidget):
    """Shows the record that is selected in the session."""

    piece_wanted = Signal(str, str, object)
    """A field, its value, and how to filter the list by it; see `gui.events.terms.How`."""

    def __init__(self, session: Session, look: Look, replay: QAction) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.session, self.look = session, look
        self._opened: Opened | None = None
        self._found: list[Way] = []
        self._runs: list[Span] = []
        self._filled: set[int] = set()
        self._background = Background(self)
        self._background.failed.connect(self._failed)
        self.title = Elided(role=Role.HEAD)
        self.where = Text(role=Role.SECONDARY, tone="dim")
        self._replay = Button(look, "Replay…", "flat", icon="replay").follow(replay)
        self.hands = RecordHands(self)
        self.more = Button(
            look, "", "flat", icon="more", run=self._show_more, tip="More to do with this event"
        )
        self.more.setFixedWidth(28)
        self.more.setAccessibleName(self.more.toolTip())
        self.problem = Text(role=Role.SECONDARY, tone="warn", wrap=True)
        self.problem.setContentsMargins(12, 6, 12, 6)
        self.note = Text(role=Role.SECONDARY, tone="dim", wrap=True)
        self.field = Elided(role=Role.SECONDARY, tone="dim")
        self.finder = FindBar(look)
        self.finder.wanted.connect(self._look_for)
        self.finder.stepped.connect(self._go)
        self.tree = QTreeView()
        self.tree_model = RecordTree(self)
        self._set_tree()
        self.text = Page("Text of the event")
        self.hex = HexPage(look)
        header_columns = (Column("Name", 170), Column("Value", 0))
        self.headers = Lines(header_columns, self)
        headers = Table(look, header_columns, "Headers of the event")
        headers.setModel(self.headers)
        decoder_columns = (Column("Decoder", 130), Column("What it said", 0))
        self.decoders = Lines(decoder_columns, self)
        decoders = Table(look, decoder_columns, "Decoders that were asked")
        decoders.setModel(self.decoders)
        self.pages = QStackedWidget()
        self.pages.setObjectName("panel")
        for page in (self.tree, self.text, self.hex, headers, decoders):
            self.pages.addWidget(page)
        self._chips = [Button(look, page.name.capitalize(), "tab") for page in Of]
        self.finder.closed.connect(self.pages.setFocus)
        group = QButtonGroup(self)
        for number, chip in enumerate(self._chips):
            chip.setCheckable(True)
            group.addButton(chip, number)
        group.idClicked.connect(self.show_page)
        self._lay_out()
        self.show_page(Of.TREE)
        session.record_changed.connect(self.refresh)
        session.selection_changed.connect(self.refresh)
        session.sights.changed.connect(self.refresh)
        self.refresh()

    def _set_tree(self) -> None:
        tree = self.tree
        tree.setModel(self.tree_model)
        tree.setItemDelegate(CellDelegate(self.look, tree))
        tree.setHeaderHidden(True)
        tree.setUniformRowHeights(True)
        tree.setIndentation(14)
        tree.setAccessibleName("Fields of the event")
        tree.setColumnWidth(0, 170)
        tree.activated.connect(self.tree_model.more)
        tree.clicked.connect(self.tree_model.more)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        tree.customContextMenuRequested.connect(self._menu)
        tree.selectionModel().currentChanged.connect(self._field_chosen)

    def _lay_out(self) -> None:
        self._full = QWidget()
        self._full.setLayout(
            column(
                row(self.title, 8, self.where, None, self._replay, self.more, margins=(12, 2, 8, 0)),
                row(*self._chips, None, gap=2, margins=(8, 0, 8, 4)),
                Rule(),
                self.problem,
                self.finder,
                self.pages,
                row(self.field, margins=(12, 4, 12, 0)),
                row(self.note, margins=(12, 4, 12, 6)),
                gap=0,
            )
        )
        self._none = Text(EMPTY, tone="dim", wrap=True)
        self._none.setAlignment(Qt.AlignmentFlag.AlignTop)
        nothing = QWidget()
        nothing.setLayout(column(self._none, None, margins=(16, 16, 16, 16)))
        self._stack = QStackedWidget()
        self._stack.addWidget(nothing)
        self._stack.addWidget(self._full)
        self.setLayout(column(self._stack))

    # What is shown

    @property
    def opened(self) -> Opened | None:
        """The record that is shown."""
        return self._opened

    @property
    def ready(self) -> bool:
        """Whether a record is shown with all that it says."""
        return self._opened is not None and self._opened.decoded is not None

    def refresh(self) -> None:
        """Read the record that is selected now."""
        number, reader = self.session.row, self.session.reader
        self._background.cancel()
        self._opened = None
        if number is None or reader is None:
            self._failed(EMPTY)
            return
        size, sight = reader.rows([number])[0].size, self.session.sight
        if size > HERE:
            self._failed(f"Reading {figures.size(size)}.")
            self._background.ask(lambda: Opened(sight.record(reader.record(number)), None), self._show_bytes)
            return
        try:
            opened = open_record(sight.record(reader.record(number)), sight)
        except Exception as failure:  # noqa: BLE001 - a record of any content must not end the window
            self._failed(str(failure))
            return
        self._show(opened)
        if opened.decoded and opened.key and (opened.decoded.missing or opened.key.missing):
            self._read(opened.record)

    def show_page(self, page: int) -> None:
        """Bring a page to the front."""
        self._chips[page].setChecked(True)
        self.pages.setCurrentIndex(page)
        self._fill()
        if not self.finder.isHidden():
            self._look_for(self.finder.field.text())

    def show_bytes(self) -> None:
        """Show the bytes of the field that is chosen in the tree."""
        self.show_page(Of.HEX)
        self.hex.mark(self.span_of_field())

    def span_of_field(self) -> Span | None:
        """The bytes of the field that is chosen in the tree; None where they are not known."""
        opened, index = self._opened, self.tree.currentIndex()
        if opened is None or opened.decoded is None or not index.isValid():
            return None
        return span(opened.record.value or b"", opened.decoded.encoding, self.tree_model.steps(index))

    def text_of_field(self, found: TreeRow) -> str:
        """All of a field as text, one with parts as JSON."""
        if not found.children or self._opened is None:
            return full_text(found.value)
        return text_of(Opened(self._opened.record, Decoded(found.value, "")))

    def whole_text(self) -> str:
        """The value as the text page has it."""
        return "" if self._opened is None else text_of(self._opened)

    def close_background(self) -> None:
        """Wait for what is being decoded."""
        self._background.close()
        self.hands.close_background()

    def _read(self, record: Record) -> None:
        sight = self.session.sight.fetching()
        self._background.ask(lambda: open_record(record, sight), self._show)

    def _failed(self, sentence: str) -> None:
        self._none.setText(sentence)
        self._stack.setCurrentIndex(0)

    def _show_bytes(self, opened: Opened) -> None:
        """Show what needs no decoding, and go on with that."""
        self._show(opened)
        if opened.record.size <= BY_HAND:
            self.read_fields()
            return
        size = figures.size(opened.record.size)
        self.tree_model.say(f"{size} are a lot to read: “Read its fields” in the menu above does it.")

    def read_fields(self) -> None:
        """Read what the record says, off the window's thread."""
        if self._opened is not None:
            self.tree_model.say("Reading its fields.")
            self._read(self._opened.record)

    def _show(self, opened: Opened) -> None:
        self._opened = opened
        self._filled.clear()
        record, decoded = opened.record, opened.decoded
        self.title.setText(record.channel.name)
        self.where.setText(f"{figures.place(record.position)} · {figures.size(record.size)}")
        self.field.setText("")
        self._chips[Of.HEADERS].setText(f"Headers {len(record.headers)}")
        self.headers.show([header_line(at, *each) for at, each in enumerate(record.headers)])
        if decoded is None:
            self.tree_model.say("Reading its fields.")
            self.decoders.show([])
        elif not record.body_stored:
            self.tree_model.say("not captured")
        else:
            self.tree_model.show(decoded.value)
            self.tree.expandToDepth(1 if len(record.value or b"") < 20_000 else 0)
            self.decoders.show([attempt_line(at, each) for at, each in enumerate(decoded.attempts)])
        problem = "" if decoded is None else decoded.hint or decoded.problem
        if not record.body_stored:
            problem = absence(record)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.note.setText(facts(opened, self.session.zone))
        self._stack.setCurrentIndex(1)
        self._fill()
        if not self.finder.isHidden():
            self._look_for(self.finder.field.text())

    def _fill(self) -> None:
        """Set the page in front, which may take a while where nobody looks at it."""
        page, opened = self.pages.currentIndex(), self._opened
        if opened is None or page in self._filled:
            return
        self._filled.add(page)
        if page == Of.TEXT:
            self.text.setPlainText(text_of(opened))
        elif page == Of.HEX:
            self.hex.setPlainText(hex_of(opened.record))
            fault = AT_BYTE.search(opened.decoded.problem) if opened.decoded else None
            at = int(fault[1] or fault[2]) if fault else 0
            if fault:
                self.hex.mark((at, at + 1), "warnbg")
            else:
                self.hex.mark(self.span_of_field())

    def _field_chosen(self, index: QModelIndex) -> None:
        if not index.isValid() or self._opened is None:
            self.field.setText("")
            return
        found, where = self.tree_model.tree_row(index), self.span_of_field()
        told = [found.path or "whole value", found.kind, found.note]
        if where is not None:
            told.append(f"bytes {where[0]:,}–{where[1] - 1:,}")
        self.field.setText(" · ".join(each for each in told if each))
        if Of.HEX in self._filled:
            self.hex.mark(where)

    # Finding

    def _look_for(self, words: str) -> None:
        opened, page = self._opened, self.pages.currentIndex()
        self._found, self._runs = [], []
        if words and opened is not None:
            if page == Of.TEXT:
                self._runs = in_text(self.text.toPlainText(), words)
            elif page == Of.HEX:
                self._runs = in_bytes(opened.record.value or b"", words)
            elif opened.decoded is not None:
                self._found = in_tree(opened.decoded.value, words)
        self.finder.tell(len(self._found) + len(self._runs))

    def _go(self, number: int) -> None:
        if self._found:
            self.tree.setCurrentIndex(self.tree_model.reach(self._found[number]))
            self.tree.scrollTo(self.tree.currentIndex())
        elif self.pages.currentIndex() == Of.HEX:
            self.hex.mark(self._runs[number])
        else:
            self.text.select(self._runs[number])

    # Doing

    def event(self, event: QEvent) -> bool:
        # Find in the graph has the same keys; here they are about this event.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.matches(QKeySequence.StandardKey.Find)
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Find):
            self.finder.open_bar()
        else:
            super().keyPressEvent(event)

    def _menu(self, at: QPoint) -> None:
        self.hands.open(self.hands.field_menu(at), self.tree.viewport().mapToGlobal(at))

    def _show_more(self) -> None:
        self.hands.open(self.hands.record_menu(), self.more.mapToGlobal(self.more.rect().bottomLeft()))
