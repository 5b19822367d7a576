"""When groups committed: what the log says of it, and what is only known to be so."""

from __future__ import annotations

from typing import Any

from graph.identity import Action
from inspector.observation import CommitSeen

RECEIVE = Action.RECEIVE
HOUR = 3600 * 1_000_000_000
STEP = 30_000_000_000


def last_seen(world: Any) -> int:
    (piece,) = world.operation("nightly", RECEIVE, "orders").evidence
    return int(piece.last_seen_ns)


def read_commit(world: Any, at_ns: int, group: str = "nightly") -> None:
    world.see(CommitSeen(world.server, group, world.topic("orders"), -1, at_ns))


def test_the_time_in_the_log_is_better_than_that_of_the_look(world: Any) -> None:
    world.channels("orders")
    world.ends("orders", 100)
    world.commit("nightly", "orders", 70)
    assert last_seen(world) == world.now_ns
    read_commit(world, world.now_ns - 5 * HOUR)
    assert last_seen(world) == world.now_ns - 5 * HOUR
    assert world.operation("nightly", RECEIVE, "orders").lag == 30
    world.commit("nightly", "orders", 70)
    assert last_seen(world) == world.now_ns - 5 * HOUR


def test_a_commit_that_is_seen_to_move_is_of_now(world: Any) -> None:
    world.channels("orders")
    read_commit(world, world.now_ns - 5 * HOUR)
    world.commit("nightly", "orders", 70)
    assert last_seen(world) == world.now_ns - 5 * HOUR
    world.wait(60)
    world.commit("nightly", "orders", 80)
    assert world.now_ns - STEP < last_seen(world) <= world.now_ns
    read_commit(world, world.now_ns - 9 * HOUR)
    assert world.now_ns - STEP < last_seen(world) <= world.now_ns


def test_a_commit_that_was_only_read_has_no_lag(world: Any) -> None:
    world.channels("orders")
    world.ends("orders", 100)
    read_commit(world, world.now_ns + HOUR)  # a broker's clock that is ahead
    assert world.operation("nightly", RECEIVE, "orders").lag is None
    assert last_seen(world) == world.now_ns


def test_our_own_commits_are_nobodys(world: Any) -> None:
    world.channels("orders")
    read_commit(world, world.now_ns, "eventscope-1")
    assert world.edges() == set()
