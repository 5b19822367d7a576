"""Life lines and arrows, and what Mermaid is given."""

from __future__ import annotations

import re

from graph.identity import ApplicationId
from inspector.trails.document import document
from inspector.trails.folding import folded, unfolded
from inspector.trails.follow import follow
from inspector.trails.ground import Ground
from inspector.trails.mermaid import mermaid
from inspector.trails.sequence import Target, sequence
from inspector.trails.trail import Trail
from inspector.traits import Traits
from tests.unit.inspector.trails.test_follow import RING, chain
from tests.unit.inspector.trails.written import Written, by, graph

SHOP = graph("orders > billing > bills", "orders > stock > levels", " > shop > orders", routes="bills > dlq")


def shop() -> Trail:
    records = Written()
    records.add("orders", 0, Traits(by("shop"), "Order; drop", "o1", "not-there", flow_id="f"), key=b"k")
    records.add("bills", 40, Traits(by("billing"), "Bill", "b1", "o1"), key=b"k")
    records.add("levels", 52, Traits(by("stock"), "Level", "l1", flow_id="f"), key=b"k")
    records.add("dlq", 70, Traits(None, "Bill", "b1", origin="bills/0/0"), key=b"k")
    found = follow(records, SHOP, 0)
    assert found is not None
    return found


def test_an_arrow_goes_to_each_who_made_something_of_it() -> None:
    made = sequence(unfolded(shop()))
    who = [None if each is None else each.key for each in made.participants]
    assert who == ["shop", "billing", "stock"]
    order, bill, level, letter = made.arrows
    assert order.targets == (
        Target(ApplicationId("billing"), Ground.POINTER),
        Target(ApplicationId("stock"), Ground.FLOW),
    )
    assert (bill.targets, level.targets) == ((), ())
    assert letter.source == ApplicationId("billing"), "a route goes on from whoever sent its cause"


def test_a_folded_loop_leads_back_to_where_it_came_from() -> None:
    trail = follow(chain(90), RING, 0)
    assert trail is not None
    made = sequence(folded(trail))
    assert [arrow.targets[0].participant for arrow in made.arrows[-3:]] == [
        ApplicationId(name) for name in ("bc", "ca", "ab")
    ]


def test_mermaid_has_a_line_for_all_and_nothing_that_it_would_read_as_its_own() -> None:
    text = mermaid(unfolded(shop()), lambda who: f"{who.key}: the service")
    lines = [line.strip() for line in text.splitlines()]
    assert lines[0] == "sequenceDiagram"
    assert "participant a0 as shop: the service" in lines
    assert "a0->>a1: Order#59; drop on orders" in lines
    assert "a0-->>a2: the same" in lines
    assert "a1-)c0: Bill on bills, after 40 ms" in lines
    assert "Note over a0: not-there is not captured. " in text
    for line in lines[1:]:
        assert re.fullmatch(
            r"participant \w+ as [^;#]+|Note over \w+: .+|\w+(->>|-->>|--\)|-\))\w+: .+", line
        ), line
        assert not re.search(r"(?<!#\d\d);|(?<!#\d\d\d)(?<!#\d\d);", line), "a semicolon ends a message"


def test_the_document_has_all_that_is_known() -> None:
    made = document(shop())
    assert made["format"] == "eventscope-trail/1"
    assert made["asked"] == 0
    order, bill, level, letter = made["records"]
    assert order["cause"] is None
    assert order["missing_cause"]["name"] == "not-there"
    assert bill["cause"]["record"] == 0
    assert (bill["cause"]["ground"], bill["cause"]["latency_ms"]) == ("pointer", 40.0)
    assert (level["cause"]["ground"], level["cause"]["confidence"]) == ("flow", 0.8)
    assert letter["routed"]
    assert letter["cause"]["record"] == 1
    assert order["time"] == "1970-01-01T00:00:00.000+00:00"
