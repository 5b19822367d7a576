"""Declarations: what people wrote down about their applications, which is not observed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from graph.evidence import Evidence
from graph.identity import ChannelId
from graph.model import CONFIRMED, DECLARED, Alias
from inspector.declaration import Channels, ConfirmedEdge, Declaration, does
from inspector.discovery.digest import Digest
from inspector.discovery.facts import LAST_SEEN_STEP_NS, Bond, Claim, Report, evidence
from inspector.discovery.names import joined, shown
from inspector.observation import ChannelGone, ChannelSeen, Observation, PeopleSaid

NOTHING = PeopleSaid()
SAID = 0.5
"""A declaration alone: it tells what is meant to be, and may be out of date."""
CERTAIN = 1.0
"""What a person confirmed about the very edge."""
NAMED = 0.97
"""A declaration that gives the group or client id of its application."""
SAME_NAME = 0.9
_NAMES = ("group", "source", "transactional-id", "principal")


@dataclass
class Declared:
    """`declared.project`, `declared.asyncapi` and `declared.confirmed`."""

    _said: PeopleSaid = NOTHING
    _since: dict[Declaration | ConfirmedEdge, int] = field(default_factory=dict)
    _channels: set[ChannelId] = field(default_factory=set)
    _made: tuple[int, list[Claim], list[Bond]] | None = None
    """The step of time, claims and bonds as reported last; None when they have to be made anew."""

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in what people said, and which channels it may be about."""
        match observation:
            case PeopleSaid():
                self._said, self._made = observation, None
                said: list[Declaration | ConfirmedEdge] = [*observation.declarations, *observation.confirmed]
                self._since = {each: self._since.get(each, now_ns) for each in said}
            case ChannelSeen(channel=channel) if channel not in self._channels:
                self._channels.add(channel)
                self._made = None
            case ChannelGone(channel=channel):
                self._channels.discard(channel)
                self._made = None

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Records say nothing about declarations."""

    def report(self, report: Report, now_ns: int) -> None:
        """A claim for each declared edge whose channel is there, and who is meant by a declared name."""
        if not self._since:
            return
        step = now_ns // LAST_SEEN_STEP_NS
        if self._made is None or self._made[0] != step:
            self._made = step, list(self._claims(now_ns)), list(self._bonds(now_ns))
        _, claims, bonds = self._made
        seen = {claim.actor for claim in report.claims if isinstance(claim.actor, Alias)}
        report.claims += claims
        report.bonds += bonds
        report.bonds += self._alike(seen, now_ns)

    def _claims(self, now_ns: int) -> Iterator[Claim]:
        channels = Channels(self._channels)
        for said in self._said.declarations:
            for action, channel in said.operations:
                found, _ = channels.find(channel)
                if found is not None:
                    detail = f"{said.file} says that {does(said.name, action, found.name)}."
                    piece = self._piece(said, said.source, SAID, now_ns, detail)
                    yield Claim(said.alias, action, found, piece)
        for edge in self._said.confirmed:
            found, _ = channels.find(edge.channel)
            if found is not None:
                detail = f"A person confirmed that {does(edge.name.value, edge.action, found.name)}."
                piece = self._piece(edge, CONFIRMED, CERTAIN, now_ns, detail)
                yield Claim(edge.name, edge.action, found, piece)

    def _bonds(self, now_ns: int) -> Iterator[Bond]:
        uses = Counter(name for said in self._said.declarations for name in set(said.names))
        for said in self._said.declarations:
            for name in said.names:
                # A group that several declarations give was copied from one to the other.
                if uses[name] == 1:
                    detail = f"{said.file} gives {name.value} as the {name.kind} of {said.name}."
                    yield Bond(said.alias, name, self._piece(said, said.source, NAMED, now_ns, detail))

    def _alike(self, seen: Iterable[Alias], now_ns: int) -> Iterator[Bond]:
        """Declared names that are spelt like observed ones; short ones too, for a person wrote them."""
        meant = {joined(said.name): said for said in self._said.declarations}
        for alias in seen:
            if alias.kind in _NAMES and (said := meant.get(joined(shown(alias)))) is not None:
                detail = f"{said.file} describes {said.name}, and {alias.kind} {alias.value} has that name."
                yield Bond(said.alias, alias, self._piece(said, said.source, SAME_NAME, now_ns, detail))

    def _piece(
        self, said: Declaration | ConfirmedEdge, source: str, confidence: float, now_ns: int, detail: str
    ) -> Evidence:
        return evidence(source, DECLARED, confidence, self._since[said], now_ns, detail)
