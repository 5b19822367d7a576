"""Watches for feedback loops: the structure says which are possible, the records which are active."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from graph.cycles import Cycles, find_cycles, in_words, uncounted
from graph.identity import Action, ApplicationId, ChannelId, EdgeId, LoopId, NodeId, OperationId
from graph.model import (
    DANGER,
    Alias,
    Application,
    DependencyGraph,
    FeedbackLoop,
    Finding,
    LoopStatus,
    Operation,
    Severity,
)
from graph.reach import Branch
from inspector.causality import Causality
from inspector.laps import Evidence, measure
from inspector.observation import RecordsSeen
from inspector.passages import Passages
from inspector.traits import Traits

SETTLE_NS = 1_000_000_000
"""How long a record may take to get here: one that is younger may be missing still."""

_RULE = {
    LoopStatus.RUNAWAY: ("runaway-loop", Severity.ERROR),
    LoopStatus.ACTIVE: ("feedback-loop", Severity.WARNING),
    LoopStatus.BOUNDED: ("bounded-loop", Severity.NOTE),
    LoopStatus.POSSIBLE: ("possible-loop", Severity.NOTE),
}
_TANGLE = "tangle"
RULES = frozenset({_TANGLE, *(rule for rule, _ in _RULE.values())})
"""The rules of the findings that are made here."""


class LoopWatch:
    """Folds records as they come, and adds loops to a graph when asked, which is meant for once a second."""

    def __init__(self, causality: Causality | None = None) -> None:
        self._causality = causality or Causality()
        self._structure: tuple[frozenset[EdgeId], frozenset[NodeId | EdgeId]] = (frozenset(), frozenset())
        self._cycles = Cycles()
        self._applications: Mapping[ApplicationId, Application] = {}
        self._owner: dict[Alias, ApplicationId] = {}
        self._receivers: dict[ChannelId, set[ApplicationId]] = {}
        self._senders: dict[ChannelId, set[ApplicationId]] = {}
        self._passages: Passages | None = None
        self._horizon_ns = 0
        self._newest_ns, self._noticed_ns = 0, 0
        self._began: dict[LoopId, int] = {}

    def fold(self, seen: RecordsSeen, traits: Sequence[Traits]) -> None:
        """Remember records; `traits` are theirs, in the same order."""
        self._causality.fold(seen, traits)

    def measure(self, graph: DependencyGraph, now_ns: int) -> DependencyGraph:
        """The graph with loops, feedback edges, findings on loops, and hop latencies that records show.

        Over a capture `now_ns` is the time of its end: what is much older is forgotten.
        """
        self._notice(graph)
        paths = self._cycles.loops
        on_loops = {hop for path in paths for hop in path.hops if isinstance(hop, ChannelId)}
        window = self._causality.settle(now_ns, on_loops)
        evidence = Evidence(window, self._owner)
        self._passages = Passages(window, self._owner, self._between)
        horizon_ns = self._horizon_ns = self._seen_until(window.newest_ns(), now_ns)
        loops = {path.id: self._dated(measure(path, graph, evidence, horizon_ns)) for path in paths}
        latencies_ms = _on_operations(loops.values()) | self._passages.latencies_ms()
        return dataclasses.replace(
            graph,
            operations=_timed(graph, latencies_ms),
            loops=loops,
            feedback=self._cycles.feedback,
            findings=_with_others(graph.findings, _findings(loops.values(), self._cycles)),
        )

    def branching(self) -> dict[Branch, float]:
        """Records that one record causes along each branch, where the last measure tells."""
        return self._passages.branching(self._horizon_ns) if self._passages else {}

    def _notice(self, graph: DependencyGraph) -> None:
        structure = (frozenset(graph.edges()), uncounted(graph))
        if structure != self._structure:
            self._structure = structure
            self._cycles = find_cycles(graph, self._cycles.feedback)
            known = {path.id for path in self._cycles.loops}
            self._began = {loop: began for loop, began in self._began.items() if loop in known}
            self._receivers, self._senders = {}, {}
            for operation in graph.operations:
                by = self._senders if operation.action is Action.SEND else self._receivers
                by.setdefault(operation.channel, set()).add(operation.application)
        if graph.applications is not self._applications:
            self._applications = graph.applications
            self._owner = {
                alias: application.id
                for application in graph.applications.values()
                for alias in application.aliases
            }

    def _seen_until(self, newest_ns: int, now_ns: int) -> int:
        """The time up to which every record has been seen.

        By the clocks of the senders, which may be behind: it is that of the newest record, and goes on
        with the time since that one was noticed, as silence is seen too.
        """
        if newest_ns != self._newest_ns:
            self._newest_ns, self._noticed_ns = newest_ns, now_ns
        return min(now_ns, newest_ns + now_ns - self._noticed_ns) - SETTLE_NS

    def _dated(self, loop: FeedbackLoop) -> FeedbackLoop:
        """The loop with the first time that it was ever seen to go round, forgotten records included."""
        if loop.began_ns is None:
            return loop
        began = self._began[loop.id] = min(loop.began_ns, self._began.get(loop.id, loop.began_ns))
        return msgspec.structs.replace(loop, began_ns=began)

    def _between(self, cause: ChannelId, effect: ChannelId) -> set[ApplicationId]:
        return self._receivers.get(cause, set()) & self._senders.get(effect, set())


def _on_operations(loops: Iterable[FeedbackLoop]) -> dict[OperationId, float]:
    """The latencies of the loops' hops: what there is where only flows link records."""
    found: dict[OperationId, float] = {}
    for loop in loops:
        received: EdgeId | None = None
        for edge, latency in zip(loop.edges, loop.hop_latencies_ms, strict=False):
            for passed in (edge, received):
                if latency is not None and isinstance(passed, OperationId):
                    found.setdefault(passed, latency)
            received = edge
    return found


def _timed(graph: DependencyGraph, latencies_ms: Mapping[OperationId, float]) -> dict[OperationId, Operation]:
    timed = dict(graph.operations)
    for operation, latency in latencies_ms.items():
        timed[operation] = msgspec.structs.replace(timed[operation], hop_latency_ms=latency)
    return timed


def _with_others(before: Iterable[Finding], own: Iterable[Finding]) -> tuple[Finding, ...]:
    """All findings, the gravest first; own ones of an earlier measure are dropped."""
    gravity = list(Severity)
    others = (finding for finding in before if finding.rule not in RULES)
    return tuple(sorted((*own, *others), key=lambda finding: gravity.index(finding.severity)))


def _findings(loops: Iterable[FeedbackLoop], cycles: Cycles) -> Iterator[Finding]:
    for loop in sorted(loops, key=lambda loop: (DANGER.index(loop.status), len(loop.hops), loop.id)):
        rule, severity = _RULE[loop.status]
        yield Finding(rule, severity, loop.id, f"{in_words(loop.hops)}: {_verdict(loop)}")
    for tangle in cycles.tangles:
        nodes = frozenset(tangle)
        cuts = sum(edge.source in nodes and edge.target in nodes for edge in cycles.feedback)
        yield Finding(
            _TANGLE,
            Severity.NOTE,
            tangle[0],
            f"{len(tangle)} applications and channels form a tangle with too many loops to list them all. "
            f"Cutting {cuts} edges opens it.",
        )


def _verdict(loop: FeedbackLoop) -> str:
    each = (
        f"each record causes {loop.gain} others once round (95 % between "
        f"{loop.gain_low} and {loop.gain_high})"
        if loop.gain is not None
        else "records came round, too few yet to say how many each one causes"
    )
    match loop.status:
        case LoopStatus.RUNAWAY if loop.doubling_time_s is not None:
            return f"{each}, so that traffic doubles about every {loop.doubling_time_s:g} s. Cut the loop."
        case LoopStatus.RUNAWAY:
            return f"{each}, so that it keeps itself going. Cut the loop."
        case LoopStatus.ACTIVE:
            return f"{each}. Check that it is meant to come back."
        case LoopStatus.BOUNDED:
            return f"records come round and end by themselves after {loop.laps_max} laps."
        case _:
            return "a record could come round; none was seen to."
