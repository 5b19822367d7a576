"""What the shop consists of, read from `resources/demo/shop.toml`."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from importlib.resources import files

import msgspec
from msgspec import Struct

Weights = dict[str, float]
"""Kinds of event and how often each is picked, relative to the others."""


class Library(StrEnum):
    """The client library an application is written with."""

    AIOKAFKA = "aiokafka"
    CONFLUENT = "confluent-kafka"


class Assignment(StrEnum):
    """How an application gets its partitions."""

    GROUP = "group"
    MANUAL = "manual"


class Habit(StrEnum):
    """A family of headers that an application writes."""

    CLOUDEVENTS = "cloudevents"
    """Binary mode: id, source, type, time."""
    CAUSATION = "causation"
    """Extensions of CloudEvents: the id of the event that caused this one, and that of the whole flow."""
    TRACE = "trace"
    """W3C `traceparent`."""


class Topic(Struct, frozen=True, forbid_unknown_fields=True):
    """A topic, made before the applications start."""

    partitions: int = 1
    properties: dict[str, str] = {}
    only: str = ""
    """The option that it exists for; empty for always."""


class EventType(Struct, frozen=True, forbid_unknown_fields=True):
    """A kind of event and what its body is made of."""

    key: str
    """The field whose value is the record's key."""
    fields: dict[str, str]
    """Maker of each field, by name; the makers are in `inspector.demo.shop.body`."""
    format: str = "json"
    """`json`, or `csv` for one line of the values."""
    added: dict[str, str] = {}
    """Fields that a later version of the schema has besides."""
    added_after_s: float = 0.0
    """When the sender changes to the later version, in seconds since it started."""


class Send(Struct, frozen=True, forbid_unknown_fields=True):
    """Events that an application sends by its own clock."""

    topic: str
    types: Weights
    rate: float
    """Records a second, at random moments (a Poisson process)."""
    headers: tuple[Habit, ...] | None = None
    """Instead of the application's own habits."""
    load: bool = False
    """Whether the option `load` sets its rate."""
    only: str = ""
    """The option that switches it on; empty for always."""


class Reaction(Struct, frozen=True, forbid_unknown_fields=True):
    """A topic that an application reads, and what it then sends."""

    on: str
    send: str | None = None
    """None for a topic that is only read."""
    types: Weights = {}
    when: str = ""
    """The one CloudEvents type it reacts to; empty for every record."""
    gain: float = 1.0
    """Records sent for each record read, on average."""
    delay_ms: float = 0.0
    """How long it takes, give or take a tenth."""


class DeadLetters(Struct, frozen=True, forbid_unknown_fields=True):
    """Records that an application cannot handle go on a topic of their own, as Spring Kafka does it."""

    on: str
    to: str
    share: float
    exception: str
    message: str


class Wave(Struct, frozen=True, forbid_unknown_fields=True):
    """How a growing loop is begun, and the circuit breaker that ends each of its waves."""

    topic: str
    types: Weights
    seeds: int
    start_s: float
    limit_per_s: float
    """At this rate the application drops what it has in hand."""
    pause_s: float
    """For so long it then drops what it reads, before it begins again."""


class Application(Struct, frozen=True, forbid_unknown_fields=True):
    """A program of the shop."""

    name: str
    client_id: str
    """May hold `{instance}`, counted from 1, `{task}`, from 0, and `{role}`, `consumer` or `producer`."""
    anonymous: bool = False
    """Whether it gives no name of its connections to brokers that ask for one."""
    group: str | None = None
    library: Library = Library.AIOKAFKA
    instances: int = 1
    protocol: str = "classic"
    """`classic` or `consumer` (KIP-848)."""
    assignment: Assignment = Assignment.GROUP
    idempotent: bool = False
    transactional_id: str | None = None
    headers: tuple[Habit, ...] = ()
    sends: tuple[Send, ...] = ()
    reactions: tuple[Reaction, ...] = ()
    dead_letters: DeadLetters | None = None
    wave: Wave | None = None

    @property
    def source(self) -> str:
        """What its CloudEvents say about who sent them."""
        return f"/{self.name}"

    @property
    def reads(self) -> tuple[str, ...]:
        """Its input topics, in order."""
        return tuple(dict.fromkeys(reaction.on for reaction in self.reactions))

    def client_name(self, role: str, instance: int) -> str:
        """The client id of one instance, counted from 1."""
        return self.client_id.format(role=role, instance=instance, task=instance - 1)

    def connection_name(self, instance: int) -> str | None:
        """What one instance calls itself where connections have names."""
        return None if self.anonymous else f"{self.name}-{instance}"

    def transaction_name(self, instance: int) -> str | None:
        """The transactional id of one instance."""
        return self.transactional_id and self.transactional_id.format(instance=instance)

    def outputs(self) -> Iterator[tuple[str, Weights, tuple[Habit, ...]]]:
        """Every way it sends: topic, kinds of event (none for a copy), and headers."""
        for send in self.sends:
            yield send.topic, send.types, self.headers if send.headers is None else send.headers
        for reaction in self.reactions:
            if reaction.send is not None:
                yield reaction.send, reaction.types, self.headers
        if self.wave is not None:
            yield self.wave.topic, self.wave.types, self.headers
        if self.dead_letters is not None:
            yield self.dead_letters.to, {}, ()


class Scenario(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole shop."""

    seed: int
    topics: dict[str, Topic]
    types: dict[str, EventType]
    applications: tuple[Application, ...]

    def with_options(self, *, load: float | None = None, big_json: bool = False) -> Scenario:
        """The shop with the clickstream at `load` records a second, and with or without the big export.

        A rate of 0 leaves out what would be sent.
        """
        wanted = {"", "big-json"} if big_json else {""}

        def kept(sends: tuple[Send, ...]) -> Iterator[Send]:
            for send in sends:
                rate = load if send.load and load is not None else send.rate
                if send.only in wanted and rate > 0:
                    yield msgspec.structs.replace(send, rate=rate)

        return Scenario(
            self.seed,
            {name: topic for name, topic in self.topics.items() if topic.only in wanted},
            self.types,
            tuple(msgspec.structs.replace(a, sends=tuple(kept(a.sends))) for a in self.applications),
        )


def read_scenario() -> Scenario:
    """The shop that comes with the product."""
    text = files("resources").joinpath("demo/shop.toml").read_bytes()
    return msgspec.toml.decode(text, type=Scenario)
