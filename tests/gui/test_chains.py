"""The ways that records took and the hubs, as the panel shows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from graph.identity import (
    Action,
    ApplicationId,
    ChannelId,
    ChannelKind,
    NodeId,
    OperationId,
    RouteId,
    RouteKind,
)
from graph.model import CausalPath, DependencyGraph, Route
from gui import theme
from gui.look import Look
from gui.panels.chains import ChainsPanel
from gui.session import Session

Way = tuple[NodeId, ...]


def way(graph: DependencyGraph, *names: str) -> Way:
    (server,) = graph.servers
    return tuple(
        ChannelId(server, ChannelKind.TOPIC, name) if at % 2 == 0 else ApplicationId(name)
        for at, name in enumerate(names)
    )


@pytest.fixture
def slow(graph: DependencyGraph) -> Way:
    return way(graph, "carts.events", "order-service", "orders.placed", "payment-service", "payments.events")


@pytest.fixture
def loop(graph: DependencyGraph) -> Way:
    return way(graph, "price.changes", "promo-service", "promo.updates", "pricing-engine", "price.changes")


@pytest.fixture
def panel(graph: DependencyGraph, slow: Way, loop: Way, qtbot: QtBot) -> Iterator[ChainsPanel]:
    session = Session()
    made = ChainsPanel(session, Look(theme.light()))
    made.resize(1062, 290)
    qtbot.addWidget(made)
    made.show()
    show(
        made,
        replace(
            graph,
            chains=(
                CausalPath(slow, (1200.0, 180.0), 1400.0, 0.85, 380),
                CausalPath(loop, (12.0, 34.0), 46.0, None, 1200),
            ),
        ),
    )
    yield made
    made.close_background()


def show(panel: ChainsPanel, graph: DependencyGraph) -> None:
    session = panel.ways.session
    session.graph = graph
    session.graph_changed.emit()
    session.turns.finish()


def rows(panel: ChainsPanel) -> list[list[str]]:
    return [[cell.text for cell in line.cells] for line in panel.ways.lines.lines]


def press(panel: ChainsPanel, row: int) -> None:
    place = panel.ways.table.visualRect(panel.ways.lines.index(row, 0)).center()
    QTest.mouseClick(panel.ways.table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(place))


def test_each_way_has_a_row_with_its_time_and_what_it_waited(panel: ChainsPanel) -> None:
    assert rows(panel) == [
        ["carts.events → order-service → payment-service → payments.events", "1.4 s", "85 %", "2", "380"],
        ["price.changes → promo-service → pricing-engine ↺", "46 ms", "not known", "2", "1,200"],
    ]
    assert panel.count == 2
    tips = [line.tip for line in panel.ways.lines.lines]
    assert "orders.placed → payment-service → payments.events: 180 ms" in tips[0]
    assert "never seen idle" in tips[1]
    assert "came back to price.changes" in tips[1]


def test_a_way_that_is_chosen_is_to_be_lit(
    panel: ChainsPanel, graph: DependencyGraph, slow: Way, qtbot: QtBot
) -> None:
    carts, orders_by, orders, payments_by, payments = slow
    panel.ways.session.select(orders)
    with qtbot.waitSignal(panel.followed) as lit:
        press(panel, 0)
    assert panel.ways.session.selection is None
    assert lit.args is not None
    along, times = lit.args
    assert along == (
        OperationId(orders_by, Action.RECEIVE, carts),  # type: ignore[arg-type]
        OperationId(orders_by, Action.SEND, orders),  # type: ignore[arg-type]
        OperationId(payments_by, Action.RECEIVE, orders),  # type: ignore[arg-type]
        OperationId(payments_by, Action.SEND, payments),  # type: ignore[arg-type]
    )
    assert set(along) <= graph.operations.keys()
    assert times == {carts: "0 s", orders: "1.2 s", payments: "1.38 s"}


def test_choosing_something_else_puts_it_out(panel: ChainsPanel, slow: Way, qtbot: QtBot) -> None:
    press(panel, 0)
    with qtbot.waitSignal(panel.followed) as lit:
        panel.ways.session.select(slow[0])
    assert lit.args == [(), {}]
    assert not panel.ways.table.selectionModel().hasSelection()


def test_a_click_beside_everything_can_put_it_out(panel: ChainsPanel, qtbot: QtBot) -> None:
    press(panel, 1)
    with qtbot.waitSignal(panel.followed) as lit:
        panel.put_out()
    assert lit.args == [(), {}]
    assert not panel.ways.table.selectionModel().hasSelection()
    with qtbot.waitSignal(panel.followed):
        press(panel, 1)


def test_a_way_that_is_gone_is_put_out_and_one_that_stays_is_kept(
    panel: ChainsPanel, loop: Way, qtbot: QtBot
) -> None:
    press(panel, 1)
    graph = panel.ways.session.graph
    show(panel, replace(graph, chains=graph.chains[1:]))
    assert [index.row() for index in panel.ways.table.selectionModel().selectedRows()] == [0]
    with qtbot.waitSignal(panel.followed) as lit:
        show(panel, replace(graph, chains=graph.chains[:1]))
    assert lit.args == [(), {}]


def test_new_times_of_a_way_that_is_lit_are_told(panel: ChainsPanel, loop: Way, qtbot: QtBot) -> None:
    press(panel, 1)
    graph = panel.ways.session.graph
    slower = replace(graph, chains=(graph.chains[0], CausalPath(loop, (12.0, 88.0), 99.0, None, 1200)))
    with qtbot.waitSignal(panel.followed) as lit:
        show(panel, slower)
    assert lit.args is not None
    assert lit.args[1] == {loop[2]: "12 ms", loop[0]: "100 ms"}
    with qtbot.assertNotEmitted(panel.followed):
        show(panel, replace(slower, to_ns=slower.to_ns + 1))


def test_a_route_on_a_way_is_lit_too(panel: ChainsPanel, graph: DependencyGraph, qtbot: QtBot) -> None:
    payments, dead = way(graph, "payments.events", "", "fraud.review")[::2]
    assert isinstance(payments, ChannelId)
    assert isinstance(dead, ChannelId)
    route = Route(RouteId(payments, dead, RouteKind.DEAD_LETTER), 1.0, ())
    path = CausalPath((payments, dead), (40.0,), 40.0, 1.0, 3)
    show(panel, replace(graph, routes={route.id: route}, chains=(path,)))
    assert rows(panel) == [["payments.events → fraud.review", "40 ms", "100 %", "1", "3"]]
    with qtbot.waitSignal(panel.followed) as lit:
        press(panel, 0)
    assert lit.args == [(route.id,), {payments: "0 s", dead: "40 ms"}]


def test_hubs_stand_beside_and_are_selected_with_the_rest(panel: ChainsPanel, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: panel.hubs.count > 0)
    first = panel.hubs.lines.lines[0]
    assert [cell.text for cell in first.cells] == ["orders.placed", "1 / 3", "2 / 6"]
    assert "12 pairs" in first.tip
    session = panel.hubs.session
    panel.hubs.table.setCurrentIndex(panel.hubs.lines.index(0, 0))
    assert session.selection == first.subject
    by = next(line.subject for line in panel.hubs.lines.lines if line.cells[0].text == "order-service")
    session.select(by)  # type: ignore[arg-type]
    assert panel.hubs.table.currentIndex().data() == "order-service"


@pytest.mark.parametrize(
    ("known", "why"), [(True, "names the record that caused it"), (False, "nothing has been seen")]
)
def test_where_there_is_none_it_says_why(
    panel: ChainsPanel, graph: DependencyGraph, known: bool, why: str, qtbot: QtBot
) -> None:
    show(panel, graph if known else DependencyGraph())
    assert panel.count == 0
    assert why in panel.ways._sentence.text()
    assert ("Problems tab" in panel.ways._sentence.text()) is known
