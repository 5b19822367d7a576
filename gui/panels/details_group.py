"""What is said of several nodes at once: a group, all that is marked, and the edges between two places."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from graph.certainty import grounds
from graph.identity import ApplicationId, BundleId, ChannelId, EdgeId, GroupId, NodeId, OperationId, Place
from graph.model import DependencyGraph, FeedbackLoop
from graph.names import plain
from graph.view.groups import members, title
from gui import figures, loop_words
from gui.canvas.scene import wording
from gui.panels.details_evidence import TONES, application_mark, aside, channel_mark, loop_name
from gui.parts.blocks import Block, Doing, Fact, Facts, Figures, Head, Section, Sentence
from gui.parts.marks import DotMark

MOST = 40
"""Lines of a list; the others are counted."""


def blocks(
    graph: DependencyGraph, subject: GroupId | BundleId, *, collapsed: bool = True
) -> tuple[Block, ...]:
    """The panel of a group, which may be drawn as one, or of a bundle of edges."""
    return _group(graph, subject, collapsed) if isinstance(subject, GroupId) else _bundle(graph, subject)


def _group(graph: DependencyGraph, group: GroupId, collapsed: bool) -> tuple[Block, ...]:
    inside = members(graph, group)
    applications = [node for node in inside if isinstance(node, ApplicationId)]
    channels = [node for node in inside if isinstance(node, ChannelId)]
    edges = [edge for edge in graph.edges() if edge.source in inside or edge.target in inside]
    comes = [edge for edge in edges if edge.source not in inside]
    goes = [edge for edge in edges if edge.target not in inside]
    loops = [loop for loop in graph.loops.values() if not inside.isdisjoint(loop.hops)]
    within = len(edges) - len(comes) - len(goes)
    return (
        Head(
            f"Group by {group.by}",
            title(graph, group),
            _counts(len(applications), len(channels), within),
            _pill(loops),
        ),
        Figures(
            (
                ("In", _traffic(graph, comes), "text"),
                ("Out", _traffic(graph, goes), "text"),
                ("Lag", *_lag(graph, applications)),
            )
        ),
        *_loops(graph, loops),
        *_edges(graph, "Comes in", comes, "Nothing comes in from outside."),
        *_edges(graph, "Goes out", goes, "Nothing goes out."),
        *_nodes(graph, "Applications", applications),
        *_nodes(graph, "Channels", channels),
        Section("What to do"),
        Doing(
            (
                ("Expand", "group.expand", "plain") if collapsed else ("Collapse", "group.collapse", "plain"),
                ("Show its events", "events.show", "flat"),
            )
        ),
    )


def several(graph: DependencyGraph, places: Collection[Place]) -> tuple[Block, ...]:
    """The panel of all that is marked; a group stands for its members."""
    found = frozenset().union(*(members(graph, place) for place in places))
    inside = found & (graph.applications.keys() | graph.channels.keys())
    applications = [node for node in inside if isinstance(node, ApplicationId)]
    channels = [node for node in inside if isinstance(node, ChannelId)]
    between = [edge for edge in graph.edges() if edge.source in inside and edge.target in inside]
    loops = [loop for loop in graph.loops.values() if len(inside.intersection(loop.hops)) > 1]
    rates = [graph.channels[channel].rate_per_s for channel in channels]
    seen = sum(rate for rate in rates if rate is not None)
    return (
        Head("Marked", figures.plural(len(inside), "node"), wording.counts(inside)),
        Figures(
            (
                *([("On channels", wording.rate(seen), "text")] if channels else []),
                *([("Lag", *_lag(graph, applications))] if applications else []),
                ("Edges between", f"{len(between):,}", "text"),
            )
        ),
        *_loops(graph, loops, "Loops that pass several of them"),
        *(_edges(graph, "Between them", between, "") if between else ()),
        *_nodes(graph, "Applications", applications),
        *_nodes(graph, "Channels", channels),
        Section("What to do with all of them"),
        Doing((("Show only these", "node.only", "plain"), ("Hide", "node.hide", "plain"))),
        Doing((("Let them be arranged", "node.unpin", "flat"), ("Copy the names", "node.copy", "flat"))),
    )


def _bundle(graph: DependencyGraph, bundle: BundleId) -> tuple[Block, ...]:
    source, target = members(graph, bundle.source), members(graph, bundle.target)
    edges = [edge for edge in graph.edges() if edge.source in source and edge.target in target]
    loops = [loop for loop in graph.loops.values() if not set(edges).isdisjoint(loop.edges)]
    return (
        Head("Edges", plain(bundle), figures.plural(len(edges), "edge"), _pill(loops)),
        Figures(
            (("Rate", _traffic(graph, edges), "text"), ("Doubtful", f"{_doubtful(graph, edges):,}", "text"))
        ),
        *_loops(graph, loops),
        *_edges(graph, "Edges", edges, "They are gone."),
    )


def _counts(applications: int, channels: int, edges: int) -> str:
    inside = f", {figures.plural(edges, 'edge')} inside" if edges else ""
    return f"{figures.plural(applications, 'application')}, {figures.plural(channels, 'channel')}{inside}"


def _pill(loops: list[FeedbackLoop]) -> tuple[str, str] | None:
    """The state of the worst loop."""
    return loop_words.pill(loop_words.by_danger(loops)[0]) if loops else None


def _traffic(graph: DependencyGraph, edges: Iterable[EdgeId]) -> str:
    """The sum of what is known of some edges; more may go where a rate is not visible."""
    rates = [graph.edge(edge).rate_per_s for edge in edges]
    known = [rate for rate in rates if rate is not None]
    if rates and not known:
        return "not visible"
    return ("≥ " if len(known) < len(rates) else "") + wording.rate(sum(known))


def _lag(graph: DependencyGraph, applications: Iterable[ApplicationId]) -> tuple[str, str]:
    lags = [lag for key in applications if (lag := graph.applications[key].lag) is not None]
    waiting = sum(lags)
    tone = "warn" if waiting >= wording.NOTABLE_LAG else "text"
    return (f"{waiting:,}", tone) if lags else ("not visible", "text")


def _doubtful(graph: DependencyGraph, edges: Iterable[EdgeId]) -> int:
    return sum(grounds(graph.edge(edge)) != "certain" for edge in edges)


def _loops(graph: DependencyGraph, loops: list[FeedbackLoop], name: str = "Loops") -> tuple[Block, ...]:
    lines = []
    for loop in loop_words.by_danger(loops):
        mark = DotMark(TONES.get(loop.status, "ack"))
        lines.append(Fact(loop_name(graph, loop), wording.badge(loop), mark, subject=loop.id))
    return _list(name, tuple(lines)) if lines else ()


def _edges(graph: DependencyGraph, name: str, edges: list[EdgeId], none: str) -> tuple[Block, ...]:
    if not edges:
        return Section(name), Sentence(none)
    busiest = sorted(edges, key=lambda edge: (-(graph.edge(edge).rate_per_s or 0.0), str(edge)))
    return _list(name, tuple(_edge(graph, edge) for edge in busiest))


def _edge(graph: DependencyGraph, edge: EdgeId) -> Fact:
    known = graph.edge(edge)
    doubt = aside(known) if isinstance(edge, OperationId) else ""  # type: ignore[arg-type]
    return Fact(
        f"{wording.node_name(graph, edge.source)} → {wording.node_name(graph, edge.target)}",
        wording.rate(known.rate_per_s) or "rate not visible",
        aside=doubt,
        subject=edge,
        tip=wording.describe_edge(graph, edge),
    )


def _nodes(graph: DependencyGraph, name: str, nodes: Iterable[NodeId]) -> tuple[Block, ...]:
    lines = tuple(_node(graph, node) for node in sorted(nodes, key=str))
    return _list(name, lines) if lines else ()


def _node(graph: DependencyGraph, node: NodeId) -> Fact:
    named = wording.node_name(graph, node)
    if isinstance(node, ChannelId):
        rate = wording.rate(graph.channels[node].rate_per_s)
        return Fact(named, rate or "rate not visible", channel_mark(graph, node), subject=node)
    lag = graph.applications[node].lag
    late = "" if lag is None or lag < wording.NOTABLE_LAG else f"lag {lag:,}"
    return Fact(named, late, application_mark(graph, node), subject=node)


def _list(name: str, lines: tuple[Fact, ...]) -> tuple[Block, ...]:
    more = len(lines) - MOST
    rest = (Sentence(f"{more:,} more are not listed."),) if more > 0 else ()
    return (Section(name, f"{len(lines):,}"), Facts(lines[:MOST]), *rest)
