"""What a person decides in the window: kept in a project file at once, undone and done again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from graph.model import Alias, Suggestion
from inspector.errors import ProjectError
from inspector.link import UseProject
from inspector.project.file import NAME, ProjectFile
from inspector.project.model import Change, Project, add_server, text

if TYPE_CHECKING:
    from gui.session import Session

PROBLEM = "project file"
LATER = "It counts when the server is observed."
NOW = "Ctrl+Z takes it back."


def default_file() -> Path:
    """Where decisions are kept while no project is open: beside the captures."""
    return Path(platformdirs.user_data_dir("eventscope", appauthor=False)) / "captures" / NAME


class _Step(QUndoCommand):
    """One decision. The file is written before the stack moves, because the file may refuse."""

    def __init__(self, change: Change) -> None:
        super().__init__(change.what)
        self.change = change


class Decisions(QObject):
    """The project of a session, and the decisions that were made in this window."""

    changed = Signal()
    """The project says something else, or another one is used."""
    chosen = Signal()
    """Something else is what the actions are about, or can be undone."""
    said = Signal(str)
    """What was just done, in a sentence."""

    def __init__(self, session: Session, path: Path) -> None:
        super().__init__(session)
        self._session = session
        self.file = ProjectFile(path)
        self.named = False
        """Whether a person opened or saved the project, so that what is connected to belongs to it."""
        self.stack = QUndoStack(self)
        self.suggestion: Suggestion | None = None
        self.alias: Alias | None = None
        self.reload()

    @property
    def project(self) -> Project:
        """What was decided so far."""
        return self.file.project

    @property
    def place(self) -> str:
        """Where decisions are kept, for sentences."""
        return self.file.path.name if self.named else f"{self.file.path.name} beside the captures"

    def use(self, file: ProjectFile) -> None:
        """Go by another project, which a person named."""
        self.file, self.named = file, True
        self.stack.clear()
        self.tell()

    def reload(self) -> None:
        """Read the file again where somebody else changed it."""
        try:
            news = self.file.reload()
        except ProjectError as failure:
            self._session.trouble(PROBLEM, failure.message, failure.remedy)
            return
        self._session.solve(PROBLEM)
        if news:
            self.tell()

    def tell(self) -> None:
        """Give the engine, where there is one, the project as it is."""
        self._session.send(UseProject(self.project, str(self.file.path.resolve())))
        self.changed.emit()

    def decide(self, change: Change) -> bool:
        """Do something that can be undone.

        False where it could not be written down or is decided already, which is told.
        """
        self.reload()
        if change.applied(self.project) == self.project:
            self.said.emit(f"Decided already: {change.what}.")
            return False
        if not self.apply(change):
            return False
        self.stack.push(_Step(change))
        self.chosen.emit()
        return True

    def step(self, *, back: bool) -> bool:
        """Undo the last decision, or do the one again that was undone; False where the file refuses."""
        step = self.stack.command(self.stack.index() - back)
        assert isinstance(step, _Step)
        if not self.apply(step.change.undone if back else step.change):
            return False
        (self.stack.undo if back else self.stack.redo)()
        self.chosen.emit()
        return True

    def apply(self, change: Change) -> bool:
        """Write a change down and go by it; False where the file does not take it, which is told."""
        try:
            self.file.change(change)
        except ProjectError as failure:
            self._session.trouble(PROBLEM, failure.message, failure.remedy)
            return False
        self._session.solve(PROBLEM)
        self.tell()
        return True

    def say(self, sentence: str, now: str = "") -> None:
        """Tell what was done, and over a capture when it will be seen; else `now`."""
        self.said.emit(f"{sentence} {now if self._session.live else LATER}".rstrip())

    def save_as(self, path: Path, servers: tuple[str, ...]) -> None:
        """Keep the project at another place, with the servers that are connected; raises ProjectError."""
        copy = self.file.copy_to(path)
        for url in servers:
            copy.change(add_server(url))
        self.file, self.named = copy, True
        self.tell()

    def choose(self, suggestion: Suggestion | None) -> None:
        """The suggestion that the actions are about from now on."""
        self.suggestion = suggestion
        self.chosen.emit()

    def choose_name(self, alias: Alias) -> None:
        """The name that the actions are about from now on."""
        self.alias = alias
        self.chosen.emit()

    def decided(self, suggestion: Suggestion) -> str:
        """What was decided about two names already: `Merged`, `Kept apart`, or nothing."""
        pair = {text(suggestion.a), text(suggestion.b)}
        ours = self.project.identities
        if any(pair <= set(names) for names in ours.together):
            return "Merged"
        return "Kept apart" if any(names[0] in pair <= set(names) for names in ours.apart) else ""
