"""What is said of feedback loops: kind, proof, order of danger, the way round, and what a cut costs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo

from graph.branching.growth import reaches
from graph.identity import Action, ApplicationId, EdgeId, OperationId
from graph.model import (
    Cut,
    DependencyGraph,
    FeedbackLoop,
    LinkGrade,
    LoopNature,
    LoopStatus,
    TrailStep,
)
from gui import figures
from gui.canvas.scene import wording
from inspector.trails.ground import WORDS, Ground

PILLS = {LoopStatus.RUNAWAY: ("Runaway", "run"), LoopStatus.ACTIVE: ("Active", "act")}
LISTED = (
    LoopStatus.RUNAWAY,
    LoopStatus.ACTIVE,
    LoopStatus.BOUNDED,
    LoopStatus.POSSIBLE,
    LoopStatus.ACKNOWLEDGED,
)
"""The order of lists: what somebody has dealt with comes last."""
NAMED = 3
"""Nodes that a sentence names."""
MULTIPLIES = 1.05
"""From so many records for each one on, a hop is said to multiply them."""

PAUSED = "Nothing comes round just now: something stopped it. While it turned, each lap brought more records."
"""What is said of a loop that runs away and stands still."""
UNSURE = "Every lap may bring as many records as the one before: the interval of the gain includes 1."
"""What is said of a loop that may run away."""
MEANING = {
    LoopStatus.POSSIBLE: "The path is closed, and no record has been seen to come round.",
    LoopStatus.ACTIVE: "Records come round and become fewer with every lap.",
    LoopStatus.RUNAWAY: "Each lap brings at least as many records as the last. It does not end by itself.",
    LoopStatus.BOUNDED: "Records come round and stop by themselves at a fixed number of laps, as retries do.",
    LoopStatus.ACKNOWLEDGED: "Somebody has looked at it and written down why it is right.",
}


@dataclass(frozen=True)
class Kind:
    """How a kind of loop is called."""

    title: str
    short: str
    meaning: str = ""


KINDS = {
    LoopNature.FEEDBACK: Kind("Feedback loop", "Feedback"),
    LoopNature.RETRY: Kind(
        "Retry loop",
        "Retry",
        "Records take the way of a retry or dead-letter channel and come back unchanged.",
    ),
    LoopNature.REDELIVERY: Kind(
        "Redelivery", "Redelivery", "The same event is delivered again; it does not cause new ones."
    ),
    LoopNature.REQUEST_REPLY: Kind(
        "Request and reply", "Request-reply", "Each record is answered, and its answer causes nothing more."
    ),
    LoopNature.SAGA: Kind(
        "Bounded saga", "Saga", "Steps of one business process that ends by itself after some laps."
    ),
    LoopNature.REPLAY: Kind(
        "Loop of replays", "Replay", "Records that people sent again keep it going; nothing else does."
    ),
}
GRADES = {
    LinkGrade.POINTER: "each record names the event that caused it",
    LinkGrade.POSITION: "each record names the position that it was copied from",
    LinkGrade.COUNTER: "a broker or framework counts the steps of its flow",
    LinkGrade.TRANSACTION: "each was written in the transaction that committed the other as read",
    LinkGrade.FLOW: "they share a trace, conversation or correlation, which is strong and no proof",
}
LINKED = {grade: WORDS[Ground(grade.value)] for grade in LinkGrade}
"""The same for one step of a trail, in few words."""


def danger(loop: FeedbackLoop) -> tuple[object, ...]:
    """Sorts loops: runaway ones first, then broken limits; what is dealt with last."""
    gain = loop.gain_high if loop.gain_high is not None else loop.gain or 0.0
    calm = loop.status is not LoopStatus.RUNAWAY
    return calm, not loop.broken_limit, LISTED.index(loop.status), -gain, loop.id


def by_danger(loops: Iterable[FeedbackLoop]) -> list[FeedbackLoop]:
    """The worst first."""
    return sorted(loops, key=danger)


def pill(loop: FeedbackLoop) -> tuple[str, str]:
    """The words and the ground of a loop's status."""
    if loop.paused and loop.status is LoopStatus.RUNAWAY:
        return "Ran away, paused", "paused"
    if loop.broken_limit:
        words, ground = PILLS.get(loop.status, (loop.status.value.capitalize(), "act"))
        return f"{words}, limit broken", ground
    return PILLS.get(loop.status, (loop.status.value.capitalize(), "plain"))


def way_round(loop: FeedbackLoop) -> list[int]:
    """The hops in the order in which they are told and numbered: from the first application on."""
    begin = next((at for at, hop in enumerate(loop.hops) if isinstance(hop, ApplicationId)), 0)
    return [*range(begin, len(loop.hops)), *range(begin)]


def hop_gain(loop: FeedbackLoop, at: int) -> float | None:
    """How many records each one becomes on an edge, by its place in the loop."""
    return loop.hop_gains[at] if at < len(loop.hop_gains) else None


def forecast(loop: FeedbackLoop, zone: tzinfo, now_ns: int) -> str:
    """When its traffic is ten times what it is, such as `1,000/s at about 14:32`; empty where it is not."""
    ahead = reaches(loop.rate_per_s, loop.doubling_time_s, now_ns)
    return (
        ""
        if ahead is None
        else f"{ahead.rate_per_s:,.0f}/s at about {figures.moment(ahead.at_ns, zone):%H:%M}"
    )


def growth(loop: FeedbackLoop, zone: tzinfo, now_ns: int) -> str:
    """How fast it grows, or what somebody wrote down about it, in few words."""
    noted = loop.acknowledged
    if noted is not None and loop.status is LoopStatus.ACKNOWLEDGED:
        return (
            noted.reason if noted.gain_below is None else f"fine below {noted.gain_below:.2f}: {noted.reason}"
        )
    if loop.status is LoopStatus.POSSIBLE:
        return "nothing came round"
    if loop.doubling_time_s is not None:
        doubles = f"doubles in {wording.duration(loop.doubling_time_s * 1e3)}"
        words = ", ".join(part for part in (doubles, forecast(loop, zone, now_ns)) if part)
    elif loop.gain is None:
        words = "not measured"
    else:
        words = "dies out" if loop.gain < 1.0 else "neither grows nor ends"
    if loop.broken_limit and noted is not None and noted.gain_below is not None:
        return f"not below {noted.gain_below:.2f}, {words}"
    return words


def laps(loop: FeedbackLoop) -> str:
    """How often records came round."""
    if loop.laps_median is None:
        return "none"
    if loop.laps_max is None or loop.laps_max == loop.laps_median:
        return f"{loop.laps_median:,}"
    return f"{loop.laps_median:,} to {loop.laps_max:,}"


def limit(loop: FeedbackLoop) -> str:
    """What was written down about it, in one sentence; empty where nothing was."""
    noted = loop.acknowledged
    if noted is None:
        return ""
    below = "" if noted.gain_below is None else f" Fine while the gain is below {noted.gain_below:.2f}."
    return f"{noted.reason.rstrip('.')}.{below}"


def undone(graph: DependencyGraph, edge: EdgeId) -> str:
    """What taking an edge away means, such as `pricing-engine stops reading promo.updates`."""
    if not isinstance(edge, OperationId):
        return f"{edge.source.name} is passed on to {edge.target.name} no more"
    verb = "stops sending to" if edge.action is Action.SEND else "stops reading"
    return f"{wording.node_name(graph, edge.application)} {verb} {edge.channel.name}"


def costs(graph: DependencyGraph, loop: FeedbackLoop) -> list[str]:
    """What each cut of a loop opens and breaks, in one or two sentences."""
    return [_cost(graph, cut) for cut in loop.cuts]


def _cost(graph: DependencyGraph, cut: Cut) -> str:
    opens = "Opens this loop" if cut.opens <= 1 else f"Opens this loop and {cut.opens - 1:,} more"
    if not cut.starves:
        return f"{opens}; nobody else depends on it."
    names = [wording.node_name(graph, node) for node in cut.starves[:NAMED]]
    more = len(cut.starves) - len(names) + cut.more
    ends = [*names, f"{more:,} more"] if more else names
    who = ends[0] if len(ends) == 1 else f"{', '.join(ends[:-1])} and {ends[-1]}"
    return f"{opens}. {who} would get none of its records any more."


def trail_edges(loop: FeedbackLoop, begin: TrailStep, end: TrailStep) -> tuple[EdgeId, ...]:
    """The edges from one step of a loop's trail to the next; none where they are not on the loop."""
    if begin.channel not in loop.hops or end.channel not in loop.hops:
        return ()
    at, stop = loop.hops.index(begin.channel), loop.hops.index(end.channel)
    count = (stop - at) % len(loop.hops) or len(loop.hops)
    return tuple(loop.edges[(at + step) % len(loop.edges)] for step in range(count))


def meaning(loop: FeedbackLoop, *, still: bool = False) -> str:
    """What its status means; `still` is whether its course shows that nothing comes round."""
    proven = loop.proven or loop.status
    if proven is LoopStatus.RUNAWAY and (loop.paused or still):
        return PAUSED
    if proven is LoopStatus.RUNAWAY and loop.gain_low is not None and loop.gain_low < 1.0:
        return UNSURE
    return MEANING[proven]
