"""What people wrote down about their applications: facts that nobody has observed yet."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from graph.certainty import SAID
from graph.identity import Action, ChannelId, ServerId
from graph.model import DECLARED, Alias

UNSEEN = {**SAID, "inferred": "inferred"}
"""Families of evidence that no trace of an application is behind, with the word for what they say."""


def does(name: str, action: Action, channel: str) -> str:
    """`billing sends to orders`."""
    return f"{name} {'sends to' if action is Action.SEND else 'receives from'} {channel}"


class DeclaredChannel(Struct, frozen=True):
    """A channel as a declaration names it."""

    name: str
    """Its name, or its whole id as `str(ChannelId)` has it."""
    servers: tuple[str, ...] = ()
    """`host:port` of the brokers it is said to lie on; empty where that is not said."""

    def lies_on(self, server: ServerId) -> bool:
        """Whether the declaration names a server."""
        return any(address in self.servers for address in server.address.split(","))


class Channels:
    """The channels that there are, to be found as declarations name them."""

    def __init__(self, channels: Iterable[ChannelId]) -> None:
        self._by_name: dict[str, list[ChannelId]] = {}
        for channel in channels:
            for name in (channel.name, str(channel)):
                self._by_name.setdefault(name, []).append(channel)

    def find(self, declared: DeclaredChannel) -> tuple[ChannelId | None, int]:
        """The channel that a declaration means, and how many of that name there are.

        None where no server has it, and where several have it and the declaration does not say which.
        """
        named = self._by_name.get(declared.name, [])
        there = [channel for channel in named if declared.lies_on(channel.server)] or named
        return (there[0] if len(there) == 1 else None), len(named)


class Declaration(Struct, frozen=True):
    """One application as one file describes it."""

    name: str
    source: str
    """The technique: `declared.project` or `declared.asyncapi`."""
    file: str
    """The name of the file, for sentences."""
    owner: str | None = None
    description: str | None = None
    operations: tuple[tuple[Action, DeclaredChannel], ...] = ()
    names: tuple[Alias, ...] = ()
    """Other names that the declaration itself gives, such as its consumer group."""
    replies: tuple[tuple[DeclaredChannel, DeclaredChannel], ...] = ()
    """Channels of requests, each with the channel on which they are answered."""
    passed_over: int = 0
    """Operations on channels whose address does not stand in the file, or has parameters in it."""

    @property
    def alias(self) -> Alias:
        """The name as one under which the application is known."""
        return Alias(DECLARED, self.name)


class ConfirmedEdge(Struct, frozen=True):
    """An edge that a person says exists."""

    name: Alias
    action: Action
    channel: DeclaredChannel
