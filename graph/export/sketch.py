"""What forms of text draw of a graph: nodes and edges with their words, styles and loops."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from graph.certainty import UNSEEN, grounds
from graph.identity import EdgeId, NodeId, OperationId, ServerId
from graph.model import (
    DANGER,
    Application,
    ApplicationKind,
    Channel,
    DependencyGraph,
    FeedbackLoop,
    LoopStatus,
)

COLOURS = {
    LoopStatus.RUNAWAY: "#B80D32",
    LoopStatus.ACTIVE: "#C07C00",
    LoopStatus.BOUNDED: "#5F6F85",
    LoopStatus.ACKNOWLEDGED: "#5F6F85",
}
"""Loops on light paper, as the window's light theme has them."""
WIDTHS = {
    LoopStatus.RUNAWAY: 4.0,
    LoopStatus.ACTIVE: 2.8,
    LoopStatus.BOUNDED: 2.0,
    LoopStatus.ACKNOWLEDGED: 1.6,
}
"""Lines of loops, in px."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_NO_CHARACTER = re.compile(r"[\x80-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")
"""What XML may not hold, and what YAML takes for the end of a line."""


@dataclass(frozen=True)
class Node:
    """An application or a channel."""

    id: NodeId
    name: str
    kind: str
    """`service`, `connector`, …, `unattributed` for applications; `topic`, `queue`, … for channels."""
    note: str
    """A second line in few words; empty where there is nothing to say."""
    loop: LoopStatus | None
    """The worst loop through it, possible ones aside."""
    home: ServerId | None
    """The only server that it has to do with; None where there are several or none."""


@dataclass(frozen=True)
class Edge:
    """An operation or a route, in the direction of the records."""

    id: EdgeId
    source: NodeId
    target: NodeId
    certainty: str
    """`certain`, `likely`, `guessed`, or `declared` and `permitted` where nothing else speaks for it."""
    rate_per_s: float | None
    loop: LoopStatus | None
    note: str
    """Rate, kind of route, and the loops that it closes, one a line."""
    closes: bool
    """Whether it leads back: it belongs to the feedback edges of the graph."""

    @property
    def route(self) -> bool:
        """Whether the broker itself moves the records."""
        return not isinstance(self.id, OperationId)


@dataclass(frozen=True)
class Sketch:
    """All that is drawn, in the order of the ids."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    servers: tuple[ServerId, ...]

    def by_server(self) -> list[tuple[ServerId | None, list[Node]]]:
        """The nodes of each server, and those of none; all under None where there is one server."""
        homes: dict[ServerId | None, list[Node]] = {}
        for node in self.nodes:
            homes.setdefault(node.home if len(self.servers) > 1 else None, []).append(node)
        return sorted(homes.items(), key=lambda item: (item[0] is None, str(item[0])))


def sketch(graph: DependencyGraph) -> Sketch:
    """What is drawn of a graph."""
    of_edge, of_node = worst(graph.loops.values())
    closing = _closing(graph)
    homes: dict[NodeId, set[ServerId]] = {}
    for key in graph.operations:
        homes.setdefault(key.application, set()).add(key.channel.server)
    nodes = [
        *(
            _application(each, of_node.get(each.id), homes.get(each.id, set()))
            for each in sorted(graph.applications.values(), key=lambda each: each.id)
        ),
        *(
            _channel(each, of_node.get(each.id))
            for each in sorted(graph.channels.values(), key=lambda each: each.id)
        ),
    ]
    known = {node.id for node in nodes}
    keys: list[EdgeId] = [*sorted(graph.operations), *sorted(graph.routes)]
    edges = [
        _edge(graph, edge, of_edge.get(edge), closing.get(edge, []))
        for edge in keys
        if {edge.source, edge.target} <= known
    ]
    return Sketch(tuple(nodes), tuple(edges), tuple(sorted({key.server for key in graph.channels})))


def _application(each: Application, loop: LoopStatus | None, homes: set[ServerId]) -> Node:
    note = "" if each.kind is ApplicationKind.SERVICE else str(each.kind)
    if each.kind is ApplicationKind.UNATTRIBUTED:
        note = each.detail
    home = next(iter(homes)) if len(homes) == 1 else None
    name = readable(each.name or "Unattributed")
    return Node(each.id, name, str(each.kind), readable(note), loop, home)


def _channel(each: Channel, loop: LoopStatus | None) -> Node:
    key = each.id
    return Node(key, readable(key.name), str(key.kind), rate(each.rate_per_s), loop, key.server)


def _edge(graph: DependencyGraph, key: EdgeId, loop: LoopStatus | None, closed: list[FeedbackLoop]) -> Edge:
    found = graph.edge(key)
    known = grounds(found)
    said = known if known in UNSEEN else rate(found.rate_per_s)
    kind = "" if isinstance(key, OperationId) else str(key.kind)
    note = "\n".join(filter(None, (said, kind, *(loop_words(each) for each in closed))))
    return Edge(key, key.source, key.target, known, found.rate_per_s, loop, note, key in graph.feedback)


def _closing(graph: DependencyGraph) -> dict[EdgeId, list[FeedbackLoop]]:
    """The loops to be named at each edge: where they close, or at their last step."""
    found: dict[EdgeId, list[FeedbackLoop]] = {}
    for loop in sorted(graph.loops.values(), key=lambda each: (DANGER.index(each.status), each.id)):
        if loop.status is not LoopStatus.POSSIBLE:
            back = (edge for edge in loop.edges if edge in graph.feedback)
            found.setdefault(next(back, loop.edges[-1]), []).append(loop)
    return found


def worst(loops: Iterable[FeedbackLoop]) -> tuple[dict[EdgeId, LoopStatus], dict[NodeId, LoopStatus]]:
    """The worst status of the loops through each edge and node; possible loops do not count."""
    of_edge: dict[EdgeId, LoopStatus] = {}
    of_node: dict[NodeId, LoopStatus] = {}
    for loop in sorted(loops, key=lambda each: DANGER.index(each.status), reverse=True):
        if loop.status is not LoopStatus.POSSIBLE:
            of_edge.update(dict.fromkeys(loop.edges, loop.status))
            of_node.update(dict.fromkeys(loop.hops, loop.status))
    return of_edge, of_node


def loop_words(loop: FeedbackLoop) -> str:
    """`runaway loop ×1.18`."""
    return f"{loop.status} loop" + ("" if loop.gain is None else f" ×{loop.gain:.2f}")


def rate(per_s: float | None) -> str:
    """A rate such as `96/s` or `1.3k/s`; nothing where it is not known."""
    if per_s is None:
        return ""
    for size, unit in ((1e6, "M"), (1e3, "k")):
        if per_s >= 0.9995 * size:
            return f"{per_s / size:.3g}{unit}/s"
    return f"{per_s:.3g}/s" if per_s >= 0.05 or per_s == 0 else "<0.1/s"


def readable(text: str) -> str:
    """The text with what no document may hold made visible: control characters but tab and line feed."""
    shown = _CONTROL.sub(lambda found: chr(0x2400 + min(ord(found.group()), 0x21)), text)
    return _NO_CHARACTER.sub("\ufffd", shown)
