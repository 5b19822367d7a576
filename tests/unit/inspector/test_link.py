from __future__ import annotations

import msgspec
import pytest

from graph.delta import diff
from graph.identity import Action, ApplicationId, ChannelId, ChannelKind, OperationId, ServerId
from graph.model import Application, ApplicationKind, DependencyGraph, Operation
from inspector.conventions.rules import HeaderRule
from inspector.link import (
    Connect,
    GraphChanged,
    PlanRun,
    UseProject,
    decode_command,
    decode_reports,
    encode,
)
from inspector.project.model import Confirmed, Identities, KnownServer, Project
from inspector.replay.choice import Choice
from inspector.replay.request import Pace, Request, Target

SERVER = ServerId("kafka", "h:1")
CHANNEL = ChannelId(SERVER, ChannelKind.TOPIC, "orders")


def test_a_command_keeps_null_and_empty_apart() -> None:
    request = Request(Choice(source="c.evs", rows=(7,)), Target(CHANNEL.server, CHANNEL), Pace(2.5))
    assert decode_command(encode(PlanRun(request))) == PlanRun(request)


def test_a_delta_survives_the_link() -> None:
    identity = OperationId(ApplicationId("shop"), Action.SEND, CHANNEL)
    graph = DependencyGraph(
        applications={
            identity.application: Application(identity.application, "shop", ApplicationKind.SERVICE)
        },
        operations={identity: Operation(identity, 0.9, ())},
        feedback=frozenset({identity}),
    )
    reports = [GraphChanged(diff(DependencyGraph(), graph)), GraphChanged(diff(graph, DependencyGraph()))]
    assert decode_reports(encode([*reports])) == reports


def test_a_project_survives_the_link() -> None:
    project = Project(
        connections=(KnownServer("kafka://h:1", "shop"),),
        identities=Identities((("group:a", "source:a"),), (("group:b", "group:c"),), ("x.*",)),
        confirmed=(Confirmed("group:a", Action.SEND, "orders"),),
        rules=(HeaderRule("sender", header="x-app"),),
    )
    assert decode_command(encode(UseProject(project, "p.toml"))) == UseProject(project, "p.toml")


def test_a_password_is_not_shown() -> None:
    assert "hunter2" not in repr(Connect("kafka://ann:hunter2@h:1", "hunter2"))


def test_rubbish_is_refused() -> None:
    with pytest.raises(msgspec.MsgspecError):
        decode_command(b"\x93\x01\x02\x03")
