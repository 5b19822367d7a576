"""The processes of the shop as their supervisor sees them: one for each instance of an application."""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
from collections.abc import Iterator

from msgspec import Struct

from inspector.connection import parse
from inspector.demo.shop.scenario import Application, Scenario
from inspector.demo.shop.transport import module_name, transport_to
from inspector.errors import DemoError

MOST_STARTS = 5

_Process = multiprocessing.process.BaseProcess


class _Post(Struct):
    """One instance, and the process that is it now."""

    application: Application
    instance: int
    process: _Process
    starts: int = 1


class Crew:
    """Starts the shop, starts again what ended by a defect, and ends it all."""

    def __init__(self, scenario: Scenario, system: str) -> None:
        self._scenario = scenario
        self._system = system
        self._posts: list[_Post] = []
        self._url = ""
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

            self._context.set_forkserver_preload(["inspector.demo.shop.process", module_name(self._system)])
            forkserver.ensure_running()

    def start(self, url: str) -> None:
        """Make the channels, then start every application.

        Raises:
            DemoError: the client is missing, or the broker refused a channel.
        """
        self._url = url
        transport = transport_to(parse(url), self._scenario)
        try:
            asyncio.run(transport.prepare())
        except transport.failures as failure:
            raise DemoError(f"The shop's channels could not be made: {failure}") from failure
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
            args=(self._scenario, application, instance, attempt, self._url),
            name=f"{application.name}-{instance}",
            daemon=True,
        )
        process.start()
        return process


def _work(scenario: Scenario, application: Application, instance: int, attempt: int, url: str) -> None:
    # Here, not above: the supervisor itself needs no client library.
    from inspector.demo.shop.process import work

    work(scenario, application, instance, attempt, url)
