"""Exporting events into a file: which, in what form, and how far it is."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QGridLayout, QProgressBar, QWidget

from gui import figures
from gui.background import Background
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, Choice
from gui.parts.text import Rule, Text, column, row
from inspector.decode.sight import Sight
from inspector.exchange import report
from inspector.exchange.forms import Form, save
from inspector.exchange.selection import Selection, in_time
from inspector.store.reader import CaptureReader, Rows

WIDTH = 480
TELL_MS = 100


class ExportDialog(QDialog):
    """Writes away from the window's thread; closing it stops that, and nothing is left behind.

    Args:
        chosen: rows that are selected, in any order.
        found: all that match, in the order of time.
        title: what a report is headed with.
    """

    said = Signal(str)
    """It was written; what to say of that."""

    def __init__(
        self,
        look: Look,
        reader: CaptureReader,
        chosen: list[int],
        found: Rows,
        sight: Sight,
        title: str,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export events")
        self._reader, self._sight, self._title = reader, sight, title
        several = len(chosen) > 1
        self._rows = [in_time(reader, np.array(chosen)), found] if several else [found]
        self._stop = threading.Event()
        self._selection: Selection | None = None
        self.which, self.form = Choice(look), Choice(look)
        count = figures.plural(len(found), "event")
        self.which.addItems([f"{len(chosen):,} selected events"] * several + [f"All {count} of the list"])
        self.form.addItems([form.words for form in Form])
        lines = QGridLayout()
        lines.setVerticalSpacing(8)
        lines.setColumnMinimumWidth(0, 96)
        lines.setColumnStretch(1, 1)
        for number, (name, choice) in enumerate((("Which", self.which), ("Form", self.form))):
            lines.addWidget(Text(name, tone="dim"), number, 0)
            lines.addWidget(choice, number, 1)
            choice.setAccessibleName(name)
            choice.currentIndexChanged.connect(self._say)
        self.words = Text(tone="dim", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        kept = self.bar.sizePolicy()
        kept.setRetainSizeWhenHidden(True)
        self.bar.setSizePolicy(kept)
        self.bar.hide()
        self.cancel = Button(look, "Cancel", run=self.reject)
        self.go = Button(look, "Save…", "primary", run=self._ask)
        self.go.setDefault(True)
        foot = row(self.bar, self.cancel, self.go, gap=8)
        foot.setStretch(0, 1)
        self.setLayout(
            column(
                Text("Export events", Role.TITLE),
                2,
                lines,
                4,
                self.words,
                4,
                Rule(),
                foot,
                gap=8,
                margins=(24, 20, 24, 18),
            )
        )
        self.setMinimumWidth(WIDTH)
        self._background = Background(self)
        self._background.failed.connect(self._failed)
        self._timer = QTimer(self)
        self._timer.setInterval(TELL_MS)
        self._timer.timeout.connect(self._tell)
        self._say()

    def _chosen(self) -> tuple[Rows, Form]:
        return self._rows[self.which.currentIndex()], list(Form)[self.form.currentIndex()]

    def _say(self) -> None:
        rows, form = self._chosen()
        masked = " Masks apply to it." if self._sight.any else ""
        cut = f" A report has {report.MOST:,} events at most." if form is Form.HTML else ""
        self.words.setText(f"{_USES[form]}{cut}{masked}")
        self.go.setEnabled(len(rows) > 0)

    def _ask(self) -> None:
        _, form = self._chosen()
        start = str(Path(self._reader.path.stem).with_suffix(f".{form}"))
        name, _ = QFileDialog.getSaveFileName(self, "Export events", start, f"{form.words} (*.{form})")
        if name:
            self.save_to(Path(name))

    def save_to(self, path: Path) -> None:
        """Begin to write; the dialog closes when that is done."""
        rows, form = self._chosen()
        selection = Selection(self._reader, rows.tolist(), self._sight, self._stop.is_set)
        self._selection = selection
        self._begin(len(rows))
        self._background.ask(
            lambda: save(form, selection, path, title=self._title), lambda _: self._done(selection, path)
        )

    def _begin(self, count: int) -> None:
        for widget in (self.which, self.form, self.go):
            widget.setEnabled(False)
        self.bar.setMaximum(count)
        self.bar.show()
        self._timer.start()

    def _tell(self) -> None:
        if self._selection is not None:
            taken = self._selection.taken
            self.bar.setValue(taken)
            self.words.setText(f"{taken:,} of {self.bar.maximum():,} events are written.")

    def _done(self, selection: Selection, path: Path) -> None:
        lost = f" {selection.unread:,} could not be read." if selection.unread else ""
        self.said.emit(f"{figures.plural(selection.taken, 'event')} exported to {path.name}.{lost}")
        self.accept()

    def _failed(self, sentence: str) -> None:
        self._timer.stop()
        self.bar.hide()
        for widget in (self.which, self.form, self.go):
            widget.setEnabled(True)
        self.words.setText(sentence)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.reject()
        event.accept()

    def done(self, result: int) -> None:
        self._timer.stop()
        self._stop.set()
        self._background.close()
        super().done(result)


_USES = {
    Form.JSONL: "One event a line, with every byte: what Eventscope imports again.",
    Form.CSV: "One event a line, as text. Bytes that are no text are in hex.",
    Form.PARQUET: "For DuckDB, pandas, Spark: typed columns, keys and values as bytes.",
    Form.AVRO: "Typed fields, keys and values as bytes.",
    Form.HTML: "One page without scripts that any browser shows.",
    Form.CAPTURE: "Opens in Eventscope, with its graph and what is known of what was read.",
}
