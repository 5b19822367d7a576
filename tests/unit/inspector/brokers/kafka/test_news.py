from __future__ import annotations

from graph.identity import ServerId
from inspector.brokers.kafka.news import AGAIN_S, News
from inspector.observation import GroupSeen

SERVER = ServerId("kafka", "x:9092")


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def look(news: News, **groups: str) -> list[str]:
    seen = [(name, GroupSeen(SERVER, name, "classic", state)) for name, state in groups.items()]
    return [one.group for one in news.of(seen) if isinstance(one, GroupSeen)]


def test_what_stays_is_told_seldom() -> None:
    clock = Clock()
    news = News(clock)
    assert look(news, a="Stable", b="Stable") == ["a", "b"]
    clock.now += AGAIN_S / 2
    assert look(news, a="Empty", b="Stable") == ["a"]
    assert look(news, a="Empty", b="Stable") == []
    clock.now += AGAIN_S / 2
    assert look(news, a="Empty", b="Stable") == ["b"]
    clock.now += AGAIN_S / 2
    assert look(news, a="Empty", b="Stable") == ["a"]


def test_what_comes_back_is_news() -> None:
    news = News(Clock())
    look(news, a="Stable")
    assert look(news) == []
    assert look(news, a="Stable") == ["a"]
