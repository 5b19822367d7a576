from __future__ import annotations

import importlib.util

import pytest

from inspector.brokers.kafka.security import security_of
from inspector.connection import parse
from inspector.errors import AccessRefused


@pytest.mark.parametrize(
    ("url", "extra"),
    [("kafka://h?sasl=GSSAPI", "eventscope[kerberos]"), ("kafka://h?preset=msk", "eventscope[msk]")],
)
def test_a_missing_package_is_named(url: str, extra: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(AccessRefused, match="not installed") as refused:
        security_of(parse(url))
    assert extra in str(refused.value)
