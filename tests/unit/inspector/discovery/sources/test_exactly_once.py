"""Producer ids that commit a group's offsets, read in the log or only seen to write to it."""

from __future__ import annotations

from typing import Any

import pytest

from graph.identity import Action
from graph.model import ApplicationKind, Unavailable
from inspector.discovery.facts import Report, Writer
from inspector.discovery.sources.exactly_once import OFFSETS_TOPIC, ExactlyOnce, java_hash, offsets_partition
from inspector.observation import (
    ChannelSeen,
    CommitSeen,
    GroupSeen,
    NotVisible,
    ProducerSeen,
    ProducersGone,
    TransactionSeen,
    VisibleAgain,
)


@pytest.mark.parametrize(
    ("group", "number", "partition"),
    # As a real Kafka 4.1 has them: eos-group has a negative hash.
    [("", 0, 0), ("pats", 3433520, 20), ("eos-group", -1615206213, 13)],
)
def test_where_a_groups_commits_lie(group: str, number: int, partition: int) -> None:
    assert java_hash(group) == number
    assert offsets_partition(group, 50) == partition


def test_the_one_hash_without_an_absolute_value() -> None:
    assert java_hash("polygenelubricants") == -(1 << 31)
    assert offsets_partition("polygenelubricants", 50) == 0


def pipeline(world: Any, *others: str) -> None:
    """A group, an output of producer id 77 whose names say nothing, and who else is there."""
    world.channels("in", "out")
    world.see(ChannelSeen(world.topic(OFFSETS_TOPIC), 50, internal=True))
    for name in ("eos-group", *others):
        world.group(name, [f"{name}-client"], "in")
    world.producer(77, "out")
    world.transaction("tx-77", 77)


def commits(world: Any, times: int, partition: int = 13) -> None:
    for _ in range(times):
        world.wait(10)
        world.see(ProducerSeen(world.topic(OFFSETS_TOPIC), partition, 77, 0, 3, world.now_ns))


def joined(world: Any) -> bool:
    return ("eos", "send", "out") in world.edges()


def test_a_commit_that_was_read_joins_whatever_the_names(world: Any) -> None:
    pipeline(world)
    world.see(CommitSeen(world.server, "eos-group", world.topic("in"), 77, world.now_ns - 5))
    assert joined(world)
    assert world.application("eos").kind is ApplicationKind.STREAM_PROCESSOR
    assert world.operation("eos", Action.SEND, "out").confidence > 0.97


def test_a_commit_outside_a_transaction_joins_nothing(world: Any) -> None:
    pipeline(world)
    world.see(CommitSeen(world.server, "eos-group", world.topic("in"), -1, world.now_ns))
    assert not joined(world)


def test_the_only_group_in_a_partition_that_is_committed_to_again_is_joined(world: Any) -> None:
    pipeline(world)
    commits(world, 1)
    assert not joined(world)  # it may have been another group, deleted since
    commits(world, 1)
    assert joined(world)
    details = [piece.detail for piece in world.application("eos").evidence]
    assert any("the only ones that lie there are those of group eos-group" in detail for detail in details)


def test_two_groups_in_a_partition_join_nothing(world: Any) -> None:
    other = next(name for n in range(1000) if offsets_partition(name := f"other-{n}x", 50) == 13)
    pipeline(world, other)
    commits(world, 3)
    assert not joined(world)


def test_hidden_groups_join_nothing(world: Any) -> None:
    pipeline(world)
    commits(world, 2)
    what = "receivers in groups that are not listed"
    world.see(NotVisible(Unavailable(what, "Left out.", "Allow it."), world.server, True))
    assert not joined(world)
    world.see(VisibleAgain(what, world.server))
    assert joined(world)


def test_an_open_transaction_shows_its_channels_and_where_it_commits(world: Any) -> None:
    pipeline(world)
    for _ in range(2):
        world.wait(10)
        world.see(
            TransactionSeen(
                world.server, "tx-77", 77, "Ongoing",
                ((world.topic("out"), (0, 1)), (world.topic(OFFSETS_TOPIC), (13,))),
            )
        )  # fmt: skip
    assert joined(world)
    sources = {piece.source for piece in world.operation("eos", Action.SEND, "out").evidence}
    assert "kafka.describe-transactions" in sources
    assert not any(channel.startswith("__") for _, _, channel in world.edges())


def test_producer_ids_that_are_no_more_commit_nothing(world: Any) -> None:
    source, report = ExactlyOnce(), Report()
    offsets = world.topic(OFFSETS_TOPIC)
    for seen in (
        ChannelSeen(offsets, 50),
        GroupSeen(world.server, "eos-group", "classic", "Empty", ()),
        CommitSeen(world.server, "eos-group", world.topic("in"), 7, world.now_ns),
        ProducerSeen(offsets, 13, 8, 0, 1, world.now_ns),
        ProducerSeen(offsets, 13, 9, 0, 1, world.now_ns),
        ProducersGone(world.server, frozenset({7, 8})),
    ):
        source.see(seen, world.now_ns)
    source.report(report, world.now_ns)
    assert [bond.a for bond in report.bonds] == [Writer(world.server, 9)]
