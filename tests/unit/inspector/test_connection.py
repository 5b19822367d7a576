from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.identity import ServerId
from inspector.connection import parse
from inspector.errors import AddressError


def test_a_full_address_is_read() -> None:
    connection = parse("kafka+tls://ann:s%40crt@b1:9093,b2?registry=http://r:8081&sasl=PLAIN")
    assert connection.addresses == (("b1", 9093), ("b2", 9092))
    assert connection.tls
    assert connection.user == "ann"
    assert connection.password == "s@crt"
    assert connection.option("registry") == "http://r:8081"
    assert connection.server == ServerId("kafka", "b1:9093,b2:9092")


def test_a_bare_host_and_port_is_kafka() -> None:
    assert parse("localhost:9092").server == ServerId("kafka", "localhost:9092")


def test_an_ipv6_host_keeps_its_brackets() -> None:
    assert parse("kafka://[::1]:9094").bootstrap == ["[::1]:9094"]


def test_the_password_is_never_shown() -> None:
    connection = parse("kafka://ann:hunter2@b1:9092")
    assert "hunter2" not in f"{connection} {connection!r}"


def test_a_password_given_apart_wins() -> None:
    assert parse("kafka://ann:old@b1", "new").password == "new"


@pytest.mark.parametrize(
    ("url", "part"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("http://localhost:9092", "not known"),
        ("kafka+ssh://localhost", "TLS"),
        ("kafka://", "no host"),
        ("kafka://:9092", "no host"),
        ("kafka://h:port", "not a port"),
        ("kafka://h:0", "not a port"),
        ("kafka://h:70000", "not a port"),
        ("kafka://a,,b", "no host"),
    ],
)
def test_a_wrong_address_is_refused_in_one_sentence(url: str, part: str) -> None:
    with pytest.raises(AddressError, match=part):
        parse(url)


@given(st.text(max_size=60))
def test_any_text_is_either_read_or_refused(text: str) -> None:
    try:
        connection = parse(text)
    except AddressError:
        return
    assert parse(str(connection)).server == connection.server
