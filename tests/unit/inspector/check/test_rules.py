"""One catalogue of rules: nothing is told that it does not list, and what fails is what was asked for."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from graph.identity import ApplicationId
from graph.loops.cycles import Cycles
from graph.model import DANGER, Finding, LoopStatus, Severity
from inspector.check.rules import DEFAULT, LOOPS, OF_STATUS, RULES, FailOn
from inspector.loops.verdicts import RULES as OF_WATCH
from inspector.loops.verdicts import findings
from tests.rings import ring, the_loop

ROOT = Path(__file__).resolve().parents[4] / "inspector"


def finding(rule: str, severity: Severity | None = None) -> Finding:
    return Finding(rule, severity or RULES[rule].severity, ApplicationId("a"), "It is so.")


def _told() -> set[str]:
    """The rules that are written where findings are made, by name or as a constant of the module."""
    found = set()
    for path in (*(ROOT / "discovery").rglob("*.py"), *(ROOT / "loops").glob("*.py")):
        tree = ast.parse(path.read_text())
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in ast.walk(tree):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.args:
                first = call.args[0]
                if call.func.id in ("Finding", "finding", "Trouble"):
                    name = (
                        first.value
                        if isinstance(first, ast.Constant)
                        else constants.get(getattr(first, "id", ""))
                    )
                    found |= {name} if isinstance(name, str) else set()
    return found


def test_the_catalogue_has_every_rule_that_is_told() -> None:
    told = _told()
    assert {"no-receiver", "mirror-loop", "failed-connector", "tangle", "declared-not-observed"} <= told
    assert told | OF_WATCH <= RULES.keys()


def test_every_rule_says_one_sentence() -> None:
    for rule in RULES.values():
        assert rule.sentence.endswith(".")
        assert rule.sentence.count(". ") == 0


def test_loops_are_told_as_the_catalogue_has_them() -> None:
    for status, rule in OF_STATUS.items():
        (told,) = findings([the_loop(ring(status))], Cycles())
        assert (told.rule, told.severity) == (rule, RULES[rule].severity)
    danger = [OF_STATUS[each] for each in reversed(DANGER) if each is not LoopStatus.ACKNOWLEDGED]
    assert tuple(danger) == LOOPS


def test_errors_and_warnings_fail_by_default() -> None:
    fail = FailOn.of(DEFAULT)
    assert fail.fails(finding("runaway-loop"))
    assert fail.fails(finding("dead-letters"))
    assert not fail.fails(finding("possible-loop"))
    assert fail.fails(finding("possible-loop", Severity.WARNING)), "the finding counts, not its rule"


@pytest.mark.parametrize(
    ("asked", "failing"),
    [
        ("feedback-loop", {"feedback-loop", "runaway-loop"}),
        ("runaway-loop", {"runaway-loop"}),
        ("possible-loop", set(LOOPS)),
        ("no-receiver,new-edge", {"no-receiver", "new-edge"}),
        ("error", {rule.name for rule in RULES.values() if rule.severity is Severity.ERROR}),
        ("note", set(RULES)),
    ],
)
def test_who_fails_on_a_loop_fails_on_a_worse_one(asked: str, failing: set[str]) -> None:
    fail = FailOn.of([asked])
    assert {rule for rule in RULES if fail.fails(finding(rule))} - {"unacknowledged"} == failing - {
        "unacknowledged"
    }


def test_an_unknown_rule_is_named() -> None:
    with pytest.raises(ValueError, match="There is no rule fedback-loop"):
        FailOn.of(["new-edge, fedback-loop"])


def test_the_documentation_lists_them_all() -> None:
    page = (ROOT.parent / "docs" / "check.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{each.name}` | {each.severity} | {each.sentence} |" for each in RULES.values()]
