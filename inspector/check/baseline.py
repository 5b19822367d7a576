"""What was known before: edges, loops and findings of an earlier look, which are not told again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import orjson
from msgspec import Struct

from graph.evidence import LIKELY
from graph.identity import OperationId
from graph.model import DECLARED, DependencyGraph, Finding, Operation, Severity
from graph.names import plain
from graph.topology import FORMAT as TOPOLOGY
from graph.topology import document
from inspector.check.likeness import Likeness, Mark
from inspector.check.rules import LOOPS, NEW_EDGE
from inspector.errors import InspectorError

FORMAT = "eventscope-baseline/1"
LARGEST = 200_000_000
"""Bytes of a baseline that is read."""

_KEPT = {
    "servers": ("id",),
    "applications": ("id", "name", "aliases"),
    "operations": ("application", "action", "channel"),
    "routes": ("source", "target", "kind"),
    "loops": ("id", "hops"),
    "findings": ("rule", "subject", "message"),
}
"""What of a topology counts here: nothing that changes by itself, so that a repository can keep it."""


class _Server(Struct):
    id: str


class _Application(Struct):
    id: str
    name: str | None = None
    aliases: tuple[str, ...] = ()


class _Evidence(Struct):
    source: str


class _Operation(Struct):
    application: str
    action: str
    channel: str
    evidence: tuple[_Evidence, ...] = ()

    @property
    def permitted(self) -> bool:
        """Whether nothing but permissions speaks for it."""
        return bool(self.evidence) and all(each.source.endswith(".acl") for each in self.evidence)


class _Route(Struct):
    source: str
    target: str
    kind: str


class _Loop(Struct):
    id: str
    hops: tuple[str, ...]


class _Finding(Struct):
    rule: str
    subject: str
    message: str


class _Document(Struct):
    format: str
    servers: tuple[_Server, ...]
    applications: tuple[_Application, ...]
    operations: tuple[_Operation, ...]
    routes: tuple[_Route, ...]
    loops: tuple[_Loop, ...]
    findings: tuple[_Finding, ...]


def written(graph: DependencyGraph, findings: Iterable[Finding]) -> bytes:
    """The baseline of a graph and all that was found, as JSON."""
    whole = document(graph)
    whole["findings"] = [
        {"rule": each.rule, "subject": str(each.subject), "message": each.message} for each in findings
    ]
    whole["operations"] = [
        _picked(made, _KEPT["operations"])
        for key, made in zip(sorted(graph.operations), whole["operations"], strict=True)
        if not graph.operations[key].only_permitted
    ]
    kept = {name: [_picked(each, keys) for each in whole[name]] for name, keys in _KEPT.items()}
    return orjson.dumps({"format": FORMAT, **kept}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _picked(entry: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    return {key: entry[key] for key in keys}


def read(path: Path) -> Baseline:
    """What `check --write-baseline` or `scan --format json` wrote; raises InspectorError."""
    remedy = "Name a file that eventscope check --write-baseline or scan --format json wrote."
    try:
        if path.stat().st_size > LARGEST:
            raise InspectorError(f"The baseline {path} is larger than {LARGEST // 1_000_000} MB.", remedy)
        told = msgspec.json.decode(path.read_bytes(), type=_Document)
    except OSError as failure:
        raise InspectorError(f"The baseline {path} cannot be read: {failure.strerror}.", remedy) from failure
    except msgspec.MsgspecError as damage:
        raise InspectorError(
            f"The baseline {path} is damaged or something else: {damage}.", remedy
        ) from damage
    if told.format not in (FORMAT, TOPOLOGY):
        raise InspectorError(f"The baseline {path} has the format {told.format}.", remedy)
    return Baseline(told)


class Baseline:
    """An earlier look."""

    def __init__(self, told: _Document) -> None:
        self._told = told

    def news(self, graph: DependencyGraph, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that it does not have, and one for each edge that is new.

        A loop is told again where it is worse than it was. Where both looks were at one server, its address
        does not matter: what was seen on staging holds on production.
        """
        before, now = self._likenesses(graph)
        ways = {loop.id: before.way(loop.hops) for loop in self._told.loops}
        known = {_mark(before, ways, finding) for finding in self._told.findings}
        news = []
        for finding in findings:
            rule, subject, sentence = now.mark(graph, finding)
            as_bad = LOOPS[LOOPS.index(rule) :] if rule in LOOPS else (rule,)
            if known.isdisjoint((each, subject, sentence) for each in as_bad):
                news.append(finding)
        return [*news, *self._new_edges(graph, before, now)]

    def _likenesses(self, graph: DependencyGraph) -> tuple[Likeness, Likeness]:
        """That of the earlier look, and that of this one."""
        told, servers = self._told.servers, list(map(str, graph.servers))
        alone = len(servers) == len(told) == 1
        before = Likeness(told[0].id if alone else None)
        return before, Likeness(servers[0] if alone else None, self._homes(before))

    def _homes(self, before: Likeness) -> dict[str, str]:
        """For each name that one application alone had, the text of that application."""
        homes: dict[str, set[str]] = {}
        for application in self._told.applications:
            own = before.text(application.id)
            homes.setdefault(own, set()).add(own)
            for name in (application.name, *application.aliases):
                if name is not None:
                    homes.setdefault(name, set()).add(own)
        return {name: found.pop() for name, found in homes.items() if len(found) == 1}

    def _new_edges(self, graph: DependencyGraph, before: Likeness, now: Likeness) -> Iterator[Finding]:
        told = self._told
        known = {
            before.text(f"{each.application} {each.action} {each.channel}")
            for each in told.operations
            if not each.permitted
        }
        known |= {before.text(f"{each.source} {each.kind} {each.target}") for each in told.routes}
        for edge in sorted(graph.edges(), key=str):
            if isinstance(edge, OperationId) and not _counts(graph.operations[edge]):
                continue
            if now.subject(graph, edge) not in known:
                what = plain(edge) if isinstance(edge, OperationId) else f"A {edge.kind} leads {plain(edge)}"
                message = f"{what}, which is not in the baseline."
                yield Finding(NEW_EDGE, Severity.WARNING, edge, message)


def _counts(operation: Operation) -> bool:
    """Whether an edge is sure enough to be called new: guesses come and go."""
    declared = any(piece.family == DECLARED for piece in operation.evidence)
    return declared or (operation.confidence >= LIKELY and not operation.only_permitted)


def _mark(before: Likeness, ways: dict[str, str], finding: _Finding) -> Mark:
    if finding.subject in ways:
        return finding.rule, ways[finding.subject], ""
    return finding.rule, before.text(finding.subject), before.sentence(finding.message)
