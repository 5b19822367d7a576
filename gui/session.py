"""What the window is looking at: a running engine or a capture file, and what is selected in it.

Panels know this and nothing else: whether the graph comes from an engine or from a file makes no
difference to them.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal

from graph.identity import (
    ApplicationId,
    BundleId,
    ChannelId,
    GroupId,
    LoopId,
    OperationId,
    RouteId,
    ServerId,
    Subject,
)
from graph.model import DependencyGraph, FeedbackLoop, LoopStatus, Severity
from graph.view.difference import Difference
from graph.view.groups import members
from gui import figures
from gui.bridge import EngineBridge
from gui.decisions import Decisions, default_file
from gui.record.decoding import SightKeeper
from gui.time_travel import TimeTravel
from gui.turns import Turns
from inspector.connection import parse
from inspector.decode.sight import Sight
from inspector.errors import CaptureError
from inspector.link import (
    Command,
    Connect,
    ConnectionChanged,
    ConnectionState,
    Disconnect,
    Gauges,
    LockChanged,
    PrivateMoved,
    Problem,
    ProblemSolved,
    Ready,
)
from inspector.loops.acknowledged import acknowledged
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter

log = logging.getLogger("eventscope.session")

ENGINE = "engine"
MOST_PROBLEMS = 500


@dataclass(frozen=True)
class Trouble:
    """A problem, present or past."""

    key: str
    severity: Severity
    message: str
    remedy: str
    since_ns: int
    solved_ns: int | None = None


class Session(QObject):
    """The graph, the capture, the selection and the state of connections, with the news of each."""

    graph_changed = Signal()
    rows_changed = Signal()
    gauges_changed = Signal()
    selection_changed = Signal()
    record_changed = Signal()
    problems_changed = Signal()
    troubled = Signal(str)
    """A problem that is new, in a sentence or two."""
    connections_changed = Signal()
    refused = Signal(object)
    """The report of a server that does not take the login."""
    lock_changed = Signal(object)
    run_planned = Signal(object)
    """What a replay would do: a `Plan`."""
    run_moved = Signal(object)
    """How a replay stands: a `Run`."""
    private_moved = Signal(object)
    """How far the private Kafka is: a `PrivateMoved`."""
    moment_changed = Signal()
    """Another time is shown: the graph, its figures and the list of events are those of `moment_ns`."""
    compared_changed = Signal()
    zone_changed = Signal()
    opened = Signal()

    def __init__(
        self, parent: QObject | None = None, *, utc: bool = False, project: Path | None = None
    ) -> None:
        super().__init__(parent)
        self.turns = Turns(self)
        """The line that work set off by frequent news waits in."""
        self.bridge: EngineBridge | None = None
        self.reader: CaptureReader | None = None
        self.capture: Path | None = None
        self.graph = DependencyGraph()
        """The one that is shown."""
        self.newest = DependencyGraph()
        self.gauges: Gauges | None = None
        self.selection: Subject | None = None
        self.row: int | None = None
        """The record that is selected, by its row."""
        self.moment_ns: int | None = None
        """The time that is looked at; None is now."""
        self.connections: dict[ServerId, ConnectionChanged] = {}
        self.unlocked: set[ServerId] = set()
        self.private: ServerId | None = None
        """The private Kafka for replays, once it runs."""
        self.troubles: dict[str, Trouble] = {}
        self.began = time.monotonic()
        self.utc = utc
        self._logins: dict[ServerId, Connect] = {}
        self._read = self._looked = self.graph
        """The last graph of a file, and the one of the time that is looked at, as they were captured."""
        self.decisions = Decisions(self, project or default_file())
        self.decisions.changed.connect(self._decided)
        self.sights = SightKeeper(self)
        self.travel = TimeTravel(self)
        self.travel.compared_changed.connect(self.compared_changed)

    # Where it comes from

    @property
    def live(self) -> bool:
        """Whether an engine is behind it, and not a file."""
        return self.bridge is not None

    @property
    def ended(self) -> bool:
        """Whether the engine behind it has ended by itself, and waits to be started again."""
        trouble = self.troubles.get(ENGINE)
        return self.live and trouble is not None and trouble.solved_ns is None

    @property
    def why_not_live(self) -> str:
        """Why what needs a broker cannot be done; empty when it can."""
        if not self.live:
            return "This is a capture file; connect to a broker for that."
        if self.ended:
            return "The engine has ended: restart it."
        if not any(each.state is ConnectionState.LIVE for each in self.connections.values()):
            return "No server is connected."
        return ""

    @property
    def empty(self) -> bool:
        """Whether there is neither a connection nor a file."""
        return self.bridge is None and self.reader is None

    @property
    def sight(self) -> Sight:
        """How records may be seen, and how they are read."""
        return self.sights.now

    @property
    def zone(self) -> tzinfo:
        """The zone that times are shown in."""
        return figures.zone(self.utc)

    def set_utc(self, on: bool) -> None:
        """Show times in UTC, or in the computer's own zone."""
        self.utc = on
        self.zone_changed.emit()

    @property
    def now_ns(self) -> int:
        """The time that rates and ages are counted to: that of the newest graph, or of the last record."""
        if self.moment_ns is not None:
            return self.moment_ns
        if self.live:
            return time.time_ns()
        span = self.reader.span_ns() if self.reader is not None else None
        return max(self.newest.to_ns, span[1] if span else 0)

    def attach(self, bridge: EngineBridge, capture: Path) -> None:
        """Look at what an engine reports from now on."""
        self.bridge, self.capture = bridge, capture
        bridge.ready.connect(self._ready)
        bridge.graph_changed.connect(self._graph)
        bridge.gauges_changed.connect(self._gauges)
        bridge.connection_changed.connect(self._connection)
        bridge.problem_raised.connect(self._problem)
        bridge.problem_solved.connect(self._solved)
        bridge.lock_changed.connect(self._lock)
        bridge.run_planned.connect(self.run_planned)
        bridge.run_moved.connect(self.run_moved)
        bridge.private_moved.connect(self._private)
        bridge.engine_ended.connect(self._ended)
        self.began = time.monotonic()
        self.opened.emit()

    def open_file(self, path: Path) -> None:
        """Look at a capture file; raises CaptureError."""
        reader = CaptureReader(path)
        try:
            graph = reader.graph()
        except CaptureError:
            reader.close()
            raise
        reader.warming.start()
        self.reader, self.capture = reader, path
        self._read = graph
        self.newest = self.graph = self._known(graph)
        for damage in reader.damaged:
            self.trouble(f"damage {damage.first_row}", damage.sentence, "The other rows can be read.")
        self.opened.emit()
        self.graph_changed.emit()
        self.rows_changed.emit()

    def connect_to(self, url: str, password: str | None) -> None:
        """Ask the engine to observe a server."""
        self._logins[parse(url).server] = asked = Connect(url, password)
        self.send(asked)

    def leave(self, server: ServerId) -> None:
        """Ask the engine to leave a server."""
        self._logins.pop(server, None)
        self.send(Disconnect(server))

    def send(self, command: Command) -> None:
        """Hand a command to the engine, where there is one."""
        if self.bridge is not None:
            self.bridge.send(command)

    def restart(self) -> None:
        """Start the engine again after it ended, and connect as before."""
        if self.bridge is None or self.bridge.running:
            return
        self.private = None
        self.bridge.start()
        self.decisions.tell()
        for asked in self._logins.values():
            self.bridge.send(asked)
        self.solve(ENGINE)
        self.connections_changed.emit()

    def close(self) -> None:
        """End the engine and close the file."""
        self.travel.close()
        if self.bridge is not None:
            self.bridge.stop()
        if self.reader is not None:
            self.reader.close()
            self.reader = None

    # What is selected

    def select(self, subject: Subject | None) -> None:
        """Select an application, a channel, an edge or a loop; None selects nothing."""
        if subject != self.selection or self.row is not None:
            self.selection, self.row = subject, None
            self.selection_changed.emit()

    def select_row(self, row: int | None) -> None:
        """Select a record; what else is selected stays."""
        if row != self.row:
            self.row = row
            self.record_changed.emit()

    def exists(self, subject: Subject) -> bool:
        """Whether the graph that is shown has it."""
        graph = self.graph
        match subject:
            case ServerId():
                return subject in graph.servers
            case ChannelId():
                return subject in graph.channels
            case ApplicationId():
                return subject in graph.applications
            case OperationId():
                return subject in graph.operations
            case RouteId():
                return subject in graph.routes
            case LoopId():
                return subject in graph.loops
            case GroupId() | BundleId():
                return bool(members(graph, subject))

    def row_filter(self, subject: Subject | None = None) -> RowFilter:
        """The records that belong to a subject, or all."""
        graph = self.graph
        until = None if self.moment_ns is None else self.moment_ns
        chosen = RowFilter(until_ns=until)
        match subject:
            case ChannelId():
                return _with(chosen, channels=frozenset({subject}))
            case ApplicationId():
                application = graph.applications.get(subject)
                aliases = frozenset(application.aliases if application else ())
                sent = frozenset(
                    o.channel for o in graph.operations if o.application == subject and o.source == subject
                )
                if aliases & frozenset(self.reader.senders() if self.reader else ()):
                    return _with(chosen, senders=aliases)
                received = frozenset(o.channel for o in graph.operations if o.application == subject)
                return _with(chosen, channels=sent or received)
            case OperationId():
                return _with(chosen, channels=frozenset({subject.channel}))
            case RouteId():
                return _with(chosen, channels=frozenset({subject.source, subject.target}))
            case LoopId():
                loop = graph.loops.get(subject)
                hops = loop.hops if loop else ()
                return _with(chosen, channels=frozenset(h for h in hops if isinstance(h, ChannelId)))
            case ServerId():
                return _with(chosen, channels=frozenset(c for c in graph.channels if c.server == subject))
            case GroupId() | BundleId():
                inside = members(graph, subject)
                return _with(chosen, channels=frozenset(c for c in inside if isinstance(c, ChannelId)))
            case None:
                return chosen

    def loops(self, *statuses: LoopStatus) -> list[FeedbackLoop]:
        """The loops of some statuses."""
        return [loop for loop in self.graph.loops.values() if loop.status in statuses]

    def loop_channels(self, *statuses: LoopStatus) -> frozenset[ChannelId]:
        """The channels that such loops pass."""
        return frozenset(
            hop for loop in self.loops(*statuses) for hop in loop.hops if isinstance(hop, ChannelId)
        )

    def look_at(self, moment_ns: int | None) -> None:
        """Show the graph and the records as they were at a time, soon; None is now, at once."""
        self.travel.look_at(moment_ns)

    @property
    def compared(self) -> Difference | None:
        """What differs between an earlier time and what is shown; None while nothing is compared."""
        return self.travel.compared

    @property
    def drawn(self) -> DependencyGraph:
        """What the picture shows: the graph, while two moments are compared with what is gone."""
        return self.graph if self.compared is None else self.compared.union

    def show(self, moment_ns: int | None, graph: DependencyGraph, captured: DependencyGraph) -> None:
        """Show the graph of a time, and as it was captured; for `travel`."""
        moved, self.moment_ns = moment_ns != self.moment_ns, moment_ns
        if graph is not self.graph and self.graph is not self.newest:
            self.travel.spend(self.graph)
        self.graph, self._looked = graph, captured
        if moved:
            self.moment_changed.emit()
        self.graph_changed.emit()

    def _known(self, graph: DependencyGraph) -> DependencyGraph:
        """A graph that was captured, with the loops that are acknowledged in the project of now."""
        return acknowledged(graph, self.decisions.project)

    def _decided(self) -> None:
        # What an engine runs for comes back from it with its next graph.
        if self.live or self.reader is None:
            return
        self.newest = self._known(self._read)
        self.graph = self.newest if self.moment_ns is None else self._known(self._looked)
        self.graph_changed.emit()
        self.travel.again()

    # Problems

    def trouble(
        self, key: str, message: str, remedy: str = "", severity: Severity = Severity.WARNING
    ) -> None:
        """Put a problem of the window itself beside those of the engine."""
        self._problem(Problem(key, severity, message, time.time_ns(), remedy))

    def solve(self, key: str) -> None:
        """A problem of the window is gone."""
        self._solved(ProblemSolved(key, time.time_ns()))

    # Reports

    def _ready(self, report: Ready) -> None:
        self.capture = Path(report.capture)
        self._open_capture()

    def _open_capture(self) -> None:
        if self.reader is not None or self.capture is None or not self.capture.exists():
            return
        try:
            self.reader = CaptureReader(self.capture)
        except CaptureError as failure:
            log.info("the capture cannot be read yet: %s", failure)
            return
        self.opened.emit()

    def _graph(self, graph: DependencyGraph) -> None:
        self.newest = graph
        if self.moment_ns is None:
            self.graph = graph
            self.graph_changed.emit()
            self.travel.grown()

    def _gauges(self, gauges: Gauges) -> None:
        grown = self.gauges is None or gauges.rows != self.gauges.rows
        self.gauges = gauges
        self._open_capture()
        if self.reader is not None and (grown or self.reader.end_row < gauges.rows):
            try:
                self.reader.refresh()
            except CaptureError as failure:
                self.trouble("reading", failure.message, failure.remedy)
            else:
                self.rows_changed.emit()
        self.gauges_changed.emit()

    def _connection(self, report: ConnectionChanged) -> None:
        self.connections[report.server] = report
        if report.state is ConnectionState.CLOSED:
            del self.connections[report.server]
        self.connections_changed.emit()
        if report.state is ConnectionState.REFUSED:
            self.refused.emit(report)

    def _lock(self, report: LockChanged) -> None:
        (self.unlocked.discard if report.locked else self.unlocked.add)(report.server)
        self.lock_changed.emit(report)

    def _private(self, report: PrivateMoved) -> None:
        self.private = report.server
        self.private_moved.emit(report)

    def _problem(self, report: Problem) -> None:
        old = self.troubles.pop(report.key, None)
        since = old.since_ns if old and old.solved_ns is None else report.at_ns
        self.troubles[report.key] = Trouble(report.key, report.severity, report.message, report.remedy, since)
        if len(self.troubles) > MOST_PROBLEMS:
            past = next((k for k, t in self.troubles.items() if t.solved_ns), next(iter(self.troubles)))
            del self.troubles[past]
        self.problems_changed.emit()
        if old is None or old.solved_ns is not None or old.message != report.message:
            self.troubled.emit(f"{report.message} {report.remedy}".strip())

    def _solved(self, report: ProblemSolved) -> None:
        old = self.troubles.get(report.key)
        if old is not None and old.solved_ns is None:
            self.troubles[report.key] = replace(old, solved_ns=report.at_ns)
            self.problems_changed.emit()

    def _ended(self, sentence: str) -> None:
        for server, report in list(self.connections.items()):
            self.connections[server] = ConnectionChanged(server, report.url, ConnectionState.LOST, sentence)
        self.unlocked.clear()
        self.trouble(ENGINE, sentence, "Restart it from here.", Severity.ERROR)
        self.connections_changed.emit()


def _with(chosen: RowFilter, **changes: object) -> RowFilter:
    return msgspec.structs.replace(chosen, **changes)
