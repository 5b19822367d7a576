from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from graph.identity import Action, ApplicationId, ChannelId, ChannelKind, OperationId
from graph.model import Channel, DependencyGraph, Operation
from graph.reach import find_reach
from inspector.record import Position, Record
from inspector.replay.repetition import Repetition, Seen, repetitions
from inspector.store.reader import CaptureReader
from inspector.store.writer import CaptureWriter
from inspector.traits import Traits
from tests.replays import BEGUN_NS, SOURCE

ORDERS, PAID = (ChannelId(SOURCE, ChannelKind.TOPIC, name) for name in ("orders", "paid"))
BILLING, AUDIT = ApplicationId("billing"), ApplicationId("audit")


def seen(path: Path, had: list[str], caused: list[str], *more: ApplicationId) -> Seen:
    """What a capture shows of billing, by ids of events on orders and the causes of records on paid."""
    records = [
        Record(channel, Position(0, number), BEGUN_NS + number, b"k", b"v")
        for channel, ids in ((ORDERS, had), (PAID, caused))
        for number in range(len(ids))
    ]
    traits = [Traits(event_id=each) for each in had]
    traits += [Traits(event_id=f"{each}-{number}", parent_id=each) for number, each in enumerate(caused)]
    with closing(CaptureWriter.open(path)) as writer:
        writer.add(records, traits)
    edges = [
        OperationId(each, action, channel)
        for each in (BILLING, *more)
        for action, channel in ((Action.RECEIVE, ORDERS), (Action.SEND, PAID))
    ]
    graph = DependencyGraph(
        channels={each: Channel(each, partitions=1) for each in (ORDERS, PAID)},
        operations={each: Operation(each, 0.9, ()) for each in edges},
    )
    with closing(CaptureReader(path)) as reader:
        return repetitions(reader, [find_reach(graph, ORDERS)])


MANY = [str(number) for number in range(20)]
COPIES = ["a", "a", "b", "b", "c", "c", "c"]


@pytest.mark.parametrize(
    ("had", "caused", "expected"),
    [
        (MANY + COPIES, MANY + COPIES, Repetition(3, PAID, 7, 3.0, True)),
        (MANY + COPIES, [*MANY, *"abc"], Repetition(3, PAID, 3, 3.0, False)),
        (MANY + COPIES, [*MANY, *MANY, *"abcabc"], Repetition(3, PAID, 6, 6.0, False)),
        (["1", "a", "a"], ["1", "a", "a"], Repetition(1, PAID, 2, 1.0, True)),
        # Too few to say that nothing comes of copies; no copies; nothing to compare with; nothing caused.
        (["1", "a", "a"], ["1", "a"], None),
        (MANY, MANY, None),
        (COPIES, COPIES, None),
        (MANY + COPIES, MANY, None),
        # One event in three causes two records: one with a copy and two records says nothing.
        (["1", "2", "3", "a", "a"], ["1", "2", "3", "3", "a", "a"], None),
    ],
)
def test_what_comes_of_copies(
    tmp_path: Path, had: list[str], caused: list[str], expected: Repetition | None
) -> None:
    found = seen(tmp_path / "c.evs", had, caused)
    assert found == ({} if expected is None else {(BILLING, ORDERS): expected})


def test_what_two_may_have_sent_says_nothing(tmp_path: Path) -> None:
    assert seen(tmp_path / "c.evs", MANY + COPIES, MANY + COPIES, AUDIT) == {}
