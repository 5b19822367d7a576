from __future__ import annotations

from graph.view.steps import Steps, done


def test_all_steps_are_done_and_what_they_made_is_given() -> None:
    taken: list[int] = []

    def work() -> Steps[str]:
        for number in range(4):
            taken.append(number)
            yield
        return "made"

    assert done(work()) == "made"
    assert taken == [0, 1, 2, 3]
