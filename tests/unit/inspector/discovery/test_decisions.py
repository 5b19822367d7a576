"""What people decide wins over all evidence, and can be taken back without a trace."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.evidence import Evidence
from graph.identity import Action, ServerId
from graph.model import Alias
from inspector.discovery import Discovery
from inspector.discovery.decisions import BadPattern, Decisions
from inspector.discovery.facts import Actor, Bond, Writer
from inspector.discovery.identity import Identity, resolve
from tests.worlds.generate import world as random_world
from tests.worlds.observe import play

SERVER = ServerId("kafka", "broker:9092")
A, B, C, D = (Alias("group", name) for name in ("alpha-one", "bravo-two", "charlie-three", "delta-four"))


def bond(a: Actor, b: Actor, confidence: float = 0.99) -> Bond:
    return Bond(a, b, Evidence("test", "test", confidence, 0, 0, "Because."))


def parts(identities: list[Identity]) -> set[frozenset[Actor]]:
    return {identity.members for identity in identities}


def test_what_a_person_joins_is_one_whatever_the_names() -> None:
    (identity,) = resolve([A, B], [], Decisions(together=((A, B),)))
    assert identity.members == {A, B}
    assert identity.confidence == 1.0


def test_a_name_that_was_never_seen_joins_those_on_both_sides_of_it_and_is_not_shown() -> None:
    unseen = Alias("source", "/elsewhere")
    (identity,) = resolve([A, B], [], Decisions(together=((A, unseen), (unseen, B))))
    assert identity.members == {A, B}
    assert resolve([], [], Decisions(together=((A, unseen),), apart=((A, unseen),))) == []


def test_a_person_names_a_producer_id_that_nothing_else_names() -> None:
    writer = Writer(SERVER, 4021)
    name = Alias("source", "/shop")
    (identity,) = resolve([writer], [], Decisions(together=((Alias("producer-id", "4021"), name),)))
    assert identity.key == "shop"
    assert identity.members == {writer}


def test_what_a_person_keeps_apart_stays_apart_even_by_construction() -> None:
    apart = Decisions(apart=((A, B),))
    assert parts(resolve([A, B], [bond(A, B)], apart)) == {frozenset((A,)), frozenset((B,))}
    through = resolve([A, B], [bond(A, Writer(SERVER, 1)), bond(Writer(SERVER, 1), B)], apart)
    assert len(through) == 2


def test_a_pattern_joins_names_with_equal_groups() -> None:
    names = [Alias("group", f"{team}-reader-{kind}") for team in ("red", "blue") for kind in ("a", "b")]
    found = resolve(names, [], Decisions(patterns=("(.*)-reader-.*",)))
    assert {identity.key.partition("-")[0] for identity in found} == {"red", "blue"}
    assert len(found) == 2
    assert len(resolve(names, [], Decisions(patterns=(".*-reader-.*",)))) == 1


def test_a_pattern_does_not_join_what_is_kept_apart() -> None:
    found = resolve([A, B], [], Decisions(apart=((A, B),), patterns=(".*",)))
    assert len(found) == 2


def test_a_pattern_that_cannot_be_read_changes_nothing(world: Any) -> None:
    with pytest.raises(BadPattern, match="cannot be read"):
        world.discovery.decide(Decisions(patterns=("(",)))
    world.channels("orders")
    world.group("billing", [], "orders")
    world.graph()


def test_of_contradicting_decisions_the_newest_wins() -> None:
    chain = Decisions(together=((A, B), (B, C)), apart=((A, C),))
    assert parts(resolve([A, B, C], [], chain)) == {frozenset((A,)), frozenset((B, C))}
    other = Decisions(together=((B, C), (A, B)), apart=((A, C),))
    assert parts(resolve([A, B, C], [], other)) == {frozenset((A, B)), frozenset((C,))}


def test_one_alias_does_not_join_two_services_that_people_confirmed() -> None:
    confirmed = Decisions(together=((A, B), (C, D)))
    found = resolve([A, B, C, D], [bond(A, Writer(SERVER, 1)), bond(C, Writer(SERVER, 1))], confirmed)
    assert {frozenset(part - {Writer(SERVER, 1)}) for part in parts(found)} == {
        frozenset((A, B)),
        frozenset((C, D)),
    }


names = st.builds(
    Alias,
    st.sampled_from(["group", "source", "client-id"]),
    st.sampled_from(["alpha", "alpha-eu", "bravo", "charlie", "delta", "echo-svc", "events"]),
)
ids = st.builds(Writer, st.just(SERVER), st.integers(1, 5))
id_names = st.builds(Alias, st.just("producer-id"), st.sampled_from("12345"))
pairs = st.lists(st.tuples(st.one_of(names, id_names), st.one_of(names, id_names)), max_size=5).map(tuple)
bonds = st.lists(
    st.builds(bond, st.one_of(names, ids), names, st.sampled_from([0.4, 0.6, 0.85, 0.95, 0.97, 0.99])),
    max_size=12,
)


def _is(alias: Alias, actor: Actor) -> bool:
    if isinstance(actor, Writer):
        return alias == Alias("producer-id", str(actor.producer_id))
    return alias == actor


@given(st.sets(names), bonds, pairs, pairs, st.sampled_from([(), ("(.*)-.*",), (".*a.*",)]))
def test_two_that_are_kept_apart_never_end_in_one(
    seen: set[Alias], found: list[Bond], together: Any, apart: Any, patterns: tuple[str, ...]
) -> None:
    apart = tuple((one, other) for one, other in apart if one != other)
    identities = resolve(seen, found, Decisions(together, apart, patterns))
    for identity in identities:
        for one, other in apart:
            in_it = [[each for each in identity.members if _is(alias, each)] for alias in (one, other)]
            assert not (in_it[0] and in_it[1])
    members = [member for identity in identities for member in identity.members]
    assert len(members) == len(set(members))


@given(st.sets(names, min_size=2), bonds, pairs)
def test_all_that_is_joined_without_contradiction_is_one(
    seen: set[Alias], found: list[Bond], together: Any
) -> None:
    identities = resolve(seen, found, Decisions(together=together))
    home = {member: identity.key for identity in identities for member in identity.members}
    for one, other in together:
        if one in home and other in home:
            assert home[one] == home[other]


@pytest.mark.parametrize("seed", range(10))
def test_a_decision_taken_back_restores_the_former_graph_exactly(seed: int) -> None:
    system, discovery, rng = random_world(seed, 12), Discovery(), random.Random(seed)
    now_ns = play(system, discovery)
    before = discovery.graph(now_ns)
    known = sorted({alias for each in before.applications.values() for alias in each.aliases})

    def some(count: int) -> tuple[tuple[Alias, Alias], ...]:
        return tuple((rng.choice(known), rng.choice(known)) for _ in range(count))

    decisions = Decisions(some(3), some(rng.randint(0, 3)), rng.choice([(), (".*",), ("(.*)-.*",)]))
    discovery.decide(decisions)
    assert discovery.graph(now_ns).applications != before.applications
    discovery.decide(Decisions())
    after = discovery.graph(now_ns)
    for field in dataclasses.fields(before):
        assert getattr(before, field.name) == getattr(after, field.name)


def test_decisions_reach_the_graph(world: Any) -> None:
    world.channels("orders", "payments")
    world.group("alpha-one", [], "orders")
    world.commit("alpha-one", "orders", 5)
    world.commit("bravo-two", "payments", 5)
    world.discovery.decide(Decisions(together=((A, B),)))
    assert {application for application, _, _ in world.edges()} == {"alpha-one"}
    assert world.operation("alpha-one", Action.RECEIVE, "payments").confidence > 0
