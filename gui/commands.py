"""What the actions of a window do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from graph.identity import ChannelId
from gui import icons
from gui.actions import Action, Actions
from gui.event_actions import EventActions
from gui.hand_actions import HandActions
from gui.identity_actions import IdentityActions
from gui.loop_actions import LoopActions
from gui.replay_actions import ReplayActions
from gui.take_away import TakeAwayActions
from gui.theme import NAMES
from gui.trail_actions import TrailActions
from gui.view_actions import ViewActions
from inspector.connection import TITLES, Connection
from inspector.demo.handle import System
from inspector.link import ConnectionChanged, ConnectionState, Lock, SetCapture

if TYPE_CHECKING:
    from gui.main_window import MainWindow

THEME_ICONS = {"light": "sun", "dark": "moon", "contrast": "contrast"}


class Commands(QObject):
    """Builds the actions and carries them out."""

    def __init__(self, window: MainWindow, actions: Actions) -> None:
        super().__init__(window)
        self._window = window
        self._session = window.session
        actions.add(*self._files(), *self._graph(), *self._panels(), *self._events(), *self._rest())
        self.identities = IdentityActions(window)
        self.loops = LoopActions(window)
        self.views = ViewActions(window)
        actions.add(*self.identities.actions(), *self.loops.actions(), *self.views.actions())
        self.hands = HandActions(window)
        actions.add(*self.hands.actions(), *TakeAwayActions(window).actions())
        actions.add(*EventActions(window).actions())
        self.trails = TrailActions(window)
        actions.add(*self.trails.actions(), *ReplayActions(window).actions())
        self._actions = actions
        window.look.changed.connect(self._show_theme)
        self._show_theme()

    # The actions

    def _files(self) -> list[Action]:
        return [
            Action("connect", "Connect to a broker…", self._connect, "Ctrl+N", "plus"),
            Action("demo", "Try the demo", partial(self._demo, System.KAFKA), "Ctrl+D"),
            *(
                Action(f"demo.{system}", f"Try the demo on {TITLES[system]}", partial(self._demo, system))
                for system in System
                if system is not System.KAFKA
            ),
            Action("open", "Open a capture or a project…", self._open, "Ctrl+O"),
            Action("import", "Import events of other tools…", self.import_files, "Ctrl+Shift+O"),
            Action(
                "disconnect",
                "Disconnect from all servers",
                self._disconnect,
                why_not=lambda: "" if self._session.connections else "No server is connected.",
            ),
            Action(
                "engine.restart", "Restart the engine", self._session.restart, why_not=self._why_no_restart
            ),
            Action("quit", "Close the window", lambda: self._window.close(), "Ctrl+Q"),
        ]

    def _graph(self) -> list[Action]:
        def nothing() -> str:
            return "" if self._session.graph.channels else "There is no graph yet."

        return [
            Action("graph.find", "Find in the graph", lambda: self._window.graph_bar.go_find(), "Ctrl+F | /"),
            Action("graph.center", "Centre what is selected", self._center, "C", why_not=self._why_no_focus),
            Action(
                "graph.tidy",
                "Tidy the graph",
                lambda: self._window.canvas.tidy(),
                "Ctrl+T",
                "flow-arrow",
                nothing,
            ),
            Action(
                "graph.stop",
                "Stop arranging",
                lambda: self._window.canvas.stop_arranging(),
                "Ctrl+.",
                why_not=lambda: "" if self._window.canvas.arranges else "Nothing is being arranged.",
            ),
            Action(
                "graph.fit",
                "Show the whole graph",
                lambda: self._window.canvas.fit(),
                "Ctrl+0",
                "corners-out",
                nothing,
            ),
            Action(
                "graph.motion",
                "Motion",
                self._toggle_motion,
                "Ctrl+M",
                "activity",
                checked=lambda: self._window.look.motion,
            ),
        ]

    def _panels(self) -> list[Action]:
        window = self._window
        return [
            Action(
                "panel.left", "Servers and applications", lambda: _toggle(window.browse), "Ctrl+1", "list"
            ),
            Action("panel.right", "Details", lambda: _toggle(window.details), "Ctrl+2"),
            Action("panel.bottom", "Lists", lambda: _toggle(window.bottom), "Ctrl+3"),
            Action("events.show", "Show its events", lambda: window.show_tab("Events"), "Ctrl+E"),
            Action("chains.show", "Show chains and hubs", lambda: window.show_tab("Chains"), "Ctrl+Shift+H"),
            Action("findings.show", "Show findings", lambda: window.show_tab("Findings")),
            Action("charts.show", "Show charts", lambda: window.show_tab("Charts")),
            Action("problems.show", "Show problems", lambda: window.show_tab("Problems"), "Ctrl+P"),
        ]

    def _events(self) -> list[Action]:
        window, session = self._window, self._session
        return [
            Action("record.find", "Find in events", self._find_events, "Ctrl+Shift+F"),
            Action(
                "events.pause",
                "Pause or go on with the live tail",
                lambda: window.events.toggle_pause(),
                "Ctrl+Space",
                why_not=lambda: "" if session.live else "A file does not grow.",
            ),
            Action("events.clear", "Clear the filter of events", lambda: window.events.clear_filter()),
            Action(
                "capture.pause",
                "Capture records",
                self._toggle_capture,
                icon="capture",
                why_not=lambda: session.why_not_live,
                checked=self._capturing,
            ),
            Action(
                "moment.now",
                "Back to now",
                lambda: session.look_at(None),
                why_not=lambda: "" if session.moment_ns else "It is now.",
            ),
        ]

    def _rest(self) -> list[Action]:
        window, session = self._window, self._session
        return [
            Action("select.none", "Select nothing", self._let_go, "Escape", "x"),
            Action("palette", "Find an action or a name", self._palette, "Ctrl+K"),
            Action(
                "lock", "Allow or forbid sending", self._lock, "Ctrl+U", why_not=lambda: session.why_not_live
            ),
            Action(
                "theme",
                "Next theme: light, dark, high contrast",
                lambda: window.look.switch(),
                "Ctrl+Shift+T",
            ),
            Action("zone", "Times in UTC or local time", lambda: session.set_utc(not session.utc)),
            Action("help", "Keyboard shortcuts", self._help, "F1", "question"),
        ]

    def _show_theme(self) -> None:
        look = self._window.look
        following = NAMES[(NAMES.index(look.theme.name) + 1) % len(NAMES)]
        self._actions["theme"].setIcon(icons.icon(THEME_ICONS[following], look.colour("dim")))

    # Reasons

    def _why_no_focus(self) -> str:
        return "" if self._session.selection is not None else "Select something in the graph first."

    def _why_no_restart(self) -> str:
        bridge = self._session.bridge
        return "" if bridge is not None and not bridge.running else "The engine runs, or there is none."

    def _capturing(self) -> bool:
        gauges = self._session.gauges
        return gauges is None or gauges.capturing

    # What they do

    def _let_go(self) -> None:
        if self._window.canvas.marked:
            self._window.canvas.mark(frozenset())
        else:
            self._session.select(None)

    def _demo(self, system: System) -> None:
        self._window.starts.demo(self._window, system)

    def _connect(self) -> None:
        if self._session.empty:
            self._window.welcome.form.address.setFocus()
            return
        reports = self._session.connections.values()
        mendable = {ConnectionState.REFUSED}
        if all(report.state is not ConnectionState.LIVE for report in reports):
            mendable.add(ConnectionState.LOST)
        self.connect_again(next((report for report in reports if report.state in mendable), None))

    def connect_again(self, tried: ConnectionChanged | None) -> None:
        """Ask for an address; with a connection that is not up, for a better one in its place."""
        from gui.dialogs.connect import ConnectDialog

        window = self._window
        if window.findChild(ConnectDialog) is not None:
            return
        dialog = ConnectDialog(window.look, window, tried)

        def connect(connection: Connection, keep: bool) -> None:
            if tried is not None and connection.server != tried.server:
                self._session.leave(tried.server)
            window.starts.connect(window, connection, keep)

        dialog.form.wanted.connect(connect)
        _run(dialog)

    def _open(self) -> None:
        path, _kind = QFileDialog.getOpenFileName(
            self._window, "Open a capture or a project", "", "Captures and projects (*.evs *.toml)"
        )
        if path:
            self._window.starts.open_file(self._window, Path(path))

    def import_files(self, files: Sequence[Path] = ()) -> None:
        """Make a capture of what other tools saved, and open it."""
        from gui.dialogs.import_events import ImportDialog

        window = self._window
        dialog = ImportDialog(window.look, window, files)
        dialog.made.connect(lambda path: window.starts.open_file(window, path))
        dialog.said.connect(window.status.say)
        _run(dialog)

    def _disconnect(self) -> None:
        for server in list(self._session.connections):
            self._session.leave(server)

    def _center(self) -> None:
        if self._session.selection is not None:
            self._window.canvas.center_on(self._session.selection)

    def _toggle_motion(self) -> None:
        self._window.look.set_motion(not self._window.look.motion)

    def _find_events(self) -> None:
        self._window.show_tab("Events")
        self._window.events.go_find()

    def _toggle_capture(self) -> None:
        self._session.send(SetCapture(not self._capturing()))

    def _palette(self) -> None:
        from gui.dialogs.command_palette import CommandPalette

        window = self._window
        palette = CommandPalette(self._actions, self._session, window.look, window)
        corner = window.mapToGlobal(window.rect().topLeft())
        palette.move(corner.x() + (window.width() - palette.width()) // 2, corner.y() + 60)
        _run(palette)

    def _lock(self) -> None:
        from gui.dialogs.unlock import UnlockDialog

        session = self._session
        if session.unlocked:
            for server in list(session.unlocked):
                session.send(Lock(server))
            return
        chosen = session.selection
        server = chosen.server if isinstance(chosen, ChannelId) else next(iter(session.connections))
        _run(UnlockDialog(session, self._window.look, server, self._window))

    def show_dialog(self, dialog: QDialog) -> None:
        """Show a dialog over the window."""
        _run(dialog)

    def _help(self) -> None:
        from gui.dialogs.shortcuts import ShortcutsDialog

        _run(ShortcutsDialog(self._actions, self._window))


def _toggle(widget: QWidget) -> None:
    widget.setVisible(not widget.isVisible())


def _run(dialog: QDialog) -> None:
    """Show a dialog over its window; it dies when it is closed."""
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    dialog.open()
