"""One run, from where its journal says that it stands, to its end."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Generator, Iterator
from itertools import islice
from time import monotonic

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from inspector.brokers.base import Outgoing, Sender, Taken
from inspector.errors import InspectorError
from inspector.record import Record
from inspector.replay.entries import indices_of
from inspector.replay.flight import Flights, Load
from inspector.replay.frozen import PIECE, Frozen
from inspector.replay.gate import Gate
from inspector.replay.journal import Journal
from inspector.replay.pacing import Pacing
from inspector.replay.run import Run, RunState, Step
from inspector.tasks import TaskGroup

TELL_EVERY_S = 0.2
LATELY_S = 3.0
"""Over which time the rate is told."""

Make = Callable[[Record], Outgoing]
"""What is sent for a record; raises InspectorError with the reason why it cannot be. Asked in a thread."""
Made = tuple[int, Outgoing | str]
"""The index of a record, and what is sent or why not."""


class Running:
    """Sends what is left of a run. `tell` gets how it stands, some times a second and at every turn."""

    def __init__(
        self,
        journal: Journal,
        frozen: Frozen,
        sender: Sender,
        make: Make,
        tell: Callable[[Run], None],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._journal, self._frozen, self._make = journal, frozen, make
        self._sender, self._flights = sender, Flights(sender, journal)
        self._tell, self._clock = tell, clock
        self.request = request = journal.account.opened.request
        times = frozen.columns["timestamp_ns"]
        self._todo = np.flatnonzero(~journal.account.done)
        self._gate = Gate(Pacing(request.pace, times[self._todo]), request.pace.stepwise, clock)
        self._told: deque[tuple[float, int]] = deque()

    def steer(self, step: Step) -> None:
        """Do what a person wants."""
        self._gate.steer(step)

    def halt(self, why: str) -> None:
        """Stop when what is in flight has its answer; it can be resumed."""
        self._gate.stop(why)

    async def run(self) -> Run:
        """Send until nothing is left or it stops; how it then stands."""
        journal = self._journal
        try:
            self._turn(RunState.RUNNING)
            await self._settle()
            await self._send()
            left = journal.run.left
            self._turn(RunState.STOPPED if left else RunState.DONE, self._gate.stopped or "")
        except InspectorError as failure:
            self._turn(RunState.STOPPED, str(failure))
        except asyncio.CancelledError:
            self._turn(RunState.STOPPED, "Eventscope ended while it ran.")
            raise
        finally:
            journal.close()
        return journal.run

    async def _settle(self) -> None:
        """Find out what became of what an earlier process had in flight, and send what did not arrive.

        It goes in just the batches that it was in, under their own numbers: should one of them arrive late,
        the broker still takes it once.
        """
        journal, account = self._journal, self._journal.account
        missing: list[tuple[int, bytes]] = []
        for stamp, records in list(account.flying.items()):
            answer = await self._sender.settle(stamp)
            journal.end([stamp], [answer])
            if answer.taken is Taken.MISSING:
                missing.append((stamp.partition, records))
        self._sender.go_on([*account.last.values()])
        loads: list[Load] = []
        for partition, records in missing:
            indices, again = self._sent_and_refused([*self._read(np.array(indices_of(records)))])
            loads += (
                await self._flights.pack(indices, [replace(one, partition=partition) for one in again])
            )[1]
        await self._flights.fly(loads)
        self._todo = np.flatnonzero(~account.done)

    async def _send(self) -> None:
        """Read ahead in a thread, and pack while the lot before is on its way."""
        gate, tasks, pieces = self._gate, TaskGroup(), self._pieces()

        def ahead() -> asyncio.Task[list[Made] | InspectorError | None]:
            return tasks.spawn(asyncio.to_thread(next, pieces, None), "records of a run")

        waiting = deque[tuple[int, Outgoing]]()
        coming = ahead()
        flight: asyncio.Task[InspectorError | None] | None = None
        try:
            while gate.stopped is None:
                while len(waiting) < PIECE and (piece := await coming) is not None:
                    if isinstance(piece, InspectorError):
                        raise piece
                    waiting += zip(*self._sent_and_refused(piece), strict=True)
                    coming = ahead()
                if not waiting:
                    break
                allowed = gate.allowed()
                if allowed <= 0:
                    await self._landed(flight)
                    flight = None
                    self._pause_or_go_on()
                    if gate.paused:
                        self._say()
                    await gate.opened()
                    continue
                self._pause_or_go_on()
                some = [*islice(waiting, min(allowed, PIECE))]
                upto, loads = await self._flights.pack([index for index, _ in some], [one for _, one in some])
                await self._landed(flight)
                for _ in range(upto):
                    waiting.popleft()
                gate.passed(upto)
                flight = tasks.spawn(self._flown(loads), "batches of a run")
            await self._landed(flight)
        finally:
            await asyncio.wait([coming, *([] if flight is None else [flight])])
            await tasks.close()
            pieces.close()

    async def _flown(self, loads: list[Load]) -> InspectorError | None:
        try:
            await self._flights.fly(loads)
        except InspectorError as failure:
            return failure
        return None

    async def _landed(self, flight: asyncio.Task[InspectorError | None] | None) -> None:
        if flight is None:
            return
        if (failure := await flight) is not None:
            raise failure
        if not self._told or self._clock() - self._told[-1][0] >= TELL_EVERY_S:
            self._say()

    def _pause_or_go_on(self) -> None:
        wanted = RunState.PAUSED if self._gate.paused else RunState.RUNNING
        if self._journal.run.state is not wanted:
            self._turn(wanted)

    def _pieces(self) -> Generator[list[Made] | InspectorError, None, None]:
        """What is left, made ready bit by bit."""
        records = self._read(self._todo)
        try:
            while piece := [*islice(records, PIECE)]:
                yield piece
        except InspectorError as failure:
            yield failure

    def _read(self, indices: NDArray[np.int64]) -> Iterator[Made]:
        for index, record in self._frozen.records(indices):
            try:
                yield index, self._make(record)
            except InspectorError as why:
                yield index, str(why)

    def _sent_and_refused(self, made: list[Made]) -> tuple[list[int], list[Outgoing]]:
        """What can be sent; the rest is written down."""
        refused = {index: one for index, one in made if isinstance(one, str)}
        if refused:
            self._journal.refuse(refused)
        sent = [(index, one) for index, one in made if not isinstance(one, str)]
        return [index for index, _ in sent], [one for _, one in sent]

    def _turn(self, state: RunState, message: str = "") -> None:
        self._journal.turn(state, message)
        self._say()

    def _say(self) -> None:
        now, run = self._clock(), self._journal.run
        self._told.append((now, run.sent))
        while len(self._told) > 2 and now - self._told[0][0] > LATELY_S:
            self._told.popleft()
        then, before = self._told[0]
        per_s = (run.sent - before) / (now - then) if now > then else None
        self._tell(replace(run, per_s=per_s))
