"""What is told again, and what is not."""

from __future__ import annotations

from graph.identity import ServerId
from inspector.brokers.told import Told
from inspector.observation import NotVisible, ServerSeen, VisibleAgain

SERVER = ServerId("nats", "host:4222")


def test_the_same_is_told_once() -> None:
    told, one, other = Told(SERVER), ServerSeen(SERVER, "one"), ServerSeen(SERVER, "other")
    assert [told.news("server", each) for each in (one, one, other, one)] == [[one], [], [other], [one]]
    told.forget(["server", "nothing"])
    assert told.news("server", one) == [one]


def test_what_was_hidden_is_visible_again_once() -> None:
    told = Told(SERVER)
    assert told.visible("records") == []
    seen = told.hidden("records", "Refused.", "Allow it.", groups=True)
    assert isinstance(seen[0], NotVisible)
    assert seen[0].groups
    assert told.hidden("records", "Refused.", "Allow it.", groups=True) == []
    assert told.visible("records") == [VisibleAgain("records", SERVER)]
    assert told.visible("records") == []
