from __future__ import annotations

from msgspec.structs import replace

from graph.delivery import at_most_once, loses
from graph.evidence import Evidence
from graph.identity import (
    Action,
    ApplicationId,
    ChannelId,
    ChannelKind,
    OperationId,
    RouteId,
    RouteKind,
    ServerId,
)
from graph.model import DependencyGraph, Operation, Route

NATS, KAFKA = ServerId("nats", "n:4222"), ServerId("kafka", "k:9092")
SUBJECT, STREAM = ChannelId(NATS, ChannelKind.SUBJECT, "a"), ChannelId(NATS, ChannelKind.STREAM, "A")
TOPIC = ChannelId(KAFKA, ChannelKind.TOPIC, "a")
APP = ApplicationId("app")


def graph(*channels: ChannelId, routes: tuple[RouteId, ...] = ()) -> DependencyGraph:
    keys = [OperationId(APP, action, channel) for channel in channels for action in Action]
    return DependencyGraph(
        operations={key: Operation(key, 1.0, ()) for key in keys},
        routes={key: Route(key, 1.0, ()) for key in routes},
    )


def test_a_subject_that_nothing_keeps_forgets() -> None:
    found = at_most_once(graph(SUBJECT, STREAM, TOPIC))
    assert found == {OperationId(APP, action, SUBJECT) for action in Action}


def test_what_a_stream_keeps_reaches_it_and_listeners_may_still_miss_it() -> None:
    kept = RouteId(SUBJECT, STREAM, RouteKind.BINDING)
    assert at_most_once(graph(SUBJECT, routes=(kept,))) == {OperationId(APP, Action.RECEIVE, SUBJECT)}
    onward = RouteId(SUBJECT, ChannelId(NATS, ChannelKind.SUBJECT, "b"), RouteKind.BINDING)
    assert len(at_most_once(graph(SUBJECT, routes=(onward,)))) == 2


def test_who_reads_a_subject_from_its_stream_misses_nothing() -> None:
    kept = RouteId(SUBJECT, STREAM, RouteKind.BINDING)
    plain = graph(SUBJECT, routes=(kept,))
    key = OperationId(APP, Action.RECEIVE, SUBJECT)
    piece = Evidence("nats.consumer", "nats.consumer", 0.9, 1, 1, "")
    told = {**plain.operations, key: replace(plain.operations[key], evidence=(piece,))}
    found = DependencyGraph(operations=told, routes=plain.routes)
    assert at_most_once(found) == set()
    assert not loses(found, key)


def test_what_a_broker_tells_counts_everywhere() -> None:
    plain = graph(TOPIC)
    key = OperationId(APP, Action.RECEIVE, TOPIC)
    told = {**plain.operations, key: replace(plain.operations[key], at_most_once=True)}
    assert at_most_once(DependencyGraph(operations=told)) == {key}


def test_one_is_told_like_all() -> None:
    kept = RouteId(SUBJECT, STREAM, RouteKind.BINDING)
    onward = RouteId(SUBJECT, ChannelId(NATS, ChannelKind.SUBJECT, "b"), RouteKind.BINDING)
    for routes in ((), (kept,), (onward,), (kept, onward)):
        found = graph(SUBJECT, STREAM, TOPIC, routes=routes)
        assert {key for key in found.operations if loses(found, key)} == at_most_once(found)
