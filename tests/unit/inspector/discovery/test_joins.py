"""Simulated traffic whose causes are known: what follows by chance is never a finding."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.discovery.joins import MOST_NEIGHBOURS, Finding, Joins, Stream

SERVER = ServerId("kafka", "broker:9092")
A, B, C = (ChannelId(SERVER, ChannelKind.TOPIC, name) for name in ("orders", "payments", "stock"))
STREAM = Stream(B, -1)
MS = 1_000_000
Event = tuple[float, ChannelId, int]
"""Seconds, channel, token."""


def told(events: Iterable[Event], joins: Joins | None = None) -> list[Finding]:
    joins = joins or Joins()
    for seconds, channel, token in sorted(events):
        joins.see(int(seconds * 1_000) * MS, channel, (token,), STREAM if channel == B else None)
    joins.see(2**60, C, (), None)
    return list(joins.findings())


def poisson(rng: random.Random, rate: float, seconds: float) -> list[float]:
    at, times = 0.0, []
    while (at := at + rng.expovariate(rate)) < seconds:
        times.append(at)
    return times


def unique(rng: random.Random) -> int:
    return rng.getrandbits(62)


def test_records_that_follow_by_their_key_are_found_with_their_lag() -> None:
    rng = random.Random(1)
    events: list[Event] = []
    for at in poisson(rng, 10, 60):
        key = unique(rng)
        events.append((at, A, key))
        events.append((at + rng.uniform(0.03, 0.05), B, key))
    (found,) = told(events)
    assert (found.cause, found.stream) == (A, STREAM)
    assert found.records == len(events) // 2
    assert found.joins >= 0.98 * found.records
    assert found.by_chance <= 0.02 * found.records
    assert 25 <= found.lag_ms <= 60


def test_few_keys_that_come_again_and_again_are_found_too() -> None:
    rng = random.Random(2)
    events: list[Event] = []
    for at in poisson(rng, 10, 120):
        key = rng.randrange(100)
        events.append((at, A, key))
        events.append((at + rng.uniform(0.03, 0.05), B, key))
    (found,) = told(events)
    assert found.joins >= 0.9 * found.records


def test_half_of_the_records_may_have_another_cause() -> None:
    rng = random.Random(3)
    events: list[Event] = []
    for at in poisson(rng, 20, 60):
        key = unique(rng)
        cause = rng.choice([A, A, A, C])
        events.append((at, cause, key))
        events.append((at + rng.uniform(0.03, 0.05), B, key))
    assert {found.cause for found in told(events)} == {A}


def test_what_comes_before_has_no_cause_after_it() -> None:
    rng = random.Random(4)
    events: list[Event] = []
    for at in poisson(rng, 10, 60):
        key = unique(rng)
        events.append((at, B, key))
        events.append((at + 0.04, A, key))
    assert told(events) == []


def test_few_records_prove_nothing() -> None:
    rng = random.Random(5)
    events: list[Event] = []
    for number in range(30):
        key = unique(rng)
        events += [(number, A, key), (number + 0.04, B, key)]
    assert told(events) == []


def _keys(rng: random.Random, count: int) -> Callable[[], int]:
    """Keys of some popularity: all alike, or a few far more often than the rest."""
    weights = [1 / (rank + 1) ** rng.choice([0, 1, 2]) for rank in range(count)]
    return lambda: rng.choices(range(count), weights)[0]


def _independent(rng: random.Random) -> list[Event]:
    seconds, key = rng.choice([60, 180]), _keys(rng, rng.choice([1, 5, 50, 1_000]))
    return [
        (at, channel, key())
        for channel in (A, B, C)
        for at in poisson(rng, rng.choice([0.5, 5, 30]), seconds)
    ]


def _devices(rng: random.Random) -> list[Event]:
    """Devices that tell two things at regular times of their own."""
    events: list[Event] = []
    period = rng.choice([0.5, 1.0, 3.0])
    for device in range(rng.choice([1, 30, 60])):
        for channel in (A, B):
            start, jitter = rng.uniform(0, period), rng.choice([0, 0.01])
            events += [
                (start + turn * period + rng.uniform(0, jitter), channel, device)
                for turn in range(int(90 / period))
            ]
    return events


def _clocks(rng: random.Random) -> list[Event]:
    """Two jobs, each at its own second of every so many, for the same things."""
    period = rng.choice([5, 20, 60])
    starts = {A: rng.uniform(0, 3), B: rng.uniform(0, 3)}
    things = rng.choice([1, 25])
    return [
        (start + turn * period + thing * 0.002 + rng.uniform(0, 0.01), channel, thing)
        for channel, start in starts.items()
        for turn in range(60)
        for thing in range(things)
    ]


def _uneven(rng: random.Random, seconds: float, shortest: float) -> list[float]:
    """Moments of something that is neither a clock nor memoryless: gaps of one to six times the shortest."""
    at, moments = rng.uniform(0, shortest), []
    while at < seconds:
        moments.append(at)
        at += shortest * 6 ** rng.random()
    return moments


def _meters(rng: random.Random) -> list[Event]:
    """Meters that tell of themselves every now and then, and are asked for something else at any time."""
    events: list[Event] = []
    for meter in range(30):
        events += [(at, A, meter) for at in _uneven(rng, 60, 0.2)]
        events += [(at, B, meter) for at in poisson(rng, 0.5, 60)]
    return events


def _looks(rng: random.Random) -> list[Event]:
    """Things that change seldom and are looked at all the time."""
    events: list[Event] = []
    for thing in range(25):
        events += [(at, A, thing) for at in _uneven(rng, 60, 1.0)]
        events += [(at, B, thing) for at in poisson(rng, 2, 60)]
    return events


def _visits(rng: random.Random) -> list[Event]:
    """People who are there once, for seconds, and cause many events of both kinds in any order."""
    events: list[Event] = []
    for start in poisson(rng, 1, 120):
        person, seconds = unique(rng), rng.uniform(3, 9)
        for channel in (A, B):
            events += [(start + at, channel, person) for at in _uneven(rng, seconds, 0.2)]
    return events


def _sessions(rng: random.Random) -> list[Event]:
    """People who are there for some seconds and cause events of both kinds in any order."""
    events: list[Event] = []
    for start in poisson(rng, 0.7, 150):
        person = unique(rng)
        length = rng.uniform(2, 20)
        for channel, rate in ((A, rng.choice([0.3, 2])), (B, rng.choice([0.3, 2]))):
            events += [(start + at, channel, person) for at in poisson(rng, rate, length)]
    return events


def _bursts(rng: random.Random) -> list[Event]:
    """Both channels are busy in the same minutes, each with keys of its own popularity."""
    events: list[Event] = []
    for channel in (A, B):
        key = _keys(rng, 200)
        for start in range(0, 180, 30):
            events += [(start + at, channel, key()) for at in poisson(rng, rng.choice([2, 20]), 6)]
    return events


@pytest.mark.parametrize(
    "world", [_independent, _devices, _clocks, _meters, _looks, _visits, _sessions, _bursts]
)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 1 << 30))
def test_independent_traffic_is_never_a_finding(
    world: Callable[[random.Random], list[Event]], seed: int
) -> None:
    events = world(random.Random(seed))
    assert told(events) == []
    # Chance is told by comparison, not only because few of the records join.
    assert told(events, Joins(share=0.2)) == []
    # The same without keys: only when each record came.
    assert told([(at, channel, 0) for at, channel, _ in events], Joins(share=0.8, fewest_tokens=1)) == []


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1 << 30), lag_ms=st.integers(5, 1_500), rate=st.sampled_from([2.0, 20.0]))
def test_a_cause_is_found_among_other_traffic(seed: int, lag_ms: int, rate: float) -> None:
    rng = random.Random(seed)
    events = [(at, C, rng.randrange(50)) for at in poisson(rng, 10, 100)]
    for at in poisson(rng, rate, 100):
        key = unique(rng)
        events.append((at, A, key))
        events.append((at + lag_ms / 1_000 * rng.uniform(0.9, 1.1), B, key))
    (found,) = told(events)
    assert found.cause == A
    assert 0.5 * lag_ms <= found.lag_ms <= 2 * lag_ms


def test_timing_alone_finds_a_stable_lag_between_rare_records() -> None:
    rng = random.Random(6)
    times = poisson(rng, 0.5, 600)
    events = [(at, A, 0) for at in times] + [(at + rng.uniform(0.03, 0.04), B, 0) for at in times]
    (found,) = told(events, Joins(share=0.8, fewest_tokens=1))
    assert found.cause == A


def test_forward_counts_are_those_of_a_plain_search() -> None:
    rng = random.Random(7)
    events = sorted(
        (int(at * 1_000) / 1_000, channel, rng.randrange(20))
        for channel in (A, B)
        for at in poisson(rng, 5, 60)
    )
    joins = Joins()
    told(events, joins)
    expected = 0
    for at, channel, token in events:
        if channel == B:
            before = [then for then, where, what in events if where == A and what == token and then < at]
            expected += bool(before) and at - max(before) <= 10
    assert sum(joins._pairs[A, STREAM].forward) == pytest.approx(expected, abs=2)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MOST_TOKENS", "MOST_STREAMS", "MOST_PAIRS"):
        monkeypatch.setattr(f"inspector.discovery.joins.{name}", 50)
    joins = Joins()
    channels = [ChannelId(SERVER, ChannelKind.TOPIC, f"t{number}") for number in range(100)]
    for number, channel in enumerate(channels * 5):
        joins.see(number * MS, channel, (number % 7, 100 + number), Stream(channel, 1))
    assert len(joins._last) == len(joins._streams) == len(joins._pairs) == 50
    assert max(map(len, joins._last.values())) <= MOST_NEIGHBOURS


def test_a_new_stream_takes_the_place_of_the_one_idle_longest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inspector.discovery.joins.MOST_STREAMS", 3)
    joins = Joins()
    streams = [Stream(B, number) for number in range(5)]

    def see(seconds: float, stream: Stream) -> None:
        joins.see(int(seconds * 1_000) * MS, A, (stream.producer_id,), None)
        joins.see(int(seconds * 1_000 + 40) * MS, B, (stream.producer_id,), stream)

    for seconds, number in [(0, 0), (60, 1), (90, 2), (120, 0), (599, 3), (661, 3), (662, 4)]:
        see(seconds, streams[number])
    assert set(joins._streams) == {stream for _, stream in joins._pairs} == {streams[at] for at in (0, 2, 3)}


def test_a_deleted_channel_is_forgotten() -> None:
    joins = Joins()
    for number in range(200):
        joins.see(number * 100 * MS, A, (number,), None)
        joins.see((number * 100 + 40) * MS, B, (number,), STREAM)
    joins.see(2**60, C, (), None)
    assert list(joins.findings())
    joins.forget(A)
    assert not list(joins.findings())


def test_a_lag_that_moves_is_told_as_it_is_now() -> None:
    rng = random.Random(8)
    events: list[Event] = []
    times = poisson(rng, 50, 400)
    for at in times:
        key = unique(rng)
        events += [(at, A, key), (at + (0.02 if at < 100 else 0.4), B, key)]
    (found,) = told(events)
    assert 300 <= found.lag_ms <= 600
    assert all(before <= after for before, after in pairwise(times))
