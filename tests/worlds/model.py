"""A system as it truly is."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from graph.identity import Action, ChannelId, ChannelKind, ServerId
from graph.model import Alias
from inspector.record import Headers

SERVER = ServerId("kafka", "broker:9092")


def topic(name: str) -> ChannelId:
    """A topic of the one cluster."""
    return ChannelId(SERVER, ChannelKind.TOPIC, name)


class Mode(StrEnum):
    """How a program writes."""

    PLAIN = "without a producer id"
    IDEMPOTENT = "a new producer id with every start"
    TRANSACTIONAL = "a transactional id, and with it one producer id for ever"
    EXACTLY_ONCE = "transactional, and the transactions have its offset commits in them"


@dataclass
class Group:
    """One consumer group of a program."""

    name: str
    topics: list[str]
    clients: list[str]
    hosts: list[str]
    kind: str = "classic"
    commits_only: bool = False
    """Whether it assigns partitions itself, so that the broker knows no members."""


@dataclass
class Output:
    """What a program writes to one topic."""

    topic: str
    headers: Headers = ()
    """The same on each record; an event id comes to them where `numbered`."""
    numbered: bool = False
    dead_letters: str | None = None
    """The topic whose records it could not handle: each names another one of them."""
    copies: str | None = None
    """The topic whose records it copies, headers and all."""
    sources: list[Headers] = field(default_factory=list)
    """Where it writes on behalf of others: theirs, one for each record in turn."""


@dataclass
class Program:
    """One true application."""

    name: str
    mode: Mode
    groups: list[Group] = field(default_factory=list)
    outputs: list[Output] = field(default_factory=list)
    transactional_ids: list[str] = field(default_factory=list)
    producer_ids: list[int] = field(default_factory=list)
    """Of its running instances."""
    retired: bool = False
    """Gone before anybody looked, with its traces still there."""
    quiet: bool = False
    """Alive, and it does not write while it is looked at, as a nightly job."""
    restarts_at: float | None = None
    """Seconds after the first look at which all its instances start anew."""
    principal: str | None = None

    def does(self) -> set[tuple[Action, str]]:
        """Its true edges."""
        if self.retired:
            return set()
        reads = {(Action.RECEIVE, each) for group in self.groups for each in group.topics}
        return reads | {(Action.SEND, output.topic) for output in self.outputs}


@dataclass
class Sight:
    """What the login may see."""

    groups: bool = True
    transactions: bool = True
    commit_log: bool = False
    permissions: bool = False
    unreadable: frozenset[str] = frozenset()
    """Topics whose records and producers are refused."""


@dataclass
class World:
    """The truth."""

    seed: int
    programs: list[Program]
    topics: list[str]
    sight: Sight
    owners: dict[Alias, set[str]] = field(default_factory=dict)
    """Whose each name truly is; several where programs share one."""

    def own(self, program: Program, alias: Alias) -> None:
        """Say that a name is a program's."""
        self.owners.setdefault(alias, set()).add(program.name)

    def own_id(self, program: Program, producer_id: int) -> None:
        """Say that a producer id is a program's."""
        self.own(program, Alias("producer-id", str(producer_id)))
