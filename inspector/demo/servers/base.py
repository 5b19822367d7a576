"""A real server on 127.0.0.1 for the demo and the tests: in a folder of its own, gone without a trace."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from inspector.demo import leash
from inspector.errors import DemoError

LOG = "server.log"
"""What the server prints, in its folder."""
LOOK_EVERY_S = 0.05
PORTS = range(20_000, 32_000)
"""Below the ports that operating systems hand to outgoing connections: a server that comes back finds its
port still free."""

Progress = Callable[[str], None]
"""Is told a sentence at every step."""


def silent(_sentence: str) -> None:
    """Progress that nobody wants to hear."""


class Server(ABC):
    """One server, whose processes and data are gone after `stop`, the end of a `with`, or the owner's death.

    Args:
        folder: where its private folder is made; the system's temporary folder by default.
        port: the one that clients connect to; any free one by default.
        progress: told a sentence at every step.
    """

    system: ClassVar[str]
    """The scheme of its addresses."""
    title: ClassVar[str]
    """What people call it."""
    start_limit_s: ClassVar[float] = 90.0

    def __init__(
        self, folder: Path | None = None, *, port: int | None = None, progress: Progress = silent
    ) -> None:
        self.port = free_ports(1)[0] if port is None else port
        self._parent = folder
        self._folder: Path | None = None
        self._progress = progress
        self._leashes: list[subprocess.Popen[bytes]] = []
        self._stopped = False

    @property
    @abstractmethod
    def url(self) -> str:
        """What a person gives to connect."""

    @abstractmethod
    def _launch(self) -> None:
        """Write what it reads and `_run` its processes, the server itself last; raises DemoError."""

    @abstractmethod
    def _answers(self) -> bool:
        """Whether clients are answered; an OSError says no."""

    @property
    def folder(self) -> Path:
        """Its private folder, made when first asked for."""
        if self._folder is None:
            parent = self._parent or Path(tempfile.gettempdir())
            self._folder = Path(tempfile.mkdtemp(prefix=f"eventscope-{self.system}-", dir=parent))
        return self._folder

    @property
    def running(self) -> bool:
        """Whether the server's process is alive."""
        return bool(self._leashes) and self._leashes[-1].poll() is None

    def start(self) -> Self:
        """Start, or start again after `kill` with the same ports and data; returns when clients are answered.

        Raises:
            DemoError: it cannot be had here, the disk is full or not writable, it ended, or it did not answer
                in time; then nothing of it is left.
        """
        try:
            self._check_port()
            self._launch()
            self._wait_until_answering()
        except OSError as failure:
            self.stop()
            raise DemoError(
                f"{self.title} cannot be started: {failure.strerror or failure}.",
                "Free some disk space or set TMPDIR to a folder that can be written.",
            ) from failure
        except DemoError:
            self.stop()
            raise
        return self

    def kill(self) -> None:
        """End the processes at once, as a power cut would; the data stays for the next `start`."""
        self._end(b"kill\n")

    def stop(self) -> None:
        """End it and remove its data. May be called from another thread, and more than once."""
        self._stopped = True
        self._end(b"")
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _check_port(self) -> None:
        if not 0 < self.port < 65_536:
            raise DemoError(f"There is no port {self.port}.", "Choose one between 1 and 65535, or none.")
        if not is_free(self.port):
            raise DemoError(f"Port {self.port} is in use by another program.", "Choose another, or none.")

    def _run(
        self, command: Sequence[str], log: str = LOG, environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Run a program on the leash, so that neither it nor the folder outlives the owner."""
        if self._stopped:
            raise DemoError("The demo was stopped.")
        here = self.folder
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", leash.__file__, str(here), str(here / log), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=None if environment is None else os.environ | environment,
            # Ctrl+C at a terminal is for the owner, who then ends the server.
            start_new_session=True,
        )
        self._leashes.append(process)
        return process

    def _wait_until_answering(self) -> None:
        limit = time.monotonic() + self.start_limit_s
        while self.running:
            with suppress(OSError, HTTPException):
                if self._answers():
                    return
            if time.monotonic() > limit:
                break
            time.sleep(LOOK_EVERY_S)
        happened = "did not answer in time" if self.running else "ended while it started"
        raise DemoError(f"{self.title} {happened}. {self._last_line()}".rstrip())

    def _last_line(self) -> str:
        """The most telling line of the log: the last one that is not part of a Java stack trace."""
        log = self.folder / LOG
        text = log.read_text("utf-8", "replace") if log.exists() else ""
        lines = [line.strip() for line in text.splitlines() if line.strip() and line[0] not in "\t "]
        return lines[-1].rpartition("Exception: ")[2][:300] if lines else ""

    def _end(self, order: bytes) -> None:
        leashes, self._leashes = self._leashes, []
        for process in reversed(leashes):
            assert process.stdin is not None
            with suppress(OSError):  # It may have ended by itself.
                process.stdin.write(order)
                process.stdin.close()
            process.wait()


def ask(address: str, headers: Mapping[str, str] | None = None) -> bytes:
    """What a server on this machine answers by HTTP, whatever proxy the system has; raises OSError."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(urllib.request.Request(address, headers=dict(headers or {})), timeout=2) as answer:
        return bytes(answer.read())


def free_ports(count: int) -> list[int]:
    """So many ports that nobody listens on."""
    found: set[int] = set()
    while len(found) < count:
        port = random.choice(PORTS)
        if is_free(port):
            found.add(port)
    return list(found)


def is_free(port: int) -> bool:
    """Whether a server can listen on a port of 127.0.0.1."""
    with socket.socket() as probe:
        if os.name == "posix":
            # As servers do it: connections that wait for their end do not hold the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
