from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.evidence import Evidence
from graph.identity import ServerId
from graph.model import Alias
from inspector.discovery.decisions import Decisions
from inspector.discovery.facts import Actor, Bond, Writer
from inspector.discovery.resolution import Resolver

SERVER = ServerId("kafka", "broker:9092")
NAMES = ["billing", "billing-svc", "orders-tx-0", "orders", "rdkafka", "kafka", "events", "orders-eu", "tax"]


def bond(a: Actor, b: Actor, confidence: float, seen: int = 0) -> Bond:
    return Bond(a, b, Evidence("test", "test", confidence, seen, seen, f"Because, at {seen}."))


names = st.builds(Alias, st.sampled_from(["group", "source", "transactional-id"]), st.sampled_from(NAMES))
actors = st.one_of(names, st.builds(Writer, st.just(SERVER), st.integers(1, 9)))
bonds = st.builds(bond, actors, names, st.sampled_from([0.3, 0.6, 0.85, 0.95, 0.99]), st.integers(0, 1))
decisions = st.sampled_from(
    [
        Decisions(),
        Decisions(together=((Alias("group", "billing"), Alias("source", "orders")),)),
        Decisions(apart=((Alias("group", "orders"), Alias("source", "orders")),)),
    ]
)
moments = st.lists(
    st.tuples(
        st.lists(actors, unique=True, max_size=10),
        st.lists(bonds, max_size=10),
        st.one_of(st.just(Decisions()), decisions),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=150)
@given(moments)
def test_what_is_kept_from_before_is_what_would_be_worked_out_anew(
    moments: list[tuple[list[Actor], list[Bond], Decisions]],
) -> None:
    kept = Resolver()
    for claimed, told, decided in moments:
        fresh = Resolver()
        kept.decisions = fresh.decisions = decided
        assert kept.resolve(claimed, told) == fresh.resolve(claimed, told)


def test_only_what_a_change_concerns_is_worked_out_again() -> None:
    resolver, billing, orders = Resolver(), Alias("group", "billing"), Alias("group", "orders")
    first = resolver.resolve([billing, orders], []).home[orders]
    again = resolver.resolve([billing, orders, Writer(SERVER, 1)], [bond(Writer(SERVER, 1), billing, 0.99)])
    assert again.home[orders] is first
    assert Writer(SERVER, 1) in again.home[billing].members


def test_newer_evidence_is_told_in_suggestions() -> None:
    resolver, billing, writer = Resolver(), Alias("group", "billing"), Writer(SERVER, 1)
    for seen in (1, 2):
        (suggestion,) = resolver.resolve([billing, writer], [bond(writer, billing, 0.6, seen)]).suggestions
        assert suggestion.why == f"Because, at {seen}."
