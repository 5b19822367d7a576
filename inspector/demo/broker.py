"""A real Apache Kafka of one node, for the demo and the tests: started in seconds, gone without a trace."""

from __future__ import annotations

import base64
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from inspector.demo import jars, leash
from inspector.errors import DemoError

START_LIMIT_S = 90.0
LOG = "broker.log"
ROOM = 400 * 1024 * 1024
"""Bytes that must be free for the broker's data."""
PORTS = range(20_000, 32_000)
"""Below the ports that operating systems hand to outgoing connections: a broker that comes back finds its
port still free."""

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


def silent(_message: str) -> None:
    """Progress that nobody wants to hear."""


class KafkaBroker:
    """One broker on 127.0.0.1 with data in a private folder, both gone after `stop` or the owner's death.

    Args:
        folder: where the private folder is made; the system's temporary folder by default.
        port: a fixed port instead of any free one.
        also: further listeners by security protocol, such as `SASL_PLAINTEXT`; see `address_of`.
        properties: server properties besides, or instead of, those of a small node.
        format_arguments: arguments for Kafka's storage tool, such as `--add-scram` and its value.
        progress: told a sentence at every step.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        port: int | None = None,
        also: Sequence[str] = (),
        properties: Mapping[str, str] | None = None,
        format_arguments: Sequence[str] = (),
        progress: jars.Progress = silent,
    ) -> None:
        self._parent = folder
        self._fixed_port = port
        self._also = tuple(also)
        self._properties = dict(properties or {})
        self._format_arguments = tuple(format_arguments)
        self._progress = progress
        self._folder: Path | None = None
        self._ports: dict[str, int] = {}
        self._leash: subprocess.Popen[bytes] | None = None
        self._stopped = False

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients without a login; known once `start` has returned."""
        return self.address_of("PLAINTEXT")

    def address_of(self, listener: str) -> str:
        """`host:port` of a listener."""
        return f"127.0.0.1:{self._ports[listener]}"

    @property
    def running(self) -> bool:
        """Whether the broker's process is alive."""
        return self._leash is not None and self._leash.poll() is None

    def start(self) -> Self:
        """Start, or start again after `kill` on the same port and data; returns when clients are answered.

        Raises:
            DemoError: Java or Kafka cannot be had, the port is taken, the disk is full or not writable, the
                broker ended, or it did not answer in time.
        """
        command = [str(jars.java()), *JVM, "-cp", os.pathsep.join(map(str, jars.class_path(self._progress)))]
        try:
            folder = self._prepare()
            self._check_port()
            self._progress(f"Starting Apache Kafka {jars.KAFKA_VERSION}")
            if not (folder / "data" / "meta.properties").exists():
                self._format(command, folder)
            self._launch([*command, "kafka.Kafka", "server.properties"], folder)
        except OSError as failure:
            self.stop()
            raise DemoError(
                f"The demo's broker cannot be started: {failure.strerror or failure}.",
                "Free some disk space or set TMPDIR to a folder that can be written.",
            ) from failure
        except DemoError:
            self.stop()
            raise
        self._wait_until_answering(folder)
        return self

    def kill(self) -> None:
        """End the process at once, as a power cut would; the data stays for the next `start`."""
        self._end(b"kill\n")

    def stop(self) -> None:
        """End the broker and remove its data. May be called from another thread, and more than once."""
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

    def _prepare(self) -> Path:
        """The private folder with the server's properties in it, made at the first start."""
        if self._folder is not None and self._folder.exists():
            return self._folder
        parent = self._parent or Path(tempfile.gettempdir())
        free = shutil.disk_usage(parent).free
        if free < ROOM:
            raise DemoError(
                f"The demo's broker needs {ROOM // 2**20} MB, and {parent} has {free // 2**20} MB free.",
                "Free some space or set TMPDIR to another folder.",
            )
        self._folder = Path(tempfile.mkdtemp(prefix="eventscope-kafka-", dir=parent))
        names = ("PLAINTEXT", *self._also, "CONTROLLER")
        self._ports = dict(zip(names, _free_ports(len(names)), strict=True))
        if self._fixed_port is not None:
            self._ports["PLAINTEXT"] = self._fixed_port
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
        (self._folder / "server.properties").write_text(text, encoding="latin-1")
        return self._folder

    def _check_port(self) -> None:
        port = self._ports["PLAINTEXT"]
        if not 0 < port < 65_536:
            raise DemoError(f"There is no port {port}.", "Choose one between 1 and 65535, or none.")
        if not _is_free(port):
            raise DemoError(f"Port {port} is in use by another program.", "Choose another, or none.")

    def _format(self, command: Sequence[str], folder: Path) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        # Joined by "=", because an id may begin with a hyphen.
        tool = ("kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", "server.properties")
        code = self._launch([*command, *tool, *self._format_arguments], folder).wait()
        self._end(b"")
        if code:
            raise DemoError(f"Kafka refused the demo's settings: {_last_line(folder / LOG)}")

    def _launch(self, command: Sequence[str], folder: Path) -> subprocess.Popen[bytes]:
        """Run a program on the leash, so that neither it nor the folder outlives the owner."""
        if self._stopped:
            raise DemoError("The demo was stopped.")
        self._leash = subprocess.Popen(
            [sys.executable, "-I", "-S", leash.__file__, str(folder), str(folder / LOG), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Ctrl+C at a terminal is for the owner, who then ends the broker.
            start_new_session=True,
        )
        return self._leash

    def _wait_until_answering(self, folder: Path) -> None:
        limit = time.monotonic() + START_LIMIT_S
        while self.running:
            if _answers(self._ports["PLAINTEXT"]):
                return
            if time.monotonic() > limit:
                break
            time.sleep(0.05)
        happened = "did not answer in time" if self.running else "ended while it started"
        last = _last_line(folder / LOG)
        self.stop()
        raise DemoError(f"The demo's broker {happened}. {last}".rstrip())

    def _end(self, order: bytes) -> None:
        process, self._leash = self._leash, None
        if process is None:
            return
        assert process.stdin is not None
        with suppress(OSError):  # It may have ended by itself.
            process.stdin.write(order)
            process.stdin.close()
        process.wait()


def _free_ports(count: int) -> list[int]:
    found: set[int] = set()
    while len(found) < count:
        port = random.choice(PORTS)
        if _is_free(port):
            found.add(port)
    return list(found)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        if os.name == "posix":
            # As Java does it: connections that wait for their end do not hold the port.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _answers(port: int) -> bool:
    """Whether a broker answers ApiVersions (key 18, version 0), which it does once it is ready to serve."""
    client = b"eventscope-demo"
    request = struct.pack(">hhih", 18, 0, 1, len(client)) + client
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            return len(connection.recv(8)) > 0
    except OSError:
        return False


def _last_line(log: Path) -> str:
    """The most telling line of a Java log: the last one that is not part of a stack trace."""
    text = log.read_text("utf-8", "replace") if log.exists() else ""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith(("\t", " "))]
    return lines[-1].rpartition("Exception: ")[2][:300] if lines else ""
