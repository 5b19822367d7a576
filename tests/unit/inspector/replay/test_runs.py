from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from graph.model import DependencyGraph
from inspector.errors import Unsupported
from inspector.link import Report, ResumeRun, RunMoved
from inspector.replay.appended import held
from inspector.replay.journal import Journals
from inspector.replay.planning import Circumstances
from inspector.replay.runs import Runs
from tests import replays


class Refusing:
    def sender(self) -> Any:
        raise Unsupported("Nothing can be sent there.", "Choose another server.")


async def test_what_refuses_to_send_leaves_no_journal_open(tmp_path: Path) -> None:
    journals = Journals(tmp_path / "runs")
    target = replays.capture(tmp_path / "c.evs", 20)
    run = replays.begun(journals, tmp_path / "c.evs", target)
    told: list[Report] = []

    async def connect(_: object) -> None: ...

    runs = Runs(told.append, connect, journals)
    known = Circumstances(
        DependencyGraph(), cast(Any, {target.server: Refusing()}), locked=lambda _server: False
    )
    await runs.obey(ResumeRun(run), known)
    (moved,) = told
    assert isinstance(moved, RunMoved)
    assert moved.run.message == "Nothing can be sent there. Choose another server."
    assert not held(journals.place(run) / "journal")
    runs.close()
