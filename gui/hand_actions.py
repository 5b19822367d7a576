"""Actions of people's hands on the picture: views to come back to, notes, places, several nodes at once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from msgspec.structs import replace
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from graph.identity import ApplicationId, NodeId, Place, Subject
from graph.model import DependencyGraph
from graph.names import plain
from graph.query.lexer import quoted
from graph.view.groups import members
from graph.view.settings import Focus, ViewSettings
from gui.actions import Action
from gui.dialogs.line import LineDialog
from gui.figures import plural
from gui.view_history import ViewHistory
from inspector.project import notes, views
from inspector.project.model import Change, NamedView

if TYPE_CHECKING:
    from gui.main_window import MainWindow

NO_NAME = "Write down what to call it."


class Looked(NamedTuple):
    """What was looked at."""

    settings: ViewSettings
    selection: Subject | None


class HandActions:
    """Builds these actions of a window and carries them out."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._session = window.session
        self._decisions = window.session.decisions
        self._canvas = window.canvas
        self._history: ViewHistory[Looked] = ViewHistory()
        self._history.visit(Looked(self._canvas.view, None))

    def actions(self) -> list[Action]:
        """All of them."""
        return [
            Action("view.back", "Back", partial(self._step, -1), "Alt+Left", "caret-left", self._why_no_back),
            Action(
                "view.forward",
                "Forward",
                partial(self._step, 1),
                "Alt+Right",
                "caret-right",
                self._why_no_forward,
            ),
            Action("view.keep", "Keep this view…", self._keep, "Ctrl+B", "", self._why_empty),
            Action(
                "view.menu", "Views", self._show_views, "Ctrl+Shift+V", "bookmark-simple", self._why_empty
            ),
            Action("node.note", "Write a note…", self._note, "Ctrl+I", "", self._why_no_node),
            Action("node.hide", "Hide", self._hide, "Ctrl+H", "", self._why_no_place),
            Action(
                "node.only", "Show only this and its neighbours", self._only, "Alt+O", "", self._why_no_place
            ),
            Action("node.unpin", "Let it be arranged", self._unpin, "Alt+U", "", self._why_not_pinned),
            Action("node.copy", "Copy the name", self._copy, "", "", self._why_nothing),
        ]

    # Reasons

    def _why_empty(self) -> str:
        return "" if self._session.graph.channels else "There is no graph yet."

    def _why_no_back(self) -> str:
        return "" if self._history.has_back else "There is no view before this one."

    def _why_no_forward(self) -> str:
        return "" if self._history.has_forward else "You did not go back."

    def _why_nothing(self) -> str:
        return "" if self._session.selection is not None else "Select something in the graph first."

    def _why_no_node(self) -> str:
        chosen = self._session.selection
        return "" if isinstance(chosen, NodeId) else "Select an application or a channel first."

    def _why_no_place(self) -> str:
        return "" if self._places() else "Select an application, a channel or a group first."

    def _why_not_pinned(self) -> str:
        if not self._places():
            return self._why_no_place()
        pinned = self._canvas.pinned
        return "" if self._places() & pinned else "Nobody put it there by hand."

    def _places(self) -> frozenset[Place]:
        """What the actions are about: all that is marked, or what is selected."""
        if self._canvas.marked:
            return self._canvas.marked
        chosen = self._session.selection
        return frozenset({chosen}) if isinstance(chosen, Place) else frozenset()

    # Back and forward

    def looked(self) -> None:
        """Something else is looked at; a query that is typed on is no step of its own."""
        now = Looked(self._canvas.view, self._session.selection)
        (self._history.replace if _typed_on(self._history.now, now) else self._history.visit)(now)

    def _step(self, step: int) -> None:
        seen = self._history.back() if step < 0 else self._history.forward()
        if seen.settings != self._canvas.view:
            self._canvas.set_view(seen.settings)
            self._canvas.fit()
        selection = seen.selection
        gone = selection is not None and not self._session.exists(selection)
        self._session.select(None if gone else selection)
        self._history.replace(Looked(seen.settings, None if gone else selection))
        self._window.actions_.refresh()

    # Named views

    def _keep(self) -> None:
        def why_not(name: str) -> str:
            return "" if name else NO_NAME

        dialog = LineDialog(
            self._window.look,
            "Keep this view",
            "It is kept in the project file with what it hides, its focus, its groups and what is written on "
            "edges. One that has the name already is replaced.",
            "Keep",
            why_not,
            self._window,
            example="Checkout without retries",
        )
        dialog.wanted.connect(self._kept)
        self._window.commands.show_dialog(dialog)

    def _kept(self, name: str) -> None:
        project, labels = self._decisions.project, self._window.commands.views.labels
        seen, selected = self._canvas.view, self._session.selection
        self._decide(views.keep(project, self._session.graph, name, seen, selected, labels))

    def views(self) -> Iterable[NamedView]:
        """Those of the project, by name."""
        return sorted(self._decisions.project.views, key=lambda view: view.name.casefold())

    def go(self, view: NamedView) -> None:
        """Look at the graph through a view."""
        self._canvas.set_view(views.settings(view, self._session.graph))
        self._window.commands.views.write(view.labels)
        self._canvas.fit()
        self._window.status.say(f"The view {view.name}.")

    def views_menu(self) -> QMenu:
        """The menu of the views that are kept."""
        menu = QMenu(self._window)
        known = list(self.views())
        for view in known:
            menu.addAction(view.name, partial(self.go, view))
        if not known:
            menu.addAction("No view is kept yet.").setEnabled(False)
        menu.addSeparator()
        menu.addAction(self._window.actions_["view.keep"])
        menu.addAction(self._window.actions_["view.all"])
        if known:
            gone = menu.addMenu("Forget a view")
            for view in known:
                gone.addAction(view.name, partial(self._decide, views.forget(view)))
        return menu

    def _show_views(self) -> None:
        bar = self._window.graph_bar
        menu = self.views_menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(bar.mapToGlobal(bar.rect().bottomLeft()))

    # Notes

    def _note(self) -> None:
        node = self._session.selection
        if not isinstance(node, NodeId):
            return
        graph, project = self._session.graph, self._decisions.project
        known = notes.notes(project, graph).get(node, "")

        def why_not(words: str) -> str:
            if len(words) > notes.LONGEST:
                return f"It has {len(words):,} characters. {notes.LONGEST} is the most."
            return "" if words or known else "Write the note."

        dialog = LineDialog(
            self._window.look,
            f"A note on {plain(node)}",
            "It stands beside the card in the picture and is kept in the project file. An empty one is taken "
            "away.",
            "Write",
            why_not,
            self._window,
            known,
            "Moves to the new cluster in May",
        )
        dialog.wanted.connect(
            lambda words: self._decide(notes.annotate(self._decisions.project, graph, node, words))
        )
        self._window.commands.show_dialog(dialog)

    # Nodes

    def _hide(self) -> None:
        graph, view = self._session.graph, self._canvas.view
        nodes = sorted({node for place in self._places() for node in members(graph, place)}, key=str)
        before = view.hide.strip()
        terms = [f"({before})"] * bool(before) + [_term(graph, node) for node in nodes]
        self._canvas.mark(frozenset())
        self._window.commands.views.change(hide=" or ".join(terms))
        self._window.status.say(f"{plural(len(nodes), 'node')} hidden. Alt+Left brings back what was there.")

    def _only(self) -> None:
        nodes = {node for place in self._places() for node in members(self._session.graph, place)}
        chosen = tuple(sorted(nodes, key=str))
        self._window.commands.views.change(focus=Focus(chosen, 1))

    def _unpin(self) -> None:
        self._canvas.unpin(self._places())
        self._window.actions_.refresh()

    def _copy(self) -> None:
        places = sorted(self._places(), key=str)
        chosen = self._session.selection
        subjects: list[Subject] = [*places] if places else [chosen] if chosen is not None else []
        names = [plain(each) for each in subjects]
        QGuiApplication.clipboard().setText("\n".join(names))
        self._window.status.say(f"{plural(len(names), 'name')} in the clipboard.")

    def _decide(self, change: Change) -> None:
        if self._decisions.decide(change):
            self._decisions.said.emit(f"Done: {change.what}. Ctrl+Z takes it back.")


def _typed_on(before: Looked, now: Looked) -> bool:
    old, new = before.settings, now.settings
    same = replace(old, find=new.find, hide=new.hide) == new and before.selection == now.selection
    return same and bool(new.find or new.hide) and bool(old.find or old.hide)


def _term(graph: DependencyGraph, node: NodeId) -> str:
    """A node in the query language."""
    if isinstance(node, ApplicationId):
        return f"app:{quoted(plain(node))}"
    term = f"channel:{quoted(node.name)}"
    return term if len(graph.servers) < 2 else f"({term} and server:{quoted(node.server.address)})"
