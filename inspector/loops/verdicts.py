"""What is said of loops as findings: how bad one is, of what kind, and where to cut it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from graph.identity import ApplicationId, OperationId
from graph.loops.cycles import Cycles, in_words
from graph.model import DANGER, Cut, FeedbackLoop, Finding, LinkGrade, LoopNature, LoopStatus, Severity
from graph.names import plain
from inspector.check import rules

_TANGLE = "tangle"
RULES = frozenset({_TANGLE, *rules.LOOPS})
"""The rules of the findings that are made here."""
Names = Mapping[ApplicationId, str]
_NAMED = 2
"""Nodes that a sentence names."""


def findings(loops: Iterable[FeedbackLoop], cycles: Cycles, names: Names | None = None) -> Iterator[Finding]:
    """One for each loop, the most dangerous first, and one for each tangle.

    `names` are those that applications are shown by.
    """
    for loop in sorted(loops, key=lambda loop: (DANGER.index(loop.status), len(loop.hops), loop.id)):
        rule = rules.RULES[rules.OF_STATUS[loop.status]]
        yield Finding(
            rule.name, rule.severity, loop.id, f"{in_words(loop.hops, names)}: {_verdict(loop, names)}"
        )
    for tangle in cycles.tangles:
        nodes = frozenset(tangle)
        pairs = {(edge.source, edge.target) for edge in cycles.feedback}
        inside = sum(source in nodes and target in nodes for source, target in pairs)
        yield Finding(
            _TANGLE,
            Severity.NOTE,
            tangle[0],
            f"{len(tangle)} applications and channels form a tangle with too many loops to list them all. "
            f"Cutting {inside} edges opens it.",
        )


def _verdict(loop: FeedbackLoop, names: Names | None) -> str:
    match loop.status:
        case LoopStatus.RUNAWAY if loop.paused:
            stopped = "and nothing comes round just now: something stopped it"
            return f"{_each(loop)}, {stopped}. {_advice(loop, names)}"
        case LoopStatus.RUNAWAY if loop.doubling_time_s is not None:
            return (
                f"{_each(loop)}, so that traffic doubles about every {loop.doubling_time_s:g} s. "
                f"{_advice(loop, names)}"
            )
        case LoopStatus.RUNAWAY:
            return f"{_each(loop)}, so that it keeps itself going. {_advice(loop, names)}"
        case LoopStatus.ACTIVE:
            return f"{_each(loop)}. {_check(loop.nature)}{_doubt(loop)}"
        case LoopStatus.BOUNDED:
            ended = f"records come round and end by themselves after {loop.laps_max} laps"
            return f"{ended}. {_kind(loop.nature)}".rstrip()
        case _:
            return _possible(loop.nature)


def _each(loop: FeedbackLoop) -> str:
    if loop.gain is None:
        return "records came round, too few yet to say how many each one causes"
    between = f"95 % between {loop.gain_low} and {loop.gain_high}"
    return f"each record causes {loop.gain} others once round ({between})"


def _advice(loop: FeedbackLoop, names: Names | None) -> str:
    return f"{_kind(loop.nature)}{cut_advice(loop.cuts, names) or 'Cut the loop.'}"


def cut_advice(cuts: tuple[Cut, ...], names: Names | None = None) -> str:
    """Where a loop is best cut, and at what cost; empty where nothing is known of it."""
    if not cuts:
        return ""
    best = cuts[0]
    edge = plain(best.edge, names)
    where = f"Cut it where {edge}" if isinstance(best.edge, OperationId) else f"Cut {edge}"
    others = len(best.starves) + best.more
    if not others:
        return f"{where}: nobody else depends on it."
    named = ", ".join(plain(node, names) for node in best.starves[:_NAMED])
    rest = f" and {others - _NAMED} more" if others > _NAMED else ""
    return f"{where}: {named}{rest} would get nothing from it any more."


def _check(nature: LoopNature) -> str:
    match nature:
        case LoopNature.RETRY:
            return "These are retries: check that something is done about what fails, and that they end."
        case LoopNature.REPLAY:
            return "Only records that people sent again came round."
        case _:
            return "Check that it is meant to come back."


def _kind(nature: LoopNature) -> str:
    match nature:
        case LoopNature.RETRY:
            return "These are retries. "
        case LoopNature.SAGA:
            return "They are the steps of one process. "
        case _:
            return ""


def _doubt(loop: FeedbackLoop) -> str:
    if loop.grade is not LinkGrade.FLOW:
        return ""
    return (
        " That rests on ids they share alone: where such an id names a thing of the business, such as an "
        "order, later records of the same thing look like a lap."
    )


def _possible(nature: LoopNature) -> str:
    match nature:
        case LoopNature.REPLAY:
            return "only records that people sent again came round. It counts when replays are counted."
        case LoopNature.REDELIVERY:
            return "the same events came again, and nothing shows that they were caused by coming round."
        case LoopNature.REQUEST_REPLY:
            return "requests are answered, and no answer was seen to cause a request."
        case _:
            return "a record could come round; none was seen to."
