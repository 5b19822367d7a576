"""A named view comes back as it was kept, also through the file, and by names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.identity import ApplicationId
from graph.view.settings import TOGGLES, Focus, Grouping, LabelKind, Noise, ViewSettings
from inspector.errors import ProjectError
from inspector.project.document import read, written
from inspector.project.model import NamedView, Project
from inspector.project.views import forget, keep, named, settings
from tests.made_shop import SHOP, channel

PRICING = ApplicationId("pricing")
words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)
subjects = st.sets(st.sampled_from([PRICING, channel("stock")])).map(
    lambda chosen: tuple(node for node in (*SHOP.applications, *SHOP.channels) if node in chosen)
)
focuses = st.builds(Focus, subjects, st.none() | st.integers(1, 9), st.sampled_from(["both", "up", "down"]))
views = st.builds(
    ViewSettings,
    st.builds(Noise, *[st.booleans()] * len(TOGGLES)),
    words,
    words,
    words,
    st.booleans(),
    st.none() | focuses.filter(lambda focus: focus != Focus()),
    st.builds(Grouping, st.sampled_from(["none", "team"]), st.booleans(), st.just(("a", "b"))),
)


@given(views)
def test_what_is_kept_comes_back(chosen: ViewSettings) -> None:
    project = keep(Project(), SHOP, "mine", chosen, labels=LabelKind.LAG).applied(Project())
    (view,) = read(written("", project), "shop.toml").views
    assert settings(view, SHOP) == chosen
    assert view.labels is LabelKind.LAG


def test_a_focus_on_what_is_selected_keeps_what_it_was() -> None:
    view = named(SHOP, "mine", ViewSettings(focus=Focus(hops=2)), PRICING)
    assert view.focus == ("pricing",)
    assert settings(view, SHOP).focus == Focus((PRICING,), 2)


def test_one_takes_the_place_of_another_with_its_name() -> None:
    first = keep(Project(), SHOP, " mine ", ViewSettings(find="a")).applied(Project())
    second = keep(first, SHOP, "mine", ViewSettings(find="b"))
    assert [view.find for view in second.applied(first).views] == ["b"]
    assert second.undone.applied(second.applied(first)) == first
    assert forget(first.views[0]).applied(first) == Project()


def test_what_the_graph_does_not_have_is_passed_over() -> None:
    assert settings(NamedView("mine", focus=("nobody",)), SHOP).focus == Focus()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[[views]]\nname = " "\n', "it is empty"),
        ('[[views]]\nname = "a"\nwithout = ["noise"]\n', "'noise' is none of internal, dead_letters"),
        ('[[views]]\nname = "a"\nby = "colour"\n', "colour"),
    ],
)
def test_a_wrong_one_is_told_with_its_line(text: str, reason: str) -> None:
    with pytest.raises(ProjectError, match=reason):
        read(text, "shop.toml")
