"""Labels by role and tone, hairlines and spacing: what panels are set in."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gui import fonts
from gui.fonts import Role


class Text(QLabel):
    """Words in the font of a role and the colour of a tone."""

    def __init__(
        self, text: str = "", role: Role = Role.BODY, tone: str = "text", *, wrap: bool = False
    ) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(fonts.font(role))
        self.setProperty("tone", tone)
        self.setWordWrap(wrap)
        if wrap:
            self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
            policy.setHeightForWidth(True)
            self.setSizePolicy(policy)

    def set_tone(self, tone: str) -> None:
        """Another colour of the palette."""
        if self.property("tone") != tone:
            self.setProperty("tone", tone)
            self.style().unpolish(self)
            self.style().polish(self)


class Elided(Text):
    """One line that is cut in the middle where it finds no room; the tooltip has all of it."""

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        metrics = self.fontMetrics()
        shown = metrics.elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self.width())
        self.setToolTip(self.text() if shown != self.text() else "")
        painter = QPainter(self)
        self.style().drawItemText(
            painter,
            self.rect(),
            int(self.alignment()),
            self.palette(),
            True,
            shown,
            QPalette.ColorRole.WindowText,
        )
        painter.end()


class Pill(QLabel):
    """A few words on a round ground: `run`, `runbg`, `act`, `ok`, `plain` or `accent`."""

    def __init__(self, text: str = "", kind: str = "plain") -> None:
        super().__init__(text)
        self.setFont(fonts.font(Role.BADGE))
        self.setFixedHeight(20)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setProperty("pill", kind)

    def show_as(self, text: str, kind: str) -> None:
        """Other words, another ground."""
        self.setText(text)
        if self.property("pill") != kind:
            self.setProperty("pill", kind)
            self.style().unpolish(self)
            self.style().polish(self)


class Rule(QFrame):
    """A hairline."""

    def __init__(self, *, upright: bool = False, length: int | None = None) -> None:
        super().__init__()
        self.setObjectName("rule")
        if upright:
            self.setFixedWidth(1)
            if length is not None:
                self.setFixedHeight(length)
        else:
            self.setFixedHeight(1)


def row(
    *items: QWidget | int | None, gap: int = 6, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QHBoxLayout:
    """A horizontal layout: widgets, spacings in px, and None for what stretches."""
    made = QHBoxLayout()
    _fill(made, items, gap, margins)
    return made


def column(
    *items: QWidget | QLayout | int | None, gap: int = 6, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QVBoxLayout:
    """A vertical layout, likewise."""
    made = QVBoxLayout()
    _fill(made, items, gap, margins)
    return made


def _fill(
    made: QBoxLayout,
    items: tuple[QWidget | QLayout | int | None, ...],
    gap: int,
    margins: tuple[int, int, int, int],
) -> None:
    made.setSpacing(gap)
    made.setContentsMargins(*margins)
    for item in items:
        if item is None:
            made.addStretch(1)
        elif isinstance(item, int):
            made.addSpacing(item)
        elif isinstance(item, QLayout):
            made.addLayout(item)
        else:
            made.addWidget(item)


def emptied(layout: QLayout) -> None:
    """Take everything out of a layout and let it die."""
    while layout.count():
        item = layout.takeAt(0)
        if item is None:
            return
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            emptied(inner)


def as_high_as_needed(widget: QWidget, width: int) -> None:
    """Fix the width, and let words that wrap decide about the height; again when other words are shown."""
    for inner in (widget, *widget.findChildren(QWidget)):
        # Fonts and paddings of the style sheet decide about heights.
        inner.ensurePolished()
        if (inside := inner.layout()) is not None:
            inside.invalidate()
    layout = widget.layout()
    if layout is not None:
        # Its own least size knows nothing of the width that words have.
        layout.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        high = layout.heightForWidth(width) if layout.hasHeightForWidth() else layout.sizeHint().height()
        widget.setFixedSize(width, high)
