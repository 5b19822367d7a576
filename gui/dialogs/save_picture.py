"""Saving or copying the graph: in which form, how much of it, how large, and what that will be."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QFileDialog, QGridLayout, QWidget

from gui import figures
from gui.background import Background
from gui.canvas.saved.export import SCALES, Kind
from gui.dialogs.fitted import FittedDialog
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, Choice
from gui.parts.text import Rule, Text, column, row
from gui.recent import Remembered
from gui.take_away import TITLES, Form, TakeAway, Wanted, suffix
from inspector.export import TextForm

WIDTH = 520


class SaveDialog(FittedDialog):
    """A form, what goes with it, and one sentence of what it will be."""

    done_with = Signal(str)
    """It was saved or copied; what to say of that."""
    chosen = Signal(object)
    """What was chosen, a `Wanted`, to begin with the next time."""

    def __init__(
        self, look: Look, take: TakeAway, wanted: Wanted, remembered: Remembered, parent: QWidget
    ) -> None:
        super().__init__(parent, WIDTH)
        self._take, self._remembered = take, remembered
        picture = isinstance(wanted.form, Kind)
        title = "Save a picture" if picture else "Export the graph"
        self.setWindowTitle(title)
        self._forms: list[Form] = list(Kind) if picture else list(TextForm)
        self.form, self.extent, self.paper, self.scale = (Choice(look) for _ in range(4))
        self.form.addItems([TITLES[form] for form in self._forms])
        shown = "All that is shown", "Only what is on the screen"
        self.extent.addItems(shown if picture else ("All that is known", "Only what is shown"))
        self.paper.addItems(["Light", "As the window"])
        self.scale.addItems([f"{scale} ×" if scale > 1 else "1 ×, as on the screen" for scale in SCALES])
        self._labels = [Text(name, tone="dim") for name in ("Form", "How much", "Colours", "Sharpness")]
        lines = QGridLayout()
        lines.setVerticalSpacing(8)
        lines.setColumnMinimumWidth(0, 96)
        lines.setColumnStretch(1, 1)
        for number, choice in enumerate((self.form, self.extent, self.paper, self.scale)):
            lines.addWidget(self._labels[number], number, 0)
            lines.addWidget(choice, number, 1)
            choice.setAccessibleName(self._labels[number].text())
        self.words = Text(wrap=True)
        self.note = Text(role=Role.SECONDARY, tone="warn", wrap=True)
        self.copy = Button(look, "Copy", run=self._copy)
        self.cancel = Button(look, "Cancel", run=self.reject)
        self.save = Button(look, "Save…", "primary", run=self._ask)
        self.save.setDefault(True)
        foot = row(self.note, self.copy, self.cancel, self.save, gap=8)
        foot.setStretch(0, 1)
        made = column(
            Text(title, Role.TITLE), 2, lines, 4, self.words, 4, Rule(), foot, gap=8, margins=(24, 20, 24, 18)
        )
        self.setLayout(made)
        self._begin(wanted)
        for choice in (self.form, self.extent, self.paper, self.scale):
            choice.currentIndexChanged.connect(self._say)
        self._writing: _Writing | None = None
        self._background = Background(self)
        self._background.failed.connect(self._fail)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._write)
        self._say()
        self.fit()
        self.form.setFocus()

    @property
    def wanted(self) -> Wanted:
        """What is chosen now."""
        return Wanted(
            self._forms[self.form.currentIndex()],
            self.extent.currentIndex() == 0,
            self.paper.currentIndex() == 0,
            SCALES[self.scale.currentIndex()],
        )

    def _begin(self, wanted: Wanted) -> None:
        self.form.setCurrentIndex(self._forms.index(wanted.form))
        self.extent.setCurrentIndex(0 if wanted.whole else 1)
        self.paper.setCurrentIndex(0 if wanted.light else 1)
        self.scale.setCurrentIndex(SCALES.index(wanted.scale))

    def _say(self) -> None:
        wanted, take = self.wanted, self._take
        picture = isinstance(wanted.form, Kind)
        for number, (choice, fits) in enumerate(
            ((self.paper, picture and take.dark), (self.scale, wanted.form is Kind.PNG)), 2
        ):
            choice.setVisible(fits)
            self._labels[number].setVisible(fits)
        self.words.setText(take.says(wanted))
        self.note.set_tone("warn")
        why_not = take.why_not(wanted)
        self.note.setText(why_not or take.warns(wanted))
        no_copy = why_not or take.why_no_copy(wanted)
        self.save.setEnabled(not why_not)
        self.save.setToolTip(why_not)
        self.copy.setEnabled(not no_copy)
        self.copy.setToolTip(no_copy)

    # What it does

    def _copy(self) -> None:
        self._hold()
        if isinstance(self.wanted.form, TextForm):
            self._background.ask(self._take.text(self.wanted), self._copied)
        else:
            self._copied(None)

    def _copied(self, made: str | None) -> None:
        self.done_with.emit(self._take.copy(self.wanted, made))
        self.accept()

    def _ask(self) -> None:
        ending = suffix(self.wanted.form)
        path, _kind = QFileDialog.getSaveFileName(
            self,
            self.windowTitle(),
            str(Path(self._remembered.memory.folder) / f"eventscope{ending}"),
            f"{TITLES[self.wanted.form]} (*{ending})",
        )
        if path:
            self.write(Path(path if Path(path).suffix else f"{path}{ending}"))

    def write(self, path: Path) -> None:
        """Write the file, some of it at a time; closing the dialog stops that and leaves nothing behind."""
        self._remembered.memory.folder = str(path.parent)
        self._remembered.save()
        self._hold()
        if isinstance(self.wanted.form, TextForm):
            self._background.ask(self._take.text(self.wanted), lambda made: self._begin_file(path, made))
        else:
            self._writing = _Writing(path, *self._take.pieces(self.wanted))
            self._write()
            self._timer.start(0)

    def _begin_file(self, path: Path, made: str) -> None:
        self._writing = _Writing(path, iter([made.encode()]), 1)
        self._timer.start(0)

    def _hold(self) -> None:
        """Nothing else can be chosen while it is made."""
        self.chosen.emit(self.wanted)
        for widget in (self.form, self.extent, self.paper, self.scale, self.copy, self.save):
            widget.setEnabled(False)
        self.note.set_tone("dim")
        self.note.setText("Putting it together.")

    def _write(self) -> None:
        writing = self._writing
        if writing is None:
            return
        try:
            part = writing.go_on()
        except OSError as failure:
            self._fail(f"{writing.path} cannot be written: {failure.strerror}. Choose another place.")
            return
        self.note.setText(f"{figures.per_cent(part)} written.")
        if part == 1.0:
            self._writing = None
            self._timer.stop()
            self.done_with.emit(f"Saved {writing.path}, {figures.size(writing.size)}.")
            self.accept()

    def _fail(self, sentence: str) -> None:
        self._stop()
        self.note.set_tone("run")
        self.note.setText(sentence)

    def _stop(self) -> None:
        self._timer.stop()
        self._background.cancel()
        if self._writing is not None:
            self._writing.leave()
            self._writing = None
        for widget in (self.form, self.extent, self.paper, self.scale):
            widget.setEnabled(True)
        self._say()

    def reject(self) -> None:
        self._stop()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._stop()
        super().closeEvent(event)


class _Writing:
    """A file on its way, beside its place until it is whole."""

    def __init__(self, path: Path, pieces: Iterator[bytes], count: int) -> None:
        self.path = path
        self.size = 0
        self._pieces = pieces
        self._count, self._done = count, 0
        self._beside = path.with_name(f".{path.name}.{os.getpid()}.part")

    def go_on(self) -> float:
        """Write the next piece; the part that is written, 1 when all is in its place. Raises OSError."""
        piece = next(self._pieces, None)
        if piece is None:
            self._beside.replace(self.path)
            return 1.0
        with self._beside.open("ab" if self._done else "wb") as file:
            file.write(piece)
        self.size += len(piece)
        self._done += 1
        return min(self._done / (self._count + 1), 0.99)

    def leave(self) -> None:
        """Take away what was written."""
        with contextlib.suppress(OSError):
            self._beside.unlink()
