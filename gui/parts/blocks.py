"""What a details panel says, as data: made from the graph without a widget, drawn by `block_widgets`."""

from __future__ import annotations

from dataclasses import dataclass

from graph.identity import ChannelId, EdgeId, Subject
from graph.model import Alias, LoopStatus
from gui.parts.marks import Mark
from inspector.record import Position


@dataclass(frozen=True)
class Head:
    """What it is."""

    kind: str
    title: str
    subtitle: str = ""
    pill: tuple[str, str] | None = None
    """Words and ground."""


@dataclass(frozen=True)
class Gain:
    """The one key figure of a loop, with its interval."""

    gain: float | None
    low: float | None
    high: float | None
    status: LoopStatus


@dataclass(frozen=True)
class Figures:
    """Label, value and tone of a few figures, three in a row."""

    items: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Section:
    """A hairline and the head of what follows."""

    title: str
    note: str = ""
    tone: str = "dim"


@dataclass(frozen=True)
class Fact:
    """A line with a mark, a name, and a value at the right; a subject makes it one that can be clicked."""

    name: str
    value: str = ""
    mark: Mark | None = None
    aside: str = ""
    subject: Subject | None = None
    tip: str = ""
    tone: str = "text"


@dataclass(frozen=True)
class Facts:
    """Lines below each other."""

    items: tuple[Fact, ...]


@dataclass(frozen=True)
class Names:
    """The names of an application, each with a way to split it off."""

    items: tuple[Alias, ...]
    why_not: str = ""
    """Why none of them can be split off; empty when each can."""


@dataclass(frozen=True)
class Sentence:
    """A sentence in the colour of a tone."""

    text: str
    tone: str = "dim"


@dataclass(frozen=True)
class Proof:
    """A reason to believe: its source, how much, and a sentence a person can check."""

    source: str
    confidence: float
    detail: str
    when: str


@dataclass(frozen=True)
class Hop:
    """A node of a loop and the step that leads on from it."""

    name: str
    mark: Mark
    step: str
    """What the step is: `sends`, `read after` or `passed on`."""
    ms: float | None
    confidence: float
    number: int = 0
    gain: float | None = None
    """Records that each one becomes on this step."""
    within: int = 0
    """The step that its time and gain are told with, where they cannot be told apart; 0 for none."""


@dataclass(frozen=True)
class Hops:
    """The way round, with the time of each step."""

    items: tuple[Hop, ...]
    back: str
    """The last line: where it ends."""
    total_ms: float | None
    status: LoopStatus


@dataclass(frozen=True)
class CutFact:
    """One place to cut: what to stop, and what that opens and breaks."""

    edge: EdgeId
    what: str
    cost: str
    rate: str = ""


@dataclass(frozen=True)
class Cuts:
    """Places to cut, the cheapest first."""

    items: tuple[CutFact, ...]


@dataclass(frozen=True)
class StepFact:
    """One record of a trail."""

    number: int
    channel: ChannelId
    position: Position
    mark: Mark
    after: str
    """Time since the record before."""
    why: str
    """Who sent it, and why it is believed to come from the record before."""


@dataclass(frozen=True)
class Steps:
    """Records, one after the other."""

    items: tuple[StepFact, ...]


@dataclass(frozen=True)
class Moment:
    """What was known of a loop at one time."""

    at_ns: int
    gain: float | None
    low: float | None
    high: float | None
    rate: float | None


@dataclass(frozen=True)
class Course:
    """Gain and rate of a loop over time, between two times as words."""

    moments: tuple[Moment, ...]
    status: LoopStatus
    begin: str
    end: str


@dataclass(frozen=True)
class Growth:
    """Records per lap."""

    counts: tuple[int, ...]
    status: LoopStatus


@dataclass(frozen=True)
class Doing:
    """Buttons: words, the id of the action, and the kind of button."""

    items: tuple[tuple[str, str, str], ...]


Block = (
    Head
    | Gain
    | Figures
    | Section
    | Facts
    | Names
    | Sentence
    | Proof
    | Hops
    | Cuts
    | Steps
    | Course
    | Growth
    | Doing
)
