"""Records of everything that looks like feedback, made here: each must be called what it is."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest

from graph.identity import ApplicationId, RouteKind
from graph.loops.counting import Counting, RequestReply
from graph.model import (
    Alias,
    DependencyGraph,
    EdgeState,
    FeedbackLoop,
    LinkGrade,
    LoopNature,
    LoopStatus,
)
from inspector.loops.natures import forwards, retries
from inspector.loops.watch import LoopWatch
from inspector.observation import RecordsSeen
from inspector.record import Position, Record
from inspector.traits import Traits
from tests.made_shop import START, S, channel, graph_of, loops_of

END = START + 60 * S


class Play:
    """Records one after the other, each at the next offset of its channel."""

    def __init__(self) -> None:
        self.watch = LoopWatch()
        self.offsets: dict[str, int] = {}

    def put(self, where: str, at: float, said: Traits, value: bytes | None = b"{}") -> str:
        """The position of the record, as headers of dead letters name it."""
        offset = self.offsets[where] = self.offsets.get(where, -1) + 1
        record = Record(channel(where), Position(0, offset), START + int(at * S), None, value)
        self.watch.fold(RecordsSeen(record.channel, (record,)), [said])
        return f"{where}/0/{offset}"

    def measured(self, graph: DependencyGraph, counting: Counting | None = None) -> DependencyGraph:
        if counting is not None:
            self.watch.count(counting)
        return self.watch.measure(graph, END)

    def loop(self, graph: DependencyGraph, counting: Counting | None = None) -> FeedbackLoop:
        (loop,) = self.measured(graph, counting).loops.values()
        return loop


def by(name: str) -> Alias:
    return Alias("source", f"/{name}")


RETRIES = graph_of("billing < orders", "billing > orders.retry", "again < orders.retry", "again > orders")


def test_what_fails_and_comes_back_unchanged_with_a_higher_count_is_a_retry() -> None:
    play = Play()
    for order in range(10):
        for attempt in range(3):
            said = Traits(event_id=f"order-{order}", attempt=attempt or None)
            play.put("orders", order + attempt / 5, said, b"order %d" % order)
            play.put(
                "orders.retry", order + attempt / 5 + 0.1, msgspec.structs.replace(said, attempt=attempt + 1)
            )
    loop = play.loop(RETRIES)
    assert (loop.nature, loop.status) == (LoopNature.RETRY, LoopStatus.ACTIVE)
    assert loop.laps_max == 2
    assert loop.grade is LinkGrade.FLOW, "back from the retry channel the count is the same"


@pytest.mark.parametrize("kept", [False, True])
def test_a_dead_letter_that_is_sent_on_unchanged_is_a_retry(kept: bool) -> None:
    """With the headers of the dead letter kept or left out, as both is done."""
    graph = graph_of(
        "billing < orders", "orders -> orders-dlt", "again < orders-dlt", "again > orders"
    )  # fmt: skip
    play = Play()
    for order in range(5):
        said = Traits(event_id=f"order-{order}", type="Placed")
        where = play.put("orders", order, said, b"order %d" % order)
        for attempt in range(1, 3):
            dead = msgspec.structs.replace(said, origin=where, sender=Alias("group", "billing"))
            play.put("orders-dlt", order + attempt / 5, dead, b"order %d" % order)
            again = dead if kept else said
            where = play.put("orders", order + attempt / 5 + 0.1, again, b"order %d" % order)
    loop = play.loop(graph)
    assert (loop.nature, loop.laps_max, loop.grade) == (LoopNature.RETRY, 2, LinkGrade.FLOW)
    assert [step.grade for step in loop.trail] == [None, LinkGrade.POSITION, LinkGrade.FLOW]
    assert "retries" in play.measured(graph).findings[0].message


def test_an_application_that_tries_again_on_its_own_channel_is_a_retry() -> None:
    graph = graph_of("mailer < mails", "mailer > mails")
    play = Play()
    for mail in range(5):
        for attempt in range(3):
            said = Traits(event_id=f"mail-{mail}", attempt=attempt or None)
            play.put("mails", mail + attempt / 5, said, b"mail %d" % mail)
    loop = play.loop(graph)
    assert (loop.nature, loop.grade, loop.laps_max) == (LoopNature.RETRY, LinkGrade.COUNTER, 2)


def test_the_same_event_written_twice_is_a_redelivery_and_proves_nothing() -> None:
    graph = graph_of("billing < orders", "billing > payments", "audit < payments", "audit > orders")
    play = Play()
    for order in range(10):
        said = Traits(event_id=f"order-{order}")
        for again in (0, 1):
            play.put("orders", order + again / 2, said)
            play.put("payments", order + again / 2 + 0.1, Traits(event_id=f"order-{order}"))
    loop = play.loop(graph)
    assert (loop.nature, loop.status, loop.chains) == (LoopNature.REDELIVERY, LoopStatus.POSSIBLE, 0)
    assert "came again" in play.measured(graph).findings[0].message


def test_the_same_event_forwarded_by_a_named_application_is_feedback() -> None:
    graph = graph_of("billing < orders", "billing > payments", "audit < payments", "audit > orders")
    play = Play()
    for order in range(10):
        event = f"order-{order}"
        play.put("orders", order, Traits(event_id=event, sender=by("shop")))
        play.put("payments", order + 0.1, Traits(event_id=event, sender=by("billing")))
        play.put("orders", order + 0.2, Traits(event_id=event, sender=by("audit")))
    loop = play.loop(graph)
    assert (loop.nature, loop.status, loop.grade) == (LoopNature.FEEDBACK, LoopStatus.ACTIVE, LinkGrade.FLOW)


def test_mirrors_that_copy_to_each_other_are_feedback() -> None:
    graph = graph_of("here -> there", "there -> here", "app < here")
    there_and_back = {
        msgspec.structs.replace(route, kind=RouteKind.MIRROR): msgspec.structs.replace(
            known, id=msgspec.structs.replace(route, kind=RouteKind.MIRROR)
        )
        for route, known in graph.routes.items()
    }
    graph = DependencyGraph(**{**vars(graph), "routes": there_and_back})
    play = Play()
    for event in range(5):
        for lap in range(4):
            said = Traits(event_id=f"event-{event}", sender=by("app"))
            play.put("here", event + lap / 5, said)
            play.put("there", event + lap / 5 + 0.1, said)
    loop = play.loop(graph)
    assert (loop.nature, loop.status, loop.laps_max) == (LoopNature.FEEDBACK, LoopStatus.ACTIVE, 3)


ASKING = graph_of("shop > questions", "rater < questions", "rater > answers", "shop < answers")
PAIR = RequestReply(channel("questions"), channel("answers"))


def ask(play: Play, count: int, chained: bool = False, traces: int = 1_000) -> None:
    answer = None
    for number in range(count):
        flow = f"flow-{number % traces}"
        question = f"question-{number}"
        parent = answer if chained else None
        said = Traits(
            sender=by("shop"), event_id=question, parent_id=parent, flow_id=flow, reply_to="answers"
        )
        play.put("questions", number, said)
        answer = f"answer-{number}"
        cause = question if chained else None
        said = Traits(sender=by("rater"), event_id=answer, parent_id=cause, flow_id=flow)
        play.put("answers", number + 0.3, said)


@pytest.mark.parametrize("traces", [1_000, 4])
def test_requests_and_their_replies_make_no_loop_unless_they_are_counted(traces: int) -> None:
    play = Play()
    ask(play, 20, traces=traces)
    graph = play.measured(ASKING)
    assert not graph.loops
    assert not graph.findings
    loop = play.loop(ASKING, Counting(request_reply=True))
    assert (loop.nature, loop.status) == (LoopNature.REQUEST_REPLY, LoopStatus.POSSIBLE)
    assert (loop.grade is LinkGrade.FLOW) == (traces == 4), "a trace goes on, and no reply is proven to"


def test_replies_that_cause_requests_are_feedback() -> None:
    play = Play()
    ask(play, 20, chained=True)
    loop = play.loop(ASKING)
    assert (loop.nature, loop.status) == (LoopNature.FEEDBACK, LoopStatus.ACTIVE)


def test_a_few_requests_that_go_round_among_many_that_do_not_are_feedback() -> None:
    play = Play()
    answer = None
    for number in range(800):
        question = f"question-{number}"
        chained = number % 40 == 0
        parent = answer if chained else None
        at = number / 40
        said = Traits(sender=by("shop"), event_id=question, parent_id=parent, reply_to="answers")
        play.put("questions", at, said)
        reply = Traits(sender=by("rater"), event_id=f"answer-{number}", parent_id=question)
        play.put("answers", at + 0.02, reply)
        answer = reply.event_id if chained else answer
    loop = play.loop(ASKING)
    assert (loop.nature, loop.status, loop.laps_max) == (LoopNature.FEEDBACK, LoopStatus.ACTIVE, 19)


def test_a_pair_stays_one_in_silence_until_a_reply_causes_a_request() -> None:
    play = Play()
    ask(play, 20)
    assert not play.measured(ASKING).loops
    assert not play.watch.measure(ASKING, START + 2_000 * S).loops, "all records are forgotten"
    said = Traits(event_id="first", flow_id="f-1")
    play.put("answers", 2_001, said)
    play.put("questions", 2_002, Traits(event_id="second", parent_id="first", flow_id="f-1"))
    assert play.watch.measure(ASKING, START + 2_003 * S).loops


def test_an_address_for_answers_that_never_come_is_no_pair() -> None:
    play = Play()
    for number in range(20):
        play.put(
            "questions", number, Traits(event_id=f"q-{number}", flow_id=f"f{number}", reply_to="answers")
        )
        play.put("answers", number + 0.5, Traits(event_id=f"a-{number}", flow_id=f"other{number}"))
    assert play.loop(ASKING).nature is LoopNature.FEEDBACK


PROCESS = graph_of("desk < steps", "desk > tasks", "worker < tasks", "worker > steps")


@pytest.mark.parametrize(("kinds", "nature"), [(4, LoopNature.SAGA), (1, LoopNature.FEEDBACK)])
def test_steps_of_different_types_that_end_by_themselves_are_a_saga(kinds: int, nature: LoopNature) -> None:
    play = Play()
    for saga in range(60):
        parent = None
        for lap in range(4):
            for part, where in enumerate(("steps", "tasks")):
                event = f"saga-{saga}-{lap}-{part}"
                kind = f"{where}-{lap % kinds}"
                said = Traits(event_id=event, parent_id=parent, flow_id=f"saga-{saga}", type=kind)
                play.put(where, saga / 4 + lap / 5 + part / 10, said, b"%d %d" % (saga, lap))
                parent = event
    loop = play.loop(PROCESS)
    assert (loop.status, loop.nature, loop.laps_max) == (LoopStatus.BOUNDED, nature, 3)


def replayed(play: Play, natural: bool) -> None:
    """Ten records that stop after one hop, and each once more by a replay, which goes on round."""
    for number in range(10):
        event = f"step-{number}"
        for mark in (None, "replay-1"):
            at = number + (0.5 if mark else 0.0)
            play.put("steps", at, Traits(event_id=event, replay_id=mark))
            if mark or natural:
                task = f"task-{number}-{mark}"
                play.put("tasks", at + 0.1, Traits(event_id=task, parent_id=event, sender=by("desk")))
                back = f"back-{number}-{mark}"
                play.put("steps", at + 0.2, Traits(event_id=back, parent_id=task, sender=by("worker")))


def test_a_loop_that_only_replays_keep_going_does_not_count_until_it_is_asked_for() -> None:
    play = Play()
    replayed(play, natural=False)
    loop = play.loop(PROCESS)
    assert (loop.nature, loop.status, loop.gain) == (LoopNature.REPLAY, LoopStatus.POSSIBLE, None)
    assert len(loop.trail) == 3
    assert "sent again" in play.measured(PROCESS).findings[0].message
    loop = play.loop(PROCESS, Counting(replays=True))
    assert (loop.nature, loop.status, loop.chains) == (LoopNature.REPLAY, LoopStatus.ACTIVE, 10)


def test_a_loop_that_turns_without_replays_is_measured_without_them() -> None:
    play = Play()
    replayed(play, natural=True)
    loop = play.loop(PROCESS)
    assert (loop.nature, loop.status, loop.chains) == (LoopNature.FEEDBACK, LoopStatus.ACTIVE, 10)


def test_edges_of_the_past_make_no_loop_active() -> None:
    play = Play()
    replayed(play, natural=True)
    worker = ApplicationId("worker")
    past = {
        key: msgspec.structs.replace(one, state=EdgeState.HISTORIC) if key.application == worker else one
        for key, one in PROCESS.operations.items()
    }
    graph = DependencyGraph(**{**vars(PROCESS), "operations": past})
    assert not play.measured(graph).loops
    assert play.loop(graph, Counting(historic=True)).status is LoopStatus.POSSIBLE


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("orders", "orders-retry-0"), True),
        (("orders", "orders.DLT"), True),
        (("orders", "orders_error"), True),
        (("orders", "billing-DLQ"), True),
        (("orders", "retry-5s.orders"), True),
        (("orders", "deadlines"), False),
        (("orders", "terrors"), False),
        (("orders", "delaygrams"), False),
    ],
)
def test_channels_where_things_are_tried_again_are_known_by_their_names(
    names: Sequence[str], expected: bool
) -> None:
    one, two = names
    (path,) = loops_of(graph_of(f"a < {one}", f"a > {two}", f"b < {two}", f"b > {one}"))
    assert retries(path) is forwards(path) is expected
