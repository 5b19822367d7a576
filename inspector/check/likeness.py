"""Texts that are alike for the same thing seen again: on another server, under another producer id, later."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b

from graph.identity import ApplicationId, LoopId, OperationId, RouteId, Subject
from graph.model import DependencyGraph, Finding
from inspector.project.naming import SHARED

_PRODUCER = re.compile(r"(application/\?[^#\s]*)#\S+")
_FIGURE = re.compile(r"(?<![\w.-])\d[\d.,]*(?![\w-])")

Mark = tuple[str, str, str]
"""Rule, subject and sentence of a finding."""


class Likeness:
    """Makes such texts.

    Args:
        server: the id of the only server there is, which is left out; None where there are several.
        homes: for each name of an application the text of the one that it is.
    """

    def __init__(self, server: str | None, homes: Mapping[str, str] | None = None) -> None:
        self._server = server
        self._homes = homes or {}

    def text(self, written: str) -> str:
        """An id, or several with words between them."""
        written = _PRODUCER.sub(r"\1", written)
        return written if self._server is None else written.replace(self._server, "")

    def way(self, hops: Iterable[str]) -> str:
        """A closed way by the ids of its hops, whichever comes first."""
        told = [self.text(hop) for hop in hops]
        return min((" → ".join(told[at:] + told[:at]) for at in range(len(told))), default="")

    def sentence(self, message: str) -> str:
        """A message without its figures."""
        if self._server is not None:
            message = message.replace(self._server.partition("://")[2], "")
        return _FIGURE.sub("#", message)

    def mark(self, graph: DependencyGraph, finding: Finding) -> Mark:
        """What makes a finding the same as another one; of a loop, whatever its figures are now."""
        if isinstance(finding.subject, LoopId):
            return finding.rule, self.subject(graph, finding.subject), ""
        return finding.rule, self.subject(graph, finding.subject), self.sentence(finding.message)

    def subject(self, graph: DependencyGraph, subject: Subject) -> str:
        """The text of anything in a graph."""
        match subject:
            case OperationId():
                channel = self.text(str(subject.channel))
                return f"{self.subject(graph, subject.application)} {subject.action} {channel}"
            case RouteId():
                return self.text(f"{subject.source} {subject.kind} {subject.target}")
            case LoopId() if subject in graph.loops:
                return self.way(self.subject(graph, hop) for hop in graph.loops[subject].hops)
            case ApplicationId():
                return self._home(graph, subject)
            case _:
                return self.text(str(subject))

    def _home(self, graph: DependencyGraph, key: ApplicationId) -> str:
        own = self.text(str(key))
        known = graph.applications.get(key)
        if own in self._homes or known is None:
            return own
        shared = {alias.value for alias in known.aliases if alias.kind in SHARED}
        names = {known.name or ""} - shared
        names |= {alias.value for alias in known.aliases if alias.kind not in SHARED}
        return next((self._homes[name] for name in sorted(names) if name in self._homes), own)


def only_server(servers: Iterable[str]) -> str | None:
    """The id of the only server; None where there are none or several."""
    known = list(servers)
    return known[0] if len(known) == 1 else None


def fingerprint(graph: DependencyGraph, finding: Finding) -> str:
    """A short text that is the same when the finding is found again."""
    likeness = Likeness(only_server(map(str, graph.servers)))
    return blake2b("\0".join(likeness.mark(graph, finding)).encode(), digest_size=16).hexdigest()
