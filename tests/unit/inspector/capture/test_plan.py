from __future__ import annotations

from inspector.capture.level import ChannelLevel, Level
from inspector.capture.plan import Plan


def test_the_first_rule_that_names_a_channel_counts() -> None:
    plan = Plan()
    assert (plan.chosen("orders"), plan.level("orders")) == (None, Level.EVERYTHING)
    keys = ChannelLevel("ord*", Level.KEYS_AND_HEADERS)
    plan.choose([keys, ChannelLevel("*", Level.HEADERS_OF_BATCHES)])
    assert plan.chosen("orders") is keys
    assert (plan.level("orders"), plan.level("mail")) == (Level.KEYS_AND_HEADERS, Level.HEADERS_OF_BATCHES)
    assert (plan.headers_only("orders"), plan.headers_only("mail")) == (False, True)


def test_what_nobody_chose_can_be_left_out() -> None:
    plan = Plan()
    plan.choose([ChannelLevel("orders", Level.EVERYTHING)], others=None)
    assert (plan.level("orders"), plan.level("mail")) == (Level.EVERYTHING, None)


def test_only_what_changes_something_counts_as_a_change() -> None:
    plan = Plan()
    rules = [ChannelLevel("orders", Level.EVERYTHING)]
    plan.choose(rules)
    plan.choose(rules)
    assert plan.changes == 1
    plan.choose([])
    assert plan.changes == 2
    assert plan.chosen("orders") is None
