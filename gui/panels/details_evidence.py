"""Parts that several details panels share: reasons, loops and findings about something."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo

from graph import certainty
from graph.evidence import CERTAIN, Evidence
from graph.identity import ApplicationId, ChannelId, EdgeId, NodeId, Subject
from graph.model import (
    DANGER,
    ApplicationKind,
    DependencyGraph,
    FeedbackLoop,
    LoopStatus,
    Operation,
    Severity,
)
from gui import figures
from gui.canvas.scene import wording
from gui.parts.blocks import Block, Fact, Facts, Proof, Section, Sentence
from gui.parts.marks import ApplicationMark, ChannelMark, DotMark
from inspector.declaration import UNSEEN

MOST = 12
"""Reasons that are shown; the strongest ones."""
TONES = {LoopStatus.RUNAWAY: "run", LoopStatus.ACTIVE: "act"}
SEVERITY = {Severity.ERROR: "run", Severity.WARNING: "warn", Severity.NOTE: "dim"}


def aside(operation: Operation) -> str:
    """Doubt in words, nothing where there is none."""
    known = certainty.grounds(operation)
    if known in certainty.UNSEEN:
        return known
    return "" if operation.confidence >= CERTAIN else figures.per_cent(operation.confidence)


def worst(graph: DependencyGraph, item: NodeId | EdgeId) -> LoopStatus | None:
    """The worst loop through something."""
    found = {loop.status for loop in graph.loops_through(item)}
    return next((status for status in DANGER if status in found), None)


def worst_of_all(graph: DependencyGraph) -> dict[NodeId, LoopStatus]:
    """The worst loop through each node that is part of one."""
    found: dict[NodeId, LoopStatus] = {}
    for loop in sorted(graph.loops.values(), key=lambda each: DANGER.index(each.status), reverse=True):
        found.update(dict.fromkeys(loop.hops, loop.status))
    return found


def channel_mark(graph: DependencyGraph, channel: ChannelId) -> ChannelMark:
    """The shape of a channel in the colour of its worst loop."""
    return ChannelMark(channel.kind, worst(graph, channel))


def application_mark(graph: DependencyGraph, application: ApplicationId) -> ApplicationMark:
    """The card of an application, likewise."""
    found = graph.applications.get(application)
    nameless = found is not None and found.kind is ApplicationKind.UNATTRIBUTED
    return ApplicationMark(worst(graph, application), nameless)


def proofs(evidence: Iterable[Evidence], zone: tzinfo, now_ns: int) -> list[Block]:
    """The strongest reasons first."""
    ordered = sorted(evidence, key=lambda piece: -piece.confidence)
    made: list[Block] = [
        Proof(
            f"{piece.source} · {UNSEEN[piece.family]}, not observed"
            if piece.family in UNSEEN
            else piece.source,
            piece.confidence,
            piece.detail,
            seen(piece.first_seen_ns, piece.last_seen_ns, zone, now_ns),
        )
        for piece in ordered[:MOST]
    ]
    if len(ordered) > MOST:
        made.append(Sentence(f"{len(ordered) - MOST} weaker reasons are not listed."))
    return made


def seen(first_ns: int, last_ns: int, zone: tzinfo, now_ns: int) -> str:
    """When something was seen first and last."""
    first = figures.clock_short(first_ns, zone)
    return f"First seen {first}, last {figures.ago((now_ns - last_ns) / 1e9)}"


def loop_name(graph: DependencyGraph, loop: FeedbackLoop) -> str:
    """What to call a loop: its applications, in order."""
    names = [wording.node_name(graph, hop) for hop in loop.hops if isinstance(hop, ApplicationId)]
    if not names:
        names = [hop.name for hop in loop.hops if isinstance(hop, ChannelId)]
    if len(names) == 1:
        return f"{names[0]} ↺"
    return " ⇄ ".join(names) if len(names) == 2 else " → ".join(names)


def loops_about(graph: DependencyGraph, item: NodeId | EdgeId) -> list[Block]:
    """The loops it is part of."""
    found = sorted(graph.loops_through(item), key=lambda loop: (DANGER.index(loop.status), loop.id))
    if not found:
        return []
    lines = tuple(
        Fact(
            loop_name(graph, loop),
            wording.badge(loop),
            DotMark(TONES.get(loop.status, "ack")),
            subject=loop.id,
        )
        for loop in found
    )
    return [Section("Loops", figures.plural(len(found), "loop")), Facts(lines)]


def findings_about(graph: DependencyGraph, subject: Subject) -> list[Block]:
    """What a person should know about it."""
    found = [finding for finding in graph.findings if finding.subject == subject]
    if not found:
        return []
    made: list[Block] = [Section("Findings", figures.plural(len(found), "finding"))]
    made += [Sentence(finding.message, SEVERITY[finding.severity]) for finding in found]
    return made
