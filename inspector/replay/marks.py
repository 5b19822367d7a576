"""The headers by which everybody can tell a record that was sent again from its original."""

from __future__ import annotations

from graph.identity import ChannelId
from inspector.record import Headers, Position

REPLAY_HEADER = "eventscope-replay-id"
"""Every record that is sent carries this header with the id of its replay."""
ORIGIN_HEADER = "eventscope-replay-origin"
"""Server, channel, partition and offset of the original: `kafka://host:9092/topic/orders/0/17`."""
HOPS_HEADER = "eventscope-replay-hops"
"""How often the record, or one that carries the mark on, may come round."""
_MARKS = frozenset({REPLAY_HEADER, ORIGIN_HEADER, HOPS_HEADER})


class Marks:
    """Those of one run."""

    def __init__(self, run: str, hops_allowed: int) -> None:
        self._run = (REPLAY_HEADER, run.encode())
        self._hops = (HOPS_HEADER, str(hops_allowed).encode())
        self._origins: dict[ChannelId, str] = {}

    def on(self, headers: Headers, channel: ChannelId, origin: Position) -> Headers:
        """A record's headers with the marks; those of an earlier replay are taken off."""
        where = self._origins.get(channel)
        if where is None:
            where = self._origins[channel] = str(channel)
        for name, _ in headers:
            if name.lower() in _MARKS:
                headers = tuple(each for each in headers if each[0].lower() not in _MARKS)
                break
        place = f"{where}/{origin.partition}/{origin.offset}".encode()
        return (*headers, self._run, (ORIGIN_HEADER, place), self._hops)


def origin_of(headers: Headers) -> tuple[str, bytes] | None:
    """The run and the original's place that a record carries; None where it carries no mark."""
    run: str | None = None
    place = b""
    for name, value in headers:
        if name == REPLAY_HEADER and value:
            run = value.decode("utf-8", "replace")
        elif name == ORIGIN_HEADER and value:
            place = value
    return None if run is None else (run, place)
