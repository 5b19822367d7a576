"""`eventscope check` in this process: exit codes, and what stands on which stream."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from graph.delta import diff
from graph.model import DependencyGraph, LoopStatus
from inspector.brokers.memory import MemoryBroker
from inspector.cli import app
from inspector.cli.terminal import run
from inspector.store.writer import CaptureWriter
from tests.rings import ring

BILLING = """\
asyncapi: 2.6.0
info: {title: billing}
channels:
  orders: {publish: {}}
  payments: {subscribe: {}}
"""
LEDGER = """\
asyncapi = ["billing.yaml"]

[[applications]]
name = "ledger"
receives = ["payments"]
sends = ["orders"]

[[applications]]
name = "till"
sends = ["orders"]
"""
MEANT = '[[acknowledged]]\nhops = ["orders", "billing", "payments", "ledger"]\nreason = "Meant."\n'


class Done(NamedTuple):
    code: int
    out: str
    err: str


Check = Callable[..., Done]


@pytest.fixture
def check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """Runs the command in a folder with a design that closes a loop."""
    monkeypatch.chdir(tmp_path)
    Path("billing.yaml").write_text(BILLING)
    Path("eventscope.toml").write_text(LEDGER)

    def checked(*arguments: str) -> Done:
        code = run(lambda: app(["check", *arguments]))
        return Done(code, *capsys.readouterr())

    return checked


def test_a_loop_of_a_design_fails_until_somebody_says_why(check: Check) -> None:
    assert check("eventscope.toml").code == 1
    assert check("billing.yaml").code == 0
    assert check("billing.yaml", "--fail-on", "note").out == (
        "Nothing fails: billing.yaml (1 application, 2 channels, 0 loops).\n"
    )
    Path("ours.toml").write_text(MEANT)
    assert check("eventscope.toml", "--project", "ours.toml").code == 0
    Path("eventscope.toml").write_text(LEDGER + MEANT)
    done = check("eventscope.toml", "--format", "json")
    told = json.loads(done.out)
    assert (done.code, told["verdict"]) == (0, "clean")
    assert [each["rule"] for each in told["findings"]] == ["acknowledged-loop"]


def test_the_project_says_what_fails_where_the_command_line_does_not(check: Check) -> None:
    Path("eventscope.toml").write_text(LEDGER + '[check]\nfail_on = ["new-edge"]\n')
    assert check("eventscope.toml").code == 0
    assert check("eventscope.toml", "--fail-on", "feedback-loop").code == 1


def test_a_change_of_a_design_against_its_baseline(check: Check) -> None:
    done = check("eventscope.toml", "--write-baseline", "known.json")
    assert (done.code, done.out) == (0, "")
    done = check("eventscope.toml", "--baseline", "known.json")
    assert done.code == 0
    assert "In the baseline already: 1." in done.out
    Path("eventscope.toml").write_text(LEDGER + '\n[[applications]]\nname = "mail"\nreceives = ["orders"]\n')
    done = check("eventscope.toml", "--baseline", "known.json", "--format", "sarif")
    assert done.code == 1
    (result,) = json.loads(done.out)["runs"][0]["results"]
    assert result["ruleId"] == "new-edge"
    place = result["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("eventscope.toml", 14)
    assert check("eventscope.toml", "--baseline", "known.json", "--fail-on", "feedback-loop").code == 0


@pytest.fixture
def capture(tmp_path: Path) -> str:
    path = tmp_path / "seen.evs"
    writer = CaptureWriter.open(path)
    writer.keep_graph(diff(DependencyGraph(), ring(LoopStatus.RUNAWAY, (1.2, 1.1, 1.3))))
    writer.flush()
    writer.close()
    return str(path)


def test_a_capture_is_checked_without_a_broker(check: Check, capture: str) -> None:
    done = check(capture, "--format", "junit", "-o", "report.xml")
    assert (done.code, done.out) == (1, "")
    (suite,) = ElementTree.parse("report.xml").getroot()
    failed = [each.get("classname") for each in suite.findall("testcase") if each.find("failure") is not None]
    assert failed == ["eventscope.runaway-loop"]
    Path("ours.toml").write_text(
        '[[acknowledged]]\nhops = ["prices", "stock", "levels", "pricing"]\nreason = "A game."\n'
        "gain_below = 1.05\n"
    )
    done = check(capture, "--project", "ours.toml", "--fail-on", "acknowledgement-broken")
    assert done.code == 1
    assert "Its gain is 1.2 (95 % between 1.1 and 1.3)" in done.out


def test_a_capture_that_saw_nothing_is_not_called_clean(check: Check, tmp_path: Path) -> None:
    CaptureWriter.open(tmp_path / "empty.evs").close()
    done = check("empty.evs")
    assert (done.code, done.out) == (2, "")
    assert "holds no graph" in done.err


def test_a_design_over_a_capture(check: Check, capture: str) -> None:
    Path("eventscope.toml").write_text(
        '[[applications]]\nname = "offers"\nreceives = ["levels"]\nsends = ["prices"]\n'
    )
    done = check(capture, "eventscope.toml", "--fail-on", "feedback-loop", "--format", "json")
    assert done.code == 1
    failing = [each for each in json.loads(done.out)["findings"] if each["fails"]]
    assert [each["rule"] for each in failing] == ["feedback-loop", "runaway-loop"]
    assert failing[0]["declared_at"] == [{"file": "eventscope.toml", "line": each} for each in (3, 4)]


def test_servers_and_files_together(check: Check) -> None:
    """A service that runs, and a design that answers it."""
    broker = MemoryBroker("checked")
    orders, payments = broker.create_channel("orders"), broker.create_channel("payments")
    broker.join("ledger", client_id="ledger-1", channels=[payments])
    broker.producer().write(orders, b"x", headers=(("ce_source", b"/ledger"),))
    done = check(broker.url, "--seconds", "1", "--fail-on", "feedback-loop")
    assert done.code == 0, done
    Path("project.toml").write_text(
        '[[confirmed]]\napplication = "group:ledger"\naction = "send"\nchannel = "orders"\n'
    )
    done = check(
        broker.url,
        "billing.yaml",
        "--project",
        "project.toml",
        "--seconds",
        "1",
        "--fail-on",
        "feedback-loop",
    )
    assert done.code == 1, done
    assert "billing receives from orders (billing.yaml:4)" in done.out
    assert "ledger receives from payments, as was seen" in done.out
    assert "memory://checked:1, billing.yaml" in done.out


def test_a_design_that_is_checked_may_have_channels_that_are_not_there_yet(check: Check) -> None:
    broker = MemoryBroker("before")
    broker.create_channel("orders")
    Path("eventscope.toml").write_text(f"{LEDGER}{MEANT}")
    done = check(broker.url, "eventscope.toml", "--seconds", "1", "--format", "json")
    told = json.loads(done.out)
    assert done.code == 0, done
    assert "acknowledged-loop" in {each["rule"] for each in told["findings"]}
    done = check(broker.url, "--project", "eventscope.toml", "--seconds", "1")
    assert done.code == 1
    assert "warning declared-channel-missing: billing.yaml says that billing sends to payments" in done.out


def test_a_server_that_is_not_there_outweighs_one_that_is(check: Check) -> None:
    broker = MemoryBroker("there")
    broker.create_channel("orders")
    done = check(broker.url, "memory://not-there", "--seconds", "1", "--format", "json")
    told = json.loads(done.out)
    assert (done.code, told["verdict"]) == (2, "could-not-look")
    assert len(told["troubles"]) == 1
    assert told["troubles"][0] in done.err.replace("\n", "")
    alone = check("memory://not-there", "--seconds", "1")
    assert (alone.code, alone.out) == (2, "")
    assert "not-there" in alone.err


def test_an_answer_of_yesterday_is_not_left_where_nothing_could_be_seen(check: Check) -> None:
    Path("report.json").write_text('{"verdict": "clean"}')
    Path("report.txt").write_text("Nothing fails.")
    done = check("memory://not-there", "--seconds", "1", "--format", "json", "-o", "report.json")
    assert (done.code, done.out) == (2, "")
    assert json.loads(Path("report.json").read_text())["verdict"] == "could-not-look"
    assert check("memory://not-there", "--seconds", "1", "-o", "report.txt").code == 2
    assert Path("report.txt").read_text().startswith("Not everything could be looked at.")


def test_a_document_that_tells_nothing_is_not_called_clean(check: Check) -> None:
    """Its channels stand in another file, which is not followed."""
    Path("far.yaml").write_text(
        "asyncapi: 3.0.0\ninfo: {title: ledger}\noperations:\n"
        "  a: {action: receive, channel: {$ref: './common.yaml#/channels/payments'}}\n"
    )
    done = check("billing.yaml", "far.yaml")
    assert done.code == 0
    assert "Not visible, so that a loop there would not be found: 1." in done.out
    assert "What ledger sends and receives: No operation in far.yaml names a channel" in done.out
    with Path("far.yaml").open("a") as file:
        file.write("  b: {action: send, channel: {address: ledger}}\n")
    done = check("billing.yaml", "far.yaml")
    assert "What ledger sends and receives: 1 operation in far.yaml names no channel" in done.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing.yaml"], "nothing.yaml cannot be read"),
        (["nothing.evs"], "There is no file nothing.evs"),
        (["nonsense://x"], "nonsense:// is not known here"),
        (["kafka://ann:hunter2@h:port"], "is not a port"),
        (["eventscope.toml", "--fail-on", "fedback-loop"], "There is no rule fedback-loop"),
        (["eventscope.toml", "--baseline", "billing.yaml"], "damaged or something else"),
        (["eventscope.toml", "--webhook", "http://h/hunter2"], "Add --watch"),
        (["memory://x", "--watch", "--webhook", "hunter2"], "The address of the webhook"),
        (["servers.toml"], "Nothing in servers.toml declares who sends or receives"),
        (["folder/"], "folder is no capture (*.evs), project"),
        ([""], "The address is empty"),
        (
            ["billing.yaml", "--write-baseline", "no such folder/x"],
            "cannot be written: No such file or directory. Name another file.",
        ),
        (["eventscope.toml", "--watch"], "Only servers can be watched"),
        (["billing.yaml", "-o", "no such folder/x"], "cannot be written"),
        (["--project", "eventscope.toml"], "eventscope.toml names no server"),
        ([], "There is no address to look at"),
    ],
)
def test_what_is_wrong_is_one_sentence(check: Check, arguments: list[str], said: str) -> None:
    Path("folder").mkdir()
    Path("servers.toml").write_text('[[connections]]\nurl = "kafka://broker:9092"\n')
    done = check(*arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "hunter2" not in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_all_rules_are_listed(check: Check) -> None:
    done = check("--list-rules")
    assert done.code == 0
    assert "runaway-loop                error    " in done.out
