"""What counts as an alert while somebody watches."""

from __future__ import annotations

import pytest

from graph.model import LoopStatus
from inspector.check.rules import FailOn
from inspector.cli.check import Format
from inspector.cli.guard import _Watcher
from inspector.cli.terminal import Terminal
from inspector.loops.acknowledged import acknowledged
from inspector.project.model import AcknowledgedLoop, Project
from tests.rings import ring

KNOWN = Project(acknowledged=(AcknowledgedLoop(("prices", "stock", "levels", "pricing"), "Meant.", 0.5),))
NOISY = (0.8, 0.7, 0.9)


@pytest.mark.parametrize(
    ("fail_on", "known", "told"),
    [
        ("warning", False, True),
        ("error", False, False),
        ("error", True, True),
        ("runaway-loop", True, False),
        ("unacknowledged", False, True),
        ("unacknowledged", True, False),
        ("acknowledgement-broken", True, True),
        ("", False, False),
    ],
)
def test_what_fails_the_check_is_told_while_it_watches(
    fail_on: str, known: bool, told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    watcher = _Watcher(Terminal(), Format.TEXT, FailOn.of([fail_on]), None)
    watcher(acknowledged(ring(LoopStatus.ACTIVE, NOISY), KNOWN if known else Project()))
    assert watcher.alerted is told
    assert bool(capsys.readouterr().out) is told
