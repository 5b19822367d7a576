from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspector.brokers.mqtt.topics import MOST_BESIDE, Topics, covers, is_pattern

LEVELS = st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=1, max_size=4)
WANTED = st.lists(st.sampled_from(["a", "b", "+", ""]), min_size=1, max_size=4)


def reference(pattern: list[str], topic: list[str]) -> bool:
    """MQTT 5, section 4.7.1, level by level."""
    if not pattern:
        return not topic
    if pattern == ["#"]:
        return True
    return bool(topic) and pattern[0] in ("+", topic[0]) and reference(pattern[1:], topic[1:])


@given(WANTED, st.booleans(), LEVELS)
def test_a_pattern_covers_what_the_standard_says(wanted: list[str], rest: bool, topic: list[str]) -> None:
    pattern = [*wanted, "#"] if rest else wanted
    assert covers("/".join(pattern), "/".join(topic)) is reference(pattern, topic)
    assert is_pattern("/".join(pattern)) is (rest or "+" in wanted)


@given(st.lists(LEVELS, max_size=60))
def test_a_few_topics_are_their_own_channels(topics: list[list[str]]) -> None:
    known = Topics()
    for levels in topics:
        assert known.channel("/".join(levels)) == "/".join(levels)


@given(st.permutations(range(MOST_BESIDE + 5)), st.lists(st.sampled_from(["heat", "x/y"]), min_size=1))
def test_devices_are_one_channel_in_whatever_order_they_come(devices: list[int], ends: list[str]) -> None:
    known = Topics()
    names = [f"site/{device}/{end}" for device in devices for end in ends]
    for name in names:
        known.channel(name)
    for name in names:
        channel = known.channel(name)
        assert channel == "site/+/" + name.split("/", 2)[2]
        assert covers(channel, name)
        assert known.channel(channel) == channel
    assert known.channel("site") == "site"


def test_what_lies_below_devices_folds_as_well() -> None:
    known = Topics()
    for device in range(MOST_BESIDE + 1):
        for key in range(3):
            known.channel(f"d{device}/k{key}")
    assert known.channel("d1/k1") == "+/k1"
    for key in range(MOST_BESIDE + 1):
        known.channel(f"d1/k{key}")
    assert known.channel("d2/k2") == "+/+"
