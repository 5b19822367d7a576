"""What is true about the shop, derived from its scenario: what a discovery is measured against."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import networkx
from msgspec import Struct

from graph.identity import Action
from graph.model import LoopStatus
from inspector.demo.shop.scenario import Application, Habit, Scenario


class TrueApplication(Struct, frozen=True):
    """A program, with every name that the broker can know it by."""

    name: str
    aliases: frozenset[str]
    """Group, client ids, transactional ids and CloudEvents source."""
    visible: bool
    """Whether anything on the broker carries its name."""
    instances: int


class TrueOperation(Struct, frozen=True):
    """An application sends to, or receives from, a topic."""

    application: str
    action: Action
    topic: str
    proof: str
    """What proves it from Kafka alone, including who it is; empty where nothing does."""


class TrueLoop(Struct, frozen=True):
    """A feedback loop; `topics[i]` is read by `applications[i]`, which sends on the next topic."""

    topics: tuple[str, ...]
    applications: tuple[str, ...]
    gain: float
    period_s: float
    status: LoopStatus


class Truth(Struct, frozen=True):
    """The whole of it."""

    applications: tuple[TrueApplication, ...]
    operations: tuple[TrueOperation, ...]
    loops: tuple[TrueLoop, ...]
    unread: frozenset[str]
    """Written, and nobody reads them."""
    unused: frozenset[str]
    """Without a single record."""
    dead_letters: tuple[tuple[str, str], ...]
    """Topic and the topic that its failed records go to."""
    changing: frozenset[str]
    """Kinds of event whose fields change on the way."""


def truth(scenario: Scenario) -> Truth:
    """What is true once the shop has been running for some half a minute."""
    operations = tuple(_operations(scenario))
    written = {o.topic for o in operations if o.action is Action.SEND}
    read = {o.topic for o in operations if o.action is Action.RECEIVE}
    return Truth(
        applications=tuple(_application(a) for a in scenario.applications),
        operations=operations,
        loops=tuple(_loops(scenario)),
        unread=frozenset(written - read),
        unused=frozenset(scenario.topics.keys() - written),
        dead_letters=tuple((d.on, d.to) for a in scenario.applications if (d := a.dead_letters)),
        changing=frozenset(name for name, kind in scenario.types.items() if kind.added),
    )


def _application(application: Application) -> TrueApplication:
    instances = range(1, application.instances + 1)
    members = {application.client_name("consumer", i) for i in instances} if application.group else set()
    named = _names_itself(application)
    said = {
        application.group,
        *members,
        *(application.transaction_name(i) for i in instances),
        application.source if named else None,
    }
    return TrueApplication(
        name=application.name,
        aliases=frozenset(alias for alias in said if alias),
        visible=bool(application.group or application.transactional_id or named),
        instances=application.instances,
    )


def _names_itself(application: Application) -> bool:
    return any(Habit.CLOUDEVENTS in headers for _, _, headers in application.outputs())


def _operations(scenario: Scenario) -> Iterator[TrueOperation]:
    for application in scenario.applications:
        for topic in application.reads:
            yield TrueOperation(application.name, Action.RECEIVE, topic, _proof_of_reading(application))
        proofs: dict[str, str] = {}
        for topic, _, headers in application.outputs():
            proofs[topic] = proofs.get(topic) or _proof_of_sending(application, topic, headers)
        for topic, proof in proofs.items():
            yield TrueOperation(application.name, Action.SEND, topic, proof)


def _proof_of_reading(application: Application) -> str:
    if application.group is None:
        return ""
    return "committed offsets" if application.assignment == "manual" else "group members"


def _proof_of_sending(application: Application, topic: str, headers: tuple[Habit, ...]) -> str:
    if application.transactional_id:
        return "transactional id of the producer id"
    if Habit.CLOUDEVENTS in headers:
        return "source in the records"
    if application.dead_letters and application.dead_letters.to == topic and application.group:
        return "group in the dead letter's headers"
    if application.idempotent and _names_itself(application):
        return "source in other records of the producer id"
    return ""


def _loops(scenario: Scenario) -> Iterator[TrueLoop]:
    """Closed paths of reactions; the gain is the product over its steps, the period the sum."""
    paths = networkx.DiGraph()
    for application in scenario.applications:
        for reaction in application.reactions:
            if reaction.send is not None:
                paths.add_edge(reaction.on, reaction.send, by=application.name, reaction=reaction)
    for cycle in networkx.simple_cycles(paths):
        first = cycle.index(min(cycle))
        topics = [*cycle[first:], *cycle[:first]]
        steps = [paths.edges[step] for step in pairwise([*topics, topics[0]])]
        gain = 1.0
        for step in steps:
            gain *= step["reaction"].gain
        yield TrueLoop(
            topics=tuple(topics),
            applications=tuple(step["by"] for step in steps),
            gain=gain,
            period_s=sum(step["reaction"].delay_ms for step in steps) / 1000,
            status=LoopStatus.RUNAWAY if gain >= 1 else LoopStatus.ACTIVE,
        )
