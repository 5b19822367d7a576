"""A graph as a Mermaid flowchart, as GitHub, GitLab and wikis draw it (https://mermaid.js.org)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from graph.export.sketch import COLOURS, WIDTHS, Edge, Node, readable, sketch
from graph.identity import NodeId
from graph.model import ApplicationKind, DependencyGraph

MOST_EDGES = 499
MOST_TEXT = 50_000
"""Edges and characters that Mermaid draws unless its settings say otherwise; GitHub lets nobody set them."""
SHAPES = {
    "topic": ("[(", ")]"),
    "stream": ("[/", "/]"),
    "queue": ("[[", "]]"),
    "exchange": ("{{", "}}"),
    "subject": ("([", "])"),
}
"""Brackets of channels; applications have round ones."""
DASHES = {"likely": "7 4", "guessed": "2 4", "declared": "7 4 2 4", "permitted": "2 7"}
_SPECIAL = re.compile(r"[^\w ./-]|_(?!(?<=[^\W_]_)[^\W_])|[.-](?=\s|$)")
"""All that may mean something to Mermaid or to Markdown, which it reads labels as."""


def mermaid(graph: DependencyGraph) -> str:
    """The graph as a flowchart from left to right, one subgraph for each server."""
    drawn = sketch(graph)
    names = {node.id: f"n{number}" for number, node in enumerate(drawn.nodes)}
    lines = ["flowchart LR"]
    for number, (server, nodes) in enumerate(drawn.by_server()):
        inner = "  " if server is None else "    "
        if server is not None:
            lines.append(f'  subgraph s{number}["{_text(readable(str(server)))}"]')
        lines += [f"{inner}{names[node.id]}{_node(node)}" for node in nodes]
        if server is not None:
            lines.append("  end")
    for edge in drawn.edges:
        words = f'|"{_text(edge.note)}"|' if edge.note else ""
        lines.append(f"  {names[edge.source]} {_line(edge)}{words} {names[edge.target]}")
    lines += _styles(drawn.nodes, drawn.edges, names)
    text = "\n".join([*lines, ""])
    note = too_large(text, len(drawn.edges))
    return f"%% {note}\n{text}" if note else text


def too_large(text: str, edges: int) -> str:
    """Why a flowchart is not drawn where nobody may set Mermaid's limits; empty where it is."""
    if edges <= MOST_EDGES and len(text) <= MOST_TEXT:
        return ""
    return (
        f"GitHub draws at most {MOST_EDGES} edges and {MOST_TEXT:,} characters; "
        f"this has {edges:,} and {len(text):,}. Leave something out, or use DOT."
    )


def _node(node: Node) -> str:
    before, after = SHAPES.get(node.kind, ("(", ")"))
    words = f"{node.name}\n{node.note}" if node.note else node.name
    return f'{before}"{_text(words)}"{after}'


def _line(edge: Edge) -> str:
    return "==>" if edge.loop else "-->" if edge.certainty == "certain" else "-.->"


def _styles(nodes: tuple[Node, ...], edges: tuple[Edge, ...], names: Mapping[NodeId, str]) -> list[str]:
    classes: dict[str, list[str]] = {}
    for node in nodes:
        if node.kind == ApplicationKind.UNATTRIBUTED:
            classes.setdefault("unattributed", []).append(names[node.id])
        if node.loop is not None:
            classes.setdefault(str(node.loop), []).append(names[node.id])
    lines = ["  classDef unattributed stroke-dasharray:4 3"]
    lines += [f"  classDef {status} stroke:{colour},stroke-width:2px" for status, colour in COLOURS.items()]
    lines = [line for line in lines if line.split()[1] in classes]
    lines += [f"  class {','.join(members)} {name}" for name, members in classes.items()]
    looks: dict[str, list[str]] = {}
    for number, edge in enumerate(edges):
        look = []
        if edge.loop is not None:
            look = [f"stroke:{COLOURS[edge.loop]}", f"stroke-width:{WIDTHS[edge.loop]:g}px"]
        if dashes := DASHES.get(edge.certainty):
            look.append(f"stroke-dasharray:{dashes}")
        if look:
            looks.setdefault(",".join(look), []).append(str(number))
    return lines + [f"  linkStyle {','.join(which)} {look}" for look, which in looks.items()]


def _text(words: str) -> str:
    """The inside of a quoted label: whatever is special is written as `#code;`."""
    return "<br/>".join(
        _SPECIAL.sub(lambda found: f"#{ord(found.group())};", line) for line in words.split("\n")
    )
