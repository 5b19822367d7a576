"""`eventscope replay` as people start it."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from inspector import traits
from inspector.record import Position, Record
from inspector.replay.access import Access
from inspector.replay.journal import Journals
from inspector.replay.run import RunState
from inspector.store.writer import CaptureWriter
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
    live = ("replay", f"{to}?deep=yes", f"channel:{origin.name}", "--channels", origin.name)
    file = tmp_path / "r.html"
    done = program.run(*live, "--seconds", "0.5", "--execute", "--yes", "--report", str(file))
    assert done.returncode == 0, done.stderr
    assert f"shadow channels, named *.shadow, on {kafka}" in done.stderr
    assert "100 of 100 records sent" in file.read_text()
    shadow = type(origin)(origin.server, origin.kind, f"{origin.name}.shadow")
    assert len(list(replays.held(origin))) == len(list(replays.held(shadow))) == 100
    done = program.run("replay", "--list", "--format", "json")
    (run,) = orjson.loads(done.stdout)
    access = Access.load(program.home / "data" / "eventscope" / "replays" / run["id"])
    assert access == Access(f"{to}?deep=yes")


def test_dead_letters_go_back_each_to_its_own_channel(program: Any, kafka: str) -> None:
    one, other = replays.topic(kafka, 1), replays.topic(kafka, 1)
    letters = type(one)(one.server, one.kind, "letters")
    records = [
        Record(letters, Position(0, number), number, None, b"%d" % number, headers)
        for number, headers in enumerate(
            [
                (("kafka_dlt-original-topic", one.name.encode()),),
                (("__connect.errors.topic", other.name.encode()),),
                (),
                (("kafka_dlt-original-topic", one.name.encode()),),
            ]
        )
    ]
    with closing(CaptureWriter.open(program.home / "c.evs")) as writer:
        writer.add(records, [traits.read(record) for record in records])
    asked = ("replay", "c.evs", "channel:letters", "--to", f"kafka://{kafka}", "--back", "--seconds", "0")
    done = program.run(*asked, "--execute", "--yes")
    assert done.returncode == 0, done.stderr
    assert "Sent 3 of 3 records" in done.stderr
    assert "1 of the chosen records is left out, as they do not say which channel" in done.stderr
    held = [[value for _, _, _, value, _ in replays.held(each)] for each in (one, other)]
    assert held == [[b"0", b"3"], [b"1"]]


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("127.0.0.1:1/x", "Nothing listens at 127.0.0.1:1."),
        ("KAFKA/gone", "There is no topic gone on KAFKA."),
    ],
)
def test_what_is_wrong_is_one_sentence(program: Any, kafka: str, target: str, said: str) -> None:
    replays.capture(program.home / "c.evs", 20)
    to = f"kafka://{target.replace('KAFKA', kafka)}"
    done = program.run("replay", "c.evs", "offset<5", "--to", to, "--seconds", "0")
    assert done.returncode in (1, 2), done.stderr
    assert said.replace("KAFKA", kafka) in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_stops_at_once_and_the_rest_goes_later(program: Any, kafka: str, eventually: Any) -> None:
    replays.capture(program.home / "c.evs", 150)
    target = replays.topic(kafka, 2)
    folder = program.home / "data" / "eventscope" / "replays"
    child = program.start(
        *("replay", "c.evs", "offset>=0", "--to", f"kafka://{kafka}/{target.name}", "--seconds", "0"),
        *("--rate", "30", "--execute", "--yes"),
    )
    eventually(lambda: any(5 < run.sent < 150 for run in Journals(folder).runs()), 40.0)
    child.send_signal(signal.SIGINT)
    _, told = child.communicate(timeout=10)
    (run,) = Journals(folder).runs()
    assert child.returncode == 2, told
    assert (run.state, run.flying) == (RunState.STOPPED, 0)
    assert f"{run.sent} of 150 records are sent." in told
    assert f"eventscope replay --resume {run.id}" in told
    assert len(list(replays.held(target))) == run.sent < 100
    done = program.run("replay", "--resume", run.id[:8], "--yes", "--report", "r.json")
    assert done.returncode == 0, done.stderr
    assert replays.counted(target, 150) == replays.Counted(0, 0, 0)
    report = orjson.loads((program.home / "r.json").read_bytes())
    assert report["format"] == "eventscope-replay/1"
    assert sum(each["records"] for each in report["landed"]) == 150


def test_one_by_one(program: Any, kafka: str) -> None:
    replays.capture(program.home / "c.evs", 2000)
    target = replays.topic(kafka, 1)
    child = program.start(
        *("replay", "c.evs", "offset>=0", "--to", f"kafka://{kafka}/{target.name}", "--seconds", "0"),
        *("--step", "--execute", "--yes", "--order", "channel"),
        stdin=subprocess.PIPE,
    )
    _, told = child.communicate("\n\nwhat\nq\n", timeout=60)
    assert child.returncode == 2, told
    assert len(list(replays.held(target))) == 2
    child = program.start("replay", "--resume", "last", "--yes", stdin=subprocess.PIPE)
    _, told = child.communicate("g\n", timeout=60)
    assert "Sent 2,000 of 2,000 records" in told
    assert replays.counted(target, 2000) == replays.Counted(0, 0, 0)
