"""Chains round loops against walking from record to record by hand."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from graph.identity import ApplicationId
from graph.model import Alias
from inspector.causes.causality import Causality
from inspector.causes.links import UNLINKED
from inspector.loops.rounds import Evidence, Hop, hops_of, joined_hops
from inspector.observation import RecordsSeen
from inspector.record import Position, Record
from inspector.traits import Traits
from tests.made_shop import START, S, channel, graph_of, loops_of


def test_the_hops_of_a_path_lead_from_channel_to_channel() -> None:
    (path,) = loops_of(graph_of("one < a", "one > b", "b -> c", "two < c", "two > a", "feed > a"))
    one, two = ApplicationId("one"), ApplicationId("two")
    a, b, c = map(channel, "abc")
    assert hops_of(path) == (Hop(a, b, one), Hop(b, c, None), Hop(c, a, two))


def test_what_is_bound_is_read_where_it_comes_from() -> None:
    (path,) = loops_of(
        graph_of("one < q", "one > b", "b => c", "c => r", "two < r", "two > a", "a => q", "feed > a")
    )
    one, two = ApplicationId("one"), ApplicationId("two")
    a, b = map(channel, "ab")
    assert set(joined_hops(path)) == {Hop(a, b, one), Hop(b, a, two)}
    (plain,) = loops_of(graph_of("one < a", "one > b", "two < b", "two > a", "feed > a"))
    assert joined_hops(plain) == hops_of(plain)


@given(st.integers(0, 2**32), st.integers(2, 4), st.integers(1, 80))
def test_who_came_round_is_who_does_by_hand(seed: int, size: int, count: int) -> None:
    """Records with random causes, read in random order; some of their senders are named."""
    rng = random.Random(seed)
    names = "abcd"[:size]
    hops = tuple(
        Hop(channel(names[at]), channel(names[(at + 1) % size]), ApplicationId(names[at]))
        for at in range(size)
    )
    where = [rng.choice(names) for _ in range(count)]
    parent = [rng.choice([None, rng.randrange(count)]) for _ in range(count)]
    sender = [rng.choice([None, *names]) for _ in range(count)]
    causality = Causality()
    order = rng.sample(range(count), count)
    for number in order:
        cause = parent[number]
        said = Traits(
            event_id=f"event-{number}",
            parent_id=None if cause is None else f"event-{cause}",
            sender=None if sender[number] is None else Alias("source", str(sender[number])),
        )
        record = Record(channel(where[number]), Position(0, number), START + number * S, None, None)
        causality.fold(RecordsSeen(record.channel, (record,)), [said])
    owner = {Alias("source", name): ApplicationId(name) for name in names}
    window = causality.settle(START + count * S, [])
    evidence = Evidence(window, owner, START + count * S)

    def step(number: int, hop: Hop) -> int | None:
        cause = parent[number]
        if (
            cause is None
            or cause == number
            or where[number] != hop.effect.name
            or where[cause] != hop.cause.name
        ):
            return None
        return cause if sender[number] in (None, hop.application and hop.application.key) else None

    def round_by_hand(number: int) -> int | None:
        at: int | None = number
        for hop in reversed(hops):
            at = None if at is None else step(at, hop)
        return at

    expected = {
        number: origin
        for number in range(count)
        if where[number] == "a" and (origin := round_by_hand(number)) is not None
    }
    found = evidence.once_round(hops, forwards=False, replays=False)
    if found is None:
        assert not expected
        return
    numbers = [window.place(row)[1].offset for row in found.entry.tolist()]
    by_row = {
        numbers[child]: round_by_hand(numbers[child])
        for child in range(len(numbers))
        if found.grade[child] < UNLINKED
    }
    assert by_row == expected
    circles = {number for number in expected if _in_a_circle(number, expected)}
    came = [window.place(row)[1].offset for row in found.came.tolist()]
    causes = [window.place(row)[1].offset for row in found.before.tolist()]
    assert dict(zip(came, causes, strict=True)) == {
        number: cause for number, cause in expected.items() if number not in circles
    }


def _in_a_circle(number: int, cause: dict[int, int]) -> bool:
    """Whether nobody was the first: such pointers are wrong, and nobody is told to have a cause by them."""
    at = number
    for _ in range(len(cause) + 1):
        if at not in cause:
            return False
        at = cause[at]
    return True
