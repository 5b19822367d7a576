"""What is said of a feedback loop: how bad it is, the way round, the weakest evidence, and how it grows."""

from __future__ import annotations

from datetime import tzinfo

from graph.identity import Action, ApplicationId, ChannelId, EdgeId, LoopId, NodeId, OperationId
from graph.model import DependencyGraph, FeedbackLoop, LoopStatus, Operation, Route
from gui import figures
from gui.canvas import wording
from gui.panels.details_evidence import TONES, application_mark, findings_about, loop_name, proofs
from gui.parts.blocks import (
    Block,
    Doing,
    Fact,
    Facts,
    Figures,
    Gain,
    Growth,
    Head,
    Hop,
    Hops,
    Section,
    Sentence,
)
from gui.parts.marks import ChannelMark, LineMark, Mark

PILLS = {LoopStatus.RUNAWAY: ("Runaway", "run"), LoopStatus.ACTIVE: ("Active", "act")}
MEANING = {
    LoopStatus.POSSIBLE: "The path is closed, and no record has been seen to come round.",
    LoopStatus.ACTIVE: "Records come round and become fewer with every lap.",
    LoopStatus.RUNAWAY: "Every lap brings as many records as the one before, or more. It does not end.",
    LoopStatus.BOUNDED: "Records come round and stop by themselves at a fixed number of laps, as retries do.",
    LoopStatus.ACKNOWLEDGED: "Somebody has looked at it and written down why it is right.",
}
ADVICE = {
    LoopStatus.RUNAWAY: "Open the loop where it costs least: let an application skip records it caused.",
    LoopStatus.ACTIVE: "Watch the gain: from 1.0 on it grows. A hop limit in a header keeps it below.",
    LoopStatus.POSSIBLE: "Look at the weakest edge first. If it is wrong, there is no loop.",
    LoopStatus.BOUNDED: "Nothing needs to be done as long as the laps stay bounded.",
    LoopStatus.ACKNOWLEDGED: "Nothing needs to be done.",
}


def blocks(graph: DependencyGraph, loop_id: LoopId, zone: tzinfo, now_ns: int) -> tuple[Block, ...]:
    """The panel of a loop."""
    loop = graph.loops[loop_id]
    applications = sum(isinstance(hop, ApplicationId) for hop in loop.hops)
    channels = [hop for hop in loop.hops if isinstance(hop, ChannelId)]
    kinds = {channel.kind.value for channel in channels}
    noun = kinds.pop() if len(kinds) == 1 else "channel"
    place = {channel.server for channel in channels}
    names = ", ".join(
        graph.servers[each].name if each in graph.servers else each.address for each in sorted(place)
    )
    subtitle = (
        f"{figures.plural(applications, 'application')}, {figures.plural(len(channels), noun)} on {names}"
    )
    status = loop.status.value
    pill = PILLS.get(loop.status, (status[:1].upper() + status[1:], "plain"))
    made: list[Block] = [Head("Feedback loop", loop_name(graph, loop), subtitle, pill)]
    if loop.gain is not None:
        made.append(Gain(loop.gain, loop.gain_low, loop.gain_high, loop.status))
    made += [_figures(loop), Sentence(MEANING[loop.status])]
    if loop.began_ns:
        made.append(
            Sentence(
                f"Began {figures.clock_short(loop.began_ns, zone)}, {_since(loop.began_ns, now_ns)}.",
                "faint",
            )
        )
    made += [Section("Hops", "median latency"), _hops(graph, loop)]
    made += _weakest(graph, loop, zone, now_ns)
    if len(loop.lap_counts) > 1:
        made += [
            Section("Longest chain", figures.plural(len(loop.lap_counts), "lap")),
            Growth(loop.lap_counts, loop.status),
        ]
    made += findings_about(graph, loop_id)
    made += [Section("What to do"), Sentence(ADVICE[loop.status], "text")]
    made.append(Doing((("Show its events", "events.show", "plain"), ("Copy report", "loop.copy", "plain"))))
    return tuple(made)


def report(graph: DependencyGraph, loop_id: LoopId) -> str:
    """The loop in plain text, to be sent to whoever owns it."""
    loop = graph.loops[loop_id]
    lines = [wording.describe_loop(graph, loop), MEANING[loop.status]]
    lines += [f"{label}: {value}" for label, value, _tone in _figures(loop).items]
    for edge in loop.edges:
        lines.append(wording.describe_edge(graph, edge))
    return "\n".join(lines)


def _figures(loop: FeedbackLoop) -> Figures:
    doubling = loop.doubling_time_s
    return Figures(
        (
            (
                "Once round",
                "not measured" if loop.period_ms is None else wording.duration(loop.period_ms),
                "text",
            ),
            ("Doubles every", "does not" if doubling is None else wording.duration(doubling * 1e3), "text"),
            ("Chains seen", f"{loop.chains:,}", "text"),
            ("Laps, median", "none seen" if loop.laps_median is None else f"{loop.laps_median:,}", "text"),
            ("Laps, most", "none seen" if loop.laps_max is None else f"{loop.laps_max:,}", "text"),
            (
                "Now",
                wording.rate(loop.rate_per_s) or "none seen",
                TONES.get(loop.status, "text").replace("act", "warn"),
            ),
        )
    )


def _hops(graph: DependencyGraph, loop: FeedbackLoop) -> Hops:
    # Told from the first application on, as a person would: who sends, who reads.
    begin = next((at for at, hop in enumerate(loop.hops) if isinstance(hop, ApplicationId)), 0)
    order = [*range(begin, len(loop.hops)), *range(begin)]
    latencies = loop.hop_latencies_ms or (None,) * len(loop.edges)
    made = tuple(
        Hop(
            wording.node_name(graph, loop.hops[at]),
            _mark(graph, loop, loop.hops[at]),
            _step(loop.edges[at]),
            latencies[at] if at < len(latencies) else None,
            _edge(graph, loop.edges[at]),
        )
        for at in order
    )
    return Hops(made, f"back at {made[0].name}", loop.period_ms, loop.status)


def _mark(graph: DependencyGraph, loop: FeedbackLoop, node: NodeId) -> Mark:
    if isinstance(node, ChannelId):
        return ChannelMark(node.kind, loop.status)
    return application_mark(graph, node)


def _step(edge: EdgeId) -> str:
    if not isinstance(edge, OperationId):
        return "passed on"
    return "sends" if edge.action is Action.SEND else "read after"


def _found(graph: DependencyGraph, edge: EdgeId) -> Operation | Route | None:
    return graph.operations.get(edge) if isinstance(edge, OperationId) else graph.routes.get(edge)


def _edge(graph: DependencyGraph, edge: EdgeId) -> float:
    found = _found(graph, edge)
    return 1.0 if found is None else found.confidence


def _weakest(graph: DependencyGraph, loop: FeedbackLoop, zone: tzinfo, now_ns: int) -> list[Block]:
    if loop.weakest is None or (found := _found(graph, loop.weakest)) is None:
        return []
    tone = "dim" if wording.certainty(found.confidence) == "certain" else "warn"
    words = wording.describe_edge(graph, loop.weakest).split("\n")[0]
    line = Fact(words, mark=LineMark(found.confidence, TONES.get(loop.status, "ack")), subject=loop.weakest)
    best = sorted(found.evidence, key=lambda piece: -piece.confidence)[:1]
    return [
        Section("Weakest evidence", f"{figures.per_cent(found.confidence)} sure", tone),
        Facts((line,)),
        *proofs(best, zone, now_ns),
        *([Doing((("Confirm", "edge.confirm", "plain"),))] if isinstance(found, Operation) else ()),
    ]


def _since(time_ns: int, now_ns: int) -> str:
    return figures.ago((now_ns - time_ns) / figures.SECOND)
