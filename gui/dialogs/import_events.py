"""Importing events: which files, what wrote them, into which capture, and what was left out."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QLineEdit, QProgressBar, QWidget

from graph.identity import ServerId
from gui import figures
from gui.background import Background
from gui.dialogs.fitted import FittedDialog
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.text import Elided, Rule, Text, column, row
from inspector.errors import InspectorError
from inspector.exchange.importing import ELSEWHERE, KNOWN, Imported, Recognised, into, recognised

WIDTH = 560
TELL_MS = 100
KINDS = "Events (*.jsonl *.ndjson *.json *.txt *.evs);;All files (*)"
MOST_LINES = 8
"""Files, and reasons, that are shown one by one."""
Told = list[tuple[Path, Recognised | None, str]]
"""Files with what wrote them, or why that is not known."""


class ImportDialog(FittedDialog):
    """Reads away from the window's thread; closing it stops that, and nothing is left behind."""

    made = Signal(object)
    """The path of a new capture that is to be opened."""
    said = Signal(str)
    """What was imported, in one sentence."""

    def __init__(self, look: Look, parent: QWidget, files: Sequence[Path] = ()) -> None:
        super().__init__(parent, WIDTH)
        self.setWindowTitle("Import events")
        self._stop = threading.Event()
        self._told: Told = []
        self._read = 0
        self._target: Path | None = None
        self._imported = False
        self.files = Text(wrap=True)
        self.choose = Button(look, "Choose files…", run=self._choose)
        self.channel, self.server = QLineEdit(), QLineEdit()
        self.channel.setPlaceholderText("The topic that was saved, as these files do not say it")
        self.server.setPlaceholderText("kafka://broker:9092, where that is known")
        self.target = Elided(tone="dim")
        self.elsewhere = Button(look, "Change…", "flat", run=self._place)
        self._labels = [Text(name, tone="dim") for name in ("Files", "Channel", "Taken from", "New capture")]
        lines = QGridLayout()
        lines.setVerticalSpacing(8)
        lines.setColumnMinimumWidth(0, 96)
        lines.setColumnStretch(1, 1)
        for number, widget in enumerate((self.files, self.channel, self.server, self.target)):
            lines.addWidget(self._labels[number], number, 0, Qt.AlignmentFlag.AlignTop)
            self._labels[number].setContentsMargins(0, 6, 0, 0)
            lines.addWidget(widget, number, 1)
            widget.setAccessibleName(self._labels[number].text())
        lines.addWidget(self.choose, 0, 2, Qt.AlignmentFlag.AlignTop)
        lines.addWidget(self.elsewhere, 3, 2)
        self.words = Text(tone="dim", wrap=True)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.bar.setRange(0, 0)
        self.cancel = Button(look, "Cancel", run=self.reject)
        self.go = Button(look, "Import", "primary", run=self._go)
        self.go.setDefault(True)
        foot = row(self.bar, None, self.cancel, self.go, gap=8)
        self.setLayout(
            column(
                Text("Import events", Role.TITLE),
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
        self._background = Background(self)
        self._background.failed.connect(self._failed)
        self._timer = QTimer(self)
        self._timer.setInterval(TELL_MS)
        self._timer.timeout.connect(self._tell)
        self.channel.textChanged.connect(self._say)
        self.server.textChanged.connect(self._say)
        self._say()
        self.fit()
        if files:
            self.look_at(files)

    # Which files

    def look_at(self, files: Sequence[Path]) -> None:
        """Find out what wrote some files."""
        self.words.setText("Looking at the files.")
        self._background.ask(lambda: _look(files), self._looked)

    def _choose(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self, "Import events", "", KINDS)
        if names:
            self.look_at([Path(name) for name in names])

    def _looked(self, told: Told) -> None:
        self._told = told
        known = [path for path, tool, _ in told if tool is not None]
        self._target = _free(known[0].with_suffix(".evs")) if known else None
        self._say()

    def _place(self) -> None:
        start = str(self._target or "imported.evs")
        name, _ = QFileDialog.getSaveFileName(self, "New capture", start, "Captures (*.evs)")
        if name:
            self._target = Path(name).with_suffix(".evs")
            self._say()

    @property
    def _sources(self) -> list[Path]:
        return [path for path, tool, _ in self._told if tool is not None]

    @property
    def _server(self) -> ServerId | None:
        """None where what is written is no server."""
        text = self.server.text().strip()
        system, between, address = text.partition("://")
        if not text:
            return ELSEWHERE
        return ServerId(system, address) if system and between and address else None

    def _say(self) -> None:
        lines = [f"{path.name}: {tool.tool}" if tool else why for path, tool, why in self._told]
        self.files.setText(_some(lines) if lines else "None yet")
        asks = any(tool is not None and not tool.channel for _, tool, _ in self._told)
        self._labels[1].setVisible(asks)
        self.channel.setVisible(asks)
        self.target.setText(str(self._target) if self._target else "")
        self.elsewhere.setEnabled(self._target is not None)
        why = self._why_not(asks)
        self.words.setText(why or "What is no record is left out, and you are told why.")
        self.go.setEnabled(not why)
        self.bar.hide()

    def _why_not(self, asks: bool) -> str:
        if not self._told:
            return KNOWN
        if not self._sources:
            return f"None of these can be imported. {KNOWN}"
        if asks and not self.channel.text().strip():
            return "Write down the channel that these records were taken from."
        return "" if self._server is not None else "A server is written like kafka://broker:9092."

    # Importing

    def _go(self) -> None:
        if self._imported:
            self.made.emit(self._target)
            self.accept()
            return
        target, server, sources = self._target, self._server, self._sources
        channel = self.channel.text().strip() or None
        assert target is not None
        assert server is not None
        for widget in (self.choose, self.channel, self.server, self.elsewhere, self.go):
            widget.setEnabled(False)
        self.bar.show()
        self._timer.start()

        def count(records: int) -> None:
            self._read = records

        self._background.ask(
            lambda: into(target, sources, server, channel, self._stop.is_set, count), self._done
        )

    def _tell(self) -> None:
        self.words.setText(f"{self._read:,} records are read." if self._read else "Reading.")

    def _done(self, imported: Imported) -> None:
        self._end()
        self._imported = True
        twice = f" {imported.twice:,} were there twice." if imported.twice else ""
        count = figures.plural(imported.records, "record")
        self.said.emit(f"{count} imported.{twice}")
        if not any(source.left_out for source in imported.sources):
            self._go()
            return
        lines = [sentence for source in imported.sources for sentence in source.sentences]
        self.files.setText(_some(lines))
        self.words.setText(f"{count} imported.{twice} The rest was left out as said above.")
        self.go.setText("Open")
        self.cancel.setText("Close")
        self.go.setEnabled(True)

    def _failed(self, sentence: str) -> None:
        self._end()
        for widget in (self.choose, self.channel, self.server, self.elsewhere, self.go):
            widget.setEnabled(True)
        self.words.setText(sentence)

    def _end(self) -> None:
        self._timer.stop()
        self.bar.hide()

    def done(self, result: int) -> None:
        self._timer.stop()
        self._stop.set()
        self._background.close()
        super().done(result)


def _look(files: Sequence[Path]) -> Told:
    told: Told = []
    for path in files:
        try:
            told.append((path, recognised(path), ""))
        except InspectorError as failure:
            told.append((path, None, failure.message.replace(str(path), path.name)))
    return told


def _some(lines: Sequence[str]) -> str:
    more = len(lines) - MOST_LINES
    return "\n".join(lines[:MOST_LINES]) + (f"\nand {more:,} more" if more > 0 else "")


def _free(path: Path) -> Path:
    """A path where nothing is yet."""
    tries = (path.with_stem(f"{path.stem}-{number}") for number in range(2, 10_000))
    return path if not path.exists() else next(each for each in tries if not each.exists())
