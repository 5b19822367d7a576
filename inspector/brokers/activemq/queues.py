"""What lies in queues, looked at and left there, and the numbers that its messages get here.

Messages of ActiveMQ have no positions. A message's number is how many came into its queue before it since the
broker began to count (`EnqueueCount`), given when it is first seen and kept for as long as this is connected.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from graph.identity import ChannelId
from inspector.brokers.activemq.management import Destination
from inspector.brokers.activemq.messages import path_of
from inspector.brokers.activemq.session import Refused, Session
from inspector.brokers.activemq.stomp import Failure, Frame
from inspector.errors import ConnectionFailed, InspectorError

MOST = 2_000
"""Messages that one look at a queue gets, the oldest; more where it is read whole."""
MOST_WHOLE = 100_000
KEPT = 10_000
"""Numbers that are kept beside those of messages that lie there."""
ANSWER_S = 20.0


@dataclass
class Lying:
    """One queue: the numbers of its messages."""

    numbers: dict[str, int] = field(default_factory=dict)
    """By message id, ascending."""
    end: int = -1
    """The number of the next message; -1 before the first look."""
    shift: int = 0
    """What is added to the broker's count, which begins anew with the broker."""
    again: bool = False
    """Whether the broker began to count anew since the last look."""

    def number(self, ids: Iterable[str], told: Destination, *, more: bool = False) -> None:
        """Give numbers to messages that were found, the oldest first.

        Args:
            told: the queue as it was described before it was looked into.
            more: whether others lie there after these; they get no numbers.
        """
        found = list(ids)
        new = [each for each in found if each not in self.numbers]
        if self.again:
            self.again = False
            self.shift = self.end + len(new) - told.enqueue_count
        visible = told.enqueue_count + self.shift
        # Of those that waited some may be gone by now, and others may have come.
        oldest = visible - told.queue_size if self.end < 0 or more else 0
        begin = max(0, self.end, oldest, 0 if more else visible - len(new))
        self.numbers |= {each: begin + at for at, each in enumerate(new)}
        self.end = max(begin + len(new), visible if more else 0)
        excess = len(self.numbers) - told.queue_size - KEPT
        for each in list(self.numbers)[: max(0, excess)]:
            del self.numbers[each]

    def ends(self, told: Destination) -> tuple[int, int]:
        """The number of the oldest message that may lie there, and of the next one that comes."""
        end = told.enqueue_count + self.shift if not self.again else self.end
        return max(0, end - told.queue_size), end


class Queues:
    """All queues of a broker, as everybody here who looks into them numbers their messages."""

    def __init__(self) -> None:
        self._lying: dict[ChannelId, Lying] = {}

    def lying(self, channel: ChannelId) -> Lying:
        """What is known of a queue."""
        return self._lying.setdefault(channel, Lying())

    def forget(self, channel: ChannelId) -> None:
        """The queue is gone."""
        self._lying.pop(channel, None)

    def counted_anew(self) -> None:
        """The broker is another process now."""
        for lying in self._lying.values():
            lying.again = lying.end >= 0

    async def look(
        self,
        session: Session,
        channel: ChannelId,
        told: Destination,
        since_ms: int | None = None,
        *,
        whole: bool = False,
    ) -> list[tuple[int, Frame]]:
        """Messages with their numbers: all that lie there, or those that came since a time, if that is all
        that are new, or if too many lie there.
        """
        most = MOST_WHOLE if whole else MOST
        lying = self.lying(channel)
        found: list[Frame] = []
        more = False
        if told.queue_size:
            if since_ms is not None:
                found, more = await browse(session, channel, f"JMSActiveMQBrokerInTime > {since_ms}", most)
                unknown = sum(frame.headers.get("message-id") not in lying.numbers for frame in found)
                less = not more and unknown < told.enqueue_count + lying.shift - lying.end
                if lying.again or (less and told.queue_size <= most):
                    since_ms = None
            if since_ms is None:
                found, more = await browse(session, channel, "", most)
        lying.number((frame.headers.get("message-id", "") for frame in found), told, more=more)
        return sorted(
            ((lying.numbers[frame.headers.get("message-id", "")], frame) for frame in found),
            key=lambda pair: pair[0],
        )

    async def fetch(self, session: Session, channel: ChannelId, number: int) -> Frame | None:
        """The message that has this number here; None where it lies there no more, or was never seen."""
        numbers = self.lying(channel).numbers
        wanted = next((each for each, at in numbers.items() if at == number), None)
        if wanted is None:
            return None
        # A broker looks no further than where a page of messages fits nothing.
        for selector in (f"JMSMessageID = '{wanted}'", ""):
            found, _ = await browse(session, channel, selector, MOST)
            for frame in found:
                if frame.headers.get("message-id") == wanted:
                    return frame
        return None


async def browse(session: Session, channel: ChannelId, selector: str, most: int) -> tuple[list[Frame], bool]:
    """What lies in a queue, and whether there is more; raises `Refused`, `ConnectionFailed`."""
    line = session.line
    try:
        async with asyncio.timeout(ANSWER_S):
            return await line.browse(path_of(channel), selector, most)
    except Failure as error:
        raise refusal(error, channel.name, "read") from error
    except (OSError, TimeoutError) as error:
        raise session.silent() from error


def refusal(error: Failure, name: str, right: str) -> InspectorError:
    """An answer of the broker as a sentence."""
    said = str(error).rstrip(".")
    if "not authorized" in said.lower():
        return Refused(f"ActiveMQ does not let this login {right} {name}.", f"Allow it to {right} {name}.")
    return ConnectionFailed(f"ActiveMQ says of {name}: {said}.")
