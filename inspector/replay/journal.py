"""The journals of all runs: what was asked for, what became of each record, what was in flight at a crash.

Each run has a folder of its own with the list of its records (`frozen`), its journal (`appended`, whose
messages are `entries`), and the capture that its records were gathered into where they did not lie in one.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from time import time_ns

import msgspec
import platformdirs

from inspector.brokers.base import Answer, Stamp, Taken
from inspector.errors import InspectorError, ReplayRefused
from inspector.record import Position
from inspector.replay import entries
from inspector.replay.appended import Appended, held, messages
from inspector.replay.entries import Account, Ended, Entry, Handed, Opened, Refused, Turned
from inspector.replay.frozen import Frozen
from inspector.replay.request import Request
from inspector.replay.run import Fate, Fortune, Run, RunState

VARIABLE = "EVENTSCOPE_REPLAYS"
"""Names another folder for all runs."""
NAME = "journal"
LAST = "last"
"""Instead of an id: the newest run."""


class Journal:
    """The journal of one run, for the process that goes on with it."""

    def __init__(self, file: Appended, account: Account, clock_ns: Callable[[], int] = time_ns) -> None:
        self._file = file
        self.account = account
        self._clock_ns = clock_ns

    @property
    def run(self) -> Run:
        """How the run stands."""
        return self.account.run(going=True)

    def hand_over(self, stamps: list[Stamp], records: list[list[int]]) -> None:
        """Note what is about to be sent; `sync` before it is."""
        self._add(Handed(tuple(stamps), tuple(map(entries.numbers, records))))

    def end(self, stamps: list[Stamp], answers: list[Answer]) -> None:
        """Note what became of it."""
        ends = [
            (stamp, answer.taken, answer.offset, "" if answer.error is None else str(answer.error))
            for stamp, answer in zip(stamps, answers, strict=True)
        ]
        self._add(Ended(tuple(ends)))

    def refuse(self, records: dict[int, str]) -> None:
        """Note records that are not sent, and why."""
        self._add(Refused(tuple(records.items())))

    def turn(self, state: RunState, message: str = "") -> None:
        """Note how the run stands now."""
        self._add(Turned(self._clock_ns(), state, message))
        self.sync()

    def sync(self) -> None:
        """Wait until all of it is on the disk."""
        self._file.sync()

    def close(self) -> None:
        """Let another process go on with the run."""
        self._file.close()

    def _add(self, entry: Entry) -> None:
        self._file.add(entries.written(entry))
        self.account.take(entry)


class Journals:
    """All runs of a folder."""

    def __init__(self, folder: Path | None = None) -> None:
        """The folder of this computer's user unless another is named."""
        named = os.environ.get(VARIABLE)
        usual = (
            Path(named) if named else platformdirs.user_data_path("eventscope", appauthor=False) / "replays"
        )
        self.folder = folder or usual

    def runs(self) -> list[Run]:
        """All runs, the oldest first; those whose journals cannot be read are left out."""
        found: list[Run] = []
        for path in self.folder.glob(f"*/{NAME}"):
            try:
                found.append(_account(path).run(going=held(path)))
            except (InspectorError, OSError):
                continue
        return sorted(found, key=lambda run: (run.begun_ns, run.id))

    def run(self, wanted: str) -> Run:
        """A run by its id, the beginning of it, or `LAST`; raises InspectorError."""
        runs = self.runs()
        if wanted == LAST and runs:
            return runs[-1]
        found = [run for run in runs if run.id.startswith(wanted)]
        if len(found) != 1:
            how = "There are several runs" if found else "There is no run"
            raise InspectorError(f"{how} {wanted} in {self.folder}.", "eventscope replay --list shows all.")
        return found[0]

    def place(self, run: str) -> Path:
        """The folder of a run."""
        return self.folder / run

    def begin(self, run: str, request: Request, frozen: Frozen) -> Journal:
        """The journal of a new run; raises InspectorError."""
        folder = self.place(run)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            frozen.save(folder)
            file = Appended(folder / NAME)
        except OSError as failure:
            raise InspectorError(
                f"{folder} cannot be written ({failure.strerror}).", "Make room there."
            ) from failure
        opened = Opened(run, request, len(frozen), time_ns())
        journal = Journal(file, Account(opened))
        file.add(entries.written(opened))
        journal.sync()
        return journal

    def resume(self, run: str) -> tuple[Journal, Frozen]:
        """Go on with a run; raises ReplayRefused where another process does, or InspectorError."""
        folder = self.place(run)
        try:
            file = Appended(folder / NAME)
        except OSError as failure:
            raise InspectorError(f"{folder} cannot be written ({failure.strerror}).") from failure
        try:
            return Journal(file, _unfinished(folder / NAME)), Frozen.load(folder)
        except BaseException:
            file.close()
            raise

    def fates(self, run: str) -> Iterator[Fate]:
        """What became of the records of a run, in the order in which it was known. Raises InspectorError."""
        frozen = Frozen.load(self.place(run))
        flying: dict[Stamp, bytes] = {}
        request: Request | None = None
        for entry in _entries(self.place(run) / NAME):
            match entry:
                case Opened():
                    request = entry.request
                case Handed():
                    flying |= zip(entry.stamps, entry.records, strict=True)
                case Ended():
                    for stamp, taken, offset, why in entry.answers:
                        yield from _ended(frozen, stamp, flying.pop(stamp), taken, offset, why)
                case Refused() if request is not None:
                    for index, why in entry.records:
                        channel, origin = frozen.origin(index)
                        target = request.target.of(frozen.home(index))
                        yield Fate(index, channel, origin, Fortune.REFUSED, target, why=why)
                case _:
                    pass
        for stamp, records in flying.items():
            yield from _ended(
                frozen, stamp, records, Taken.UNSURE, -1, "The run was cut off before an answer came."
            )

    def forget(self, run: str) -> None:
        """Delete what is kept of a run; the audit file keeps its lines."""
        shutil.rmtree(self.place(run))


def _ended(
    frozen: Frozen, stamp: Stamp, records: bytes, taken: Taken, offset: int, why: str
) -> Iterator[Fate]:
    if taken not in (Taken.SENT, Taken.UNSURE):
        return  # sent again, or refused one by one
    fortune = Fortune.SENT if taken is Taken.SENT else Fortune.DOUBTFUL
    for place, index in enumerate(entries.indices_of(records)):
        channel, origin = frozen.origin(index)
        position = Position(stamp.partition, offset + place) if fortune is Fortune.SENT else None
        yield Fate(index, channel, origin, fortune, stamp.channel, position, why)


def _unfinished(path: Path) -> Account:
    account = _account(path)
    if account.state is RunState.DONE:
        raise ReplayRefused(
            f"Nothing is left of {account.opened.run}.", "Plan it again to send it once more."
        )
    return account


def _account(path: Path) -> Account:
    found = _entries(path)
    first = next(found, None)
    if not isinstance(first, Opened):
        raise InspectorError(f"{path} does not say what was to be sent.", "Plan it again.")
    account = Account(first)
    for entry in found:
        account.take(entry)
    return account


def _entries(path: Path) -> Iterator[Entry]:
    try:
        yield from map(entries.read, messages(path))
    except (OSError, msgspec.MsgspecError) as error:
        raise InspectorError(f"{path} cannot be read ({error}).", "Plan the run again.") from error
