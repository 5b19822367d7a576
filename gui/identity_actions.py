"""Actions about who is whom: suggestions, names of applications, edges, and taking decisions back."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QMessageBox

from graph.identity import ApplicationId, LoopId, OperationId
from graph.model import PRODUCER_ID, Alias, Suggestion
from graph.names import plain
from gui.actions import Action
from gui.decisions import NOW, PROBLEM
from inspector.connection import parse
from inspector.discovery.components import telling
from inspector.errors import ProjectError
from inspector.project import model

if TYPE_CHECKING:
    from gui.main_window import MainWindow

SUFFIX = ".toml"


class IdentityActions:
    """Builds these actions of a window and carries them out."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._session = window.session
        self._decisions = window.session.decisions

    def actions(self) -> list[Action]:
        """All of them."""
        stack, window = self._decisions.stack, self._window
        return [
            Action(
                "suggestions.show", "Show suggestions", lambda: window.show_tab("Suggestions"), "Ctrl+Shift+U"
            ),
            Action(
                "suggestion.merge",
                "Merge the two names",
                self._merge,
                "Ctrl+Shift+M",
                "",
                partial(self._why_none, "Merged"),
            ),
            Action(
                "suggestion.apart",
                "Keep the two names apart",
                self._apart,
                "Ctrl+Shift+K",
                why_not=partial(self._why_none, "Kept apart"),
            ),
            Action(
                "suggestion.always",
                "Always merge by a pattern…",
                self._always,
                "Ctrl+Shift+P",
                why_not=self._why_no_pattern,
            ),
            Action(
                "alias.split",
                "Split a name off its application",
                self._split,
                "Ctrl+Shift+X",
                why_not=self._why_no_split,
            ),
            Action(
                "edge.confirm",
                "Confirm this edge",
                self._confirm,
                "Ctrl+Shift+C",
                "confirm",
                self._why_no_confirmation,
            ),
            Action(
                "edge.doubt",
                "Take the confirmation of this edge back",
                self._doubt,
                "Ctrl+Shift+D",
                why_not=lambda: "" if self._confirmed() else "Nobody confirmed it in this project.",
            ),
            Action(
                "undo",
                "Undo the last decision",
                lambda: self._step(back=True),
                "Ctrl+Z",
                why_not=lambda: "" if stack.canUndo() else "Nothing was decided in this window.",
            ),
            Action(
                "redo",
                "Redo the decision that was undone",
                lambda: self._step(back=False),
                "Ctrl+Shift+Z",
                why_not=lambda: "" if stack.canRedo() else "No decision was undone.",
            ),
            Action("project.save", "Save the project as…", self._save, "Ctrl+Shift+S"),
            Action("project.read", "Read the project file again", self._decisions.reload, "F5"),
        ]

    # Suggestions

    def _why_none(self, decided: str = "") -> str:
        chosen = self._decisions.suggestion
        if chosen is not None:
            same = decided and self._decisions.decided(chosen) == decided
            return f"{decided} already. Undo takes it back." if same else ""
        if self._session.graph.suggestions:
            return "Select a suggestion in the list first."
        return "There is no suggestion."

    def _why_no_pattern(self) -> str:
        chosen = self._decisions.suggestion
        if chosen is not None and PRODUCER_ID in (chosen.a.kind, chosen.b.kind):
            return "A pattern is about names, and a producer id is none. Merge the two instead."
        return self._why_none()

    def _suggestion(self) -> Suggestion:
        chosen = self._decisions.suggestion
        assert chosen is not None
        return chosen

    def _merge(self) -> None:
        chosen = self._suggestion()
        self._do(model.merge(self._decisions.project, chosen.a, chosen.b))

    def _apart(self) -> None:
        chosen = self._suggestion()
        self._do(model.split_off(self._decisions.project, chosen.a, chosen.b))

    def _always(self) -> None:
        from gui.dialogs.pattern import PatternDialog

        window, chosen = self._window, self._suggestion()
        homes = {
            alias: each.id
            for each in self._session.graph.applications.values()
            for alias in each.aliases
            if alias.kind != PRODUCER_ID
        }
        dialog = PatternDialog(window.look, chosen, homes, window)
        dialog.wanted.connect(lambda pattern: self._do(model.always(pattern)))
        window.commands.show_dialog(dialog)

    # Names

    def _why_no_split(self) -> str:
        alias, chosen = self._decisions.alias, self._session.selection
        application = (
            self._session.graph.applications.get(chosen) if isinstance(chosen, ApplicationId) else None
        )
        if application is None or alias not in application.aliases:
            return "Select a name in the details of an application first."
        if len(application.aliases) < 2:
            return "It is the only name of its application."
        return ""

    def split(self, alias: Alias) -> None:
        """Split a name off the application that is selected."""
        self._decisions.choose_name(alias)
        self._window.actions_["alias.split"].trigger()

    def _split(self) -> None:
        chosen, alias = self._session.selection, self._decisions.alias
        assert isinstance(chosen, ApplicationId)
        assert alias is not None
        others = (each for each in self._session.graph.applications[chosen].aliases if each != alias)
        self._do(model.split_off(self._decisions.project, alias, *others))

    # Edges

    def _edge(self) -> OperationId | None:
        """The edge that is selected, or the weakest of the loop that is."""
        chosen = self._session.selection
        if isinstance(chosen, LoopId) and chosen in self._session.graph.loops:
            weakest = self._session.graph.loops[chosen].weakest
            return weakest if isinstance(weakest, OperationId) else None
        return chosen if isinstance(chosen, OperationId) else None

    def _confirmation(self) -> model.Change | None:
        """The change that confirms the edge; None where its application has no name to confirm it by."""
        graph, edge = self._session.graph, self._edge()
        application = graph.applications.get(edge.application) if edge is not None else None
        if application is None or edge is None:
            return None
        names = [alias for alias in application.aliases if alias.kind != PRODUCER_ID]
        if not names or application.name is None:
            return None
        lead = min(names, key=telling)
        alike = sum(channel.name == edge.channel.name for channel in graph.channels)
        channel = edge.channel.name if alike == 1 else str(edge.channel)
        return model.confirm(lead, edge.action, channel)

    def _confirmed(self) -> model.Change | None:
        """The change that takes the confirmation of the edge back; None where it has none."""
        graph, edge = self._session.graph, self._edge()
        application = graph.applications.get(edge.application) if edge is not None else None
        if application is None or edge is None:
            return None
        names = {model.text(alias) for alias in application.aliases}
        held = tuple(
            each
            for each in self._decisions.project.confirmed
            if each.application in names
            and each.action is edge.action
            and each.channel in (edge.channel.name, str(edge.channel))
        )
        if not held:
            return None
        return model.Change(f"Take back that {plain(edge)}", removed=model.Project(confirmed=held))

    def _why_no_confirmation(self) -> str:
        if self._edge() is None:
            return "Select an edge of the graph first."
        if self._confirmed() is not None:
            return "It is confirmed in this project."
        return "" if self._confirmation() is not None else "Nothing names this application."

    def _confirm(self) -> None:
        if (change := self._confirmation()) is not None:
            self._do(change)

    def _doubt(self) -> None:
        if (change := self._confirmed()) is not None:
            self._do(change)

    # Taking back, keeping

    def _do(self, change: model.Change) -> None:
        if self._decisions.decide(change):
            self._decisions.say(f"Done: {change.what}.", NOW)

    def _step(self, *, back: bool) -> None:
        stack = self._decisions.stack
        words = stack.undoText() if back else stack.redoText()
        if self._decisions.step(back=back):
            self._decisions.say(f"{'Undone' if back else 'Done again'}: {words}.")

    def _save(self) -> None:
        name = str(Path.home() / "eventscope.toml")
        path, _kind = QFileDialog.getSaveFileName(self._window, "Save the project", name, "Projects (*.toml)")
        if not path:
            return
        typed = Path(path)
        real = typed if typed.suffix == SUFFIX else typed.with_name(typed.name + SUFFIX)
        # The file dialog asked about the name as it was typed.
        if real == typed or not real.exists() or self._replaces(real):
            self.save_as(real)

    def _replaces(self, path: Path) -> bool:
        question = f"{path.name} already exists. Replace it?"
        answer = QMessageBox.question(self._window, "Save the project", question)
        return answer == QMessageBox.StandardButton.Yes

    def save_as(self, path: Path) -> None:
        """Keep the project at another place from now on."""
        urls = tuple(str(parse(each.url)) for each in self._session.connections.values())
        try:
            self._decisions.save_as(path, urls)
        except ProjectError as failure:
            self._session.trouble(PROBLEM, failure.message, failure.remedy)
            return
        self._window.status.say(f"Saved {self._decisions.file.path}. What is decided now is kept there.")
