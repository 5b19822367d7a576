"""What a broker itself lists of its clients: who listens where, and who sends."""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.evidence import STALE_NS
from graph.identity import Action, ChannelId, ServerId
from graph.model import Alias
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Claim, Report, evidence, own
from inspector.discovery.sources.groups import LEFT_NS
from inspector.observation import ChannelGone, Observation, Use, UsesSeen

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
        """A claim for each use, and who is listed nowhere any more."""
        for (_, technique), listed in self._listed.items():
            here = {client for client, _, _ in listed.now}
            for key, (use, first, last) in listed.uses.items():
                alias = Alias("client-id", use.client)
                piece = evidence(technique, technique, listed.confidence, first, last, use.detail)
                stale_ns = STALE_NS if key in listed.now else LEFT_NS
                report.claims.append(Claim(alias, use.action, use.channel, piece, stale_ns))
                if use.client not in here:
                    report.ended.add(alias)
