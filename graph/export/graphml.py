"""A graph in GraphML (http://graphml.graphdrawing.org), with what yEd needs to draw it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.sax.saxutils import escape

from graph.export.sketch import COLOURS, WIDTHS, Edge, Node, readable, sketch
from graph.identity import ChannelId, OperationId, Place
from graph.model import ApplicationKind, DependencyGraph
from graph.topology import moment

Fact = str | int | float | bool | None

NAMESPACE = "http://graphml.graphdrawing.org/xmlns"
YED = "http://www.yworks.com/xml/graphml"
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>',
    f'<graphml xmlns="{NAMESPACE}" xmlns:y="{YED}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"',
    f'    xsi:schemaLocation="{NAMESPACE} http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">',
)
_TYPES = ((bool, "boolean"), (int, "long"), (float, "double"), (str, "string"))
_MEASURED = ("rate_per_s", "confidence", "hop_latency_ms")
"""Facts that may be whole numbers by chance."""
_CARD, _PIPE = (122.0, 40.0), (108.0, 30.0)
"""Width and height of nodes, px."""
_WIDEST = 180.0
_SHAPES = {"exchange": "hexagon", "subject": "ellipse", "queue": "rectangle3d"}
_LINES = {"certain": "line", "likely": "dashed", "guessed": "dotted", "declared": "dashed_dotted"}


def graphml(graph: DependencyGraph, places: Mapping[Place, tuple[float, float]] | None = None) -> str:
    """The graph with typed attributes; `places` are the middles of nodes, for programs that keep them.

    Facts that are not known are left out: an attribute that is missing is not zero.
    """
    drawn = sketch(graph)
    names = {node.id: f"n{number}" for number, node in enumerate(drawn.nodes)}
    keys = _Keys()
    span = {"observed_from": moment(graph.from_ns), "observed_to": moment(graph.to_ns)}
    lines = ['  <graph id="eventscope" edgedefault="directed">', *keys.data("graph", span)]
    for node in drawn.nodes:
        lines.append(f'    <node id="{names[node.id]}">')
        lines += keys.data("node", _node_facts(graph, node))
        lines += (keys.graphics("node", _shape(node, (places or {}).get(node.id))), "    </node>")
    for number, edge in enumerate(drawn.edges):
        source, target = names[edge.source], names[edge.target]
        lines.append(f'    <edge id="e{number}" source="{source}" target="{target}">')
        lines += keys.data("edge", _edge_facts(graph, edge))
        lines += (keys.graphics("edge", _arrow(edge)), "    </edge>")
    return "\n".join([*_HEAD, *keys.declared, *lines, "  </graph>", "</graphml>", ""])


class _Keys:
    """Declares each attribute, for the head of the document, when it is first used."""

    def __init__(self) -> None:
        self.declared: list[str] = []
        self._known: dict[tuple[str, str], str] = {}

    def data(self, domain: str, facts: Mapping[str, Fact]) -> Iterable[str]:
        for name, value in facts.items():
            if value is not None and value != "":
                text = str(value).lower() if isinstance(value, bool) else escape(readable(str(value)))
                yield f'      <data key="{self._key(domain, name, value)}">{text}</data>'

    def graphics(self, domain: str, drawn: str) -> str:
        name = f"{domain}graphics"
        key = self._key(domain, name, "", f' yfiles.type="{name}"')
        return f'      <data key="{key}">{drawn}</data>'

    def _key(self, domain: str, name: str, value: Fact, more: str = "") -> str:
        known = self._known.get((domain, name))
        if known is None:
            known = self._known[domain, name] = f"d{len(self._known)}"
            kind = next(word for each, word in _TYPES if isinstance(value, each))
            kind = "double" if name in _MEASURED else kind
            self.declared.append(
                f'  <key id="{known}" for="{domain}" attr.name="{name}" attr.type="{kind}"{more}/>'
            )
        return known


def _node_facts(graph: DependencyGraph, node: Node) -> dict[str, Fact]:
    facts: dict[str, Fact] = {
        "label": node.name,
        "identity": str(node.id),
        "kind": node.kind,
        "loop": node.loop,
    }
    if isinstance(node.id, ChannelId):
        channel = graph.channels[node.id]
        return facts | {
            "type": "channel",
            "server": str(node.id.server),
            "rate_per_s": channel.rate_per_s,
            "partitions": channel.partitions,
            "records": channel.records,
            "internal": channel.internal,
            "last_record_at": moment(channel.last_record_ns),
        }
    application = graph.applications[node.id]
    return facts | {
        "type": "application",
        "confidence": application.confidence,
        "instances": application.instances,
        "lag": application.lag,
        "owner": application.owner,
        "description": application.description,
        "detail": application.detail,
    }


def _edge_facts(graph: DependencyGraph, edge: Edge) -> dict[str, Fact]:
    found = graph.edge(edge.id)
    best = max(found.evidence, key=lambda piece: piece.confidence, default=None)
    facts: dict[str, Fact] = {
        "label": edge.note,
        "kind": edge.id.action if isinstance(edge.id, OperationId) else edge.id.kind,
        "confidence": found.confidence,
        "certainty": edge.certainty,
        "rate_per_s": edge.rate_per_s,
        "loop": edge.loop,
        "closes_loop": edge.closes,
        "evidence": None if best is None else best.detail,
    }
    if isinstance(edge.id, OperationId):
        operation = graph.operations[edge.id]
        facts |= {
            "hop_latency_ms": operation.hop_latency_ms,
            "lag": operation.lag,
            "state": operation.state,
        }
    return facts


def _shape(node: Node, place: tuple[float, float] | None) -> str:
    channel = isinstance(node.id, ChannelId)
    wide, high = _PIPE if channel else _CARD
    wide = min(max(wide, 7.0 * len(node.name) + 24), _WIDEST)
    where = "" if place is None else f' x="{place[0] - wide / 2:g}" y="{place[1] - high / 2:g}"'
    fill = "#E7ECF3" if channel else "#FFFFFF"
    tint, border = (COLOURS[node.loop], 1.8) if node.loop else ("#8390A1", 1.0)
    line = "dashed" if node.kind == ApplicationKind.UNATTRIBUTED else "line"
    return (
        f'<y:ShapeNode><y:Geometry width="{wide:g}" height="{high:g}"{where}/>'
        f'<y:Fill color="{fill}" transparent="false"/>'
        f'<y:BorderStyle color="{tint}" type="{line}" width="{border}"/>'
        f"<y:NodeLabel>{escape(node.name)}</y:NodeLabel>"
        f'<y:Shape type="{_SHAPES.get(node.kind, "roundrectangle")}"/></y:ShapeNode>'
    )


def _arrow(edge: Edge) -> str:
    tint, wide = (COLOURS[edge.loop], WIDTHS[edge.loop]) if edge.loop else ("#8390A1", 1.2)
    label = f"<y:EdgeLabel>{escape(edge.note)}</y:EdgeLabel>" if edge.note else ""
    return (
        f'<y:PolyLineEdge><y:LineStyle color="{tint}" type="{_LINES.get(edge.certainty, "dotted")}"'
        f' width="{wide:g}"/><y:Arrows source="none" target="standard"/>{label}</y:PolyLineEdge>'
    )
