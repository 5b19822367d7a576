"""Places: the line of each declared edge, in large files too."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from graph.identity import Action, ApplicationId
from graph.model import Alias, Application, ApplicationKind, DependencyGraph
from inspector.check.places import Place, Places, readable
from inspector.declaration import Declaration, DeclaredChannel
from tests.rings import edge, topic


def lines(text: str, name: str, *channels: str) -> list[int]:
    """The line of each channel that `name` is said to send to."""
    places, path = Places(), Path("a.yaml")
    said = tuple((Action.SEND, DeclaredChannel(channel)) for channel in channels)
    places.add(Declaration(name, "declared.asyncapi", path.name, operations=said), path, text)
    key = ApplicationId(name)
    application = Application(key, name, ApplicationKind.SERVICE, (Alias("declared", name),))
    graph = DependencyGraph(applications={key: application})
    found = []
    for channel in channels:
        (place,) = places.of(graph, edge(key, Action.SEND, topic(channel)).id)
        found.append(place.line)
    return found


@pytest.mark.parametrize(
    ("channel", "line"),
    [("orders", 4), ("orders.v2", 5), ("my orders/é", 6), ("###", 7), ("nowhere", 2)],
)
def test_a_name_is_found_as_a_whole(channel: str, line: int) -> None:
    text = "x: orders-old\ntitle: shop\nold: re-orders\na: orders\nb: 'orders.v2'\nc: my orders/é\nd: '###'\n"
    assert lines(text, "shop", channel) == [line]


def test_a_large_document_takes_no_longer_than_its_size() -> None:
    """Twenty thousand lines with four thousand channels; a minute where all is gone through for each."""
    names = [f"topic-{number}" for number in range(4_000)]
    text = "title: big\n" + "".join(f"c:\n  address: {name}\n  a: 1\n  b: 2\n  c: 3\n" for name in names)
    began = time.monotonic()
    assert lines(text, "big", *names) == [3 + 5 * number for number in range(4_000)]
    assert time.monotonic() - began < 5.0


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such file names")
def test_a_name_that_is_no_text_can_be_written() -> None:
    assert str(Place(Path(os.fsdecode(b"shop\xff.yaml")), 3)) == "shop\\xff.yaml:3"
    assert readable(Path("größe.yaml")) == "größe.yaml"
