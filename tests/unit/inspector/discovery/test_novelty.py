from __future__ import annotations

from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import Alias
from inspector.discovery.novelty import AGAIN_NS, Novelty
from inspector.trait_columns import TraitColumns
from inspector.traits import Traits

ORDERS = ChannelId(ServerId("kafka", "x:1"), ChannelKind.TOPIC, "orders")
MAIL = ChannelId(ServerId("kafka", "x:1"), ChannelKind.TOPIC, "mail")


def said(*both: tuple[str, str]) -> TraitColumns:
    return TraitColumns.of([Traits(Alias("source", sender), kind) for sender, kind in both])


def test_each_sender_and_type_on_each_channel_now_and_then() -> None:
    novelty = Novelty()
    traits = said(("a", "Made"), ("a", "Made"), ("b", "Made"), ("a", "Paid"), ("b", "Made"))
    assert sorted(novelty.among(ORDERS, traits, 1)) == [0, 2, 3]
    assert novelty.among(ORDERS, traits, 2) == []
    assert sorted(novelty.among(MAIL, traits, 2)) == [0, 2, 3]
    assert novelty.among(ORDERS, said(("c", "Made"), ("a", "Made")), 3) == [0]
    assert sorted(novelty.among(ORDERS, traits, 1 + AGAIN_NS)) == [0, 2, 3]
