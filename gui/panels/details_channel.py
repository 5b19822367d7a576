"""What is said of a channel: its traffic, types, senders and receivers."""

from __future__ import annotations

from datetime import tzinfo

from graph.certainty import certainty
from graph.identity import Action, ChannelId, RouteId, ServerId
from graph.model import Channel, DependencyGraph, MessageType, Operation
from gui import figures
from gui.canvas.scene import wording
from gui.panels.details_evidence import (
    application_mark,
    aside,
    channel_mark,
    findings_about,
    loops_about,
    proofs,
)
from gui.parts.blocks import Block, Doing, Fact, Facts, Figures, Head, Section, Sentence
from gui.parts.marks import DotMark, TypeMark

FIELDS = 8
"""Fields of a type that are named."""


def blocks(graph: DependencyGraph, channel_id: ChannelId, zone: tzinfo, now_ns: int) -> tuple[Block, ...]:
    """The panel of a channel."""
    channel = graph.channels[channel_id]
    operations = sorted(graph.operations_of(channel_id), key=lambda each: each.id)
    senders = [each for each in operations if each.id.action is Action.SEND]
    receivers = [each for each in operations if each.id.action is Action.RECEIVE]
    server = graph.servers.get(channel_id.server)
    kind = channel_id.kind.value
    place = f"on {server.name if server else channel_id.server.address}"
    made: list[Block] = [
        Head(
            kind[:1].upper() + kind[1:],
            channel_id.name,
            place,
            ("internal", "plain") if channel.internal else None,
        ),
        _figures(channel, now_ns),
    ]
    made += _types(channel)
    made += _ends(graph, "Senders", senders, "No sender was seen.")
    unseen = (
        "Not visible: this login may not see who receives."
        if not channel.receivers_visible
        else "0 receivers."
    )
    made += _ends(graph, "Receivers", receivers, unseen)
    made += _routes(graph, channel_id)
    made += loops_about(graph, channel_id)
    made += findings_about(graph, channel_id)
    made += [
        Section("What to do"),
        Doing((("Show its events", "events.show", "plain"), ("Downstream", "graph.downstream", "flat"))),
        Doing((("How much is captured…", "capture.levels", "flat"),)),
    ]
    return tuple(made)


def _figures(channel: Channel, now_ns: int) -> Figures:
    last = channel.last_record_ns
    return Figures(
        (
            ("Rate", wording.rate(channel.rate_per_s) or "not visible", "text"),
            ("Partitions", f"{channel.partitions:,}", "text"),
            ("Records", "not visible" if channel.records is None else f"{channel.records:,}", "text"),
            ("Last record", "not seen" if last is None else figures.ago((now_ns - last) / 1e9), "text"),
            ("Types", f"{len(channel.types):,}", "text"),
        )
    )


def _types(channel: Channel) -> list[Block]:
    made: list[Block] = [Section("Types", figures.plural(len(channel.types), "type"))]
    if not channel.types:
        return [*made, Sentence("No record of it has been read yet, or none names its type.")]
    for each in sorted(channel.types, key=lambda kind: -kind.rate_per_s):
        made.append(
            Facts((Fact(each.name, wording.rate(each.rate_per_s), TypeMark(each.name), _versions(each)),))
        )
        if each.fields:
            more = len(each.fields) - FIELDS
            made.append(Sentence(", ".join(each.fields[:FIELDS]) + (f" and {more} more" if more > 0 else "")))
    return made


def _versions(kind: MessageType) -> str:
    return f"{kind.versions} versions" if kind.versions > 1 else ""


def _ends(graph: DependencyGraph, title: str, operations: list[Operation], none: str) -> list[Block]:
    made: list[Block] = [Section(title, f"{len(operations):,}" if operations else "")]
    if not operations:
        return [*made, Sentence(none)]
    return [*made, Facts(tuple(_end(graph, each) for each in operations))]


def _end(graph: DependencyGraph, operation: Operation) -> Fact:
    lag = "" if operation.lag is None else f"lag {operation.lag:,} · "
    return Fact(
        wording.node_name(graph, operation.id.application),
        f"{lag}{wording.rate(operation.rate_per_s) or 'rate not visible'}",
        application_mark(graph, operation.id.application),
        aside(operation),
        operation.id,
        wording.describe_edge(graph, operation.id),
    )


def _routes(graph: DependencyGraph, channel: ChannelId) -> list[Block]:
    found = [route for route in graph.routes.values() if channel in (route.id.source, route.id.target)]
    if not found:
        return []
    lines = []
    for route in found:
        other = route.id.target if route.id.source == channel else route.id.source
        way = "to" if route.id.source == channel else "from"
        lines.append(
            Fact(f"{way} {other.name}", route.id.kind.value, channel_mark(graph, other), subject=route.id)
        )
    return [Section("Routes", f"{len(found):,}"), Facts(tuple(lines))]


def route_blocks(graph: DependencyGraph, route_id: RouteId, zone: tzinfo, now_ns: int) -> tuple[Block, ...]:
    """The panel of a route."""
    route = graph.routes[route_id]
    sure = f"{figures.per_cent(route.confidence)} sure, {certainty(route.confidence)}"
    made: list[Block] = [
        Head("Route", f"{route_id.source.name} → {route_id.target.name}", f"{route_id.kind.value}, {sure}"),
        Figures((("Rate", wording.rate(route.rate_per_s) or "not visible", "text"),)),
        Section("Between"),
        Facts(
            tuple(
                Fact(end.name, end.kind.value, channel_mark(graph, end), subject=end)
                for end in (route_id.source, route_id.target)
            )
        ),
        *loops_about(graph, route_id),
        Section("Why this is believed"),
        *proofs(route.evidence, zone, now_ns),
    ]
    return tuple(made)


def server_blocks(
    graph: DependencyGraph, server_id: ServerId, state: tuple[str, str, str]
) -> tuple[Block, ...]:
    """The panel of a server; `state` is how its connection stands: words, ground and a sentence."""
    server = graph.servers.get(server_id)
    channels = [channel for channel in graph.channels.values() if channel.id.server == server_id]
    rate = sum(channel.rate_per_s or 0.0 for channel in channels)
    version = f"{server_id.system} {server.version}" if server and server.version else server_id.system
    words, ground, sentence = state
    made: list[Block] = [
        Head(
            "Server",
            server.name if server else server_id.address,
            f"{version} at {server_id.address}",
            (words, ground),
        ),
        Figures(
            (
                ("Records", wording.rate(rate), "text"),
                ("Channels", f"{len(channels):,}", "text"),
                ("Internal", f"{sum(channel.internal for channel in channels):,}", "text"),
            )
        ),
    ]
    if sentence:
        made.append(Sentence(sentence, "warn"))
    made += findings_about(graph, server_id)
    made.append(Section("Not visible", f"{len(graph.unavailable):,}"))
    if graph.unavailable:
        for each in graph.unavailable:
            made.append(Facts((Fact(each.what, mark=DotMark("warn")),)))
            made.append(Sentence(f"{each.why} {each.remedy}"))
    else:
        made.append(Sentence("Everything that was asked for could be read."))
    return tuple(made)
