from __future__ import annotations

import json

import pytest

from inspector.decode import decode
from inspector.decode.envelopes import envelope_of

CHANGE = {
    "before": {"id": 1, "paid": False}, "after": {"id": 1, "paid": True}, "op": "u", "ts_ms": 1,
    "source": {"connector": "postgresql", "db": "shop", "schema": "public", "table": "orders"},
}  # fmt: skip
ROW = {"id": "1", "aggregate_type": "order", "aggregate_id": "o-1", "type": "paid", "payload": "{}"}
CLOUD = (("ce_specversion", b"1.0"), ("ce_id", b"1"), ("ce_source", b"/shop"), ("ce_type", b"order.paid"))


@pytest.mark.parametrize("value", [CHANGE, {"schema": {}, "payload": CHANGE}])
def test_a_change_of_debezium_is_told_with_before_and_after(value: dict[str, object]) -> None:
    found = decode(json.dumps(value).encode()).envelope
    assert found is not None
    assert found.name == "Debezium: updates shop.public.orders"
    assert (found.changes, found.before, found.after) == (True, CHANGE["before"], CHANGE["after"])


def test_a_row_of_an_outbox_is_told() -> None:
    found = envelope_of(ROW, ())
    assert found is not None
    assert found.name == "outbox: paid of order o-1"
    inside = envelope_of({**CHANGE, "op": "c", "before": None, "after": ROW}, ())
    assert inside is not None
    assert inside.name == "Debezium: creates in shop.public.orders; outbox: paid of order o-1"


def test_a_cloud_event_in_headers_is_told() -> None:
    decoded = decode(b"{}", CLOUD)
    assert decoded.envelope is not None
    assert decoded.envelope.name == "CloudEvents 1.0 in headers: order.paid from /shop"
    assert decode(b"{}", CLOUD[1:]).envelope is None


@pytest.mark.parametrize(
    "value", [{}, {"op": "u"}, {**CHANGE, "source": "x"}, {**CHANGE, "op": []}, [CHANGE], None]
)
def test_what_is_no_envelope_is_none(value: object) -> None:
    assert envelope_of(value, ()) is None
