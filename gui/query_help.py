"""The query language on one page, made of its operators and fields."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from graph.query.completion import help_lines
from graph.query.fields import Vocabulary
from gui.fonts import Role
from gui.parts.text import Text, column

WIDTH, HEIGHT = 560, 520


class QueryHelp(QFrame):
    """A popup: forms at the left, what they mean at the right."""

    def __init__(self, vocabulary: Vocabulary, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName("The query language")
        self.setObjectName("card")
        page = QWidget()
        page.setObjectName("panel")
        lines = QGridLayout()
        lines.setContentsMargins(16, 12, 16, 14)
        lines.setHorizontalSpacing(20)
        lines.setVerticalSpacing(3)
        lines.setColumnStretch(1, 1)
        for title, forms in help_lines(vocabulary):
            if lines.rowCount() > 1:
                lines.setRowMinimumHeight(lines.rowCount(), 10)
            lines.addWidget(Text(title, Role.SECTION), lines.rowCount(), 0, 1, 2)
            for form, meaning in forms:
                at = lines.rowCount()
                lines.addWidget(Text(form, Role.CELL, "accent"), at, 0)
                lines.addWidget(Text(meaning, Role.BODY, "dim"), at, 1)
        page.setLayout(lines)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(page)
        self.setLayout(column(area, gap=0, margins=(1, 1, 1, 1)))
        self.resize(WIDTH, HEIGHT)

    def open_under(self, field: QWidget) -> None:
        """Show it under a field, within the window."""
        window = field.window()
        corner = field.mapTo(window, QPoint(field.width() - self.width(), field.height() + 6))
        self.move(window.mapToGlobal(QPoint(max(8, corner.x()), corner.y())))
        self.show()
