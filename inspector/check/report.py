"""What a check found, and which of it fails."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from graph.identity import LoopId, Subject
from graph.loops.cycles import in_words
from graph.model import DependencyGraph, Finding, LoopStatus, Severity
from graph.names import plain, shown_names
from inspector.check.baseline import Baseline
from inspector.check.places import Place, Places
from inspector.check.rules import NEW_EDGE, RULES, UNACKNOWLEDGED, FailOn, Rule

CLEAN, FOUND, COULD_NOT_LOOK = 0, 1, 2
"""Exit codes."""

_PROVEN = (LoopStatus.RUNAWAY, LoopStatus.ACTIVE, LoopStatus.BOUNDED)


@dataclass(frozen=True)
class Told:
    """One finding of a check."""

    finding: Finding
    fails: bool
    places: tuple[Place, ...] = ()
    """Where what it is about is declared."""


@dataclass(frozen=True)
class Report:
    """A whole check; those that fail come first."""

    graph: DependencyGraph
    told: tuple[Told, ...]
    looked_at: tuple[str, ...]
    """Addresses without secrets, and files."""
    rules: tuple[Rule, ...] = ()
    """What could have failed."""
    known: int = 0
    """Findings that the baseline has."""
    troubles: tuple[str, ...] = ()
    """Why something could not be looked at, each in a sentence."""
    alerted: bool = False
    """Whether something that fails came, and perhaps went, while it was watched."""

    @property
    def failing(self) -> tuple[Told, ...]:
        """Those that fail the check."""
        return tuple(each for each in self.told if each.fails)

    @property
    def exit_code(self) -> int:
        """0 clean, 1 findings, 2 could not look, which wins: what was not seen may be worse."""
        return COULD_NOT_LOOK if self.troubles else FOUND if self.failing or self.alerted else CLEAN


def judged(
    graph: DependencyGraph,
    looked_at: Iterable[str],
    fail_on: FailOn,
    *,
    baseline: Baseline | None = None,
    places: Places | None = None,
    troubles: Iterable[str] = (),
) -> Report:
    """What a graph's findings mean for a check."""
    where = places or Places()
    found = list(everything(graph, fail_on))
    news = found if baseline is None else baseline.news(graph, found)
    told = [Told(each, fail_on.fails(each), where.of(graph, each.subject)) for each in news]
    gravity = list(Severity)
    told.sort(key=lambda each: (not each.fails, gravity.index(each.finding.severity)))
    rules = (each for each in RULES.values() if fail_on.may_fail(each))
    asked = tuple(each for each in rules if each.name != NEW_EDGE or baseline is not None)
    known = len(found) - sum(each.rule != NEW_EDGE for each in news)
    return Report(graph, tuple(told), tuple(looked_at), asked, known, tuple(troubles))


def everything(graph: DependencyGraph, fail_on: FailOn) -> Iterator[Finding]:
    """The findings of a graph, with those of the rules that are told only where they are asked for."""
    yield from graph.findings
    if UNACKNOWLEDGED in fail_on.rules:
        for loop in graph.loops.values():
            if loop.acknowledged is None and loop.status in _PROVEN:
                message = (
                    f"{in_words(loop.hops, shown_names(graph))} is {loop.status}, and nobody wrote down why."
                )
                yield Finding(UNACKNOWLEDGED, Severity.WARNING, loop.id, message)


def about(graph: DependencyGraph, subject: Subject) -> str:
    """What a finding is about, for people: a loop by its hops."""
    loop = graph.loops.get(subject) if isinstance(subject, LoopId) else None
    names = shown_names(graph)
    return plain(subject, names) if loop is None else in_words(loop.hops, names)
