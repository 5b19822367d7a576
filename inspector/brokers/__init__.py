"""One adapter for each kind of broker, reached by the name of its system."""

from __future__ import annotations

from importlib import import_module

from inspector.brokers.base import Adapter, Budget
from inspector.capture.plan import Plan
from inspector.connection import Connection
from inspector.errors import Unsupported

_MODULES = {
    "activemq": "inspector.brokers.activemq.adapter",
    "kafka": "inspector.brokers.kafka.adapter",
    "memory": "inspector.brokers.memory",
    "mqtt": "inspector.brokers.mqtt.adapter",
    "nats": "inspector.brokers.nats.adapter",
    "rabbitmq": "inspector.brokers.rabbitmq.adapter",
}
_CLIENTS = ("nats", "aiormq", "paho")
"""Packages that come with an extra for their system alone."""


def open_adapter(connection: Connection, budget: Budget, plan: Plan | None = None) -> Adapter:
    """The adapter for a connection, not yet connected; its client library is imported only now.

    Raises `Unsupported` where that library is missing.

    It goes by `plan` as that changes; without one nothing is read whole.
    """
    try:
        module = import_module(_MODULES[connection.system])
    except ModuleNotFoundError as error:
        if error.name not in _CLIENTS:
            raise
        raise Unsupported(
            f"The client for {connection.system}:// is not installed.",
            f"Run pip install 'eventscope[{connection.system}]'.",
        ) from error
    adapter: Adapter = module.open_adapter(connection, budget, plan or Plan())
    return adapter
