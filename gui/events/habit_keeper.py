"""Columns and queries of a person: read from the file beside the project, and written there again."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QObject, QTimer, Signal

from gui.session import Session
from inspector.errors import ProjectError
from inspector.project import habits
from inspector.project.habits import Habits, ShownColumn

PROBLEM = "lists"
SOON_MS = 1_500
"""How long after the last change it is written down."""


class HabitKeeper(QObject):
    """Follows the project of a session."""

    columns_changed = Signal()
    """Another project has other columns."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._path = habits.beside(session.decisions.file.path)
        self.habits = self._written = Habits()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SOON_MS)
        self._soon.timeout.connect(self.write)
        session.decisions.changed.connect(self._follow)
        self._read()

    def show_columns(self, columns: tuple[ShownColumn, ...]) -> None:
        """These columns are shown from now on."""
        self._keep(replace(self.habits, columns=columns))

    def ask(self, query: str) -> None:
        """A query was asked."""
        if query:
            before = tuple(each for each in self.habits.asked if each != query)
            self._keep(replace(self.habits, asked=(*before, query)[-habits.MOST_ASKED :]))

    def write(self) -> None:
        """Write down what changed; what keeps it from that is told."""
        self._soon.stop()
        if self.habits == self._written:
            return
        try:
            habits.write(self._path, self.habits)
        except ProjectError as failure:
            self._session.trouble(PROBLEM, failure.message, failure.remedy)
        else:
            self._written = self.habits

    def _keep(self, now: Habits) -> None:
        if now != self.habits:
            self.habits = now
            self._soon.start()

    def _follow(self) -> None:
        path = habits.beside(self._session.decisions.file.path)
        if path != self._path:
            self.write()
            self._path = path
            self._read()

    def _read(self) -> None:
        before = self.habits.columns
        try:
            self.habits = self._written = habits.read(self._path)
        except ProjectError as failure:
            self._session.trouble(PROBLEM, failure.message, failure.remedy)
        else:
            self._session.solve(PROBLEM)
        if self.habits.columns != before:
            self.columns_changed.emit()
