from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inspector.cli.replay_asked import Options, asked
from inspector.errors import InspectorError
from inspector.project.document import read
from inspector.project.model import Project
from inspector.replay.request import Order
from tests import replays

NOTHING = Options(None, "", [], None, "", None, None, False, Order.TIME, [], "", 3, False, False, False)


@pytest.fixture
def file(tmp_path: Path) -> str:
    replays.capture(tmp_path / "c.evs", 20)
    return str(tmp_path / "c.evs")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"source": None}, "Nothing says what to send."),
        ({"source": "nowhere.evs"}, "There is no file nowhere.evs."),
        ({"to": "kfk://x"}, "kfk:// is not known here."),
        ({"to": "kafka://a:1/x", "shadow": ".s"}, "A channel and --shadow exclude each other."),
        ({"to": "kafka://a:1/x", "back": True}, "A channel and --back exclude each other."),
        ({"rate": 5.0, "step": True}, "--rate, --speed and --step exclude each other."),
        ({"edits": ["nonsense"]}, "nonsense"),
    ],
)
def test_what_is_wrong_is_said(file: str, changes: Any, said: str) -> None:
    with pytest.raises(InspectorError, match=said):
        asked(replace(NOTHING, **{"source": file, **changes}), Project())


def test_without_a_target_they_go_to_shadows_where_they_are_from(file: str) -> None:
    found = asked(replace(NOTHING, source=file), Project())
    target = found.request.target
    assert (target.server, target.channel, target.ending) == (replays.SOURCE, None, ".shadow")
    assert found.urls == [str(replays.SOURCE)]
    assert "*.shadow, on shop.example:9092" in found.said
    project = read('[[connections]]\nurl = "kafka+tls://reader@shop.example:9092"\n', "p.toml")
    assert asked(replace(NOTHING, source=file), project).urls == ["kafka+tls://reader@shop.example:9092"]
    live = asked(replace(NOTHING, source="kafka://me@a:1?deep=yes", shadow=".x"), Project())
    assert (live.request.choice.source, live.request.target.ending) == ("kafka://me@a:1?deep=yes", ".x")


def test_lines_that_name_no_server_need_a_target(tmp_path: Path) -> None:
    lines = tmp_path / "lines.jsonl"
    lines.write_text(
        '{"topic":"a","partition":0,"offset":1,"tstype":"create","ts":1,"key":"k","payload":"1"}\n'
    )
    with pytest.raises(InspectorError, match=r"does not say which server .* --to URL"):
        asked(replace(NOTHING, source=str(lines)), Project())
