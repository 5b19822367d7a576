"""Figures and short sentences in the picture."""

from __future__ import annotations

from collections.abc import Iterable

from graph.certainty import UNSEEN, grounds
from graph.delivery import loses
from graph.identity import (
    Action,
    ApplicationId,
    BundleId,
    ChannelId,
    EdgeId,
    GroupId,
    LoopId,
    NodeId,
    OperationId,
    RouteId,
    Subject,
)
from graph.model import (
    DANGER,
    Application,
    ApplicationKind,
    Channel,
    DependencyGraph,
    EdgeState,
    FeedbackLoop,
    LoopNature,
    LoopStatus,
    Operation,
    Route,
)
from graph.names import plain
from graph.view.groups import members, title
from graph.view.settings import LabelKind
from gui import figures

AGES = {EdgeState.STALE: "not seen lately", EdgeState.HISTORIC: "in the past"}
"""What to say of edges that are not fresh."""
NOTABLE_LAG = 50
"""From here on waiting records are drawn in amber."""
LIKE = 0.1
"""Part by which the rate of an edge differs from that of its channel before it is worth a word."""
PROBLEMS = 3
"""Problems that a tooltip names."""


def rate(per_s: float | None) -> str:
    """A rate such as `96/s` or `1.3k/s`; nothing where it is not known."""
    if per_s is None:
        return ""
    if per_s >= 999_500:
        return f"{per_s / 1e6:.3g}M/s"
    if per_s >= 999.5:
        return f"{per_s / 1e3:.0f}k/s" if per_s >= 9_950 else f"{per_s / 1e3:.1f}k/s"
    if per_s >= 9.95 or per_s == int(per_s):
        return f"{per_s:.0f}/s"
    return f"{per_s:.1f}/s" if per_s >= 0.05 else "<0.1/s"


def inside(channel: Channel | None, kind: LabelKind) -> str:
    """What stands inside the shape of a channel."""
    return "" if channel is None or kind is LabelKind.NONE else rate(channel.rate_per_s)


def on_edge(graph: DependencyGraph, key: EdgeId, kind: LabelKind) -> tuple[str, bool]:
    """What stands on an edge, and whether it is a warning; nothing where it is not known.

    A rate is left out that is the one inside the channel.
    """
    edge = graph.edge(key)
    if kind is LabelKind.RATE and grounds(edge) not in UNSEEN:
        channel = graph.channels.get(key.channel if isinstance(key, OperationId) else key.source)
        whole = channel.rate_per_s if channel else None
        own = edge.rate_per_s
        differs = own is not None and (whole is None or abs(own - whole) > LIKE * max(own, whole))
        return rate(own) if differs else "", False
    if kind is LabelKind.LATENCY and isinstance(edge, Operation) and edge.hop_latency_ms is not None:
        return duration(edge.hop_latency_ms), False
    if kind is LabelKind.LAG and isinstance(edge, Operation) and edge.lag:
        return f"{edge.lag:,}", edge.lag >= NOTABLE_LAG
    return "", False


def duration(ms: float) -> str:
    """A duration with at most three figures, such as `34 ms` or `1.58 s`."""
    if ms < 999.5:
        return f"{ms:.0f} ms" if ms >= 9.95 else f"{ms:.1f} ms"
    seconds = ms / 1e3
    if seconds < 119.5:
        return f"{seconds:.3g} s"
    return f"{seconds / 60:.3g} min" if seconds < 7_170 else f"{seconds / 3600:.3g} h"


def name(application: Application) -> str:
    """What to call an application."""
    return application.name or "Unattributed"


def second_line(application: Application) -> tuple[str, str]:
    """What stands under the name of an application: quiet words, and the lag where it is notable."""
    if application.kind is ApplicationKind.UNATTRIBUTED:
        return application.detail or "producer not named", ""
    if application.detail:
        # It is gone: how many ran and what waited then is past.
        return application.detail, ""
    words = []
    if application.kind is not ApplicationKind.SERVICE:
        words.append(application.kind.value)
    elif application.instances is not None:
        words.append(figures.plural(application.instances, "instance"))
    lag = application.lag
    notable = lag is not None and lag >= NOTABLE_LAG
    if lag is not None and not notable and application.kind is ApplicationKind.SERVICE:
        words.append(f"lag {lag:,}")
    if not words and not notable:
        words.append(application.kind.value)
    return " · ".join(words), f"lag {lag:,}" if notable else ""


def badge(loop: FeedbackLoop) -> str:
    """The few words on a loop."""
    if loop.status is LoopStatus.POSSIBLE:
        return "possible"
    laps = "" if loop.laps_max is None else f"≤ {figures.plural(loop.laps_max, 'lap')}"
    gain = "" if loop.gain is None else f"×{loop.gain:.2f}"
    if loop.status is LoopStatus.ACKNOWLEDGED:
        rest = gain if loop.proven in (LoopStatus.ACTIVE, LoopStatus.RUNAWAY) else laps
        return f"acknowledged, {rest}" if rest else "acknowledged"
    if loop.status is LoopStatus.BOUNDED:
        return laps or "bounded"
    if loop.broken_limit and loop.acknowledged and loop.acknowledged.gain_below:
        return f"{gain or loop.status.value}, limit {loop.acknowledged.gain_below:.2f}"
    if loop.paused:
        return f"{gain}, paused" if gain else "paused"
    period = "" if loop.period_ms is None else _period(loop.period_ms)
    return " / ".join(part for part in (gain, period) if part) or loop.status.value


def _period(ms: float) -> str:
    return f"{ms / 1e3:.1f} s" if 450 <= ms < 99_950 else duration(ms)


def unreceived(graph: DependencyGraph) -> dict[ChannelId, str]:
    """What to say at channels without a receiver where one may still be there, only not visible."""
    received = {operation.channel for operation in graph.operations if operation.action is Action.RECEIVE}
    received |= {route.source for route in graph.routes}
    return {
        key: "no receiver seen"
        for key, channel in graph.channels.items()
        if not channel.receivers_visible and key not in received
    }


def node_name(graph: DependencyGraph, node: NodeId) -> str:
    """What to call a node."""
    if isinstance(node, ChannelId):
        return node.name
    application = graph.applications.get(node)
    return name(application) if application else node.key


def describe_node(graph: DependencyGraph, node: NodeId) -> str:
    """The tooltip of a node."""
    if isinstance(node, ChannelId):
        channel = graph.channels.get(node) or Channel(node)
        facts = [f"{node.kind.value} {node.name}"]
        parts = [
            rate(channel.rate_per_s) or "rate not visible",
            figures.plural(channel.partitions, "partition"),
        ]
        if channel.records is not None:
            parts.append(f"{channel.records:,} records")
        facts.append(" · ".join(parts))
        if not channel.receivers_visible:
            facts.append("Its receivers are not visible to this login.")
        return "\n".join([*facts, *problems(graph, node)])
    application = graph.applications.get(node)
    if application is None:
        return node.key
    quiet, loud = second_line(application)
    facts = [name(application), " · ".join(part for part in (quiet, loud) if part)]
    if application.lag and loud:
        facts.append(
            f"{figures.plural(application.lag, 'record')} waiting for it: notable from {NOTABLE_LAG} on."
        )
    if application.evidence:
        facts.append(application.evidence[0].detail)
    return "\n".join([*facts, *problems(graph, node)])


def problems(graph: DependencyGraph, subject: Subject) -> list[str]:
    """What was found about something, the gravest first."""
    found = [finding.message for finding in graph.findings if finding.subject == subject]
    more = len(found) - PROBLEMS
    return [*found[:PROBLEMS], *([f"{more} more in Findings."] if more > 0 else [])]


def describe_edge(graph: DependencyGraph, edge: EdgeId) -> str:
    """The tooltip of an edge: what it says, how sure, and the first reason."""
    found: Operation | Route | None
    if isinstance(edge, OperationId):
        found = graph.operations.get(edge)
        verb = "sends to" if edge.action is Action.SEND else "receives from"
        words = f"{node_name(graph, edge.application)} {verb} {edge.channel.name}"
    else:
        found = graph.routes.get(edge)
        words = f"{edge.source.name} is passed on to {edge.target.name} ({edge.kind.value})"
    if found is None:
        return words
    facts = [f"{figures.per_cent(found.confidence)} sure ({grounds(found)})"]
    if isinstance(found, Operation) and found.state is not EdgeState.OBSERVED:
        facts.append(AGES[found.state])
    if found.rate_per_s is not None:
        facts.insert(0, rate(found.rate_per_s))
    lines = [words, " · ".join(facts)]
    if isinstance(edge, OperationId) and loses(graph, edge):
        lines.append("Delivered at most once: what gets lost here is not sent again.")
    if found.evidence:
        lines.append(max(found.evidence, key=lambda piece: piece.confidence).detail)
    return "\n".join([*lines, *problems(graph, edge)])


def counts(nodes: Iterable[NodeId], between: str = ", ") -> str:
    """`12 applications, 30 channels`."""
    every = list(nodes)
    applications = sum(isinstance(node, ApplicationId) for node in every)
    parts = (applications, "application"), (len(every) - applications, "channel")
    return between.join(figures.plural(number, noun) for number, noun in parts if number)


def describe_group(graph: DependencyGraph, group: GroupId) -> str:
    """The tooltip of nodes that are drawn as one: how many they are, and the worst that is inside."""
    inside = members(graph, group)
    lines = [title(graph, group), counts(inside)]
    loops = [loop for loop in graph.loops.values() if inside.issuperset(loop.hops)]
    for status in DANGER:
        number = sum(loop.status is status for loop in loops)
        if number:
            lines.append(figures.plural(number, f"{status.value} loop"))
    lag = sum(graph.applications[node].lag or 0 for node in inside if isinstance(node, ApplicationId))
    if lag:
        lines.append(f"{figures.plural(lag, 'record')} waiting")
    found = sum(finding.subject in inside for finding in graph.findings)
    if found:
        lines.append(figures.plural(found, "finding"))
    return "\n".join(lines)


def describe_bundle(graph: DependencyGraph, bundle: BundleId) -> str:
    """The tooltip of edges that are drawn as one."""
    source, target = members(graph, bundle.source), members(graph, bundle.target)
    edges = [graph.edge(key) for key in graph.edges() if key.source in source and key.target in target]
    rates = [edge.rate_per_s for edge in edges if edge.rate_per_s is not None]
    facts = [figures.plural(len(edges), "edge")]
    if rates:
        facts.append(f"{rate(sum(rates))} in all")
    return "\n".join([plain(bundle), " · ".join(facts)])


def describe_loop(graph: DependencyGraph, loop: FeedbackLoop) -> str:
    """The tooltip of a loop."""
    way = " → ".join(node_name(graph, hop) for hop in (*loop.hops, *loop.hops[:1]))
    nature = "" if loop.nature is LoopNature.FEEDBACK else loop.nature.value
    facts = [f"{loop.status.value} loop", nature, badge(loop)]
    if loop.gain is not None and loop.gain_low is not None and loop.gain_high is not None:
        facts.append(f"95 % between {loop.gain_low:.2f} and {loop.gain_high:.2f}")
    lines = [" · ".join(filter(None, facts)), way]
    if loop.acknowledged is not None:
        lines.append(loop.broken_limit or loop.acknowledged.reason)
    return "\n".join(lines)


def describe(graph: DependencyGraph, subject: Subject | None) -> str:
    """The tooltip of anything; nothing where the graph does not have it."""
    match subject:
        case ApplicationId() | ChannelId():
            return describe_node(graph, subject)
        case OperationId() | RouteId():
            return describe_edge(graph, subject)
        case LoopId() if subject in graph.loops:
            return describe_loop(graph, graph.loops[subject])
        case GroupId():
            return describe_group(graph, subject)
        case BundleId():
            return describe_bundle(graph, subject)
    return ""
