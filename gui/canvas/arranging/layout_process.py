"""Layouts of large graphs in a process of their own: tasks on standard input, answers on standard output.

It ends when its input ends, whatever became of the program that started it. A newer task, or None, makes an
older one void. No Qt here, so that it starts fast.
"""

from __future__ import annotations

import gc
import logging
import os
import pickle
import signal
import sys
import threading
import time
from typing import IO

from graph.layout.coordinates import Floats, Ints
from graph.layout.layout import Task
from inspector.frames import read_frame, write_frame

log = logging.getLogger("eventscope.layout")

Asked = tuple[int, Task | None]
"""A number that grows, and what is wanted now."""
Answer = tuple[int, float | str | tuple[Floats, Ints]]
"""The number of the task, and how much of it is done, 0 to 1, what went wrong, or what was found."""

TOLD_S = 0.04
"""How often it is told how much is done."""


class _SupersededError(Exception):
    """Something newer is wanted."""


class _Inbox:
    """The newest task; filled by a thread that ends the process with its input."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self.newest: Asked = (0, None)
        self._pipe = pipe
        self._news = threading.Condition()
        threading.Thread(target=self._listen, name="tasks", daemon=True).start()

    def _listen(self) -> None:
        while (data := read_frame(self._pipe)) is not None:
            with self._news:
                self.newest = pickle.loads(data)
                self._news.notify()
        os._exit(0)

    def wait(self, after: int) -> Asked:
        """The newest task once there is one with a greater number."""
        with self._news:
            self._news.wait_for(lambda: self.newest[0] > after)
            return self.newest


def _serve(inbox: _Inbox, link: IO[bytes]) -> None:
    number = 0
    while True:
        number, task = inbox.wait(number)
        if task is None:
            continue
        told = time.monotonic()

        def tell(done: float, own: int = number) -> None:
            nonlocal told
            if inbox.newest[0] != own:
                raise _SupersededError
            if time.monotonic() - told > TOLD_S:
                told = time.monotonic()
                _write(link, (own, done))

        try:
            _write(link, (number, task.run(tell)))
        except _SupersededError:
            continue
        except Exception as error:
            log.exception("a layout met a defect")
            _write(link, (number, f"{type(error).__name__}: {error}"))


def _write(link: IO[bytes], answer: Answer) -> None:
    write_frame(link, pickle.dumps(answer))


def main() -> None:
    """`python -m gui.canvas.arranging.layout_process`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    link = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    if hasattr(os, "nice"):
        os.nice(5)
    gc.freeze()
    try:
        _serve(_Inbox(sys.stdin.buffer), link)
    except OSError:  # nobody reads any more
        os._exit(0)


if __name__ == "__main__":
    main()
