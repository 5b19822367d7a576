"""Every rule a finding can have: what it tells, how grave it usually is, and which of them fail a check."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from graph.model import Finding, LoopStatus, Severity

ACKNOWLEDGED = "acknowledged-loop"
MIRROR = "mirror-loop"
BROKEN = "acknowledgement-broken"
NEW_EDGE = "new-edge"
UNACKNOWLEDGED = "unacknowledged"


@dataclass(frozen=True)
class Rule:
    """One rule; a single finding of it may be graver or milder."""

    name: str
    severity: Severity
    sentence: str


_ERROR, _WARNING, _NOTE = Severity
_OF_LOOPS = (
    Rule("possible-loop", _NOTE, "The way round is closed, and no record was seen to come round."),
    Rule("bounded-loop", _NOTE, "Records come round and end by themselves at a fixed number of laps."),
    Rule(
        "feedback-loop", _WARNING, "Records come round, or would once a design that is checked is deployed."
    ),
    Rule("runaway-loop", _ERROR, "Each record that comes round causes one or more others: it does not end."),
)

RULES = {
    rule.name: rule
    for rule in (
        *reversed(_OF_LOOPS),
        Rule(MIRROR, _ERROR, "Servers mirror the same channel to each other, so that records go round."),
        Rule("tangle", _NOTE, "Applications and channels have too many loops together to list them all."),
        Rule(BROKEN, _ERROR, "An acknowledged loop has grown past the limit written down."),
        Rule(ACKNOWLEDGED, _NOTE, "Somebody wrote down why this loop is meant to be."),
        Rule(
            UNACKNOWLEDGED,
            _WARNING,
            "Records prove a loop, a bounded one too, and nobody wrote down why; told where it is asked for.",
        ),
        Rule(NEW_EDGE, _WARNING, "Somebody sends or receives who did not in the baseline."),
        Rule("observed-not-declared", _WARNING, "An application does what its declaration does not say."),
        Rule("declared-not-observed", _NOTE, "A declaration says so, and nothing of the kind was observed."),
        Rule("declared-channel-missing", _WARNING, "A declaration names a channel that no server has."),
        Rule(
            "declared-channel-ambiguous", _WARNING, "A declaration names a channel that several servers have."
        ),
        Rule("failed-connector", _ERROR, "A connector, or a task of it, has stopped with an error."),
        Rule("dead-letters", _WARNING, "Records that could not be handled lie in a channel."),
        Rule("schema-change", _WARNING, "The fields of a type changed while it was watched."),
        Rule("generic-channel", _NOTE, "A channel's name or its many types do not tell what it is for."),
        Rule("no-receiver", _NOTE, "Records are sent to a channel and nobody receives them."),
        Rule("unused-channel", _NOTE, "Nothing was ever sent to a channel."),
        Rule("unattributed-producer", _NOTE, "Nothing names who sends to a channel."),
    )
}
LOOPS = tuple(rule.name for rule in _OF_LOOPS)
"""From the mildest to the gravest: a loop is one of them."""
OF_STATUS = dict(
    zip((LoopStatus.POSSIBLE, LoopStatus.BOUNDED, LoopStatus.ACTIVE, LoopStatus.RUNAWAY), LOOPS, strict=True)
)
DEFAULT = ("error", "warning")


def of(finding: Finding) -> Rule:
    """The rule of a finding; one that this catalogue does not know is as grave as the finding."""
    return RULES.get(finding.rule) or Rule(finding.rule, finding.severity, "")


@dataclass(frozen=True)
class FailOn:
    """Which findings fail a check: rules by name, and severities, which stand for all findings as grave.

    Whoever fails on a rule about loops fails on the graver ones too.
    """

    rules: frozenset[str]
    severities: frozenset[Severity]

    @classmethod
    def of(cls, names: Iterable[str]) -> FailOn:
        """From names of rules and severities; raises ValueError with a sentence for one that is unknown."""
        wanted = [part for name in names for part in re.split(r"[,\s]+", name) if part]
        severities = {each for each in Severity if each in wanted}
        rules = [name for name in wanted if name not in severities]
        unknown = sorted(set(rules) - RULES.keys())
        if unknown:
            raise ValueError(f"There is no rule {' or '.join(unknown)}")
        graver = [name for rule in rules if rule in LOOPS for name in LOOPS[LOOPS.index(rule) :]]
        return cls(frozenset((*rules, *graver)), frozenset(severities))

    def fails(self, finding: Finding) -> bool:
        """Whether a finding fails the check."""
        return self.may_fail(Rule(finding.rule, finding.severity, ""))

    def may_fail(self, rule: Rule) -> bool:
        """Whether a finding that is as grave as its rule fails the check."""
        grave = list(Severity)
        limit = max((grave.index(each) for each in self.severities), default=-1)
        told = rule.name != UNACKNOWLEDGED and grave.index(rule.severity) <= limit
        return told or rule.name in self.rules
