"""What a plan looks like, over the shop with its loops; the plan is a value."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from graph.identity import ApplicationId, ChannelId
from graph.model import LoopStatus
from graph.reach import find_reach
from gui import theme
from gui.look import Look
from gui.replay.plan_panel import PlanPanel
from gui.replay.reach_graph import counts, expected
from gui.session import Session
from inspector.replay.choice import Choice
from inspector.replay.plan import Caused, Doubles, Entered, Known, Overtaken, Plan, Reason, Side, Step, Way
from inspector.replay.request import Pace, Request, Target
from tests.gui.conftest import SERVER, channel

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from graph.model import DependencyGraph

PRICES = channel("price.changes")


def plan_of(graph: DependencyGraph, target: ChannelId, *reasons: Reason, records: int = 128) -> Plan:
    """A plan for records that go to a channel, by what the graph says of it."""
    reach = find_reach(graph, target)
    sides = tuple(
        Side(
            step.application, step.received_from, step.hops, step.confidence, float(records), known, why, sink
        )
        for step, known, why, sink in zip(
            reach.steps,
            (Known.REPEATS, Known.UNKNOWN),
            ("3 events caused two records each", "nothing is declared of it and nothing was seen"),
            (False, True),
            strict=False,
        )
    )
    caused: dict[ChannelId, float] = {}
    for step in reach.steps:
        for each, count in step.sends:
            caused[each] = caused.get(each, 0.0) + count * records
    return Plan(
        request=Request(
            Choice(source="x.evs", channels=(target.name,)), Target(SERVER, target), Pace(per_s=10)
        ),
        run="r-1",
        records=records,
        bytes=records * 300,
        largest=512,
        left_out=(("their values were not captured", 2),),
        ways=(Way(target, target, records, 1, 12, ((0, 100), (1, 80))),),
        steps=tuple(Step(*touched) for touched in reach.steps),
        caused=tuple(Caused(each, count, True) for each, count in sorted(caused.items())),
        sides=sides,
        loops=tuple(
            Entered(loop.id, loop.status, loop.gain, "The records would enter a loop.")
            for loop in reach.loops
        ),
        leaves=reach.leaves,
        doubles=(Doubles(target, records, 3),),
        overtaken=(Overtaken(target, 7, (b"k",), "7 keys have newer events there already."),),
        duration_s=12.8,
        reasons=reasons,
        warnings=("Who receives x is not visible, so the records may reach further.",),
    )


def test_what_came_stands_beside_what_is_expected(graph: DependencyGraph) -> None:
    plan = plan_of(graph, channel("orders.status"))
    other = channel("fraud.scores")
    plan = msgspec.structs.replace(plan, caused=(Caused(other, 15.2, True),))
    assert counts(plan) == {channel("orders.status"): "128", other: "15"}
    assert counts(plan, [Caused(other, 12, True)]) == {channel("orders.status"): "128/128", other: "12/15"}
    many = msgspec.structs.replace(plan, ways=(msgspec.structs.replace(plan.ways[0], records=1_000_000),))
    assert counts(many, [Caused(other, 1, True)])[channel("orders.status")] == "1,000,000"


def test_a_plan_is_shown_as_a_graph_a_table_and_reasons(
    graph: DependencyGraph, qtbot: QtBot, tmp_path: Path
) -> None:
    session = Session(project=tmp_path / "eventscope.toml")
    session.graph = graph
    panel = PlanPanel(session, Look(theme.light()))
    qtbot.addWidget(panel)
    panel.resize(640, 760)
    panel.show()
    reason = Reason(
        "runaway", "The records would enter a loop that keeps itself going.", "Give a reason.", True
    )
    plan = plan_of(graph, PRICES, reason)
    assert any(each.status is LoopStatus.RUNAWAY for each in plan.loops)
    panel.show_plan(plan)
    qtbot.waitUntil(lambda: not panel.canvas.busy and bool(panel.canvas.shown.places), timeout=5000)
    shown = {place for place in panel.canvas.shown.places if isinstance(place, (ChannelId, ApplicationId))}
    assert shown == {
        PRICES,
        channel("promo.updates"),
        ApplicationId("promo-service"),
        ApplicationId("pricing-engine"),
    }
    assert expected(plan)[PRICES] > 128
    rows = [[cell.text for cell in line.cells] for line in panel.table.model().lines]  # type: ignore[attr-defined]
    assert rows[0][:2] == ["price.changes", "128"]
    assert "p0 · 100" in rows[0][2]
    by_name = {row[0]: row for row in rows}
    assert by_name["Already there"][1] == "128"
    assert by_name["Out of order"][1] == "7"
    assert by_name["Left out"][1] == "2"
    assert panel._alert.isVisibleTo(panel)
    words = [label.text() for label in panel.findChildren(type(panel._way))]
    assert reason.sentence in words
    assert reason.remedy in words
    if folder := os.environ.get("EVENTSCOPE_LOOK"):
        panel.grab().save(f"{folder}/plan.png")
    panel.show_plan(plan_of(graph, channel("orders.status"), records=1))
    assert not panel._alert.isVisibleTo(panel)
    panel.canvas.close_background()
    session.close()
