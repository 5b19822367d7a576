"""Mermaid, line by line against the part of its grammar that is used."""

from __future__ import annotations

import re

from hypothesis import given, settings

from graph.export.mermaid import MOST_EDGES, mermaid
from graph.export.sketch import readable
from tests.unit.graph.export.conftest import NAMES, named, shop

_TEXT = r'"((?:[^\W_]|[ ./_-]|#\d+;|<br/>)*)"'
_NODE = re.compile(rf"\s*(n\d+)(?:\(|\[\(|\[/|\[\[|\{{\{{|\(\[){_TEXT}(?:\)|\)\]|/\]|\]\]|\}}\}}|\]\))")
_EDGE = re.compile(rf"  (n\d+) (-->|-\.->|==>)(?:\|{_TEXT}\|)? (n\d+)")
_OTHER = re.compile(
    rf"flowchart LR|%% .*|  subgraph s\d+\[{_TEXT}\]|  end"
    r"|  classDef \w+ [a-z-]+:[\w# .-]+(,[a-z-]+:[\w# .-]+)*"
    r"|  class n\d+(,n\d+)* \w+|  linkStyle \d+(,\d+)* [a-z-]+:[\w# .-]+(,[a-z-]+:[\w# .-]+)*"
)


def _shown(text: str) -> str:
    plain = text.replace("<br/>", "\n")
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), plain)


def read(text: str) -> tuple[dict[str, str], list[tuple[str, str, str, str]]]:
    """Labels of the nodes and edges as source, arrow, label, target; every other line has to be known."""
    nodes: dict[str, str] = {}
    edges = []
    for line in text.split("\n"):
        if found := _EDGE.fullmatch(line):
            edges.append((found[1], found[2], _shown(found[3] or ""), found[4]))
        elif found := _NODE.fullmatch(line):
            nodes[found[1]] = _shown(found[2])
        else:
            assert not line or _OTHER.fullmatch(line), line
    return nodes, edges


def test_nodes_arrows_and_loops() -> None:
    text = mermaid(shop())
    nodes, edges = read(text)
    of = {name.split("\n")[0]: key for key, name in nodes.items()}
    arrows = {(source, target): (arrow, words) for source, arrow, words, target in edges}
    assert arrows[of["mailer"], of["orders"]] == ("==>", "runaway loop ×1.18")
    assert arrows[of["Unattributed"], of["orders"]][0] == "-.->"
    assert arrows[of["mails"], of["mails.dead"]] == ("-->", "dead-letter")
    assert text.count("subgraph") == 2
    assert re.search(rf"class .*\b{of['orders']}\b.* runaway", text)
    number = [edge[0::3] for edge in edges].index((of["mailer"], of["orders"]))
    assert re.search(rf"linkStyle [\d,]*\b{number}\b[\d,]* stroke:#B80D32", text)


@settings(deadline=None, max_examples=40)
@given(NAMES)
def test_every_name_survives(names: list[str]) -> None:
    graph = named(names)
    nodes, edges = read(mermaid(graph))
    assert set(nodes.values()) == {readable(name) for name in names}
    assert len(edges) == len(graph.operations) + len(graph.routes)
    assert {end for edge in edges for end in edge[0::3]} <= nodes.keys()


def test_words_that_mean_something_to_mermaid_or_markdown_are_hidden() -> None:
    text = mermaid(named(["style x:y#z;", "1. one", "_up_", "a_b", "`code`", "end"]))
    assert "style x#58;y#35;z#59;" in text
    assert "#95;up#95;" in text
    assert "1#46; one" in text
    assert "a_b" in text
    assert "`" not in text


def test_too_many_edges_are_said_in_the_first_line() -> None:
    names = [f"name-{number}" for number in range(MOST_EDGES // 3 + 1)]
    many = mermaid(named(names))
    assert many.startswith("%% GitHub draws at most 499 edges")
    assert len(read(many)[1]) == 3 * len(names) - 1
    assert mermaid(named(names[:-1])).startswith("flowchart LR")
    assert mermaid(shop()).startswith("flowchart LR\n")
