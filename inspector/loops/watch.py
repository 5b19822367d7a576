"""Watches for feedback loops: the structure says which are possible, the records which are active."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from graph.identity import Action, ApplicationId, ChannelId, EdgeId, LoopId, OperationId
from graph.loops.counting import Counting
from graph.loops.cuts import Cutting
from graph.loops.cycles import Cycles, Structure
from graph.model import (
    Alias,
    Application,
    CausalPath,
    Cut,
    DependencyGraph,
    FeedbackLoop,
    Finding,
    LoopStatus,
    Operation,
    Severity,
    Unavailable,
)
from graph.names import shown_names
from graph.reach import Branch
from inspector.causes.causality import Causality
from inspector.causes.chains import chains
from inspector.causes.links import Window
from inspector.causes.passages import Passages
from inspector.causes.ways import Causes, find_causes
from inspector.loops.laps import Moment, measure
from inspector.loops.natures import requests_and_replies
from inspector.loops.rounds import Evidence
from inspector.loops.trails import Trails
from inspector.loops.verdicts import RULES, findings
from inspector.observation import Observation, RecordsSeen
from inspector.trait_columns import TraitColumns
from inspector.traits import Traits

SETTLE_NS = 1_000_000_000
"""How long a record may take to get here: one that is younger may be missing still."""

CUTS_NS = 60_000_000_000
"""How often at most it is worked out anew what cuts would cost, while the loops are the same."""
CHAINS_NS = 3_000_000_000
"""How often at most the chains are worked out anew."""
_SAMPLED = "Flows of records"
_COMMITS = "Causes of records in transactions"


class LoopWatch:
    """Folds records as they come, and adds loops to a graph when asked, which is meant for once a second."""

    def __init__(self, causality: Causality | None = None) -> None:
        self._causality = causality or Causality()
        self._chosen = self._counting = Counting()
        self._structure = Structure()
        self._cycles = Cycles()
        self._edges: frozenset[EdgeId] = frozenset()
        self._cutting = Cutting()
        self._cuts: dict[LoopId, tuple[Cut, ...]] = {}
        self._cuts_ns = 0
        self._trails = Trails()
        self._chains: tuple[CausalPath, ...] = ()
        self._chains_ns = 0
        self._applications: Mapping[ApplicationId, Application] = {}
        self._owner: dict[Alias, ApplicationId] = {}
        self._receivers: dict[ChannelId, set[ApplicationId]] = {}
        self._senders: dict[ChannelId, set[ApplicationId]] = {}
        self._passages: Passages | None = None
        self._horizon_ns = 0
        self._newest_ns, self._noticed_ns = 0, 0
        self._began: dict[LoopId, int] = {}
        self._running: frozenset[LoopId] = frozenset()

    def count(self, counting: Counting) -> None:
        """From now on loops are looked for on this; pairs of request and reply are found here besides."""
        self._chosen = counting
        self._counting = msgspec.structs.replace(counting, pairs=self._counting.pairs | counting.pairs)

    def fold(self, seen: RecordsSeen, traits: Sequence[Traits]) -> None:
        """Remember records; `traits` are theirs, in the same order."""
        self._causality.fold(seen, traits)

    def chosen(self, traits: TraitColumns, now_ns: int) -> Sequence[int]:
        """Which of the records that came together are to be folded: all, or whole flows of very many."""
        return self._causality.chosen(traits, now_ns)

    def see(self, observations: Iterable[Observation]) -> None:
        """Take note of what else was seen: of transactions."""
        for seen in observations:
            self._causality.see(seen)

    def measure(self, graph: DependencyGraph, now_ns: int) -> DependencyGraph:
        """The graph with loops, feedback edges, findings on loops, and hop latencies that records show.

        Over a capture `now_ns` is the time of its end: what is much older is forgotten.
        """
        self._notice(graph, now_ns)
        wanted = self._on_loops().union(*self._counting.pairs)
        window = self._causality.settle(now_ns, wanted)
        horizon_ns = self._horizon_ns = self._seen_until(window.newest_ns(), now_ns)
        evidence = Evidence(window, self._owner, horizon_ns)
        pairs = self._chosen.pairs | requests_and_replies(window, self._counting.pairs)
        if pairs != self._counting.pairs:
            self._counting = msgspec.structs.replace(self._counting, pairs=pairs)
            self._notice(graph, now_ns)
        known = find_causes(window, self._owner, self._between, graph)
        self._passages = Passages(window, known)
        moment = Moment(graph, evidence, self._counting, self._trails, self._running, now_ns)
        loops = {path.id: self._completed(measure(path, moment)) for path in self._cycles.loops}
        self._running = frozenset(key for key, loop in loops.items() if loop.status is LoopStatus.RUNAWAY)
        latencies_ms = _on_operations(loops.values()) | self._passages.latencies_ms()
        return dataclasses.replace(
            graph,
            operations=_timed(graph, latencies_ms),
            loops=loops,
            feedback=self._cycles.feedback,
            findings=_with_others(graph.findings, findings(loops.values(), self._cycles, shown_names(graph))),
            unavailable=self._hidden(graph.unavailable, window),
            chains=self._told_chains(known, window, graph, now_ns),
        )

    def branching(self) -> dict[Branch, float]:
        """Records that one record causes along each branch, where the last measure tells."""
        return self._passages.branching(self._horizon_ns) if self._passages else {}

    def _on_loops(self) -> set[ChannelId]:
        return {hop for path in self._cycles.loops for hop in path.hops if isinstance(hop, ChannelId)}

    def _hidden(self, before: Iterable[Unavailable], window: Window) -> tuple[Unavailable, ...]:
        """What could not be seen, with what is told of it here in place of what was told before."""
        hidden = [one for one in before if one.what not in (_SAMPLED, _COMMITS)]
        if window.sample.one_in > 1:
            why = (
                f"More records come than can be remembered, so one flow in {window.sample.one_in} is "
                "followed, each as a whole. Gains are not changed by that, and rates of loops are worked "
                "out from it."
            )
            remedy = "Look at fewer channels at a time to have all flows followed."
            hidden.append(Unavailable(_SAMPLED, why, remedy))
        if self._causality.commits_unread(self._on_loops()):
            why = (
                "Some records on loops were written in transactions and do not name their causes. What "
                "each transaction read is in Kafka's log of commits, which is not read."
            )
            hidden.append(Unavailable(_COMMITS, why, "Add deep=yes to the address to have it read."))
        return tuple(sorted(hidden))

    def _told_chains(
        self, known: Causes, window: Window, graph: DependencyGraph, now_ns: int
    ) -> tuple[CausalPath, ...]:
        if now_ns - self._chains_ns >= CHAINS_NS:
            self._chains, self._chains_ns = chains(known, window, graph), now_ns
        return self._chains

    def _notice(self, graph: DependencyGraph, now_ns: int) -> None:
        cycles = self._structure.update(graph, self._counting)
        if cycles is not self._cycles or now_ns - self._cuts_ns >= CUTS_NS:
            self._cuts = self._cutting.cuts(cycles.loops, graph, self._counting)
            self._cuts_ns = now_ns
        if cycles is not self._cycles:
            self._cycles = cycles
            known = {path.id for path in cycles.loops}
            self._began = {loop: began for loop, began in self._began.items() if loop in known}
            self._trails.keep_only(known)
        edges = frozenset(graph.operations)
        if edges != self._edges:
            self._edges = edges
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

    def _completed(self, loop: FeedbackLoop) -> FeedbackLoop:
        """The loop with its cuts, and the first time that it was ever seen to go round, forgotten records
        included.
        """
        loop = msgspec.structs.replace(loop, cuts=self._cuts.get(loop.id, ()))
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
