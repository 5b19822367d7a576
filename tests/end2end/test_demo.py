"""`eventscope demo` as a user starts it: a real Kafka, the shop, the window, and nothing left afterwards."""

from __future__ import annotations

import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.end2end.conftest import Program

pytestmark = [pytest.mark.end2end, pytest.mark.kafka, pytest.mark.timeout(240)]


def _colours(picture: Path) -> tuple[Counter[tuple[int, int, int]], tuple[int, int]]:
    from PySide6.QtGui import QImage

    image = QImage(str(picture)).convertToFormat(QImage.Format.Format_RGB888)
    counts: Counter[tuple[int, int, int]] = Counter()
    width, height = image.width(), image.height()
    row = image.bytesPerLine()
    pixels = bytes(image.constBits())
    for y in range(0, height, 2):
        line = pixels[y * row : y * row + width * 3]
        counts.update(zip(line[::6], line[1::6], line[2::6], strict=False))
    return counts, (width, height)


def test_the_picture_shows_the_loops_and_nothing_is_left(program: Program, tmp_path: Path) -> None:
    from gui.theme import light

    picture = tmp_path / "demo.png"
    done = program.run(
        "demo", "--theme", "light", "--screenshot", str(picture), "--after", "60", timeout_s=220
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert str(picture) in done.stdout
    for word in ("pricing", "stock", "active", "runaway"):
        assert word in done.stdout
    colours, size = _colours(picture)
    assert size == (1600, 1000)
    for role in ("run", "act"):
        colour = getattr(light().palette, role)
        found = colours[(colour.red(), colour.green(), colour.blue())]
        assert found > 150, f"the colour of {role} loops covers only {found} sampled pixels"
    assert program.gone_within(15) == []


def _started(program: Program) -> subprocess.Popen[str]:
    """A demo that is up: its broker, its shop and its engine run."""
    child = program.start("demo", "--after", "200", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while len(program.left()) < 8:
        assert child.poll() is None, f"the demo ended by itself with {child.returncode}"
        assert time.monotonic() < deadline, "the demo did not come up"
        time.sleep(0.2)
    return child


def test_a_signal_ends_everything_in_order(program: Program) -> None:
    child = _started(program)
    child.send_signal(signal.SIGTERM)
    assert child.wait(timeout=30) in (0, 128 + signal.SIGTERM)
    assert program.gone_within(15) == []


def test_a_killed_window_leaves_nothing_running(program: Program) -> None:
    child = _started(program)
    child.kill()
    child.wait(timeout=10)
    assert program.gone_within(20) == []
