"""The server of each system as the demo's shop needs it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from inspector.demo.broker import KafkaBroker
from inspector.demo.handle import System
from inspector.demo.servers.activemq import ActiveMQServer
from inspector.demo.servers.base import Server
from inspector.demo.servers.nats import NatsServer
from inspector.demo.servers.rabbitmq import RabbitServer

SERVERS: dict[System, Callable[..., Server]] = {
    System.KAFKA: KafkaBroker,
    # Statistics come every five seconds otherwise.
    System.RABBITMQ: partial(
        RabbitServer, configuration="collect_statistics_interval = 1000\nmanagement.rates_mode = detailed"
    ),
    System.ACTIVEMQ: ActiveMQServer,
    System.NATS: partial(NatsServer, configuration="max_payload: 8MB"),
}
"""Each takes `port` and `progress`."""
