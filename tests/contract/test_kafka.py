"""What only a real Kafka can show: logins, permissions, compression, transactions, the kinds of groups."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from inspector.brokers.base import Budget, Outgoing
from inspector.connection import parse
from inspector.demo.broker import KafkaBroker
from inspector.errors import AccessRefused, ConnectionFailed, InspectorError
from inspector.observation import (
    BatchSeen,
    ChannelSeen,
    GroupSeen,
    OffsetsSeen,
    ProducerSeen,
    TransactionSeen,
)
from inspector.record import Position

pytestmark = pytest.mark.kafka


@pytest.mark.parametrize("protocol", ["classic", "consumer"])
async def test_groups_of_both_protocols_show_their_members(
    kafka_world: Any, connect: Any, observe: Any, protocol: str
) -> None:
    channel = kafka_world.create("in", 2)
    kafka_world.write(channel, [(None, b"x", ())])
    group = f"{kafka_world.prefix}{protocol}"
    kafka_world.receive(group, "billing-7", channel, protocol)
    seen = await observe(await connect(kafka_world.connection))
    await seen.until(lambda: any(one.group == group for one in seen.of(GroupSeen)))
    found = next(one for one in seen.of(GroupSeen) if one.group == group)
    assert (found.kind, found.state) == (protocol, "Stable")
    (member,) = found.members
    assert (member.client_id, member.host, member.channels) == ("billing-7", "127.0.0.1", (channel,))


async def test_a_group_that_left_shows_its_commits(kafka_world: Any, connect: Any, observe: Any) -> None:
    channel = kafka_world.create("in")
    kafka_world.write(channel, [(None, b"x", ())] * 3)
    group = f"{kafka_world.prefix}gone"
    kafka_world.receive(group, "c", channel)
    kafka_world.close()
    seen = await observe(await connect(kafka_world.connection))
    await seen.until(lambda: any(one.group == group for one in seen.of(GroupSeen)))
    found = next(one for one in seen.of(GroupSeen) if one.group == group)
    assert (found.state, found.members) == ("Empty", ())


async def test_who_receives_what_is_told_before_how_much_there_is(
    kafka_world: Any, connect: Any, observe: Any
) -> None:
    """Offsets of thousands of partitions take their time, and a first picture needs none of them."""
    channel = kafka_world.create("in")
    kafka_world.write(channel, [(None, b"x", ())])
    group = f"{kafka_world.prefix}first"
    kafka_world.receive(group, "c", channel)
    seen = await observe(await connect(kafka_world.connection))
    await seen.until(lambda: seen.of(OffsetsSeen))
    told = seen.observations[: seen.observations.index(seen.of(OffsetsSeen)[0])]
    assert any(isinstance(one, ChannelSeen) and one.channel == channel for one in told)
    assert any(isinstance(one, GroupSeen) and one.group == group for one in told)


async def test_own_groups_are_left_out(kafka_world: Any, connect: Any, observe: Any) -> None:
    channel = kafka_world.create("in")
    kafka_world.write(channel, [(None, b"x", ())])
    kafka_world.receive("eventscope-observers", "eventscope-1", channel)
    kafka_world.receive(f"{kafka_world.prefix}shop", "shop", channel)
    seen = await observe(await connect(kafka_world.connection))
    await seen.until(lambda: any(one.group == f"{kafka_world.prefix}shop" for one in seen.of(GroupSeen)))
    assert "eventscope-observers" not in {one.group for one in seen.of(GroupSeen)}


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_compressed_batches(kafka_world: Any, connect: Any, observe: Any, codec: str) -> None:
    channel = kafka_world.create(codec)
    producer = kafka_world.producer(
        **{"compression.type": codec, "enable.idempotence": True, "linger.ms": 200}
    )
    for number in range(100):
        producer.produce(channel.name, b"%d " % number * 50, b"k", headers=[("n", b"%d" % number)])
    producer.flush(20)
    adapter = await connect(kafka_world.connection)
    seen = await observe(adapter)
    await seen.until(lambda: len(seen.records(channel)) == 100)
    records = seen.records(channel)
    assert [one.value for one in records] == [b"%d " % number * 50 for number in range(100)]
    assert [one.sequence for one in records] == list(range(100))
    assert {one.codec for one in seen.of(BatchSeen) if one.channel == channel} == {codec}
    assert await adapter.fetch(channel, Position(0, 57)) == records[57]


async def test_aborted_records_are_shown_and_the_brokers_marks_are_not(
    kafka_world: Any, connect: Any, observe: Any
) -> None:
    channel = kafka_world.create("pay")
    name = f"{kafka_world.prefix}tx"
    kafka_world.write_in_transaction(channel, name, [b"kept"])
    kafka_world.write_in_transaction(channel, name, [b"aborted"], commit=False)
    kafka_world.write(channel, [(None, b"plain", ())])
    adapter = await connect(kafka_world.connection)
    seen = await observe(adapter)
    await seen.until(lambda: len(seen.records(channel)) == 3)
    records = seen.records(channel)
    assert [(one.value, one.transactional) for one in records] == [
        (b"kept", True), (b"aborted", True), (b"plain", False),
    ]  # fmt: skip
    assert [one.position.offset for one in records] == [0, 2, 4]
    assert [one.control for one in seen.of(BatchSeen) if one.channel == channel] == [
        False, True, False, True, False,
    ]  # fmt: skip
    assert await adapter.fetch(channel, Position(0, 1)) is None
    assert seen.skipped(channel) == 0
    await seen.until(lambda: any(one.transactional_id == name for one in seen.of(TransactionSeen)))


async def test_an_open_transaction_is_seen(kafka_world: Any, connect: Any, observe: Any) -> None:
    channel = kafka_world.create("open")
    producer = kafka_world.producer(**{"transactional.id": f"{kafka_world.prefix}open"})
    producer.init_transactions(20)
    producer.begin_transaction()
    producer.produce(channel.name, b"x")
    producer.flush(20)
    seen = await observe(await connect(kafka_world.connection))
    await seen.until(lambda: any(one.channel == channel for one in seen.of(ProducerSeen)))
    assert next(one for one in seen.of(ProducerSeen) if one.channel == channel).transaction_open
    producer.abort_transaction(20)


async def test_a_record_of_ten_megabytes(kafka_world: Any, connect: Any, observe: Any) -> None:
    channel = kafka_world.create("big", **{"max.message.bytes": "12000000", "segment.bytes": "20000000"})
    small = kafka_world.create("small")
    adapter = await connect(kafka_world.connection, Budget(2_000_000))
    seen = await observe(adapter)
    await seen.until(lambda: ChannelSeen(small, 1) in seen.observations)
    value = bytes(range(256)) * 40_000
    assert await adapter.send(Outgoing(channel, b"k", value)) == Position(0, 0)
    await seen.until(lambda: seen.records(channel))
    assert seen.records(channel)[0].value == value
    assert (await adapter.fetch(channel, Position(0, 0))).value == value
    with pytest.raises(InspectorError, match=r"small takes no record of this size\. Raise its max\.message"):
        await adapter.send(Outgoing(small, b"k", value))
    kafka_world.write(small, [(None, b"after", ())])
    await seen.until(lambda: seen.records(small))


async def test_a_compacted_topic_refuses_what_has_no_key(kafka_world: Any, connect: Any) -> None:
    channel = kafka_world.create("table", **{"cleanup.policy": "compact"})
    adapter = await connect(kafka_world.connection)
    with pytest.raises(InspectorError, match="refuses the record"):
        await adapter.send(Outgoing(channel, None, b"x"))
    assert await adapter.send(Outgoing(channel, b"k", None)) == Position(0, 0)


async def test_the_brokers_own_topics_are_marked_and_not_read(
    kafka_world: Any, connect: Any, observe: Any
) -> None:
    source = kafka_world.create("in")
    kafka_world.write(source, [(None, b"x", ())])
    kafka_world.receive(f"{kafka_world.prefix}g", "c", source)
    changelog = kafka_world.create("app-store-changelog")
    kafka_world.write(changelog, [(None, b"x", ())])
    seen = await observe(await connect(kafka_world.connection))
    await seen.until(lambda: seen.records(source))
    internal = {one.channel for one in seen.of(ChannelSeen) if one.internal}
    assert {changelog, kafka_world.channel("__consumer_offsets")} <= internal
    assert source not in internal
    await asyncio.sleep(0.3)
    assert {record.channel for record in seen.records(changelog)} == set()


async def test_a_topic_made_anew_at_once_is_read_from_its_beginning(
    kafka_world: Any, connect: Any, observe: Any
) -> None:
    channel = kafka_world.create("anew")
    kafka_world.write(channel, [(None, b"old", ())] * 10)
    seen = await observe(await connect(kafka_world.connection))
    await seen.until(lambda: len(seen.records(channel)) == 10)
    kafka_world.delete(channel)
    await asyncio.sleep(0.3)
    kafka_world.create(channel.name)
    kafka_world.write(channel, [(None, b"new", ())] * 3)
    await seen.until(lambda: len(seen.records(channel)) >= 13)
    assert [(one.value, one.position.offset) for one in seen.records(channel)[10:13]] == [
        (b"new", 0), (b"new", 1), (b"new", 2),
    ]  # fmt: skip
    await seen.until(lambda: seen.observations.count(ChannelSeen(channel, 1)) == 2)


class TestLogin:
    @pytest.mark.parametrize(
        ("login", "option"), [("reader:right", ""), ("scram:scram-secret", "?sasl=SCRAM-SHA-512")]
    )
    async def test_right(self, kafka_server: KafkaBroker, connect: Any, login: str, option: str) -> None:
        address = kafka_server.address_of("SASL_PLAINTEXT")
        adapter = await connect(parse(f"kafka://{login}@{address}{option}"))
        assert adapter.server.address == address

    @pytest.mark.parametrize(
        ("url", "sentence"),
        [
            ("kafka://reader:wrong@{sasl}", "refused the login of reader. Check user, password"),
            ("kafka://scram:no@{sasl}?sasl=SCRAM-SHA-512", "refused the login of scram"),
            (
                "kafka://reader:right@{sasl}?sasl=SCRAM-SHA-256",
                "does not offer the login method SCRAM-SHA-256",
            ),
            ("kafka://reader@{sasl}", "There is no password for reader"),
            ("kafka://{sasl}", "wants a login. Write the user before an @"),
            ("kafka://reader:right@{plain}", "takes no login. Leave the user out"),
        ],
    )
    async def test_wrong(
        self,
        kafka_server: KafkaBroker,
        connect: Any,
        caplog: pytest.LogCaptureFixture,
        url: str,
        sentence: str,
    ) -> None:
        text = url.format(sasl=kafka_server.address_of("SASL_PLAINTEXT"), plain=kafka_server.bootstrap)
        began = time.monotonic()
        with caplog.at_level(logging.INFO), pytest.raises(AccessRefused) as refused:
            await connect(parse(text))
        assert sentence in str(refused.value)
        assert "right" not in str(refused.value)
        assert time.monotonic() - began < 5
        assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


class TestTls:
    async def test_trusted(
        self, kafka_server: KafkaBroker, certificate: tuple[Path, Path], connect: Any
    ) -> None:
        address = kafka_server.address_of("SSL")
        await connect(parse(f"kafka+tls://{address}?ca={certificate[1]}"))
        await connect(parse(f"kafka+tls://{address}?verify=no"))

    @pytest.mark.parametrize(
        ("url", "sentence"),
        [
            ("kafka+tls://{tls}", "is not trusted"),
            ("kafka+tls://{tls}?ca=/nowhere/ca.pem", "/nowhere/ca.pem cannot be read"),
            ("kafka://{tls}", "speaks TLS, and the address asks for a plain connection. Write kafka+tls://"),
            ("kafka+tls://{plain}", "does not speak TLS, and the address asks for it"),
        ],
    )
    async def test_refused(self, kafka_server: KafkaBroker, connect: Any, url: str, sentence: str) -> None:
        text = url.format(tls=kafka_server.address_of("SSL"), plain=kafka_server.bootstrap)
        with pytest.raises(ConnectionFailed) as failed:
            await connect(parse(text))
        assert sentence in str(failed.value)


@asynccontextmanager
async def _serving(answer: bytes | None) -> AsyncIterator[int]:
    """A server that is not Kafka: it answers every connection with some bytes, or with nothing."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "A web server answers at"),
        (b"220 mail.example ready\r\n", "is not Kafka"),
        (b"\xff" * 64, "is not Kafka"),
        (b"", "closes the connection at once"),
        (None, "says nothing"),
    ],
    ids=["http", "smtp", "garbage", "closes", "silent"],
)
@pytest.mark.parametrize("scheme", ["kafka", "kafka+tls"])
async def test_something_that_is_no_kafka(
    connect: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    answer: bytes | None,
    sentence: str,
    scheme: str,
) -> None:
    monkeypatch.setattr("inspector.brokers.kafka.cluster.CONNECT_TIMEOUT_S", 1.0)
    async with _serving(answer) as port:
        began = time.monotonic()
        with caplog.at_level(logging.INFO), pytest.raises(ConnectionFailed) as failed:
            await connect(parse(f"{scheme}://127.0.0.1:{port}"))
        assert sentence in str(failed.value)
        assert str(port) in str(failed.value)
        assert time.monotonic() - began < 10
        assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_name_that_is_not_known(connect: Any) -> None:
    with pytest.raises(ConnectionFailed, match=r"The name nowhere\.invalid is not known"):
        await connect(parse("kafka://nowhere.invalid:9092"))


async def test_one_of_several_addresses_is_enough(kafka_server: KafkaBroker, connect: Any) -> None:
    await connect(parse(f"kafka://127.0.0.1:1,{kafka_server.bootstrap}"))


async def test_many_partitions_come_in_one_look(kafka_world: Any, connect: Any, observe: Any) -> None:
    channels = [kafka_world.create(f"many-{number}", 50) for number in range(6)]
    for channel in channels[::5]:
        kafka_world.write(channel, [(None, b"x", ())], 49)
    adapter = await connect(kafka_world.connection)
    seen = await observe(adapter)
    took = await seen.until(
        lambda: (
            set(channels) <= {one.channel for one in seen.of(OffsetsSeen)} and seen.of(GroupSeen) is not None
        )
    )
    assert took < 3.0
    await seen.until(lambda: all(seen.records(channel) for channel in channels[::5]))
    for channel in channels:
        kafka_world.delete(channel)
