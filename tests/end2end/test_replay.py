"""`eventscope replay` as people start it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest

from inspector.replay.journal import Journals
from tests import replays

pytestmark = [pytest.mark.end2end, pytest.mark.timeout(180)]


def test_plan_refuse_send_and_list(program: Any, kafka: str, tmp_path: Path) -> None:
    file = tmp_path / "c.evs"
    replays.capture(file, 400)
    target = replays.topic(kafka, 2)
    to = ("--to", f"kafka://{kafka}/{target.name}", "--seconds", "0")

    done = program.run("replay", str(file), "offset<50", *to, "--format", "json")
    plan = orjson.loads(done.stdout)
    assert (done.returncode, plan["records"], plan["why_not"]) == (0, 200, "")
    assert [end for _, end in plan["ways"][0]["ends"]] == [50] * 4
    assert list(replays.held(target)) == []

    done = program.run("replay", str(file), "offset<50", *to, "--execute")
    assert done.returncode == 2
    assert "--yes" in done.stderr
    (program.home / "p.toml").write_text('[protected]\nchannels = ["shadow-*"]\n')
    done = program.run(
        *("replay", str(file), "offset<50", *to, "--execute", "--yes", "--force", "x", "--project", "p.toml")
    )
    assert done.returncode == 1
    assert "protects" in done.stderr
    assert list(replays.held(target)) == []

    done = program.run(
        *("replay", str(file), "offset<50", *to, "--execute", "--yes"), *("--edit", "header.x=y")
    )
    assert done.returncode == 0, done.stderr
    assert "Sent 200 of 200 records" in done.stderr
    numbers = sorted(int((value or b"").partition(b" ")[0]) for _, _, _, value, _ in replays.held(target))
    assert numbers == list(range(200))

    runs = orjson.loads(program.run("replay", "--list", "--format", "json").stdout)
    assert [(run["state"], run["sent"], run["total"]) for run in runs] == [("done", 200, 200)]
    done = program.run("replay", "--resume", "last", "--yes")
    assert "Nothing is left" in done.stderr
    audit = program.home / "data" / "eventscope" / "replays" / "audit.jsonl"
    lines = [orjson.loads(line) for line in audit.read_bytes().splitlines()]
    assert [(line["what"], line["sent"]) for line in lines] == [("begun", 0), ("ended", 200)]


def test_a_server_s_own_records_go_to_a_shadow(program: Any, kafka: str, tmp_path: Path) -> None:
    file = tmp_path / "c.evs"
    replays.capture(file, 100)
    origin = replays.topic(kafka, 2)
    journals, to = Journals(tmp_path / "runs"), f"kafka://{kafka}"
    asyncio.run(replays.gone_on(journals, replays.begun(journals, file, origin), to))
    common = ("--seconds", "0", "--execute", "--yes")
    live = ("replay", to, f"channel:{origin.name}", "--channels", origin.name)
    done = program.run(*live, "--to", to, "--shadow", ".shadow", *common)
    assert done.returncode == 0, done.stderr
    shadow = type(origin)(origin.server, origin.kind, f"{origin.name}.shadow")
    assert len(list(replays.held(origin))) == len(list(replays.held(shadow))) == 100
