from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.evidence import Evidence
from graph.identity import ServerId
from graph.model import Alias
from inspector.discovery.components import MOST_JOINED
from inspector.discovery.facts import Actor, Bond, Writer
from inspector.discovery.identity import EQUAL_NAME, THRESHOLD, Identity, resolve
from inspector.discovery.names import stem

SERVER = ServerId("kafka", "broker:9092")


def bond(a: Actor, b: Actor, confidence: float) -> Bond:
    return Bond(a, b, Evidence("test", "test", confidence, 0, 0, "Because."))


def keys(identities: list[Identity]) -> set[str]:
    return {identity.key for identity in identities}


def group(name: str) -> Alias:
    return Alias("group", name)


def source(name: str) -> Alias:
    return Alias("source", name)


def test_equal_stems_are_one_application_and_the_service_name_is_shown() -> None:
    (identity,) = resolve([group("payment-service-consumer"), source("/PaymentService")], [])
    assert (identity.key, identity.name) == ("payment-service", "PaymentService")
    assert identity.confidence == EQUAL_NAME
    assert "/PaymentService" in identity.same_name


def test_short_names_join_only_a_group_and_a_source() -> None:
    assert len(resolve([group("tax"), source("/tax")], [])) == 1
    assert keys(resolve([group("tax"), Alias("transactional-id", "tax-tx-0")], [])) == {
        "tax",
        "tax (transactional-id tax-tx-0)",
    }


def test_generic_names_join_nothing() -> None:
    assert len(resolve([group("events-consumer"), source("/events")], [])) == 2


def test_too_many_of_one_stem_are_left_apart() -> None:
    groups = [group(f"tenant-{number}") for number in range(6)]
    assert len(resolve(groups, [])) == 6
    assert len(resolve(groups[:5], [])) == 1


def test_names_that_contradict_each_other_win_over_headers() -> None:
    writer = Writer(SERVER, 1)
    bonds = [
        bond(writer, Alias("transactional-id", "mirror-tx"), 0.99),
        bond(writer, source("/orders"), 0.95),
    ]
    parts = resolve([writer, source("/orders")], bonds)
    assert {identity.key: writer in identity.members for identity in parts} == {
        "mirror": True,
        "orders": False,
    }


def test_bonds_by_construction_join_different_names() -> None:
    writer = Writer(SERVER, 1)
    bonds = [
        bond(writer, Alias("transactional-id", "tx-of-payments"), 0.99),
        bond(writer, group("billing"), 0.99),
    ]
    (identity,) = resolve([writer, group("billing")], bonds)
    assert identity.key == "billing"
    assert identity.confidence == 0.99


def test_a_weak_bond_joins_nothing_and_supports_an_equal_name() -> None:
    writer = Writer(SERVER, 1)
    one, other = Alias("transactional-id", "billing-tx-0"), group("billing")
    named = bond(writer, one, 0.99)
    assert len(resolve([writer, other], [named, bond(writer, group("unrelated"), 0.6)])) == 1
    (alone,) = resolve([writer, other], [named])
    (supported,) = resolve([writer, other], [named, bond(writer, other, 0.6)])
    assert supported.confidence > alone.confidence


def test_an_unnamed_writer_has_no_key() -> None:
    (identity,) = resolve([Writer(SERVER, 1)], [])
    assert identity.key == ""


def test_the_same_producer_id_on_two_servers_is_two_writers() -> None:
    other = ServerId("kafka", "elsewhere:9092")
    assert len(resolve([Writer(SERVER, 1), Writer(other, 1)], [])) == 2


STEMS = ["billing", "orders", "payments", "shipping", "tax", "events", "billing-v2", "orders-eu"]
SHAPES = {
    "group": ["{}", "{}-consumer", "{}-cg-2"],
    "client-id": ["{}-consumer-1", "consumer-{}-4", "{}-worker"],
    "source": ["/{}", "{}"],
    "transactional-id": ["{}-tx-0", "{}-txn-1"],
}
aliases = st.builds(
    lambda kind, shape, name: Alias(kind, SHAPES[kind][shape % len(SHAPES[kind])].format(name)),
    st.sampled_from(sorted(SHAPES)),
    st.integers(0, 5),
    st.sampled_from(STEMS),
)


@given(st.sets(aliases, max_size=20))
def test_names_alone_never_join_different_stems(names: set[Alias]) -> None:
    identities = resolve(names, [])
    for identity in identities:
        assert len({stem(member) for member in identity.members if isinstance(member, Alias)}) == 1
    assert sorted(itertools.chain(*(each.members for each in identities)), key=str) == sorted(names, key=str)
    assert len(keys(identities)) == len(identities)


writers = st.builds(Writer, st.just(SERVER), st.integers(1, 6))
bonds_strategy = st.lists(
    st.builds(
        bond,
        st.one_of(writers, aliases),
        aliases,
        st.sampled_from([0.3, 0.6, THRESHOLD, 0.95, 0.97, 0.99]),
    ),
    max_size=15,
)


@given(st.sets(aliases, max_size=12), bonds_strategy, st.randoms(use_true_random=False))
def test_the_order_of_what_was_seen_does_not_matter(
    names: set[Alias], bonds: list[Bond], shuffle: random.Random
) -> None:
    ordered, mixed = sorted(names), sorted(names)
    shuffled = list(bonds)
    shuffle.shuffle(mixed)
    shuffle.shuffle(shuffled)
    assert resolve(ordered, bonds) == resolve(mixed, shuffled)


@given(st.sets(aliases, max_size=12), bonds_strategy)
def test_every_actor_is_in_exactly_one_application(names: set[Alias], bonds: list[Bond]) -> None:
    identities = resolve(names, bonds)
    members = list(itertools.chain(*(identity.members for identity in identities)))
    assert len(members) == len(set(members))
    assert names <= set(members)
    named = [identity.key for identity in identities if identity.key]
    assert len(named) == len(set(named))
    for each in bonds:
        if each.evidence.confidence >= 0.97:
            assert any({each.a, each.b} <= identity.members for identity in identities)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_confidence_is_that_of_the_weakest_bond(count: int) -> None:
    strengths = [0.99, 0.98, 0.97][:count]
    bonds = [bond(group("billing"), Alias("client-id", f"c{n}x"), each) for n, each in enumerate(strengths)]
    (identity,) = resolve([group("billing")], bonds)
    assert identity.confidence == min(strengths)


def test_instances_with_transactional_ids_of_their_own_are_one_application_however_many() -> None:
    names = [Alias("transactional-id", f"billing-tx-{number}") for number in range(20)]
    writers = [Writer(SERVER, number) for number in range(20)]
    bonds = [bond(writer, name, 0.99) for writer, name in zip(writers, names, strict=True)]
    (identity,) = resolve([*writers, group("billing")], bonds)
    assert identity.members == {*writers, *names, group("billing")}


def test_what_would_join_more_names_than_can_be_one_program_joins_no_more() -> None:
    shared = Alias("client-id", "app-server-7x")
    groups = [
        group(name) for name in ("alpha", "bravo", "charlie", "delta-one", "echo-two", "foxtrot", "golf")
    ]
    found = resolve(groups, [bond(shared, each, 0.99) for each in groups])
    assert max(len(identity.members) for identity in found) <= MOST_JOINED


def test_independent_families_add_up_and_one_family_does_not() -> None:
    a, b = Alias("client-id", "rdkafka"), group("billing")
    apart = [bond(a, b, 0.6), bond(a, b, 0.7)]
    assert len(resolve([a, b], apart)) == 2
    other = Bond(a, b, Evidence("other", "other", 0.6, 0, 0, "Because."))
    (identity,) = resolve([a, b], [*apart, other])
    assert identity.confidence == pytest.approx(1 - 0.3 * 0.4)


@given(st.sets(aliases, max_size=8), bonds_strategy, st.sets(writers, max_size=4))
def test_producer_ids_of_one_name_are_joined_as_all_others_are(
    names: set[Alias], bonds: list[Bond], seen: set[Writer]
) -> None:
    """A bond far below the threshold to one more name that nothing else has takes the long way."""
    far = {
        writer: bond(writer, Alias("client-id", f"nobody{number}x"), 0.01)
        for number, writer in enumerate({each.a for each in bonds if isinstance(each.a, Writer)} | seen)
        if isinstance(writer, Writer)
    }
    others = {each.b for each in far.values()}
    short = resolve(names | seen, bonds)
    long = resolve(names | seen | others, [*bonds, *far.values()])
    assert short == [each for each in long if not each.members <= others]
