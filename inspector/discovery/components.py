"""Sets of actors that grow as evidence joins them, and the guards that keep a wrong one from growing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graph.model import PRODUCER_ID, Alias
from inspector.discovery.decisions import Decisions
from inspector.discovery.facts import Actor, Anonymous, Writer
from inspector.discovery.names import stem

BY_CONSTRUCTION = 0.97
"""From here on a bond holds whatever the names are; below it, names that contradict each other win."""
MOST_JOINED = 5
"""What would make one application of more names than this is rather something that they share."""

_NAMING = ("connector", "group", "transactional-id", "source", "principal", "client-id")
"""Kinds of alias in the order in which they name an application."""
_NOBODY: frozenset[Actor] = frozenset()

Place = tuple[int, str, str, int]


def place(actor: Actor) -> Place:
    """An order over all actors."""
    match actor:
        case Alias():
            return 0, actor.kind, actor.value, 0
        case Writer():
            return 1, actor.server.system, actor.server.address, actor.producer_id
        case Anonymous():
            return 2, str(actor.channel), "", 0


def telling(alias: Alias) -> tuple[bool, int, str]:
    """How much a name tells of its application: the least is the most telling."""
    rank = _NAMING.index(alias.kind) if alias.kind in _NAMING else len(_NAMING)
    return stem(alias) is None, rank, alias.value


@dataclass(slots=True, eq=False)
class Component:
    """Actors that are one application as far as is known."""

    members: list[Actor]
    rank: Place
    """The least place of a member: the same for every order in which they came."""
    lead: Alias | None = None
    """The most telling name."""
    stems: frozenset[str] = frozenset()
    """Of the leads of all components that became this one."""
    weakest: float = 1.0
    by_name: bool = False
    """Whether equal names had a part in joining it."""
    confirmed: bool = False
    """Whether a person joined something in it."""
    against: frozenset[Actor] = _NOBODY
    """Who must never be in it."""

    @property
    def stem(self) -> str | None:
        """The stem of the most telling name; None where none tells anything."""
        return None if self.lead is None else stem(self.lead)


class Components:
    """All of them at one moment, as far as they are joined."""

    def __init__(self, actors: Iterable[Actor], decisions: Decisions) -> None:
        self.of: dict[Actor, Component] = {}
        self.unseen: set[Actor] = set()
        """Those that only decisions are about."""
        self._by_id: dict[int, list[Actor]] = {}
        if any(PRODUCER_ID in (a.kind, b.kind) for a, b in (*decisions.together, *decisions.apart)):
            for actor in actors:
                if isinstance(actor, Writer):
                    self._by_id.setdefault(actor.producer_id, []).append(actor)
        against: dict[Actor, set[Actor]] = {}
        for one, other in decisions.apart:
            for a in self._meant(one):
                for b in self._meant(other):
                    against.setdefault(a, set()).add(b)
                    against.setdefault(b, set()).add(a)
        self._against = {actor: frozenset(others) for actor, others in against.items()}
        for actor in actors:
            self.add(actor)
        self._decide(decisions)

    def add(self, actor: Actor) -> Component:
        """The component of an actor, of its own at first."""
        component = self.of.get(actor)
        if component is None:
            component = Component([actor], place(actor), against=self._against.get(actor, _NOBODY))
            if isinstance(actor, Alias):
                component.lead = actor
                if (name := stem(actor)) is not None:
                    component.stems = frozenset((name,))
            self.of[actor] = component
        return component

    def all(self) -> list[Component]:
        """Each once."""
        return list({id(component): component for component in self.of.values()}.values())

    def join(self, a: Component, b: Component, strength: float) -> bool:
        """Make one of two on evidence, unless a guard is against it."""
        if a is b or self.forbidden(a, b) or (a.confirmed and b.confirmed):
            return False
        if strength < BY_CONSTRUCTION and a.stem is not None and b.stem is not None and a.stem != b.stem:
            return False
        if a.stems and b.stems and len(a.stems | b.stems) > MOST_JOINED:
            return False
        self._merge(a, b, strength)
        return True

    @staticmethod
    def forbidden(a: Component, b: Component) -> bool:
        """Whether a person said that somebody of the one is not somebody of the other."""
        return bool(a.against) and not a.against.isdisjoint(b.members)

    def _meant(self, alias: Alias) -> list[Actor]:
        """Who a person means by a name; a producer id may be known on several servers."""
        if alias.kind == PRODUCER_ID and alias.value.isdecimal():
            return list(self._by_id.get(int(alias.value), ())) or [alias]
        return [alias]

    def _decide(self, decisions: Decisions) -> None:
        """What people joined, the newest first, so that it wins over what contradicts it."""
        for one, other in reversed(decisions.together):
            first, *others = *self._meant(one), *self._meant(other)
            for actor in others:
                self._confirm(first, actor)
        names = sorted(actor for actor in self.of if isinstance(actor, Alias)) if decisions.patterns else []
        for pattern in reversed(decisions.compiled()):
            alike: dict[tuple[str | None, ...], Alias] = {}
            for alias in names:
                if match := pattern.fullmatch(alias.value):
                    self._confirm(alike.setdefault(match.groups(), alias), alias)

    def _confirm(self, one: Actor, other: Actor) -> None:
        self.unseen |= {one, other} - self.of.keys()
        a, b = self.add(one), self.add(other)
        if a is not b and not self.forbidden(a, b):
            self._merge(a, b, 1.0).confirmed = True

    def _merge(self, a: Component, b: Component, strength: float) -> Component:
        if len(a.members) < len(b.members):
            a, b = b, a
        a.members += b.members
        a.rank = min(a.rank, b.rank)
        a.weakest = min(a.weakest, b.weakest, strength)
        if b.lead is not None and (a.lead is None or telling(b.lead) < telling(a.lead)):
            a.lead = b.lead
        a.stems |= b.stems
        a.against |= b.against
        a.by_name |= b.by_name
        a.confirmed |= b.confirmed
        for member in b.members:
            self.of[member] = a
        return a
