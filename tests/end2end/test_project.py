"""A project at the command line: its servers, what it declares, and what is wrong with it."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from tests.end2end.conftest import Program

pytestmark = pytest.mark.end2end


def _one_sentence(done: subprocess.CompletedProcess[str], said: str) -> None:
    assert done.returncode == 2
    assert done.stdout == ""
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 2, done.stderr


@pytest.fixture
def topic(kafka: str) -> str:
    """A topic that nobody uses."""
    from confluent_kafka.admin import AdminClient, NewTopic

    name = f"declared-{uuid4().hex[:8]}"
    admin = AdminClient({"bootstrap.servers": kafka})
    admin.create_topics([NewTopic(name, 1, 1)])[name].result(20)
    return name


@pytest.mark.kafka
def test_scan_goes_by_a_project(program: Program, kafka: str, topic: str, tmp_path: Path) -> None:
    (tmp_path / "mail.yaml").write_text(
        "asyncapi: 3.0.0\ninfo: {title: Mail sender, contact: {name: Team Post}}\n"
        f"channels: {{c: {{address: {topic}}}}}\n"
        "operations: {take: {action: receive, channel: {$ref: '#/channels/c'}}}\n"
    )
    file = tmp_path / "eventscope.toml"
    file.write_text(
        f'asyncapi = ["mail.yaml", "missing.yaml"]\n\n[[connections]]\nurl = "kafka://{kafka}"\n'
        f'[[applications]]\nname = "till-writer"\nowner = "Ann"\nsends = ["{topic}", "nowhere"]\n'
    )
    before = file.read_text()
    done = program.run("scan", "--project", str(file), "--seconds", "2", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert "missing.yaml" in done.stderr
    found = json.loads(done.stdout)
    names = {each["id"]: each for each in found["applications"]}
    declared = {
        (names[each["application"]]["name"], each["action"]): each
        for each in found["operations"]
        if each["channel"].endswith(topic)
    }
    assert declared.keys() == {("till-writer", "send"), ("Mail sender", "receive")}
    operation = declared["till-writer", "send"]
    assert operation["confidence"] == 0.5
    assert [each["source"] for each in operation["evidence"]] == ["declared.project"]
    assert {each["owner"] for each in names.values() if each["owner"]} == {"Ann", "Team Post"}
    assert [each["message"] for each in found["findings"] if each["rule"] == "declared-channel-missing"] == [
        "eventscope.toml says that till-writer sends to nowhere, and no server has a channel of that name."
    ]
    assert file.read_text() == before


def test_scan_of_a_project_without_a_server(program: Program, tmp_path: Path) -> None:
    empty = tmp_path / "eventscope.toml"
    empty.write_text("")
    _one_sentence(program.run("scan", "--project", str(empty)), "names no server")


def test_a_wrong_project_is_one_sentence(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    _one_sentence(program.run("open", str(file)), "There is no file")
    file.write_text("[identities]\npatterns = ['(']\n")
    _one_sentence(program.run("scan", "--project", str(file)), "shop.toml, line 2: identities.patterns[1]")


def test_a_password_in_a_project_is_refused_unseen(program: Program, tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    file.write_text('[[connections]]\nurl = "kafka://ann:hunter2@127.0.0.1:1"\n')
    done = program.run("scan", "--project", str(file))
    _one_sentence(done, "password")
    assert "hunter2" not in done.stderr


@pytest.mark.kafka
def test_open_shows_a_project(program: Program, kafka: str, tmp_path: Path) -> None:
    file = tmp_path / "shop.toml"
    file.write_text(f'[[connections]]\nurl = "kafka://{kafka}"\n')
    picture = tmp_path / "p.png"
    done = program.run("open", str(file), "--screenshot", str(picture), "--after", "1")
    assert done.returncode == 0, done.stderr
    assert picture.stat().st_size > 20_000
