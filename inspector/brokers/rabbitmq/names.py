"""Names of exchanges and queues as channels: the virtual host stands in front, but for the default one.

As in addresses of RabbitMQ's own management interface the virtual host is percent-encoded, so that a slash in
a name is never taken for its end.
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote, unquote

from graph.identity import ChannelId, ChannelKind, ServerId

DEFAULT_VHOST = "/"
OWN = "eventscope"
"""What our own connections and queues are called, or begin with."""


class Place(NamedTuple):
    """An exchange or a queue."""

    vhost: str
    name: str

    def channel(self, server: ServerId, kind: ChannelKind) -> ChannelId:
        """It as a channel."""
        if self.vhost == DEFAULT_VHOST and "/" not in self.name:
            return ChannelId(server, kind, self.name)
        return ChannelId(server, kind, f"{quote(self.vhost, safe='')}/{self.name}")


def place_of(channel: ChannelId) -> Place:
    """Where a channel is; the opposite of `Place.channel`."""
    vhost, slash, name = channel.name.partition("/")
    return Place(unquote(vhost), name) if slash else Place(DEFAULT_VHOST, channel.name)


def matches(pattern: str, key: str) -> bool:
    """Whether a binding of a topic exchange takes a routing key: `*` is one word, `#` any number of them
    (AMQP 0-9-1 §3.1.3.3)."""
    words = key.split(".")
    reached = {0}
    for part in pattern.split("."):
        if part == "#":
            reached = set(range(min(reached), len(words) + 1)) if reached else reached
        else:
            reached = {at + 1 for at in reached if at < len(words) and part in ("*", words[at])}
    return len(words) in reached
