"""What is said of one edge: how sure it is, every reason with its source, and since when."""

from __future__ import annotations

from datetime import tzinfo

from graph.certainty import grounds
from graph.evidence import CERTAIN
from graph.identity import Action, OperationId
from graph.model import CONFIRMED, DependencyGraph, Operation
from gui import figures
from gui.canvas.scene import wording
from gui.panels.details_evidence import application_mark, channel_mark, loops_about, proofs, seen
from gui.parts.blocks import Block, Doing, Fact, Facts, Figures, Head, Section, Sentence

ADVICE = {
    "likely": "Give the records a header that names their sender, such as ce_source, to be certain.",
    "guessed": "Only timing or names speak for it. A header that names the sender would settle it.",
}
UNSEEN = {
    "declared": "Somebody wrote it down. Nothing of the kind was observed.",
    "permitted": "The broker would allow it. Nothing of the kind was observed.",
}
"""What to know of an edge that nobody has seen in use."""


def blocks(graph: DependencyGraph, operation_id: OperationId, zone: tzinfo, now_ns: int) -> tuple[Block, ...]:
    """The panel of an operation."""
    operation = graph.operations[operation_id]
    sending = operation_id.action is Action.SEND
    name, channel = wording.node_name(graph, operation_id.application), operation_id.channel
    certainty = grounds(operation)
    pill = (
        f"{certainty}, {figures.per_cent(operation.confidence)}",
        "ok" if certainty == "certain" else "act",
    )
    made: list[Block] = [
        Head(
            "Sends" if sending else "Receives",
            f"{name} → {channel.name}" if sending else f"{channel.name} → {name}",
            UNSEEN.get(certainty, ""),
            pill,
        ),
        _figures(operation, sending=sending),
        Section("Between"),
        Facts(
            (
                Fact(
                    name,
                    "",
                    application_mark(graph, operation_id.application),
                    subject=operation_id.application,
                ),
                Fact(channel.name, channel.kind.value, channel_mark(graph, channel), subject=channel),
            )
        ),
        *loops_about(graph, operation_id),
        Section("Why this is believed", figures.plural(len(operation.evidence), "reason")),
        *proofs(operation.evidence, zone, now_ns),
    ]
    if operation.evidence:
        first = min(piece.first_seen_ns for piece in operation.evidence)
        last = max(piece.last_seen_ns for piece in operation.evidence)
        known = f"Known since {figures.clock_short(first, zone)}"
        made.append(
            Sentence(f"{known if certainty in UNSEEN else seen(first, last, zone, now_ns)}.", "faint")
        )
    made.append(Section("What to do"))
    if sending and certainty in ADVICE:
        made.append(Sentence(ADVICE[certainty]))
    confirmed = any(piece.source == CONFIRMED for piece in operation.evidence)
    doubt = operation.confidence < CERTAIN
    decide = ("Confirm", "edge.confirm", "primary" if doubt else "plain")
    if confirmed:
        decide = ("Take back", "edge.doubt", "plain")
    made.append(Doing((decide, ("Show its events", "events.show", "plain"))))
    return tuple(made)


def _figures(operation: Operation, *, sending: bool) -> Figures:
    latency = operation.hop_latency_ms
    lag = operation.lag
    return Figures(
        (
            ("Rate", wording.rate(operation.rate_per_s) or "not visible", "text"),
            (
                "Sends within" if sending else "Read after",
                "not measured" if latency is None else wording.duration(latency),
                "text",
            ),
            ("Sure", figures.per_cent(operation.confidence), "text")
            if sending
            else (
                "Lag",
                "not visible" if lag is None else f"{lag:,}",
                "warn" if (lag or 0) >= wording.NOTABLE_LAG else "text",
            ),
        )
    )
