"""The program as a user starts it, and a way to see that nothing of it is left."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

MARK = "EVENTSCOPE_TEST_MARK"
ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Program:
    """Starts `eventscope` with an empty home; every process of it carries a mark in its environment."""

    home: Path
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def environment(self) -> dict[str, str]:
        shared = {"PATH", "LANG", "TMPDIR", "HOME", "PYTHONDONTWRITEBYTECODE"}
        kept = {name: value for name, value in os.environ.items() if name in shared or "CERT" in name}
        return {
            **kept,
            MARK: self.mark,
            "PYTHONPATH": str(ROOT),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_DATA_HOME": str(self.home / "data"),
            "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring",
        }

    def start(self, *arguments: str, **options: object) -> subprocess.Popen[str]:
        return subprocess.Popen(  # type: ignore[call-overload,no-any-return]
            [sys.executable, "-m", "gui", *arguments],
            cwd=self.home,
            env=self.environment(),
            text=True,
            **{
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                **options,
            },
        )

    def run(self, *arguments: str, timeout_s: float = 60.0) -> subprocess.CompletedProcess[str]:
        child = self.start(*arguments)
        try:
            out, err = child.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            child.kill()
            out, err = child.communicate()
            pytest.fail(f"{arguments} did not end within {timeout_s} s\n{out}\n{err}")
        return subprocess.CompletedProcess(child.args, child.returncode, out, err)

    def left(self) -> list[int]:
        """Process ids that still carry the mark."""
        wanted = f"{MARK}={self.mark}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*/environ"):
            try:
                if wanted in entry.read_bytes().split(b"\0"):
                    found.append(int(entry.parent.name))
            except OSError:
                continue
        return found

    def gone_within(self, seconds: float) -> list[int]:
        """What is left after waiting for everything to end."""
        deadline = time.monotonic() + seconds
        while (left := self.left()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return left


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    program = Program(tmp_path)
    yield program
    assert program.gone_within(15) == [], "processes of the program are left running"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running demo shop."""
    from inspector.demo.handle import DemoProcess

    demo = DemoProcess()
    try:
        yield demo.wait_ready(timeout_s=150)
    finally:
        demo.stop()


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool], float], None]:
    """Wait until something holds."""

    def wait(holds: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"did not hold within {seconds} s"
            time.sleep(0.05)

    return wait
