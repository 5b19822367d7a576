"""Which loops people know of: their findings fall silent, until the limit that was written down breaks."""

from __future__ import annotations

import dataclasses

from msgspec.structs import replace

from graph.identity import ChannelId, LoopId
from graph.loops.cycles import in_words
from graph.model import Acknowledgement, DependencyGraph, FeedbackLoop, Finding, LoopStatus, Severity
from graph.names import shown_names
from inspector.check.rules import ACKNOWLEDGED, BROKEN, LOOPS, MIRROR, OF_STATUS, RULES
from inspector.project.loops import entries
from inspector.project.model import Project

_BECAUSE = " Acknowledged: "


def acknowledged(graph: DependencyGraph, project: Project) -> DependencyGraph:
    """The graph as it is for somebody who knows what the project says; applying it twice is the same as once.

    A limit is broken when the lower end of the gain's 95 % interval has reached it, so that noise does not
    raise a loop again; without an interval the gain itself decides, and without a gain the limit holds.
    """
    if not project.acknowledged and not any(loop.acknowledged for loop in graph.loops.values()):
        return graph
    loops = {key: _known(graph, loop, project) for key, loop in graph.loops.items()}
    findings = []
    mirrored = {
        hop: loop
        for loop in loops.values()
        if all(isinstance(each, ChannelId) for each in loop.hops)
        for hop in loop.hops
    }
    for finding in graph.findings:
        if isinstance(finding.subject, ChannelId) and finding.subject in mirrored:
            finding = _mirrored(finding, mirrored[finding.subject])
        loop = loops.get(finding.subject) if isinstance(finding.subject, LoopId) else None
        if loop is None:
            findings.append(finding)
        elif finding.rule != BROKEN:
            findings.append(_heard(finding, graph.loops[loop.id], loop))
    for loop in loops.values():
        if loop.broken_limit:
            message = f"{in_words(loop.hops, shown_names(graph))}: {loop.broken_limit}"
            findings.append(Finding(BROKEN, Severity.ERROR, loop.id, message))
    gravity = list(Severity)
    findings.sort(key=lambda each: gravity.index(each.severity))
    return dataclasses.replace(graph, loops=loops, findings=tuple(findings))


def unfitting(graph: DependencyGraph, project: Project) -> list[str]:
    """A sentence for each acknowledgement that fits no loop of the graph."""
    fitting = [entry for loop in graph.loops.values() for entry in entries(project, graph, loop)]
    return [
        f"The acknowledgement of {' → '.join(entry.hops)} fits no loop that was found. Correct its hops, or "
        "take it out of the project file."
        for entry in project.acknowledged
        if entry not in fitting
    ]


def _heard(finding: Finding, before: FeedbackLoop, loop: FeedbackLoop) -> Finding:
    """A finding about a loop for somebody who knows of it; a quiet one speaks up where nobody does."""
    if finding.rule == ACKNOWLEDGED:
        rule = RULES[OF_STATUS[before.proven or LoopStatus.POSSIBLE]]
        message = finding.message.partition(_BECAUSE)[0]
        finding = Finding(rule.name, rule.severity, loop.id, message)
    if finding.rule in LOOPS and loop.acknowledged is not None and not loop.broken_limit:
        message = f"{finding.message}{_BECAUSE}{loop.acknowledged.reason}"
        return Finding(ACKNOWLEDGED, Severity.NOTE, loop.id, message)
    return finding


def _mirrored(finding: Finding, loop: FeedbackLoop) -> Finding:
    """A finding about a channel for somebody who knows of the loop of mirrors that it is on."""
    known = None if loop.broken_limit else loop.acknowledged
    if finding.rule == MIRROR and known is not None:
        message = f"{finding.message}{_BECAUSE}{known.reason}"
        return Finding(ACKNOWLEDGED, Severity.NOTE, finding.subject, message)
    if finding.rule == ACKNOWLEDGED and known is None:
        message = finding.message.partition(_BECAUSE)[0]
        return Finding(MIRROR, RULES[MIRROR].severity, finding.subject, message)
    return finding


def _known(graph: DependencyGraph, loop: FeedbackLoop, project: Project) -> FeedbackLoop:
    proven = loop.proven or loop.status
    entry = next(iter(entries(project, graph, loop)), None)
    if entry is None:
        return replace(loop, status=proven, proven=None, acknowledged=None, broken_limit="")
    known = Acknowledgement(entry.reason, entry.gain_below)
    if broken := _broken(loop, entry.gain_below):
        return replace(loop, status=proven, proven=None, acknowledged=known, broken_limit=broken)
    return replace(loop, status=LoopStatus.ACKNOWLEDGED, proven=proven, acknowledged=known, broken_limit="")


def _broken(loop: FeedbackLoop, limit: float | None) -> str:
    """Why a limit does not hold; empty where it does."""
    low = loop.gain if loop.gain_low is None else loop.gain_low
    if limit is None or loop.gain is None or low is None or low < limit:
        return ""
    between = f" (95 % between {loop.gain_low:g} and {loop.gain_high:g})" if loop.gain_high else ""
    return f"Its gain is {loop.gain:g}{between}, and it was acknowledged while that is below {limit:g}."
