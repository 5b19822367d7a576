"""A check as text, JSON, SARIF and JUnit: the same findings in each, in the form that others read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from graph.identity import ApplicationId
from graph.model import DECLARED, DependencyGraph, Finding, LoopStatus, Severity, Unavailable
from inspector.check.baseline import read, written
from inspector.check.junit import junit
from inspector.check.places import Places
from inspector.check.report import CLEAN, COULD_NOT_LOOK, FOUND, Report, judged
from inspector.check.rules import DEFAULT, RULES, FailOn
from inspector.check.sarif import sarif
from inspector.check.words import document, words
from inspector.declaration import Declaration, DeclaredChannel
from tests.rings import ring, the_loop, topic

HIDDEN = Unavailable("Groups of broker", "The login may not describe them.", "Allow DESCRIBE on groups.")


def graph(status: LoopStatus = LoopStatus.RUNAWAY) -> DependencyGraph:
    made = ring(status, (1.2, 1.1, 1.3))
    note = Finding(
        "no-receiver", Severity.NOTE, topic("levels"), "Records are sent to levels \x00 & <nobody>."
    )
    return replace(made, findings=(*made.findings, note), unavailable=(HIDDEN,))


def report(made: DependencyGraph | None = None, *fail_on: str, **more: Any) -> Report:
    return judged(made or graph(), ["kafka://broker:9092"], FailOn.of(fail_on or DEFAULT), **more)


def test_what_fails_comes_first_and_decides_the_exit_code() -> None:
    assert report().exit_code == FOUND
    assert [each.fails for each in report().told] == [True, False]
    assert report(graph(LoopStatus.POSSIBLE)).exit_code == CLEAN
    assert report(None, "no-receiver").failing[0].finding.rule == "no-receiver"
    assert report(troubles=["It does not answer."]).exit_code == COULD_NOT_LOOK
    calm_again = replace(report(graph(LoopStatus.POSSIBLE)), alerted=True)
    assert (calm_again.exit_code, document(calm_again)["verdict"]) == (FOUND, "findings")


def test_what_the_baseline_has_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "b.json"
    path.write_bytes(written(graph(), graph().findings))
    known = report(baseline=read(path))
    assert (known.exit_code, known.known, known.told) == (CLEAN, 2, ())
    assert "In the baseline already: 2." in words(known)


def test_a_loop_without_an_acknowledgement_where_that_is_asked_for() -> None:
    bounded = graph(LoopStatus.BOUNDED)
    assert report(bounded).exit_code == CLEAN
    asked = report(bounded, "unacknowledged")
    assert [each.finding.rule for each in asked.failing] == ["unacknowledged"]
    assert "levels → pricing → prices is bounded, and nobody" in asked.failing[0].finding.message
    assert report(graph(LoopStatus.POSSIBLE), "unacknowledged").exit_code == CLEAN


def test_words() -> None:
    text = words(report())
    assert text.startswith("error runaway-loop: prices → stock: gain 1.2.\n")
    assert "Not failing: 1 no-receiver." in text
    assert "Groups of broker: The login may not describe them. Allow DESCRIBE on groups." in text
    assert text.endswith("1 finding fails: kafka://broker:9092 (2 applications, 2 channels, 1 loop).\n")
    assert "note no-receiver: Records are sent to levels" in words(report(), whole=True)
    assert "Not everything could be looked at" in words(report(troubles=["It does not answer."]))


def test_a_name_cannot_make_lines_or_move_the_cursor() -> None:
    message = "evil\n::set-output name=x::1\x1b[2J sends to prices."
    made = replace(ring(), findings=(Finding("new-edge", Severity.WARNING, topic("prices"), message),))
    text = words(report(made))
    assert "\x1b" not in text
    assert not any(line.startswith("::") for line in text.splitlines())


def test_json() -> None:
    made = json.loads(json.dumps(document(report())))
    assert made["verdict"] == "findings"
    loop = made["findings"][0]
    assert (loop["rule"], loop["fails"], loop["subject"]) == ("runaway-loop", True, str(the_loop(graph()).id))
    assert loop["about"] == "prices → stock → levels → pricing → prices"
    assert made["unavailable"][0]["remedy"] == "Allow DESCRIBE on groups."
    assert json.loads(json.dumps(document(report(troubles=["No."]))))["verdict"] == "could-not-look"


# SARIF: what section 3 of the specification requires


def declared(tmp_path: Path) -> tuple[DependencyGraph, Places, Path]:
    path = tmp_path / "specs" / "pricing é.yaml"
    path.parent.mkdir()
    path.write_text("info:\n  title: pricing\nchannels:\n  prices: {}\n")
    said = Declaration("pricing", "declared.asyncapi", path.name)
    from msgspec.structs import replace as with_

    from graph.identity import Action
    from graph.model import Alias

    said = with_(said, operations=((Action.SEND, DeclaredChannel("prices")),))
    places = Places()
    places.add(said, path, path.read_text())
    made = graph()
    key = ApplicationId("pricing")
    pricing = with_(made.applications[key], aliases=(Alias(DECLARED, "pricing"),))
    return replace(made, applications={**made.applications, key: pricing}), places, path


def test_sarif_has_what_the_specification_requires(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, places, _ = declared(tmp_path)
    monkeypatch.chdir(tmp_path)
    log = json.loads(json.dumps(sarif(report(made, places=places), "1.2", tmp_path / "eventscope.toml")))
    assert log["version"] == "2.1.0"
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert driver["name"] == "Eventscope"
    rules = driver["rules"]
    assert [each["id"] for each in rules] == list(RULES)
    for rule in rules:
        assert rule["shortDescription"]["text"]
        assert rule["defaultConfiguration"]["level"] in ("none", "note", "warning", "error")
    loop, note = run["results"]
    for result in (loop, note):
        assert result["message"]["text"]
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["region"]["startLine"] >= 1
        assert place["artifactLocation"]["uriBaseId"] == "%SRCROOT%"
        assert location["logicalLocations"][0]["fullyQualifiedName"]
    assert loop["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "specs/pricing%20%C3%A9.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 4},
    }
    assert note["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "eventscope.toml"
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True
    assert invocation["exitCode"] == FOUND
    assert invocation["toolExecutionNotifications"][0]["level"] == "note"


def test_a_file_elsewhere_has_a_whole_uri(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, places, path = declared(tmp_path)
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    log = sarif(report(made, places=places), "1.2")
    first, note = log["runs"][0]["results"]
    uri = first["locations"][0]["physicalLocation"]["artifactLocation"]
    assert uri == {"uri": path.resolve().as_uri()}
    assert "physicalLocation" not in note["locations"][0]


def test_a_fingerprint_stays_while_figures_and_servers_change() -> None:
    from graph.identity import ServerId

    def fingerprints(made: DependencyGraph) -> list[str]:
        log = sarif(report(made), "1.2")
        return [each["partialFingerprints"]["eventscope/v1"] for each in log["runs"][0]["results"]]

    here = fingerprints(ring(LoopStatus.RUNAWAY, (1.2, 1.1, 1.3)))
    assert here == fingerprints(
        ring(LoopStatus.RUNAWAY, (1.4, 1.3, 1.5), server=ServerId("kafka", "prod:9092"))
    )
    assert here != fingerprints(ring(LoopStatus.ACTIVE, (0.4, 0.3, 0.5)))
    assert len(set(fingerprints(graph()))) == 2


def test_could_not_look_is_no_success() -> None:
    (invocation,) = sarif(report(troubles=["It does not answer."]), "1")["runs"][0]["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0] == {
        "level": "error",
        "message": {"text": "It does not answer."},
    }


# JUnit


def test_junit_is_a_suite_with_a_case_for_each_failure_and_each_rule_that_held(tmp_path: Path) -> None:
    made, places, path = declared(tmp_path)
    root = ElementTree.fromstring(junit(report(made, places=places)))
    assert root.tag == "testsuites"
    (suite,) = root
    cases = suite.findall("testcase")
    failed = [each for each in cases if each.find("failure") is not None]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == (str(len(cases)), "1", "0")
    (case,) = failed
    assert case.get("classname") == "eventscope.runaway-loop"
    assert case.get("name") == "prices → stock → levels → pricing → prices"
    assert (case.get("file"), case.get("line")) == (path.as_posix(), "4")
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "prices → stock: gain 1.2."
    held = {str(each.get("classname")).removeprefix("eventscope.") for each in cases if each not in failed}
    assert "feedback-loop" in held
    assert not held & {"no-receiver", "runaway-loop", "new-edge", "unacknowledged"}, "they could not fail"
    out = suite.findtext("system-out")
    assert out is not None
    assert "no-receiver: Records are sent to levels \ufffd & <nobody>." in out
    assert "Not visible: Groups of broker" in out


def test_junit_of_what_could_not_be_looked_at_is_an_error() -> None:
    (suite,) = ElementTree.fromstring(junit(report(troubles=["It does not answer."])))
    assert suite.get("errors") == "1"
    error = suite.find("testcase/error")
    assert error is not None
    assert error.get("message") == "It does not answer."
    assert len(suite.findall("testcase")) == 2, "no rule is called held"
