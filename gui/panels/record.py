"""One record in full: tree, text, hex, headers, and why each decoder took or declined it."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QButtonGroup, QMenu, QPlainTextEdit, QStackedWidget, QTreeView, QWidget

from gui import figures, fonts
from gui.background import Background
from gui.fonts import Role
from gui.look import Look
from gui.models.record_tree import RecordTree
from gui.parts.buttons import Button
from gui.parts.cells import Cell, CellDelegate
from gui.parts.tables import Column, Line, Lines, Table
from gui.parts.text import Elided, Rule, Text, column, row
from gui.session import Session
from inspector.decode import Decoded, decode, hexdump
from inspector.decode.preview import readable
from inspector.record import Record

HERE = 256 * 1024
"""Bytes up to which a record is decoded at once; a larger one is decoded off the window's thread."""
TEXT_MOST = 2_000_000
"""Characters that the text page shows."""
HEX_MOST = 256 * 1024
"""Bytes that the hex page shows."""
PAGES = ("Tree", "Text", "Hex", "Headers", "Decoders")
EMPTY = "No event is selected. Pick one in the list to read it here."


@dataclass(frozen=True)
class Opened:
    """A record with everything the pages show."""

    record: Record
    decoded: Decoded
    text: str
    hex: str


def open_record(record: Record) -> Opened:
    """Decode a record and set its pages; safe in any thread."""
    decoded = decode(record.value, record.headers)
    return Opened(record, decoded, _text(record, decoded), _hex(record.value))


def _text(record: Record, decoded: Decoded) -> str:
    value = record.value
    if value is None:
        return "null"
    if not value:
        return ""
    if isinstance(decoded.value, dict | list):
        try:
            made = orjson.dumps(decoded.value, option=orjson.OPT_INDENT_2, default=str).decode()
        except (TypeError, ValueError):
            made = value.decode("utf-8", "replace")
    elif isinstance(decoded.value, str):
        made = decoded.value
    else:
        made = readable(value, cut=False) or value.decode("utf-8", "replace")
    if len(made) <= TEXT_MOST:
        return made
    return f"{made[:TEXT_MOST]}\n\n… {len(made) - TEXT_MOST:,} more characters are not shown here."


def _hex(value: bytes | None) -> str:
    if not value:
        return "null, no bytes" if value is None else "empty, 0 bytes"
    lines = [f"{line.offset:08x}  {line.hex}  {line.text}" for line in hexdump.lines(value[:HEX_MOST])]
    if len(value) > HEX_MOST:
        lines.append(f"… {len(value) - HEX_MOST:,} more bytes are not shown here.")
    return "\n".join(lines)


class RecordPanel(QWidget):
    """Shows the record that is selected in the session."""

    def __init__(self, session: Session, look: Look, replay: QAction) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._session = session
        self._opened: Opened | None = None
        self._background = Background(self)
        self._background.failed.connect(self._failed)
        self.title = Elided(role=Role.HEAD)
        self.where = Text(role=Role.SECONDARY, tone="dim")
        self._replay = Button(look, "Replay…", "flat", icon="replay").follow(replay)
        self.note = Text(role=Role.SECONDARY, tone="dim", wrap=True)
        self.tree = QTreeView()
        self.tree_model = RecordTree(self)
        self.tree.setModel(self.tree_model)
        self.tree.setItemDelegate(CellDelegate(look, self.tree))
        self.tree.setHeaderHidden(True)
        self.tree.setUniformRowHeights(True)
        self.tree.setIndentation(14)
        self.tree.setAccessibleName("Fields of the event")
        self.tree.setColumnWidth(0, 170)
        self.tree.activated.connect(self.tree_model.more)
        self.tree.clicked.connect(self.tree_model.more)
        self.tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tree.customContextMenuRequested.connect(self._menu)
        self.text = self._page("Text of the event")
        self.hex = self._page("Bytes of the event")
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
        self._chips = [Button(look, name, "tab") for name in PAGES]
        group = QButtonGroup(self)
        for number, chip in enumerate(self._chips):
            chip.setCheckable(True)
            group.addButton(chip, number)
        self._chips[0].setChecked(True)
        group.idClicked.connect(self.pages.setCurrentIndex)
        self._full = QWidget()
        self._full.setLayout(
            column(
                row(self.title, 8, self.where, None, self._replay, margins=(12, 2, 8, 0)),
                row(*self._chips, None, gap=2, margins=(8, 0, 8, 4)),
                Rule(),
                self.pages,
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
        session.record_changed.connect(self.refresh)
        session.selection_changed.connect(self.refresh)
        self.refresh()

    @property
    def opened(self) -> Opened | None:
        """The record that is shown."""
        return self._opened

    @property
    def ready(self) -> bool:
        """Whether a record is shown, and not still being read."""
        return self._opened is not None

    def refresh(self) -> None:
        """Read the record that is selected now."""
        number, reader = self._session.row, self._session.reader
        self._background.cancel()
        self._opened = None
        if number is None or reader is None:
            self._none.setText(EMPTY)
            self._stack.setCurrentIndex(0)
            return
        size = reader.rows([number])[0].size
        if size <= HERE:
            try:
                self._show(open_record(reader.record(number)))
            except Exception as failure:  # noqa: BLE001 - a record of any content must not end the window
                self._failed(str(failure))
            return
        self._none.setText(f"Reading {figures.size(size)}.")
        self._stack.setCurrentIndex(0)
        self._background.ask(lambda: open_record(reader.record(number)), self._show)

    def close_background(self) -> None:
        """Wait for what is being decoded."""
        self._background.close()

    def _failed(self, sentence: str) -> None:
        self._none.setText(sentence)
        self._stack.setCurrentIndex(0)

    def _page(self, name: str) -> QPlainTextEdit:
        page = QPlainTextEdit()
        page.setObjectName("page")
        page.setReadOnly(True)
        page.setFont(fonts.font(Role.CELL))
        page.setAccessibleName(name)
        page.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        return page

    def _show(self, opened: Opened) -> None:
        self._opened = opened
        record, decoded = opened.record, opened.decoded
        self.title.setText(record.channel.name)
        place = f"p{record.position.partition} · {record.position.offset:,} · {figures.size(record.size)}"
        self.where.setText(place)
        self.tree_model.show(decoded.value)
        self.tree.expandToDepth(1 if len(record.value or b"") < 20_000 else 0)
        self.text.setPlainText(opened.text)
        self.hex.setPlainText(opened.hex)
        self._chips[3].setText(f"Headers {len(record.headers)}")
        self.headers.show(
            [_header(number, name, value) for number, (name, value) in enumerate(record.headers)]
        )
        self.decoders.show(
            [
                Line(
                    number,
                    (
                        Cell(each.decoder, Role.NAME),
                        Cell(f"declined: {each.reason}", tone="dim")
                        if each.reason
                        else Cell("took it", tone="ok"),
                    ),
                    tip=each.reason,
                )
                for number, each in enumerate(decoded.attempts)
            ]
        )
        key = "null" if record.key is None else repr(record.key.decode("utf-8", "replace"))[1:-1] or "empty"
        said = "its broker" if record.log_append_time else "its sender"
        when = figures.date_and_clock(record.timestamp_ns, self._session.zone)
        facts = [f"Read as {decoded.encoding}. Key {key}. {when}, by {said}."]
        if record.producer_id >= 0:
            facts.append(f"Producer id {record.producer_id}, sequence {record.sequence}.")
        if decoded.problem:
            facts.append(decoded.problem)
        self.note.setText(" ".join(facts))
        self._stack.setCurrentIndex(1)

    def _menu(self, place: QPoint) -> None:
        index: QModelIndex = self.tree.indexAt(place)
        if not index.isValid():
            return
        found = self.tree_model.tree_row(index)
        menu = QMenu(self)
        copy = QGuiApplication.clipboard()
        menu.addAction("Copy value").triggered.connect(lambda: copy.setText(found.text))
        menu.addAction("Copy path").triggered.connect(lambda: copy.setText(found.path))
        menu.exec(self.tree.viewport().mapToGlobal(place))
        menu.deleteLater()


def _header(number: int, name: str, value: bytes | None) -> Line:
    if value is None:
        return Line(number, (Cell(name, Role.CELL, "dim"), Cell("null", Role.CELL, "faint")))
    text = readable(value, cut=False)
    shown = value.hex(" ") if text is None else text
    return Line(
        number,
        (Cell(name, Role.CELL, "dim"), Cell(shown, Role.CELL, "string" if text is not None else "dim")),
        tip=shown,
    )
