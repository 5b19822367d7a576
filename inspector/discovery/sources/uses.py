"""What a broker itself lists of its clients: who listens where, and who sends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from graph.evidence import STALE_NS
from graph.identity import Action, ChannelId, ServerId
from graph.model import Alias
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Anonymous, Bond, Claim, Report, evidence, own
from inspector.discovery.names import stem
from inspector.discovery.sources.groups import LEFT_NS
from inspector.observation import ChannelGone, Observation, Use, UsesSeen

ONLY_SENDER = 0.9
"""Somebody else may have sent what the list was too slow to see."""
MOST_REMEMBERED = 20_000
"""Uses of one interface that are remembered after they ended, the newest."""

_Key = tuple[str, Action, ChannelId]


@dataclass(slots=True)
class _Listed:
    confidence: float = 0.0
    uses: dict[_Key, tuple[Use, int, int]] = field(default_factory=dict)
    """With first and last seen."""
    now: frozenset[_Key] = frozenset()


@dataclass
class Uses:
    """The technique's own name: whatever the adapter gave."""

    _listed: dict[tuple[ServerId, str], _Listed] = field(default_factory=dict)

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in a list of clients."""
        match observation:
            case UsesSeen(server=server, technique=technique, uses=uses):
                listed = self._listed.setdefault((server, technique), _Listed())
                listed.confidence = observation.confidence
                mine = {(use.client, use.action, use.channel): use for use in uses if not own(use.client)}
                for key, use in mine.items():
                    before = listed.uses.pop(key, None)
                    listed.uses[key] = (use, now_ns if before is None else before[1], now_ns)
                listed.now = frozenset(mine)
                while len(listed.uses) > max(MOST_REMEMBERED, len(mine)):
                    del listed.uses[next(iter(listed.uses))]
            case ChannelGone(channel=channel):
                for listed in self._listed.values():
                    for key in [key for key in listed.uses if key[2] == channel]:
                        del listed.uses[key]

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Records say nothing about lists of clients."""

    def report(self, report: Report, now_ns: int) -> None:
        """A claim for each use, whose records without a name are, and who is listed nowhere any more."""
        for (_, technique), listed in self._listed.items():
            here = {client for client, _, _ in listed.now}
            report.bonds += _nameless(technique, listed)
            for key, (use, first, last) in listed.uses.items():
                alias = Alias("client-id", use.client)
                piece = evidence(technique, technique, listed.confidence, first, last, use.detail)
                stale_ns = STALE_NS if key in listed.now else LEFT_NS
                report.claims.append(Claim(alias, use.action, use.channel, piece, stale_ns))
                if use.client not in here:
                    report.ended.add(alias)


def _nameless(technique: str, listed: _Listed) -> Iterator[Bond]:
    """Records that name nobody are those of the one application that is listed to send to a channel."""
    senders: dict[ChannelId, list[tuple[Use, int, int]]] = {}
    for (_, action, channel), seen in listed.uses.items():
        if action is Action.SEND:
            senders.setdefault(channel, []).append(seen)
    for channel, found in senders.items():
        aliases = {Alias("client-id", use.client) for use, _, _ in found}
        if len({stem(alias) for alias in aliases}) == 1:
            use, first, last = found[0]
            detail = f"Nobody else than {use.client} is listed to send to {channel.name}."
            piece = evidence(technique, technique, ONLY_SENDER, first, last, detail)
            yield Bond(Anonymous(channel), Alias("client-id", use.client), piece)
