"""A record of each sender and type on each channel now and then, however few of very many are looked into."""

from __future__ import annotations

from graph.identity import ChannelId
from graph.model import Alias
from inspector.trait_columns import TraitColumns

AGAIN_NS = 5_000_000_000
MOST = 10_000
"""Senders and types that are remembered."""


class Novelty:
    """When a record of each was looked into last."""

    def __init__(self) -> None:
        self._seen: dict[tuple[ChannelId, Alias | None, str | None], int] = {}

    def among(self, channel: ChannelId, traits: TraitColumns, now_ns: int) -> list[int]:
        """Records of senders and types that were not looked into lately; they are from now on."""
        found = []
        for sender, kind, at in traits.firsts():
            which = channel, sender, kind
            if now_ns - self._seen.get(which, -AGAIN_NS) >= AGAIN_NS:
                if len(self._seen) >= MOST:
                    self._seen.clear()
                self._seen[which] = now_ns
                found.append(at)
        return found
