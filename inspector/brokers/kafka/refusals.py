"""What the login may not see, told once and taken back when it can be seen: empty is never drawn as none."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from graph.model import Unavailable
from inspector.brokers.kafka.certificate import subject
from inspector.connection import Connection
from inspector.logins import CERTIFICATE, NONE, PLAIN, SCRAM_256, SCRAM_512
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
    EARLIER_SENDERS = _Kind("senders that wrote earlier", "", "topic", ("topic", "topics"))
    COMMITTERS = _Kind("senders that commit offsets", "Read", "topic", ("topic", "topics"))
    LOGS = _Kind("the logs of commits and transactions", "Read", "topic", ("topic", "topics"))
    OFFSETS = _Kind("offsets", "Describe", "topic", ("topic", "topics"))
    LOG_RECORDS = _Kind("some commits and transactions", "", "topic", ("topic", "topics"))
    ALL_TOPICS = _Kind("topics that are not listed", "Describe", "topic", ("topic", "topics"))
    GROUPS = _Kind("receivers", "Describe", "group", ("group", "groups"))
    GROUP_KINDS = _Kind("receivers in groups of a kind", "", "group", ("group", "groups"))
    GROUP_TOPICS = _Kind("receivers of hidden topics", "Describe", "topic", ("topic", "topics"))
    ALL_GROUPS = _Kind("receivers in groups that are not listed", "Describe", "group", ("group", "groups"))
    TRANSACTIONS = _Kind("transactional ids", "Describe", "transactional-id", ("id", "ids"))
    ALL_TRANSACTIONS = _Kind(
        "transactional ids that are not listed", "Describe", "transactional-id", ("id", "transactional ids")
    )
    PERMISSIONS = _Kind("permissions", "Describe", "cluster", ("", ""))
    WIDE_PERMISSIONS = _Kind("permissions on many topics", "", "topic", ("topic", "topics"))
    BROKERS = _Kind("what lies on some brokers", "", "", ("", ""))
    BATCHES = _Kind("records in unreadable batches", "", "topic", ("topic", "topics"))

    @property
    def what(self) -> str:
        """The stable name."""
        return self.value.what


_OF_GROUPS = (Sight.GROUPS, Sight.GROUP_KINDS, Sight.GROUP_TOPICS, Sight.ALL_GROUPS, Sight.BROKERS)


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
        return self.tell(
            sight,
            f"Kafka refuses this login {kind.operation} on {kind.nouns[len(names) > 1]} {listing(names)}.",
            self.command(kind.operation, kind.resource, names),
        )

    def tell(self, sight: Sight, why: str, remedy: str) -> list[Observation]:
        """Yield the reason unless it was told already."""
        unavailable = Unavailable(sight.what, why, remedy)
        if self._told.get(sight.what) == unavailable:
            return []
        self._told[sight.what] = unavailable
        return [NotVisible(unavailable, self._connection.server, sight in _OF_GROUPS)]

    def hides(self, sight: Sight) -> bool:
        """Whether it was told that it cannot be seen, and not taken back."""
        return sight.what in self._told

    def lifted(self, sight: Sight) -> list[Observation]:
        """Yield that it can be seen, if it was told that it could not."""
        if self._told.pop(sight.what, None) is None:
            return []
        return [VisibleAgain(sight.what, self._connection.server)]

    def command(self, operation: str, resource: str, names: Collection[str] = ()) -> str:
        """The `kafka-acls` command that allows an operation."""
        return acl_command(self._connection, operation, resource, names)


def listing(names: Collection[str]) -> str:
    """The first few names, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(sorted(names)[:_NAMED]) + more


def acl_command(connection: Connection, operation: str, resource: str, names: Collection[str] = ()) -> str:
    """The `kafka-acls` command that allows the login of a connection an operation; no names mean all."""
    if resource == "cluster":
        on = "--cluster"
    elif 0 < len(names) <= _IN_COMMAND:
        on = " ".join(f"--{resource} {quote(name)}" for name in sorted(names))
    else:
        on = f"--{resource} '*'"
    principal = principal_of(connection)
    to = "" if principal else " to the principal of this login, NAME in the command"
    return (
        f"Allow it{to}: kafka-acls --bootstrap-server {connection.server.address} --add "
        f"--allow-principal {quote(principal or 'User:NAME')} --operation {operation} {on}"
    )


def principal_of(connection: Connection) -> str | None:
    """The principal that Kafka knows a login as, unless the broker maps it to another.

    None where only the broker knows it: of tokens, of Kerberos, of IAM, and of the keys of hosted services.
    """
    method = connection.method
    if method is NONE:
        return "User:ANONYMOUS"
    if method is CERTIFICATE:
        name = subject(Path(connection.option("cert") or ""))
        return None if name is None else f"User:{name}"
    if method in (SCRAM_256, SCRAM_512) or (method is PLAIN and connection.preset is None):
        return f"User:{connection.user}"
    return None
