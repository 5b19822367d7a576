"""Puts the window together: application, theme, engine, session. The only place that knows all of them."""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import FrameType, TracebackType

import platformdirs
from msgspec.structs import replace
from PySide6.QtCore import QMessageLogContext, QSocketNotifier, Qt, QTimer, QtMsgType, qInstallMessageHandler
from PySide6.QtGui import QFont, QIcon
from PySide6.QtWidgets import QApplication, QToolTip

from graph.model import LoopStatus, Severity
from gui import fonts, stylesheet, theme
from gui.background import Background
from gui.bridge import EngineBridge
from gui.collector import Collector
from gui.demo import DemoRun
from gui.fonts import Role
from gui.look import Look
from gui.main_window import MainWindow, Starts
from gui.recent import Recent, Remembered
from gui.session import Session
from gui.wishes import Wishes
from inspector.connection import Connection, parse
from inspector.demo.handle import DemoOptions
from inspector.errors import CaptureError, InspectorError, ProjectError
from inspector.host import Host, ProcessHost
from inspector.project.file import NAME as PROJECT_NAME
from inspector.project.file import ProjectFile
from inspector.project.model import add_server

log = logging.getLogger("eventscope.app")


def log_qt() -> None:
    """Send what Qt says to the log, and not to the terminal."""
    qt_log = logging.getLogger("eventscope.qt")
    levels = {QtMsgType.QtCriticalMsg: logging.ERROR, QtMsgType.QtFatalMsg: logging.CRITICAL}

    def say(kind: QtMsgType, _context: QMessageLogContext, message: str | None) -> None:
        qt_log.log(levels.get(kind, logging.INFO), "%s", message)

    qInstallMessageHandler(say)


HostMaker = Callable[[Path], Host]
GIVE_WAY_S = 0.0005
"""How long a thread in the background goes on when the window's has something to do."""


@dataclass(frozen=True)
class Picture:
    """Draw for some seconds, save the whole window, end."""

    path: Path
    after_s: float
    of_loop: bool = False
    """Select the worst loop before, so that the picture explains it."""


class Program:
    """One QApplication with its windows."""

    def __init__(
        self,
        theme_name: str | None = None,
        *,
        make_host: HostMaker = ProcessHost,
        complain: Callable[[str], object] = log.info,
        remembered: Remembered | None = None,
        follow_system: bool = False,
    ) -> None:
        """`follow_system` takes over what the person asked of the whole computer: contrast, less motion."""
        existing = QApplication.instance()
        self.qt = existing if isinstance(existing, QApplication) else QApplication([sys.argv[0]])
        self.qt.setApplicationName("eventscope")
        self.qt.setApplicationDisplayName("Eventscope")
        self.qt.setStyle("Fusion")
        self.remembered = remembered or Remembered()
        chosen = theme.named(theme_name or self.remembered.memory.theme)
        self.look = Look(chosen, wishes=Wishes(self.qt) if follow_system else None)
        self.look.changed.connect(self._dress)
        self._dress()
        self._make_host = make_host
        self._complain = complain
        self._collector = Collector(self.qt)
        sys.setswitchinterval(GIVE_WAY_S)
        self.windows: list[MainWindow] = []
        self._demos: dict[MainWindow, DemoRun] = {}
        self._shown: dict[MainWindow, Recent] = {}
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self.failure = ""
        """Why the program has to end; empty while it need not."""
        self._telling = False

    def _dress(self) -> None:
        body: QFont = fonts.font(Role.BODY)
        self.qt.setFont(body)
        QToolTip.setFont(body)
        self.qt.setPalette(stylesheet.palette(self.look.theme))
        self.qt.setStyleSheet(stylesheet.sheet(self.look.theme))

    # Windows

    def window(self) -> MainWindow:
        """A new window, with its welcome page."""
        session = Session(utc=self.remembered.memory.utc)
        session.troubled.connect(self._complain)
        starts = Starts(
            self.connect,
            lambda window, broker: self.demo(window, DemoOptions(broker=broker)),
            self.open_file,
        )
        made = MainWindow(session, self.look, self.remembered, starts, _version())
        made.setWindowIcon(QIcon())
        made.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        made.closed.connect(self._closed)
        self.windows.append(made)
        self._collector.start()
        return made

    def _closed(self, window: MainWindow) -> None:
        demo = self._demos.pop(window, None)
        if demo is not None:
            demo.stop()
        shown = self._shown.pop(window, None)
        if shown is not None:
            self.remembered.add(replace(shown, note=_summary(window.session)))
        self.windows.remove(window)
        if not self.windows:
            self.qt.quit()

    def connect(self, window: MainWindow, connection: Connection, keep: bool) -> None:
        """Observe a server; where the window looks at a file, in a new window."""
        if not window.session.live and not window.session.empty:
            window = self.window()
            window.show()
        self._begin(window, self._capture_path(str(connection.server.address)))
        self._log_in(window, connection, keep)
        if window.session.decisions.named:
            window.session.decisions.apply(add_server(str(connection)))
        self._remember(window, Recent("server", str(connection), connection.server.address, time.time_ns()))

    def _log_in(self, window: MainWindow, connection: Connection, keep: bool = False) -> None:
        """Observe a server as soon as its secret is there: a keyring takes its time, and may ask a person."""
        from inspector import secrets

        def look() -> tuple[str | None, bool]:
            typed = connection.password
            kept = not keep or typed is None or secrets.keep(connection, typed)
            return secrets.find(connection) or typed, kept

        def found(answer: tuple[str | None, bool]) -> None:
            secret, kept = answer
            if not kept:
                window.session.trouble(
                    "keyring", "This computer has no keyring, so the password was not kept."
                )
            window.session.connect_to(connection.written(with_secrets=True), secret)

        Background(window).ask(look, found)

    def _remember(self, window: MainWindow, entry: Recent) -> None:
        self._shown[window] = entry
        self.remembered.add(entry)

    def _begin(self, window: MainWindow, capture: Path) -> None:
        """Start an engine for a window that has none."""
        if window.session.bridge is not None:
            window.session.restart()
            return
        bridge = EngineBridge(lambda: self._make_host(capture), window)
        window.session.attach(bridge, capture)
        bridge.start()
        window.session.decisions.tell()

    def open_file(self, window: MainWindow, path: Path) -> None:
        """Look at a capture or a project; where the window is in use, in a new one."""
        if path.suffix == ".toml":
            self.open_project(window, path)
            return
        target = window if window.session.empty else self.window()
        try:
            target.session.open_file(path)
        except CaptureError as failure:
            if target is window:
                window.welcome.say(str(failure), "run")
            else:
                target.close()
                window.session.trouble(f"open {path}", failure.message, failure.remedy, Severity.ERROR)
                window.show_tab("Problems")
            return
        target.show()
        self._remember(target, Recent("capture", str(path.resolve()), path.name, time.time_ns()))

    def open_project(self, window: MainWindow, path: Path) -> None:
        """Go by a project and observe its servers; where the window is in use, in a new one."""
        try:
            file = ProjectFile.open(path.resolve())
        except ProjectError as failure:
            window.welcome.say(str(failure), "run")
            window.session.trouble(f"open {path}", failure.message, failure.remedy, Severity.ERROR)
            window.show_tab("Problems")
            return
        if not window.session.empty:
            window = self.window()
        window.show()
        window.session.decisions.use(file)
        self._remember(window, Recent("project", str(file.path), _project_name(file), time.time_ns()))
        connections = [parse(each.url) for each in file.project.connections]
        if connections:
            self._begin(window, self._capture_path(_project_name(file)))
        else:
            window.welcome.say(f"{path.name} names no server yet. Connect to one, and it is kept there.")
        for connection in connections:
            self._log_in(window, connection)

    def open_last(self, window: MainWindow) -> None:
        """Open the project that was opened last, where there is one."""
        entries = self.remembered.memory.recent
        last = next((entry.target for entry in entries if entry.kind == "project"), None)
        if last is not None:
            self.open_project(window, Path(last))

    def demo(
        self,
        window: MainWindow,
        options: DemoOptions | None = None,
        say: Callable[[str], object] | None = None,
    ) -> None:
        """Start the demo and look at it; `say` is told how far it is."""
        if self._demos:
            window.welcome.say("The demo is starting or runs already.")
            return
        if not window.session.empty:
            window = self.window()
            window.show()
        run = self._demos[window] = DemoRun(options, window)
        run.said.connect(lambda sentence: self._demo_said(window, sentence))
        if say is not None:
            run.said.connect(say)
        run.failed.connect(lambda sentence: self._demo_failed(window, sentence))
        run.ready.connect(lambda url: self._demo_ready(window, url))
        run.start()

    def _demo_said(self, window: MainWindow, sentence: str) -> None:
        window.welcome.say(sentence)
        window.status.say(sentence)

    def _demo_failed(self, window: MainWindow, sentence: str) -> None:
        run = self._demos.pop(window, None)
        if run is not None:
            run.stop()
        self.failure = sentence
        window.welcome.say(sentence, "run")
        window.session.trouble("demo", sentence, "", Severity.ERROR)

    def _demo_ready(self, window: MainWindow, url: str) -> None:
        window.status.say("")
        if self._scratch is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="eventscope-demo-", ignore_cleanup_errors=True)
        self._begin(window, Path(self._scratch.name) / "demo.evs")
        window.session.connect_to(url, None)

    # Running

    def run(self, picture: Picture | None = None, then: Callable[[MainWindow], object] | None = None) -> int:
        """Run until the last window is closed; with a picture, save it first. The exit code."""
        restore = self._hear_signals()
        old_hook, sys.excepthook = sys.excepthook, self._defect
        saved = True
        if picture is not None and self.windows:
            window = self.windows[0]

            def save() -> None:
                nonlocal saved
                window.events.table.settle()
                saved = window.grab().save(str(picture.path))
                if then is not None:
                    then(window)
                self.close()

            def begin() -> None:
                QTimer.singleShot(int(picture.after_s * 1000), window, save)
                if picture.of_loop:
                    before = int(max(0.0, picture.after_s - 2.0) * 1000)
                    QTimer.singleShot(before, window, window.commands.loops.select_worst)

            # A demo that has yet to download its broker is looked at from when it runs.
            demo = self._demos.get(window)
            if demo is None:
                begin()
            else:
                demo.ready.connect(lambda _url: begin())
            watch = QTimer(window)
            watch.timeout.connect(lambda: self.close() if self.failure else None)
            watch.start(200)
        try:
            self.qt.exec()
        finally:
            sys.excepthook = old_hook
            self.close()
            restore()
        if picture is not None and self.failure:
            raise InspectorError(self.failure)
        if not saved and picture is not None:
            raise InspectorError(
                f"{picture.path} cannot be written.", "Choose another place with --screenshot."
            )
        return 0

    def close(self) -> None:
        """Close every window, and end what they started."""
        for window in list(self.windows):
            window.close()
        for demo in list(self._demos.values()):
            demo.stop()
        self._demos.clear()
        self._collector.stop()
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None

    def _hear_signals(self) -> Callable[[], None]:
        """Let Ctrl+C and SIGTERM close the windows; Python sees a signal only when its code runs."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        notifier = QSocketNotifier(ours.fileno(), QSocketNotifier.Type.Read)

        def woken() -> None:
            with contextlib.suppress(BlockingIOError):
                ours.recv(64)

        def ended(_number: int, _frame: FrameType | None) -> None:
            QTimer.singleShot(0, self.close)

        notifier.activated.connect(woken)
        old_fd = signal.set_wakeup_fd(theirs.fileno())
        old = {number: signal.signal(number, ended) for number in (signal.SIGINT, signal.SIGTERM)}

        def restore() -> None:
            notifier.setEnabled(False)
            for number, handler in old.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(old_fd)
            ours.close()
            theirs.close()

        return restore

    def _defect(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """A defect in a slot or an override: told under Problems, and the window goes on."""
        if issubclass(kind, KeyboardInterrupt):
            self.close()
            return
        log.error("a defect in the window", exc_info=(kind, error, trace))
        if self._telling:
            return
        self._telling = True
        try:
            last = trace
            while last is not None and last.tb_next is not None:
                last = last.tb_next
            place = "" if last is None else f"{Path(last.tb_frame.f_code.co_filename).name}:{last.tb_lineno}"
            for window in self.windows:
                sentence = f"Eventscope met a defect at {place}: {kind.__name__}: {error}."
                window.session.trouble(
                    f"defect {place} {kind.__name__}", sentence, "The window goes on.", Severity.ERROR
                )
        finally:
            self._telling = False

    def _capture_path(self, name: str) -> Path:
        plain = "".join(letter if letter.isalnum() or letter in ".-" else "-" for letter in name)[:60]
        folder = Path(platformdirs.user_data_dir("eventscope", appauthor=False)) / "captures"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not os.access(folder, os.W_OK):
                raise PermissionError(folder)
        except OSError:
            folder = Path(tempfile.mkdtemp(prefix="eventscope-"))
        return folder / f"{plain}-{time.strftime('%Y-%m-%d-%H%M%S')}.evs"


def _project_name(file: ProjectFile) -> str:
    """What to call a project: its file's name, or that of its folder where all are called alike."""
    return file.folder.name if file.path.name == PROJECT_NAME else file.path.stem


def _summary(session: Session) -> str:
    """What was found, in few words, for the list of what was opened."""
    loops = session.newest.loops.values()
    for status in (LoopStatus.RUNAWAY, LoopStatus.ACTIVE):
        if number := sum(loop.status is status for loop in loops):
            return f"{number} {status.value}"
    return "no loop found" if session.newest.operations else ""


def _version() -> str:
    try:
        return f"Version {metadata.version('eventscope')}"
    except metadata.PackageNotFoundError:
        return "Running from source"
