"""How a project file names what is in a graph, so that the same file holds on another server."""

from __future__ import annotations

from graph.identity import ApplicationId, NodeId
from graph.model import PRODUCER_ID, DependencyGraph
from graph.names import plain
from inspector.project.model import text

SHARED = (PRODUCER_ID, "principal")
"""Kinds of names whose value alone names no application: numbers, and logins that many may share."""


def written(node: NodeId) -> str:
    """A node as the project file has it: by its plain name, where it has one."""
    nameless = isinstance(node, ApplicationId) and node.key.startswith("?")
    return str(node) if nameless else plain(node)


def names_of(graph: DependencyGraph, node: NodeId) -> set[str]:
    """All that a node may be called in a project file."""
    names = {str(node), written(node)}
    if isinstance(node, ApplicationId) and (application := graph.applications.get(node)) is not None:
        for alias in application.aliases:
            names |= {text(alias)} if alias.kind in SHARED else {text(alias), alias.value}
    return names
