"""A graph as tables for reading in a terminal."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from graph.hubs import Hub, find_hubs
from graph.identity import Action, ApplicationId, ChannelId, NodeId, OperationId
from graph.model import (
    DANGER,
    Application,
    CausalPath,
    Channel,
    DependencyGraph,
    FeedbackLoop,
    LoopStatus,
    Operation,
)

WAYS, HUBS = 3, 5
"""How many of them are written."""
STYLES = {LoopStatus.RUNAWAY: "bold red", LoopStatus.ACTIVE: "bold yellow"}


def print_tables(graph: DependencyGraph, console: Console) -> None:
    """Write applications, channels, operations, loops, ways, hubs, findings and what could not be seen."""
    applications = sorted(graph.applications.values(), key=lambda each: (each.name is None, each.id))
    _table(
        console,
        f"Applications ({len(applications)})",
        ("Name", "Kind", "Sends", "Receives", "Also seen as"),
        (_application(graph, each) for each in applications),
    )
    _table(
        console,
        f"Channels ({len(graph.channels)})",
        ("Name", "Kind", "Rate", "Partitions", "Types"),
        (
            _channel(each)
            for each in sorted(graph.channels.values(), key=lambda each: each.id)
            if not each.internal
        ),
    )
    _table(
        console,
        f"Operations ({len(graph.operations)})",
        ("Application", "", "Channel", "Rate", "Sure", "Because"),
        (_operation(graph, each) for each in sorted(graph.operations.values(), key=lambda each: each.id)),
    )
    _loops(graph, console)
    if graph.chains:
        _table(
            console,
            f"Slowest ways that records took ({min(WAYS, len(graph.chains))} of {len(graph.chains)})",
            ("Took", "Waiting", "Chains", "Way"),
            (_way(graph, each) for each in graph.chains[:WAYS]),
        )
    hubs = [hub for hub in find_hubs(graph) if hub.between][:HUBS]
    if hubs:
        _table(
            console,
            "Biggest hubs",
            ("Name", "Fan-in", "Fan-out", "Reached by", "Reaches"),
            (_hub(graph, each) for each in hubs),
        )
    _table(
        console,
        f"Findings ({len(graph.findings)})",
        ("Severity", "Rule", "What"),
        ((str(each.severity), each.rule, each.message) for each in graph.findings),
    )
    if graph.suggestions:
        _table(
            console,
            f"Suggestions ({len(graph.suggestions)})",
            ("One name", "Other name", "Sure", "Why they may be one application"),
            ((each.a.value, each.b.value, f"{each.confidence:.0%}", each.why) for each in graph.suggestions),
        )
    _table(
        console,
        f"Not visible ({len(graph.unavailable)})",
        ("What", "Why", "What would allow it"),
        ((each.what, each.why, each.remedy) for each in graph.unavailable),
    )


def _loops(graph: DependencyGraph, console: Console) -> None:
    table = _head(
        f"Loops ({len(graph.loops)})", ("Status", "Gain", "95 % between", "Once round", "Chains", "Path")
    )
    for loop in sorted(graph.loops.values(), key=lambda each: (DANGER.index(each.status), each.id)):
        table.add_row(*_loop(graph, loop), style=STYLES.get(loop.status))
    console.print(table)
    console.print()


def _head(title: str, columns: Iterable[str]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(column, header_style="dim", overflow="fold")
    return table


def _table(console: Console, title: str, columns: Iterable[str], rows: Iterable[tuple[str, ...]]) -> None:
    table = _head(title, columns)
    for row in rows:
        table.add_row(*row)
    console.print(table)
    console.print()


def _application(graph: DependencyGraph, application: Application) -> tuple[str, ...]:
    operations = list(graph.operations_of(application.id))
    aliases = sorted({alias.value for alias in application.aliases} - {application.name})
    return (
        plain(graph, application.id),
        str(application.kind),
        ", ".join(sorted(o.id.channel.name for o in operations if o.id.action is Action.SEND)),
        ", ".join(sorted(o.id.channel.name for o in operations if o.id.action is Action.RECEIVE)),
        ", ".join(aliases),
    )


def _operation(graph: DependencyGraph, operation: Operation) -> tuple[str, ...]:
    identity = operation.id
    best = max(operation.evidence, key=lambda each: each.confidence, default=None)
    return (
        plain(graph, identity.application),
        "sends to" if identity.action is Action.SEND else "receives from",
        identity.channel.name,
        _rate(operation.rate_per_s),
        f"{operation.confidence:.0%}",
        "" if best is None else best.detail,
    )


def _loop(graph: DependencyGraph, loop: FeedbackLoop) -> tuple[str, ...]:
    between = (
        ""
        if loop.gain_low is None or loop.gain_high is None
        else f"{loop.gain_low:.2f} and {loop.gain_high:.2f}"
    )
    hops: list[NodeId] = [*loop.hops, loop.hops[0]]
    return (
        str(loop.status),
        "" if loop.gain is None else f"×{loop.gain:.2f}",
        between,
        "" if loop.period_ms is None else f"{loop.period_ms / 1000:.2f} s",
        str(loop.chains),
        " → ".join(plain(graph, hop) for hop in hops),
    )


def _way(graph: DependencyGraph, path: CausalPath) -> tuple[str, ...]:
    return (
        f"{path.latency_ms / 1000:.3g} s",
        "not known" if path.between_share is None else f"{path.between_share:.0%}",
        str(path.records),
        " → ".join(plain(graph, hop) for hop in path.hops),
    )


def _hub(graph: DependencyGraph, hub: Hub) -> tuple[str, ...]:
    counts = (hub.fan_in, hub.fan_out, hub.upstream, hub.downstream)
    return plain(graph, hub.node), *(str(count) for count in counts)


def plain(graph: DependencyGraph, node: NodeId | OperationId) -> str:
    """The name a person would use."""
    match node:
        case ChannelId():
            return node.name
        case ApplicationId():
            application = graph.applications.get(node)
            if application is None:
                return node.key
            return application.name or f"unattributed ({application.detail})"
        case OperationId():
            return f"{plain(graph, node.application)} {node.action} {node.channel.name}"


def _rate(rate: float | None) -> str:
    return "not visible" if rate is None else f"{rate:,.0f}/s" if rate >= 100 else f"{rate:.3g}/s"


def _channel(channel: Channel) -> tuple[str, ...]:
    types = ", ".join(sorted(each.name for each in channel.types))
    rate = _rate(channel.rate_per_s)
    return channel.id.name, str(channel.id.kind), rate, str(channel.partitions), types
