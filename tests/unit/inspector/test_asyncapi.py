"""AsyncAPI documents as people write them, and as they should not be."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.identity import Action
from graph.model import Alias
from inspector.asyncapi import LARGEST, MOST, Document, declared, read
from inspector.declaration import Declaration, DeclaredChannel
from inspector.errors import ProjectError

THIRD = """\
asyncapi: 3.0.0
info:
  title: Order Service
  version: 1.0.0
  description: Takes orders.
  contact: {name: Team Checkout, email: checkout@example.com}
servers:
  production:
    host: "broker-{zone}.example:9092"
    protocol: kafka
    variables: {zone: {default: a}}
  test: {$ref: "#/components/servers/test"}
channels:
  placed:
    address: orders.placed
    servers: [{$ref: "#/servers/production"}]
  status: {$ref: "#/components/channels/status"}
  replies: {address: null}
  perUser: {address: "users.{id}"}
  carts:
    address: carts
    bindings: {kafka: {topic: carts.events}}
  quotes: {address: quotes}
operations:
  place: {action: send, channel: {$ref: "#/channels/placed"}}
  tell: {action: send, channel: {$ref: "#/channels/status"}, reply: {channel: {$ref: "#/channels/quotes"}}}
  take:
    action: receive
    channel: {$ref: "#/channels/carts"}
    bindings: {kafka: {groupId: {type: string, enum: [order-svc]}, clientId: {type: string}}}
  unknown: {action: receive, channel: {$ref: "#/channels/replies"}}
  many: {action: receive, channel: {$ref: "#/channels/perUser"}}
  foreign: {action: receive, channel: {$ref: "other.yaml#/channels/x"}}
components:
  servers: {test: {host: test.example}}
  channels:
    status: {address: orders.status}
"""
SECOND = """\
asyncapi: 2.6.0
id: urn:example:billing
info: {title: billing, version: '1'}
servers:
  prod: {url: 'kafka-secure://kafka.example:9093', protocol: kafka-secure}
channels:
  orders.placed:
    publish:
      operationId: onOrder
      bindings: {kafka: {groupId: billing-eu}}
      message: {payload: {type: object}}
  invoices:
    servers: [prod]
    subscribe: {message: {payload: {type: object}}}
"""


def only(path: Path) -> Declaration:
    """What a document says of its one application."""
    (said,) = read(path)
    return said


def _write(folder: Path, text: str, name: str = "api.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_version_3(tmp_path: Path) -> None:
    said = only(_write(tmp_path, THIRD))
    assert (said.name, said.owner, said.description) == ("Order Service", "Team Checkout", "Takes orders.")
    both = ("broker-a.example:9092", "test.example:9092")
    assert set(said.operations) == {
        (Action.SEND, DeclaredChannel("orders.placed", ("broker-a.example:9092",))),
        (Action.SEND, DeclaredChannel("orders.status", both)),
        (Action.RECEIVE, DeclaredChannel("quotes", both)),
        (Action.RECEIVE, DeclaredChannel("carts.events", both)),
    }
    assert said.replies == ((DeclaredChannel("orders.status", both), DeclaredChannel("quotes", both)),)
    assert said.names == (Alias("group", "order-svc"),)


def test_what_cannot_be_followed_is_counted(tmp_path: Path) -> None:
    (tmp_path / "orders.yaml").write_text(THIRD)
    assert only(tmp_path / "orders.yaml").passed_over == 3  # unknown, many, foreign
    (tmp_path / "second.yaml").write_text(
        "asyncapi: 2.6.0\ninfo: {title: x}\n"
        "channels:\n  'u.{id}': {publish: {}, subscribe: {}}\n  v: {publish: {}}\n"
    )
    assert only(tmp_path / "second.yaml").passed_over == 2


def test_version_2_speaks_from_the_other_side(tmp_path: Path) -> None:
    """What others publish, the application receives; what others subscribe to, it sends."""
    said = only(_write(tmp_path, SECOND))
    broker = ("kafka.example:9093",)
    assert set(said.operations) == {
        (Action.RECEIVE, DeclaredChannel("orders.placed", broker)),
        (Action.SEND, DeclaredChannel("invoices", broker)),
    }
    assert said.names == (Alias("group", "billing-eu"),)
    assert said.owner is None


def test_json_says_the_same(tmp_path: Path) -> None:
    import yaml

    as_json = _write(tmp_path, json.dumps(yaml.safe_load(SECOND)), "api.json")
    assert only(as_json).operations == only(_write(tmp_path, SECOND)).operations


def test_merged_keys_count(tmp_path: Path) -> None:
    text = """\
asyncapi: 3.1.0
info: {title: a}
x-common: &common {action: send}
channels: {c: {address: orders}}
operations:
  o: {<<: *common, channel: {$ref: '#/channels/c'}}
"""
    assert only(_write(tmp_path, text)).operations == ((Action.SEND, DeclaredChannel("orders")),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("asyncapi: 3.0.0\ninfo: [\n", "line 3"),
        ("openapi: 3.0.0\n", "no AsyncAPI"),
        ("just words", "no AsyncAPI"),
        ("asyncapi: 3.0.0\ninfo: {version: '1'}\n", "info.title"),
        ("\0", "no YAML or JSON"),
        ("a: &a [*a]", "no YAML or JSON"),
        ("[" * 100_000, "nested deeper"),
        ("asyncapi: 3.0.0\nx: !!python/object/apply:os.getcwd []\n", "info.title"),
    ],
)
def test_damage_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ProjectError, match=said) as raised:
        only(_write(tmp_path, text))
    assert "api.yaml" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_bomb_does_not_go_off(tmp_path: Path) -> None:
    lines = ["asyncapi: 2.0.0", "info: {title: a}", "x0: &x0 {k: v}"]
    for number in range(1, 40):
        several = ", ".join([f"*x{number - 1}"] * 9)
        lines.append(f"x{number}: &x{number} {{k{number}: [{several}], <<: [{several}]}}")
    lines.append("channels: {<<: [*x39, *x39], c: {publish: {}}}")
    started = time.monotonic()
    assert only(_write(tmp_path, "\n".join(lines))).operations
    assert time.monotonic() - started < 2.0


def test_references_that_lead_in_a_circle_lead_nowhere(tmp_path: Path) -> None:
    text = (
        "asyncapi: 3.0.0\ninfo: {title: a}\n"
        "channels: {a: {$ref: '#/channels/b'}, b: {$ref: '#/channels/a'}}\n"
        "operations: {o: {action: send, channel: {$ref: '#/channels/a'}}}\n"
    )
    assert only(_write(tmp_path, text)).operations == ()


_plain = st.recursive(
    st.none() | st.text(max_size=6) | st.sampled_from(["send", "receive", "#/channels/a", "#/operations"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "a",
                    "action",
                    "channel",
                    "$ref",
                    "address",
                    "bindings",
                    "kafka",
                    "servers",
                    "host",
                    "reply",
                    "publish",
                    "subscribe",
                    "variables",
                    "default",
                    "groupId",
                    "enum",
                    "<<",
                    "contact",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=80, deadline=None)
@given(st.sampled_from(["2.6.0", "3.0.0"]), _plain, _plain, _plain, _plain)
def test_no_shape_of_a_document_is_a_defect(
    version: str, info: object, servers: object, channels: object, operations: object
) -> None:
    root = {"asyncapi": version, "servers": servers, "channels": channels, "operations": operations}
    root["info"] = {"title": "x", "contact": info}
    Document(root, "api.yaml").declarations()


def test_globs_begin_at_the_project_and_what_is_wrong_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "specs" / "deep").mkdir(parents=True)
    _write(tmp_path / "specs", SECOND, "billing.yaml")
    _write(tmp_path / "specs" / "deep", THIRD, "orders.yaml")
    _write(tmp_path / "specs", "x: [", "wrong.yaml")
    found, wrong = declared(["specs/**/*.yaml", "missing.yaml"], tmp_path)
    assert sorted(each.name for each in found) == ["Order Service", "billing"]
    assert ["wrong.yaml" in wrong[0].message, "missing.yaml" in wrong[1].message] == [True, True]
    absolute, _ = declared([str(tmp_path / "specs" / "billing.yaml")], tmp_path / "elsewhere")
    assert [each.file for each in absolute] == ["billing.yaml"]


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "api.yaml"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with pytest.raises(ProjectError, match="larger"):
        only(path)


def test_a_pattern_with_too_many_files_is_told_and_not_cut(tmp_path: Path) -> None:
    for number in range(MOST + 1):
        (tmp_path / f"{number}.yaml").touch()
    found, (wrong,) = declared(["*.yaml"], tmp_path)
    assert not found
    assert "More than 1,000 files are at *.yaml" in wrong.message
