from __future__ import annotations

import msgspec
import pytest

from graph.identity import Action, ApplicationId, ChannelId, ChannelKind, LoopId, OperationId, ServerId
from graph.model import Channel, DependencyGraph, FeedbackLoop, LoopStatus, Operation
from graph.reach import Branch
from inspector.record import Headers, Position
from inspector.replay.plan import HOPS_HEADER, ORIGIN_HEADER, REPLAY_HEADER, ReplayPlan, ReplayRequest, Step
from inspector.replay.planner import plan

SERVER = ServerId("kafka", "127.0.0.1:9092")
ORDERS, BILLS, AUDIT, OFFSETS = (
    ChannelId(SERVER, ChannelKind.TOPIC, name) for name in ("orders", "bills", "audit", "__offsets")
)
BILLING, CLERK = ApplicationId("billing"), ApplicationId("clerk")


def graph(status: LoopStatus = LoopStatus.RUNAWAY) -> DependencyGraph:
    """`billing` and `clerk` send records round `orders` and `bills`; what is on `audit` stays there."""
    ids = (
        OperationId(BILLING, Action.RECEIVE, ORDERS),
        OperationId(BILLING, Action.SEND, BILLS),
        OperationId(CLERK, Action.RECEIVE, BILLS),
        OperationId(CLERK, Action.SEND, ORDERS),
    )
    loop = FeedbackLoop(LoopId("1"), (ORDERS, BILLING, BILLS, CLERK), ids, status, 0.9, gain=1.14)
    channels = [
        Channel(ORDERS),
        Channel(BILLS),
        Channel(AUDIT, receivers_visible=False),
        Channel(OFFSETS, internal=True),
    ]
    return DependencyGraph(
        channels={channel.id: channel for channel in channels},
        operations={id_: Operation(id_, 0.9, ()) for id_ in ids},
        loops={loop.id: loop},
    )


def planned(
    target: ChannelId = AUDIT,
    origin: ChannelId = ORDERS,
    headers: Headers = (),
    force: str = "",
    value: bytes | None = b"{}",
    status: LoopStatus = LoopStatus.RUNAWAY,
    already_there: int = 0,
    connected: tuple[ServerId, ...] = (SERVER,),
    branching: dict[Branch, float] | None = None,
) -> ReplayPlan:
    request = ReplayRequest(origin, Position(0, 17), target, b"k", value, headers, force_reason=force)
    return plan(
        request,
        graph(status),
        replay_id="r-1",
        connected=connected,
        already_there=already_there,
        branching=branching,
    )


def test_the_record_is_marked_and_older_marks_are_taken_off() -> None:
    old: Headers = (
        ("ce_id", b"1"),
        (REPLAY_HEADER.upper(), b"old"),
        (HOPS_HEADER, b"3"),
        ("empty", b""),
        ("null", None),
    )
    assert planned(headers=old).outgoing_headers == (
        ("ce_id", b"1"),
        ("empty", b""),
        ("null", None),
        (REPLAY_HEADER, b"r-1"),
        (ORIGIN_HEADER, b"kafka://127.0.0.1:9092/topic/orders/0/17"),
        (HOPS_HEADER, b"16"),
    )


def test_a_quiet_channel_may_be_sent_to() -> None:
    made = planned()
    assert made.why_not == ""
    assert made.steps == ()
    assert made.leaves == (AUDIT,)
    assert made.warnings == ("Who receives audit is not visible, so the record may reach further.",)


def test_a_runaway_loop_takes_a_reason() -> None:
    refused = planned(ORDERS)
    assert refused.why_not.startswith(
        "The record would enter a loop that keeps itself going, with gain 1.14: "
    )
    assert "orders → billing → bills → clerk → orders" in refused.why_not
    assert refused.loops == (LoopId("1"),)
    forced = planned(ORDERS, force="test of the breaker")
    assert forced.why_not == ""
    assert any("keeps itself going" in warning for warning in forced.warnings)
    assert planned(ORDERS, force="  ").why_not == refused.why_not


def test_a_loop_that_dies_out_is_only_warned_about() -> None:
    made = planned(BILLS, status=LoopStatus.ACTIVE)
    assert made.why_not == ""
    assert any("enter a loop" in warning for warning in made.warnings)
    assert not any("loop" in warning for warning in planned(BILLS, status=LoopStatus.POSSIBLE).warnings)


def test_sending_into_its_own_channel_is_allowed_and_warned_about() -> None:
    made = planned(ORDERS, status=LoopStatus.POSSIBLE, already_there=1)
    assert made.why_not == ""
    assert made.warnings == ("It goes back to orders, so everyone who receives it there gets it twice.",)


def test_records_already_there_and_null_values_are_warned_about() -> None:
    made = planned(BILLS, status=LoopStatus.POSSIBLE, already_there=2, value=None)
    assert made.already_there == 2
    assert [warning.split()[0] for warning in made.warnings] == ["bills", "The"]


@pytest.mark.parametrize("force", ["", "I want to"])
def test_what_is_impossible_stays_so_with_a_reason(force: str) -> None:
    unknown = ChannelId(SERVER, ChannelKind.TOPIC, "nowhere")
    assert planned(unknown, force=force).why_not.startswith("nowhere is not known")
    assert "is not connected" in planned(force=force, connected=()).why_not


def test_internal_channels_take_a_reason() -> None:
    assert planned(OFFSETS).why_not.startswith("__offsets belongs to the broker")
    assert planned(OFFSETS, force="repair").why_not == ""


def test_steps_tell_who_receives_it_and_what_they_send() -> None:
    branching = {Branch(ORDERS, BILLING, BILLS): 0.5}
    made = planned(ORDERS, branching=branching)
    assert [msgspec.structs.replace(step, confidence=round(step.confidence, 3)) for step in made.steps] == [
        Step(BILLING, ORDERS, 0, 0.9, ((BILLS, 0.5),)),
        Step(CLERK, BILLS, 1, 0.729, ((ORDERS, 0.5),)),
    ]
