"""How the shop's applications reach a broker: the same for every system, with that system's own client."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from importlib import import_module
from typing import ClassVar, Protocol, cast

from inspector.connection import Connection
from inspector.demo.shop.message import Draft, Message
from inspector.demo.shop.scenario import Application, DeadLetters, Scenario
from inspector.errors import DemoError


class Sender(Protocol):
    """What sends for one instance of an application."""

    async def start(self) -> None:
        """Connect."""

    async def send(self, draft: Draft) -> None:
        """Queue one record; what cannot be delivered is dropped, as a shop that goes on would."""

    async def close(self) -> None:
        """Disconnect."""


class Receiver(Protocol):
    """What receives for one instance of an application."""

    def messages(self) -> AsyncGenerator[list[Message]]:
        """Records as they come, a few at a time; who asks for more has handled them."""

    def refused(self, message: Message, letters: DeadLetters) -> Draft | None:
        """The dead letter that the application has to send; None where the broker makes it."""


class Transport(ABC):
    """One system and its client."""

    failures: ClassVar[tuple[type[Exception], ...]]
    """What it raises while its broker is away."""

    @abstractmethod
    async def prepare(self) -> None:
        """Make the channels that are not there yet."""

    @abstractmethod
    def sender(self, application: Application, instance: int) -> Sender:
        """Not yet connected."""

    @abstractmethod
    def receiver(self, application: Application, instance: int) -> Receiver:
        """Not yet connected."""


def module_name(system: str) -> str:
    """The module that holds a system's `Transport`."""
    return f"inspector.demo.shop.through_{system}"


def transport_to(connection: Connection, scenario: Scenario) -> Transport:
    """The transport to a broker.

    Raises:
        DemoError: its client is not installed.
    """
    system = connection.system
    try:
        made = import_module(module_name(system)).connected(connection, scenario)
    except ImportError as missing:
        extra = ",".join(dict.fromkeys(("demo", "demo" if system == "kafka" else system)))
        raise DemoError(
            f"The shop's client is not installed ({missing.name}).",
            f"Install it with: pip install 'eventscope[{extra}]'",
        ) from missing
    return cast(Transport, made)


def copied(message: Message, letters: DeadLetters, headers: list[tuple[str, bytes]]) -> Draft:
    """A refused record with headers that say where it came from."""
    return Draft(letters.to, message.key, message.value, [*message.headers, *headers])
