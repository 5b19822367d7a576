"""What only a whole record tells of a row: headers, fields of the value, ids, and which colour rule holds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QObject, Signal

from gui.background import Background
from gui.events.masked import masked
from inspector.decode import tree
from inspector.decode.preview import readable
from inspector.decode.sight import AS_IT_IS, Sight
from inspector.errors import CaptureError
from inspector.record import Record
from inspector.search import paths
from inspector.search.vocabulary import parsed
from inspector.store.reader import CaptureReader
from inspector.traits import Traits

KEPT = 4_096
"""Rows that are remembered."""
AT_ONCE = 48
"""Rows that are read before they are shown."""
LARGEST = 4_000_000
"""Bytes of a value that is decoded for a cell."""


@dataclass(frozen=True)
class Told:
    """What stands in one cell."""

    text: str
    tone: str = "text"
    key: Any = None
    """What it is sorted by."""


@dataclass(frozen=True)
class Detail:
    """What a whole record told."""

    cells: dict[str, Told] = field(default_factory=dict)
    colour: str = ""
    """The colour that a rule gives it."""
    rule: str = ""
    """The query of that rule."""


Holds = Callable[[Record, Traits], bool]


@dataclass(frozen=True)
class Wanted:
    """What is to be known of every row that is seen."""

    columns: tuple[str, ...] = ()
    rules: tuple[tuple[str, str, Holds], ...] = ()
    """Colour, query and test of the colour rules."""
    sight: Sight = AS_IT_IS

    @property
    def anything(self) -> bool:
        """Whether records have to be read at all."""
        return bool(self.columns or self.rules)


def detail(reader: CaptureReader, row: int, wanted: Wanted) -> Detail:
    """Read a row; nothing is told of one that cannot be read."""
    try:
        record, traits = masked(reader, row, wanted.sight)
    except CaptureError:
        return Detail()
    cells = {key: told(record, traits, key, wanted.sight) for key in wanted.columns}
    for colour, query, holds in wanted.rules:
        if holds(record, traits):
            return Detail(cells, colour, query)
    return Detail(cells)


def told(record: Record, traits: Traits, key: str, sight: Sight = AS_IT_IS) -> Told:
    """What a column shows of a record."""
    kind, _, name = key.partition(".")
    match kind:
        case "header":
            return _header(record, name)
        case "value":
            return _field(record, name, sight)
        case _:
            said = {"id": traits.event_id, "parent": traits.parent_id, "trace": traits.flow_id}[key]
            return Told(said or "", key=said)


def _header(record: Record, name: str) -> Told:
    values = [value for each, value in record.headers if each.lower() == name.lower()]
    if not values:
        return Told("", "faint")
    if values[0] is None:
        return Told("null", "faint")
    text = readable(values[0], cut=False)
    shown = values[0].hex(" ") if text is None else text
    more = f"  and {len(values) - 1} more" if len(values) > 1 else ""
    return Told(shown + more, key=_number(shown))


def _field(record: Record, path: str, sight: Sight) -> Told:
    if not record.body_stored:
        return Told("not captured", "warn")
    if not record.value:
        return Told("", "faint")
    if len(record.value) > LARGEST:
        return Told("too large to look into", "faint")
    try:
        found = list(paths.values(parsed(record, sight.value), paths.parse(path)))
    except ValueError as wrong:
        return Told(str(wrong), "warn")
    if not found:
        return Told("", "faint")
    shown = tree.root(found[0])
    tone = {"text": "string", "number": "number", "true or false": "number"}.get(shown.kind, "faint")
    more = f"  and {len(found) - 1} more" if len(found) > 1 and shown.kind != "array" else ""
    return Told(shown.text + more, tone, found[0] if shown.kind in ("text", "number") else shown.text)


def _number(text: str) -> object:
    try:
        return float(text)
    except ValueError:
        return text


class Details(QObject):
    """Reads rows in the background, those asked for last first; `arrived` when more is known."""

    arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = Background(self)
        self._reader: CaptureReader | None = None
        self._wanted = Wanted()
        self._known: OrderedDict[int, Detail] = OrderedDict()
        self._asked: dict[int, None] = {}

    @property
    def busy(self) -> bool:
        """Whether rows are being read."""
        return self._background.busy

    def want(self, reader: CaptureReader | None, wanted: Wanted) -> None:
        """From now on know this of every row."""
        self._reader, self._wanted = reader, wanted
        self._background.cancel()
        self._known.clear()
        self._asked.clear()

    def of(self, row: int) -> Detail | None:
        """What is known of a row; None where it has still to be read, which is begun."""
        if not self._wanted.anything:
            return Detail()
        found = self._known.get(row)
        if found is None:
            self._asked.pop(row, None)
            self._asked[row] = None
            self._read()
        return found

    def close(self) -> None:
        """End what runs."""
        self._background.close()

    def _read(self) -> None:
        reader, wanted = self._reader, self._wanted
        if self._background.busy or reader is None or not self._asked:
            return
        rows = list(self._asked)[-AT_ONCE:]
        self._asked.clear() if len(self._asked) > KEPT else self._forget(rows)

        def work() -> list[tuple[int, Detail]]:
            return [(row, detail(reader, row, wanted)) for row in rows]

        self._background.ask(work, self._arrived)

    def _forget(self, rows: Iterable[int]) -> None:
        for row in rows:
            self._asked.pop(row, None)

    def _arrived(self, found: Sequence[tuple[int, Detail]]) -> None:
        self._known.update(found)
        while len(self._known) > KEPT:
            self._known.popitem(last=False)
        self.arrived.emit()
        self._read()
