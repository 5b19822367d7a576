from __future__ import annotations

from graph.identity import ServerId
from inspector.discovery.facts import Report
from inspector.discovery.sources.hosts import SAME_HOST, SAME_START, SHARED, Hosts
from inspector.observation import GroupSeen, Member

SERVER = ServerId("kafka", "broker:9092")
SECOND = 1_000_000_000


def told(
    *looks: tuple[int, dict[str, list[tuple[str, str]]]], at_s: int = 100
) -> dict[tuple[str, str, str], float]:
    """Bonds after looks at given seconds, each with the members of groups as id and host."""
    hosts, report = Hosts(), Report()
    for at, groups in looks:
        for group, members in groups.items():
            described = tuple(Member(member, member, host, ()) for member, host in members)
            hosts.see(GroupSeen(SERVER, group, "classic", "Stable", described), at * SECOND)
    hosts.report(report, at_s * SECOND)
    return {
        (str(getattr(bond.a, "value", "")), str(getattr(bond.b, "value", "")), bond.evidence.family): (
            bond.evidence.confidence
        )
        for bond in report.bonds
    }


def test_groups_on_one_host_support_each_other() -> None:
    look = {"alpha": [("a", "h1"), ("a2", "h2")], "bravo": [("b", "h1")], "charlie": [("c", "h3")]}
    assert told((0, look)) == {("alpha", "bravo", "host"): SAME_HOST}


def test_a_host_that_many_share_tells_nothing() -> None:
    groups = {f"group{number}": [(f"m{number}", "gateway")] for number in range(SHARED + 1)}
    assert told((0, groups)) == {}


def test_members_that_start_together_on_one_host_say_more() -> None:
    before = {"alpha": [("a", "h1")], "bravo": [("b", "h1")]}
    after = {"alpha": [("a2", "h1")], "bravo": [("b2", "h1")]}
    assert told((0, before), (60, after))["alpha", "bravo", "start"] == SAME_START
    apart = told((0, before), (60, {"alpha": after["alpha"]}), (90, {"bravo": after["bravo"]}))
    assert set(apart) == {("alpha", "bravo", "host")}


def test_who_was_there_at_the_first_look_did_not_start_then() -> None:
    assert set(told((0, {"alpha": [("a", "h1")], "bravo": [("b", "h1")]}))) == {("alpha", "bravo", "host")}


def test_own_groups_and_unknown_hosts_are_left_out() -> None:
    assert told((0, {"eventscope-1": [("a", "h1")], "bravo": [("b", "h1")]})) == {}
    assert told((0, {"alpha": [("a", "")], "bravo": [("b", "")]})) == {}


def test_groups_that_had_one_address_after_each_other_did_not_share_a_host() -> None:
    alpha, bravo = {"alpha": [("a", "h1")]}, {"bravo": [("b", "h1")]}
    assert told((0, alpha), (10, alpha), (20, bravo), (30, bravo)) == {}
    together = told((0, alpha), (20, bravo), (25, alpha), (30, bravo))
    assert set(together) == {("alpha", "bravo", "host")}


def test_who_was_there_days_ago_does_not_share_a_host_now() -> None:
    before = {f"group{number}": [(f"m{number}", "h1")] for number in range(SHARED + 1)}
    now = {"alpha": [("a", "h1")], "bravo": [("b", "h1")]}
    days = 2 * 86_400
    assert set(told((0, before), (days, now), at_s=days)) == {("alpha", "bravo", "host")}
    assert told((0, now), at_s=days) == {}
