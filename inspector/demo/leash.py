"""Runs one program that must not outlive its owner: `python leash.py FOLDER LOG PROGRAM ARGUMENTS...`.

The owner holds the other end of this process's standard input. The line `kill` ends the program at once
and keeps its folder; the end of the input, which the owner's own death is too, ends it and removes the
folder. Standard library alone, so that it starts in a few milliseconds.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that a process gets when the thread that started it ends."""


def main(folder: str, log: str, *command: str) -> None:
    """Run `command` inside `folder` until it ends by itself or the owner says so."""
    with Path(log).open("ab") as output:
        program = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=_death_with_parent(),
        )
    ordered = threading.Event()

    def leave_with_it() -> None:
        code = program.wait()
        if not ordered.is_set():
            os._exit(code & 0xFF)

    threading.Thread(target=leave_with_it, daemon=True).start()
    order = sys.stdin.readline()
    ordered.set()
    program.kill()
    program.wait()
    if not order:
        shutil.rmtree(folder, ignore_errors=True)


def _death_with_parent() -> Callable[[], None] | None:
    """So that the program ends on Linux even when this process itself is killed."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main(*sys.argv[1:])
