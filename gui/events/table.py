"""The table of events: columns that people arrange, and several rows at a time."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QItemSelectionRange,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QStyleOptionViewItem, QWidget

from gui import icons
from gui.events.columns import EventColumn, fitted
from gui.events.oddities import Oddity
from gui.look import Look
from gui.models.events import SIGNS, EventsModel, Signs
from gui.parts.cells import CellDelegate, Index
from gui.parts.live_table import LiveTable
from gui.parts.paint import guarded
from gui.theme import mixed
from inspector.project.colours import COLOURS
from inspector.project.habits import ShownColumn

GROUND = {True: 0.19, False: 0.13}
"""How much of a rule's colour the ground of a row has, in dark and in light."""
STRIPE = 3
"""Width of the stripe in a rule's full colour."""
ICON = 12


class EventDelegate(CellDelegate):
    """Paints the ground of colour rules, signs, and gaps between rows."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(look, parent)
        self._signs = Signs()
        """Those of the row that is painted."""

    def ground(self, index: Index) -> QColor | None:
        return self._rule(self._signs, GROUND[self._look.theme.dark])

    @guarded
    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        signs = self._signs = index.data(SIGNS) or Signs()
        super().paint(painter, option, index)
        rect: QRect = option.rect
        model = index.model()
        assert isinstance(model, EventsModel)
        if signs.colour and index.column() == 0 and (whole := self._rule(signs, 1.0)) is not None:
            painter.fillRect(QRect(rect.left() + 3, rect.top(), STRIPE, rect.height()), whole)
        if signs.oddity is not None and signs.oddity.gap:
            painter.save()
            painter.setPen(QPen(self._look.colour("warn"), 1.0, Qt.PenStyle.DashLine))
            y = rect.bottom() if model.finder.sorting.down else rect.top()
            painter.drawLine(rect.left(), y, rect.right(), y)
            painter.restore()
        if model.columns[index.column()].key == "marks":
            self._draw(painter, rect, signs)

    def _draw(self, painter: QPainter, rect: QRect, signs: Signs) -> None:
        shown = []
        if signs.bookmark is not None:
            shown.append(("note-pencil" if signs.bookmark.note else "star-fill", "accent"))
        shown += [("x-circle", "warn")] * signs.aborted
        shown += [(name, "warn") for name in sign_names(signs.oddity)]
        x = rect.left() + 10
        ratio = painter.device().devicePixelRatioF()
        for name, tone in shown[:2]:
            drawn = icons.picture(name, self._look.colour(tone), ICON, ratio)
            painter.drawPixmap(QPoint(x, rect.top() + (rect.height() - ICON) // 2), drawn)
            x += ICON + 4

    def _rule(self, signs: Signs, part: float) -> QColor | None:
        if signs.colour not in COLOURS:
            return None
        palette = self._look.theme.palette
        return mixed(palette.rules[COLOURS.index(signs.colour)], palette.panel, part)


def sign_names(oddity: Oddity | None) -> list[str]:
    """The icons of what is odd about a row, the worst first."""
    if oddity is None:
        return []
    signs = (
        ("dots-three-vertical", bool(oddity.gap)),
        ("copy-simple", oddity.double or oddity.repeated),
        ("arrow-u-up-left", oddity.backwards_ns > 0),
    )
    return [name for name, there in signs if there]


class EventTable(LiveTable):
    """Columns are moved, resized and sorted by at their heads; rows are selected one by one or in ranges."""

    sort_wanted = Signal(int)
    """By a column, by its number."""
    columns_wanted = Signal(QPoint)
    """A menu of columns, at a place of the screen."""
    arranged = Signal()
    """A column was moved or resized by hand."""

    def __init__(self, look: Look, model: EventsModel) -> None:
        super().__init__(look, (), "Events")
        self.setItemDelegate(EventDelegate(look, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._events = model
        self._arranging = False
        self._wanted: list[int] = []
        """The widths that people chose, by number of the column; the shown ones may be narrower."""
        self.setModel(model)
        heads = self.horizontalHeader()
        # A head asks of every row whether its column is selected as a whole, which takes long for millions.
        heads.setSelectionModel(QItemSelectionModel(model, heads))
        heads.setSectionsMovable(True)
        heads.setSectionsClickable(True)
        heads.setStretchLastSection(True)
        heads.setTextElideMode(Qt.TextElideMode.ElideRight)
        heads.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        heads.customContextMenuRequested.connect(lambda at: self.columns_wanted.emit(heads.mapToGlobal(at)))
        heads.sectionClicked.connect(self.sort_wanted)
        heads.sectionMoved.connect(lambda *_: self._arranged())
        heads.sectionResized.connect(self._resized)
        model.moved.connect(self._keep_selection)
        model.modelReset.connect(self._forget)
        self._before: list[tuple[int, int]] = []
        self._current_row: int | None = None
        self.selectionModel().selectionChanged.connect(lambda *_: self._remember())

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        # Whatever changes of itself may be seen a blink later.
        self.soften()
        super().dataChanged(first, last, roles)

    # Columns

    def show_columns(self, columns: Sequence[tuple[EventColumn, int]]) -> None:
        """Show these columns, each as wide as is said."""
        chosen = self.chosen_rows(2)
        self._arranging = True
        self._events.show_columns([each for each, _width in columns])
        heads = self.horizontalHeader()
        for number in range(heads.count()):
            heads.moveSection(heads.visualIndex(number), number)
        self._wanted = [width or each.width for each, width in columns]
        self._arranging = False
        self._fit()
        for row in chosen[:1]:
            self.go_to(self._events.place_of(row))

    def shown_columns(self) -> tuple[ShownColumn, ...]:
        """The columns from left to right as they are now; the last one takes what is left."""
        numbers = self.visual_columns()
        keys = [self._events.columns[number].key for number in numbers]
        widths = [self._wanted[number] for number in numbers[:-1]]
        return tuple(ShownColumn(key, width) for key, width in zip(keys, [*widths, 0], strict=True))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Make columns as wide as there is room for, so that the last one can be seen."""
        numbers = self.visual_columns()
        if len(numbers) != len(self._wanted):
            return
        wanted = [(self._events.columns[number], self._wanted[number]) for number in numbers]
        self._arranging = True
        for number, width in zip(numbers, fitted(wanted, self.viewport().width()), strict=True):
            self.setColumnHidden(number, not width)
            self.setColumnWidth(number, width)
        self._arranging = False

    def _resized(self, number: int, _before: int, width: int) -> None:
        if not self._arranging and number != self.visual_columns()[-1]:
            self._wanted[number] = width
            self._arranged()

    def _arranged(self) -> None:
        if not self._arranging:
            self.arranged.emit()

    # Rows

    def visual_columns(self) -> list[int]:
        """The numbers of the columns from left to right."""
        heads = self.horizontalHeader()
        return [heads.logicalIndex(at) for at in range(heads.count())]

    def chosen_places(self, most: int) -> list[int]:
        """The places that are selected, from top to bottom, `most` at the most."""
        found: list[int] = []
        for each in sorted(self._ranges(), key=lambda each: each.top()):
            found += range(each.top(), min(each.bottom() + 1, each.top() + most - len(found)))
            if len(found) >= most:
                break
        return found

    def chosen_rows(self, most: int) -> list[int]:
        """The rows of the capture that are selected, likewise."""
        return [self._events.row_number(place) for place in self.chosen_places(most)]

    @property
    def chosen_count(self) -> int:
        """How many rows are selected."""
        return sum(each.height() for each in self._ranges())

    def go_to(self, place: int | None) -> None:
        """Make a place current and show it."""
        if place is not None:
            self.setCurrentIndex(self._events.index_of(place))
            self.scrollTo(self._events.index_of(place))

    def _ranges(self) -> list[QItemSelectionRange]:
        found = self.selectionModel().selection()
        return [found.at(number) for number in range(found.size())]

    def _remember(self) -> None:
        """Rows at the ends of what is selected, as places are others when rows come."""
        number = self._events.row_number
        self._before = [(number(each.top()), number(each.bottom())) for each in self._ranges()]
        current = self.currentIndex()
        self._current_row = number(current.row()) if current.isValid() else None

    def _forget(self) -> None:
        self._before, self._current_row = [], None

    def _keep_selection(self) -> None:
        if not self._before:
            return
        model, selection = self._events, QItemSelection()
        last = model.columnCount() - 1
        for ends in self._before:
            places = [place for place in map(model.place_of, ends) if place is not None]
            if len(places) == 2:
                selection.select(model.index(min(places), 0), model.index(max(places), last))
        chosen, flags = self.selectionModel(), QItemSelectionModel.SelectionFlag
        current = None if self._current_row is None else model.place_of(self._current_row)
        chosen.blockSignals(True)
        if current is not None:
            chosen.setCurrentIndex(model.index_of(current), flags.NoUpdate)
        chosen.select(selection, flags.ClearAndSelect | flags.Rows)
        chosen.blockSignals(False)
