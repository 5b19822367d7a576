from __future__ import annotations

import pytest

from graph.identity import ChannelId
from graph.model import LinkGrade
from inspector.causes.causality import Causality
from inspector.causes.links import GRADES
from inspector.causes.transactions import Transactions
from inspector.loops.watch import LoopWatch
from inspector.observation import BatchSeen, CommitSeen, Observation, RecordsSeen
from inspector.record import Position, Record
from inspector.traits import Traits
from tests.made_shop import START, S, channel, graph_of

ORDERS, PAYMENTS, AUDIT = channel("orders"), channel("payments"), channel("audit")
MS = 1_000_000


class Pipeline:
    """A program that reads orders and writes payments in transactions, as its broker shows it."""

    def __init__(self) -> None:
        self.causality = Causality()
        self.read: dict[ChannelId, int] = {}
        self.committed = 0

    def put(self, where: ChannelId, at: float, producer: int = -1, said: Traits | None = None) -> None:
        offset = self.read[where] = self.read.get(where, -1) + 1
        record = Record(
            where, Position(0, offset), START + int(at * S), None, b"", (), False, producer,
            transactional=producer >= 0,
        )  # fmt: skip
        self.causality.fold(RecordsSeen(where, (record,)), [said or Traits()])

    def commit(self, at: float, offset: int, producer: int = 7) -> Observation:
        at_ns = START + int(at * S)
        return CommitSeen(ORDERS.server, "pipeline", ORDERS, producer, at_ns, ((0, offset, at_ns),))

    def end(self, at: float, where: ChannelId = PAYMENTS, producer: int = 7) -> Observation:
        """The mark takes an offset as well."""
        offset = self.read[where] = self.read.get(where, -1) + 1
        at_ns = START + int(at * S)
        return BatchSeen(where, 0, offset, 1, 78, at_ns, producer, 0, -1, True, True, "none")

    def see(self, *seen: Observation) -> None:
        for one in seen:
            self.causality.see(one)

    def links(self, effect: ChannelId = PAYMENTS) -> list[tuple[int, int, LinkGrade]]:
        """Offsets of effect and cause."""
        window = self.causality.settle(START + 90 * S, [])
        links = window.links(ORDERS, effect)
        return [
            (window.place(child)[1].offset, window.place(parent)[1].offset, GRADES[grade])
            for child, parent, grade in zip(*(part.tolist() for part in links), strict=True)
        ]


def test_what_was_written_in_the_transaction_that_committed_a_record_was_caused_by_it() -> None:
    pipeline = Pipeline()
    pipeline.see(pipeline.commit(0.05, 0))
    for number in range(3):
        pipeline.put(ORDERS, number)
        pipeline.put(PAYMENTS, number + 0.1, producer=7)
        pipeline.put(PAYMENTS, number + 0.1, producer=8)
        pipeline.see(pipeline.commit(number + 0.2, number + 1), pipeline.end(number + 0.21))
    transaction = LinkGrade.TRANSACTION
    assert pipeline.links() == [(0, 0, transaction), (3, 1, transaction), (6, 2, transaction)]


def test_several_records_are_shared_out_in_their_order() -> None:
    pipeline = Pipeline()
    pipeline.see(pipeline.commit(0.0, 0))
    for _ in range(4):
        pipeline.put(ORDERS, 1)
    for _ in range(8):
        pipeline.put(PAYMENTS, 1.1, producer=7)
    pipeline.see(pipeline.commit(1.2, 4), pipeline.end(1.21))
    assert [cause for _, cause, _ in pipeline.links()] == [0, 0, 1, 1, 2, 2, 3, 3]


def test_a_record_that_names_its_cause_was_not_caused_by_all_of_its_transaction() -> None:
    pipeline = Pipeline()
    pipeline.see(pipeline.commit(0.0, 0))
    pipeline.put(ORDERS, 1)
    pipeline.put(PAYMENTS, 1.1, producer=7, said=Traits(parent_id="another"))
    pipeline.see(pipeline.commit(1.2, 1), pipeline.end(1.21))
    assert pipeline.links() == []


def test_a_second_try_after_an_abort_read_the_same() -> None:
    pipeline = Pipeline()
    pipeline.see(pipeline.commit(0.0, 0))
    pipeline.put(ORDERS, 1)
    for at in (1.1, 2.1):
        pipeline.put(PAYMENTS, at, producer=7)
        pipeline.see(pipeline.commit(at + 0.1, 1), pipeline.end(at + 0.2))
    assert [cause for _, cause, _ in pipeline.links()] == [0, 0]


def test_a_group_that_was_set_back_reads_from_where_nobody_knows() -> None:
    pipeline = Pipeline()
    for _ in range(5):
        pipeline.put(ORDERS, 0.5)
    pipeline.see(pipeline.commit(0.6, 4))
    pipeline.put(PAYMENTS, 1.1, producer=7)
    pipeline.see(pipeline.commit(1.2, 2), pipeline.end(1.3))
    assert pipeline.links() == []
    pipeline.put(PAYMENTS, 2.1, producer=7)
    pipeline.see(pipeline.commit(2.2, 3), pipeline.end(2.3))
    assert [cause for _, cause, _ in pipeline.links()] == [2]


@pytest.mark.parametrize("committed", [0.5, 3.0])
def test_a_commit_of_another_transaction_tells_nothing(committed: float) -> None:
    """Of the one before, and of the one after."""
    pipeline = Pipeline()
    pipeline.see(pipeline.commit(0.0, 0))
    pipeline.put(ORDERS, 0.3)
    pipeline.see(pipeline.end(1.0), pipeline.commit(committed, 1))
    pipeline.put(PAYMENTS, 1.1, producer=7)
    pipeline.see(pipeline.end(2.0))
    assert pipeline.links() == []


def test_without_the_end_of_the_transaction_nothing_is_told() -> None:
    pipeline = Pipeline()
    pipeline.see(pipeline.commit(0.0, 0))
    pipeline.put(ORDERS, 1)
    pipeline.put(PAYMENTS, 1.1, producer=7)
    pipeline.see(pipeline.commit(1.2, 1))
    assert pipeline.links() == []
    pipeline.see(pipeline.end(1.3))
    assert len(pipeline.links()) == 1


def test_a_clock_that_is_ahead_ends_no_waiting() -> None:
    pipeline = Pipeline()
    pipeline.see(pipeline.commit(0.0, 0))
    pipeline.put(AUDIT, 3_600)
    pipeline.put(ORDERS, 1)
    pipeline.put(PAYMENTS, 1.1, producer=7)
    assert pipeline.causality.settle(START + 2 * S, []).channels
    pipeline.see(pipeline.commit(1.2, 1), pipeline.end(1.3))
    assert pipeline.links() == [(0, 0, LinkGrade.TRANSACTION)]


def test_only_so_many_ends_and_commits_are_remembered_however_many_producers_there_are() -> None:
    transactions = Transactions(most=100)
    for number in range(3_000):
        at_ns, producer = START + number, number % 50
        offsets = ((0, number // 50, at_ns),)
        transactions.see(CommitSeen(ORDERS.server, f"group-{producer}", ORDERS, producer, at_ns, offsets))
        transactions.see(BatchSeen(ORDERS, 0, number, 1, 78, at_ns, producer, 0, -1, True, True, "none"))
    assert len(transactions) == 200


def test_that_the_log_of_commits_is_not_read_is_told_where_it_would_help() -> None:
    loop = graph_of("ledger < orders", "ledger > payments", "back < payments", "back > orders")
    elsewhere = graph_of("ledger < orders", "ledger > payments")
    pipeline = Pipeline()
    watch = LoopWatch(pipeline.causality)
    pipeline.put(ORDERS, 1)
    pipeline.put(PAYMENTS, 1.1, producer=7, said=Traits(parent_id="another"))
    assert not watch.measure(loop, START + 2 * S).unavailable
    pipeline.put(PAYMENTS, 1.2, producer=7)
    assert not watch.measure(elsewhere, START + 2 * S).unavailable
    graph = watch.measure(loop, START + 2 * S)
    (hidden,) = graph.unavailable
    assert "deep=yes" in hidden.remedy
    pipeline.see(pipeline.commit(1.3, 1))
    assert not watch.measure(graph, START + 3 * S).unavailable


def test_what_is_waited_for_survives_forgetting() -> None:
    pipeline = Pipeline()
    pipeline.causality = Causality(capacity=100, span_ns=0)
    pipeline.see(pipeline.commit(0.0, 0))
    for number in range(120):
        pipeline.put(AUDIT, number / 100)
    pipeline.put(ORDERS, 2)
    pipeline.put(PAYMENTS, 2.1, producer=7)
    assert len(pipeline.causality.settle(START + 3 * S, [])) < 100
    pipeline.see(pipeline.commit(2.2, 1), pipeline.end(2.21))
    assert pipeline.links() == [(0, 0, LinkGrade.TRANSACTION)]
