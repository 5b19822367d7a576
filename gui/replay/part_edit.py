"""Editing the key or value of one record: its fields, its text or its bytes; what was not touched stays."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QWidget

from gui import figures
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button, Tick
from gui.parts.text import Text, column, row
from gui.replay.part_text import PartText
from inspector.decode.decoding import Decoding
from inspector.decode.preview import readable
from inspector.encode.body import Body, Part, Sealed, open_part
from inspector.encode.misfit import Misfit
from inspector.record import Record

MOST = 1_000_000
"""Bytes up to which a part can be edited here."""
CHECK_AFTER_MS = 150
FIELDS, TEXT, BYTES = "Fields", "Text", "Bytes"


class PartEdit(QWidget):
    """Three ways to edit the same bytes, and a switch for null, which is not the same as empty."""

    changed = Signal()

    def __init__(self, look: Look, part: Part, lines: tuple[int, int]) -> None:
        """`lines` is how high the text is, at least and at most."""
        super().__init__()
        self.part: Part = part
        self._record: Record | None = None
        self._decoding: Callable[[], Decoding] = Decoding
        self._body: Body | None = None
        self._data: bytes | None = None
        self._mode = FIELDS
        self._start = ""
        """The text as it was shown: until it is another one the bytes stay."""
        self.missing: tuple[int, ...] = ()
        """Ids of schemas that a registry may have, and with which its fields could be edited."""
        self._fault = ""
        self.text = PartText(look, part.capitalize(), *lines)
        self.null = Tick(look, "null")
        self.null.setToolTip(
            "A null value is a tombstone: where a channel is compacted it deletes what the key stands for."
        )
        self.null.toggled.connect(self._switched)
        self.modes = {name: Button(look, name, "tab") for name in (FIELDS, TEXT, BYTES)}
        group = QButtonGroup(self)
        for name, button in self.modes.items():
            button.setCheckable(True)
            group.addButton(button)
            button.clicked.connect(lambda _on=False, name=name: self.show_as(name))
        self._encoding = Text(role=Role.SECONDARY, tone="dim")
        self._note = Text(role=Role.SECONDARY, tone="dim", wrap=True)
        self._wrong = Text(role=Role.SECONDARY, tone="run", wrap=True)
        head = row(
            Text(part.capitalize(), tone="dim"), 8, *self.modes.values(), 6, self._encoding, None, self.null,
            gap=2,
        )  # fmt: skip
        self.setLayout(column(head, self.text, self._wrong, self._note, gap=2))
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(CHECK_AFTER_MS)
        self._later.timeout.connect(self._check)
        self.text.textChanged.connect(self._later.start)

    @property
    def data(self) -> bytes | None:
        """What is to be sent: the original bytes where nothing was changed. Mind `fault`."""
        self._settle()
        return None if self.null.isChecked() else self._data

    @property
    def fault(self) -> str:
        """What is wrong with what stands there: a sentence; empty where nothing is."""
        self._settle()
        return self._fault

    @property
    def touched(self) -> bool:
        """Whether it differs from the record's."""
        return self._record is not None and self.data != self._original

    @property
    def _original(self) -> bytes | None:
        if self._record is None:
            return None
        return self._record.key if self.part == "key" else self._record.value

    def show_record(self, record: Record, decoding: Callable[[], Decoding]) -> None:
        """Edit this record's part; `decoding` is asked for each time that its fields are shown."""
        self._record, self._decoding = record, decoding
        self._data = self._original
        self.null.blockSignals(True)
        self.null.setChecked(self._data is None)
        self.null.blockSignals(False)
        self._show(FIELDS)

    def reset(self) -> None:
        """Back to what the record says."""
        if self._record is not None:
            self.show_record(self._record, self._decoding)
            self.changed.emit()

    def show_as(self, mode: str) -> None:
        """Edit the same bytes another way; what cannot be read as they stand is not taken over."""
        self._settle()
        self._show(mode)

    def set_text(self, text: str) -> None:
        """Write another text, as a person would."""
        self.text.setPlainText(text)

    def _show(self, mode: str) -> None:
        data = self._data or b""
        self._body, sealed = self._opened(data)
        words = readable(data, cut=False) if len(data) <= MOST else None
        possible = {FIELDS: self._body is not None, TEXT: words is not None, BYTES: len(data) <= MOST}
        if not possible[mode]:
            mode = next((name for name, can in possible.items() if can), BYTES)
        self._mode = mode
        for name, button in self.modes.items():
            button.setEnabled(possible[name] and not self.null.isChecked())
            button.setChecked(name == mode)
        self.modes[FIELDS].setToolTip(sealed)
        self.modes[TEXT].setToolTip("" if words is not None else "These bytes are no text.")
        if mode == FIELDS and self._body is not None:
            self._start = self._body.text
        else:
            self._start = words if mode == TEXT and words is not None else data[:MOST].hex(" ")
        self._encoding.setText(self._body.encoding if self._body is not None else "")
        self.text.blockSignals(True)
        self.text.show_text(self._start, as_json=mode == FIELDS)
        self.text.blockSignals(False)
        self.text.setVisible(possible[BYTES])
        self.text.setEnabled(not self.null.isChecked())
        self._later.stop()
        note = self._body.note if mode == FIELDS and self._body is not None else ""
        if not possible[BYTES]:
            note = f"{figures.size(len(data))}, longer than can be edited here: it is sent as it is."
        elif self._body is None and data and mode == BYTES:
            note = sealed
        self._note.setText(note)
        self._note.setVisible(bool(note))
        self._tell(None)

    def _opened(self, data: bytes) -> tuple[Body | None, str]:
        self.missing = ()
        if self._record is None or not data or len(data) > MOST:
            return None, "It has no parts."
        now = replace(self._record, key=data) if self.part == "key" else replace(self._record, value=data)
        try:
            body = open_part(now, self.part, self._decoding())
            body.text  # noqa: B018 - what has no text is edited as bytes
        except (Sealed, Misfit) as refusal:
            self.missing = refusal.missing if isinstance(refusal, Sealed) else ()
            return None, str(refusal)
        return body, ""

    def _switched(self, null: bool) -> None:
        self.text.setEnabled(not null)
        for button in self.modes.values():
            button.setEnabled(not null)
        if not null:
            self._data = self._data or b""
            self._show(self._mode)
        self._check()

    def _settle(self) -> None:
        """Take over what was typed just now."""
        if self._later.isActive():
            self._later.stop()
            self._check()

    def _check(self) -> None:
        """Take over what stands there, or say what is wrong with it."""
        fault: Misfit | None = None
        text = self.text.toPlainText()
        if not self.null.isChecked() and text != self._start:
            try:
                self._data = self._read(text)
                self._start = text
            except Misfit as misfit:
                fault = misfit
        self._tell(fault)
        self.changed.emit()

    def _read(self, text: str) -> bytes:
        if self._mode == TEXT:
            return text.encode("utf-8", "surrogatepass")
        if self._mode == BYTES:
            try:
                return bytes.fromhex(text)
            except ValueError as error:
                raise Misfit("bytes are written as pairs of 0-9 and a-f") from error
        assert self._body is not None
        document = self._body.read(text)
        before = {str(each) for each in self._body.faults(self._body.document)}
        for each in self._body.faults(document):
            if str(each) not in before:
                raise each
        return self._body.data_of(document)

    def _tell(self, fault: Misfit | None) -> None:
        self._fault = "" if fault is None else f"{self.part.capitalize()}: {fault}"
        self._wrong.setText(str(fault or ""))
        self._wrong.setVisible(fault is not None)
        self.text.mark(fault)
