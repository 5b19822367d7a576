"""What crosses between the engine and its clients: commands one way, reports the other.

Record bodies never cross; the engine writes them to the capture file and clients read it there. Reports
are sent in batches, at most one per 33 ms; gauges keep only their newest value.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec
from msgspec import Struct

from graph.delta import GraphDelta
from graph.identity import ServerId
from graph.model import Severity
from inspector.capture.level import ChannelLevel, Level
from inspector.project.model import Project
from inspector.replay.plan import Plan
from inspector.replay.request import Request
from inspector.replay.run import Run, Step

PROTOCOL = 1
PROJECT = "project "
"""What the keys of problems with files of the project begin with."""


class Connect(Struct, frozen=True, tag=True):
    """Start to observe a server."""

    url: str
    password: str | None = None

    def __repr__(self) -> str:
        return f"Connect({self.url.rpartition('@')[2]!r})"


class Disconnect(Struct, frozen=True, tag=True):
    """Stop to observe a server."""

    server: ServerId


class SetCapture(Struct, frozen=True, tag=True):
    """Go on or stop storing records; discovery goes on either way."""

    on: bool
    levels: tuple[ChannelLevel, ...] | None = None
    """From now on, before those of the project: of each channel the first that names it. None leaves them as
    they are, and what is said below."""
    others: Level | None = Level.EVERYTHING
    """How much is kept of what is looked at on channels that no level names; None for nothing."""
    masked: bool = False
    """Whether masks apply before anything is stored, whatever the project says."""
    since_ns: int | None = None
    """From when on channels that a level names are read; 0 is the beginning, and None shortly before now."""


class UseProject(Struct, frozen=True, tag=True):
    """What people decided, from now on; it replaces what they decided before."""

    project: Project
    path: str
    """Of the project file: relative paths in it begin at its folder."""


class Unlock(Struct, frozen=True, tag=True):
    """Allow sending to a server; `typed` must be its name."""

    server: ServerId
    typed: str


class Lock(Struct, frozen=True, tag=True):
    """Forbid sending to a server again."""

    server: ServerId


class PlanRun(Struct, frozen=True, tag=True):
    """Work out what a replay would do; answered by `RunPlanned`. Sends nothing."""

    request: Request


class StartRun(Struct, frozen=True, tag=True):
    """Send what is asked for, once the plan of it allows that; answered by `RunMoved`."""

    request: Request


class ResumeRun(Struct, frozen=True, tag=True):
    """Go on with a run that was stopped or cut off; answered by `RunMoved`."""

    run: str


class SteerRun(Struct, frozen=True, tag=True):
    """Pause, go on, take a single step or stop."""

    run: str
    step: Step


class StartPrivate(Struct, frozen=True, tag=True):
    """Start the private embedded Kafka and connect to it; answered by `PrivateMoved`."""


RunCommand = PlanRun | StartRun | ResumeRun | SteerRun | StartPrivate


class Stop(Struct, frozen=True, tag=True):
    """End the engine in order."""


Command = Connect | Disconnect | SetCapture | UseProject | Unlock | Lock | RunCommand | Stop


class ConnectionState(StrEnum):
    """How a connection stands."""

    CONNECTING = "connecting"
    LIVE = "live"
    LOST = "lost"
    REFUSED = "refused"
    CLOSED = "closed"


class Ready(Struct, frozen=True, tag=True):
    """The engine runs; the first report."""

    protocol: int
    pid: int
    capture: str
    """Path of the capture file it writes."""


class ConnectionChanged(Struct, frozen=True, tag=True):
    """A connection came up, went down, or was refused."""

    server: ServerId
    url: str
    """Redacted."""
    state: ConnectionState
    message: str = ""
    """One sentence, for `lost` and `refused`."""


class LockChanged(Struct, frozen=True, tag=True):
    """Sending to a server was allowed or forbidden; `message` says why an attempt did not succeed."""

    server: ServerId
    locked: bool
    message: str = ""


class GraphChanged(Struct, frozen=True, tag=True):
    """The graph after this delta is the newest."""

    delta: GraphDelta


class Gauges(Struct, frozen=True, tag=True):
    """Figures of which only the newest counts."""

    at_ns: int
    rows: int
    """Records in the capture file that can be read now."""
    capture_bytes: int
    records_per_s: float
    """Written to the brokers, by offsets."""
    read_bytes_per_s: float
    budget_bytes_per_s: int
    skipped: int
    """Records seen to exist and not read, to stay within the budget."""
    dropped_reports: int = 0
    capturing: bool = True
    missed: int = 0
    """Records that were to be captured and are not in the file."""


class Problem(Struct, frozen=True, tag=True):
    """Something went wrong and a person should know; the same `key` again replaces it."""

    key: str
    severity: Severity
    message: str
    at_ns: int
    remedy: str = ""


class ProblemSolved(Struct, frozen=True, tag=True):
    """The cause is gone; the problem is kept as past."""

    key: str
    at_ns: int


class RunPlanned(Struct, frozen=True, tag=True):
    """What a replay would do."""

    plan: Plan


class RunMoved(Struct, frozen=True, tag=True):
    """How a run stands; the newest of each run counts."""

    run: Run


class PrivateMoved(Struct, frozen=True, tag=True):
    """How far the private embedded Kafka is."""

    server: ServerId | None
    """Where it is; None until it runs."""
    message: str = ""
    """What takes time now, or why it cannot be had."""
    failed: bool = False


class Stopped(Struct, frozen=True, tag=True):
    """The engine has ended in order; the last report."""


Report = (
    Ready
    | ConnectionChanged
    | LockChanged
    | GraphChanged
    | Gauges
    | Problem
    | ProblemSolved
    | RunPlanned
    | RunMoved
    | PrivateMoved
    | Stopped
)

_encoder = msgspec.msgpack.Encoder()
_reports = msgspec.msgpack.Decoder(list[Report])
_commands: msgspec.msgpack.Decoder[Command] = msgspec.msgpack.Decoder(Command)


def encode(message: Command | list[Report]) -> bytes:
    """The bytes of one command or one batch of reports."""
    return _encoder.encode(message)


def decode_command(data: bytes) -> Command:
    """The command of `encode`; raises `msgspec.DecodeError` on anything else."""
    return _commands.decode(data)


def decode_reports(data: bytes) -> list[Report]:
    """The batch of `encode`; raises `msgspec.DecodeError` on anything else."""
    return _reports.decode(data)
