"""A check as SARIF 2.1.0, which code hosts show beside the lines of a change.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from graph.model import Severity
from inspector.check.likeness import fingerprint
from inspector.check.places import Place
from inspector.check.report import Report, Told, about
from inspector.check.rules import RULES, Rule, of

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "eventscope/v1"
_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "note"}


def sarif(report: Report, version: str, otherwise: Path | None = None) -> dict[str, Any]:
    """The log of one run.

    Args:
        report: what was found.
        version: of Eventscope.
        otherwise: the file that findings point at which no declaration is behind, because some hosts show
            only what has a file.
    """
    rules = {**RULES, **{of(each.finding).name: of(each.finding) for each in report.told}}
    numbers = {name: number for number, name in enumerate(rules)}
    run = {
        "tool": {
            "driver": {
                "name": "Eventscope",
                "version": version,
                "rules": [_rule(rule) for rule in rules.values()],
            }
        },
        "invocations": [_invocation(report)],
        "results": [_result(report, each, numbers[each.finding.rule], otherwise) for each in report.told],
        "columnKind": "unicodeCodePoints",
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": {"text": rule.sentence or rule.name},
        "defaultConfiguration": {"level": _LEVEL[rule.severity]},
    }


def _invocation(report: Report) -> dict[str, Any]:
    """Whether all could be looked at, and what could not be seen."""
    hidden = [
        {"level": "note", "message": {"text": f"{each.what}: {each.why} {each.remedy}".rstrip()}}
        for each in sorted(report.graph.unavailable)
    ]
    troubles = [{"level": "error", "message": {"text": sentence}} for sentence in report.troubles]
    return {
        "executionSuccessful": not report.troubles,
        "exitCode": report.exit_code,
        "toolExecutionNotifications": [*troubles, *hidden],
    }


def _result(report: Report, told: Told, number: int, otherwise: Path | None) -> dict[str, Any]:
    finding = told.finding
    places = told.places or (() if otherwise is None else (Place(otherwise, 1),))
    names = {
        "logicalLocations": [
            {"name": about(report.graph, finding.subject), "fullyQualifiedName": str(finding.subject)}
        ]
    }
    first, *others = [{"physicalLocation": _place(each)} for each in places] or [{}]
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": number,
        "level": _LEVEL[finding.severity],
        "message": {"text": finding.message},
        "locations": [{**first, **names}],
        "partialFingerprints": {FINGERPRINT: fingerprint(report.graph, finding)},
    }
    if others:
        result["relatedLocations"] = [{"id": at, **each} for at, each in enumerate(others, 1)]
    return result


def _place(place: Place) -> dict[str, Any]:
    return {"artifactLocation": _uri(place.path), "region": {"startLine": place.line}}


def _uri(path: Path) -> dict[str, str]:
    """Relative to the working folder where the file lies in it: in CI that is the repository."""
    whole = path.resolve()
    try:
        return {"uri": quote(whole.relative_to(Path.cwd()).as_posix()), "uriBaseId": "%SRCROOT%"}
    except ValueError:
        return {"uri": whole.as_uri()}
