"""The only object that faces the engine: its reports become signals, at most once a frame."""

from __future__ import annotations

import logging
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from graph import delta
from graph.model import DependencyGraph
from gui.frame_timer import FrameTimer
from inspector.host import Host
from inspector.link import (
    Command,
    ConnectionChanged,
    Gauges,
    GraphChanged,
    LockChanged,
    PrivateMoved,
    Problem,
    ProblemSolved,
    Ready,
    Report,
    RunMoved,
    RunPlanned,
    Stopped,
)

log = logging.getLogger("eventscope.bridge")

HEARTBEAT_MS = 250


class EngineBridge(QObject):
    """Starts and ends an engine, hands commands to it, and tells what it reports."""

    ready = Signal(object)
    graph_changed = Signal(object)
    gauges_changed = Signal(object)
    connection_changed = Signal(object)
    problem_raised = Signal(object)
    problem_solved = Signal(object)
    run_planned = Signal(object)
    run_moved = Signal(object)
    private_moved = Signal(object)
    lock_changed = Signal(object)
    engine_ended = Signal(str)
    _arrived = Signal()

    def __init__(self, make_host: Callable[[], Host], parent: QObject | None = None) -> None:
        """`make_host` makes the engine's host, and a new one when the engine is started again."""
        super().__init__(parent)
        self._make_host = make_host
        self._host: Host | None = None
        self._graph = DependencyGraph()
        self._sent_word = False
        self._frame = FrameTimer(self, once=True)
        self._frame.timeout.connect(self._read)
        # Sees an engine that ended without a word, and moves one that runs in this very thread.
        self._heartbeat = QTimer(self)
        self._heartbeat.setInterval(HEARTBEAT_MS)
        self._heartbeat.timeout.connect(self._read)
        self._arrived.connect(self._schedule, Qt.ConnectionType.QueuedConnection)

    @property
    def running(self) -> bool:
        """Whether an engine was started and has not been seen to end."""
        return self._host is not None

    def start(self) -> None:
        """Start an engine; after one has ended, a new one."""
        if self._host is not None:
            return
        self._graph = DependencyGraph()
        self._host = self._make_host()
        self._host.on_arrival = self._notify
        self._host.start()
        self._heartbeat.start()

    def send(self, command: Command) -> None:
        """Hand a command to the engine; never blocks."""
        if self._host is not None:
            self._host.send(command)

    def stop(self) -> None:
        """End the engine in order and tell the last reports."""
        host, self._host = self._host, None
        self._heartbeat.stop()
        self._frame.stop()
        if host is None:
            return
        host.stop()
        host.on_arrival = None
        self._tell(host.poll())

    def _notify(self) -> None:
        # Called from the thread that reads the pipe: nothing of Qt but one queued signal.
        if not self._sent_word:
            self._sent_word = True
            self._arrived.emit()

    def _schedule(self) -> None:
        if self._host is not None and not self._frame.isActive():
            self._frame.start()

    def _read(self) -> None:
        host = self._host
        if host is None:
            return
        self._sent_word = False
        alive = host.alive
        self._tell(host.poll())
        if not alive and self._host is host:
            self._host = None
            self._heartbeat.stop()
            self._frame.stop()
            host.stop()
            self.engine_ended.emit("The engine has ended. What was captured is kept.")

    def _tell(self, reports: list[Report]) -> None:
        graph = self._graph
        gauges: Gauges | None = None
        rest: list[Report] = []
        for report in reports:
            match report:
                case GraphChanged():
                    graph = delta.apply(graph, report.delta)
                case Gauges():
                    gauges = report
                case _:
                    rest.append(report)
        # The graph first, so that whoever hears of a problem or a replay finds it up to date.
        if graph is not self._graph:
            self._graph = graph
            self.graph_changed.emit(graph)
        for report in rest:
            self._tell_one(report)
        if gauges is not None:
            self.gauges_changed.emit(gauges)

    def _tell_one(self, report: Report) -> None:
        match report:
            case Ready():
                self.ready.emit(report)
            case ConnectionChanged():
                self.connection_changed.emit(report)
            case Problem():
                self.problem_raised.emit(report)
            case ProblemSolved():
                self.problem_solved.emit(report)
            case RunPlanned():
                self.run_planned.emit(report.plan)
            case RunMoved():
                self.run_moved.emit(report.run)
            case LockChanged():
                self.lock_changed.emit(report)
            case PrivateMoved():
                self.private_moved.emit(report)
            case Stopped():
                log.info("the engine has ended in order")
            case _:
                log.warning("a report that is not known here: %r", report)
