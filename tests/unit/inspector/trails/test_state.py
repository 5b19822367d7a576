"""Folding a state, and telling what is different."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.trails.state import MOST_CHANGES, Change, Deed, Folding, changes, fold

leaves = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["a", "b", ""])
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("state", "patch", "after"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_is_that_of_rfc_7396(state: Any, patch: Any, after: Any) -> None:
    """Its appendix A."""
    assert fold(state, patch, Folding.PATCH, "") == after


def test_merging_keeps_null_and_what_is_not_named() -> None:
    state = {"a": {"b": 1, "c": 2}, "d": 3}
    assert fold(state, {"a": {"b": None}, "e": 4}, Folding.MERGE, "") == {
        "a": {"b": None, "c": 2},
        "d": 3,
        "e": 4,
    }
    assert state == {"a": {"b": 1, "c": 2}, "d": 3}, "the state before stays as it was"


def test_replacing_and_the_newest_of_each_type() -> None:
    assert fold({"a": 1}, {"b": 2}, Folding.REPLACE, "T") == {"b": 2}
    state = fold(None, {"a": 1}, Folding.PER_TYPE, "T")
    state = fold(state, {"b": 2}, Folding.PER_TYPE, "U")
    assert fold(state, {"a": 3}, Folding.PER_TYPE, "T") == {"T": {"a": 3}, "U": {"b": 2}}


def test_paths_are_those_of_the_query_language() -> None:
    before = {"a": {"b c": 1}, "list": [1, 2, 3], "gone": 0}
    after = {"a": {"b c": 2}, "list": [1, 5], "new": {"x": 1}}
    assert changes(before, after) == (
        Change('a["b c"]', Deed.CHANGED, 1, 2),
        Change("list[1]", Deed.CHANGED, 2, 5),
        Change("list[2]", Deed.REMOVED, 3),
        Change("new", Deed.ADDED, None, {"x": 1}),
        Change("gone", Deed.REMOVED, 0),
    )
    assert changes({"a": 1}, {"a": True}) == (Change("a", Deed.CHANGED, 1, True),)
    assert len(changes({}, {str(number): number for number in range(2 * MOST_CHANGES)})) == MOST_CHANGES


@given(values, values)
def test_changes_lead_from_the_one_state_to_the_other(before: Any, after: Any) -> None:
    made = {"": copy.deepcopy(before)}
    for change in sorted(changes(before, after), key=lambda each: (each.deed is Deed.REMOVED, each.path)):
        if change.deed is not Deed.REMOVED:
            _put(made, change.path, change.after)
    removed = [change.path for change in changes(before, after) if change.deed is Deed.REMOVED]
    for path in reversed(removed):
        *inner, last = _steps(path)
        del _at(made, inner)[last]
    assert _typed(made[""]) == _typed(after)


def _steps(path: str) -> list[Any]:
    """The names and numbers of a path, below the one root."""
    found = re.findall(r"([A-Za-z_][\w-]*)|\[(\d+)\]", path)
    return ["", *(int(number) if number else name for name, number in found)]


def _at(made: Any, steps: list[Any]) -> Any:
    for step in steps:
        made = made[step]
    return made


def _put(made: Any, path: str, value: Any) -> None:
    *inner, last = _steps(path)
    holder = _at(made, inner)
    if isinstance(holder, list) and last == len(holder):
        holder.append(value)
    else:
        holder[last] = value


def _typed(value: Any) -> Any:
    """The same with true told from 1."""
    if isinstance(value, dict):
        return {name: _typed(child) for name, child in value.items()}
    if isinstance(value, list):
        return [_typed(child) for child in value]
    return type(value), value
