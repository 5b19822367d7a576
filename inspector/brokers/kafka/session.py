"""Incremental fetch sessions: 6,000 idle partitions then cost nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from inspector.brokers.kafka.cluster import Partition
from inspector.brokers.kafka.offsets import by_topic, fetched

MAX_WAIT_MS = 500
_SESSION_LOST = (70, 71)
"""FETCH_SESSION_ID_NOT_FOUND, INVALID_FETCH_SESSION_EPOCH."""


class FetchSession:
    """An incremental fetch session with one broker (KIP-227): only what changed is asked and answered.

    A broker without room for one answers with session 0, and every request is then a whole one.
    """

    def __init__(self) -> None:
        self._id = 0
        self._epoch = 0
        self._asked: dict[Partition, int] = {}

    def request(
        self,
        wanted: Mapping[Partition, int],
        max_bytes: int,
        partition_bytes: int,
        touched: Iterable[Partition] | None = None,
    ) -> dict[str, Any]:
        """The Fetch request for these positions.

        `touched` are those that may have moved since the last request; with None any may have, or be new or
        gone.
        """
        asked, gone = self._asked, list[Partition]()
        if touched is None or not asked:
            touched, gone = wanted, [one for one in asked if one not in wanted]
        changed = [one for one in touched if asked.get(one) != wanted[one]]
        asked.update((one, wanted[one]) for one in changed)
        for one in gone:
            del asked[one]
        return {
            "ReplicaId": -1,
            "MaxWaitMs": MAX_WAIT_MS,
            "MinBytes": 1,
            "MaxBytes": max_bytes,
            "SessionId": self._id,
            "SessionEpoch": self._epoch,
            "Topics": fetched({one: wanted[one] for one in changed}, partition_bytes),
            "ForgottenTopicsData": [
                {"Topic": topic, "Partitions": numbers} for topic, numbers in by_topic(gone).items()
            ],
        }

    def accept(self, answer: Mapping[str, Any]) -> bool:
        """Take note of an answer; False where the broker knows the session no more."""
        if answer["ErrorCode"] in _SESSION_LOST:
            self.reset()
            return False
        if answer["SessionId"] != self._id:
            self._id, self._epoch = answer["SessionId"], 0
        if self._id:
            self._epoch = self._epoch % 0x7FFFFFFF + 1
        else:
            self._asked.clear()
        return True

    def reset(self) -> None:
        """Begin anew: the next request is a whole one."""
        self._id = self._epoch = 0
        self._asked.clear()
