"""The query of a list of events: typed with offers and a history, kept by name, or made by pointing."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMenu, QWidget

from graph.model import DependencyGraph
from graph.query.completion import Completion
from graph.query.error import QueryError
from gui import fonts
from gui.background import Background
from gui.dialogs.line import LineDialog
from gui.events.details import Wanted
from gui.events.habit_keeper import HabitKeeper
from gui.events.terms import How, joined, piece
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.text import row
from gui.query_field import QueryField
from gui.query_help import QueryHelp
from gui.session import Session
from inspector.project import filters
from inspector.search.completion import Seen
from inspector.search.query import RecordQuery
from inspector.search.vocabulary import VOCABULARY

NO_GRAPH = DependencyGraph()
NO_NAME = "Write down what to call it."


class EventsField(QueryField):
    """A query over events. The arrow up brings back the one before, where nothing is offered."""

    def __init__(self, look: Look, session: Session, keeper: HabitKeeper) -> None:
        self.seen = Seen()
        super().__init__(look, VOCABULARY, "Find in events", self.seen.values)
        self._session, self._keeper = session, keeper
        self._back = 0
        self._typed = ""
        self._learning = Background(self)
        self._known: object = None
        """The capture with its end, and the sight, that was learnt from last."""
        self.setFont(fonts.font(Role.CELL))
        self.setPlaceholderText(
            "Find: a word, type:Order*, value.total>100, header.ce_source:/billing, since:-5m"
        )
        self.textEdited.connect(lambda _text: self._edited())
        self.taken.connect(self._keeper.ask)

    def made(self, text: str) -> RecordQuery:
        """A query ready to be asked; raises QueryError."""
        session = self._session
        sight = session.sight.fetching()
        return RecordQuery(
            text,
            session.reader,
            graph=session.graph,
            now_ns=session.now_ns,
            masks=sight,
            zone=session.zone,
            decode=sight.value,
        )

    def wanted(self, columns: tuple[str, ...]) -> Wanted:
        """What columns and the colour rules of the project want to know of rows; a wrong rule is told."""
        session, rules = self._session, []
        project = session.decisions.project
        for rule in project.colour_rules:
            try:
                rules.append((rule.colour, rule.query, self.made(rule.query).holds))
            except QueryError as wrong:
                session.trouble("colour rules", f"The colour rule {rule.query} is wrong: {wrong.message}")
        return Wanted(columns, tuple(rules), session.sight.fetching())

    def check(self, text: str) -> None:
        RecordQuery(text, None, graph=NO_GRAPH, now_ns=0)

    def completion(self, text: str, cursor: int) -> Completion:
        return self.seen.complete(text, cursor)

    def learn(self) -> None:
        """Take in what the capture has to offer, where there is more than was known."""
        reader, graph, sight = self._session.reader, self._session.graph, self._session.sight
        if reader is None or self._learning.busy or (now := (reader, reader.end_row, sight)) == self._known:
            return
        self._known = now
        self._learning.ask(lambda: self.seen.learn(reader, graph, sight), lambda _done: None)

    def close_background(self) -> None:
        """Wait for what runs in the background."""
        self._learning.close()

    def focusInEvent(self, event: object) -> None:
        super().focusInEvent(event)  # type: ignore[arg-type]
        self.learn()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        offered = self._popup.isVisible()
        if event.key() == Qt.Key.Key_Up and not offered:
            self._step(1)
        elif event.key() == Qt.Key.Key_Down and not offered and self._back:
            self._step(-1)
        else:
            super().keyPressEvent(event)

    def _edited(self) -> None:
        self._back = 0

    def _step(self, step: int) -> None:
        asked = [each for each in self._keeper.habits.asked if each]
        if not self._back:
            self._typed = self.text()
            asked = [each for each in asked if each != self._typed]
        back = self._back + step
        if 0 <= back <= len(asked):
            self._back = back
            self.setText(asked[-back] if back else self._typed)


class QueryBar(QWidget):
    """The field, its history, and the filters that are kept."""

    def __init__(self, session: Session, look: Look, keeper: HabitKeeper) -> None:
        super().__init__()
        self._session, self._look = session, look
        self.field = EventsField(look, session, keeper)
        self.kept = Button(
            look, "", "flat", icon="bookmark-simple", run=self._show_kept, tip="Filters that are kept"
        )
        self.help = Button(look, "", "flat", icon="question", run=self.show_help, tip="The query language")
        for button, name in ((self.kept, "Filters that are kept"), (self.help, "The query language")):
            button.setFixedWidth(28)
            button.setAccessibleName(name)
        made = row(self.field, self.kept, self.help, gap=2)
        made.setStretch(0, 1)
        self.setLayout(made)

    @property
    def query(self) -> str:
        """The last query without a mistake."""
        return self.field.query

    def ask(self, query: str) -> None:
        """Ask something that was chosen elsewhere."""
        if query != self.query:
            self.field.setText(query)
            self.field.take()

    def put(self, field: str, value: str, how: How) -> bool:
        """Put to the query that a field has a value; False where the language cannot say that."""
        made = piece(VOCABULARY, field, value)
        if made is None:
            return False
        self.ask(joined(VOCABULARY, self.query, made, how))
        return True

    def show_help(self) -> None:
        """Open the page about the query language."""
        QueryHelp(VOCABULARY, self).open_under(self.help)

    # Kept filters

    def _show_kept(self) -> None:
        menu = self.kept_menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.kept.mapToGlobal(self.kept.rect().bottomLeft()))

    def kept_menu(self) -> QMenu:
        """The menu of the filters that are kept."""
        decisions = self._session.decisions
        menu = QMenu(self)
        known = sorted(decisions.project.filters, key=lambda each: each.name.casefold())
        for each in known:
            made = menu.addAction(each.name, partial(self.ask, each.query))
            made.setToolTip(each.query)
        menu.setToolTipsVisible(True)
        if not known:
            menu.addAction("No filter is kept yet.").setEnabled(False)
        menu.addSeparator()
        keep = menu.addAction("Keep this filter…", self._keep)
        keep.setEnabled(bool(self.query))
        if not self.query:
            keep.setToolTip("Write a query first.")
        if known:
            gone = menu.addMenu("Forget a filter")
            for each in known:
                gone.addAction(each.name, partial(decisions.decide, filters.forget(each)))
        return menu

    def _keep(self) -> None:
        query, decisions = self.query, self._session.decisions
        dialog = LineDialog(
            self._look,
            "Keep this filter",
            f"{query}\n\nIt is kept in the project file. One that has the name already is replaced.",
            "Keep",
            lambda name: "" if name else NO_NAME,
            self.window(),
            example="Large orders without a sender",
        )
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.wanted.connect(lambda name: decisions.decide(filters.keep(decisions.project, name, query)))
        dialog.open()
