"""DOT, read back by its grammar and, where it is installed, by Graphviz itself."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from html import unescape

import pytest
from hypothesis import given, settings

from graph.export.dot import dot
from graph.export.sketch import readable
from graph.model import DependencyGraph
from tests.unit.graph.export.conftest import BILLING, GHOST, MAILER, MAILS, NAMES, ORDERS, STATUS, named, shop

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_ATTRIBUTES = rf"\[((?:[a-z]+=(?:{_QUOTED}|[\w.]+)(?:, )?)*)\]"
_NODE = re.compile(rf"\s*{_QUOTED} {_ATTRIBUTES}")
_EDGE = re.compile(rf"\s*{_QUOTED} -> {_QUOTED} {_ATTRIBUTES}")
_OTHER = re.compile(
    rf"digraph eventscope {{|  (graph|node|edge) {_ATTRIBUTES}|  subgraph cluster_\d+ {{"
    rf"|    label={_QUOTED}|  ?}}|}}"
)
_PAIR = re.compile(rf"([a-z]+)=(?:{_QUOTED}|([\w.]+))")


def _attributes(text: str) -> dict[str, str]:
    return {key: quoted or plain for key, quoted, plain in _PAIR.findall(text)}


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), text)


def _shown(label: str) -> str:
    """The text that Graphviz draws for a label."""
    return unescape(_unquoted(label))


def read(text: str) -> tuple[dict[str, dict[str, str]], list[tuple[str, str, dict[str, str]]]]:
    """Nodes and edges; every line has to be one that the grammar allows."""
    nodes: dict[str, dict[str, str]] = {}
    edges = []
    for line in text.split("\n"):
        if found := _EDGE.fullmatch(line):
            edges.append((_unquoted(found[1]), _unquoted(found[2]), _attributes(found[3])))
        elif found := _NODE.fullmatch(line):
            nodes[_unquoted(found[1])] = _attributes(found[2])
        else:
            assert not line or _OTHER.fullmatch(line), line
    return nodes, edges


def _ids(graph: DependencyGraph) -> Iterator[str]:
    for node in (*graph.applications, *graph.channels):
        yield readable(str(node))


def test_shapes_styles_and_loops() -> None:
    nodes, edges = read(dot(shop()))
    assert nodes[str(ORDERS)]["shape"] == "cylinder"
    assert nodes[str(MAILS)]["shape"] == "box3d"
    assert nodes[str(GHOST)]["style"] == "rounded,dashed"
    of = {(source, target): told for source, target, told in edges}
    assert of[str(BILLING), str(STATUS)]["style"] == "dashed"
    assert of[str(GHOST), str(ORDERS)]["style"] == "dotted"
    assert of[str(BILLING), str(MAILS)]["arrowhead"] == "empty"
    back = of[str(MAILER), str(ORDERS)]
    assert (back["constraint"], back["penwidth"], back["label"]) == ("false", "4", "runaway loop ×1.18")


def test_every_server_is_a_cluster_where_there_are_several() -> None:
    text = dot(shop())
    assert text.count("subgraph cluster_") == 2
    assert "rankdir=LR" in text
    assert "subgraph" not in dot(named(["a"]))


@settings(deadline=None, max_examples=40)
@given(NAMES)
def test_every_name_survives(names: list[str]) -> None:
    graph = named(names)
    nodes, edges = read(dot(graph))
    assert sorted(nodes) == sorted(_ids(graph))
    assert {_shown(told["label"]) for told in nodes.values()} == {readable(name) for name in names}
    assert len(edges) == len(graph.operations) + len(graph.routes)
    assert {end for edge in edges for end in edge[:2]} <= nodes.keys()


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_reads_it_and_shows_the_names_as_they_are() -> None:
    names = ['a"b', "back\\", "\\n\\N", '<b>&lt;</b> & "', "two\nlines", "n" * 1000, "späß €"]
    for graph in (shop(), named(names)):
        done = subprocess.run(
            ["dot", "-Tsvg"], input=dot(graph), capture_output=True, text=True, check=True, timeout=30
        )
        assert done.stderr == ""
    words = {unescape(each) for each in re.findall(r"<text [^>]*>([^<]*)</text>", done.stdout)}
    assert {line for name in names for line in name.split("\n")} <= {
        word.replace("\xa0", " ") for word in words
    }
