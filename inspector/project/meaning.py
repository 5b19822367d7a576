"""What a project means to discovery: identities, declarations, confirmed edges, and what counts."""

from __future__ import annotations

from graph.identity import Action
from graph.loops.counting import Counting
from graph.model import Alias
from inspector.declaration import ConfirmedEdge, Declaration, DeclaredChannel
from inspector.discovery.decisions import Decisions
from inspector.project.model import DeclaredApplication, Names, Project, alias

SOURCE = "declared.project"


def decisions(project: Project) -> Decisions:
    """What was decided about identities, in pairs."""
    ours = project.identities
    return Decisions(
        tuple(pair for names in ours.together for pair in _pairs(names)),
        tuple(pair for names in ours.apart for pair in _pairs(names)),
        ours.patterns,
    )


def _pairs(names: Names) -> list[tuple[Alias, Alias]]:
    first, *others = (alias(name) for name in names)
    return [(first, other) for other in others]


def declarations(project: Project, file: str) -> tuple[Declaration, ...]:
    """What its section about applications says; `file` is the name of the project's file."""
    return tuple(_declaration(each, file) for each in project.applications)


def _declaration(said: DeclaredApplication, file: str) -> Declaration:
    sends = ((Action.SEND, DeclaredChannel(name)) for name in said.sends)
    receives = ((Action.RECEIVE, DeclaredChannel(name)) for name in said.receives)
    return Declaration(said.name, SOURCE, file, said.owner, said.description, (*sends, *receives))


def confirmed(project: Project) -> tuple[ConfirmedEdge, ...]:
    """The edges that people confirmed."""
    return tuple(
        ConfirmedEdge(alias(each.application), each.action, DeclaredChannel(each.channel))
        for each in project.confirmed
    )


def counting(project: Project) -> Counting:
    """What its section about loops has them looked for on."""
    ours = project.loops
    return Counting(ours.internal, ours.request_reply, ours.replays, ours.historic)
