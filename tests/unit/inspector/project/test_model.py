"""Decisions of people: each can be taken back, and the newer one wins over the one that says the opposite."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.identity import Action
from graph.model import Alias
from inspector.project.meaning import decisions
from inspector.project.model import (
    Change,
    Identities,
    Project,
    alias,
    always,
    confirm,
    merge,
    split_off,
    text,
)

A, B, C, D = (Alias("group", name) for name in "abcd")
_aliases = st.sampled_from([A, B, C, D])
_steps = st.lists(
    st.tuples(st.sampled_from(["merge", "apart", "pattern", "confirm"]), _aliases, _aliases), max_size=8
)


def _change(project: Project, kind: str, a: Alias, b: Alias) -> Change | None:
    if kind == "pattern":
        return always(f"{a.value}.*")
    if kind == "confirm":
        return confirm(a, Action.SEND, b.value)
    if a == b:
        return None
    return merge(project, a, b) if kind == "merge" else split_off(project, a, b)


def _as_set(project: Project) -> tuple[frozenset[object], ...]:
    ours = project.identities
    return tuple(map(frozenset, (ours.together, ours.apart, ours.patterns, project.confirmed)))


@given(_steps)
def test_all_is_undone_and_done_again(steps: list[tuple[str, Alias, Alias]]) -> None:
    project = Project()
    past = []
    for step in steps:
        change = _change(project, *step)
        if change is None or _as_set(change.applied(project)) == _as_set(project):
            continue
        past.append((change, _as_set(project)))
        project = change.applied(project)
    last = _as_set(project)
    for change, before in reversed(past):
        project = change.undone.applied(project)
        assert _as_set(project) == before
    for change, _ in past:
        project = change.applied(project)
    assert _as_set(project) == last


@given(_steps)
def test_no_two_names_are_both_together_and_apart(steps: list[tuple[str, Alias, Alias]]) -> None:
    project = Project()
    for step in steps:
        if (change := _change(project, *step)) is not None:
            project = change.applied(project)
    together = {frozenset(pair) for pair in decisions(project).together}
    assert not together & {frozenset(pair) for pair in decisions(project).apart}


def test_one_name_is_taken_out_of_a_longer_entry() -> None:
    project = Project(identities=Identities(together=(("group:a", "group:b", "group:c"),)))
    after = split_off(project, B, A, C).applied(project)
    assert after.identities == Identities((("group:a", "group:c"),), (("group:b", "group:a", "group:c"),))
    back = merge(after, C, B).applied(after)
    assert back.identities.apart == (("group:b", "group:a"),)
    assert ("group:c", "group:b") in back.identities.together


def test_the_first_of_apart_is_none_of_the_others() -> None:
    project = Project(identities=Identities(apart=(("group:a", "group:b", "group:c"),)))
    assert decisions(project).apart == ((A, B), (A, C))
    assert merge(project, B, C).applied(project).identities.apart == project.identities.apart


def test_a_name_keeps_its_colons() -> None:
    name = Alias("source", "urn:acme:billing")
    assert alias(text(name)) == name
    for wrong in ("billing", ":x", "group:"):
        with pytest.raises(ValueError):
            alias(wrong)
