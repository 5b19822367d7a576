"""What the login may not see, told once and taken back when it can be seen: empty is never drawn as none."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import NamedTuple

from graph.model import Unavailable
from inspector.connection import Connection
from inspector.observation import NotVisible, Observation, VisibleAgain

_NAMED = 3
_IN_COMMAND = 20


class _Kind(NamedTuple):
    what: str
    operation: str
    resource: str
    nouns: tuple[str, str]


class Sight(Enum):
    """What can be hidden. `what` is its stable name in `NotVisible` and `VisibleAgain`."""

    RECORDS = _Kind("records", "Read", "topic", ("topic", "topics"))
    SENDERS = _Kind("senders by producer id", "Read", "topic", ("topic", "topics"))
    OFFSETS = _Kind("offsets", "Describe", "topic", ("topic", "topics"))
    GROUPS = _Kind("receivers", "Describe", "group", ("group", "groups"))
    ALL_GROUPS = _Kind("receivers in groups that are not listed", "Describe", "cluster", ("group", "groups"))
    TRANSACTIONS = _Kind("transactional ids", "Describe", "transactional-id", ("id", "ids"))
    BROKERS = _Kind("what lies on some brokers", "", "", ("", ""))
    BATCHES = _Kind("records in unreadable batches", "", "topic", ("topic", "topics"))

    @property
    def what(self) -> str:
        """The stable name."""
        return self.value.what


class Refusals:
    """Remembers what was told, so that a refusal is yielded when it begins, changes or ends."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._told: dict[str, Unavailable] = {}

    def settle(self, sight: Sight, names: Collection[str]) -> list[Observation]:
        """The topics, groups or ids that were refused this time; none lifts the refusal."""
        if not names:
            return self.lifted(sight)
        kind = sight.value
        ordered = sorted(names)
        listed = ", ".join(ordered[:_NAMED])
        more = f" and {len(ordered) - _NAMED} more" if len(ordered) > _NAMED else ""
        return self.tell(
            sight,
            f"Kafka refuses this login {kind.operation} on {kind.nouns[len(ordered) > 1]} {listed}{more}.",
            self.command(kind.operation, kind.resource, ordered),
        )

    def tell(self, sight: Sight, why: str, remedy: str) -> list[Observation]:
        """Yield the reason unless it was told already."""
        unavailable = Unavailable(sight.what, why, remedy)
        if self._told.get(sight.what) == unavailable:
            return []
        self._told[sight.what] = unavailable
        return [NotVisible(unavailable)]

    def lifted(self, sight: Sight) -> list[Observation]:
        """Yield that it can be seen, if it was told that it could not."""
        return [VisibleAgain(sight.what)] if self._told.pop(sight.what, None) else []

    def command(self, operation: str, resource: str, names: Collection[str] = ()) -> str:
        """The `kafka-acls` command that allows an operation."""
        return acl_command(self._connection, operation, resource, names)


def acl_command(connection: Connection, operation: str, resource: str, names: Collection[str] = ()) -> str:
    """The `kafka-acls` command that allows the login of a connection an operation; no names mean all."""
    if resource == "cluster":
        on = "--cluster"
    elif 0 < len(names) <= _IN_COMMAND:
        on = " ".join(f"--{resource} {name}" for name in names)
    else:
        on = f"--{resource} '*'"
    return (
        f"Allow it: kafka-acls --bootstrap-server {connection.server.address} --add "
        f"--allow-principal User:{connection.user or 'ANONYMOUS'} --operation {operation} {on}"
    )
