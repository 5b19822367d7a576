from __future__ import annotations

from inspector.brokers.kafka.oauth import tokens_from_endpoint
from inspector.connection import parse


def test_extensions_go_beside_the_token() -> None:
    url = "kafka://app@h?token_url=https://x/t&extension.logicalCluster=lkc-1&extension.identityPoolId=pool-2"
    assert tokens_from_endpoint(parse(url)).extensions() == {
        "logicalCluster": "lkc-1",
        "identityPoolId": "pool-2",
    }
