"""Baselines: what was known is not told again, on another server and under other producer ids too."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest
from msgspec.structs import replace as with_

from graph.evidence import Evidence
from graph.identity import Action, ApplicationId, ChannelId, OperationId, ServerId
from graph.model import (
    PERMISSION,
    Alias,
    Application,
    ApplicationKind,
    DependencyGraph,
    Finding,
    LoopStatus,
    Operation,
    Server,
    Severity,
)
from graph.topology import document
from inspector.check.baseline import Baseline, read, written
from inspector.discovery import Discovery
from inspector.errors import InspectorError
from inspector.loops.watch import LoopWatch
from tests.rings import SERVER, edge, ring, topic
from tests.worlds.generate import world
from tests.worlds.observe import play

OTHER = ServerId("kafka", "production:9093")


def baseline(graph: DependencyGraph, tmp_path: Path, *, scan: bool = False) -> Baseline:
    path = tmp_path / "baseline.json"
    path.write_bytes(orjson.dumps(document(graph)) if scan else written(graph, graph.findings))
    return read(path)


def news(graph: DependencyGraph, known: Baseline) -> list[str]:
    return [each.rule for each in known.news(graph, graph.findings)]


def with_edge(graph: DependencyGraph, operation: Operation, *aliases: Alias) -> DependencyGraph:
    key = operation.id.application
    application = Application(key, key.key, ApplicationKind.SERVICE, aliases)
    return replace(
        graph,
        applications={key: application, **graph.applications},
        operations={**graph.operations, operation.id: operation},
    )


@pytest.mark.parametrize("scan", [False, True])
def test_what_is_in_it_is_not_told_again(tmp_path: Path, scan: bool) -> None:
    graph = ring()
    assert news(graph, baseline(graph, tmp_path, scan=scan)) == []


def test_it_says_the_same_on_another_server(tmp_path: Path) -> None:
    assert news(ring(server=OTHER), baseline(ring(), tmp_path)) == []


def test_a_second_server_is_new(tmp_path: Path) -> None:
    graph, more = ring(), ring(server=OTHER)
    both = replace(
        graph,
        servers={**graph.servers, OTHER: Server(OTHER, "two")},
        operations={**graph.operations, **more.operations},
    )
    known = baseline(graph, tmp_path)
    assert news(both, known) == ["new-edge"] * 4
    assert all(str(OTHER) in str(each.subject) for each in known.news(both, both.findings))


def test_new_edges_are_told_and_guesses_are_not(tmp_path: Path) -> None:
    known = baseline(ring(), tmp_path)
    sure = edge(ApplicationId("mail"), Action.RECEIVE, topic("prices"))
    found = known.news(with_edge(ring(), sure), ring().findings)
    assert [(each.rule, each.severity, each.subject) for each in found] == [
        ("new-edge", Severity.WARNING, sure.id)
    ]
    assert found[0].message == "mail receives from prices, which is not in the baseline."
    guess = with_(sure, confidence=0.4)
    assert news(with_edge(ring(), guess), known) == []
    permitted = with_(sure, evidence=(Evidence("kafka.acl", PERMISSION, 0.9, 1, 1, "May read."),))
    assert news(with_edge(ring(), permitted), known) == []
    declared = with_(guess, evidence=(Evidence("declared.project", "declared", 0.5, 1, 1, "x says."),))
    assert news(with_edge(ring(), declared), known) == ["new-edge"]


@pytest.mark.parametrize("scan", [False, True])
def test_who_was_only_permitted_is_new_when_it_does_it(tmp_path: Path, scan: bool) -> None:
    sure = edge(ApplicationId("mail"), Action.RECEIVE, topic("prices"))
    permitted = with_(sure, evidence=(Evidence("kafka.acl", PERMISSION, 0.9, 1, 1, "May read."),))
    known = baseline(with_edge(ring(), permitted), tmp_path, scan=scan)
    assert news(with_edge(ring(), sure), known) == ["new-edge"]


def test_an_application_that_is_called_otherwise_now_is_the_same(tmp_path: Path) -> None:
    before = edge(ApplicationId("mail"), Action.RECEIVE, topic("prices"))
    known = baseline(with_edge(ring(), before, Alias("group", "mail")), tmp_path)
    later = edge(ApplicationId("mail-sender"), Action.RECEIVE, topic("prices"))
    assert news(with_edge(ring(), later, Alias("group", "mail")), known) == []
    assert news(with_edge(ring(), later, Alias("group", "other")), known) == ["new-edge"]


@pytest.mark.parametrize("kind", ["principal", "producer-id"])
def test_another_application_under_the_same_login_is_new(tmp_path: Path, kind: str) -> None:
    before = edge(ApplicationId("mail"), Action.RECEIVE, topic("prices"))
    known = baseline(with_edge(ring(), before, Alias("principal", "7")), tmp_path)
    both = with_edge(ring(), before, Alias("principal", "7"))
    later = edge(ApplicationId("audit"), Action.RECEIVE, topic("prices"))
    assert [each.subject for each in known.news(with_edge(both, later, Alias(kind, "7")), ())] == [later.id]
    same = with_edge(ring(), before, Alias("principal", "mail"), Alias("group", "mail"))
    assert news(same, known) == []


def test_an_unnamed_producer_is_the_same_under_another_id(tmp_path: Path) -> None:
    def unnamed(number: int, channel: ChannelId) -> DependencyGraph:
        key = ApplicationId(f"?{channel}#{number}")
        made = with_edge(ring(), edge(key, Action.SEND, channel))
        message = f"Nothing names who sends to {channel.name} (producer id {number})."
        return replace(
            made, findings=(*made.findings, Finding("unattributed-producer", Severity.NOTE, key, message))
        )

    known = baseline(unnamed(4021, topic("prices")), tmp_path)
    assert news(unnamed(7, topic("prices")), known) == []
    assert news(unnamed(7, topic("levels")), known) == ["unattributed-producer", "new-edge"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (LoopStatus.ACTIVE, LoopStatus.RUNAWAY, ["runaway-loop"]),
        (LoopStatus.RUNAWAY, LoopStatus.ACTIVE, []),
        (LoopStatus.POSSIBLE, LoopStatus.BOUNDED, ["bounded-loop"]),
    ],
)
def test_a_loop_is_told_again_where_it_is_worse(
    before: LoopStatus, after: LoopStatus, told: list[str], tmp_path: Path
) -> None:
    assert news(ring(after, (1.1, 1.0, 1.2)), baseline(ring(before), tmp_path)) == told


def test_figures_do_not_make_a_finding_new_and_words_do(tmp_path: Path) -> None:
    def changed(message: str) -> DependencyGraph:
        return replace(
            ring(), findings=(Finding("schema-change", Severity.WARNING, topic("prices"), message),)
        )

    known = baseline(changed("prices carries 4 types about 12 subjects: orders-v2 came."), tmp_path)
    assert news(changed("prices carries 5 types about 9 subjects: orders-v2 came."), known) == []
    assert news(changed("prices carries 4 types about 12 subjects: orders-v3 came."), known) == [
        "schema-change"
    ]


def test_the_same_look_writes_the_same_file() -> None:
    graph = ring()
    later = replace(graph, to_ns=99_000_000_000, operations=dict(reversed(graph.operations.items())))
    assert written(graph, graph.findings) == written(later, later.findings)
    assert b"rate" not in written(graph, graph.findings)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "damaged or something else"),
        (b"{}", "damaged or something else"),
        (b'{"format": "x"}', "damaged or something else"),
        (written(ring(), ()).replace(b"eventscope-baseline/1", b"eventscope-baseline/9"), "has the format"),
    ],
)
def test_something_else_is_one_sentence(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_bytes(content)
    with pytest.raises(InspectorError, match=said):
        read(path)
    with pytest.raises(InspectorError, match="cannot be read"):
        read(tmp_path / "none.json")


def test_an_edge_keeps_its_direction(tmp_path: Path) -> None:
    graph = ring()
    turned = OperationId(ApplicationId("stock"), Action.SEND, topic("prices", SERVER))
    assert news(
        with_edge(graph, edge(turned.application, turned.action, turned.channel)), baseline(graph, tmp_path)
    ) == ["new-edge"]


def test_a_random_world_is_no_news_to_its_own_baseline(tmp_path: Path) -> None:
    """And every sure edge that is taken out of the baseline is told, and no other one."""
    for seed in range(3):
        discovery, watch = Discovery(), LoopWatch()
        now_ns = play(world(seed, 25), discovery)
        graph = watch.measure(discovery.graph(now_ns), now_ns)
        assert len(graph.operations) > 20
        for scan in (False, True):
            assert news(graph, baseline(graph, tmp_path, scan=scan)) == []
        sure = [key for key, each in graph.operations.items() if each.confidence >= 0.6]
        gone = sure[:: max(1, len(sure) // 5)]
        less = replace(graph, operations={k: v for k, v in graph.operations.items() if k not in gone})
        told = baseline(less, tmp_path).news(graph, ())
        assert {each.subject for each in told} <= set(gone)
        named = [key for key in gone if not key.application.key.startswith("?")]
        assert {each.subject for each in told} >= set(named)
