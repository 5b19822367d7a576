"""How often records of one stream follow records of other channels that share something with them, and how
often they would if they had nothing to do with each other.

A record joins another channel when that had one of its tokens (a key, a value) at most ten seconds before.
Three counts of the same kind are kept for each lag, in steps of half an octave:

- forward: records of the stream, by the time since the token was last on the other channel;
- by chance: the same for the same tokens at other moments, 10 to 30 s later. Where the two have nothing to
  do with each other, however popular the tokens and however regular the traffic, it is as large as forward;
- backward: records of the other channel, by the time since the token was last in the stream. It is as large
  as forward where something else makes both busy at the same time.

Only what stands out of both, at one stable lag, is a finding (`Finding`), and only where the other channel
is not regular: two clocks that have nothing to do with each other keep a stable lag as well.
"""

from __future__ import annotations

import heapq
import random
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import sqrt

from msgspec import Struct

from graph.identity import ChannelId

MILLISECOND_NS = 1_000_000
HORIZON_NS = 10_000 * MILLISECOND_NS
"""The longest lag that is looked for."""
_STEPS = 27
_GAPS = 46
"""Steps of the time between two records of a token on the other channel, up to two hours."""
_BAND = 3
"""Steps of a stable lag, a factor of 2.8: exponential gaps leave at most 37 % of lags in any such band."""
MOST_TOKENS = 50_000
MOST_STREAMS = 500
IDLE_NS = 600_000 * MILLISECOND_NS
"""A stream without records for longer makes room for another."""
MOST_PAIRS = 5_000
MOST_NEIGHBOURS = 64
"""Channels and streams that are remembered of each token."""
MOST_DECOYS = 20_000
COUNTED = 4_000
"""Records of a stream after which its counts are halved, so that they tell of the last of them."""

FEWEST_JOINS = 36
FEWEST_TOKENS = 20
FEWEST_DECOYS = 30
ABOVE_CHANCE = 3
"""How many times as many joins as by chance."""
DEVIATIONS = 6
"""Standard deviations between the joins and those by chance."""
FEWEST_GAPS = 5
REGULAR = 0.6
"""Of the gaps within a factor of 2; exponential ones have at most 25 % there."""


_BEGINS = [round(MILLISECOND_NS * 2 ** (step / 2)) for step in range(_GAPS)]
"""Where each step begins."""


class Stream(Struct, frozen=True, cache_hash=True, gc=False):
    """Records of one channel that have one producer id, or none (-1)."""

    channel: ChannelId
    producer_id: int


class Finding(Struct, frozen=True):
    """Records of a stream follow those of a channel at a stable lag, far more often than by chance."""

    cause: ChannelId
    stream: Stream
    joins: int
    records: int
    by_chance: int
    lag_ms: float
    last_ns: int
    """When the newest join was."""


@dataclass(slots=True)
class _Pair:
    forward: list[int] = field(default_factory=lambda: [0] * _STEPS)
    chance: list[int] = field(default_factory=lambda: [0] * _STEPS)
    backward: list[int] = field(default_factory=lambda: [0] * _STEPS)
    gaps: list[int] = field(default_factory=lambda: [0] * _GAPS)
    tokens: dict[int, int] = field(default_factory=dict)
    """Some tokens of joins, and when each was last on the other channel."""
    last_ns: int = 0

    def join(self, time_ns: int, lag_ns: int, tokens: tuple[int, ...], most_tokens: int) -> None:
        self.forward[_step(lag_ns)] += 1
        self.last_ns = time_ns
        cause_ns = time_ns - lag_ns
        for token in tokens:
            before_ns = self.tokens.get(token)
            if before_ns is not None or len(self.tokens) < most_tokens:
                self.tokens[token] = cause_ns
            if before_ns is not None and (gap_ns := cause_ns - before_ns) >= MILLISECOND_NS:
                self.gaps[_step_of(gap_ns)] += 1

    def regular(self) -> bool:
        """Whether the other channel repeats its tokens like a clock."""
        most = max(sum(pair) for pair in pairwise(self.gaps))
        return most >= max(FEWEST_GAPS, REGULAR * sum(self.gaps))

    def halve(self) -> None:
        for counts in (self.forward, self.chance, self.backward, self.gaps):
            counts[:] = [count // 2 for count in counts]


@dataclass(slots=True)
class _Count:
    records: int = 0
    decoys: int = 0
    last_ns: int = 0


@dataclass
class Joins:
    """Counts for one kind of token. Records must be told in the order of their times, as far as possible."""

    share: float = 0.5
    """How many of a stream's records must join."""
    fewest_tokens: int = FEWEST_TOKENS
    _last: dict[int, dict[ChannelId | Stream, int]] = field(default_factory=dict)
    _streams: dict[Stream, _Count] = field(default_factory=dict)
    """The one idle longest first."""
    _pairs: dict[tuple[ChannelId, Stream], _Pair] = field(default_factory=dict)
    _decoys: list[tuple[int, int, tuple[int, ...], Stream]] = field(default_factory=list)
    _order: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(0))

    def see(self, time_ns: int, channel: ChannelId, tokens: tuple[int, ...], stream: Stream | None) -> None:
        """A record; `stream` where its sender is looked for."""
        while self._decoys and self._decoys[0][0] <= time_ns:
            at, _, old, of = heapq.heappop(self._decoys)
            if (count := self._streams.get(of)) is not None:
                count.decoys += 1
                for cause, lag_ns in self._before(at, old, of.channel)[0].items():
                    self._pair(cause, of).chance[_step(lag_ns)] += 1
        causes, effects = self._before(time_ns, tokens, channel)
        for effect, lag_ns in effects.items():
            self._pair(channel, effect).backward[_step(lag_ns)] += 1
        if stream is not None and (stream in self._streams or self._room(time_ns)):
            self._count(time_ns, tokens, stream, causes)
        for token in tokens:
            places = self._last.pop(token, None)
            if places is None:
                places = {}
                if len(self._last) >= MOST_TOKENS:
                    del self._last[next(iter(self._last))]
            self._last[token] = places
            for place in (channel, stream):
                if place is not None:
                    places.pop(place, None)
                    places[place] = time_ns
            while len(places) > MOST_NEIGHBOURS:
                del places[next(iter(places))]

    def _room(self, time_ns: int) -> bool:
        """Whether one stream more can be counted; the one idle longest goes for it, with its pairs."""
        if len(self._streams) < MOST_STREAMS:
            return True
        idle, count = next(iter(self._streams.items()))
        if time_ns - count.last_ns <= IDLE_NS:
            return False
        del self._streams[idle]
        self._pairs = {key: pair for key, pair in self._pairs.items() if key[1] != idle}
        return True

    def _count(
        self, time_ns: int, tokens: tuple[int, ...], stream: Stream, causes: dict[ChannelId, int]
    ) -> None:
        count = self._streams.pop(stream, None) or _Count()
        self._streams[stream] = count
        count.records += 1
        count.last_ns = time_ns
        for cause, lag_ns in causes.items():
            self._pair(cause, stream).join(time_ns, lag_ns, tokens, self.fewest_tokens)
        if len(self._decoys) < MOST_DECOYS:
            later_ns = time_ns + int(HORIZON_NS * self._random.uniform(1, 3))
            self._order += 1
            heapq.heappush(self._decoys, (later_ns, self._order, tokens, stream))
        if count.records >= COUNTED:
            count.records //= 2
            count.decoys //= 2
            for (_, effect), pair in self._pairs.items():
                if effect == stream:
                    pair.halve()

    def _before(
        self, time_ns: int, tokens: tuple[int, ...], but: ChannelId
    ) -> tuple[dict[ChannelId, int], dict[Stream, int]]:
        """Other channels, and streams of those, that had a token within the horizon, with shortest lags."""
        channels: dict[ChannelId, int] = {}
        streams: dict[Stream, int] = {}
        for token in tokens:
            for place, at in self._last.get(token, {}).items():
                lag_ns = time_ns - at
                if not MILLISECOND_NS <= lag_ns <= HORIZON_NS:
                    continue
                if isinstance(place, Stream):
                    if place.channel != but and lag_ns <= streams.get(place, lag_ns):
                        streams[place] = lag_ns
                elif place != but and lag_ns <= channels.get(place, lag_ns):
                    channels[place] = lag_ns
        return channels, streams

    def _pair(self, cause: ChannelId, stream: Stream) -> _Pair:
        pair = self._pairs.get((cause, stream))
        if pair is None:
            if len(self._pairs) >= MOST_PAIRS:
                del self._pairs[next(iter(self._pairs))]
            pair = self._pairs[cause, stream] = _Pair()
        return pair

    def forget(self, channel: ChannelId) -> None:
        """A channel is gone."""
        self._pairs = {
            key: pair for key, pair in self._pairs.items() if channel not in (key[0], key[1].channel)
        }
        self._streams = {key: count for key, count in self._streams.items() if key.channel != channel}

    def findings(self) -> Iterator[Finding]:
        """What stands out of chance now."""
        for (cause, stream), pair in self._pairs.items():
            count = self._streams.get(stream)
            if count is None or count.decoys < FEWEST_DECOYS or len(pair.tokens) < self.fewest_tokens:
                continue
            start = max(range(_STEPS - _BAND + 1), key=lambda at: sum(pair.forward[at : at + _BAND]))
            band = slice(start, start + _BAND)
            joins = sum(pair.forward[band])
            chance = max(sum(pair.chance[band]) * count.records / count.decoys, sum(pair.backward[band]))
            fewest = max(FEWEST_JOINS, self.share * count.records, ABOVE_CHANCE * chance)
            if joins < fewest or joins - chance < DEVIATIONS * sqrt(joins + chance):
                continue
            if not pair.regular():
                peak = max(range(start, start + _BAND), key=pair.forward.__getitem__)
                lag_ms = 2 ** ((peak + 0.5) / 2)
                yield Finding(cause, stream, joins, count.records, round(chance), lag_ms, pair.last_ns)


def _step(lag_ns: int) -> int:
    return bisect_right(_BEGINS, lag_ns, 1, _STEPS) - 1


def _step_of(span_ns: int) -> int:
    """Half octaves above a millisecond."""
    return bisect_right(_BEGINS, span_ns) - 1
