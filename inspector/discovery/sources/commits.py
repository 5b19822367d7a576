"""Committed offsets: what a group has read, how fast it goes, and how far behind it is."""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.identity import Action, ChannelId, ServerId
from graph.model import Alias
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Claim, Report, evidence, own
from inspector.discovery.window import Counter
from inspector.observation import ChannelGone, CommitSeen, Observation, OffsetsCommitted, OffsetsSeen

COMMITTED = 0.9
UNDATED = 0.2
"""Of offsets that nobody was seen to commit: a receiver that is gone leaves them for a week. Where members
of the group are seen it does not matter; elsewhere 15 % are of somebody who receives
(`tests.bench calibration`)."""


@dataclass(slots=True)
class _Commit:
    first_ns: int
    last_ns: int
    offsets: dict[int, int]
    lag: int | None = None
    """As of the last commit seen: against a newer end it would grow until the next look."""
    pace: Counter = field(default_factory=Counter)
    claim: Claim | None = None
    dated: bool = False
    """Whether a commit was seen to be made; until then it may be of any time before it was first seen."""

    def made(self, at_ns: int) -> None:
        """A commit was made at some time."""
        self.first_ns = min(self.first_ns, at_ns)
        self.last_ns = max(self.last_ns, at_ns) if self.dated else at_ns
        self.dated, self.claim = True, None


@dataclass
class Commits:
    """`kafka.committed-offsets`: also finds receivers that join no group and only commit."""

    _commits: dict[tuple[ServerId, str, ChannelId], _Commit] = field(default_factory=dict)
    _ends: dict[ChannelId, dict[int, int]] = field(default_factory=dict)

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in commits, and ends to tell the lag."""
        match observation:
            case OffsetsCommitted(server=server, group=group, offsets=offsets) if not own(group):
                for channel, committed in offsets:
                    self._see(server, group, channel, committed, now_ns)
            case CommitSeen(server=server, group=group, channel=channel, at_ns=at_ns) if not own(group):
                at_ns = min(at_ns, now_ns)
                self._commits.setdefault((server, group, channel), _Commit(at_ns, at_ns, {})).made(at_ns)
            case OffsetsSeen(channel=channel, end=end):
                self._ends[channel] = end
            case ChannelGone(channel=channel):
                self._ends.pop(channel, None)
                for key in [key for key in self._commits if key[2] == channel]:
                    del self._commits[key]

    def _see(
        self, server: ServerId, group: str, channel: ChannelId, offsets: dict[int, int], now_ns: int
    ) -> None:
        committed = {partition: offset for partition, offset in offsets.items() if offset >= 0}
        if not committed:
            return
        commit = self._commits.get((server, group, channel))
        if commit is None:
            commit = self._commits[server, group, channel] = _Commit(now_ns, now_ns, committed)
        if committed.keys() != commit.offsets.keys():
            commit.pace.points.clear()  # a partition's first commit is not progress of that size
        if commit.offsets and committed != commit.offsets:
            commit.made(now_ns)
        commit.offsets = committed
        commit.lag = None if (end := self._ends.get(channel)) is None else _lag(committed, end)
        commit.pace.see(now_ns, sum(committed.values()))

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Records say nothing about commits."""

    def report(self, report: Report, now_ns: int) -> None:
        """What each group has read, with its pace and its lag."""
        for (server, group, channel), commit in self._commits.items():
            alias = Alias("group", group)
            if commit.claim is None:
                source = f"{server.system}.committed-offsets"
                detail = f"Group {group} has committed offsets on {channel.name}."
                confidence = COMMITTED if commit.dated else UNDATED
                piece = evidence(source, "commits", confidence, commit.first_ns, commit.last_ns, detail)
                commit.claim = Claim(alias, Action.RECEIVE, channel, piece)
            report.claims.append(commit.claim)
            if (rate := commit.pace.rate(now_ns)) is not None:
                report.receive_rates[alias, channel] = rate
            if commit.lag is None and commit.offsets and (end := self._ends.get(channel)) is not None:
                commit.lag = _lag(commit.offsets, end)
            if commit.lag is not None:
                report.lags[alias, channel] = commit.lag


def _lag(committed: dict[int, int], end: dict[int, int]) -> int:
    return sum(max(end[number] - offset, 0) for number, offset in committed.items() if number in end)
