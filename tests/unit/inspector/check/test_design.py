"""Designs: loops that declarations would close, alone or with what was seen, and where they stand."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from msgspec.structs import replace

from graph.evidence import Evidence
from graph.identity import ApplicationId, ServerId
from graph.model import PERMISSION, DependencyGraph, EdgeState, LoopStatus, Severity
from graph.names import plain
from inspector.check.design import SOMEWHERE
from inspector.check.targets import Targets
from inspector.errors import InspectorError
from inspector.project.file import ProjectFile
from tests.rings import SERVER, ring, the_loop

BILLING = """\
asyncapi: 3.0.0
info:
  title: billing
{servers}
channels:
  in:
    address: orders
  out:
    address: payments
operations:
  take: {{action: receive, channel: {{$ref: '#/channels/in'}}}}
  put: {{action: send, channel: {{$ref: '#/channels/out'}}}}
"""
LEDGER = """\
[[applications]]
name = "till"
sends = ["orders"]

[[applications]]
name = "ledger"
sends = ["orders"]
receives = ["payments"]
"""


def design(folder: Path, **files: str) -> list[str]:
    paths = []
    for name, text in files.items():
        path = folder / name.replace("_", ".")
        path.write_text(text)
        paths.append(str(path))
    return paths


def graph(paths: list[str], live: DependencyGraph | None = None) -> DependencyGraph:
    return Targets.of(paths, None).graph(live, 5)


def test_a_loop_over_two_files_names_its_hops_lines_and_cut(tmp_path: Path) -> None:
    paths = design(tmp_path, billing_yaml=BILLING.format(servers=""), shop_toml=LEDGER)
    targets = Targets.of(paths, None)
    made = targets.graph(None, 5)
    (found,) = made.findings
    assert (found.rule, found.severity) == ("feedback-loop", Severity.ERROR)
    billing, shop = paths
    assert found.message == (
        "orders → billing → payments → ledger → orders would be a feedback loop: "
        f"billing receives from orders ({billing}:7); billing sends to payments ({billing}:9); "
        f"ledger receives from payments ({shop}:8); ledger sends to orders ({shop}:7). "
        f"Cut it where {plain(the_loop(made).cuts[0].edge)}: nobody else depends on it."
    )
    places = targets.places().of(made, found.subject)
    assert {(str(place.path), place.line) for place in places} == {
        (billing, 7),
        (billing, 9),
        (shop, 7),
        (shop, 8),
    }
    assert the_loop(made).status is LoopStatus.POSSIBLE


def test_a_cut_that_starves_nobody_else_comes_first(tmp_path: Path) -> None:
    """Whoever cuts what billing sends leaves audit without payments; before it nobody else is concerned."""
    more = LEDGER + '[[applications]]\nname = "audit"\nreceives = ["payments"]\n'
    made = graph(design(tmp_path, billing_yaml=BILLING.format(servers=""), shop_toml=more))
    by_edge = {str(cut.edge): [str(each) for each in cut.starves] for cut in the_loop(made).cuts}
    sends = next(starves for edge, starves in by_edge.items() if "billing send" in edge)
    assert sends == ["application/audit"]
    assert not the_loop(made).cuts[0].starves


def test_without_the_second_file_there_is_none(tmp_path: Path) -> None:
    made = graph(design(tmp_path, billing_yaml=BILLING.format(servers="")))
    assert made.loops == {}
    assert made.findings == ()
    assert {str(each.server) for each in made.channels} == {str(SOMEWHERE)}


def test_a_project_brings_the_documents_that_it_names_and_its_decisions(tmp_path: Path) -> None:
    design(tmp_path, billing_yaml=BILLING.format(servers=""))
    text = (
        'asyncapi = ["*.yaml"]\n[identities]\ntogether = [["declared:ledger", "declared:General ledger"]]\n'
        '[[applications]]\nname = "ledger"\nreceives = ["payments"]\n'
        '[[applications]]\nname = "General ledger"\nsends = ["orders"]\n'
    )
    (path,) = design(tmp_path, shop_toml=text)
    assert len(graph([path]).loops) == 1
    (path,) = design(tmp_path, shop_toml=text.replace("together", "apart"))
    assert graph([path]).loops == {}


def test_an_acknowledged_loop_of_a_design_is_quiet(tmp_path: Path) -> None:
    text = (
        LEDGER + '[[acknowledged]]\nhops = ["payments", "ledger", "orders", "billing"]\nreason = "Meant."\n'
    )
    made = graph(design(tmp_path, billing_yaml=BILLING.format(servers=""), shop_toml=text))
    assert [each.rule for each in made.findings] == ["acknowledged-loop"]
    assert the_loop(made).status is LoopStatus.ACKNOWLEDGED


def test_equal_names_on_different_servers_are_two_channels(tmp_path: Path) -> None:
    one = BILLING.format(servers="servers: {a: {host: 'east:9092', protocol: kafka}}")
    two = (
        BILLING.format(servers="servers: {a: {host: 'west:9092', protocol: kafka}}")
        .replace("billing", "ledger")
        .replace("orders", "x")
        .replace("payments", "orders")
        .replace("x", "payments")
    )
    assert graph(design(tmp_path, one_yaml=one, two_yaml=two)).loops == {}
    staged = two.replace(
        "'west:9092', protocol: kafka}", "'west:9092', protocol: kafka}, b: {host: 'east:9092'}"
    )
    made = graph(design(tmp_path, one_yaml=one, two_yaml=staged))
    assert len(made.loops) == 1, "a channel on stages of one server is one channel"


def test_a_name_that_several_servers_have_is_told(tmp_path: Path) -> None:
    one = BILLING.format(servers="servers: {a: {host: 'east:9092', protocol: kafka}}")
    two = one.replace("east", "west").replace("billing", "copier")
    made = graph(design(tmp_path, one_yaml=one, two_yaml=two, shop_toml=LEDGER))
    assert made.loops == {}
    assert {each.rule for each in made.findings} == {"declared-channel-ambiguous"}
    assert len(made.findings) == 3
    whole = LEDGER.replace('"orders"', '"kafka://west:9092/topic/orders"').replace(
        '"payments"', '"kafka://west:9092/topic/payments"'
    )
    assert len(graph(design(tmp_path, one_yaml=one, two_yaml=two, shop_toml=whole)).loops) == 1


def test_a_design_on_top_of_what_was_seen(tmp_path: Path) -> None:
    """`prices -> stock -> levels -> pricing -> prices` runs; somebody new closes another loop."""
    text = (
        '[[applications]]\nname = "discounts"\nreceives = ["prices"]\nsends = ["offers"]\n'
        '[[applications]]\nname = "stock"\nreceives = ["offers"]\n'
    )
    (path,) = design(tmp_path, shop_toml=text)
    live = ring(LoopStatus.RUNAWAY, (1.2, 1.1, 1.3))
    made = graph([path], live)
    assert {str(each.server) for each in made.channels} == {str(SERVER)}
    assert set(made.applications) == {ApplicationId(each) for each in ("stock", "pricing", "discounts")}
    known = the_loop(live)
    assert made.loops[known.id] == known, "what was measured stays"
    new = [each for each in made.findings if each.rule == "feedback-loop"]
    assert len(new) == 1
    assert "stock sends to levels, as was seen" in new[0].message
    assert f"discounts sends to offers ({path}:4)" in new[0].message
    assert "runaway-loop" in {each.rule for each in made.findings}


@pytest.mark.parametrize("how", ["permitted", "historic"])
def test_what_is_declared_counts_although_it_was_only_permitted_or_long_ago(how: str, tmp_path: Path) -> None:
    live = ring()
    key = next(each for each in live.operations if each.application.key == "pricing")
    piece = Evidence("kafka.acl", PERMISSION, 0.5, 1, 1, "It may.")
    changed = {
        "permitted": replace(live.operations[key], evidence=(piece,)),
        "historic": replace(live.operations[key], state=EdgeState.HISTORIC),
    }[how]
    live = dataclasses.replace(live, loops={}, findings=(), operations={**live.operations, key: changed})
    text = '[[applications]]\nname = "mail"\nreceives = ["levels"]\n'
    assert graph(design(tmp_path, shop_toml=text), live).loops == {}
    made = graph(design(tmp_path, shop_toml=text.replace("mail", "pricing")), live)
    assert len(made.loops) == 1
    assert [each.rule for each in made.findings] == ["feedback-loop"]
    assert ("pricing receives from levels, as was seen" in made.findings[0].message) is (how == "historic")


def test_a_whole_id_may_name_one_of_several_addresses(tmp_path: Path) -> None:
    seen = ServerId("kafka", "east:9092,west:9092")
    (path,) = design(
        tmp_path, shop_toml='[[applications]]\nname = "x"\nsends = ["kafka://west:9092/topic/prices"]\n'
    )
    assert {each.server for each in graph([path], ring(server=seen)).channels} == {seen}


def test_servers_of_a_design_are_those_that_were_seen(tmp_path: Path) -> None:
    seen = ServerId("kafka", "east:9092,west:9092")
    one = BILLING.format(servers="servers: {a: {host: 'west:9092', protocol: kafka}}")
    made = graph(design(tmp_path, one_yaml=one), ring(server=seen))
    assert {each.server for each in made.channels} == {seen}


def test_decisions_of_a_named_project_are_no_design(tmp_path: Path) -> None:
    (named,) = design(tmp_path, shop_toml=LEDGER)
    (path,) = design(tmp_path, billing_yaml=BILLING.format(servers=""))
    targets = Targets.of([path], ProjectFile.open(Path(named)))
    assert targets.graph(None, 5).loops == {}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.yaml", "openapi: 3.0.0\n", "no AsyncAPI document"),
        ("a.toml", 'asyncapi = ["none.yaml"]\n', "No AsyncAPI file is at none.yaml"),
        ("a.txt", "x", "no capture"),
        ("a.evs", "x", "not an Eventscope capture"),
        ("a.toml", '[check]\nfail_on = ["nonsense"]\n', "line 2: check.fail_on: there is no rule nonsense"),
    ],
)
def test_a_wrong_file_is_one_sentence(name: str, text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InspectorError, match=said):
        Targets.of([str(path)], None)


def test_addresses_and_files_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kafka").mkdir()
    (tmp_path / "shop.toml").write_text(LEDGER)
    targets = Targets.of(["kafka", "kafka://ann:hunter2@h:1", "shop.toml"], None)
    assert targets.looked_at == ["kafka://kafka:9092", "kafka://ann@h:1", "shop.toml"]


SHOP = """\
asyncapi: 3.0.0
info: {title: shop}
channels: {ask: {address: stock.ask}, answer: {address: stock.answer}, other: {address: stock.answer}}
operations:
  ask: {action: send, channel: {$ref: '#/channels/ask'}, reply: {channel: {$ref: '#/channels/answer'}}}
"""


def test_requests_and_replies_are_no_loop_unless_they_are_counted(tmp_path: Path) -> None:
    """The shop asks and waits for the answer, and the stock answers."""
    paths = design(
        tmp_path, shop_yaml=SHOP, stock_yaml=SHOP.replace("send", "receive").replace("shop", "stock")
    )
    assert graph(paths).loops == {}
    counted = design(tmp_path, all_toml="[loops]\nrequest_reply = true\n")
    assert len(graph([*paths, *counted]).loops) == 1
    plain = SHOP.replace(
        ", reply: {channel: {$ref: '#/channels/answer'}}}",
        "}\n  take: {action: receive, channel: {$ref: '#/channels/answer'}}",
    )
    other = plain.replace("send", "x").replace("receive", "send").replace("x,", "receive,")
    said = design(tmp_path, shop_yaml=plain, stock_yaml=other.replace("shop", "stock"))
    assert len(graph(said).loops) == 1, "two channels that nobody declared as request and reply"


@pytest.mark.parametrize(
    ("name", "text", "lines"),
    [
        (
            "a_toml",
            'asyncapi = []\n[[connections]]\nurl = "kafka://billing"\n[[confirmed]]\n'
            'application = "group:billing"\naction = "send"\nchannel = "orders"\n'
            '[[applications]]\nname = "other"\nsends = ["orders"]\n'
            '[[applications]]\nname = "billing"\nsends = ["x"]\nreceives = ["orders", "x"]\n',
            {"sends orders": 7, "sends x": 13, "receives orders": 14, "receives x": 14},
        ),
        (
            "a_toml",
            '[[applications]]\nreceives = [\n"orders.v2",\n"orders",\n]\nsends = ["x"]\nname = "billing"\n',
            {"receives orders": 4, "receives orders.v2": 3, "sends x": 6},
        ),
        (
            "a_json",
            '{"asyncapi": "2.6.0",\n"info": {"title": "billing"},\n"channels": {\n'
            '"orders": {"publish": {}},\n"x": {"subscribe": {}}}}\n',
            {"receives orders": 4, "sends x": 5},
        ),
    ],
)
def test_the_line_of_each_edge(name: str, text: str, lines: dict[str, int], tmp_path: Path) -> None:
    targets = Targets.of(design(tmp_path, **{name: text}), None)
    made = targets.graph(None, 5)
    found = {}
    for key in made.operations:
        if key.application == ApplicationId("billing"):
            (place,) = targets.places().of(made, key)
            found[f"{key.action}s {key.channel.name}"] = place.line
    assert {what: found[what] for what in lines} == lines
