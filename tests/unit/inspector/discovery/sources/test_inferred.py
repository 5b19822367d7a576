"""Guesses at unnamed senders from what their records have in common with those of other channels."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.evidence import LIKELY, Evidence, combine
from graph.identity import Action, ChannelId, ChannelKind, ServerId
from graph.model import Operation
from inspector.discovery.digest import Digester
from inspector.discovery.sources.inferred import MOST_A_SECOND, STEADY_NS, Inferred
from inspector.observation import Permission, PermissionsSeen, RecordsSeen
from inspector.record import Headers, Position, Record
from inspector.traits import Traits

SECOND = 1_000_000_000
KAFKA = ServerId("kafka", "one:9092")
Told = tuple[float, str, dict[str, Any]]
"""Seconds, topic, and what the record has: key, value, headers, producer_id."""


def play(world: Any, told: Iterable[Told], seed: int = 0) -> None:
    """Tell records as they are read: in chunks, some of them late, about every 300 ms."""
    rng = random.Random(seed)
    start_ns = world.now_ns
    chunks: dict[tuple[int, str], list[Record]] = {}
    for number, (at, name, has) in enumerate(sorted(told, key=lambda each: each[:2])):
        one = Record(
            world.topic(name),
            Position(0, number),
            start_ns + int(at * 1_000) * SECOND // 1_000,
            has.get("key"),
            has.get("value"),
            has.get("headers", ()),
            producer_id=has.get("producer_id", -1),
        )
        chunks.setdefault((int(at / 0.3), name), []).append(one)
    for (turn, name), chunk in sorted(chunks.items(), key=lambda each: (each[0][0], rng.random())):
        world.now_ns = start_ns + int((turn + 1) * 0.3 * SECOND) + rng.randrange(SECOND // 5)
        world.see(RecordsSeen(world.topic(name), tuple(chunk)))
    world.wait(5)


def guesses(world: Any) -> dict[tuple[str, str], Operation]:
    """Application and topic of each edge to which guessing contributes, once that has held for a while."""
    world.graph()
    world.wait(STEADY_NS / SECOND)
    return shown(world)


def shown(world: Any) -> dict[tuple[str, str], Operation]:
    """The same at once."""
    return {
        (key.application.key, key.channel.name): operation
        for key, operation in world.graph().operations.items()
        if any(piece.source.startswith("inferred.") for piece in operation.evidence)
    }


def times(rng: random.Random, rate: float, seconds: float = 60) -> list[float]:
    at, found = 0.0, []
    while (at := at + rng.expovariate(rate)) < seconds:
        found.append(at)
    return found


def caused(rng: random.Random, rate: float = 8, **has: Any) -> list[Told]:
    """Payments with the keys of orders, 40 ms after them."""
    told: list[Told] = []
    for at in times(rng, rate):
        key = b"%016x" % rng.getrandbits(64)
        told += [(at, "orders", {"key": key, "headers": (("service", b"shop"),)})]
        told += [(at + rng.uniform(0.03, 0.05), "payments", {"key": key} | has)]
    return told


@pytest.mark.parametrize("producer_id", [-1, 41])
def test_who_receives_the_cause_is_the_guess(world: Any, producer_id: int) -> None:
    world.channels("orders", "payments", "other")
    world.group("billing", ["billing-1"], "orders")
    world.group("stock", ["stock-1"], "other")
    play(world, caused(random.Random(1), producer_id=producer_id))
    ((edge, operation),) = guesses(world).items()
    assert edge == ("billing", "payments")
    assert operation.id.action is Action.SEND
    assert operation.confidence == 0.5
    (piece,) = operation.evidence
    assert (piece.source, piece.family) == ("inferred.key-join", "inferred")
    joins, records, rest = piece.detail.split(" ", 3)[0], piece.detail.split(" ", 3)[2], piece.detail
    assert int(joins) >= 0.95 * int(records) >= 300
    assert " keys on payments had been on orders about " in rest
    assert rest.endswith("; by chance it would be 0. billing receives orders.")
    # Whoever it is, that nobody is named stays to be seen.
    assert any(each.name is None for each in world.graph().applications.values())


def test_a_permission_does_not_make_a_guess_likely(world: Any) -> None:
    world.channels("orders", "payments")
    world.group("billing", ["billing-1"], "orders")
    allowed = Permission("User:billing", Action.SEND, "payments", prefix=False)
    world.see(PermissionsSeen(world.server, (allowed,)))
    play(world, caused(random.Random(1)))
    operation = guesses(world)["billing", "payments"]
    assert {piece.family for piece in operation.evidence} == {"inferred", "permission"}
    assert 0.5 < operation.confidence < LIKELY


def test_several_receivers_share_the_guess_and_many_make_none(world: Any) -> None:
    world.channels("orders", "payments")
    world.group("billing", ["billing-1"], "orders")
    world.group("stock", ["stock-1"], "orders")
    world.group("connect-archive", ["connector-consumer-archive-0"], "orders")
    play(world, caused(random.Random(1)))
    assert {edge: each.confidence for edge, each in guesses(world).items()} == {
        ("billing", "payments"): 0.25,
        ("stock", "payments"): 0.25,
    }
    world.group("pricing", ["pricing-1"], "orders")
    world.group("refunds", ["refunds-1"], "orders")
    assert guesses(world) == {}


def test_of_a_chain_of_causes_the_last_one_counts(world: Any) -> None:
    world.channels("carts", "orders", "payments", "emails")
    world.group("shop", ["shop-1"], "carts")
    world.group("billing", ["billing-1"], "orders")
    world.group("archive", ["archive-1"], "emails")
    rng = random.Random(1)
    told = caused(rng)
    for at, name, has in list(told):
        if name == "orders":
            told.append((at - rng.uniform(0.2, 0.4), "carts", has))
            # Sent by the same cause, now before, now after the payment.
            told.append((at + rng.uniform(0.02, 0.06), "emails", has))
    play(world, told)
    assert set(guesses(world)) == {("billing", "payments")}


def test_a_busy_channel_does_not_keep_the_bodies_of_others_from_being_read(world: Any) -> None:
    world.channels("orders", "payments", "clicks")
    world.group("billing", ["billing-1"], "orders")
    rng = random.Random(2)
    told: list[Told] = [
        (at, "clicks", {"value": b'{"click": "click-%d"}' % rng.getrandbits(40)})
        for at in times(rng, 500, 30)
    ]
    for at in times(rng, 5, 30):
        number = rng.getrandbits(40) + 10_000
        told.append((at, "orders", {"value": json.dumps({"id": number}).encode()}))
        told.append((at + 0.2, "payments", {"value": json.dumps({"order": number}).encode()}))
    play(world, told)
    assert set(guesses(world)) == {("billing", "payments")}


def test_a_sender_that_is_known_is_not_guessed(world: Any) -> None:
    world.channels("orders", "payments")
    world.group("billing", ["billing-1"], "orders")
    world.transaction("ledger-tx-0", 41)
    world.producer(41, "payments")
    play(world, caused(random.Random(1), producer_id=41))
    assert guesses(world) == {}


def test_a_sender_that_headers_name_is_not_guessed(world: Any) -> None:
    world.channels("orders", "payments")
    world.group("billing", ["billing-1"], "orders")
    play(world, caused(random.Random(1), headers=(("service", b"ledger"),)))
    assert guesses(world) == {}


def test_without_keys_ids_in_bodies_and_headers_join(world: Any) -> None:
    world.channels("orders", "payments")
    world.group("billing", ["billing-1"], "orders")
    rng = random.Random(2)
    told: list[Told] = []
    for at in times(rng, 5):
        number = rng.getrandbits(40) + 10_000
        told.append((at, "orders", {"value": json.dumps({"id": number, "total": 5}).encode()}))
        told.append((at + 0.2, "payments", {"value": json.dumps({"order": number, "ok": True}).encode()}))
    play(world, told)
    ((edge, operation),) = guesses(world).items()
    assert edge == ("billing", "payments")
    assert {piece.source for piece in operation.evidence} == {"inferred.value-join"}


def test_where_nothing_is_shared_rare_records_may_show_by_their_times(world: Any) -> None:
    world.channels("orders", "payments")
    world.group("billing", ["billing-1"], "orders")
    rng = random.Random(3)
    told: list[Told] = []
    for at in times(rng, 0.4, 400):
        told += [(at, "orders", {}), (at + rng.uniform(0.03, 0.05), "payments", {})]
    play(world, told)
    ((edge, operation),) = guesses(world).items()
    assert edge == ("billing", "payments")
    assert operation.confidence == 0.3
    assert operation.evidence[0].detail.startswith(("1", "2"))
    assert "records on payments came" in operation.evidence[0].detail


def test_a_guess_is_told_once_it_has_held_for_a_while(world: Any) -> None:
    world.channels("orders", "payments")
    world.group("billing", ["billing-1"], "orders")
    play(world, caused(random.Random(1)))
    assert shown(world) == {}
    assert set(guesses(world)) == {("billing", "payments")}


def test_old_records_and_replays_say_nothing(world: Any) -> None:
    from inspector.replay.marks import REPLAY_HEADER

    world.channels("orders", "payments")
    world.group("billing", ["billing-1"], "orders")
    told = caused(random.Random(1))
    replay: Headers = ((REPLAY_HEADER, b"r"),)
    play(
        world,
        [(at, name, has | ({"headers": replay} if name == "payments" else {})) for at, name, has in told],
    )
    assert guesses(world) == {}
    world.now_ns -= 3_600 * SECOND
    start_ns = world.now_ns
    for name in ("orders", "payments"):
        made = [
            Record(
                world.topic(name),
                Position(1, number),
                start_ns - 7_200 * SECOND + int(at * SECOND),
                has.get("key"),
                None,
            )
            for number, (at, where, has) in enumerate(told)
            if where == name
        ]
        world.see(RecordsSeen(world.topic(name), tuple(made)))
    world.wait(10)
    assert guesses(world) == {}


def test_figures_are_told_anew_only_now_and_then(world: Any) -> None:
    world.channels("orders", "payments")
    world.group("billing", ["billing-1"], "orders")
    rng = random.Random(1)
    play(world, caused(rng))
    (before,) = guesses(world).values()
    play(world, caused(rng, rate=0.5))
    (after,) = guesses(world).values()
    assert after.evidence[0].detail == before.evidence[0].detail
    assert after.evidence[0].last_seen_ns > before.evidence[0].last_seen_ns


def test_much_traffic_is_sampled_by_its_keys(world: Any) -> None:
    world.channels("orders", "payments")
    world.group("billing", ["billing-1"], "orders")
    rng = random.Random(4)
    told: list[Told] = []
    for at in times(rng, 1_000, 40):
        key = b"%016x" % rng.getrandbits(64)
        told += [(at, "orders", {"key": key}), (at + 0.04, "payments", {"key": key})]
    play(world, told)
    ((edge, operation),) = guesses(world).items()
    assert edge == ("billing", "payments")
    count = int(operation.evidence[0].detail.split(" ")[2].replace(",", ""))
    assert count < len(told) / 4


def test_guesses_of_all_kinds_together_are_no_more_than_the_best() -> None:
    pieces = [
        Evidence(f"inferred.{kind}", "inferred", 0.5, 0, 0, "")
        for kind in ("key-join", "value-join", "timing", "name")
    ]
    assert combine(pieces) == 0.5 < LIKELY


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 1 << 30))
def test_independent_traffic_makes_no_guess(new_world: Callable[[], Any], seed: int) -> None:
    rng = random.Random(seed)
    world = new_world()
    topics = ["orders", "payments", "stock"]
    world.channels(*topics)
    for name in topics:
        world.group(f"{name}-reader", [f"{name}-reader-1"], name)
    keys = rng.choice([1, 20, 500])
    told: list[Told] = []
    for name in topics:
        if rng.random() < 0.3:
            period = rng.choice([0.25, 1.0])
            moments = [rng.random() + turn * period for turn in range(int(60 / period))]
        else:
            moments = times(rng, rng.choice([0.5, 3, 10]))
        told += [
            (
                at,
                name,
                {
                    "key": b"key-%d" % rng.randrange(keys),
                    "value": json.dumps({"customer": f"customer-{rng.randrange(keys)}"}).encode(),
                },
            )
            for at in moments
        ]
    play(world, told, seed)
    assert guesses(world) == {}


def test_records_without_keys_are_left_alone_until_there_are_few_again() -> None:
    """A look at them every other second would cost as much and tell as little."""
    inferred, digester, channel = Inferred(), Digester(), ChannelId(KAFKA, ChannelKind.TOPIC, "orders")
    waiting = []
    for half_second in range(80):
        now_ns = (100 * SECOND) + half_second * SECOND // 2
        count = 2 * MOST_A_SECOND if half_second < 50 else MOST_A_SECOND // 8
        chunk = [Record(channel, Position(0, number), now_ns, None, b"{}") for number in range(count)]
        seen = RecordsSeen(channel, tuple(chunk))
        inferred.see_records(digester.digest(seen, [Traits()] * count), now_ns)
        waiting.append(len(inferred._waiting))
    assert max(waiting[20:50]) == 0
    assert waiting[-1] > 0
