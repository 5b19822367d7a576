"""Taking the graph away: pictures to save or to copy, and the forms that other programs read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication

from graph.export.mermaid import MOST_EDGES
from graph.model import DependencyGraph
from gui import figures, theme
from gui.actions import Action
from gui.canvas.saved.export import Kind, Sheet, image, named, pieces, sheet, steps
from inspector.export import TextForm, text

if TYPE_CHECKING:
    from gui.main_window import MainWindow

Form = Kind | TextForm

TITLES: dict[Form, str] = {
    Kind.PNG: "PNG picture",
    Kind.SVG: "SVG drawing",
    Kind.PDF: "PDF page",
    TextForm.MERMAID: "Mermaid",
    TextForm.DOT: "DOT",
    TextForm.GRAPHML: "GraphML",
    TextForm.JSON: "JSON",
    TextForm.ASYNCAPI: "AsyncAPI",
}
USES: dict[Form, str] = {
    Kind.PNG: "For pages and messages.",
    Kind.SVG: "Sharp at any size; its text can be searched and changed.",
    Kind.PDF: "One page, sharp at any size.",
    TextForm.MERMAID: "For GitHub, GitLab and wikis.",
    TextForm.DOT: "For Graphviz.",
    TextForm.GRAPHML: "For yEd, Gephi and networkx.",
    TextForm.JSON: "Every fact with its evidence, as eventscope scan writes it.",
    TextForm.ASYNCAPI: "Who sends and receives what, for tools that read AsyncAPI 3.",
}
WIDEST = 32_767
"""Pixels of a side that many programs open at most."""
COPIED = 100_000_000
"""Pixels that the clipboard takes."""
WRITTEN = 1_000_000_000
"""Pixels of a picture that is written at most: it takes minutes."""


@dataclass(frozen=True)
class Wanted:
    """What people chose."""

    form: Form = Kind.PNG
    whole: bool = True
    """Of a picture all that is shown, not only what is on the screen; of a text all that is known."""
    light: bool = True
    """On light paper; else as the window is."""
    scale: int = 2


class TakeAway:
    """What can be taken away of a window, as it is now."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window

    @property
    def dark(self) -> bool:
        """Whether light paper differs from the window."""
        return self._window.look.theme.name != theme.light().name

    def sheet(self, wanted: Wanted) -> Sheet:
        """The picture."""
        look = theme.light() if wanted.light else self._window.look.theme
        return sheet(self._window.canvas, look, whole=wanted.whole)

    def graph(self, wanted: Wanted) -> DependencyGraph:
        """The graph of a text."""
        shown = self._window.canvas.shown
        return shown.whole if wanted.whole else shown.graph

    def says(self, wanted: Wanted) -> str:
        """What it will be, in a sentence or two."""
        if isinstance(wanted.form, Kind):
            made = self.sheet(wanted)
            size = made.pixels(float(wanted.scale))
            words = {
                Kind.PNG: f"{size.width():,} × {size.height():,} px",
                Kind.SVG: f"{made.size.width():,.0f} × {made.size.height():,.0f} px",
                Kind.PDF: f"{made.size.width() * 25.4 / 96:,.0f} × {made.size.height() * 25.4 / 96:,.0f} mm",
            }[wanted.form]
            what = f"{words} with {made.words}."
        else:
            graph = self.graph(wanted)
            what = f"{_counted(graph)}."
        left = "" if wanted.whole and isinstance(wanted.form, TextForm) else self._left()
        return " ".join(filter(None, (USES[wanted.form], what, left)))

    def _left(self) -> str:
        shown = self._window.canvas.shown
        hidden = len(shown.whole.applications) + len(shown.whole.channels) - len(shown.nodes)
        return f"{hidden:,} hidden {'is' if hidden == 1 else 'are'} left out." if hidden else ""

    def warns(self, wanted: Wanted) -> str:
        """What whoever opens it should know; empty where there is nothing."""
        if wanted.form is TextForm.MERMAID:
            graph = self.graph(wanted)
            many = len(graph.operations) + len(graph.routes) > MOST_EDGES
            return f"GitHub draws at most {MOST_EDGES} edges of Mermaid." if many else ""
        size = self._pixels(wanted)
        if max(size.width(), size.height()) > WIDEST:
            return f"Many programs open no picture wider or higher than {WIDEST:,} px."
        return ""

    def why_not(self, wanted: Wanted) -> str:
        """Why it cannot be made; empty where it can."""
        if _area(self._pixels(wanted)) > WRITTEN:
            return "That is too large. Choose a smaller size, SVG or PDF."
        return ""

    def why_no_copy(self, wanted: Wanted) -> str:
        """Why the clipboard does not take it; empty where it does."""
        if wanted.form in (Kind.SVG, Kind.PDF):
            return "The clipboard takes pictures as PNG."
        if _area(self._pixels(wanted)) > COPIED:
            return "It is too large for the clipboard. Save it instead."
        return ""

    def _pixels(self, wanted: Wanted) -> QSize:
        """Of a PNG; none of what has no pixels."""
        return self.sheet(wanted).pixels(float(wanted.scale)) if wanted.form is Kind.PNG else QSize(0, 0)

    def copy(self, wanted: Wanted, made: str | None = None) -> str:
        """Put a picture, or a text that was made, into the clipboard; what to say of that."""
        board = QGuiApplication.clipboard()
        if made is not None:
            board.setText(made)
            return f"The graph as {TITLES[wanted.form]} is in the clipboard."
        drawn = self.sheet(wanted)
        board.setImage(image(drawn, float(wanted.scale)))
        return f"A picture of {drawn.words} is in the clipboard."

    def pieces(self, wanted: Wanted) -> tuple[Iterator[bytes], int]:
        """The file of a picture piece by piece, and how many pieces that are."""
        made, kind, scale = self.sheet(wanted), Kind(wanted.form), float(wanted.scale)
        return pieces(made, kind, scale), steps(made, kind, scale)

    def text(self, wanted: Wanted) -> Callable[[], str]:
        """What makes a text, in any thread."""
        places = self._window.canvas.positions()
        return partial(text, self.graph(wanted), TextForm(wanted.form), places)


def suffix(form: Form) -> str:
    """How files of a form end."""
    return form.suffix if isinstance(form, TextForm) else f".{form.value}"


def _area(size: QSize) -> int:
    return size.width() * size.height()


def _counted(graph: DependencyGraph) -> str:
    return named(
        figures.plural(len(graph.applications), "application"),
        figures.plural(len(graph.channels), "channel"),
        figures.plural(len(graph.operations) + len(graph.routes), "edge"),
    )


class TakeAwayActions:
    """Builds these actions of a window and carries them out."""

    def __init__(self, window: MainWindow) -> None:
        self._window = window
        self._wanted = {Kind: Wanted(), TextForm: Wanted(TextForm.MERMAID, whole=False)}

    def actions(self) -> list[Action]:
        """All of them."""
        return [
            Action(
                "graph.save",
                "Save picture…",
                lambda: self._ask(Kind),
                "Ctrl+S",
                "download-simple",
                self._why_not,
            ),
            Action("graph.copy", "Copy picture", self._copy, "Ctrl+Shift+G", "copy", self._why_not),
            Action(
                "graph.export",
                "Export as…",
                lambda: self._ask(TextForm),
                "Ctrl+Shift+E",
                "export",
                self._why_not,
            ),
        ]

    def _why_not(self) -> str:
        return "" if self._window.session.graph.channels else "There is no graph yet."

    def _ask(self, kind: type[Kind] | type[TextForm]) -> None:
        from gui.dialogs.save_picture import SaveDialog

        window = self._window
        dialog = SaveDialog(window.look, TakeAway(window), self._wanted[kind], window.remembered, window)
        dialog.done_with.connect(window.status.say)
        dialog.chosen.connect(self._keep)
        window.commands.show_dialog(dialog)

    def _keep(self, wanted: Wanted) -> None:
        self._wanted[type(wanted.form)] = wanted

    def _copy(self) -> None:
        """What is on the screen, as it is there."""
        take = TakeAway(self._window)
        wanted = Wanted(whole=False, light=False)
        if take.why_no_copy(wanted):
            wanted = replace(wanted, scale=1)
        self._window.status.say(take.copy(wanted))
