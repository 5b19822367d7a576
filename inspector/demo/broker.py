"""A real Apache Kafka of one node, for the demo and the tests: started in seconds, gone without a trace."""

from __future__ import annotations

import base64
import os
import shutil
import socket
import struct
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from inspector.demo import jars
from inspector.demo.servers.base import Progress, Server, free_ports, silent
from inspector.errors import DemoError

ROOM = 400 * 1024 * 1024
"""Bytes that must be free for the broker's data."""

JVM = ("-Xms128m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")

SMALL_NODE = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "log.dirs": "data",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "8",
    "offsets.topic.segment.bytes": "4194304",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.segment.bytes": "4194304",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "2",
    # A broker that comes back must wait until the session of the one before has run out.
    "broker.session.timeout.ms": "4000",
    "broker.heartbeat.interval.ms": "500",
    "group.initial.rebalance.delay.ms": "0",
    "log.retention.ms": "3600000",
    "log.retention.bytes": "33554432",
    "log.retention.check.interval.ms": "20000",
    "log.segment.bytes": "8388608",
    "log.index.size.max.bytes": "1048576",
    "log.cleaner.dedupe.buffer.size": "4194304",
    "num.network.threads": "2",
    "num.io.threads": "4",
    "background.threads": "2",
}
"""Server properties: one node that keeps an hour, and at most about 40 MB a partition."""


class KafkaBroker(Server):
    """One broker on 127.0.0.1 with data in a private folder, both gone after `stop` or the owner's death.

    Args:
        folder: where the private folder is made; the system's temporary folder by default.
        port: a fixed port instead of any free one.
        also: further listeners by security protocol, such as `SASL_PLAINTEXT`; see `address_of`.
        properties: server properties besides, or instead of, those of a small node.
        format_arguments: arguments for Kafka's storage tool, such as `--add-scram` and its value.
        progress: told a sentence at every step.
    """

    system = "kafka"
    title = "Apache Kafka"

    def __init__(
        self,
        folder: Path | None = None,
        *,
        port: int | None = None,
        also: Sequence[str] = (),
        properties: Mapping[str, str] | None = None,
        format_arguments: Sequence[str] = (),
        progress: Progress = silent,
    ) -> None:
        super().__init__(folder, port=port, progress=progress)
        self._also = tuple(also)
        self._properties = dict(properties or {})
        self._format_arguments = tuple(format_arguments)
        self._ports: dict[str, int] = {}

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients without a login; known once `start` has returned."""
        return self.address_of("PLAINTEXT")

    def address_of(self, listener: str) -> str:
        """`host:port` of a listener."""
        return f"127.0.0.1:{self._ports[listener]}"

    @property
    def url(self) -> str:
        """What a person gives to connect."""
        return f"kafka://{self.bootstrap}"

    def _launch(self) -> None:
        command = [str(jars.java()), *JVM, "-cp", os.pathsep.join(map(str, jars.class_path(self._progress)))]
        if not self._ports:
            self._prepare()
        self._progress(f"Starting {jars.KAFKA}")
        if not (self.folder / "data" / "meta.properties").exists():
            self._format(command)
        self._run([*command, "kafka.Kafka", "server.properties"])

    def _prepare(self) -> None:
        """Write the server's properties into its folder."""
        parent = self.folder.parent
        free = shutil.disk_usage(parent).free
        if free < ROOM:
            raise DemoError(
                f"The demo's broker needs {ROOM // 2**20} MB, and {parent} has {free // 2**20} MB free.",
                "Free some space or set TMPDIR to another folder.",
            )
        names = ("PLAINTEXT", *self._also, "CONTROLLER")
        self._ports = dict(zip(names, (self.port, *free_ports(len(names) - 1)), strict=True))
        properties = {
            **SMALL_NODE,
            "controller.quorum.voters": f"1@{self.address_of('CONTROLLER')}",
            "listener.security.protocol.map": ",".join(
                f"{name}:{'PLAINTEXT' if name == 'CONTROLLER' else name}" for name in names
            ),
            "listeners": ",".join(f"{name}://{self.address_of(name)}" for name in names),
            **self._properties,
        }
        # Paths in it are relative to the folder: a Java properties file is Latin-1 and splits at commas.
        text = "".join(f"{name}={value}\n" for name, value in properties.items())
        (self.folder / "server.properties").write_text(text, encoding="latin-1")

    def _format(self, command: Sequence[str]) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # Joined by "=", because an id may begin with a hyphen.
        tool = ("kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", "server.properties")
        code = self._run([*command, *tool, *self._format_arguments]).wait()
        self._end(b"kill\n")
        if code:
            raise DemoError(f"Kafka refused the demo's settings: {self._last_line()}")

    def _answers(self) -> bool:
        """Whether it answers ApiVersions (key 18, version 0), which it does once it is ready to serve."""
        client = b"eventscope-demo"
        request = struct.pack(">hhih", 18, 0, 1, len(client)) + client
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            return len(connection.recv(8)) > 0
