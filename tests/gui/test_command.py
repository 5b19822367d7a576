"""The entry point without a display, and its one-sentence failures."""

from __future__ import annotations

import builtins
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from gui import command


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["eventscope", *arguments])
    return command.main()


@pytest.fixture
def no_display(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")


@pytest.mark.usefixtures("no_display")
def test_without_a_display_the_window_is_refused_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch) == 2
    said = capsys.readouterr().err
    assert "There is no display" in said
    assert "eventscope scan" in said
    assert os.environ["QT_QPA_PLATFORM"] == "offscreen"


def test_a_platform_that_was_chosen_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    assert command._display()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert not command._display()


def test_missing_libraries_are_named(
    monkeypatch: pytest.MonkeyPatch, capture: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    real = builtins.__import__

    def broken(name: str, *rest: Any, **more: Any) -> ModuleType:
        if name == "gui.app":
            raise ImportError("libEGL.so.1: cannot open shared object file")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", broken)
    assert _run(monkeypatch, "open", str(capture), "--screenshot", str(tmp_path / "x.png")) == 2
    said = capsys.readouterr().err
    assert "libEGL.so.1" in said
    assert "apt-get install" in said
    assert "Traceback" not in said


def test_a_missing_file_is_said_before_qt_is_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, "open", str(tmp_path / "missing.evs")) == 2
    assert "missing.evs" in capsys.readouterr().err
