from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.identity import ApplicationId, ChannelId, ChannelKind, ServerId
from graph.model import Alias
from inspector.causality import Causality, Window
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
            for child, parent, sure in zip(found.child, found.parent, found.proven, strict=True)
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


def test_steps_are_forgotten_with_their_records() -> None:
    tape = Tape(Causality(capacity=200))
    for number in range(600):
        flow = f"f{number}"
        tape.add(A, number, step(0, flow))
        tape.add(B, number + 0.5, step(1, flow))
    window = tape.window(600)
    assert len(window) <= 200
    links = window.links(A, B)
    assert len(links.child) >= 50
    assert all(links.proven)
    assert (window.time[links.child] - window.time[links.parent] == S // 2).all()


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


def test_a_forwarded_event_is_a_flow_of_its_own() -> None:
    tape = Tape()
    tape.add(A, 1, Traits(event_id="x"))
    tape.add(B, 2, Traits(event_id="x"))
    assert tape.links(A, B) == [(1, 2, False)]


@pytest.mark.parametrize("seconds", [-1e-3, 1.7e12])
def test_a_time_that_cannot_be_is_passed_over(seconds: float) -> None:
    tape = Tape()
    tape.add(A, seconds, Traits(event_id="a1"))
    assert len(tape.window()) == 0


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
    assert len(tape.window()) == 3
    assert tape.links(A, B) == [(1, 2, True)]


def test_a_record_read_twice_counts_once() -> None:
    tape = Tape()
    for _ in range(2):
        tape.add(A, 1, Traits(event_id="a1"), offset=4)
    assert len(tape.window()) == 1


def test_old_records_are_forgotten_with_their_ids() -> None:
    tape = Tape(Causality(age_ns=10 * S))
    tape.add(A, 1, Traits(event_id="a1"))
    tape.add(B, 95, Traits(event_id="b1", parent_id="a1", origin=None))
    tape.add(A, 96, Traits(event_id="a2"))
    tape.add(B, 97, Traits(event_id="b2", parent_id="a2"))
    assert len(tape.window(100)) == 3
    assert tape.links(A, B) == [(96, 97, True)]
    tape.add(A, 98, Traits(event_id="a1"))
    assert tape.links(A, B) == [(98, 95, True), (96, 97, True)], "a pointer is believed more than clocks"


def test_memory_is_bounded_and_channels_on_no_loop_go_first() -> None:
    tape = Tape(Causality(capacity=400))
    for number in range(300):
        tape.add(A, number / 10, Traits(event_id=f"a{number}"))
        for copy in range(3):
            sensor = Alias("source", f"/sensor/{number}.{copy}")
            tape.add(C, number / 10, Traits(event_id=f"c{number}.{copy}", sender=sensor))
    window = tape.causality.settle(31 * S, [A])
    assert len(window.rows(A)) == 200
    assert len(window.rows(C)) == 100
    assert float(window.time[window.rows(A)].min()) / S == 10.0, "the newest are kept"
    for number in range(5_000):
        tape.add(A, 30 + number / 100, Traits(event_id=f"d{number}", parent_id=f"d{number - 1}"))
    assert len(tape.causality.settle(90 * S, [A])) <= 400
    assert len(tape.causality._ids) <= 2 * 400, "ids are forgotten too"
    assert len(tape.causality._senders) <= 400


def test_the_share_of_records_that_were_read() -> None:
    tape = Tape()
    tape.add(A, 1, Traits(), skipped=1_000)
    tape.add(A, 1, Traits(), skipped=3)
    tape.add(B, 1, Traits())
    tape.add(B, 20, Traits())
    tape.causality.fold(RecordsSeen(B, (), skipped=4), [])
    window = tape.window()
    assert window.seen_share(A, 0) == 0.4
    assert window.seen_share(B, 0) == pytest.approx(2 / 6)
    assert window.seen_share(B, 10 * S) == pytest.approx(1 / 5)
    assert window.seen_share(A, 10 * S) == 1.0
    assert window.seen_share(C, 0) == 1.0


def test_senders_are_known_by_any_of_their_names() -> None:
    tape = Tape()
    mine, others, group, stranger = (Alias("source", name) for name in ("/one", "/other", "one", "/stranger"))
    for sender in (mine, others, group, stranger, None):
        tape.add(A, 1, Traits(sender=sender))
    one, other = ApplicationId("one"), ApplicationId("other")
    applications, by = tape.window().sent_by({mine: one, others: other, group: one})
    assert [applications[at] if at >= 0 else None for at in by.tolist()] == [one, other, one, None, None]


@given(st.integers(0, 2**32), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_links_survive_forgetting(seed: int, count: int) -> None:
    """What is forgotten in between takes no link between remembered records with it."""
    rng = random.Random(seed)
    forgetful, whole = Tape(Causality(capacity=1_000, age_ns=20 * S)), Tape()
    for number in range(count):
        where = rng.choice([A, B])
        parent = rng.choice([None, f"e{rng.randrange(count)}"])
        origin = f"{rng.choice('ab')}/0/{rng.randrange(10)}" if rng.random() < 0.2 else None
        said = Traits(event_id=f"e{number}", parent_id=parent, origin=origin)
        for tape in (forgetful, whole):
            tape.add(where, number, said)
        if rng.random() < 0.3:
            forgetful.window(number)
    remembered = set((forgetful.window(count).time / S).tolist())
    for cause in (A, B):
        for effect in (A, B):
            expected = [link for link in whole.links(cause, effect) if remembered.issuperset(link[:2])]
            window = forgetful.window(count)
            found = window.links(cause, effect)
            times = zip(window.time[found.parent] / S, window.time[found.child] / S, strict=True)
            assert [(float(a), float(b)) for a, b in times] == [link[:2] for link in expected]
