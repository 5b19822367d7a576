"""Which claims of a graph are right.

A node is the true program that owns its anchor: of its names the one that the application is called by, the
most telling (`inspector.discovery.components.telling`). Where programs share that name, any of them.

- That an application sends to or receives from a channel is right if that program truly does so now. What
  another program does, whose name or producer id was merged into the node, is wrong there.
- That some names are one application is right if one program owns all of them. Names of one alone, and
  those that belong to nobody, claim nothing.
- A sender that nothing names is no claim about a program. It is right if a program that owns one of its
  producer ids sends there, or anybody where it has none; these are counted apart.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.identity import Action
from graph.model import Alias, Application, DependencyGraph
from inspector.discovery.components import telling
from tests.worlds.model import World


@dataclass(frozen=True)
class Claim:
    """One thing that a graph says, how sure it is, and whether it is so."""

    what: str
    confidence: float
    right: bool
    techniques: str = ""
    """The sources of its evidence."""


@dataclass
class Verdict:
    """What became of one world."""

    edges: list[Claim] = field(default_factory=list)
    identities: list[Claim] = field(default_factory=list)
    unnamed: list[Claim] = field(default_factory=list)
    found: dict[tuple[str, Action, str], float] = field(default_factory=dict)
    """The confidence of each true edge that was claimed."""
    truth: set[tuple[str, Action, str]] = field(default_factory=set)
    """All true edges, seen or not."""


def judge(world: World, graph: DependencyGraph) -> Verdict:
    """Compare a graph with the truth."""
    does = {program.name: program.does() for program in world.programs}
    verdict = Verdict()
    verdict.truth = {(name, *edge) for name, edges in does.items() for edge in edges}
    doers = {application.id: _named(world, application) for application in graph.applications.values()}
    for operation in graph.operations.values():
        application = graph.applications[operation.id.application]
        edge = (operation.id.action, operation.id.channel.name)
        if application.name is None:
            known = doers[application.id] or does.keys()
            right = any(edge in does.get(name, ()) for name in known)
            verdict.unnamed.append(Claim(str(operation.id), operation.confidence, right))
            continue
        doing = [name for name in doers[application.id] if edge in does[name]]
        techniques = ", ".join(piece.source for piece in operation.evidence)
        verdict.edges.append(Claim(str(operation.id), operation.confidence, bool(doing), techniques))
        for name in doing:
            key = (name, *edge)
            verdict.found[key] = max(verdict.found.get(key, 0.0), operation.confidence)
    for application in graph.applications.values():
        owned = [owners for alias in application.aliases if (owners := world.owners.get(alias))]
        if application.name is not None and len(owned) > 1:
            right = bool(set.intersection(*owned))
            verdict.identities.append(Claim(str(application.id), application.confidence, right))
    return verdict


def _named(world: World, application: Application) -> set[str]:
    """The programs that a node is."""
    owned: list[Alias] = [alias for alias in application.aliases if alias in world.owners]
    if application.name is None:
        return set().union(*(world.owners[alias] for alias in owned))
    names = [alias for alias in application.aliases if alias.kind != "producer-id"]
    return world.owners.get(min(names, key=telling), set()) if names else set()
