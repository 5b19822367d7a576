"""The firehose: for a limited time the broker copies every message that is published or delivered.

It names who published and to which queues it went (https://www.rabbitmq.com/docs/firehose). It costs the
broker much: it is on only where somebody asked for it, and off again after the time that was asked for.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from aiormq.abc import AbstractChannel, DeliveredMessage

from graph.identity import Action, ChannelId, ChannelKind
from inspector.brokers.overheard import Overheard
from inspector.brokers.rabbitmq.messages import size_of, table_headers
from inspector.brokers.rabbitmq.names import OWN, Place
from inspector.brokers.rabbitmq.picture import Layout
from inspector.brokers.rabbitmq.session import ERRORS, Session, close_channel
from inspector.brokers.rabbitmq.taps import LARGEST, LONGEST
from inspector.observation import Use, UsesSeen
from inspector.rest import Rest

TRACE = "amq.rabbitmq.trace"
SEEN = 0.99


class Firehose:
    """That of one virtual host; `layout` and `names` are replaced as they become known."""

    def __init__(self, session: Session, vhost: str, overheard: Overheard) -> None:
        self._session = session
        self._vhost = vhost
        self._overheard = overheard
        self._amqp: AbstractChannel | None = None
        self._uses: set[Use] = set()
        self.layout = Layout(session.connection.server)
        self.names: Mapping[str, str] = {}
        """What connections call themselves."""

    @property
    def on(self) -> bool:
        """Whether it is listened to."""
        return self._amqp is not None

    async def start(self, rest: Rest) -> None:
        """Turn it on; raises `InspectorError` where the login is no administrator."""
        amqp = await self._session.open_channel(self._vhost)
        queue = f"{OWN}-firehose-{uuid.uuid4().hex[:12]}"
        try:
            await amqp.queue_declare(
                queue,
                exclusive=True,
                auto_delete=True,
                arguments={"x-max-length": LONGEST, "x-max-length-bytes": LARGEST, "x-queue-type": "classic"},
            )
            await amqp.basic_consume(queue, self._hear, no_ack=True, exclusive=True)
            for key in ("publish.#", "deliver.#"):
                await amqp.queue_bind(queue, TRACE, key)
            await self._trace(rest, on=True)
        except ERRORS as error:
            await close_channel(amqp)
            raise self._session.failure(error, self._vhost) from error
        except BaseException:
            await close_channel(amqp)
            raise
        self._amqp = amqp

    async def stop(self, rest: Rest) -> None:
        """Turn it off."""
        amqp, self._amqp = self._amqp, None
        if amqp is not None:
            await self._trace(rest, on=False)
            await close_channel(amqp)

    async def _trace(self, rest: Rest, *, on: bool) -> None:
        await rest.put("api", "vhosts", self._vhost, body={"tracing": on})

    def uses(self) -> UsesSeen:
        """Who published and received since it was turned on."""
        return UsesSeen(self.layout.server, "rabbitmq.firehose", SEEN, tuple(sorted(self._uses)))

    async def _hear(self, message: DeliveredMessage) -> None:
        what, _, name = (message.routing_key or "").partition(".")
        table: dict[str, Any] = dict(message.header.properties.headers or {})
        client = self.names.get(str(table.get("connection")), "")
        if name.startswith(OWN) or client.startswith(OWN):
            return
        if what == "deliver":
            self._use(client, Action.RECEIVE, self._queue(name))
            return
        keys = table.get("routing_keys") or [""]
        exchange = str(table.get("exchange_name") or "")
        channels = (
            [Place(self._vhost, exchange).channel(self.layout.server, ChannelKind.EXCHANGE)]
            if exchange
            else [self._queue(str(each)) for each in table.get("routed_queues") or ()]
        )
        properties: dict[str, Any] = dict(table.get("properties") or {})
        own = properties.pop("headers", None) or {}
        for channel in channels:
            self._use(client, Action.SEND, channel)
            if channel.kind is not ChannelKind.STREAM:  # those are read themselves
                self._overheard.hear(
                    channel,
                    str(keys[0]).encode(),
                    message.body,
                    lambda: table_headers(own, properties),
                    size=size_of(message),
                )

    def _queue(self, name: str) -> ChannelId:
        return self.layout.queue(Place(self._vhost, name))

    def _use(self, client: str, action: Action, channel: ChannelId) -> None:
        if client:
            did = "published to" if action is Action.SEND else "received from"
            self._uses.add(
                Use(client, action, channel, f"The firehose showed {client}: it {did} {channel.name}.")
            )
