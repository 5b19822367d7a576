"""What evidence sources say: who does what (claims), who is whom (bonds), and figures about both."""

from __future__ import annotations

from dataclasses import dataclass, field

from msgspec import Struct

from graph.evidence import STALE_NS, Evidence
from graph.identity import Action, ChannelId, RouteId, ServerId
from graph.model import PRODUCER_ID, Alias, ApplicationKind, MessageType, Severity, Unavailable

LAST_SEEN_STEP_NS = 30_000_000_000
"""How coarsely `last_seen_ns` advances, so that a steady system gives a steady graph."""


class Writer(Struct, frozen=True, order=True, cache_hash=True, gc=False):
    """An idempotent producer, known by its id on one server."""

    server: ServerId
    producer_id: int

    @property
    def alias(self) -> Alias:
        """The name under which people see it."""
        return Alias(PRODUCER_ID, str(self.producer_id))


class Anonymous(Struct, frozen=True, order=True, cache_hash=True, gc=False):
    """All senders of one channel that leave neither a producer id nor a name."""

    channel: ChannelId


Actor = Alias | Writer | Anonymous


class Claim(Struct, frozen=True, gc=False):
    """An actor sends to or receives from a channel."""

    actor: Actor
    action: Action
    channel: ChannelId
    evidence: Evidence
    stale_ns: int = STALE_NS
    """How long after it was last seen this tells no more of the present."""


class Bond(Struct, frozen=True, gc=False):
    """Two actors are one application."""

    a: Actor
    b: Actor
    evidence: Evidence


class Trouble(Struct, frozen=True):
    """Something that a person should know about an actor or a channel."""

    rule: str
    severity: Severity
    about: Actor | ChannelId
    message: str


@dataclass
class Report:
    """Everything that the sources conclude at one moment; each adds its part."""

    claims: list[Claim] = field(default_factory=list)
    bonds: list[Bond] = field(default_factory=list)
    kinds: dict[Actor, ApplicationKind] = field(default_factory=dict)
    instances: dict[Actor, int] = field(default_factory=dict)
    lags: dict[tuple[Actor, ChannelId], int] = field(default_factory=dict)
    receive_rates: dict[tuple[Actor, ChannelId], float] = field(default_factory=dict)
    routes: dict[RouteId, list[Evidence]] = field(default_factory=dict)
    details: dict[Actor, str] = field(default_factory=dict)
    """For an actor without a name: what is known of it beside its producer id."""
    types: dict[ChannelId, list[MessageType]] = field(default_factory=dict)
    """Kinds of events that are declared for channels."""
    internal: set[ChannelId] = field(default_factory=set)
    """Channels that turn out to be made by a framework for itself."""
    descriptions: dict[Actor, str] = field(default_factory=dict)
    """What an actor is, in a few words."""
    troubles: list[Trouble] = field(default_factory=list)
    unavailable: list[Unavailable] = field(default_factory=list)
    """What is known to be there and cannot be seen."""
    ended: set[Actor] = field(default_factory=set)
    """Actors known to be gone: what they did is historic, however recent."""


def evidence(
    source: str, family: str, confidence: float, first_ns: int, last_ns: int, detail: str
) -> Evidence:
    """A piece of evidence whose last sighting advances in steps."""
    steps = max(last_ns - first_ns, 0) // LAST_SEEN_STEP_NS
    return Evidence(source, family, confidence, first_ns, first_ns + steps * LAST_SEEN_STEP_NS, detail)


def at_least(count: int) -> str:
    """A growing count in words that change seldom: `3`, `at least 200` (steps 1, 2, 5)."""
    if count < 10:
        return str(count)
    magnitude = 10 ** (len(str(count)) - 1)
    lead = count // magnitude
    return f"at least {(5 if lead >= 5 else 2 if lead >= 2 else 1) * magnitude:,}"


def records(count: int) -> str:
    """`1 record`, `3 records`, `at least 200 records`."""
    return "1 record" if count == 1 else f"{at_least(count)} records"


def own(name: str) -> bool:
    """Whether a client id, group or other name is Eventscope's own."""
    return name.lstrip("/").lower().startswith("eventscope")
