"""What is said of a feedback loop: how bad it is, the way round, why it is believed, and what to do."""

from __future__ import annotations

from datetime import tzinfo

from graph.certainty import certainty
from graph.identity import Action, ApplicationId, ChannelId, EdgeId, LoopId, NodeId, OperationId
from graph.model import DependencyGraph, FeedbackLoop, LinkGrade, LoopNature, LoopStatus, Operation, Route
from gui import figures, loop_words
from gui.canvas.scene import wording
from gui.panels import details_cuts as cuts
from gui.panels import details_trail as trail
from gui.panels.details_evidence import TONES, application_mark, findings_about, loop_name, proofs
from gui.parts.blocks import (
    Block,
    Course,
    Doing,
    Fact,
    Facts,
    Figures,
    Gain,
    Growth,
    Head,
    Hop,
    Hops,
    Moment,
    Section,
    Sentence,
)
from gui.parts.marks import ChannelMark, LineMark, Mark

ADVICE = {
    LoopStatus.RUNAWAY: "Open the loop where it costs least: let an application skip records it caused.",
    LoopStatus.ACTIVE: "Watch the gain: from 1.0 on it grows. A hop limit in a header keeps it below.",
    LoopStatus.POSSIBLE: "Look at the weakest edge first. If it is wrong, there is no loop.",
    LoopStatus.BOUNDED: "Nothing needs to be done as long as the laps stay bounded.",
    LoopStatus.ACKNOWLEDGED: "Nothing needs to be done.",
}


def blocks(
    graph: DependencyGraph, loop_id: LoopId, zone: tzinfo, now_ns: int, history: tuple[Moment, ...] = ()
) -> tuple[Block, ...]:
    """The panel of a loop; `history` is its gain and rate until now."""
    loop = graph.loops[loop_id]
    made: list[Block] = [
        Head(
            loop_words.KINDS[loop.nature].title,
            loop_name(graph, loop),
            _place(graph, loop),
            loop_words.pill(loop),
        ),
        *_noted(loop),
    ]
    if loop.gain is not None:
        made.append(Gain(loop.gain, loop.gain_low, loop.gain_high, loop.proven or loop.status))
    still = bool(history) and not history[-1].rate
    made += [_figures(loop), *(Sentence(words) for words in _meaning(loop, still=still))]
    if ahead := loop_words.forecast(loop, zone, now_ns):
        made.append(Sentence(f"It reaches {ahead}.", "text"))
    if began := _began(loop, zone, now_ns):
        made.append(Sentence(began, "faint"))
    made += _course(loop, history, zone)
    made += [
        Section("Hops", "median time, records for each" if any(loop.hop_gains) else "median latency"),
        _hops(graph, loop),
    ]
    made += _weakest(graph, loop, zone, now_ns)
    made += cuts.blocks(graph, loop)
    made += trail.blocks(graph, loop)
    if len(loop.lap_counts) > 1:
        made += [
            Section("Longest chain", figures.plural(len(loop.lap_counts), "lap")),
            Growth(loop.lap_counts, loop.proven or loop.status),
        ]
    made += findings_about(graph, loop_id)
    known = loop.acknowledged is not None
    decide = (
        ("Change…" if known else "Acknowledge…", "loop.acknowledge", "plain"),
        *((("Take back", "loop.take-back", "plain"),) if known else ()),
    )
    rest = (("Its events", "events.show", "flat"), ("Copy report", "loop.copy", "flat"))
    made += [Section("What to do"), Sentence(ADVICE[loop.status], "text"), Doing(decide), Doing(rest)]
    return tuple(made)


def report(graph: DependencyGraph, loop_id: LoopId) -> str:
    """The loop in plain text, to be sent to whoever owns it."""
    loop = graph.loops[loop_id]
    lines = [wording.describe_loop(graph, loop), *_meaning(loop)]
    lines += [f"{label}: {value}" for label, value, _tone in _figures(loop).items]
    latencies = loop.hop_latencies_ms
    for number, at in enumerate(loop_words.way_round(loop), 1):
        facts = [f"{number}. {wording.describe_edge(graph, loop.edges[at])}"]
        if at < len(latencies) and (ms := latencies[at]) is not None:
            facts.append(f"takes {wording.duration(ms)}")
        if (gain := loop_words.hop_gain(loop, at)) is not None:
            facts.append(f"makes ×{gain:.2f} of each record")
        lines.append("\n   ".join(facts).replace("\n", "\n   "))
    for cut in cuts.facts(graph, loop):
        lines.append(f"Cut: {cut.what}. {cut.cost}")
    return "\n".join(lines)


def _place(graph: DependencyGraph, loop: FeedbackLoop) -> str:
    applications = sum(isinstance(hop, ApplicationId) for hop in loop.hops)
    channels = [hop for hop in loop.hops if isinstance(hop, ChannelId)]
    kinds = {channel.kind.value for channel in channels}
    noun = kinds.pop() if len(kinds) == 1 else "channel"
    names = ", ".join(
        graph.servers[each].name if each in graph.servers else each.address
        for each in sorted({channel.server for channel in channels})
    )
    return f"{figures.plural(applications, 'application')}, {figures.plural(len(channels), noun)} on {names}"


def _noted(loop: FeedbackLoop) -> list[Block]:
    """What a person wrote down about it, and whether that broke."""
    words: list[Block] = []
    if loop.broken_limit:
        words.append(Sentence(loop.broken_limit, TONES.get(loop.status, "warn").replace("act", "warn")))
    if noted := loop_words.limit(loop):
        words.append(Sentence(f"Acknowledged: {noted}", "dim" if loop.broken_limit else "text"))
    return words


def _meaning(loop: FeedbackLoop, *, still: bool = False) -> list[str]:
    """What its status and kind mean."""
    kind = loop_words.KINDS[loop.nature]
    said = [loop_words.meaning(loop, still=still)]
    if loop.nature is not LoopNature.FEEDBACK and loop.status is not LoopStatus.POSSIBLE:
        said = [kind.meaning]
    if loop.grade is not None:
        sure = "Likely" if loop.grade is LinkGrade.FLOW else "Proven"
        said.append(f"{sure}: {loop_words.GRADES[loop.grade]}.")
    return said


def _began(loop: FeedbackLoop, zone: tzinfo, now_ns: int) -> str:
    if not loop.began_ns:
        return ""
    since = figures.ago((now_ns - loop.began_ns) / figures.SECOND)
    return f"Began {figures.clock_short(loop.began_ns, zone)}, {since}."


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


def _course(loop: FeedbackLoop, history: tuple[Moment, ...], zone: tzinfo) -> list[Block]:
    if len(history) < 2:
        return []
    begin, end = (figures.clock_short(each.at_ns, zone) for each in (history[0], history[-1]))
    return [Section("Over time"), Course(history, loop.proven or loop.status, begin, end)]


def _hops(graph: DependencyGraph, loop: FeedbackLoop) -> Hops:
    order, known = loop_words.way_round(loop), loop.hop_latencies_ms
    times = [known[at] if at < len(known) else None for at in order]
    made = []
    for number, at in enumerate(order, 1):
        # Records are seen on channels: between two of them, waiting and working may be one time.
        after = number % len(order)
        within = after + 1 if times[number - 1] is None and times[after] is not None else 0
        hop, edge = loop.hops[at], loop.edges[at]
        name, mark = wording.node_name(graph, hop), _mark(graph, loop, hop)
        gain = loop_words.hop_gain(loop, at)
        made.append(Hop(name, mark, _step(edge), times[number - 1], _sure(graph, edge), number, gain, within))
    return Hops(tuple(made), f"back at {made[0].name}", loop.period_ms, loop.status)


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


def _sure(graph: DependencyGraph, edge: EdgeId) -> float:
    found = _found(graph, edge)
    return 1.0 if found is None else found.confidence


def _weakest(graph: DependencyGraph, loop: FeedbackLoop, zone: tzinfo, now_ns: int) -> list[Block]:
    if loop.weakest is None or (found := _found(graph, loop.weakest)) is None:
        return []
    tone = "dim" if certainty(found.confidence) == "certain" else "warn"
    words = wording.describe_edge(graph, loop.weakest).split("\n")[0]
    line = Fact(words, mark=LineMark(found.confidence, TONES.get(loop.status, "ack")), subject=loop.weakest)
    best = sorted(found.evidence, key=lambda piece: -piece.confidence)[:1]
    return [
        Section("Weakest evidence", f"{figures.per_cent(found.confidence)} sure", tone),
        Facts((line,)),
        *proofs(best, zone, now_ns),
        *([Doing((("Confirm this", "edge.confirm", "plain"),))] if isinstance(found, Operation) else ()),
    ]
