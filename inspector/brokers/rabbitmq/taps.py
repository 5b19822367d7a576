"""Taps: a queue of our own beside those of the applications, which gets a copy of what they get.

It is exclusive, bounded and deleted with its connection. It is bound by exactly those bindings that lead to
queues anyway, so that no message counts as routed because of it: alternate exchanges and returned messages
work as before. Exchanges whose other queues would get less are left alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

import orjson
from aiormq.abc import AbstractChannel, DeliveredMessage
from pamqp.common import FieldValue

from graph.identity import ChannelId, ChannelKind
from inspector.brokers.overheard import Overheard
from inspector.brokers.rabbitmq.management import Exchange
from inspector.brokers.rabbitmq.messages import headers_of, key_of, sent_ns, size_of
from inspector.brokers.rabbitmq.names import OWN, Place
from inspector.brokers.rabbitmq.picture import Layout
from inspector.brokers.rabbitmq.session import ERRORS, Refused, Session, close_channel
from inspector.capture.plan import Plan
from inspector.errors import InspectorError

COPYING = ("direct", "fanout", "topic", "headers")
"""Types of exchanges that give each queue a copy of its own; others share messages out."""
MOST_PER_S = 5_000.0
"""Messages that are copied of exchanges that were not chosen to be captured."""
MOST_BINDINGS = 5_000
LONGEST, LARGEST = 10_000, 64 * 1024 * 1024
"""Messages, and their bytes, that may wait in a tap; older ones are dropped by the broker."""
MOST_KEYS = 200
FIREHOSE = "Add firehose=60 to the address: for that many seconds the firehose shows all."


class Bound(NamedTuple):
    """A binding of a tap."""

    exchange: str
    key: str
    arguments: bytes
    """As JSON."""


class Untapped(NamedTuple):
    """An exchange of which no copies are taken."""

    exchange: Exchange
    why: str
    remedy: str


class Tap:
    """The tap of one virtual host."""

    def __init__(self, session: Session, vhost: str, overheard: Overheard) -> None:
        self._session = session
        self._vhost = vhost
        self._overheard = overheard
        self._amqp: AbstractChannel | None = None
        self._queue = ""
        self._bound: set[Bound] = set()
        self._refused: dict[str, Refused] = {}
        self.keys: dict[ChannelId, set[str]] = {}
        """Routing keys that were seen on exchanges."""
        self.silent = False
        """Whether copies are dropped, because something else brings them."""

    async def follow(self, layout: Layout, plan: Plan) -> list[Untapped]:
        """Bind to what is there now, and say what is left alone; raises `Refused` where no tap is allowed."""
        wanted: set[Bound] = set()
        untapped: list[Untapped] = []
        for exchange, bound in self._reachable(layout, plan, untapped):
            refused = self._refused.get(exchange.name)
            if refused is not None:
                untapped.append(Untapped(exchange, refused.message, refused.remedy))
            elif len(wanted) + len(bound) > MOST_BINDINGS:
                why = f"It has {len(bound):,} bindings, and a tap follows {MOST_BINDINGS:,} at most."
                untapped.append(Untapped(exchange, why, "Choose its streams instead, or the firehose."))
            else:
                wanted |= bound
        if self._amqp is not None and self._amqp.is_closed:
            await self.close()
        if wanted and self._amqp is None:
            await self._open()
        if wanted != self._bound:
            await self._bind(wanted)
        return untapped

    def _reachable(
        self, layout: Layout, plan: Plan, untapped: list[Untapped]
    ) -> Iterator[tuple[Exchange, set[Bound]]]:
        bindings: dict[str, set[Bound]] = {}
        for each in layout.bindings:
            if each.vhost == self._vhost and each.destination_type == "queue":
                given = orjson.dumps(each.arguments, option=orjson.OPT_SORT_KEYS)
                bindings.setdefault(each.source, set()).add(Bound(each.source, each.routing_key, given))
        exchanges = [layout.exchanges.get(Place(self._vhost, name)) for name in bindings]
        left = MOST_PER_S
        for exchange in sorted(filter(None, exchanges), key=_rate):
            chosen = plan.chosen(layout.exchange(exchange.place).name) is not None
            if exchange.type not in COPYING:
                why = f"Type {exchange.type} shares messages out: a copy would be one less for others."
                untapped.append(Untapped(exchange, why, FIREHOSE))
            elif exchange.auto_delete:
                why = "It is deleted with its last binding, and a tap would keep it."
                untapped.append(Untapped(exchange, why, FIREHOSE))
            elif not chosen and _rate(exchange) > left:
                why = f"{_rate(exchange):,.0f} messages a second come there: more than looking may copy."
                untapped.append(Untapped(exchange, why, "Choose a capture level for it to read it whole."))
            else:
                left -= 0.0 if chosen else _rate(exchange)
                yield exchange, bindings[exchange.name]

    async def _open(self) -> None:
        self._queue = f"{OWN}-tap-{uuid.uuid4().hex[:12]}"
        amqp = await self._session.open_channel(self._vhost)
        arguments: dict[str, FieldValue] = {
            "x-max-length": LONGEST,
            "x-max-length-bytes": LARGEST,
            "x-overflow": "drop-head",
            "x-queue-type": "classic",
        }
        try:
            await amqp.queue_declare(self._queue, exclusive=True, auto_delete=True, arguments=arguments)
            await amqp.basic_consume(self._queue, self._hear, no_ack=True, exclusive=True)
        except ERRORS as error:
            await close_channel(amqp)
            raise self._named(error) from error
        self._amqp, self._bound = amqp, set()

    def _named(self, error: Exception) -> InspectorError:
        failure = self._session.failure(error, self._vhost)
        if not isinstance(failure, Refused):
            return failure
        user = self._session.connection.user or "guest"
        return Refused(
            failure.message,
            f"Allow taps: rabbitmqctl set_permissions -p {self._vhost} {user} '^{OWN}-' '^{OWN}-' '.*'.",
        )

    async def _bind(self, wanted: set[Bound]) -> None:
        """On a channel of its own: a refusal ends the channel that it comes on."""
        amqp = await self._session.open_channel(self._vhost)
        each = None
        try:
            for each in self._bound - wanted:
                arguments = orjson.loads(each.arguments)
                await amqp.queue_unbind(self._queue, each.exchange, each.key, arguments)
                self._bound.discard(each)
            for each in wanted - self._bound:
                arguments = orjson.loads(each.arguments)
                await amqp.queue_bind(self._queue, each.exchange, each.key, arguments=arguments)
                self._bound.add(each)
        except ERRORS as error:
            failure = self._named(error)
            if each is None or not isinstance(failure, Refused):
                raise failure from error
            self._refused[each.exchange] = failure
        finally:
            await close_channel(amqp)

    async def _hear(self, message: DeliveredMessage) -> None:
        if self.silent:
            return
        place = Place(self._vhost, message.exchange or "")
        channel = place.channel(self._session.connection.server, ChannelKind.EXCHANGE)
        keys = self.keys.setdefault(channel, set())
        if len(keys) < MOST_KEYS:
            keys.add(message.routing_key or "")
        properties = message.header.properties
        self._overheard.hear(
            channel,
            key_of(message),
            message.body,
            lambda: headers_of(properties),
            size=size_of(message),
            at_ns=sent_ns(message),
        )

    async def close(self) -> None:
        """End it; its queue goes with it."""
        amqp, self._amqp, self._bound = self._amqp, None, set()
        if amqp is not None:
            with suppress(Exception):
                await close_channel(amqp)


def _rate(exchange: Exchange) -> float:
    return 0.0 if exchange.message_stats is None else exchange.message_stats.publish_in_details.rate
