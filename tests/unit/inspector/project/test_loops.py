"""Which loops count, as people switch it: each change does one thing and can be taken back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from graph.loops.counting import Counting
from inspector.project.loops import COUNTED, count
from inspector.project.meaning import counting
from inspector.project.model import CountedLoops, Project

_projects = st.builds(Project, loops=st.builds(CountedLoops, *[st.booleans()] * 4))


def test_every_switch_has_words_and_a_meaning() -> None:
    assert tuple(COUNTED) == CountedLoops.__struct_fields__
    for switch in COUNTED:
        project = count(switch, on=True).applied(Project())
        assert counting(project) == replace(Counting(), **{switch: True})


@given(_projects, st.sampled_from(sorted(COUNTED)), st.booleans())
def test_a_switch_does_one_thing(project: Project, switch: str, on: bool) -> None:
    change = count(switch, on=on)
    after = change.applied(project)
    assert getattr(after.loops, switch) is on
    assert {name for name in COUNTED if getattr(after.loops, name) != getattr(project.loops, name)} <= {
        switch
    }
    assert change.applied(after) == after
    if getattr(project.loops, switch) is not on:
        assert change.undone.applied(after) == project
