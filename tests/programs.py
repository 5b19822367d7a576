"""Programs that nobody here wrote, started as their users start them: from their published jars."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import jgo
import pytest

from graph.evidence import LIKELY
from graph.model import DependencyGraph
from inspector.demo import jars, leash
from inspector.engine import Engine
from inspector.link import Connect, Report, Stop

_KAFKA = "org.apache.kafka"
_LOG = "org.slf4j:slf4j-simple:1.7.36"
_PARTS = ("runtime", "file", "mirror", "json", "transforms", "basic-auth-extension")
CONNECT = "+".join([*(f"{_KAFKA}:connect-{part}:4.1.0" for part in _PARTS), _LOG])
STREAMS = f"{_KAFKA}:kafka-streams-examples:4.2.0+{_LOG}"
"""The examples that Apache Kafka publishes; there is no 4.1.0 of them."""
STREAMS_OF_BROKER = "+".join([*(f"{_KAFKA}:kafka-{part}:4.1.0" for part in ("streams", "clients")), STREAMS])
"""The same over the libraries of the broker's version: before 4.2 the streams protocol was not settled."""
JVM = ("-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData")


class Program:
    """One program on 127.0.0.1 in a folder of its own, ended and removed at the end of the `with`.

    Args:
        command: the program and its arguments.
        files: what lies in its folder, by name.
    """

    def __init__(self, *command: str, files: Mapping[str, str] | None = None) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="eventscope-program-"))
        for name, text in (files or {}).items():
            (self.folder / name).write_text(text)

    def __enter__(self) -> Self:
        log = self.folder / "log"
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", leash.__file__, str(self.folder), str(log), *self._command],
            stdin=subprocess.PIPE,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        if error is not None:
            sys.stderr.write(
                "\n".join(line for line in self.log.splitlines() if " INFO " not in line)[-4_000:]
            )
        self._process.communicate()
        # One that ended by itself leaves its folder.
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def log(self) -> str:
        """All that it wrote."""
        return (self.folder / "log").read_text()

    def until(self, condition: Callable[[], object], limit_s: float = 60.0) -> None:
        """Wait until something holds; fails when the program ends or it takes too long."""
        assert self._process is not None
        end = time.monotonic() + limit_s
        while not condition():
            if self._process.poll() is not None or time.monotonic() > end:
                pytest.fail(f"it does not run: {self.log[-4_000:]}")
            time.sleep(0.1)


def java(
    coordinates: str, main: str, *arguments: str, files: Mapping[str, str] | None = None, options: str = ""
) -> Program:
    """A Java program from its published jars, which jgo keeps in its cache."""
    try:
        with jars.alone(lambda _sentence: None):
            class_path = os.pathsep.join(map(str, jgo.build(coordinates).all_jars))
    except (OSError, RuntimeError, ValueError) as failure:
        if "kafka" in os.environ.get("EVENTSCOPE_REQUIRE", ""):
            raise
        pytest.skip(f"{main} cannot be had: {failure}")
    return Program(str(jars.java()), *JVM, *options.split(), "-cp", class_path, main, *arguments, files=files)


def properties(settings: Mapping[str, object]) -> str:
    """The text of a Java properties file."""
    return "".join(f"{name}={value}\n" for name, value in settings.items())


@dataclass
class Watching:
    """What Eventscope's engine finds at some addresses, for as long as the `async with` lasts."""

    urls: Sequence[str]

    async def __aenter__(self) -> Self:
        self._engine = Engine(None, self._deliver)
        self._running = asyncio.get_running_loop().create_task(self._engine.run())
        for url in self.urls:
            self._engine.commands.put_nowait(Connect(url))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._engine.commands.put_nowait(Stop())
        await self._running

    async def _deliver(self, reports: list[Report]) -> None:
        """Nobody reads them."""

    async def until(
        self, condition: Callable[[DependencyGraph], object], limit_s: float = 30.0
    ) -> DependencyGraph:
        """Wait until something holds of the graph."""
        end = time.monotonic() + limit_s
        while not condition(graph := self._engine.graph):
            if time.monotonic() > end:
                pytest.fail("not found:\n" + "\n".join(sorted(map(str, [*said(graph), *graph.routes]))))
            await asyncio.sleep(0.1)
        return graph


def said(graph: DependencyGraph, least: float = LIKELY, prefix: str = "") -> set[tuple[str, str, str]]:
    """Application, action and channel of the operations that are at least so sure, internal channels aside.

    Args:
        prefix: of the channels that count, where a test shares its Kafka with others.
    """
    return {
        (graph.applications[key.application].name or "?", str(key.action), key.channel.name)
        for key, operation in graph.operations.items()
        if operation.confidence >= least
        and not graph.channels[key.channel].internal
        and key.channel.name.startswith(prefix)
    }


def free_port() -> int:
    """A port that nobody listens on, below those of outgoing connections."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return port
