from __future__ import annotations

import random
import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.identity import (
    Action,
    ApplicationId,
    ChannelId,
    ChannelKind,
    NodeId,
    OperationId,
    RouteId,
    RouteKind,
    ServerId,
)
from graph.model import (
    Alias,
    Application,
    ApplicationKind,
    CausalPath,
    Channel,
    DependencyGraph,
    Operation,
    Route,
)
from inspector.causes.causality import Causality
from inspector.causes.chains import MOST, chains
from inspector.causes.figures import in_ms
from inspector.causes.links import Sample, Window
from inspector.causes.ways import STEPS, Between, find_causes
from inspector.loops.watch import LoopWatch
from inspector.observation import RecordsSeen
from inspector.record import Position, Record
from inspector.traits import Traits

MS = 1_000_000
BEGAN = 1_795_443_128_412 * MS
FAR_OFF_MS = 10**12
SERVER = ServerId("kafka", "h:1")


def channel(name: str) -> ChannelId:
    return ChannelId(SERVER, ChannelKind.TOPIC, name)


A, B, C, D = map(channel, "abcd")
ONE, TWO, THREE = map(ApplicationId, ("one", "two", "three"))
NAMES = {Alias("source", each.key): each for each in (ONE, TWO, THREE)}


class Sent(NamedTuple):
    """A record, whose number is its place in a list; each lies on a partition of its own."""

    channel: ChannelId
    at_ms: int
    cause: int | None = None
    sender: ApplicationId | None = None


def fold(causality: Causality | LoopWatch, records: Sequence[Sent], first: int = 0) -> None:
    for number, (place, at_ms, cause, sender) in enumerate(records, first):
        record = Record(place, Position(number, 0), BEGAN + at_ms * MS, None, b"")
        said = Traits(
            event_id=f"e{number}",
            parent_id=None if cause is None else f"e{cause}",
            sender=None if sender is None else Alias("source", sender.key),
        )
        causality.fold(RecordsSeen(place, (record,)), [said])


def remembered(records: Sequence[Sent]) -> Window:
    causality = Causality()
    fold(causality, records)
    now_ms = max((record.at_ms for record in records if record.at_ms < FAR_OFF_MS), default=0)
    return causality.settle(BEGAN + now_ms * MS, [])


def system(
    *steps: tuple[ChannelId, ApplicationId, ChannelId], route: RouteId | None = None
) -> DependencyGraph:
    """The graph in which applications receive and send so."""
    keys = {OperationId(by, Action.RECEIVE, cause) for cause, by, _ in steps}
    keys |= {OperationId(by, Action.SEND, effect) for _, by, effect in steps}
    routes = {} if route is None else {route: Route(route, 1.0, ())}
    return DependencyGraph(operations={key: Operation(key, 1.0, ()) for key in keys}, routes=routes)


def between_of(graph: DependencyGraph) -> Between:
    def between(cause: ChannelId, effect: ChannelId) -> set[ApplicationId]:
        return {
            by
            for by in (ONE, TWO, THREE)
            if OperationId(by, Action.RECEIVE, cause) in graph.operations
            and OperationId(by, Action.SEND, effect) in graph.operations
        }

    return between


def found(records: Sequence[Sent], graph: DependencyGraph) -> tuple[CausalPath, ...]:
    return found_in(remembered(records), graph)


def found_in(window: Window, graph: DependencyGraph) -> tuple[CausalPath, ...]:
    return chains(find_causes(window, NAMES, between_of(graph), graph), window, graph)


LINE = system((A, ONE, B), (B, TWO, C), (C, THREE, D))


def test_a_way_has_its_steps_and_times() -> None:
    records = [Sent(A, 0), Sent(B, 30, 0, ONE), Sent(C, 130, 1, TWO), Sent(D, 150, 2)]
    assert found(records, LINE) == (
        CausalPath((A, ONE, B, TWO, C, THREE, D), (30.0, 100.0, 20.0), 150.0, None, 1),
    )


def test_each_way_of_a_record_that_causes_several_is_one() -> None:
    graph = system((A, ONE, B), (A, TWO, C))
    records = [Sent(A, 0), Sent(B, 10, 0, ONE), Sent(C, 500, 0, TWO), Sent(C, 700, 0, TWO)]
    assert [(path.hops, path.latency_ms, path.records) for path in found(records, graph)] == [
        ((A, TWO, C), 700.0, 2),
        ((A, ONE, B), 10.0, 1),
    ]


def test_a_loop_counts_once_wherever_its_memory_begins() -> None:
    graph = system((A, ONE, B), (B, TWO, A))
    round_and_round = [Sent((A, B)[at % 2], 10 * at, at - 1 if at else None) for at in range(9)]
    later = [Sent(B, 200), Sent(A, 210, 9), Sent(B, 220, 10)]
    (path,) = found(round_and_round, graph)
    assert path == CausalPath((A, ONE, B, TWO, A), (10.0, 10.0), 20.0, None, 1)
    assert len(found([*round_and_round, *later], graph)) == 1


def test_what_is_part_of_another_way_is_not_told_besides() -> None:
    whole = [Sent(A, 0), Sent(B, 30, 0), Sent(C, 130, 1), Sent(D, 150, 2)]
    stopped = [Sent(A, 0), Sent(B, 9, 4)]
    forgotten = [Sent(B, 0), Sent(C, 9, 6), Sent(D, 20, 7)]
    (path,) = found([*whole, *stopped, *forgotten], LINE)
    assert path.records == 1


def test_a_step_that_several_can_have_made_divides_the_way() -> None:
    graph = system((A, ONE, B), (B, TWO, C), (B, THREE, C))
    records = [Sent(A, 0), Sent(B, 30, 0), Sent(C, 130, 1)]
    assert [path.hops for path in found(records, graph)] == [(A, ONE, B)]
    told = [*records[:2], Sent(C, 130, 1, TWO)]
    assert [path.hops for path in found(told, graph)] == [(A, ONE, B, TWO, C)]


def test_a_sender_that_does_not_receive_the_cause_is_no_step() -> None:
    assert found([Sent(A, 0), Sent(B, 30, 0, THREE)], LINE) == ()


def test_a_route_is_a_step_without_an_application_and_all_waiting() -> None:
    graph = system((A, ONE, B), route=RouteId(B, C, RouteKind.DEAD_LETTER))
    records = [Sent(B, 0), Sent(C, 40, 0)]
    assert found(records, graph) == (CausalPath((B, C), (40.0,), 40.0, 1.0, 1),)


def test_nothing_remembered_is_no_way() -> None:
    assert found([], LINE) == ()
    assert found([Sent(A, 0), Sent(B, 1)], LINE) == ()


def test_a_record_that_names_itself_is_no_way() -> None:
    assert found([Sent(A, 0, 0)], system((A, ONE, A))) == ()


def test_clocks_that_disagree_make_no_time_negative() -> None:
    (path,) = found([Sent(A, 50), Sent(B, 20, 0)], LINE)
    assert (path.latencies_ms, path.latency_ms) == ((0.0,), 0.0)


def test_their_number_and_their_length_are_bounded() -> None:
    line = [channel(f"c{at:03}") for at in range(STEPS + 30)]
    graph = system(*((one, ONE, other) for one, other in pairwise(line)))
    records = [Sent(each, at, at - 1 if at else None) for at, each in enumerate(line)]
    (path,) = found(records, graph)
    assert len(path.latencies_ms) == STEPS
    fan = [(A, ONE, each) for each in line]
    pairs = [Sent(A, 0), *(Sent(each, 1 + at, 0) for at, each in enumerate(line))]
    told = found(pairs, system(*fan))
    assert [path.latency_ms for path in told] == sorted((path.latency_ms for path in told), reverse=True)
    assert len(told) == MOST


def test_noise_is_no_news() -> None:
    def seen(noise: int) -> tuple[CausalPath, ...]:
        rows = range(410 + noise)
        records = [Sent(A, 1000 * at) for at in rows]
        records += [Sent(B, 1000 * at + 100 + (at + noise) % 3, at) for at in rows]
        return found(records, LINE)

    assert seen(0) == seen(1) == seen(2)


def test_a_watch_tells_them_with_the_loops() -> None:
    watch, records = LoopWatch(), [Sent(A, 0), Sent(B, 30, 0, ONE), Sent(C, 130, 1, TWO)]
    fold(watch, records)
    programs = {by: Application(by, by.key, ApplicationKind.SERVICE, (alias,)) for alias, by in NAMES.items()}
    graph = watch.measure(replace(LINE, applications=programs), BEGAN + 200 * MS)
    assert [path.hops for path in graph.chains] == [(A, ONE, B, TWO, C)]


# Against brute force

times = st.integers(0, 999)
senders = st.sampled_from([None, ONE, TWO])
shapes = st.lists(st.tuples(st.sampled_from([A, B, C, D]), times, st.integers(-8, 60), senders), max_size=40)
GRAPHS = [
    LINE,
    system((A, ONE, B), (B, TWO, A), (B, ONE, C), (C, TWO, D), (D, TWO, B)),
    system((A, ONE, B), (B, ONE, B), (C, TWO, A), route=RouteId(B, C, RouteKind.MIRROR)),
    system((A, ONE, B), (A, TWO, C), (B, TWO, C), (C, ONE, D), (D, ONE, A), (D, TWO, A)),
]


def brute_force(records: Sequence[Sent], graph: DependencyGraph) -> dict[tuple[NodeId, ...], list[int]]:
    """Ways with the times that their records took; those that are part of others are left out."""

    def step(cause: Sent, effect: Sent) -> list[NodeId] | None:
        able = [
            by
            for by in (ONE, TWO, THREE)
            if OperationId(by, Action.RECEIVE, cause.channel) in graph.operations
            and OperationId(by, Action.SEND, effect.channel) in graph.operations
            and effect.sender in (None, by)
        ]
        passed_on = any((r.source, r.target) == (cause.channel, effect.channel) for r in graph.routes)
        if len(able) == 1:
            return [able[0], effect.channel]
        return [effect.channel] if passed_on and not able else None

    effects: dict[int, list[tuple[int, list[NodeId]]]] = defaultdict(list)
    caused = set()
    for at, record in enumerate(records):
        if record.cause is not None and record.cause != at and (made := step(records[record.cause], record)):
            effects[record.cause].append((at, made))
            caused.add(at)
    ways: dict[tuple[NodeId, ...], list[int]] = defaultdict(list)

    def walk(at: int, start: int, hops: tuple[NodeId, ...]) -> None:
        if not effects[at]:
            ways[hops].append(records[at].at_ms - records[start].at_ms)
        for effect, made in effects[at]:
            if made[-1] in hops:
                ways[(*hops, *made)].append(records[effect].at_ms - records[start].at_ms)
            else:
                walk(effect, start, (*hops, *made))

    for at in [at for at in effects if effects[at] and at not in caused]:
        walk(at, at, (records[at].channel,))
    return ways


def unrolled(hops: tuple[NodeId, ...]) -> tuple[NodeId, ...]:
    """The way with its loop, if it ends in one, gone round once more."""
    return (*hops, *hops[hops.index(hops[-1]) + 1 :])


def part_of(hops: tuple[NodeId, ...], other: tuple[NodeId, ...]) -> bool:
    return any(other[at : at + len(hops)] == hops for at in range(len(other)))


@settings(max_examples=150, deadline=None)
@given(shapes, st.sampled_from(GRAPHS))
def test_ways_are_those_of_a_search_record_by_record(
    shape: list[tuple[ChannelId, int, int, ApplicationId | None]], graph: DependencyGraph
) -> None:
    records = [
        Sent(place, at_ms, cause % len(shape) if cause >= 0 else None, sender)
        for place, at_ms, cause, sender in shape
    ]
    expected = brute_force(records, graph)
    told = found(records, graph)
    for path in told:
        took = sorted(expected[path.hops])
        assert path.latency_ms == in_ms(took[len(took) // 2] * MS)
        assert path.records == len(took)
        assert len(path.latencies_ms) == sum(isinstance(hop, ChannelId) for hop in path.hops) - 1
    hops = [path.hops for path in told]
    assert len(set(hops)) == len(hops)
    for way in expected:
        assert any(part_of(way, unrolled(other)) for other in hops)
    for way in hops:
        assert not any(part_of(way, unrolled(other)) for other in hops if other != way)


# Where the time went


def queue(gaps_ms: list[int], work_ms: int) -> list[Sent]:
    """Records on `a`, of which one application makes those on `b` one after the other."""
    records, now, free = [], 0, 0
    for number, gap in enumerate(gaps_ms):
        now += gap
        free = max(now, free) + work_ms
        records += [Sent(A, now), Sent(B, free, 2 * number, ONE)]
    return records


def share(records: Sequence[Sent], **lag: object) -> float | None:
    key = OperationId(ONE, Action.RECEIVE, A)
    graph = system((A, ONE, B))
    graph.operations[key] = Operation(key, 1.0, (), lag=lag.get("lag"))  # type: ignore[arg-type]
    graph.channels[A] = Channel(A, rate_per_s=lag.get("rate"))  # type: ignore[arg-type]
    graph.applications[ONE] = Application(ONE, "one", ApplicationKind.SERVICE, instances=2)
    (path,) = found(records, graph)
    return path.between_share


def test_who_finds_it_idle_does_not_wait() -> None:
    assert share(queue([100] * 50, 60)) == 0.0


def test_bursts_wait_for_each_other() -> None:
    assert share(queue(([1000] + [0] * 8) * 20, 50)) == pytest.approx(0.8)


@pytest.mark.parametrize(("servers", "load"), [(1, 0.5), (1, 0.8), (3, 0.9)])
def test_the_share_is_that_of_a_queue_whose_waits_are_known(servers: int, load: float) -> None:
    rng = random.Random(servers)
    now, free, records, work, took = 0.0, [0.0] * servers, [], [], []
    for number in range(2000):
        now += rng.expovariate(load * servers / 100)
        work.append(50 + rng.expovariate(1 / 50))
        first = min(range(servers), key=free.__getitem__)
        free[first] = max(now, free[first]) + work[-1]
        took.append(free[first] - now)
        records += [Sent(A, int(now)), Sent(B, int(free[first]), 2 * number, ONE)]
    true = 1 - statistics.median(work[-200:]) / statistics.median(took[-200:])
    assert share(records) == pytest.approx(true, abs=0.1)


@pytest.mark.parametrize("wrong_ms", [-BEGAN // MS, FAR_OFF_MS])
def test_a_clock_that_is_far_off_spoils_nothing(wrong_ms: int) -> None:
    records = queue(([1000] + [0] * 8) * 20, 50)
    at = len(records)
    assert share([*records, Sent(A, wrong_ms), Sent(B, wrong_ms + 50, at, ONE)]) == pytest.approx(0.8)


def test_many_at_once_are_no_waiting() -> None:
    records = [Sent(A, at) for at in range(0, 2000, 10)]
    records += [Sent(A, at) for at in range(3000, 9000, 300)]
    records += [Sent(B, record.at_ms + 200, at) for at, record in enumerate(records)]
    assert share(records) == 0.0


def test_a_backlog_is_told_by_its_lag() -> None:
    behind = [Sent(A, at * 10) for at in range(300)]
    behind += [Sent(B, at * 10 + 5000, at) for at in range(300)]
    assert share(behind) is None
    assert share(behind, lag=400, rate=100.0) == pytest.approx(0.8)
    assert share(behind, lag=19, rate=100.0) is None  # what two instances have in hand
    assert share(behind, lag=5000, rate=100.0) is None  # records that are done and not committed
    assert share(behind, lag=400, rate=None) is None


def test_one_that_is_answered_twice_keeps_it_busy_until_the_second() -> None:
    records: list[Sent] = []
    for begin in range(0, 40_000, 1000):
        at = len(records)
        records += [Sent(A, begin), Sent(A, begin + 50), Sent(A, begin + 500)]
        records += [Sent(B, begin + 20, at), Sent(B, begin + 100, at)]
        records += [Sent(B, begin + 150, at + 1), Sent(B, begin + 550, at + 2)]
    # The times are 20, 100, 100 and 50 ms; all but the third found it idle.
    assert share(records) == 0.5


def test_of_a_sample_no_share_is_told_and_records_count_for_what_they_stand_for() -> None:
    window, graph = remembered(queue([100] * 50, 60)), system((A, ONE, B))
    window.sample = Sample(one_in=8)
    (path,) = found_in(window, graph)
    assert (path.between_share, path.records) == (None, 400)


def test_where_records_were_skipped_no_share_is_told() -> None:
    causality, records, graph = Causality(), queue([100] * 50, 60), system((A, ONE, B))
    fold(causality, records[:40])
    causality.fold(RecordsSeen(A, (), skipped=3), [])
    fold(causality, records[40:], 40)
    (path,) = found_in(causality.settle(BEGAN + records[-1].at_ms * MS, []), graph)
    assert path.between_share is None
