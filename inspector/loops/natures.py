"""What kind of coming round it is: feedback, or something that only looks like it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import numpy as np

from graph.branching.lineage import Flags
from graph.identity import ApplicationId, ChannelId, RouteId, RouteKind
from graph.loops.counting import RequestReply
from graph.loops.cycles import LoopPath
from graph.model import LoopNature
from inspector.causes.links import BODY, CHANNEL, EVENT, FLOW, KIND, NONE, REPLY, Window
from inspector.loops.rounds import Round

NEARLY_ALL = 0.9
ANSWERS_NEEDED = 3
"""Requests with an answer that make a pair of channels one of request and reply."""
GONE_ON = 0.1
"""It is more than request and reply where a larger share of requests was caused by replies, or a larger share
of those caused others of that kind in their turn."""
_FORWARDING = frozenset((RouteKind.DEAD_LETTER, RouteKind.MIRROR, RouteKind.BRIDGE, RouteKind.REPLICATION))
# Spring's `-retry` and `-dlt`, `.DLQ`, MassTransit's `_error`, Pulsar's `-RETRY`, delay queues.
_RETRYING = re.compile(
    r"(?:^|[-._])(?:retry|retries|redelivery|delay(?:ed)?|dlq|dlt|dlx|dead|errors?|poison"
    r"|dead[-._]?letters?)(?:$|[-._\d])",
    re.IGNORECASE,
)


def retries(path: LoopPath) -> bool:
    """Whether a path leads through a channel, or a route, where things go to be tried again."""
    return any(isinstance(hop, ChannelId) and _RETRYING.search(hop.name) for hop in path.hops) or any(
        isinstance(edge, RouteId) and edge.kind is RouteKind.DEAD_LETTER for edge in path.edges
    )


def forwards(path: LoopPath) -> bool:
    """Whether the same event may come back along a path with nobody sending it anew."""
    return retries(path) or any(isinstance(edge, RouteId) and edge.kind in _FORWARDING for edge in path.edges)


def pair_of(path: LoopPath, pairs: Iterable[RequestReply]) -> RequestReply | None:
    """The request and reply that a path of two channels and two applications is."""
    channels = [hop for hop in path.hops if isinstance(hop, ChannelId)]
    applications = [hop for hop in path.hops if isinstance(hop, ApplicationId)]
    if len(channels) != 2 or len(applications) != 2:
        return None
    return next((pair for pair in pairs if set(pair) == set(channels)), None)


def nature(path: LoopPath, found: Round, window: Window, *, bounded: bool) -> LoopNature:
    """What the records that came round are to those that they came from."""
    before, after = found.before, found.came
    unchanged = _nearly_all(window.same(EVENT, before, after) | window.same(BODY, before, after))
    counted = _nearly_all(window.tried_again(before, after))
    if retries(path) + unchanged + counted >= 2:
        return LoopNature.RETRY
    if bounded and _distinct(found, window):
        return LoopNature.SAGA
    return LoopNature.FEEDBACK


def _nearly_all(which: Flags) -> bool:
    return bool(len(which)) and float(which.mean()) >= NEARLY_ALL


def _distinct(found: Round, window: Window) -> bool:
    """Whether the records of one chain are all of different types, as the steps of a process are."""
    kind = window.table[found.entry, KIND]
    inside = np.isin(found.lineage.root, found.lineage.chains) & (kind != NONE)
    if not inside.any():
        return False
    steps = np.stack((found.lineage.root[inside], kind[inside]))
    _, counts = np.unique(steps, axis=1, return_counts=True)
    return bool((counts == 1).mean() >= NEARLY_ALL)


def requests_and_replies(window: Window, known: Iterable[RequestReply]) -> frozenset[RequestReply]:
    """The pairs of channels on which records ask and others answer, those that are known included.

    A request names the channel where its sender waits for the answer; the answer names the request as its
    cause, or has its correlation id. Where answers are proven to cause requests it is more than that.
    """
    return frozenset(pair for pair in {*known, *_answered(window)} if not _goes_on(window, pair))


def _answered(window: Window) -> Iterator[RequestReply]:
    table = window.table
    asked = np.flatnonzero(table[:, REPLY] != NONE)
    if not len(asked):
        return
    by_name = {(one.server, hash(one.name)): one for one in window.channels}
    for number, name in set(zip(table[asked, CHANNEL].tolist(), table[asked, REPLY].tolist(), strict=True)):
        request = window.channels[number]
        reply = by_name.get((request.server, name))
        if reply is None or reply == request:
            continue
        cause = window.links(request, reply).parent
        if len(np.unique(cause[table[cause, REPLY] == name])) >= ANSWERS_NEEDED:
            yield RequestReply(request, reply)


def _goes_on(window: Window, pair: RequestReply) -> bool:
    """Whether replies cause requests: many of all, or few that in their turn do it again."""
    back = window.links(pair.reply, pair.request)
    back = back.only(back.grade < FLOW)
    if len(back.child) > GONE_ON * len(window.rows(pair.request)):
        return True
    there = window.links(pair.request, pair.reply)
    replies = there.child[np.isin(there.parent, back.child)]
    again = int(np.isin(back.parent, replies).sum())
    return again >= ANSWERS_NEEDED and again > GONE_ON * len(back.child)
