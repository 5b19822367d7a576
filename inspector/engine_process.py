"""The engine as a process: commands on standard input, reports on standard output.

It ends when its input ends, whatever became of the program that started it.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import IO

from inspector.brokers.base import Budget
from inspector.engine import Engine
from inspector.frames import read_frame, write_frame
from inspector.link import Command, Report, Stop, decode_command, encode

log = logging.getLogger("eventscope.engine")


def _own_output() -> IO[bytes]:
    """The pipe to the client; whatever else prints goes to standard error from now on."""
    link = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return link


async def _serve(capture: Path, budget: Budget, link: IO[bytes]) -> None:
    loop = asyncio.get_running_loop()
    connected = True

    async def deliver(reports: list[Report]) -> None:
        nonlocal connected
        if connected:
            try:
                await asyncio.to_thread(write_frame, link, encode(reports))
            except OSError:
                connected = False

    engine = Engine(capture, deliver, budget)

    def put(command: Command) -> None:
        engine.commands.put_nowait(command)

    def listen() -> None:
        while (data := read_frame(sys.stdin.buffer)) is not None:
            loop.call_soon_threadsafe(put, decode_command(data))
        try:
            loop.call_soon_threadsafe(put, Stop())
        except RuntimeError:  # the engine has ended already
            return

    threading.Thread(target=listen, name="commands", daemon=True).start()
    await engine.run()


def collect_seldom() -> None:
    """Let the garbage collector look at what is new only now and then, and at what is loaded never."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def main() -> None:
    """`python -m inspector.engine_process CAPTURE BYTES_PER_SECOND`."""
    # Ctrl+C reaches the whole group; the window decides when the engine ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    link = _own_output()
    if hasattr(os, "nice"):
        os.nice(10)
    collect_seldom()
    code = 0
    try:
        asyncio.run(_serve(Path(sys.argv[1]), Budget(int(sys.argv[2])), link))
    except Exception:
        log.exception("the engine met a defect")
        code = 70
    # The thread that waits for input would hold up the interpreter's own ending.
    os._exit(code)


if __name__ == "__main__":
    main()
