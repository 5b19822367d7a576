"""One connection over its whole life: connecting, reading, losing it, getting it back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from graph.model import Severity
from inspector.brokers import open_adapter
from inspector.brokers.base import Adapter, Budget
from inspector.capture.plan import Plan
from inspector.connection import Connection
from inspector.errors import AccessRefused, InspectorError
from inspector.link import ConnectionChanged, ConnectionState, Problem, ProblemSolved, Report
from inspector.observation import Back, Lost, Observation

log = logging.getLogger("eventscope.watch")

RETRY_S = (1.0, 2.0, 3.0)
"""Pauses between attempts to connect; the last one repeats."""


class Watch:
    """Keeps one server under observation until it is cancelled.

    A server that refuses the login is not asked again: repeating a wrong password can lock an account.
    """

    def __init__(
        self,
        connection: Connection,
        budget: Budget,
        plan: Plan,
        fold: Callable[[Sequence[Observation]], Awaitable[None]],
        report: Callable[[Report], None],
        clock_ns: Callable[[], int],
    ) -> None:
        self._connection = connection
        self._budget = budget
        self._plan = plan
        self._fold = fold
        self._report = report
        self._clock_ns = clock_ns
        self._problem = f"connection {connection.server}"
        self.adapter: Adapter | None = None
        """The open adapter; None while there is none."""

    async def run(self) -> None:
        """Connect, observe, and begin again when the connection cannot be kept."""
        attempt = 0
        while True:
            try:
                adapter = open_adapter(self._connection, self._budget, self._plan)
            except InspectorError as missing:
                self._trouble(ConnectionState.REFUSED, missing)
                return
            try:
                if attempt == 0:
                    self._state(ConnectionState.CONNECTING)
                await adapter.open()
                self.adapter = adapter
                attempt = 0
                self._live()
                async for observations in adapter.observe():
                    await self._take(observations)
                return
            except AccessRefused as refusal:
                self._trouble(ConnectionState.REFUSED, refusal)
                return
            except InspectorError as failure:
                self._trouble(ConnectionState.LOST, failure)
            except Exception as defect:
                log.exception("the connection to %s met a defect", self._connection)
                sentence = f"A defect of Eventscope at {self._connection}: {type(defect).__name__}: {defect}."
                self._trouble(ConnectionState.LOST, InspectorError(sentence, "It is tried again."))
            finally:
                self.adapter = None
                await adapter.close()
            await asyncio.sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
            attempt += 1

    async def close(self) -> None:
        """Say that the connection is closed; `run` has ended by then."""
        self._state(ConnectionState.CLOSED)

    async def _take(self, observations: Sequence[Observation]) -> None:
        for seen in observations:
            match seen:
                case Lost():
                    self._trouble(ConnectionState.LOST, InspectorError(seen.message))
                case Back():
                    self._live()
                case _:
                    pass
        await self._fold(observations)

    def _live(self) -> None:
        self._state(ConnectionState.LIVE)
        self._report(ProblemSolved(self._problem, self._clock_ns()))

    def _trouble(self, state: ConnectionState, failure: InspectorError) -> None:
        self._state(state, str(failure))
        severity = Severity.ERROR if state is ConnectionState.REFUSED else Severity.WARNING
        self._report(Problem(self._problem, severity, failure.message, self._clock_ns(), failure.remedy))

    def _state(self, state: ConnectionState, message: str = "") -> None:
        connection = self._connection
        self._report(ConnectionChanged(connection.server, str(connection), state, message))
