"""Whole trails, against all pairs of records compared one by one, and against the memory of loops."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.identity import ApplicationId, LoopId, ServerId
from graph.model import DependencyGraph, FeedbackLoop, LinkGrade, LoopStatus, TrailStep
from inspector.causes.causality import Causality
from inspector.observation import RecordsSeen
from inspector.record import Record
from inspector.store.reader import CaptureReader
from inspector.store.writer import CaptureWriter
from inspector.trails.causes import Causes
from inspector.trails.follow import LOOSE, follow
from inspector.trails.ground import Ground
from inspector.trails.records import Looked
from inspector.trails.trail import Trail
from inspector.trails.ways import Place, Ways
from inspector.traits import Traits
from tests.unit.inspector.trails.written import MS, Written, by, channel, graph

RING = graph("a > ab > b", "b > bc > c,side", "c > ca > a", "side > tail > end", " > begin > a")
APPS = {"a": ("ca", "begin"), "b": ("ab",), "c": ("bc",), "side": ("bc",), "end": ("tail",)}
NAMES = {"begin": 1, "ca": 2, "ab": 1, "bc": 3, "tail": 4}
"""What each application writes: 1 names its causes, 2 those and the flow, 3 the flow, 4 nothing."""


def flows(seed: int, count: int = 60) -> Written:
    """Random flows round a ring with a way out, as applications of several habits write them."""
    chance, records = random.Random(seed), Written()
    waiting = [
        (number * 3.0, "", Traits(flow_id=f"f{number}"), f"k{number % 3}".encode())
        for number in range(count // 5 + 1)
    ]
    made = 0
    while waiting and made < count:
        waiting.sort(key=lambda each: each[0])
        at, came_from, cause, key = waiting.pop(0)
        readers = {"": ["begin"], "a": ["ab"], "b": ["bc"], "c": ["ca"], "side": ["tail"]}
        for who in readers.get(came_from, []):
            targets = {"begin": "a", "ab": "b", "bc": chance.choice(["c", "side"]), "ca": "a", "tail": "end"}
            for _ in range(chance.choice([0, 1, 1, 2]) if came_from else 1):
                habit, made = NAMES[who], made + 1
                said = Traits(
                    by(who),
                    f"T{chance.randrange(2)}",
                    f"e{made}" if habit != 4 else None,
                    cause.event_id if habit in (1, 2) and came_from else None,
                    cause.flow_id if habit in (1, 2, 3) and chance.random() < 0.9 else None,
                )
                time = at + chance.uniform(1, 30)
                records.add(targets[who], time, said, key=key if chance.random() < 0.9 else None)
                waiting.append((time, targets[who], said, key))
    chance.shuffle(records.pairs)
    return records


def brute(records: Written, known: DependencyGraph, row: int) -> dict[int, tuple[int | None, Ground | None]]:
    """Each record of the trail with its cause, from comparing all with all."""
    inputs: dict[str, set[str]] = {}
    for key in known.operations:
        if key.action == "receive":
            inputs.setdefault(key.application.key, set()).add(key.channel.name)
    every = list(enumerate(records.pairs))
    namers = {(r.channel, t.sender) for _, (r, t) in every if t.parent_id}

    def order(number: int) -> tuple[int, int]:
        return records.pairs[number][0].timestamp_ns, number

    def cause(number: int) -> tuple[int, Ground] | None:
        record, said = records.pairs[number]
        assert said.sender is not None
        sources = inputs.get(said.sender.value, set())
        older = [
            other for other, (r, _) in every if order(other) < order(number) and r.channel.name in sources
        ]
        if said.parent_id is not None:
            named = [other for other, (_, t) in every if t.event_id == said.parent_id and other != number]
            return (named[0], Ground.POINTER) if named else None
        if (record.channel, said.sender) in namers:
            return None
        if said.flow_id is not None:
            same = [other for other in older if records.pairs[other][1].flow_id == said.flow_id]
            if same:
                return max(same, key=order), Ground.FLOW
        alike = [other for other in older if records.pairs[other][0].key == record.key is not None]
        return (max(alike, key=order), Ground.GUESS) if alike else None

    causes = {number: cause(number) for number, _ in every}
    line, at = [row], causes[row]
    while at is not None and at[0] not in line:
        line.append(at[0])
        at = causes[at[0]]
    inside, more = set(line), True
    while more:
        fresh = {n for n, c in causes.items() if c is not None and c[0] in inside} - inside
        inside |= fresh
        more = bool(fresh)
    flow = records.pairs[row][1].flow_id
    loose = {n for n, (_, t) in every if flow is not None and t.flow_id == flow} - inside
    told: dict[int, tuple[int | None, Ground | None]] = {n: causes[n] or (None, None) for n in inside}
    return told | dict.fromkeys(loose, (None, None))


def links(trail: Trail) -> dict[int, tuple[int | None, Ground | None]]:
    return {step.row: (step.parent, step.ground) for step in trail.steps}


@given(st.integers(0, 100_000), st.integers(0, 1_000))
@settings(max_examples=40)
def test_a_trail_is_what_comparing_all_records_finds(seed: int, at: int) -> None:
    records = flows(seed)
    row = at % len(records.pairs)
    trail = follow(records, RING, row)
    assert trail is not None
    assert links(trail) == brute(records, RING, row)
    assert (trail.more, trail.more_unknown) == (0, False)
    numbers = {step.row: number for number, step in enumerate(trail.steps)}
    for step in trail.steps:
        assert step.parent is None or numbers[step.parent] < numbers[step.row], "a cause before its effects"
        assert 0 <= (step.wait_ns or 0) <= max(0, step.latency_ns or 0)
        on, above = 1, step
        while above.parent is not None:
            above = trail.steps[numbers[above.parent]]
            on += above.channel == step.channel
        assert step.lap == on


@given(st.integers(0, 100_000))
@settings(max_examples=25)
def test_proof_is_what_the_memory_of_loops_calls_proof(seed: int) -> None:
    records = flows(seed)
    causality = Causality()
    for record, said in records.pairs:
        causality.fold(RecordsSeen(record.channel, (record,)), (said,))
    window = causality.settle(max(record.timestamp_ns for record, _ in records.pairs), [])
    child, parent = window.caused()
    proven = {window.place(c): window.place(p) for c, p in zip(child.tolist(), parent.tolist(), strict=True)}
    looked = Looked(records)
    asked = Causes(looked, Ways(RING))
    found = {
        seen.place: cause.seen.place
        for seen in looked.every(range(len(records.pairs)))
        if (cause := asked.of(seen)) is not None and cause.ground is Ground.POINTER
    }
    assert found == proven


def test_the_store_answers_as_memory_does(tmp_path: Path) -> None:
    records = flows(7)
    writer = CaptureWriter.open(tmp_path / "flows.evs")
    writer.add([record for record, _ in records.pairs], [said for _, said in records.pairs])
    writer.close()
    reader = CaptureReader(tmp_path / "flows.evs")
    try:
        rows = {(record.channel, record.position): row for row, (record, _) in enumerate(records.pairs)}
        place = {rows[_place(reader.record(row))]: row for row in range(reader.end_row)}
        for row in range(0, len(records.pairs), 9):
            here, there = follow(records, RING, row), follow(reader, RING, place[row])
            assert here is not None
            assert there is not None
            assert {place[n]: (None if p is None else place[p], g) for n, (p, g) in links(here).items()} == (
                links(there)
            )
    finally:
        reader.close()


def _place(record: Record) -> Place:
    return record.channel, record.position


def chain(count: int) -> Written:
    """One record after the other, round the ring."""
    records = Written()
    for number in range(count):
        who = ("ca", "ab", "bc")[number % 3] if number else "begin"
        said = Traits(by(who), "T", f"e{number}", f"e{number - 1}" if number else None)
        records.add("abc"[number % 3], number * 10, said)
    return records


@pytest.mark.parametrize("most", [1, 2, 10, 29, 30])
def test_a_trail_is_bounded_and_says_so(most: int) -> None:
    trail = follow(chain(30), RING, 20, most=most)
    assert trail is not None
    assert len(trail.steps) == most
    assert trail.step(20) is not None
    assert (trail.more > 0) == (most < 30)
    assert {step.row for step in trail.steps} == set(range(max(0, 21 - most), max(21, most))), "nearest first"


def test_laps_and_depth_of_a_loop() -> None:
    trail = follow(chain(9), RING, 4)
    assert trail is not None
    assert [step.lap for step in trail.steps] == [1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert [step.depth for step in trail.steps] == list(range(9))
    assert all(len(step.edges) == 2 for step in trail.steps[1:])


def test_records_that_name_each_other_end() -> None:
    records = Written()
    records.add("a", 0, Traits(by("ca"), "T", "x", "y"))
    records.add("b", 1, Traits(by("ab"), "T", "y", "x"))
    for row in (0, 1):
        trail = follow(records, RING, row)
        assert trail is not None
        assert len(trail.steps) == 2
        assert sum(step.parent is None for step in trail.steps) == 1


def test_a_clock_that_is_behind_gives_a_negative_latency_and_no_wrong_order() -> None:
    records = Written()
    records.add("b", 0, Traits(by("ab"), "T", "e2", "e1"))
    records.add("a", 5, Traits(by("begin"), "T", "e1"))
    trail = follow(records, RING, 0)
    assert trail is not None
    assert [step.row for step in trail.steps] == [1, 0]
    assert trail.steps[1].latency_ns == -5 * MS
    assert (trail.began_ns, trail.took_ns) == (0, 5 * MS)


def test_it_goes_on_over_servers() -> None:
    records, other = Written(), ServerId("kafka", "there:9092")
    records.add("a", 0, Traits(by("begin"), "T", "e1"))
    records.add("b", 5, Traits(by("bridge"), "T", "e2", "e1"), server=other)
    trail = follow(records, RING, 0)
    assert trail is not None
    assert trail.servers == (records.pairs[0][0].channel.server, other)


def test_who_sent_it_and_who_may_have() -> None:
    known = graph("a > one > b", "a > two > b", "b > three > c", routes="c > c.dlq")
    records = Written()
    records.add("a", 0, Traits(event_id="e1"))
    records.add("b", 1, Traits(event_id="e2", parent_id="e1"))
    records.add("c", 2, Traits(event_id="e3", parent_id="e2"))
    records.add("c.dlq", 3, Traits(event_id="e3", origin="c/0/0"))
    trail = follow(records, known, 0)
    assert trail is not None
    first, second, third, letter = trail.steps
    assert (first.application, first.receivers) == (None, ())
    assert (second.application, second.possible) == (None, (ApplicationId("one"), ApplicationId("two")))
    assert third.application == ApplicationId("three")
    assert (letter.routed, letter.application, len(letter.edges)) == (True, None, 1)


def test_a_transaction_that_a_loop_has_as_its_sample() -> None:
    records = Written()
    records.add("a", 0, Traits(by("begin")))
    records.add("b", 4, Traits(by("ab")))
    steps = (
        TrailStep(channel("a"), 0, 0, 0),
        TrailStep(channel("b"), 0, 0, 4 * MS, ApplicationId("ab"), LinkGrade.TRANSACTION),
    )
    loop = FeedbackLoop(LoopId("x"), (), (), LoopStatus.ACTIVE, 0.9, trail=steps)
    known = replace(RING, loops={loop.id: loop})
    for row in (0, 1):
        trail = follow(records, known, row)
        assert trail is not None
        assert links(trail)[1] == (0, Ground.TRANSACTION)


def test_others_of_a_large_flow_are_counted() -> None:
    records = Written()
    for number in range(3 * LOOSE):
        records.add("strays", number, Traits(by("nobody"), event_id=f"e{number}", flow_id="tenant"))
    trail = follow(records, graph(" > nobody > strays"), 10)
    assert trail is not None
    assert sum(step.loose for step in trail.steps) == LOOSE
    assert trail.more == 3 * LOOSE - 1 - LOOSE


def test_it_stops_when_told_and_a_row_that_is_not_there_has_none() -> None:
    assert follow(chain(9), RING, 4, stop=lambda: True) is None
    assert follow(chain(9), RING, 99) is None
