"""Hosts: groups whose clients run on one machine, and start there together, may be one application.

It never settles anything: behind a gateway or on a shared machine all applications have one address, and a
deployment starts several at once. It supports what names say, and makes suggestions.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

from graph.evidence import HOUR_NS
from graph.identity import ServerId
from graph.model import Alias
from inspector.discovery.digest import Digest
from inspector.discovery.facts import Bond, Report, evidence, own
from inspector.discovery.window import SECOND_NS
from inspector.observation import GroupSeen, Observation

SAME_HOST = 0.25
SAME_START = 0.2
SHARED = 4
"""A host with more groups than this is shared, and tells nothing."""
TOGETHER_NS = 5 * SECOND_NS
KEPT_NS = 24 * HOUR_NS
"""A group that was not on a host for longer does not run there: addresses are given to others."""

_Host = tuple[ServerId, str]
_Span = tuple[int, int]
"""First and last seen."""


@dataclass
class Hosts:
    """`<system>.host` and `<system>.start`: from the descriptions of groups."""

    _groups: dict[_Host, dict[str, _Span]] = field(default_factory=dict)
    _members: dict[tuple[ServerId, str], frozenset[str]] = field(default_factory=dict)
    """Member ids of each group at the last look."""
    _starts: dict[_Host, dict[str, int]] = field(default_factory=dict)
    """When each group last got a new member on a host, if that was seen."""

    def see(self, observation: Observation, now_ns: int) -> None:
        """Take in where the members of a group run, and which of them are new."""
        match observation:
            case GroupSeen(server=server, group=group, members=members) if not own(group):
                before = self._members.get((server, group))
                self._members[server, group] = frozenset(member.member_id for member in members)
                for member in members:
                    if not member.host:
                        continue
                    groups = self._groups.setdefault((server, member.host), {})
                    groups[group] = (groups.get(group, (now_ns, 0))[0], now_ns)
                    if before is not None and member.member_id not in before:
                        self._starts.setdefault((server, member.host), {})[group] = now_ns

    def see_records(self, digest: Digest, now_ns: int) -> None:
        """Records do not say where they come from."""

    def report(self, report: Report, now_ns: int) -> None:
        """Bonds between groups on hosts that few share."""
        for host, groups in list(self._groups.items()):
            for group in [group for group, span in groups.items() if now_ns - span[1] > KEPT_NS]:
                del groups[group]
                self._starts.get(host, {}).pop(group, None)
            if not groups:
                del self._groups[host]
                self._starts.pop(host, None)
            elif 1 < len(groups) <= SHARED:
                report.bonds += self._bonds(host, groups)

    def _bonds(self, host: _Host, groups: dict[str, _Span]) -> Iterator[Bond]:
        server, address = host
        starts = self._starts.get(host, {})
        for one, other in combinations(sorted(groups), 2):
            a, b = Alias("group", one), Alias("group", other)
            first = max(groups[one][0], groups[other][0])
            last = min(groups[one][1], groups[other][1])
            if last < first:
                continue  # one came when the other was gone
            detail = f"Groups {one} and {other} have members on host {address}, where few others run."
            piece = evidence(f"{server.system}.host", "host", SAME_HOST, first, last, detail)
            yield Bond(a, b, piece)
            if one in starts and other in starts and abs(starts[one] - starts[other]) <= TOGETHER_NS:
                at = max(starts[one], starts[other])
                detail = f"Groups {one} and {other} got new members on host {address} at one time."
                yield Bond(a, b, evidence(f"{server.system}.start", "start", SAME_START, at, at, detail))
