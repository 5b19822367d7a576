"""A graph in DOT, the language of Graphviz (https://graphviz.org/doc/info/lang.html)."""

from __future__ import annotations

from collections.abc import Mapping

from graph.export.sketch import COLOURS, WIDTHS, Edge, Node, readable, sketch
from graph.model import ApplicationKind, DependencyGraph

SHAPES = {
    "topic": "cylinder",
    "stream": "cds",
    "queue": "box3d",
    "exchange": "hexagon",
    "subject": "oval",
}
"""Of channels; applications are rounded boxes."""
STYLES = {
    "certain": "solid",
    "likely": "dashed",
    "guessed": "dotted",
    "declared": "dashed",
    "permitted": "dotted",
}
_FONT = "Helvetica,Arial,sans-serif"


def dot(graph: DependencyGraph) -> str:
    """The graph as a digraph from left to right, nodes named by their ids, one cluster for each server.

    Edges that lead back do not count for the order from left to right, as in the window.
    """
    drawn = sketch(graph)
    lines = [
        "digraph eventscope {",
        f'  graph [rankdir=LR, fontname="{_FONT}", fontsize=11, color="#CBD2DB", labeljust=l]',
        f'  node [fontname="{_FONT}", fontsize=11, shape=box, style="rounded,filled",'
        ' fillcolor="#FFFFFF", color="#8390A1"]',
        f'  edge [fontname="{_FONT}", fontsize=9, color="#8390A1", fontcolor="#56616F"]',
    ]
    for number, (server, nodes) in enumerate(drawn.by_server()):
        inner = "  " if server is None else "    "
        if server is not None:
            lines += [f"  subgraph cluster_{number} {{", f"    label={_label(readable(str(server)))}"]
        lines += [f"{inner}{_id(node.id)} [{_attributes(_node(node))}]" for node in nodes]
        if server is not None:
            lines.append("  }")
    lines += [
        f"  {_id(edge.source)} -> {_id(edge.target)} [{_attributes(_edge(edge))}]" for edge in drawn.edges
    ]
    return "\n".join([*lines, "}", ""])


def _node(node: Node) -> dict[str, str]:
    made = {"label": _label(f"{node.name}\n{node.note}" if node.note else node.name)}
    if shape := SHAPES.get(node.kind):
        made |= {"shape": shape, "style": "filled", "fillcolor": '"#E7ECF3"'}
    elif node.kind == ApplicationKind.UNATTRIBUTED:
        made["style"] = '"rounded,dashed"'
    if node.loop is not None:
        made |= {"color": f'"{COLOURS[node.loop]}"', "penwidth": "1.8"}
    return made | {"tooltip": _label(f"{node.kind} {node.name}")}


def _edge(edge: Edge) -> dict[str, str]:
    made = {"style": STYLES[edge.certainty]}
    if edge.note:
        made["label"] = _label(edge.note)
    if edge.certainty in ("declared", "permitted"):
        made["arrowhead"] = "empty"
    if edge.route:
        # Two colours beside each other are a double line.
        made["color"] = '"#8390A1:#8390A1"'
    if edge.loop is not None:
        tint = f'"{COLOURS[edge.loop]}"'
        made |= {"color": tint, "fontcolor": tint, "penwidth": f"{WIDTHS[edge.loop]:g}"}
    if edge.closes:
        made["constraint"] = "false"
    return made


def _attributes(made: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={value}" for key, value in made.items())


def _id(identity: object) -> str:
    """A quoted id. Backslashes are doubled, for the last one would hide the closing quote."""
    text = readable(str(identity)).replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text.replace("\n", "\\n") + '"'


def _label(text: str) -> str:
    """A quoted text that is shown as it is: Graphviz takes back escapes, and the entities of HTML."""
    return _id(text.replace("&", "&amp;"))
