"""What all tests share: a real Kafka, and the rule that a test leaves nothing behind."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadFileScheduling

    from inspector.demo.broker import KafkaBroker
    from inspector.demo.servers.base import Server

S = TypeVar("S", bound="Server")
REQUIRED = set(filter(None, os.environ.get("EVENTSCOPE_REQUIRE", "").split(",")))
"""Brokers without which the suite must fail instead of skipping."""
WITH_DEMO = ("tests/end2end/test_demo.py", "tests/end2end/test_scan.py", "tests/demo/test_demo.py")

# A loaded machine is slow; that is no defect of what is tested.
settings.register_profile("shared", deadline=None)
settings.load_profile("shared")

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Download the broker before the tests begin: it takes longer than most of them wait for it."""
    if "kafka" in REQUIRED and not hasattr(session.config, "workerinput"):
        from inspector.demo.jars import class_path

        class_path(lambda _sentence: None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    """Keep the tests of a file on one worker, and on one all that start the whole demo.

    Its clocks run late where two of it share a small machine.
    """
    from xdist.scheduler import LoadFileScheduling

    class OneDemo(LoadFileScheduling):  # type: ignore[misc] # it has no types
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return "demo" if file in WITH_DEMO else file

    return OneDemo(config, log)


def _children() -> set[int]:
    """Process ids of this process's children; empty where /proc is missing."""
    found: set[int] = set()
    for entry in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError):  # a thread that ended while we looked
            found.update(int(pid) for pid in entry.read_text().split())
    return found


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves a thread or a process running."""
    threads = set(threading.enumerate())
    children = _children()
    yield
    deadline = time.monotonic() + 3.0
    while time.monotonic() < deadline:
        left = [thread for thread in threading.enumerate() if thread not in threads and _counts(thread)]
        processes = _children() - children
        if not left and not processes:
            return
        time.sleep(0.02)
    pytest.fail(f"{request.node.name} leaves behind threads {left} and processes {sorted(processes)}")


def _counts(thread: threading.Thread) -> bool:
    # Executors of the loop and of Qt's pool are kept for reuse and end with the process.
    return not thread.name.startswith(("asyncio_", "Dummy-", "pool-", "QThreadPool"))


@pytest.fixture(autouse=True)
def no_unexpected_log(caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test during which the product logs an error that the test did not announce."""
    yield
    if request.node.get_closest_marker("expects_log") is not None:
        return
    bad = [
        record
        for record in caplog.get_records("call")
        if record.levelno >= logging.ERROR and record.name.startswith(("eventscope", "asyncio"))
    ]
    if bad:
        pytest.fail("unexpected log: " + "; ".join(record.getMessage() for record in bad))


@pytest.fixture(autouse=True)
def no_pending_tasks() -> Iterator[None]:
    """Fail a synchronous test that leaves tasks in a loop of its own."""
    yield
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    pending = [task for task in asyncio.all_tasks(loop) if not task.done()]
    assert not pending, f"tasks left running: {pending}"


@pytest.fixture(scope="session")
def start_server() -> Callable[[S], S]:
    """Start a server; where there can be none, fail if its system is required and skip otherwise."""
    from inspector.errors import DemoError

    def start(server: S) -> S:
        try:
            return server.start()
        except DemoError as reason:
            if server.system in REQUIRED:
                raise
            pytest.skip(f"no {server.title}: {reason}")

    return start


@pytest.fixture(scope="session")
def kafka(
    tmp_path_factory: pytest.TempPathFactory, start_server: Callable[[KafkaBroker], KafkaBroker]
) -> Iterator[str]:
    """`127.0.0.1:port` of a real Apache Kafka that lives as long as the session."""
    from inspector.demo.broker import KafkaBroker

    broker = start_server(KafkaBroker(tmp_path_factory.mktemp("kafka")))
    try:
        yield broker.bootstrap
    finally:
        broker.stop()
