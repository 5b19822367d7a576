from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.identity import ChannelId, ChannelKind, ServerId
from gui.events.oddities import Oddity, oddities, why
from inspector.capture.level import Level
from inspector.store.coverage import Coverage, Covered, Missed

CHANNEL = ChannelId(ServerId("kafka", "a:1"), ChannelKind.TOPIC, "orders")

_records = st.lists(
    st.tuples(
        st.integers(0, 1), st.integers(0, 1), st.integers(0, 12), st.integers(0, 20), st.integers(0, 3)
    ),
    max_size=30,
)


@settings(max_examples=150, deadline=None)
@given(_records, st.booleans())
def test_oddities_agree_with_looking_at_every_pair(
    records: list[tuple[int, int, int, int, int]], gaps: bool
) -> None:
    rows = np.arange(100, 100 + len(records), dtype=np.int64)
    columns = [np.array(column, np.int64) for column in zip(*records, strict=True)] or [
        np.empty(0, np.int64)
    ] * 5
    expected: dict[int, Oddity] = {}
    for row, (channel, partition, offset, when, event) in zip(rows.tolist(), records, strict=True):
        mine = [
            (o, r, t)
            for r, (c, p, o, t, _e) in zip(rows.tolist(), records, strict=True)
            if (c, p) == (channel, partition)
        ]
        before = max((each for each in mine if each[:2] < (offset, row)), default=None)
        again = event != 0 and any(
            c == channel and e == event and r < row
            for r, (c, _p, _o, _t, e) in zip(rows.tolist(), records, strict=True)
        )
        made = Oddity()
        if before is not None:
            step = offset - before[0]
            gap = step - 1 if gaps and step > 1 else 0
            made = Oddity(gap, "", step == 0, False, max(0, before[2] - when))
        if again and not made.double:
            made = Oddity(made.gap, "", made.double, True, made.backwards_ns)
        if made != Oddity():
            expected[row] = made
    assert oddities(rows, *columns, gaps=gaps) == expected
    later = {row: each for row, each in expected.items() if row >= 110}
    assert oddities(rows, *columns, since=110, gaps=gaps) == later


def test_the_reason_of_a_gap_is_told_part_by_part() -> None:
    coverage = Coverage(
        (
            Covered(CHANNEL, 0, 10, 20, Level.EVERYTHING),
            Covered(CHANNEL, 0, 20, 30, Level.HEADERS_OF_BATCHES),
            Covered(CHANNEL, 1, 0, 99, Level.EVERYTHING),
        ),
        (Missed(CHANNEL, 0, 5, "skipped to stay within the budget", 0, 1),),
    )
    assert why(coverage, 0, 12, 15).startswith("were read, and the broker has no record there")
    assert why(coverage, 0, 21, 25) == "were captured as headers of batches alone"
    assert why(coverage, 0, 40, 45) == "were not captured (skipped to stay within the budget)"
    assert why(coverage, 1, 120, 130) == "were not read"
    assert why(coverage, 0, 18, 22).startswith("2 were read, and the broker has no record there")


def test_a_sentence_says_all_that_is_odd() -> None:
    said = Oddity(gap=1, why="was not read", backwards_ns=5_000_000).sentence
    assert said.startswith("1 offset before it is not here: was not read.")
    assert "5 ms before" in said
    assert Oddity().sentence == ""


def test_one_sequence_of_a_producer_twice_is_told() -> None:
    rows, zero = np.arange(5), np.zeros(5, np.int64)
    producer = np.array([7, 8, 7, 0, 0], np.int64)
    found = oddities(rows, zero, zero, np.arange(5), np.arange(5), zero, producer, gaps=True)
    assert found == {2: Oddity(resent=True)}
    assert "same producer and sequence" in found[2].sentence
    apart = oddities(rows, zero, np.arange(5), np.arange(5), np.arange(5), zero, producer, gaps=True)
    assert apart == {}
