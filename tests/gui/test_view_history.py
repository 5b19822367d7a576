"""Back and forward, compared with a browser's two stacks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.view_history import MOST, ViewHistory

STEPS = st.lists(st.one_of(st.integers(0, 3), st.sampled_from(["back", "forward"])), max_size=40)


@given(STEPS)
def test_it_goes_back_and_forward_like_a_browser(steps: list[int | str]) -> None:
    history: ViewHistory[int] = ViewHistory()
    before: list[int] = []
    after: list[int] = []
    now: int | None = None
    for step in steps:
        if step == "back":
            if before:
                assert now is not None
                after.append(now)
                now = before.pop()
                assert history.back() == now
            else:
                with pytest.raises(IndexError):
                    history.back()
        elif step == "forward":
            if after:
                assert now is not None
                before.append(now)
                now = after.pop()
                assert history.forward() == now
            else:
                with pytest.raises(IndexError):
                    history.forward()
        elif step != now:
            if now is not None:
                before.append(now)
            now, after = int(step), []
            history.visit(now)
        else:
            history.visit(int(step))
        assert (history.has_back, history.has_forward) == (bool(before), bool(after))


def test_a_view_that_changes_a_little_is_no_step() -> None:
    history: ViewHistory[str] = ViewHistory()
    history.replace("a")
    history.visit("b")
    history.replace("b, nearer")
    assert history.back() == "a"
    assert history.forward() == "b, nearer"


def test_only_so_many_are_remembered() -> None:
    history: ViewHistory[int] = ViewHistory()
    for number in range(MOST + 5):
        history.visit(number)
    for _ in range(MOST - 1):
        oldest = history.back()
    assert oldest == 5
    assert not history.has_back
