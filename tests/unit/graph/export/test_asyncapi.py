"""AsyncAPI 3: valid by its own schema, and read back to the same edges."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from graph.export.asyncapi import asyncapi
from graph.export.sketch import readable
from graph.identity import Action
from graph.model import Alias, DependencyGraph
from inspector.asyncapi import Document
from inspector.declaration import Declaration
from tests.unit.graph.export.conftest import named, shop


@cache
def _schema() -> Draft7Validator:
    return Draft7Validator(json.loads((Path(__file__).parent / "asyncapi-3.0.0.json").read_text()))


def _wrong(made: dict[str, Any]) -> list[str]:
    return [each.message for each in _schema().iter_errors(made)]


def _read_back(made: dict[str, Any]) -> dict[str, Declaration]:
    """As the reader of files gets it: every scalar a text."""
    text = yaml.safe_dump(made, allow_unicode=True, sort_keys=False)
    root = yaml.load(text, Loader=yaml.BaseLoader)
    return {said.name: said for said in Document(root, "found.yaml").declarations()}


def _edges(found: dict[str, Declaration]) -> set[tuple[str, Action, str]]:
    return {(said.name, action, place.name) for said in found.values() for action, place in said.operations}


def test_it_is_valid() -> None:
    for graph in (shop(), DependencyGraph(), named(["a b", "ä", "x/y~z"])):
        assert _wrong(asyncapi(graph)) == []


def test_the_schema_refuses_what_is_wrong() -> None:
    made = asyncapi(shop())
    del made["info"]["version"]
    made["operations"]["billing-receives-orders"]["action"] = "eat"
    assert len(_wrong(made)) == 2


def test_every_operation_that_was_seen_is_read_back_for_its_application() -> None:
    found = _read_back(asyncapi(shop()))
    assert _edges(found) == {
        ("billing", Action.RECEIVE, "orders"),
        ("billing", Action.SEND, "status"),
        ("billing", Action.RECEIVE, "mails"),
        ("mailer", Action.RECEIVE, "status"),
        ("mailer", Action.SEND, "mails"),
        ("mailer", Action.SEND, "orders"),
    }
    assert found["billing"].names == (Alias("group", "billing-group"),)
    assert all(said.passed_over == 0 for said in found.values())
    where = {place.name: place.servers for _, place in found["billing"].operations}
    assert asyncapi(shop())["servers"].keys() == {
        "kafka-shop-9092",
        "kafka-shop-2-9092",
        "rabbitmq-rabbit-5672",
    }
    assert where == {
        "orders": ("shop-2:9092", "shop:9092"),
        "status": ("shop-2:9092", "shop:9092"),
        "mails": ("rabbit:5672",),
    }


def test_what_is_left_out_is_said() -> None:
    made = asyncapi(shop())
    assert "Left out: 2 operations" in made["info"]["description"]
    assert [tag["name"] for tag in made["info"]["tags"]] == ["billing", "mailer"]
    assert made["info"]["tags"][0]["description"] == "Writes bills. Owner: Team Money."


def test_messages_and_bindings_are_told() -> None:
    made = asyncapi(shop(), "Our shop")
    assert made["info"]["title"] == "Our shop"
    assert made["channels"]["orders"]["messages"]["Order-Placed"]["payload"]["properties"].keys() == {
        "id",
        "sku",
    }
    receives = made["operations"]["billing-receives-orders"]
    assert receives["bindings"]["kafka"]["clientId"]["enum"] == ["b-1", "b-2"]
    assert receives["bindings"]["kafka"]["groupId"]["enum"] == ["billing-group"]
    assert "groupId" not in made["operations"]["billing-sends-status"]["bindings"]["kafka"]
    assert "bindings" not in made["channels"]["mails"]


def test_a_name_with_braces_is_no_address() -> None:
    made = asyncapi(named(["users.{id}"]))
    assert made["channels"]["users.-id"]["address"] is None
    assert made["channels"]["users.-id"]["title"] == "users.{id}"


def _is_a_name(text: str) -> bool:
    """Whether the reader takes a text for a name: not for parameters, and not for nothing."""
    return text.strip() == text and text not in ("null", "~") and not {*"{}"} & {*text}


@settings(deadline=None, max_examples=40)
@example(["0\x850", "a\u2028b", "'", "a: b # c", "\ufeffx"])
@given(st.lists(st.text(min_size=1, max_size=200).map(readable).filter(_is_a_name), min_size=1, max_size=4))
def test_every_name_survives(names: list[str]) -> None:
    graph = named([readable(name) for name in names])
    made = asyncapi(graph)
    assert _wrong(made) == []
    assert _edges(_read_back(made)) == {
        (each.application.key, each.action, each.channel.name) for each in graph.operations
    }
