"""What people choose about what is shown of a graph: one value, fit to be kept as a named view."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from msgspec import Struct

from graph.identity import Subject

Direction = Literal["both", "up", "down"]
"""With and against the flow, only against it, or only with it."""

By = Literal["none", "server", "namespace", "domain", "team", "prefix"]
"""What applications and channels have in common that are drawn as one."""

TOGGLES: tuple[str, ...] = (
    "internal",
    "dead_letters",
    "retries",
    "leaf",
    "unused",
    "quiet",
    "unattributed",
)
"""The fields of `Noise`, in the order in which they take things out of the picture."""


class LabelKind(StrEnum):
    """What is written on edges."""

    RATE = "rate"
    LATENCY = "latency"
    LAG = "lag"
    NONE = "none"


class Noise(Struct, frozen=True, omit_defaults=True):
    """What is hidden although nobody named it; True hides."""

    internal: bool = True
    """Channels that a broker or framework made for itself."""
    dead_letters: bool = False
    """Channels that take what could not be handled, by a route or by their name."""
    retries: bool = False
    """Channels for another try, by their name."""
    leaf: bool = False
    """Channels that are only sent to, or only received from."""
    unused: bool = False
    """Channels that nobody is seen to use."""
    quiet: bool = False
    """Channels without a record in the last ten minutes."""
    unattributed: bool = False
    """Senders that nothing names."""


class Focus(Struct, frozen=True, omit_defaults=True):
    """Only the surroundings of something."""

    subjects: tuple[Subject, ...] = ()
    """Empty for whatever is selected; while nothing is, all is shown."""
    hops: int | None = None
    """Edges to go at most; None for all that can be reached."""
    direction: Direction = "both"


class Grouping(Struct, frozen=True, omit_defaults=True):
    """What is drawn as one."""

    by: By = "none"
    collapsed: bool = True
    """Whether groups are drawn as one, those in `others` aside."""
    others: tuple[str, ...] = ()
    """Names of the groups for which it is the other way round, sorted."""

    def is_collapsed(self, name: str) -> bool:
        """Whether a group is drawn as one."""
        return self.collapsed != (name in self.others)

    def turned(self, name: str) -> Grouping:
        """With one group the other way round."""
        others = {*self.others} ^ {name}
        return Grouping(self.by, self.collapsed, tuple(sorted(others)))


class ViewSettings(Struct, frozen=True, omit_defaults=True):
    """All that people choose about what is shown; what is left out of a file is as it is here."""

    noise: Noise = Noise()
    hide: str = ""
    """What to leave out, in the query language over `graph.view.things`."""
    find: str = ""
    """What to keep, likewise, with what is next to it."""
    type: str = ""
    """The event type to follow: channels that carry it, and who deals with them."""
    only_loops: bool = False
    focus: Focus | None = None
    grouping: Grouping = Grouping()
