from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.identity import ChannelId, ChannelKind, ServerId
from graph.model import Alias
from inspector.conventions.headers import LONGEST
from inspector.conventions.rules import NO_RULES, HeaderRule, Rules, at_path, json_path
from inspector.errors import InspectorError
from inspector.record import Headers, Position, Record
from inspector.traits import Traits, read


def record(value: object = None, headers: Headers = (), channel: str = "orders") -> Record:
    topic = ChannelId(ServerId("kafka", "broker:9092"), ChannelKind.TOPIC, channel)
    body = value if isinstance(value, bytes) or value is None else json.dumps(value).encode()
    return Record(topic, Position(0, 0), 1, None, body, headers)


def traits(rules: list[HeaderRule], *given: Any, **more: Any) -> Traits:
    return read(record(*given, **more), Rules.of(rules))


def test_a_header_in_any_case_names_the_sender() -> None:
    rules = [HeaderRule("sender", header="X-Sent-By")]
    assert traits(rules, headers=(("x-sent-by", b"billing"),)) == Traits(
        Alias("source", "billing"), convention="rule"
    )
    assert traits(rules, headers=(("x-other", b"billing"),)) == Traits()


@pytest.mark.parametrize(
    ("fact", "field"), [("type", "type"), ("id", "event_id"), ("parent", "parent_id"), ("flow", "flow_id")]
)
def test_each_fact_may_come_from_the_body(fact: str, field: str) -> None:
    found = traits([HeaderRule(fact, path="$.meta.x")], {"meta": {"x": "value-1"}})
    assert found == msgspec.structs.replace(Traits(convention="rule"), **{field: "value-1"})


def test_rules_win_over_conventions_and_leave_the_rest() -> None:
    headers = (("ce_source", b"/gateway"), ("ce_id", b"e1"), ("ce_type", b"T"))
    found = traits([HeaderRule("sender", path="$.by")], {"by": "billing"}, headers=headers)
    assert found == Traits(Alias("source", "billing"), "T", "e1", convention="rule")
    found = traits([HeaderRule("id", path="$.by")], {"by": "billing"}, headers=headers)
    assert found == Traits(Alias("source", "/gateway"), "T", "billing", convention="cloudevents")


def test_a_dead_letter_stays_with_the_group_that_failed() -> None:
    headers = (
        ("x-sent-by", b"shop"),
        ("kafka_dlt-original-topic", b"orders"),
        ("kafka_dlt-original-partition", bytes(4)),
        ("kafka_dlt-original-offset", bytes(8)),
        ("kafka_dlt-original-consumer-group", b"billing"),
    )
    found = traits([HeaderRule("sender", header="x-sent-by")], headers=headers)
    assert found.sender == Alias("group", "billing")


def test_the_first_rule_that_finds_something_counts() -> None:
    rules = [HeaderRule("sender", header="a"), HeaderRule("sender", header="b")]
    assert traits(rules, headers=(("b", b"two"), ("a", b"one"))).sender == Alias("source", "one")
    assert traits(rules, headers=(("b", b"two"), ("a", b""))).sender == Alias("source", "two")
    assert traits(rules, headers=(("b", b"two"), ("b", b"three"))).sender == Alias("source", "three")


def test_a_rule_holds_for_the_channels_of_its_pattern_alone() -> None:
    rules = [HeaderRule("sender", header="by", channels="shop-*")]
    headers = (("by", b"billing"),)
    assert traits(rules, headers=headers, channel="shop-orders").sender == Alias("source", "billing")
    assert traits(rules, headers=headers, channel="orders").sender is None


def test_a_body_is_decoded_once_and_only_where_a_rule_needs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    from inspector.conventions import rules as module

    decoded: list[object] = []
    original = module._decoded

    def counted(value: bytes | None) -> object:
        decoded.append(value)
        return original(value)

    monkeypatch.setattr(module, "_decoded", counted)
    rules = Rules.of(
        [HeaderRule("sender", path="$.by", channels="a"), HeaderRule("id", path="$.no", channels="a")]
    )
    read(record({"by": "x"}, channel="b"), rules)
    assert decoded == []
    read(record({"by": "x"}, channel="a"), rules)
    assert len(decoded) == 1


def test_bodies_that_are_no_json_are_no_error() -> None:
    rules = [HeaderRule("sender", path="$.by")]
    for value in (
        b"",
        None,
        b"\x00\x01",
        b"{",
        b"null",
        b"[1]",
        b'{"by": null}',
        b'{"by": {"a": 1}}',
        b'{"by": true}',
    ):
        assert traits(rules, value).sender is None
    assert traits(rules, b'{"by": "\\u0000"}').sender is None


def test_what_lies_at_a_path_is_cut_as_a_header_is() -> None:
    assert at_path({"a": "x" * 10_000}, ("a",)) == "x" * LONGEST
    assert at_path(10**600, ()) == "1" + "0" * (LONGEST - 1)


def test_no_rules_are_one_and_the_same() -> None:
    assert Rules.of([]) is NO_RULES


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("$", ()),
        ("$.a", ("a",)),
        ("$.a.b", ("a", "b")),
        ("$.a[0].b", ("a", 0, "b")),
        ("$[-1]", (-1,)),
        ("$['x y']", ("x y",)),
        ('$["x.y"][2]', ("x.y", 2)),
        (r"$['it\'s']", ("it's",)),
        ("$.$causationId", ("$causationId",)),
        ("$.x-y_z", ("x-y_z",)),
        ("$.straße", ("straße",)),
    ],
)
def test_paths(path: str, steps: tuple[str | int, ...]) -> None:
    assert json_path(path) == steps


@pytest.mark.parametrize(
    "path",
    [
        "",
        "a",
        ".a",
        "$a",
        "$.",
        "$..a",
        "$.a[",
        "$.a[x]",
        "$.*",
        "$[*]",
        "$.a b",
        "$['a",
        "$[?(@.a)]",
    ],
)
def test_a_path_that_cannot_be_followed_is_refused_in_a_sentence(path: str) -> None:
    with pytest.raises(InspectorError, match=r"no path that a header rule can follow\. Start with \$"):
        json_path(path)


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (HeaderRule("producer", header="x"), "“producer”, which is no fact of a record. Write sender, type"),
        (HeaderRule("sender"), "for sender names neither a header nor a path. Give one"),
        (HeaderRule("sender", header="a", path="$.a"), "names both a header and a path. Give one"),
        (HeaderRule("sender", path="a.b"), "a.b is no path that a header rule can follow"),
        (HeaderRule("sender", header="a", channels=""), "“” in a header rule for sender is no pattern"),
        (HeaderRule("sender", header="a", channels="orders-[ab"), "“orders-\\[ab” in a header rule"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused_in_a_sentence(rule: HeaderRule, sentence: str) -> None:
    with pytest.raises(InspectorError, match=sentence):
        Rules.of([rule])


def test_patterns_with_closed_brackets_are_taken() -> None:
    for channels in ("*", "orders-[ab]*", "[!x]y", "[]]", "a?c"):
        Rules.of([HeaderRule("sender", header="x", channels=channels)])


_names = st.sampled_from(["a", "it's", "x y", "\\", '"'])
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(_names, inner),
    max_leaves=8,
)


@given(_json, st.lists(_names | st.integers(-2, 2), max_size=3))
def test_a_path_leads_where_its_steps_lead(body: Any, steps: list[str | int]) -> None:
    def quoted(step: str) -> str:
        return "['" + step.replace("\\", "\\\\").replace("'", "\\'") + "']"

    path = "$" + "".join(f"[{step}]" if isinstance(step, int) else quoted(step) for step in steps)
    assert json_path(path) == tuple(steps)
    expected: Any = body
    for step in steps:
        fits = isinstance(expected, dict if isinstance(step, str) else list)
        try:
            expected = expected[step] if fits else None
        except LookupError:
            expected = None
    text = str(expected) if isinstance(expected, (str, int)) and not isinstance(expected, bool) else ""
    assert at_path(body, tuple(steps)) == (text[:LONGEST] or None)
