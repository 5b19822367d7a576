"""Nothing that the program writes, prints or shows to other processes holds the secret."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.kafka

MARK = "mark7f3a9c"
ROOT = Path(__file__).resolve().parents[3]
MAIN = "import sys; from gui.command import main; sys.exit(main())"
WINDOW = """
import logging, sys
from inspector import secrets
secrets.from_environment()
logging.basicConfig(level=logging.DEBUG)
from PySide6.QtCore import QTimer
from gui.app import Program
from inspector.connection import parse
program = Program("light")
window = program.window()
window.show()
program.connect(window, parse("{url}"), keep=True)
def refused(report):
    print(report, "refused", sep="\\n", flush=True)
    QTimer.singleShot(800, program.close)
window.session.refused.connect(refused)
QTimer.singleShot(20000, program.close)
sys.exit(program.run())
"""
SCAN = ("--debug", "scan", "--seconds", "1", "--format", "json")


def start(
    home: Path, code: str, *arguments: str, given: str = "", stdin: int = subprocess.PIPE
) -> subprocess.Popen[str]:
    """The program with an empty home, and `given` in `EVENTSCOPE_PASSWORD`."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR", "HOME") if name in os.environ}
    places = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "DATA", "CACHE", "STATE")}
    settings = {
        "PYTHONPATH": str(ROOT),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        "QT_QPA_PLATFORM": "offscreen",
        "EVENTSCOPE_PASSWORD": given,
    }
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=home,
        env={**kept, **places, **settings},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def clean(text: str | bytes) -> None:
    """Fail where the secret is in it, as it is or as it goes over the wire."""
    data = text.encode() if isinstance(text, str) else text
    wired = [base64.b64encode(form.encode()) for form in (f"\0ann\0{MARK}", f"ann:{MARK}", f"shop:{MARK}")]
    assert not [form for form in (MARK.encode(), *wired) if form in data]


@pytest.mark.parametrize(
    ("url", "given", "said"),
    [
        ("kafka://ann@{LOGIN}", MARK, "refused the login of ann"),
        ("kafka://ann:mark7f3a9c@{LOGIN}", "", "shell's history"),
        ("kafka://shop@{LOGIN}?{token}", MARK, "invalid_client"),
    ],
)
def test_a_scan_that_is_refused(
    tmp_path: Path, address: Callable[[str], str], url: str, given: str, said: str
) -> None:
    child = start(tmp_path, MAIN, *SCAN, address(url), given=given)
    out, err = child.communicate(timeout=40)
    assert child.returncode == 2
    assert said in err
    clean(out + err)


def test_a_scan_that_is_given_its_password_apart(tmp_path: Path, address: Callable[[str], str]) -> None:
    url = address("kafka://ben@{LOGIN}")
    child = start(tmp_path, MAIN, *SCAN, url, "-o", "out.json", "--password-stdin")
    out, err = child.communicate(f"{MARK}\n", timeout=40)
    assert child.returncode == 0, err
    answer = (tmp_path / "out.json").read_text()
    assert json.loads(answer)["servers"]
    clean(out + err + answer)


def test_a_scan_that_asks_for_the_password_at_a_terminal(
    tmp_path: Path, address: Callable[[str], str]
) -> None:
    theirs, ours = os.openpty()
    child = start(tmp_path, MAIN, *SCAN, address("kafka://ben@{LOGIN}"), stdin=ours)
    try:
        assert child.stderr is not None
        asked = ""
        while not asked.endswith(": ") and (letter := child.stderr.read(1)):
            asked += letter
        assert "Password of ben on kafka://" in asked
        os.write(theirs, f"{MARK}\n".encode())
        out, err = child.communicate(timeout=40)
        os.set_blocking(theirs, False)
        with contextlib.suppress(BlockingIOError):  # nothing at all was echoed
            clean(os.read(theirs, 4096))
    finally:
        child.kill()
        child.communicate()
        os.close(theirs)
        os.close(ours)
    assert child.returncode == 0, err
    clean(out + err)


def test_a_defect_with_its_traceback(tmp_path: Path, address: Callable[[str], str]) -> None:
    defect = "import inspector.brokers.kafka.reception as reception; reception.explain = None"
    child = start(tmp_path, f"{defect}\n{MAIN}", *SCAN, address("kafka://ann@{LOGIN}"), given=MARK)
    out, err = child.communicate(timeout=40)
    assert "Traceback" in err
    assert "TypeError" in err
    clean(out + err)


def test_the_window_its_engine_and_its_files(tmp_path: Path, address: Callable[[str], str]) -> None:
    code = WINDOW.format(url=address("kafka://ann@{LOGIN}?registry=http://reg:mark7f3a9c@127.0.0.1:1"))
    child = start(tmp_path, code, given=MARK)
    assert child.stdout is not None
    seen = b""
    try:
        while (line := child.stdout.readline().strip()) != "refused":
            assert child.poll() is None, child.communicate()
            clean(line)
        for entry in Path(f"/proc/{child.pid}/task").glob("*/children"):
            for pid in entry.read_text().split():
                seen += Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
    finally:
        out, err = child.communicate(timeout=40)
    assert child.returncode == 0, err
    assert b"inspector.engine_process" in seen
    clean(seen)
    clean(out + err)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"window.json"} <= {path.name for path in files}
    assert any(path.suffix == ".evs" for path in files)
    for path in files:
        clean(path.read_bytes())
