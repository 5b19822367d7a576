"""Which channel a topic is: itself, or a pattern where a level holds names of devices or keys.

Topics have levels between slashes; `+` stands for one level, `#` at the end for any number (MQTT 5, section
4.7). Nothing lists the topics of a broker: those that something came over are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

MOST_BESIDE = 50
"""More names than these on one level, below the same levels, are devices or keys: `+` stands for them."""
MOST_REMEMBERED = 100_000
"""Topics whose channel is remembered."""
INTERNAL = "$"
"""Begins the topics of the broker itself, which `#` leaves out (MQTT 5, section 4.7.2)."""


@dataclass(slots=True)
class _Level:
    below: dict[str, _Level] = field(default_factory=dict)
    any: _Level | None = None

    def fold(self) -> None:
        """From now on one pattern stands for all names here."""
        self.any = _Level()
        for level in self.below.values():
            self.any.take(level)
        self.below.clear()

    def take(self, other: _Level) -> None:
        """Everything that is below another level is below this one too."""
        if other.any is not None:
            if self.any is None:
                self.any = _Level()
            self.any.take(other.any)
        for name, level in other.below.items():
            self.below.setdefault(name, _Level()).take(level)


class Topics:
    """Topics as they are known now."""

    def __init__(self) -> None:
        self._root = _Level()
        self._found: dict[str, str] = {}

    def channel(self, topic: str) -> str:
        """The name of the channel of a topic, or of one that was a channel before."""
        found = self._found.get(topic)
        if found is None:
            if len(self._found) >= MOST_REMEMBERED:
                self._found.clear()
            found = self._found[topic] = "/".join(self._levels(topic))
        return found

    def _levels(self, topic: str) -> Iterator[str]:
        level = self._root
        for name in topic.split("/"):
            if level.any is None and name not in level.below:
                level.below[name] = _Level()
                if len(level.below) > MOST_BESIDE:
                    level.fold()
                    self._found.clear()
            if level.any is None:
                yield name
                level = level.below[name]
            else:
                yield "+"
                level = level.any


def is_pattern(name: str) -> bool:
    """Whether it stands for several topics."""
    return "+" in name.split("/") or name.split("/")[-1] == "#"


def covers(pattern: str, topic: str) -> bool:
    """Whether a topic, without wildcards of its own, belongs to a pattern."""
    wanted, given = pattern.split("/"), topic.split("/")
    if wanted[-1] == "#":
        wanted = wanted[:-1]
        given = given[: len(wanted)]
    return len(wanted) == len(given) and all(
        each in ("+", name) for each, name in zip(wanted, given, strict=True)
    )
