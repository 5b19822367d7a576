from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from graph.identity import Action, ApplicationId, ChannelId, ChannelKind, OperationId, ServerId
from graph.model import Application, ApplicationKind, Channel, DependencyGraph, Operation
from graph.reach import Branch
from inspector.project.document import read
from inspector.replay.choice import Choice
from inspector.replay.frozen import Frozen
from inspector.replay.gathering import frozen
from inspector.replay.plan import Known, Plan
from inspector.replay.planning import Circumstances, plan
from inspector.replay.repetition import Repetition
from inspector.replay.request import Order, Request, Target
from tests import replays

SERVER = replays.SOURCE
ORDERS, SHADOW, PAID = (ChannelId(SERVER, ChannelKind.TOPIC, name) for name in ("orders", "shadow", "paid"))
BILLING = ApplicationId("billing")
TO_SHADOW = Target(SERVER, SHADOW)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Frozen:
    path = tmp_path_factory.mktemp("plan") / "c.evs"
    replays.capture(path, 40)
    return frozen(Choice(source=str(path)), Order.TIME, path.with_name("x.evs"))


def graph(*, back: ChannelId = PAID, source: ChannelId = SHADOW) -> DependencyGraph:
    edges = [OperationId(BILLING, Action.RECEIVE, source), OperationId(BILLING, Action.SEND, back)]
    return DependencyGraph(
        applications={BILLING: Application(BILLING, "billing", ApplicationKind.SERVICE)},
        channels={each: Channel(each, partitions=3) for each in (ORDERS, SHADOW, PAID)},
        operations={each: Operation(each, 0.9, ()) for each in edges},
    )


def made(records: Frozen, target: Target, known: DependencyGraph, **more: Any) -> Plan:
    choice = Choice(source="c.evs", query=more.pop("query", "offset>0"))
    force, project = more.pop("force", ""), read(more.pop("project", ""), "p.toml")
    connected = cast(Any, {} if more.pop("away", False) else {SERVER: None})
    request = Request(choice, target, force_reason=force)
    branching, seen = more.pop("branching", {}), more.pop("repetitions", {})
    known_too = Circumstances(known, connected, branching, project, repetitions=seen)
    return plan(request, "r-1", records, known_too)


def test_a_plan_says_what_it_would_cause(records: Frozen) -> None:
    found = made(records, TO_SHADOW, graph(), branching={Branch(SHADOW, BILLING, PAID): 1.5})
    assert (found.why_not, found.records) == ("", 40)
    (way,) = found.ways
    assert (way.origin, way.target, way.records, way.partitions) == (ORDERS, SHADOW, 40, 3)
    assert way.ends == tuple((partition, 10) for partition in range(4))
    assert [(each.channel, each.records, each.measured) for each in found.caused] == [(PAID, 60.0, True)]
    (side,) = found.sides
    assert (side.application, side.records, side.known) == (BILLING, 40.0, Known.UNKNOWN)
    declared = '[[applications]]\nname = "billing"\nidempotent = true\n'
    assert made(records, TO_SHADOW, graph(), project=declared).sides[0].known is Known.IDEMPOTENT


@pytest.mark.parametrize(
    ("repeats", "declared", "known", "said"),
    [
        (
            True,
            None,
            Known.REPEATS,
            "had 3 events more than once and sent 7 records to paid, where 3 are usual.",
        ),
        (True, True, Known.REPEATS, "are usual. The project says that billing is idempotent."),
        (False, None, Known.HARMLESS, "had 3 events more than once and sent no more to paid than usual."),
        (False, False, Known.REPEATS, "The project says that billing is not idempotent."),
        (None, None, Known.UNKNOWN, "Nothing says what billing does with a record that it had before."),
    ],
)
def test_what_was_seen_counts_more_than_what_is_declared(
    records: Frozen, repeats: bool | None, declared: bool | None, known: Known, said: str
) -> None:
    words = "" if declared is None else f'[[applications]]\nname = "billing"\nidempotent = {declared}\n'
    seen: Any = {} if repeats is None else {(BILLING, SHADOW): Repetition(3, PAID, 7, 3.0, repeats)}
    (side,) = made(records, TO_SHADOW, graph(), project=words.lower(), repetitions=seen).sides
    assert side.known is known
    assert said in side.sentence


@pytest.mark.parametrize(
    ("target", "known", "more", "kind"),
    [
        (Target(SERVER, ORDERS), {}, {}, "self-copy"),
        (TO_SHADOW, {"back": ORDERS}, {}, "returns"),
        (TO_SHADOW, {}, {"query": ""}, "unbounded"),
    ],
)
def test_dangers_take_a_reason(records: Frozen, target: Target, known: Any, more: Any, kind: str) -> None:
    found = made(records, target, graph(**known), **more)
    assert [each.kind for each in found.reasons] == [kind]
    assert found.why_not.startswith(found.reasons[0].sentence)
    forced = made(records, target, graph(**known), force="a test", **more)
    assert (forced.why_not, [each.kind for each in forced.overridden]) == ("", [kind])


@pytest.mark.parametrize(
    ("target", "more", "kind"),
    [
        (Target(ServerId("kafka", "other:9092"), SHADOW), {}, "not connected"),
        (TO_SHADOW, {"away": True}, "not connected"),
        (Target(SERVER, ChannelId(SERVER, ChannelKind.TOPIC, "nowhere")), {}, "missing"),
        (TO_SHADOW, {"project": '[protected]\nchannels = ["sha*"]\n'}, "protected"),
        (TO_SHADOW, {"project": '[protected]\nservers = ["shop.example:*"]\n'}, "protected"),
    ],
)
def test_no_reason_overrides_what_cannot_be(records: Frozen, target: Target, more: Any, kind: str) -> None:
    assert [each.kind for each in made(records, target, graph(), force="a test", **more).reasons] == [kind]


def test_shadows_are_made_where_they_are_missing(records: Frozen) -> None:
    (way,) = made(records, Target(SERVER, ending=".shadow"), graph()).ways
    assert (way.target.name, way.made) == ("orders.shadow", True)


def test_an_empty_list_is_no_replay(records: Frozen, tmp_path: Path) -> None:
    none = frozen(Choice(source=str(records.capture), query="offset>99"), Order.TIME, tmp_path / "x.evs")
    assert made(none, TO_SHADOW, graph()).reasons[0].kind == "empty"


def test_channels_are_made_on_the_private_kafka_and_another_kind_of_broker_tells_its_losses(
    records: Frozen,
) -> None:
    private = ServerId("kafka", "127.0.0.1:1")
    found = made(records, Target(private, create=True), graph())
    (way,) = found.ways
    assert (way.target, way.made) == (ChannelId(private, ChannelKind.TOPIC, "orders"), True)
    assert not any("has no keys" in each for each in found.warnings)
    rabbit = ServerId("rabbitmq", "127.0.0.1:5672")
    warnings = made(records, Target(rabbit), graph()).warnings
    assert sum("RabbitMQ has no keys" in each for each in warnings) == 1
