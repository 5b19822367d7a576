from __future__ import annotations

from collections.abc import Mapping

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.identity import ApplicationId, ChannelId, ChannelKind, NodeId, Place, ServerId
from graph.layout.layers import acyclic
from graph.layout.layout import Layout, LayoutEdge, LayoutNode, LayoutRequest, Point, layout
from graph.layout.placement import NAME

SERVER = ServerId("kafka", "127.0.0.1:9092")


def application(name: str) -> ApplicationId:
    return ApplicationId(name)


def channel(name: str) -> ChannelId:
    return ChannelId(SERVER, ChannelKind.TOPIC, name)


def box(node: NodeId) -> LayoutNode:
    if isinstance(node, ChannelId):
        return LayoutNode(node, 54.0, 22.0, label=40.0 + 6.0 * len(node.name))
    return LayoutNode(node, 122.0, 40.0)


def request(
    edges: list[tuple[NodeId, NodeId]],
    feedback: set[tuple[NodeId, NodeId]] = frozenset(),  # type: ignore[assignment]
    extra: list[NodeId] | None = None,
    previous: Mapping[Place, Point] | None = None,
    **options: object,
) -> LayoutRequest:
    nodes = dict.fromkeys([node for edge in edges for node in edge] + (extra or []))
    return LayoutRequest(
        tuple(box(node) for node in nodes),
        tuple(LayoutEdge(a, b, (a, b) in feedback) for a, b in edges),
        previous or {},
        **options,  # type: ignore[arg-type]
    )


@st.composite
def requests(draw: st.DrawFn) -> LayoutRequest:
    """Graphs of applications and channels, with circles, whose closing edges are marked as feedback."""
    applications = [application(f"a{n}") for n in range(draw(st.integers(1, 9)))]
    channels = [channel(f"c{n}") for n in range(draw(st.integers(1, 14)))]
    pairs = draw(
        st.lists(
            st.tuples(st.sampled_from(applications), st.sampled_from(channels), st.booleans()), max_size=30
        )
    )
    edges: list[tuple[NodeId, NodeId]] = [(a, c) if sends else (c, a) for a, c, sends in pairs]
    edges = list(dict.fromkeys(edges))
    nodes: list[NodeId] = [*applications, *channels]
    number = {node: index for index, node in enumerate(nodes)}
    forward = set(acyclic(len(nodes), [(number[a], number[b]) for a, b in edges]))
    feedback = {(a, b) for a, b in edges if (number[a], number[b]) not in forward}
    return request(edges, feedback, nodes)


def rectangles(asked: LayoutRequest, found: Layout) -> list[tuple[Place, float, float, float, float]]:
    """Nodes and the names under or over them; a name above is only ever used with room left for it."""
    made = []
    for node in asked.nodes:
        x, y = found.positions[node.id]
        made.append(
            (node.id, x - node.width / 2, y - node.height / 2, x + node.width / 2, y + node.height / 2)
        )
    return made


def overlaps(asked: LayoutRequest, found: Layout) -> list[tuple[Place, Place]]:
    rows = rectangles(asked, found)
    labels = {node.id: node.label for node in asked.nodes}
    grown = []
    for node, left, top, right, bottom in rows:
        if labels[node]:
            middle = (left + right) / 2
            left, right = min(left, middle - labels[node] / 2), max(right, middle + labels[node] / 2)
            bottom += NAME
        grown.append((node, left, top, right, bottom))
    return [
        (a[0], b[0])
        for index, a in enumerate(grown)
        for b in grown[index + 1 :]
        if a[1] < b[3] and b[1] < a[3] and a[2] < b[4] and b[2] < a[4]
    ]


@settings(max_examples=60, deadline=None)
@given(requests())
def test_fresh_layouts_have_no_overlaps_and_flow_to_the_right(asked: LayoutRequest) -> None:
    found = layout(asked)
    assert found.positions.keys() == {node.id for node in asked.nodes}
    assert overlaps(asked, found) == []
    back = {end for edge in asked.edges if edge.feedback for end in (edge.source, edge.target)}
    for edge in asked.edges:
        # A channel that only sends back stands left of its sender on purpose.
        if not edge.feedback and not (back & {edge.source, edge.target}):
            assert found.positions[edge.source][0] < found.positions[edge.target][0]


@settings(max_examples=30, deadline=None)
@given(requests(), st.randoms(use_true_random=False))
def test_the_order_of_the_request_does_not_matter(asked: LayoutRequest, shuffle: object) -> None:
    nodes, edges = list(asked.nodes), list(asked.edges)
    shuffle.shuffle(nodes)  # type: ignore[attr-defined]
    shuffle.shuffle(edges)  # type: ignore[attr-defined]
    assert layout(LayoutRequest(tuple(nodes), tuple(edges))).positions == layout(asked).positions


@settings(max_examples=50, deadline=None)
@given(requests(), st.data())
def test_known_nodes_never_move_and_new_ones_find_room(asked: LayoutRequest, data: st.DataObject) -> None:
    keep = data.draw(st.sets(st.sampled_from([node.id for node in asked.nodes]), min_size=1))
    nodes = tuple(node for node in asked.nodes if node.id in keep)
    edges = tuple(edge for edge in asked.edges if {edge.source, edge.target} <= keep)
    before = layout(LayoutRequest(nodes, edges))
    after = layout(LayoutRequest(asked.nodes, asked.edges, before.positions))
    assert {node: after.positions[node] for node in keep} == before.positions
    assert overlaps(asked, after) == []
    fewer = layout(LayoutRequest(nodes, edges, after.positions))
    assert fewer.positions == before.positions


def test_a_loop_of_two_applications_is_a_ring() -> None:
    a, b = application("pricing"), application("promo")
    there, back = channel("price.changes"), channel("promo.updates")
    for closing in ((back, a), (b, back)):
        found = layout(request([(a, there), (there, b), (b, back), (back, a)], {closing})).positions
        assert found[there][0] == found[back][0]
        assert found[a][0] < found[there][0] < found[b][0]
        assert found[back][1] - found[there][1] >= 80
        assert found[a][1] == found[b][1] == (found[there][1] + found[back][1]) / 2


def test_a_return_over_several_layers_stands_one_layer_left_of_its_sender() -> None:
    a, b, c = (application(name) for name in "abc")
    one, two, back = channel("one"), channel("two"), channel("back")
    edges: list[tuple[NodeId, NodeId]] = [(a, one), (one, b), (b, two), (two, c), (c, back), (back, a)]
    layers = layout(request(edges, {(back, a)})).layers
    assert layers[back] == layers[c] - 1


def test_a_new_node_stands_near_its_neighbour() -> None:
    shop, orders = application("shop"), channel("orders")
    before = layout(request([(shop, orders)])).positions
    billing = application("billing")
    after = layout(request([(shop, orders), (orders, billing)], previous=before)).positions
    assert 100 < after[billing][0] - after[orders][0] < 220
    assert abs(after[billing][1] - after[orders][1]) < 60


def test_pinned_nodes_stay_in_a_fresh_layout() -> None:
    shop, orders, billing = application("shop"), channel("orders"), application("billing")
    edges: list[tuple[NodeId, NodeId]] = [(shop, orders), (orders, billing)]
    place = (40.0, 12.0)
    asked = request(edges, previous={orders: place}, pinned=frozenset({orders}), fresh=True)
    found = layout(asked)
    assert found.positions[orders] == place
    assert overlaps(asked, found) == []


def test_a_note_keeps_its_row_free_in_the_next_layer() -> None:
    senders = [application(f"s{n}") for n in range(3)]
    edges: list[tuple[NodeId, NodeId]] = [(senders[0], channel("noted"))]
    for sender in senders:
        edges += [(sender, channel(f"c{sender.key}")), (channel(f"c{sender.key}"), application("sink"))]
    edges += [(senders[0], channel("cs1"))]
    asked = request(edges)
    nodes = tuple(
        LayoutNode(n.id, n.width, n.height, n.label, 130.0) if n.id == channel("noted") else n
        for n in asked.nodes
    )
    found = layout(LayoutRequest(nodes, asked.edges)).positions
    x, y = found[channel("noted")]
    for node, (other_x, other_y) in found.items():
        if isinstance(node, ApplicationId) and x < other_x < x + 27 + 130 + 61:
            assert abs(other_y - y) >= 20


def test_an_empty_request_and_self_edges() -> None:
    assert layout(LayoutRequest((), ())).positions == {}
    orders = channel("orders")
    found = layout(LayoutRequest((box(orders),), (LayoutEdge(orders, orders),)))
    assert list(found.positions) == [orders]


def test_a_broad_picture_of_thirty_nodes_fits_the_window() -> None:
    edges: list[tuple[NodeId, NodeId]] = []
    for number in range(10):
        topic = channel(f"topic{number}")
        edges += [(application(f"s{number % 4}"), topic), (topic, application(f"r{number % 6}"))]
        edges += [(application(f"r{number % 6}"), channel(f"out{number % 7}"))]
    points = layout(request(edges)).positions.values()
    width = max(x for x, _ in points) - min(x for x, _ in points) + 122
    height = max(y for _, y in points) - min(y for _, y in points) + 60
    assert min(920 / width, 450 / height) >= 0.62
