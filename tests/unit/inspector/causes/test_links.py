from __future__ import annotations

import numpy as np
import pytest

from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import Alias, LinkGrade
from inspector.causes.causality import Causality
from inspector.causes.links import FLOW, GRADES, NONE, UNLINKED, Window
from inspector.observation import RecordsSeen
from inspector.record import Position, Record
from inspector.traits import Traits

SERVER = ServerId("kafka", "127.0.0.1:9092")
S = 1_000_000_000


def channel(name: str) -> ChannelId:
    return ChannelId(SERVER, ChannelKind.TOPIC, name)


A, B, C = channel("a"), channel("b"), channel("c")


class Tape:
    """Folds records one by one, each at the next offset of its channel."""

    def __init__(self, causality: Causality | None = None) -> None:
        self.causality = causality or Causality()
        self.offsets: dict[ChannelId, int] = {}

    def add(
        self, where: ChannelId, seconds: float, said: Traits, offset: int | None = None, skipped: int = 0
    ) -> None:
        at = self.offsets.get(where, 0) if offset is None else offset
        self.offsets[where] = at + 1
        record = Record(where, Position(0, at), int(seconds * S), None, b"{}")
        self.causality.fold(RecordsSeen(where, (record,), skipped), [said])

    def window(self, seconds: float = 100) -> Window:
        return self.causality.settle(int(seconds * S), [A, B, C])

    def links(self, cause: ChannelId, effect: ChannelId) -> list[tuple[float, float, bool]]:
        """Times of cause and effect of each link, and whether it is proven."""
        window = self.window()
        found = window.links(cause, effect)
        return [
            (float(window.time[parent]) / S, float(window.time[child]) / S, bool(sure))
            for child, parent, sure in zip(found.child, found.parent, found.grade < FLOW, strict=True)
        ]


def step(number: int, flow: str = "f", parent: str | None = None) -> Traits:
    return Traits(event_id=f"{flow}-{number}", parent_id=parent, flow_id=flow, step=number)


def test_the_only_record_at_the_step_before_is_the_cause() -> None:
    tape = Tape()
    tape.add(B, 2, step(1, parent="f"))
    tape.add(A, 1, step(0))
    tape.add(A, 3, step(2))
    tape.add(A, 3.5, step(2, "g"))
    assert tape.links(A, B) == [(1, 2, True)]
    # Another flow at the same step is no cause.
    assert tape.links(B, A) == [(2, 3, True)]


def test_two_records_at_the_step_before_prove_nothing_of_either() -> None:
    tape = Tape()
    tape.add(A, 1, step(1))
    tape.add(A, 2, step(1))
    tape.add(B, 3, step(2))
    assert tape.links(A, B) == [(2, 3, False)]


def test_a_second_record_at_a_step_takes_a_proof_back() -> None:
    tape = Tape()
    tape.add(A, 1, step(1))
    tape.add(B, 3, step(2))
    assert tape.links(A, B) == [(1, 3, True)]
    tape.add(C, 2, step(1))
    assert tape.links(A, B) == [(1, 3, False)]


def test_a_named_parent_counts_before_the_step() -> None:
    tape = Tape()
    tape.add(A, 1, Traits(event_id="a1", flow_id="f", step=1))
    tape.add(C, 1.5, Traits(event_id="c1", flow_id="x"))
    tape.add(B, 2, Traits(event_id="b1", parent_id="c1", flow_id="f", step=2))
    assert tape.links(A, B) == []
    assert tape.links(C, B) == [(1.5, 2, True)]


def test_a_named_parent_is_proof_in_whatever_order_the_channels_are_read() -> None:
    tape = Tape()
    tape.add(B, 2, Traits(event_id="b1", parent_id="a1"))
    tape.add(A, 1, Traits(event_id="a1"))
    tape.add(B, 3, Traits(event_id="b2", parent_id="nobody"))
    assert tape.links(A, B) == [(1, 2, True)]
    assert tape.links(B, A) == []
    assert [rows.tolist() for rows in tape.window().caused()] == [[0], [1]]


def test_an_event_on_two_channels_is_the_cause_on_either() -> None:
    tape = Tape()
    tape.add(A, 1, Traits(event_id="x"))
    tape.add(C, 1, Traits(event_id="x"))
    tape.add(B, 2, Traits(event_id="b", parent_id="x"))
    assert tape.links(A, B) == [(1, 2, True)]
    assert tape.links(C, B) == [(1, 2, True)]


def test_of_a_repeated_event_the_first_is_the_cause() -> None:
    tape = Tape()
    tape.add(A, 1, Traits(event_id="x"))
    tape.add(A, 2, Traits(event_id="x"))
    tape.add(B, 3, Traits(event_id="b", parent_id="x"))
    assert tape.links(A, B) == [(1, 3, True)]


def test_the_origin_of_a_dead_letter_is_proof_and_beats_the_copied_parent() -> None:
    tape = Tape()
    dead = Traits(event_id="a1", parent_id="c1", origin="a/0/7")
    tape.add(B, 2, dead)
    tape.add(C, 0, Traits(event_id="c1"))
    tape.add(A, 1, Traits(event_id="a1", parent_id="c1"), offset=7)
    assert tape.links(A, B) == [(1, 2, True)]
    assert tape.links(C, B) == []
    assert len(tape.window().caused()[0]) == 2


@pytest.mark.parametrize("origin", ["", "a", "a/0", "a/0/x", "/0/7", "a/-1/7"])
def test_an_origin_that_cannot_be_read_links_nothing(origin: str) -> None:
    tape = Tape()
    tape.add(A, 1, Traits(), offset=7)
    tape.add(B, 2, Traits(origin=origin))
    assert tape.links(A, B) == []


def test_one_flow_links_to_its_latest_earlier_record() -> None:
    tape = Tape()
    tape.add(A, 1, Traits(flow_id="f"))
    tape.add(A, 3, Traits(flow_id="f"))
    tape.add(A, 4, Traits(flow_id="other"))
    tape.add(B, 3, Traits(flow_id="f"))
    tape.add(B, 5, Traits(flow_id="f"))
    tape.add(B, 6, Traits(flow_id="unknown"))
    assert tape.links(A, B) == [(1, 3, False), (3, 5, False)]


def test_flows_are_not_asked_where_parents_are_named() -> None:
    tape = Tape()
    tape.add(A, 1, Traits(event_id="a1", flow_id="f"))
    tape.add(B, 2, Traits(event_id="b1", flow_id="f"))
    tape.add(B, 3, Traits(event_id="b2", flow_id="f", parent_id="a1"))
    assert tape.links(A, B) == [(1, 3, True)]


def test_flows_are_asked_of_a_sender_who_names_no_parents_whatever_others_do() -> None:
    tape = Tape()
    names, shares = Alias("source", "/shop"), Alias("source", "/audit")
    tape.add(A, 1, Traits(event_id="a1", flow_id="f"))
    tape.add(B, 2, Traits(sender=names, event_id="b1", flow_id="f"))
    tape.add(B, 3, Traits(sender=names, event_id="b2", parent_id="unknown"))
    tape.add(B, 4, Traits(sender=shares, event_id="b3", flow_id="f"))
    assert tape.links(A, B) == [(1, 4, False)]


def test_a_forwarded_event_is_a_flow_of_its_own() -> None:
    tape = Tape()
    tape.add(A, 1, Traits(event_id="x"))
    tape.add(B, 2, Traits(event_id="x"))
    assert tape.links(A, B) == [(1, 2, False)]


def test_an_id_that_two_senders_give_to_events_of_different_types_is_not_of_one_event() -> None:
    """As CloudEvents has it, where an id is unique for its source alone."""
    tape = Tape()
    tape.add(A, 1, Traits(sender=Alias("source", "/shop"), type="Placed", event_id="1"))
    tape.add(B, 2, Traits(sender=Alias("source", "/billing"), type="Paid", event_id="1"))
    assert tape.links(A, B) == []
    tape.add(B, 3, Traits(sender=Alias("source", "/billing"), type="Placed", event_id="1"))
    assert tape.links(A, B) == [(1, 3, False)]


def test_records_without_ids_are_linked_by_nothing() -> None:
    tape = Tape()
    tape.add(A, 1, Traits())
    tape.add(B, 2, Traits())
    assert tape.links(A, B) == []


def test_a_replay_and_what_it_caused_prove_nothing_about_the_original() -> None:
    tape = Tape()
    tape.add(A, 1, Traits(event_id="a1"))
    tape.add(B, 2, Traits(event_id="b1", parent_id="a1"))
    tape.add(A, 50, Traits(event_id="a1", replay_id="r"))
    tape.add(B, 51, Traits(event_id="b2", parent_id="a1"))
    assert tape.links(A, B) == [(1, 2, True), (50, 51, True)]
    window = tape.window()
    assert window.replayed.tolist() == [False, False, True, True]
    assert [rows.tolist() for rows in window.caused()] == [[1], [0]], "what a replay set off is left out"


def test_what_shares_the_flow_of_a_replay_is_not_held_to_come_from_the_original() -> None:
    tape = Tape()
    tape.add(A, 1, Traits(event_id="a1", flow_id="f"))
    tape.add(B, 2, Traits(event_id="b1", flow_id="f"))
    tape.add(A, 50, Traits(event_id="a1", flow_id="f", replay_id="r"))
    tape.add(B, 51, Traits(event_id="b2", flow_id="f"))
    tape.add(B, 52, Traits(event_id="b3", flow_id="g"))
    assert tape.window().replayed.tolist() == [False, False, True, True, False]


def test_each_ground_has_its_grade() -> None:
    tape = Tape()
    tape.add(A, 1, Traits(event_id="named", flow_id="f0", step=0), offset=0)
    tape.add(A, 2, Traits(event_id="tried", attempt=1), offset=1)
    tape.add(A, 3, Traits(flow_id="f1"), offset=2)
    tape.add(B, 11, Traits(event_id="b", parent_id="named"))
    tape.add(C, 11, Traits(origin="a/0/1"))
    tape.add(C, 12, Traits(event_id="c", flow_id="f0", step=1))
    tape.add(C, 13, Traits(event_id="tried", attempt=2))
    tape.add(C, 14, Traits(event_id="tried", attempt=1))
    tape.add(C, 15, Traits(flow_id="f1"))
    window = tape.window()
    assert [GRADES[one] for one in window.links(A, B).grade] == [LinkGrade.POINTER]
    assert [GRADES[one] for one in window.links(A, C).grade] == [
        LinkGrade.POSITION, LinkGrade.COUNTER, LinkGrade.COUNTER, LinkGrade.FLOW, LinkGrade.FLOW,
    ]  # fmt: skip


def test_the_cause_of_rows_is_found_where_there_is_one() -> None:
    tape = Tape()
    tape.add(A, 1, Traits(event_id="a"))
    tape.add(B, 2, Traits(event_id="b", parent_id="a"))
    tape.add(B, 3, Traits(event_id="c", parent_id="unknown"))
    links = tape.window().links(A, B)
    parent, grade = links.of(np.array([1, 2, NONE]))
    assert parent.tolist() == [0, NONE, NONE]
    assert grade.tolist() == [0, UNLINKED, UNLINKED]
    parent, grade = tape.window().links(B, C).of(np.array([1, NONE]))
    assert (parent.tolist(), grade.tolist()) == ([NONE, NONE], [UNLINKED, UNLINKED])


def test_the_same_event_on_two_channels_at_once_was_not_made_of_one_another() -> None:
    """Where causes are named, only what comes back to a channel is held to have come from elsewhere."""
    tape = Tape()
    for number in range(3):
        said = Traits(event_id=f"both-{number}", parent_id=f"cause-{number}")
        tape.add(A, number, said)
        tape.add(B, number + 0.1, said)
    assert tape.links(A, B) == []
    tape.add(B, 9, Traits(event_id="both-1", parent_id="cause-1"))
    assert tape.links(A, B) == [(1, 9, False)]


def test_clocks_that_disagree_are_set_right_by_the_order_on_a_channel() -> None:
    """One sender's clock is five seconds behind; flows link by time."""
    tape = Tape()
    late, right = Alias("source", "/late"), Alias("source", "/right")
    for number in range(40):
        at = 10 + number / 10
        tape.add(A, at, Traits(flow_id=f"f{number}", sender=right))
        tape.add(B, at + 0.2 - 5, Traits(flow_id=f"f{number}", sender=late))
        tape.add(B, at + 0.25, Traits(flow_id=f"g{number}", sender=right))
    assert len(tape.links(A, B)) == 40
    window = tape.window()
    links = window.links(A, B)
    took = window.time[links.child] - window.time[links.parent]
    assert np.median(took) / S == pytest.approx(0.2, abs=0.1)
