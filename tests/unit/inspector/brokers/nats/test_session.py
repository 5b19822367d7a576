"""Headers of NATS as they came over the wire."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspector.brokers.nats.session import Several, headers_of

NAMES = st.text("abcXYZ-_.", min_size=1, max_size=8)
VALUES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), max_size=12)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=6))
def test_order_and_repetition_are_kept(pairs: list[tuple[str, str]]) -> None:
    raw = b"NATS/1.0\r\n" + b"".join(f"{name}: {value}\r\n".encode() for name, value in pairs) + b"\r\n"
    assert headers_of(raw) == tuple((name, value.encode()) for name, value in pairs)


def test_a_status_is_no_header() -> None:
    assert headers_of(b"NATS/1.0 503\r\n\r\n") == ()
    assert headers_of(b"") == ()


def test_colons_in_values_stay() -> None:
    assert headers_of(b"NATS/1.0\r\nat: 12:30:00\r\nempty: \r\n\r\n") == (("at", b"12:30:00"), ("empty", b""))


def test_headers_that_repeat_are_sent_twice() -> None:
    assert list(Several([("a", "1"), ("a", "2")]).items()) == [("a", "1"), ("a", "2")]
