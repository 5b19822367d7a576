"""Alerts: once for each thing that a person does not know yet, and not at every look."""

from __future__ import annotations

import dataclasses
import json

from msgspec.structs import replace

from graph.identity import ApplicationId
from graph.model import DependencyGraph, LoopStatus
from inspector.loops.acknowledged import acknowledged
from inspector.loops.alerts import CALM_NS, Alerts
from inspector.project.model import AcknowledgedLoop, Project
from tests.rings import ring, the_loop

STEP = 1_000_000_000
KNOWN = Project(acknowledged=(AcknowledgedLoop(("prices", "stock", "levels", "pricing"), "Meant.", 0.5),))


def _levels(alerts: Alerts, graph: DependencyGraph) -> list[str]:
    return [str(alert.level) for alert in alerts.look(graph)]


def test_each_step_of_danger_is_told_once() -> None:
    alerts = Alerts()
    steps = [LoopStatus.POSSIBLE, LoopStatus.ACTIVE, LoopStatus.ACTIVE, LoopStatus.RUNAWAY, LoopStatus.ACTIVE]
    told = [_levels(alerts, ring(status, to_ns=at * STEP)) for at, status in enumerate(steps, 1)]
    assert told == [[], ["active"], [], ["runaway"], []]


def test_a_loop_that_ran_away_at_once_is_not_told_as_active_afterwards() -> None:
    alerts = Alerts()
    assert _levels(alerts, ring(LoopStatus.RUNAWAY, to_ns=STEP)) == ["runaway"]
    assert _levels(alerts, ring(LoopStatus.ACTIVE, to_ns=2 * STEP)) == []


def test_noise_tells_nothing_again_and_calm_does() -> None:
    alerts = Alerts()
    assert _levels(alerts, ring(LoopStatus.RUNAWAY, to_ns=STEP)) == ["runaway"]
    for at in range(2, 20):
        status = LoopStatus.RUNAWAY if at % 2 else LoopStatus.POSSIBLE
        assert _levels(alerts, ring(status, to_ns=at * STEP)) == []
    calm = ring(LoopStatus.POSSIBLE, to_ns=19 * STEP + CALM_NS)
    assert _levels(alerts, calm) == []
    assert _levels(alerts, ring(LoopStatus.RUNAWAY, to_ns=calm.to_ns + STEP)) == ["runaway"]


def test_runaway_is_told_again_while_the_loop_stayed_active() -> None:
    alerts = Alerts()
    assert _levels(alerts, ring(LoopStatus.RUNAWAY, to_ns=STEP)) == ["runaway"]
    for at in range(60, 660, 60):
        assert _levels(alerts, ring(LoopStatus.ACTIVE, to_ns=at * STEP)) == []
    assert _levels(alerts, ring(LoopStatus.RUNAWAY, to_ns=700 * STEP)) == ["runaway"]


def test_an_acknowledged_loop_raises_nothing_until_its_limit_breaks() -> None:
    alerts = Alerts()
    quiet = acknowledged(ring(LoopStatus.ACTIVE, (0.4, 0.3, 0.5), to_ns=STEP), KNOWN)
    assert alerts.look(quiet) == []
    broken = acknowledged(ring(LoopStatus.ACTIVE, (0.8, 0.7, 0.9), to_ns=2 * STEP), KNOWN)
    (alert,) = alerts.look(broken)
    assert alert.title == "An acknowledged loop broke its limit"
    assert "0.8" in alert.message
    bounded = acknowledged(ring(LoopStatus.BOUNDED, (0.8, 0.7, 0.9), to_ns=2 * STEP), KNOWN)
    assert _levels(Alerts(), bounded) == ["active"]


def test_a_limit_that_breaks_is_told_soon_after_the_loop_was() -> None:
    """Somebody heard of the loop, acknowledged it, and it went on to grow."""
    alerts = Alerts()
    assert _levels(alerts, ring(LoopStatus.RUNAWAY, (0.6, 0.4, 0.8), to_ns=STEP)) == ["runaway"]
    assert alerts.look(acknowledged(ring(LoopStatus.ACTIVE, (0.6, 0.4, 0.8), to_ns=2 * STEP), KNOWN)) == []
    grown = (0.8, 0.7, 0.9)
    (alert,) = alerts.look(acknowledged(ring(LoopStatus.ACTIVE, grown, to_ns=3 * STEP), KNOWN))
    assert alert.loop.broken_limit
    assert alerts.look(acknowledged(ring(LoopStatus.ACTIVE, grown, to_ns=4 * STEP), KNOWN)) == []
    assert alerts.look(ring(LoopStatus.ACTIVE, grown, to_ns=5 * STEP)) == []


def test_what_other_programs_get() -> None:
    (alert,) = Alerts().look(ring(LoopStatus.RUNAWAY, (1.2, 1.1, 1.3), to_ns=STEP))
    made = json.loads(json.dumps(alert.document()))
    assert made["format"] == "eventscope-alert/1"
    assert made["level"] == "runaway"
    assert made["at"] == "1970-01-01T00:00:01Z"
    assert made["loop"]["names"] == ["prices", "stock", "levels", "pricing"]
    assert made["loop"]["hops"] == [str(hop) for hop in the_loop(ring()).hops]
    assert made["text"] == (
        "A loop runs away: prices → stock → levels → pricing → prices. "
        "Each record causes 1.2 others once round (95 % between 1.1 and 1.3)."
    )


def test_applications_are_called_as_they_are_shown() -> None:
    graph = ring(LoopStatus.ACTIVE)
    stock = ApplicationId("stock")
    shown = replace(graph.applications[stock], name="Stock keeper")
    graph = dataclasses.replace(graph, applications={**graph.applications, stock: shown})
    (alert,) = Alerts().look(graph)
    assert "prices → Stock keeper → levels → pricing → prices" in alert.message
    assert alert.brief.startswith("prices → Stock keeper → ")
    assert alert.document()["loop"]["names"] == ["prices", "Stock keeper", "levels", "pricing"]
