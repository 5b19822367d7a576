"""GraphML, read back by networkx."""

from __future__ import annotations

import io
from xml.etree import ElementTree as Xml

import networkx as nx
import pytest
from hypothesis import given, settings

from graph.export.graphml import NAMESPACE, YED, graphml
from graph.export.sketch import readable
from graph.identity import Place
from graph.model import DependencyGraph
from tests.unit.graph.export.conftest import BILLING, MAILER, NAMES, ORDERS, named, shop


def read(text: str) -> nx.MultiDiGraph:
    return nx.read_graphml(io.BytesIO(text.encode()), force_multigraph=True)


def _nodes(graph: DependencyGraph) -> dict[str, dict[str, object]]:
    return {told["identity"]: told for _, told in read(graphml(graph)).nodes(data=True)}


def test_facts_keep_their_types_and_what_is_not_known_is_missing() -> None:
    graph = shop()
    nodes = _nodes(graph)
    orders = nodes[str(ORDERS)]
    assert (orders["type"], orders["kind"], orders["rate_per_s"], orders["internal"]) == (
        "channel",
        "topic",
        1300.0,
        False,
    )
    assert orders["last_record_at"] == "2001-09-09T01:46:40Z"
    assert "records" not in orders
    assert nodes[str(MAILER)]["instances"] == 2
    assert "lag" not in nodes[str(MAILER)]
    assert nodes[str(BILLING)]["owner"] == "Team Money"
    made = read(graphml(graph))
    assert made.graph["observed_to"] == "2026-11-23T14:12:08.412Z"
    name = {told["identity"]: key for key, told in made.nodes(data=True)}
    (back,) = made.get_edge_data(name[str(MAILER)], name[str(ORDERS)]).values()
    assert (back["kind"], back["closes_loop"], back["loop"]) == ("send", True, "runaway")
    (read_,) = made.get_edge_data(name[str(ORDERS)], name[str(BILLING)]).values()
    assert isinstance(read_["hop_latency_ms"], float)
    assert (read_["lag"], read_["evidence"]) == (7, "It was told by kafka.")


def test_a_rate_that_is_whole_by_chance_is_a_number_like_the_others() -> None:
    rates = {told.get("rate_per_s") for *_, told in read(graphml(shop())).edges(data=True)}
    assert rates == {None, 1300.0, 12.0}


def test_places_are_the_middles_of_what_yed_draws() -> None:
    places: dict[Place, tuple[float, float]] = {ORDERS: (100.0, 50.0)}
    text = graphml(shop(), places)
    nodes = {told["identity"]: told for _, told in read(text).nodes(data=True)}
    (geometry,) = [
        each for each in Xml.fromstring(text).iter(f"{{{YED}}}Geometry") if each.get("x") is not None
    ]
    assert float(geometry.attrib["x"]) + float(geometry.attrib["width"]) / 2 == pytest.approx(100.0)
    assert float(geometry.attrib["y"]) + float(geometry.attrib["height"]) / 2 == pytest.approx(50.0)
    assert nodes[str(ORDERS)]["x"] is not None


def test_ids_are_names_as_the_schema_has_them_and_keys_are_declared_first() -> None:
    root = Xml.fromstring(graphml(shop()))
    ids = [each.attrib["id"] for each in root.iter() if "id" in each.attrib]
    assert all(each.isalnum() for each in ids)
    assert [each.tag for each in root][-1] == f"{{{NAMESPACE}}}graph"
    assert {each.tag for each in root[:-1]} == {f"{{{NAMESPACE}}}key"}


@settings(deadline=None, max_examples=40)
@given(NAMES)
def test_every_name_survives(names: list[str]) -> None:
    graph = named(names)
    made = read(graphml(graph))
    assert {told["label"] for _, told in made.nodes(data=True)} == {readable(name) for name in names}
    assert {told["identity"] for _, told in made.nodes(data=True)} == {
        readable(str(node)) for node in (*graph.applications, *graph.channels)
    }
    assert made.number_of_edges() == len(graph.operations) + len(graph.routes)
