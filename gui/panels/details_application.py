"""What is said of an application: its names, what it sends and receives, and why that is believed."""

from __future__ import annotations

from datetime import tzinfo

from graph.identity import Action, ApplicationId
from graph.model import Application, ApplicationKind, DependencyGraph, LoopStatus, Operation
from gui import figures
from gui.canvas.scene import wording
from gui.panels.details_evidence import aside, channel_mark, findings_about, loops_about, proofs
from gui.parts.blocks import Block, Doing, Fact, Facts, Figures, Head, Names, Section, Sentence

MOST = 5
"""Suggestions that are listed."""
ONLY = "It is the only name of its application."
KINDS = {
    ApplicationKind.SERVICE: "Application",
    ApplicationKind.STREAM_PROCESSOR: "Stream processor",
    ApplicationKind.CONNECTOR: "Connector",
    ApplicationKind.UNATTRIBUTED: "Unattributed producer",
}


def blocks(
    graph: DependencyGraph, application_id: ApplicationId, zone: tzinfo, now_ns: int
) -> tuple[Block, ...]:
    """The panel of an application."""
    application = graph.applications[application_id]
    operations = sorted(graph.operations_of(application_id), key=lambda o: o.id)
    sends = [each for each in operations if each.id.action is Action.SEND]
    receives = [each for each in operations if each.id.action is Action.RECEIVE]
    made: list[Block] = [_head(application), _figures(application, sends, receives)]
    if application.description:
        made.append(Sentence(application.description))
    made += _operations(graph, "Sends", sends, "Nothing was seen to be sent by it.")
    made += _operations(graph, "Receives", receives, "Nothing was seen to be received by it.")
    made += loops_about(graph, application_id)
    made += findings_about(graph, application_id)
    made.append(Section("Seen as", figures.plural(len(application.aliases), "name")))
    if application.aliases:
        made.append(Names(application.aliases, "" if len(application.aliases) > 1 else ONLY))
    else:
        made.append(Sentence("No record, group or client names it."))
    if application.evidence:
        made.append(
            Section("Why these are one application", f"{figures.per_cent(application.confidence)} sure")
        )
        made += proofs(application.evidence, zone, now_ns)
    made += _suggested(graph, application)
    made += [
        Section("What to do"),
        Doing((("Show its events", "events.show", "plain"), ("Downstream", "graph.downstream", "flat"))),
    ]
    return tuple(made)


def _suggested(graph: DependencyGraph, application: Application) -> list[Block]:
    """Whom else it may be."""
    names = set(application.aliases)
    found = [each for each in graph.suggestions if {each.a, each.b} & names]
    if not found:
        return []
    made: list[Block] = [Section("May be the same application", figures.plural(len(found), "suggestion"))]
    for each in found[:MOST]:
        other = each.b if each.a in names else each.a
        made.append(Sentence(f"{other.value} ({other.kind.replace('-', ' ')}): {each.why}"))
    return [*made, Doing((("Decide…", "suggestions.show", "plain"),))]


def _head(application: Application) -> Head:
    if application.kind is ApplicationKind.UNATTRIBUTED:
        detail = application.detail or "Records come from it, and nothing in them names it"
        return Head(
            KINDS[application.kind],
            "Unattributed",
            f"{detail[:1].upper()}{detail[1:]}.",
            ("not named", "act"),
        )
    owner = f"Owned by {application.owner}" if application.owner else ""
    said = " · ".join(filter(None, (owner, application.detail)))
    return Head(KINDS[application.kind], wording.name(application), said)


def _figures(application: Application, sends: list[Operation], receives: list[Operation]) -> Figures:
    sent = sum(each.rate_per_s or 0.0 for each in sends)
    received = sum(each.rate_per_s or 0.0 for each in receives)
    lag = application.lag
    late = lag is not None and lag >= wording.NOTABLE_LAG
    return Figures(
        (
            ("Sends", wording.rate(sent), "text"),
            ("Receives", wording.rate(received), "text"),
            (
                "Instances",
                "not visible" if application.instances is None else f"{application.instances:,}",
                "text",
            ),
            ("Lag", "not visible" if lag is None else f"{lag:,}", "warn" if late else "text"),
            ("Channels", f"{len({each.id.channel for each in [*sends, *receives]}):,}", "text"),
            ("Sure", figures.per_cent(application.confidence), "text"),
        )
    )


def _operations(graph: DependencyGraph, title: str, operations: list[Operation], none: str) -> list[Block]:
    made: list[Block] = [Section(title, figures.plural(len(operations), "channel"))]
    if not operations:
        return [*made, Sentence(none)]
    lines = tuple(
        Fact(
            each.id.channel.name,
            wording.rate(each.rate_per_s) or "rate not visible",
            channel_mark(graph, each.id.channel),
            aside(each),
            each.id,
            wording.describe_edge(graph, each.id),
            "run"
            if any(loop.status is LoopStatus.RUNAWAY for loop in graph.loops_through(each.id))
            else "text",
        )
        for each in operations
    )
    return [*made, Facts(lines)]
