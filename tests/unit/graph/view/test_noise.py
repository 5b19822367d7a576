"""Names that say that a channel is noise."""

from __future__ import annotations

import pytest

from graph.view.noise import is_dead_letter, is_retry


@pytest.mark.parametrize(
    "name", ["orders.DLT", "orders-dlq", "dlq.orders", "orders.dead-letter", "a_dlq-0", "deadletters"]
)
def test_dead_letters(name: str) -> None:
    assert is_dead_letter(name)


@pytest.mark.parametrize(
    "name", ["orders-retry", "orders-retry-5000", "retry.orders", "RETRY_orders", "a.retries.b"]
)
def test_retries(name: str) -> None:
    assert is_retry(name)


@pytest.mark.parametrize("name", ["orders", "retryable", "deadline", "dltx", "headlines", "dead-heat"])
def test_neither(name: str) -> None:
    assert not is_dead_letter(name)
    assert not is_retry(name)
