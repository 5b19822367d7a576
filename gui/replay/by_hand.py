"""Editing one event by hand: key, value and headers, each of which stays as it is unless it is touched."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.text import Text, column, row
from gui.replay.headers_edit import HeadersEdit
from gui.replay.part_edit import PartEdit
from inspector.decode.decoding import Decoding
from inspector.record import Record
from inspector.replay.edit import Edit, SetBytes, SetHeaders


class ByHand(QWidget):
    """The fields of one event."""

    changed = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._record: Record | None = None
        self.key = PartEdit(look, "key", (1, 3))
        self.value = PartEdit(look, "value", (4, 16))
        self.headers = HeadersEdit(look)
        self._reset = Button(look, "Undo all", "link", run=self.reset, tip="Back to what was captured")
        self.setLayout(
            column(
                self.key, 4, self.value, 4, row(Text("Headers", tone="dim"), None, self._reset), self.headers,
                gap=5,
            )
        )  # fmt: skip
        for part in (self.key, self.value, self.headers):
            part.changed.connect(self._news)

    def show_record(self, record: Record, decoding: Callable[[], Decoding]) -> None:
        """Edit this event."""
        self._record = record
        self.key.show_record(record, decoding)
        self.value.show_record(record, decoding)
        self.headers.show_headers(record.headers)
        self._reset.hide()

    def reset(self) -> None:
        """Take everything back."""
        self.key.reset()
        self.value.reset()
        if self._record is not None:
            self.headers.show_headers(self._record.headers)
        self._news()

    @property
    def edits(self) -> tuple[Edit, ...]:
        """What was touched. Mind `fault`."""
        parts = (self.key, self.value)
        made: list[Edit] = [SetBytes(part.part, part.data) for part in parts if part.touched]
        if self._record is not None and self.headers.data != self._record.headers:
            made.append(SetHeaders(self.headers.data))
        return tuple(made)

    @property
    def missing(self) -> tuple[int, ...]:
        """Ids of schemas that a registry may have, and with which the fields could be edited."""
        return (*self.key.missing, *self.value.missing)

    @property
    def fault(self) -> str:
        """What is wrong with what stands there: a sentence; empty where nothing is."""
        return self.key.fault or self.value.fault

    def _news(self) -> None:
        self._reset.setVisible(bool(self.edits or self.fault))
        self.changed.emit()
