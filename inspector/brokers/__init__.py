"""One adapter for each kind of broker, reached by the name of its system."""

from __future__ import annotations

from importlib import import_module

from inspector.brokers.base import Adapter, Budget
from inspector.capture.plan import Plan
from inspector.connection import Connection

_MODULES = {"kafka": "inspector.brokers.kafka.adapter", "memory": "inspector.brokers.memory"}


def open_adapter(connection: Connection, budget: Budget, plan: Plan | None = None) -> Adapter:
    """The adapter for a connection, not yet connected; its client library is imported only now.

    It goes by `plan` as that changes; without one nothing is read whole.
    """
    adapter: Adapter = import_module(_MODULES[connection.system]).open_adapter(
        connection, budget, plan or Plan()
    )
    return adapter
