"""A real RabbitMQ with its management interface on 127.0.0.1, from the system's package."""

from __future__ import annotations

import os
import shutil
import socket
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path

from inspector.demo.servers.base import Progress, Server, ask, free_ports, silent
from inspector.errors import DemoError

PLUGINS = ("rabbitmq_management",)
PLACES = ("/usr/lib/rabbitmq", "/usr/local/lib/rabbitmq", "/opt/rabbitmq", "/opt/homebrew/opt/rabbitmq")
HOME = "RABBITMQ_HOME"
"""The environment variable that names the folder of a RabbitMQ elsewhere: the one with `sbin` in it."""
INSTALL = (
    "Install rabbitmq-server with the system's packages, or unpack its generic package, which needs Erlang, "
    f"and name its folder in {HOME}."
)


def program() -> Path | None:
    """The script that starts RabbitMQ; not the one on PATH of Linux packages, which switches user."""
    roots = [Path(named)] if (named := os.environ.get(HOME)) else [Path(each) for each in PLACES]
    for root in roots:
        found = sorted(root.glob("**/sbin/rabbitmq-server"))
        if found:
            return found[-1]
    on_path = shutil.which("rabbitmq-server")
    return Path(on_path) if on_path and not roots[0].is_dir() else None


class RabbitServer(Server):
    """One node, with the user `guest` that may do all.

    Args:
        folder: where the private folder is made; the system's temporary folder by default.
        configuration: lines of `rabbitmq.conf` beside the ports.
        plugins: what is enabled beside the management interface.
        port: the one that clients connect to; any free one by default.
        progress: told a sentence at every step.
    """

    system = "rabbitmq"
    title = "RabbitMQ"

    def __init__(
        self,
        folder: Path | None = None,
        configuration: str = "",
        *,
        plugins: Sequence[str] = (),
        port: int | None = None,
        progress: Progress = silent,
    ) -> None:
        super().__init__(folder, port=port, progress=progress)
        self.management_port, self._distribution, self._names = free_ports(3)
        self._configuration = configuration
        self._plugins = (*PLUGINS, *plugins)

    @property
    def address(self) -> str:
        """`host:port` of AMQP."""
        return f"127.0.0.1:{self.port}"

    @property
    def management(self) -> str:
        """The address of the management interface."""
        return f"http://127.0.0.1:{self.management_port}"

    @property
    def url(self) -> str:
        """What a person gives to connect."""
        return f"rabbitmq://guest:guest@{self.address}?management={self.management}"

    def _launch(self) -> None:
        script, epmd = program(), shutil.which("epmd")
        if script is None or epmd is None:
            raise DemoError(f"{'Erlang' if script else 'RabbitMQ'} is not installed here.", INSTALL)
        self._progress("Starting RabbitMQ")
        self._write()
        # Erlang's register of names would go on as a daemon if the node started it.
        names = [epmd, "-port", str(self._names), "-address", "127.0.0.1"]
        self._run(names, "epmd.log", self._environment())
        self._run([str(script), "-noinput"], environment=self._environment())

    def _write(self) -> None:
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = {self.address}\n"
            "management.tcp.ip = 127.0.0.1\n"
            f"management.tcp.port = {self.management_port}\n"
            "distribution.listener.interface = 127.0.0.1\n"
            "log.file = false\n"
            "log.console = true\n"
            f"{self._configuration}\n"
        )
        (self.folder / "plugins").write_text(f"[{','.join(self._plugins)}].\n")

    def _environment(self) -> dict[str, str]:
        here = self.folder
        return {
            "HOME": str(here),  # Erlang's cookie lies there
            "RABBITMQ_NODENAME": "eventscope@localhost",
            "RABBITMQ_MNESIA_BASE": str(here / "data"),
            "RABBITMQ_LOG_BASE": str(here / "log"),
            "RABBITMQ_PID_FILE": str(here / "pid"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(here / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(here / "rabbitmq"),
            "RABBITMQ_DIST_PORT": str(self._distribution),
            # Without it the script stays in between, and would leave the node behind.
            "RABBITMQ_ALLOW_INPUT": "1",
            "ERL_EPMD_PORT": str(self._names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }

    def _answers(self) -> bool:
        login = b64encode(b"guest:guest").decode()
        ask(f"{self.management}/api/overview", {"Authorization": f"Basic {login}"})
        with socket.create_connection(("127.0.0.1", self.port), 2) as line:
            line.sendall(b"AMQP\0\0\x09\x01")
            return len(line.recv(7)) == 7
