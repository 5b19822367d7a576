"""What the journal of a run consists of, and what it says in the end."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from inspector.brokers.base import Stamp, Taken
from inspector.replay.request import Request
from inspector.replay.run import Run, RunState


class Opened(Struct, frozen=True, tag="opened"):
    """The first entry."""

    run: str
    request: Request
    total: int
    begun_ns: int


class Handed(Struct, frozen=True, tag="handed"):
    """Batches that are about to be sent: written before the first byte of them leaves."""

    stamps: tuple[Stamp, ...]
    records: tuple[bytes, ...]
    """Of each batch which records, as four-byte numbers of this machine's order."""


class Ended(Struct, frozen=True, tag="ended"):
    """What became of batches; each is named by its stamp."""

    answers: tuple[tuple[Stamp, Taken, int, str], ...]
    """With the offset of the first record, or why not."""


class Refused(Struct, frozen=True, tag="refused"):
    """Records that were not sent, each with the reason."""

    records: tuple[tuple[int, str], ...]


class Turned(Struct, frozen=True, tag="turned"):
    """The run came to stand otherwise."""

    at_ns: int
    state: RunState
    message: str = ""


Entry = Opened | Handed | Ended | Refused | Turned

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Entry] = msgspec.msgpack.Decoder(Entry)


def written(entry: Entry) -> bytes:
    """An entry as bytes."""
    return _encoder.encode(entry)


def read(data: bytes) -> Entry:
    """The entry of `written`; raises msgspec.MsgspecError."""
    return _decoder.decode(data)


def numbers(indices: list[int]) -> bytes:
    """Indices of records as `Handed` has them."""
    return array("I", indices).tobytes()


def indices_of(data: bytes) -> list[int]:
    """The indices of `numbers`."""
    return array("I", data).tolist()


@dataclass
class Account:
    """What is known of a run by the entries that were taken in."""

    opened: Opened
    state: RunState = RunState.RUNNING
    at_ns: int = 0
    message: str = ""
    sent: int = 0
    refused: int = 0
    doubtful: int = 0
    done: NDArray[np.bool_] = field(init=False)
    """Of each record whether it is sent, refused or doubtful."""
    flying: dict[Stamp, bytes] = field(default_factory=dict)
    """Batches of which no end is known, the oldest first."""
    last: dict[tuple[object, int], tuple[Stamp, bool]] = field(default_factory=dict)
    """The newest batch of each partition, and whether it was taken."""

    def __post_init__(self) -> None:
        self.done = np.zeros(self.opened.total, np.bool_)
        self.at_ns = self.opened.begun_ns

    def take(self, entry: Entry) -> None:
        """Take in the next entry."""
        match entry:
            case Handed():
                for stamp, records in zip(entry.stamps, entry.records, strict=True):
                    self.flying[stamp] = records
                    place = stamp.channel, stamp.partition
                    self.last.pop(place, None)  # so that the newest comes last
                    self.last[place] = stamp, False
            case Ended():
                for stamp, taken, _, _ in entry.answers:
                    self._end(stamp, taken)
            case Refused():
                self.done[[index for index, _ in entry.records]] = True
                self.refused += len(entry.records)
            case Turned():
                self.state, self.at_ns, self.message = entry.state, entry.at_ns, entry.message
            case Opened():
                pass

    def _end(self, stamp: Stamp, taken: Taken) -> None:
        records = self.flying.pop(stamp)
        place = stamp.channel, stamp.partition
        if taken is Taken.SENT:
            self.sent += stamp.count
            if self.last.get(place, (None,))[0] == stamp:
                self.last[place] = stamp, True
        elif taken is Taken.UNSURE:
            self.doubtful += stamp.count
        else:
            return  # it is sent again, or refused record by record
        self.done[np.frombuffer(records, np.uint32)] = True

    def run(self, *, going: bool) -> Run:
        """How the run stands; `going` is whether a process goes on with it."""
        state = self.state
        if not going and state in (RunState.RUNNING, RunState.PAUSED):
            state = RunState.CUT_OFF
        opened = self.opened
        return Run(
            opened.run,
            opened.request,
            state,
            opened.begun_ns,
            self.at_ns,
            opened.total,
            self.sent,
            self.refused,
            self.doubtful,
            sum(stamp.count for stamp in self.flying),
            message=self.message,
        )
