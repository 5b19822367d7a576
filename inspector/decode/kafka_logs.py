"""Kafka's own logs of commits, groups and transactions, by Kafka's own descriptions in `resources/kafka`."""

from __future__ import annotations

from inspector.brokers.kafka import codec
from inspector.decode.base import About, Declined, Inside, Reading, clause

LOGS = {
    "__consumer_offsets": {
        0: ("OffsetCommit", "a commit"),
        1: ("OffsetCommit", "a commit"),
        2: ("GroupMetadata", "a group"),
        5: ("ConsumerGroupMemberMetadata", "a member of a group"),
    },
    "__transaction_state": {0: ("TransactionLog", "a transaction")},
}
"""By channel and the first two bytes of a key: Kafka's name for the record, and one for people."""


class KafkaLog:
    """A key or value of `__consumer_offsets` or `__transaction_state`."""

    name = "Kafka's own log"

    def decode(self, data: bytes, about: About) -> Reading | Inside:
        """Its fields, by Kafka's names; of a value after what its key says it is."""
        kinds = LOGS.get(about.channel)
        if kinds is None:
            raise Declined("the channel is none of Kafka's own logs")
        head = (data if about.part == "key" else about.key or b"")[:2]
        kind = kinds.get(int.from_bytes(head, "big")) if len(head) == 2 else None
        if kind is None:
            raise Declined("its key is of a kind that is not known here")
        name, said = kind
        try:
            if about.part == "key":
                return Reading(codec.message(f"{name}Key", 0).decode(data[2:]), f"key of {said}")
            version = int.from_bytes(data[:2], "big")
            if version > codec.versions(f"{name}Value")[1]:
                raise Declined(f"{name} in version {version} is not known here")
            return Reading(codec.message(f"{name}Value", version).decode(data[2:]), said)
        except codec.CodecError as error:
            raise Declined(clause(error)) from error
