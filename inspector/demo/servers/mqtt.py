"""A real Mosquitto on 127.0.0.1, from the system's package."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

from inspector.demo.servers.base import Progress, Server, silent
from inspector.errors import DemoError

PLACES = ("/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin", r"C:\Program Files\mosquitto")
INSTALL = "Install the system's package mosquitto."
CONNECT = b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x05\x00\x00"
"""A client without a name (MQTT 3.1.1, section 3.1)."""


def program() -> Path | None:
    """The broker; packages put it where PATH of a plain user does not look."""
    found = shutil.which("mosquitto", path=os.pathsep.join((os.environ.get("PATH", ""), *PLACES)))
    return Path(found) if found else None


class MqttServer(Server):
    """One Mosquitto. `configuration` is text of its configuration file beside the listener and the store."""

    system = "mqtt"
    title = "Mosquitto"
    start_limit_s = 20.0

    def __init__(
        self,
        folder: Path | None = None,
        configuration: str = "allow_anonymous true",
        *,
        port: int | None = None,
        progress: Progress = silent,
    ) -> None:
        super().__init__(folder, port=port, progress=progress)
        self._configuration = configuration

    @property
    def address(self) -> str:
        """`host:port`."""
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """What a person gives to connect."""
        return f"mqtt://{self.address}"

    def _launch(self) -> None:
        mosquitto = program()
        if mosquitto is None:
            raise DemoError("Mosquitto is not installed here.", INSTALL)
        self._progress("Starting Mosquitto")
        lines = [
            f"listener {self.port} 127.0.0.1",
            "persistence true",
            f"persistence_location {self.folder}/",
            "autosave_interval 1",
            "autosave_on_changes true",
            "sys_interval 1",
            self._configuration,
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            # Started by root it would become a user who may not write here.
            lines.append("user root")
        (self.folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
        self._run([str(mosquitto), "-c", "mosquitto.conf"])

    def _answers(self) -> bool:
        with socket.create_connection(("127.0.0.1", self.port), 1) as line:
            line.settimeout(1)
            line.sendall(CONNECT)
            return line.recv(1) == b"\x20"
