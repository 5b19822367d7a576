"""A check as JUnit's XML, which CI servers show as tests: https://github.com/testmoapp/junitxml."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from inspector.check.report import Report, about

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 cannot hold (section 2.2)."""


def junit(report: Report) -> str:
    """One test for each finding that fails, for each rule that could have failed, and for what was looked at.

    Findings that do not fail stand in the output of the suite.
    """
    suite = ElementTree.Element("testsuite", name="eventscope check")
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for sentence in report.troubles:
        _case(suite, counts, "look", "could look", "error", sentence)
    for told in report.failing:
        finding = told.finding
        case = _case(
            suite, counts, finding.rule, about(report.graph, finding.subject), "failure", finding.message
        )
        if told.places:
            case.set("file", told.places[0].path.as_posix())
            case.set("line", str(told.places[0].line))
    if not report.troubles:
        failed = {each.finding.rule for each in report.failing}
        for rule in report.rules:
            if rule.name not in failed:
                _case(suite, counts, rule.name, rule.sentence)
    for name, number in counts.items():
        suite.set(name, str(number))
    suite.set("time", "0")
    notes = [f"{each.finding.rule}: {each.finding.message}" for each in report.told if not each.fails]
    hidden = [f"Not visible: {each.what}: {each.why}" for each in sorted(report.graph.unavailable)]
    if notes or hidden:
        ElementTree.SubElement(suite, "system-out").text = _clean("\n".join([*notes, *hidden]))
    suites = ElementTree.Element("testsuites", {name: str(number) for name, number in counts.items()})
    suites.set("name", "eventscope check")
    suites.append(suite)
    ElementTree.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(suites, encoding="unicode")}\n'


def _case(
    suite: ElementTree.Element,
    counts: dict[str, int],
    rule: str,
    name: str,
    outcome: str = "",
    message: str = "",
) -> ElementTree.Element:
    case = ElementTree.SubElement(
        suite, "testcase", classname=f"eventscope.{rule}", name=_clean(name), time="0"
    )
    counts["tests"] += 1
    if outcome:
        counts[f"{outcome}s"] += 1
        ElementTree.SubElement(case, outcome, message=_clean(message), type=rule).text = _clean(message)
    return case


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
