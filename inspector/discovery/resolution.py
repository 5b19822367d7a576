"""Keeps who is whom from one moment to the next, and works it out anew when what decides it changed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from graph.identity import ApplicationId
from graph.model import Suggestion
from inspector.discovery.blocks import Blocks
from inspector.discovery.decisions import Decisions
from inspector.discovery.facts import Actor, Bond, Writer
from inspector.discovery.identity import Identity, resolve
from inspector.discovery.suggestions import suggest

_Meaning = tuple[Actor, Actor, str, float]


@dataclass
class Resolution:
    """Who is whom, of those that do something."""

    named: list[Identity] = field(default_factory=list)
    unnamed: list[Identity] = field(default_factory=list)
    home: dict[Actor, Identity] = field(default_factory=dict)
    """The named identity of each actor that has one."""
    applications: dict[Actor, ApplicationId] = field(default_factory=dict)
    """The same as ids."""
    lone: list[Writer] = field(default_factory=list)
    """Producer ids that nothing is known of: they come and go, and concern no identity."""
    suggestions: tuple[Suggestion, ...] = ()


class Resolver:
    """Asked for every graph."""

    def __init__(self) -> None:
        self.decisions = Decisions()
        self._asked: tuple[Decisions, list[Actor], list[Bond]] = (Decisions(), [], [])
        self._known: tuple[set[Actor], set[_Meaning]] = (set(), set())
        """What the resolution rests on."""
        self._blocks = Blocks()
        self._open: set[tuple[Actor, Actor]] = set()
        """Between whom there are bonds that joined nothing."""
        self._resolution = Resolution()

    def resolve(self, claimed: Iterable[Actor], bonds: list[Bond]) -> Resolution:
        """Who is whom among those that claims are about. Raises BadPattern."""
        bonded = {bond.a for bond in bonds} | {bond.b for bond in bonds}
        decided = self.decisions.producer_ids()
        lone: list[Writer] = []
        actors: list[Actor] = []
        for actor in claimed:
            if isinstance(actor, Writer) and actor not in bonded and str(actor.producer_id) not in decided:
                lone.append(actor)
            else:
                actors.append(actor)
        before, self._asked = self._asked, (self.decisions, actors, bonds)
        # Lists of the same objects compare fast; what they mean is looked at only where they differ.
        if before != self._asked:
            self._change(before[0] != self.decisions, actors, bonds)
        self._resolution.lone = lone
        return self._resolution

    def _change(self, decided: bool, actors: Collection[Actor], bonds: list[Bond]) -> None:
        before = self._known
        now = (
            set(actors),
            {(bond.a, bond.b, bond.evidence.family, bond.evidence.confidence) for bond in bonds},
        )
        if decided or now != before:
            self._known = now
            news = before[1] ^ now[1]
            self._blocks.add(now[0] - before[0], [(a, b) for a, b, _, _ in news])
            touched = (before[0] ^ now[0]).union(*(meaning[:2] for meaning in news))
            # Decisions may be about any of them.
            whole = decided or self.decisions != Decisions()
            self._anew(None if whole else {self._blocks.block(actor) for actor in touched}, now[0], bonds)
        elif not self._open:
            return
        left = [bond for bond in bonds if (bond.a, bond.b) in self._open]
        found = self._resolution
        found.suggestions = suggest([*found.named, *found.unnamed], left, self.decisions)

    def _anew(self, blocks: set[int] | None, actors: set[Actor], bonds: list[Bond]) -> None:
        """Work out the identities in some blocks; None is all."""
        found = self._resolution

        def changed(actor: Actor) -> bool:
            return blocks is None or self._blocks.block(actor) in blocks

        for identity in found.named:
            if changed(next(iter(identity.members))):
                for member in identity.members:
                    del found.home[member], found.applications[member]
        found.named = [each for each in found.named if each.lead in found.home]
        found.unnamed = [each for each in found.unnamed if not changed(next(iter(each.members)))]
        part = [actor for actor in actors if changed(actor)]
        among = [bond for bond in bonds if changed(bond.a)]
        for identity in resolve(part, among, self.decisions):
            if identity.members.isdisjoint(actors):
                continue
            if identity.key:
                found.named.append(identity)
                found.home.update(dict.fromkeys(identity.members, identity))
                found.applications.update(dict.fromkeys(identity.members, ApplicationId(identity.key)))
            else:
                found.unnamed.append(identity)
        found.named.sort(key=lambda each: each.key)
        found.unnamed.sort(key=lambda each: each.rank)
        home = found.home
        self._open = {
            (bond.a, bond.b) for bond in bonds if bond.a not in home or home[bond.a] is not home.get(bond.b)
        }
