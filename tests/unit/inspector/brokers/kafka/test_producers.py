from __future__ import annotations

from typing import Any

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.brokers.kafka import producers
from inspector.brokers.kafka.cluster import Partition
from inspector.errors import Unsupported
from inspector.observation import ProducerSeen, TransactionSeen

SERVER = ServerId("kafka", "x:9092")
TOPICS = [{"Topic": "pay", "Partitions": [2, 0]}, {"Topic": "__consumer_offsets", "Partitions": [7]}]


def topic(name: str) -> ChannelId:
    return ChannelId(SERVER, ChannelKind.TOPIC, name)


class Cluster:
    """Two brokers that answer from a table by broker and API; what is not in it is not offered."""

    def __init__(self, answers: dict[tuple[int, str], Any]) -> None:
        self.nodes = {1: ("x", 9092), 2: ("y", 9092)}
        self.answers = answers
        self.asked: list[tuple[int, str, Any]] = []

    async def request(self, node: int, api: str, body: dict[str, Any]) -> Any:
        self.asked.append((node, api, body))
        if (node, api) not in self.answers:
            raise Unsupported(f"{api} is not offered.")
        return self.answers[node, api]

    async def on_each(self, nodes: Any, work: Any) -> None:
        for node in nodes:
            await work(node)

    def by_leader(self, partitions: list[Partition]) -> dict[int, list[Partition]]:
        return {
            node: mine
            for node in self.nodes
            if (mine := [one for one in partitions if one[1] % 2 + 1 == node])
        }


def listed(*names: tuple[str, str]) -> dict[str, Any]:
    states = [{"TransactionalId": name, "ProducerId": 7, "TransactionState": state} for name, state in names]
    return {"ErrorCode": 0, "TransactionStates": states}


async def test_open_transactions_are_described_by_the_broker_that_lists_them() -> None:
    cluster = Cluster(
        {
            (1, "ListTransactions"): listed(("a", "Ongoing"), ("b", "CompleteCommit")),
            (2, "ListTransactions"): listed(("c", "PrepareAbort"), ("d", "Ongoing")),
            (1, "DescribeTransactions"): {
                "TransactionStates": [{"TransactionalId": "a", "ErrorCode": 0, "Topics": TOPICS}]
            },
            (2, "DescribeTransactions"): {
                "TransactionStates": [
                    {"TransactionalId": "c", "ErrorCode": 0, "Topics": []},
                    {"TransactionalId": "d", "ErrorCode": 105, "Topics": []},  # it has ended meanwhile
                ]
            },
        }
    )
    assert await producers.transactions(cluster, SERVER) == [  # type: ignore[arg-type]
        TransactionSeen(
            SERVER, "a", 7, "Ongoing", ((topic("__consumer_offsets"), (7,)), (topic("pay"), (0, 2)))
        ),
        TransactionSeen(SERVER, "b", 7, "CompleteCommit"),
        TransactionSeen(SERVER, "c", 7, "PrepareAbort"),
        TransactionSeen(SERVER, "d", 7, "Ongoing"),
    ]
    described = [(node, body) for node, api, body in cluster.asked if api == "DescribeTransactions"]
    assert described == [(1, {"TransactionalIds": ["a"]}), (2, {"TransactionalIds": ["c", "d"]})]


async def test_where_transactions_cannot_be_described_they_are_still_listed() -> None:
    cluster = Cluster({(1, "ListTransactions"): listed(("a", "Ongoing")), (2, "ListTransactions"): listed()})
    assert await producers.transactions(cluster, SERVER) == [  # type: ignore[arg-type]
        TransactionSeen(SERVER, "a", 7, "Ongoing")
    ]


async def test_producers_are_asked_of_leaders_in_parts_without_our_own() -> None:
    def answer(node: int) -> Any:
        state = {
            "ProducerEpoch": 0, "LastSequence": 4, "LastTimestamp": 5, "CoordinatorEpoch": -1,
            "CurrentTxnStartOffset": -1,
        }  # fmt: skip
        active = [state | {"ProducerId": one} for one in (7, 8)]
        refused = {"PartitionIndex": 0, "ErrorCode": 29, "ActiveProducers": []}
        told = {"PartitionIndex": node, "ErrorCode": 0, "ActiveProducers": active}
        return {
            "Topics": [{"Name": "orders", "Partitions": [told]}, {"Name": "pay", "Partitions": [refused]}]
        }

    cluster = Cluster({(node, "DescribeProducers"): answer(node) for node in (1, 2)})
    wanted = [("orders", number) for number in range(2 * producers.CHUNK + 2)]
    found = await producers.look(cluster, SERVER, wanted, frozenset({8}))  # type: ignore[arg-type]
    sizes = [len(body["Topics"][0]["PartitionIndexes"]) for _, _, body in cluster.asked]
    assert sizes == [producers.CHUNK, 1] * 2
    assert found.refused == {"pay"}
    assert set(found.seen) == {ProducerSeen(topic("orders"), node, 7, 0, 4, 5_000_000) for node in (1, 2)}
