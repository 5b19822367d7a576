"""Colour rules of lists of events: which colours there are, and changes of the rules."""

from __future__ import annotations

from inspector.project.model import Change, ColourRule, Project

COLOURS = ("indigo", "sky", "green", "violet", "grey")
"""The colours that a rule may give: told apart with any deficiency of colour vision, and none of them red or
amber, which mean loops."""


def replaced(project: Project, rules: tuple[ColourRule, ...]) -> Change:
    """These rules, in this order, in the place of all that there were."""
    before = Project(colour_rules=project.colour_rules)
    return Change("Change the colour rules", Project(colour_rules=rules), before)
