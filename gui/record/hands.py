"""What can be done with the record that is shown: copied, compared, filtered by, read as something else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QMenu

from gui.background import Background
from gui.events.copying import as_json
from gui.events.terms import How
from gui.record.copies import kcat_command
from gui.record.replays import is_replay, with_replays
from inspector.decode.tree import full_text
from inspector.project.decoders import choose, chosen

if TYPE_CHECKING:
    from gui.panels.record import RecordPanel


class RecordHands:
    """Menus of a record panel, and what their entries do."""

    def __init__(self, panel: RecordPanel) -> None:
        self._panel = panel
        self._background = Background(panel)
        self._background.failed.connect(panel.session.decisions.said)

    def close_background(self) -> None:
        """Wait for what runs."""
        self._background.close()

    def field_menu(self, at: QPoint) -> QMenu | None:
        """What can be done with the field at a place of the tree."""
        panel = self._panel
        index = panel.tree.indexAt(at)
        if not index.isValid():
            return None
        found, menu = panel.tree_model.tree_row(index), QMenu(panel)
        if not found.children and found.path:
            text = full_text(found.value)
            for how in How:
                menu.addAction(how.value, partial(panel.piece_wanted.emit, f"value.{found.path}", text, how))
            menu.addSeparator()
        menu.addAction("Copy value", partial(self._copy, panel.text_of_field(found)))
        menu.addAction("Copy path", partial(self._copy, found.path))
        menu.addSeparator()
        menu.addAction("Show its bytes", panel.show_bytes).setEnabled(panel.span_of_field() is not None)
        return menu

    def record_menu(self) -> QMenu:
        """What can be done with all of it."""
        panel, menu = self._panel, QMenu(self._panel)
        if panel.opened is not None and panel.opened.decoded is None:
            menu.addAction("Read its fields", panel.read_fields)
        menu.addAction("Find in this event", panel.finder.open_bar)
        menu.addSeparator()
        menu.addAction("Copy value", partial(self._copy, panel.whole_text()))
        menu.addAction("Copy event as JSON", self._copy_json)
        command = panel.opened and kcat_command(panel.opened.record)
        if command:
            menu.addAction("Copy kcat command", partial(self._copy, command))
        menu.addSeparator()
        menu.addAction("Compare with the one before of the same key", self.compare).setEnabled(
            panel.opened is not None and panel.opened.record.key is not None
        )
        if panel.opened is not None:
            other = "its original" if is_replay(panel.opened.record) else "the same event after a replay"
            menu.addAction(f"Compare with {other}", self.compare_replays)
        menu.addSeparator()
        self._choices(menu.addMenu("Read values of this channel as"))
        return menu

    def open(self, menu: QMenu | None, at: QPoint) -> None:
        """Show a menu at a place of the screen until something was chosen."""
        if menu is not None:
            menu.exec(at)
            menu.deleteLater()

    def compare_replays(self) -> None:
        """Show the original of the record, or itself, beside what replays made of it."""
        panel, reader, number = self._panel, self._panel.session.reader, self._panel.session.row
        if reader is None or number is None:
            return

        def rows() -> list[int]:
            return with_replays(reader, number)

        again = panel.opened is not None and is_replay(panel.opened.record)
        missing = "Its original is not in this capture." if again else "No replay of it is in this capture."
        self._beside(rows, missing)

    def compare(self) -> None:
        """Show the record beside the last one before it that has the same key on its channel."""
        panel, reader = self._panel, self._panel.session.reader
        number, opened = panel.session.row, panel.opened
        if reader is None or number is None or opened is None:
            return
        # By what the file has: a mask makes keys alike that are not.
        key, channel = reader.record(number).key, opened.record.channel
        if key is None:
            return

        def rows() -> list[int]:
            found = reader.with_key(key)
            before = found[: np.searchsorted(found, number)][::-1].tolist()
            same = (row for row in before if reader.record(row).channel == channel)
            return [*islice(same, 1), number]

        self._beside(rows, "No event before it has this key here.")

    def _beside(self, rows: Callable[[], list[int]], missing: str) -> None:
        """Show some events beside each other, the first as what the others are held against."""
        from gui.events.compare_dialog import CompareDialog, Event, read_events

        panel, reader = self._panel, self._panel.session.reader
        assert reader is not None
        sight = panel.session.sight.fetching()

        def show(events: list[Event]) -> None:
            if len(events) < 2:
                panel.session.decisions.said.emit(missing)
                return
            dialog = CompareDialog(panel.look, panel.session.zone, events, panel.window())
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            QDialog.open(dialog)

        self._background.ask(lambda: read_events(reader, rows(), sight), show)

    def _choices(self, menu: QMenu) -> None:
        panel = self._panel
        if panel.opened is None:
            return
        name, project = panel.opened.record.channel.name, panel.session.decisions.project
        now = chosen(project, name)
        entries = [("Whichever fits", ""), *((each, each) for each in panel.session.sights.names)]
        if now and now.lower() not in (each.lower() for _, each in entries):
            entries.append((now, now))
        for title, decoder in entries:
            action = menu.addAction(title, partial(self._choose, name, decoder))
            action.setCheckable(True)
            action.setChecked(decoder.lower() == now.lower())

    def _choose(self, channel: str, decoder: str) -> None:
        decisions = self._panel.session.decisions
        decisions.decide(choose(decisions.project, channel, decoder))

    def _copy(self, text: str) -> None:
        QGuiApplication.clipboard().setText(text)

    def _copy_json(self) -> None:
        session = self._panel.session
        if session.reader is not None and session.row is not None:
            self._copy(as_json(session.reader, [session.row], session.sight))
