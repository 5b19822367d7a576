"""A check in words, and as JSON."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from graph.topology import moment
from inspector.check.places import readable
from inspector.check.report import CLEAN, COULD_NOT_LOOK, FOUND, Report, Told, about

FORMAT = "eventscope-check/1"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_VERDICT = {CLEAN: "clean", FOUND: "findings", COULD_NOT_LOOK: "could-not-look"}


def document(report: Report) -> dict[str, Any]:
    """Everything, for other programs."""
    return {
        "format": FORMAT,
        "verdict": _VERDICT[report.exit_code],
        "looked_at": list(report.looked_at),
        "observed_from": moment(report.graph.from_ns),
        "observed_to": moment(report.graph.to_ns),
        "findings": [_finding(report, each) for each in report.told],
        "in_baseline": report.known,
        "troubles": list(report.troubles),
        "unavailable": [
            {"what": each.what, "why": each.why, "remedy": each.remedy}
            for each in sorted(report.graph.unavailable)
        ],
    }


def _finding(report: Report, told: Told) -> dict[str, Any]:
    finding = told.finding
    return {
        "rule": finding.rule,
        "severity": str(finding.severity),
        "fails": told.fails,
        "subject": str(finding.subject),
        "about": about(report.graph, finding.subject),
        "message": finding.message,
        "declared_at": [{"file": readable(place.path), "line": place.line} for place in told.places],
    }


def words(report: Report, *, whole: bool = False) -> str:
    """What fails, line by line, and how much else there is; with `whole` that too."""
    graph = report.graph
    lines = [_line(each) for each in report.told if each.fails or whole]
    if lines:
        lines.append("")
    others = Counter(each.finding.rule for each in report.told if not each.fails)
    if others and not whole:
        lines.append(f"Not failing: {', '.join(f'{count} {rule}' for rule, count in others.items())}.")
    if report.known:
        lines.append(f"In the baseline already: {report.known}.")
    if graph.unavailable:
        lines.append(f"Not visible, so that a loop there would not be found: {len(graph.unavailable)}.")
        lines += [f"  {each.what}: {each.why} {each.remedy}".rstrip() for each in sorted(graph.unavailable)]
    seen = (
        f"{_many(len(graph.applications), 'application')}, {_many(len(graph.channels), 'channel')}, "
        f"{_many(len(graph.loops), 'loop')}"
    )
    failing = len(report.failing)
    verdict = (
        "Nothing fails"
        if not failing
        else f"{_many(failing, 'finding')} {'fail' if failing > 1 else 'fails'}"
    )
    if report.troubles:
        verdict = f"Not everything could be looked at. {verdict}"
    lines.append(f"{verdict}: {', '.join(report.looked_at)} ({seen}).")
    return "".join(f"{shown(line)}\n" for line in lines)


def shown(line: str) -> str:
    """One line that stays one: names come from records, which may hold what a terminal or CI obeys."""
    return _CONTROL.sub("\ufffd", line)


def _line(told: Told) -> str:
    finding = told.finding
    at = f"{told.places[0]}: " if told.places else ""
    return f"{at}{finding.severity} {finding.rule}: {finding.message}"


def _many(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
