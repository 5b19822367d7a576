"""Wrong input at the command line ends in one sentence and a documented exit code."""

from __future__ import annotations

import http.server
import json
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end2end.conftest import Program

pytestmark = pytest.mark.end2end


def _one_sentence(text: str) -> None:
    assert "Traceback" not in text
    assert text.strip(), "nothing was said"
    assert len(text.strip().splitlines()) <= 3, text


@pytest.fixture
def web_server() -> Iterator[int]:
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def silent_port() -> Iterator[int]:
    with closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.fixture
def closed_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_help_names_the_commands(program: Program) -> None:
    done = program.run("--help")
    assert done.returncode == 0
    for command in ("demo", "open", "scan"):
        assert command in done.stdout


def test_a_headless_command_imports_no_qt(program: Program) -> None:
    code = (
        "import sys; sys.argv = ['eventscope', 'scan', '--help']\n"
        "from gui.command import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "bad = [name for name in sys.modules if name.startswith(('PySide6', 'shiboken6', 'pyqtgraph'))]\n"
        "sys.exit(f'imported {bad}' if bad else 0)"
    )
    import subprocess

    done = subprocess.run(
        [sys.executable, "-c", code], env=program.environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("url", ["nonsense://x", "kafka://h:port", "kafka://"])
def test_a_wrong_address(program: Program, url: str) -> None:
    done = program.run("scan", url)
    assert done.returncode == 2
    assert done.stdout == ""
    _one_sentence(done.stderr)


def test_nothing_listens(program: Program, closed_port: int) -> None:
    done = program.run("scan", f"kafka://127.0.0.1:{closed_port}", "--seconds", "1")
    assert done.returncode == 2
    _one_sentence(done.stderr)
    assert f"127.0.0.1:{closed_port}" in done.stderr


def test_something_that_is_no_kafka(program: Program, web_server: int) -> None:
    done = program.run("scan", f"kafka://127.0.0.1:{web_server}", "--seconds", "1")
    assert done.returncode == 2
    _one_sentence(done.stderr)


def test_something_that_never_answers(program: Program, silent_port: int) -> None:
    done = program.run("scan", f"kafka://127.0.0.1:{silent_port}", "--seconds", "1", timeout_s=40)
    assert done.returncode == 2
    _one_sentence(done.stderr)


def test_a_password_in_the_address_is_warned_about_and_hidden(program: Program, closed_port: int) -> None:
    done = program.run("scan", f"kafka://ann:hunter2@127.0.0.1:{closed_port}", "--seconds", "1")
    assert done.returncode == 2
    assert "hunter2" not in done.stdout + done.stderr
    assert "EVENTSCOPE_PASSWORD" in done.stderr


@pytest.mark.kafka
def test_scan_prints_json_and_nothing_else(program: Program, kafka: str) -> None:
    done = program.run("scan", f"kafka://{kafka}", "--seconds", "2", "--format", "json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["format"] == "eventscope-topology/1"
    assert found["servers"][0]["address"] == kafka


@pytest.mark.kafka
def test_an_answer_that_cannot_be_written(program: Program, kafka: str, tmp_path: Path) -> None:
    target = tmp_path / "no such folder" / "answer.json"
    done = program.run("scan", kafka, "--seconds", "1", "--format", "json", "-o", str(target))
    assert done.returncode == 2
    _one_sentence(done.stderr)


@pytest.mark.parametrize("content", [b"", b"this is no capture", b"SQLite format 3\0" + b"x" * 4000])
def test_opening_a_file_that_is_no_capture(program: Program, tmp_path: Path, content: bytes) -> None:
    target = tmp_path / "strange.evs"
    target.write_bytes(content)
    done = program.run("open", str(target), "--screenshot", str(tmp_path / "p.png"), "--after", "1")
    assert done.returncode == 2
    _one_sentence(done.stderr)


def test_opening_a_file_that_is_not_there(program: Program, tmp_path: Path) -> None:
    done = program.run("open", str(tmp_path / "missing.evs"))
    assert done.returncode == 2
    _one_sentence(done.stderr)
