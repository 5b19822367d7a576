"""Refusals that no broker of the tests can be made to give."""

from __future__ import annotations

import pytest

from inspector.brokers.kafka.reception import login_missing, refusal
from inspector.brokers.kafka.security import Security
from inspector.connection import parse


class GSSError(Exception):
    __module__ = "gssapi.exceptions"


@pytest.mark.parametrize(
    ("url", "error", "sentence"),
    [
        (
            "kafka://ann@h?sasl=SCRAM-SHA-256",
            ValueError("Server sent wrong signature!"),
            "h:9092 could not prove that it knows the password of ann. Make sure that it is the broker",
        ),
        (
            "kafka://h?sasl=GSSAPI",
            GSSError("no cache"),
            "Kerberos gives no ticket for h:9092. Log in with kinit",
        ),
    ],
)
def test_a_refusal_is_one_sentence_that_says_what_to_do(url: str, error: Exception, sentence: str) -> None:
    refused = refusal("h", 9092, Security(parse(url, "hunter2")), error)
    assert refused is not None
    assert str(refused).startswith(sentence)


@pytest.mark.parametrize(
    ("methods", "hint"),
    [
        (
            ["GSSAPI", "SCRAM-SHA-512"],
            "Write the user before an @ in the address, and ?sasl=SCRAM-SHA-512 at",
        ),
        (["GSSAPI"], "Write ?sasl=GSSAPI at the end"),
        (["DELEGATION"], "It offers DELEGATION, which Eventscope does not know"),
    ],
)
def test_a_missing_login_is_told_with_one_that_would_do(methods: list[str], hint: str) -> None:
    assert str(login_missing("h:1", methods)).startswith(f"h:1 wants a login. {hint}")


@pytest.mark.parametrize("error", [OSError("reset"), TimeoutError(), ValueError("a frame")])
def test_what_may_pass_is_no_refusal(error: Exception) -> None:
    assert refusal("h", 9092, Security(parse("kafka://ann@h", "hunter2")), error) is None
