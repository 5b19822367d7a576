from __future__ import annotations

import pytest

from graph.identity import Action, ApplicationId, ChannelId, ChannelKind, OperationId, ServerId
from graph.model import Alias, DependencyGraph
from graph.reach import Branch
from inspector.causes.causality import Causality
from inspector.causes.links import Window
from inspector.causes.passages import Passages
from inspector.causes.ways import Between, find_causes
from inspector.observation import RecordsSeen
from inspector.record import Position, Record
from inspector.traits import Traits

A, B = (ChannelId(ServerId("kafka", "h:1"), ChannelKind.TOPIC, name) for name in "ab")
ONE, TWO = ApplicationId("one"), ApplicationId("two")
NAMES = {Alias("source", "/one"): ONE, Alias("source", "/two"): TWO}
S = 1_000_000_000


def passages(between: set[ApplicationId], senders: list[str | None]) -> Passages:
    """A record a second on `a`, each causing one on `b` from each sender, the first after 100 ms."""
    causality = Causality()
    for number in range(40):
        cause = Record(A, Position(0, number), number * S, None, b"")
        causality.fold(RecordsSeen(A, (cause,)), [Traits(event_id=f"a{number}")])
        for at, sender in enumerate(senders):
            when = number * S + (at + 1) * S // 10
            effect = Record(B, Position(at, number), when, None, b"")
            alias = None if sender is None else Alias("source", sender)
            said = Traits(event_id=f"b{number}.{at}", parent_id=f"a{number}", sender=alias)
            causality.fold(RecordsSeen(B, (effect,)), [said])
    return found_in(causality.settle(60 * S, []), lambda *ends: between if ends == (A, B) else set())


def found_in(window: Window, between: Between) -> Passages:
    return Passages(window, find_causes(window, NAMES, between, DependencyGraph()))


def test_each_sender_has_its_own_times_and_numbers() -> None:
    found = passages({ONE, TWO}, ["/one", "/two", "/two"])
    assert found.latencies_ms() == {
        OperationId(ONE, Action.RECEIVE, A): 100.0,
        OperationId(ONE, Action.SEND, B): 100.0,
        OperationId(TWO, Action.RECEIVE, A): 300.0,
        OperationId(TWO, Action.SEND, B): 300.0,
    }
    assert found.branching(41 * S) == {Branch(A, ONE, B): 1.0, Branch(A, TWO, B): 2.0}


@pytest.mark.parametrize("sender", [None, "/stranger"])
def test_an_unknown_sender_is_whoever_alone_it_can_be(sender: str | None) -> None:
    assert passages({ONE}, [sender]).branching(41 * S) == {Branch(A, ONE, B): 1.0}
    assert passages({ONE, TWO}, [sender]).branching(41 * S) == {}
    assert passages({ONE, TWO}, [sender]).latencies_ms() == {}


def test_a_sender_that_does_not_receive_the_cause_is_no_branch() -> None:
    assert passages({ONE}, ["/two"]).latencies_ms() == {}


def test_what_a_replay_sets_off_is_left_out() -> None:
    """The original causes one record, the replay of it two."""
    causality = Causality()
    for number in range(80):
        replay_id = "replay-1" if number % 2 else None
        event = f"a{number // 2}"
        cause = Record(A, Position(0, number), number * S, None, b"")
        causality.fold(RecordsSeen(A, (cause,)), [Traits(event_id=event, replay_id=replay_id)])
        for at in range(1 + number % 2):
            effect = Record(B, Position(at, number), number * S + S // 10, None, b"")
            said = Traits(event_id=f"b{number}.{at}", parent_id=event, sender=Alias("source", "/one"))
            causality.fold(RecordsSeen(B, (effect,)), [said])
    found = found_in(causality.settle(90 * S, []), lambda *_: {ONE})
    assert found.branching(85 * S) == {Branch(A, ONE, B): 1.0}


def test_too_few_records_give_no_number() -> None:
    assert passages({ONE}, ["/one"]).branching(10 * S) == {}
