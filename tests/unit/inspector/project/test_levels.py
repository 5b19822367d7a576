from __future__ import annotations

from inspector.capture.level import ChannelLevel, Level
from inspector.project import colours, filters, levels
from inspector.project.model import ColourRule, NamedFilter, Project

MANY = ChannelLevel("orders*", Level.KEYS_AND_HEADERS)


def test_a_channel_of_its_own_stands_before_the_rule_for_many() -> None:
    project = Project(levels=(MANY,))
    assert levels.chosen(project, "orders.placed") == MANY
    one = levels.choose(project, "orders.placed", Level.EVERYTHING)
    after = one.applied(project)
    assert levels.chosen(after, "orders.placed") == ChannelLevel("orders.placed", Level.EVERYTHING)
    assert levels.chosen(after, "orders.status") == MANY
    assert levels.choose(after, "orders.placed", None).applied(after) == project
    assert one.undone.applied(after) == project


def test_a_name_is_no_pattern() -> None:
    after = levels.choose(Project(), "a[1]*", Level.MATCHING, "type:X").applied(Project())
    assert levels.chosen(after, "a[1]*") is not None
    assert levels.chosen(after, "a1x") is None


def test_colour_rules_keep_their_order_and_filters_their_names() -> None:
    first, second = ColourRule("a", "sky"), ColourRule("b", "violet")
    project = colours.replaced(Project(), (first, second)).applied(Project())
    turned = colours.replaced(project, (second, first))
    assert turned.applied(project).colour_rules == (second, first)
    assert turned.undone.applied(turned.applied(project)).colour_rules == (first, second)
    kept = filters.keep(Project(), " Late ", "since:-5m").applied(Project())
    assert filters.keep(kept, "Late", "since:-1h").applied(kept).filters == (
        NamedFilter("Late", "since:-1h"),
    )
    assert filters.forget(kept.filters[0]).applied(kept).filters == ()
