"""The structure that ARCHITECTURE.md promises."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(
    path.relative_to(ROOT)
    for package in ("graph", "inspector", "gui", "resources")
    for path in (ROOT / package).rglob("*.py")
)


def test_there_are_sources() -> None:
    assert len(SOURCES) > 50


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_a_file_is_short_enough_to_be_read(path: Path) -> None:
    assert len((ROOT / path).read_text().splitlines()) <= 500


def test_every_module_has_its_line_in_the_map() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    missing = [str(path) for path in SOURCES if path.name != "__init__.py" and f"`{path}`" not in text]
    assert missing == []


def test_no_module_is_named_like_a_pile() -> None:
    piles = {"utils", "util", "helpers", "helper", "misc", "manager", "common"}
    assert [str(path) for path in SOURCES if path.stem in piles] == []


def test_the_lock_names_no_download_host() -> None:
    assert "://" not in (ROOT / "requirements.lock").read_text()


def test_modules_import_alone() -> None:
    """No module leans on another one having been imported before it."""
    names = ["graph.topology", "inspector.link", "inspector.host", "inspector.engine", "inspector.cli"]
    for name in names:
        subprocess.run([sys.executable, "-c", f"import {name}"], cwd=ROOT, check=True, timeout=60)
