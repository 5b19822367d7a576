"""Arrow keys: along edges sideways, within the column up and down, and never on the spot."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF

from graph.identity import ApplicationId, Place
from gui.canvas.hands import walking
from tests.made_shop import SHOP, channel

PRICING, WAREHOUSE = ApplicationId("pricing"), ApplicationId("warehouse")
STOCK = channel("stock")
CENTRES: dict[Place, QPointF] = {WAREHOUSE: QPointF(0, 0), STOCK: QPointF(150, 10), PRICING: QPointF(300, 0)}
EDGES = [edge for edge in SHOP.edges() if edge.source in CENTRES and edge.target in CENTRES]


def test_sideways_it_goes_along_edges_alone() -> None:
    assert walking.step(CENTRES, EDGES, WAREHOUSE, 1, 0) == STOCK
    assert walking.step(CENTRES, EDGES, STOCK, 1, 0) == PRICING
    assert walking.step(CENTRES, EDGES, STOCK, -1, 0) == WAREHOUSE
    assert walking.step(CENTRES, [], STOCK, 1, 0) is None
    assert walking.step(CENTRES, EDGES, WAREHOUSE, -1, 0) is None


def test_up_and_down_it_stays_in_the_column() -> None:
    below: dict[Place, QPointF] = {**CENTRES, ApplicationId("below"): QPointF(10, 90)}
    assert walking.step(below, EDGES, WAREHOUSE, 0, 1) == ApplicationId("below")
    assert walking.step(below, EDGES, WAREHOUSE, 0, -1) is None


def test_it_begins_at_the_topmost_of_the_leftmost() -> None:
    assert walking.first({PRICING: QPointF(0, 5), STOCK: QPointF(0, 1), WAREHOUSE: QPointF(9, 0)}) == STOCK
    assert walking.first({}) is None


@given(
    st.lists(st.tuples(st.integers(-99, 99), st.integers(-99, 99)), min_size=1, max_size=8),
    st.sampled_from([(1, 0), (-1, 0), (0, 1), (0, -1)]),
)
def test_a_step_leads_on_in_its_direction(points: list[tuple[int, int]], way: tuple[int, int]) -> None:
    nodes = [ApplicationId(str(number)) for number in range(len(points))]
    centres: dict[Place, QPointF] = {node: QPointF(*at) for node, at in zip(nodes, points, strict=True)}
    found = walking.step(centres, [], nodes[0], *way)
    if found is not None:
        step = centres[found] - centres[nodes[0]]
        assert step.x() * way[0] + step.y() * way[1] > 1
