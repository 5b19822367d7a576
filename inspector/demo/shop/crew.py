"""The processes of the shop as their supervisor sees them: one for each instance of an application."""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future

from msgspec import Struct

from inspector.demo.jars import NOT_INSTALLED
from inspector.demo.shop.scenario import Application, Scenario
from inspector.errors import DemoError

MOST_STARTS = 5
TOPICS_LIMIT_S = 30.0

_Process = multiprocessing.process.BaseProcess


class _Post(Struct):
    """One instance, and the process that is it now."""

    application: Application
    instance: int
    process: _Process
    starts: int = 1


class Crew:
    """Starts the shop, starts again what ended by a defect, and ends it all."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._posts: list[_Post] = []
        self._bootstrap = ""
        # A server that has the clients loaded already forks each application in a few milliseconds.
        self._context = (
            multiprocessing.get_context("spawn")
            if sys.platform == "win32"
            else multiprocessing.get_context("forkserver")
        )

    def warm_up(self) -> None:
        """Begin to load the client libraries while the broker starts. Returns at once."""
        if sys.platform != "win32":
            from multiprocessing import forkserver

            self._context.set_forkserver_preload(["inspector.demo.shop.process"])
            forkserver.ensure_running()

    def start(self, bootstrap: str) -> None:
        """Make the topics, then start every application.

        Raises:
            DemoError: the client libraries are missing, or the broker refused a topic.
        """
        self._bootstrap = bootstrap
        make_topics(self._scenario, bootstrap)
        for application in self._scenario.applications:
            for instance in range(1, application.instances + 1):
                self._posts.append(_Post(application, instance, self._process(application, instance, 1)))

    def replace_ended(self) -> Iterator[str]:
        """Start the instances that ended again, a few times each; yields their names."""
        for post in self._posts:
            if post.process.exitcode is not None and post.starts < MOST_STARTS:
                post.starts += 1
                post.process = self._process(post.application, post.instance, post.starts)
                yield post.application.name

    def stop(self) -> None:
        """End every application."""
        posts, self._posts = self._posts, []
        for post in posts:
            post.process.kill()
        for post in posts:
            post.process.join()

    def _process(self, application: Application, instance: int, attempt: int) -> _Process:
        process = self._context.Process(
            target=_work,
            args=(self._scenario, application, instance, attempt, self._bootstrap),
            name=f"{application.name}-{instance}",
            daemon=True,
        )
        process.start()
        return process


def _work(scenario: Scenario, application: Application, instance: int, attempt: int, bootstrap: str) -> None:
    # Here, not above: the supervisor itself needs no client library.
    from inspector.demo.shop.process import work

    work(scenario, application, instance, attempt, bootstrap)


def make_topics(scenario: Scenario, bootstrap: str) -> None:
    """Make the topics that are not there yet."""
    try:
        from confluent_kafka import KafkaError, KafkaException
        from confluent_kafka.admin import AdminClient, NewTopic
    except ImportError as missing:
        raise DemoError(*NOT_INSTALLED) from missing
    admin = AdminClient({"bootstrap.servers": bootstrap, "client.id": "shop-setup", "log_level": 0})
    made: dict[str, Future[None]] = admin.create_topics(
        [
            NewTopic(name, topic.partitions, 1, config=topic.properties)
            for name, topic in scenario.topics.items()
        ],
        operation_timeout=TOPICS_LIMIT_S,
    )
    limit = time.monotonic() + TOPICS_LIMIT_S
    for name, done in made.items():
        try:
            done.result(max(limit - time.monotonic(), 0.1))
        except (KafkaException, TimeoutError) as failure:
            code = failure.args[0].code() if isinstance(failure, KafkaException) else None
            if code != KafkaError.TOPIC_ALREADY_EXISTS:
                raise DemoError(f"The demo's topic {name} could not be made: {failure}") from failure
