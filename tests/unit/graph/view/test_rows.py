"""Rows of tables by key, compared with plain dictionaries."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from graph.view.rows import CHUNK, MOST, PIECE, Rows, differing


def was(keys: tuple[int, ...], before: tuple[int, ...]) -> list[int]:
    row = {key: at for at, key in enumerate(before)}
    return [row.get(key, -1) for key in keys]


def check(rows: Rows[int], *others: Rows[int]) -> None:
    assert rows.number == {key: at for at, key in enumerate(rows.keys)}
    assert rows.number.get(-5) is None
    assert -5 not in rows.number
    for other in others:
        assert rows.kept(other).tolist() == was(rows.keys, other.keys)
        assert other.kept(rows).tolist() == was(other.keys, rows.keys)
        assert rows.of(other.keys).tolist() == was(other.keys, rows.keys)
        assert rows.same(other) is (rows.keys == other.keys)


keys = st.lists(st.integers(0, 30), unique=True).map(tuple)


@given(st.lists(keys, min_size=1, max_size=6))
def test_each_table_knows_the_rows_of_all_before(tables: list[tuple[int, ...]]) -> None:
    made = [Rows(tables[0])]
    for table in tables[1:]:
        made.append(Rows(table, made[-1]))
    for rows in made:
        check(rows, *made, Rows(rows.keys), Rows(rows.keys[::-1]))


@given(st.integers(0, 10_000), st.integers(0, 40), st.integers(0, 40))
def test_few_changes_of_a_long_table(seed: int, gone: int, come: int) -> None:
    rng = random.Random(seed)
    first = Rows(range(3 * PIECE))
    left = list(first.keys)
    for _ in range(gone):
        left.pop(rng.randrange(len(left)))
    for number in range(come):
        left.insert(rng.randrange(len(left)) if rng.random() < 0.3 else len(left), 10_000 + number)
    second = Rows(left, first)
    again = Rows(first.keys, second)
    check(second, first, again)
    check(again, first)


def test_keys_that_change_places_are_found_as_well() -> None:
    first = Rows(range(2_000))
    check(Rows(range(1_999, -1, -1), first), first)
    check(Rows((*range(1_000, 2_000), *range(1_000)), first), first)
    check(Rows(range(0, 2_000, 2), first), first)
    assert MOST < 1_000  # so that the last one has to be looked up


def test_serials_are_given_anew_before_they_outnumber_the_keys_by_far() -> None:
    rows = Rows(range(100))
    for turn in range(100):
        after = Rows(range(100 * turn, 100 * turn + 100), rows)
        check(after, rows)
        rows = after
    assert len(rows._family) < 5_000


def test_those_chosen_are_in_order_and_each_once() -> None:
    rows = Rows("abcdef")
    assert rows.chosen("fbxb").tolist() == [1, 5]
    assert rows[1:3] == ("b", "c")
    assert list(rows) == list("abcdef")


@given(keys, keys, st.sets(st.integers(0, 30)))
def test_items_that_are_not_the_very_same_are_told(
    before: tuple[int, ...], now: tuple[int, ...], changed: set[int]
) -> None:
    first, last = Rows(before), Rows(now)
    known = {key: object() for key in before}
    items = [object() if key in changed or key not in known else known[key] for key in now]
    told = differing(last.kept(first), [known[key] for key in before], items)
    assert told.tolist() == [row for row, key in enumerate(now) if known.get(key) is not items[row]]


def test_keys_are_numbered_bit_by_bit_as_they_are_at_once() -> None:
    keys = [f"k{number}" for number in range(3 * CHUNK + 5)]
    rows, other = Rows(keys), Rows(keys)
    assert len([*rows.number_bit_by_bit()]) == 4
    assert [*rows.number_bit_by_bit()] == []
    some = ["k7", "none", f"k{len(keys) - 1}"]
    assert rows.of(some).tolist() == other.of(some).tolist() == [7, -1, len(keys) - 1]
    later = Rows(["new", *keys[:9]], rows)
    assert later.kept(rows).tolist() == [-1, *range(9)]
