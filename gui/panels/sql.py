"""The SQL tab: a question at the left; its answer as a table or a chart beside it, or what can be asked."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QButtonGroup, QFileDialog, QMenu, QSplitter, QStackedWidget, QWidget

from gui import figures
from gui.background import Background
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, Choice
from gui.parts.cells import Cell
from gui.parts.tables import Column, Line, Lines, Table
from gui.parts.text import Rule, Text, column, row
from gui.session import Session
from gui.sql.answer import NOTHING, AnswerModel, AnswerTable
from gui.sql.asking import MOST, Asking, Found
from gui.sql.chart import AnswerChart
from gui.sql.editor import SqlEditor
from inspector.errors import InspectorError
from inspector.exchange.sql import TIME_S, Answer, Mistake
from inspector.exchange.sql_words import EXAMPLES, VIEWS
from inspector.store.reader import CaptureReader, Rows

PAGES = ("Table", "Chart", "Views")
TELL_MS = 250
NO_CAPTURE = "There is no capture yet."


class SqlPanel(QWidget):
    """Asks over all that was captured, or over the events that the list shows."""

    def __init__(self, session: Session, look: Look, found: Found) -> None:
        """`found` gives the rows of the list of events."""
        super().__init__()
        self.setObjectName("panel")
        self._session, self._look, self._found = session, look, found
        self._asking = Asking()
        self._background = Background(self)
        self._background.refused.connect(self._refused)
        self._began = 0.0
        self._asked = ""
        self.editor = SqlEditor(look)
        self.editor.wanted.connect(self.ask)
        self.editor.setPlainText(next(iter(EXAMPLES.values())))
        self.over = Choice(look)
        self.over.addItems(["All captured events", "Events of the list"])
        self.over.setAccessibleName("Over which events")
        self.go = Button(look, "Ask", "primary", run=self.ask, tip="Ask · Ctrl+Enter")
        self.halt = Button(look, "Stop", icon="stop", run=self._asking.stop, tip="Stop what is asked")
        self.examples = Button(look, "Examples", "flat", icon="caret-down")
        menu = QMenu(self)
        for name in EXAMPLES:
            menu.addAction(name, partial(self._show_example, name))
        self.examples.setMenu(menu)
        self.wrong = Text(role=Role.SECONDARY, tone="run", wrap=True)
        self.wrong.hide()
        self.model = AnswerModel(self)
        self.table = AnswerTable(look, self.model)
        self.chart = AnswerChart(look, self.model)
        self.views = self._guide()
        self.pages = QStackedWidget()
        for page in (self.table, self.chart, self.views):
            self.pages.addWidget(page)
        self.chips = [Button(look, name, "tab") for name in PAGES]
        group = QButtonGroup(self)
        for number, chip in enumerate(self.chips):
            chip.setCheckable(True)
            group.addButton(chip, number)
        group.idClicked.connect(self.show_page)
        self.count = Text(role=Role.SECONDARY, tone="dim")
        self.copy = Button(
            look, "Copy", "flat", run=self._copy, tip="Copy the rows that are selected, or all"
        )
        self.save = Button(look, "Export CSV…", "flat", run=self._save)
        self._timer = QTimer(self)
        self._timer.setInterval(TELL_MS)
        self._timer.timeout.connect(self._tell)
        self._lay_out()
        self._show(NOTHING)
        self.show_page(PAGES.index("Views"))
        session.opened.connect(self._forget)

    def _lay_out(self) -> None:
        head = row(self.go, self.halt, self.over, None, self.examples, gap=6, margins=(8, 6, 8, 6))
        left, right = QWidget(), QWidget()
        asked = column(head, Rule(), self.editor, row(self.wrong, margins=(12, 4, 12, 6)), gap=0)
        asked.setStretch(2, 1)
        left.setLayout(asked)
        bar = row(*self.chips, 8, self.count, None, self.copy, self.save, gap=2, margins=(8, 5, 8, 5))
        answered = column(bar, Rule(), self.pages, gap=0)
        answered.setStretch(2, 1)
        right.setLayout(answered)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setHandleWidth(1)
        split.setChildrenCollapsible(False)
        for side, least in ((left, 300), (right, 300)):
            side.setMinimumWidth(least)
            split.addWidget(side)
        split.setStretchFactor(1, 1)
        split.setSizes([420, 640])
        self.setLayout(column(split, gap=0))
        self.halt.hide()

    def _guide(self) -> Table:
        columns = (Column("View", 90), Column("Column", 130), Column("What it has", 0))
        model = Lines(columns, self)
        model.show(
            [
                Line(
                    (view, name),
                    (
                        Cell(view if not number else "", Role.NAME),
                        Cell(name, Role.CELL, "accent"),
                        Cell(help_, tone="dim"),
                    ),
                    (view, name),
                    tip="Enter or a double click writes it into the question.",
                )
                for view, names in VIEWS.items()
                for number, (name, help_) in enumerate(names.items())
            ]
        )
        made = Table(self._look, columns, "Views that can be asked")
        made.setModel(model)
        made.activated_row.connect(lambda at: self._insert(model.lines[at].key))
        return made

    def _insert(self, key: object) -> None:
        assert isinstance(key, tuple)
        name = key[1]
        self.editor.insert(f'"{name}"' if name == "offset" else name)

    # Asking

    @property
    def busy(self) -> bool:
        """Whether something is asked now."""
        return self._background.busy

    def ask(self) -> None:
        """Answer what stands there."""
        text = self.editor.toPlainText().strip().rstrip(";").rstrip()
        found = self._events()
        if found is None or not text:
            self._fail(InspectorError(NO_CAPTURE if found is None else "Write a question first."))
            return
        self._asked = text
        self._begin()
        sight = self._session.sight.fetching()
        self._background.ask(self._asking.question(*found, sight, text), self._take)

    def save_to(self, path: Path) -> None:
        """Write all rows of the answer that is shown."""
        found = self._events()
        if found is None:
            return
        self._begin()
        sight = self._session.sight.fetching()
        self._background.ask(
            self._asking.export(*found, sight, self._asked, path),
            lambda count: self._saved(count, path),
        )

    def show_page(self, number: int) -> None:
        """Bring a page to the front."""
        self.chips[number].setChecked(True)
        self.pages.setCurrentIndex(number)

    def close_background(self) -> None:
        """End what runs."""
        self._timer.stop()
        self._asking.stop()
        self._background.close()
        self._asking.close()

    def _events(self) -> tuple[CaptureReader, Rows | None] | None:
        reader = self._session.reader
        if reader is None:
            return None
        return reader, self._found() if self.over.currentIndex() else None

    def _begin(self) -> None:
        self.wrong.hide()
        self.editor.mark(None)
        self._began = time.monotonic()
        self.go.setEnabled(False)
        self.halt.show()
        self._timer.start()
        self._tell()

    def _end(self) -> None:
        self._timer.stop()
        self.go.setEnabled(True)
        self.halt.hide()

    def _tell(self) -> None:
        since = time.monotonic() - self._began
        self.count.setText(f"Asking, {since:.0f} of at most {TIME_S:.0f} s." if since >= 1 else "Asking.")

    def _take(self, answer: Answer) -> None:
        took = time.monotonic() - self._began
        self._end()
        self._show(answer)
        words = figures.plural(len(answer.rows), "row")
        if answer.more:
            words = f"The first {MOST:,} rows; Export CSV has all"
        self.count.setText(f"{words} · {figures.elapsed(took) if took >= 60 else f'{took:.2f} s'}")
        if self.pages.currentWidget() is self.views:
            self.show_page(0)

    def _saved(self, count: int, path: Path) -> None:
        self._end()
        self.count.setText("")
        self._session.decisions.said.emit(f"{figures.plural(count, 'row')} written to {path.name}.")

    def _show(self, answer: Answer) -> None:
        self.model.show(answer)
        self.copy.setEnabled(bool(answer.rows))
        self.save.setEnabled(bool(answer.rows))

    def _refused(self, failure: InspectorError) -> None:
        self._end()
        self._fail(failure)

    def _fail(self, failure: InspectorError) -> None:
        self.count.setText("")
        self.wrong.setText(str(failure))
        self.wrong.show()
        if isinstance(failure, Mistake) and self._asked in self.editor.toPlainText():
            begin = self.editor.toPlainText().index(self._asked)
            self.editor.mark((begin + failure.start, begin + failure.end))

    def _forget(self) -> None:
        """Another capture is looked at."""
        self._asking.stop()
        self._background.cancel()
        self._end()
        self.count.setText("")
        self._show(NOTHING)

    # What a person does

    def _show_example(self, name: str) -> None:
        self.editor.setPlainText(EXAMPLES[name])
        self.ask()

    def _copy(self) -> None:
        self.table.copy()
        chosen = len(self.table.selectionModel().selectedRows()) or self.model.rowCount()
        self._session.decisions.said.emit(f"{figures.plural(chosen, 'row')} in the clipboard.")

    def _save(self) -> None:
        name, _ = QFileDialog.getSaveFileName(self, "Export the answer", "answer.csv", "CSV (*.csv)")
        if name:
            self.save_to(Path(name))
