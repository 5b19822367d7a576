"""What people wrote on applications and channels in the picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graph.identity import NodeId
from graph.model import DependencyGraph
from graph.names import plain
from inspector.project.model import Change, Note, Project
from inspector.project.naming import names_of, written

LONGEST = 500
"""Characters of a note: more belongs into a description."""


def annotate(project: Project, graph: DependencyGraph, node: NodeId, words: str) -> Change:
    """Write a note on a node, in the place of the one that was there; without words, take it away.

    Raises ValueError with a sentence for a note that is too long.
    """
    words = " ".join(words.split())
    if len(words) > LONGEST:
        raise ValueError(f"The note has {len(words):,} characters. {LONGEST} is the most.")
    before = tuple(entries(project, graph, node))
    if not words:
        return Change(f"Take the note on {plain(node)} away", removed=Project(notes=before))
    entry = Note(written(node), words)
    old = tuple(each for each in before if each != entry)
    return Change(f"Write a note on {plain(node)}", Project(notes=(entry,)), Project(notes=old))


def entries(project: Project, graph: DependencyGraph, node: NodeId) -> Iterable[Note]:
    """The notes of a project on a node; the first one is shown."""
    if project.notes:
        names = names_of(graph, node)
        yield from (each for each in project.notes if each.on in names)


def notes(project: Project, graph: DependencyGraph) -> Mapping[NodeId, str]:
    """The note on each node that has one."""
    if not project.notes:
        return {}
    told = {each.on: each.text for each in reversed(project.notes)}
    found: dict[NodeId, str] = {}
    nodes: tuple[NodeId, ...] = (*graph.applications, *graph.channels)
    for node in nodes:
        for name in sorted(names_of(graph, node) & told.keys()):
            found.setdefault(node, told[name])
    return found
