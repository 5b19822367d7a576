"""What is promised of every adapter, as far as a broker that keeps nothing can, on a real Mosquitto."""

from __future__ import annotations

import asyncio
import queue
import subprocess
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.subscribeoptions import SubscribeOptions

from graph.identity import ChannelId, ChannelKind
from inspector.brokers import open_adapter
from inspector.brokers.base import Budget, Outgoing
from inspector.brokers.mqtt.messages import properties_of
from inspector.connection import parse
from inspector.demo.servers.mqtt import MqttServer
from inspector.errors import AccessRefused, ConnectionFailed, InspectorError, Unsupported
from inspector.observation import (
    Back,
    ChannelGone,
    ChannelSeen,
    Lost,
    NotVisible,
    OffsetsSeen,
    ServerSeen,
)
from inspector.record import Headers, Position

Start = Callable[[MqttServer], MqttServer]


class Program:
    """Another program on the broker, with a name and a session that outlives its connection."""

    def __init__(self, server: MqttServer, name: str = "", *, user: str | None = None) -> None:
        self.received: queue.Queue[MQTTMessage] = queue.Queue()
        name = name or f"p-{uuid.uuid4().hex[:8]}"
        self._acknowledged: queue.Queue[int] = queue.Queue()
        client = self.client = Client(
            CallbackAPIVersion.VERSION2,
            name,
            protocol=MQTTv5,
        )
        client.on_message = lambda _c, _d, message: self.received.put(message)
        client.on_subscribe = lambda _c, _d, number, _codes, _said: self._acknowledged.put(number)
        if user:
            client.username_pw_set(user, "right")
        client.connect("127.0.0.1", server.port)
        client.loop_start()

    def listen(self, pattern: str, qos: int = 1) -> None:
        _, number = self.client.subscribe(pattern, options=SubscribeOptions(qos))
        assert self._acknowledged.get(timeout=5) == number

    def publish(self, topic: str, value: bytes, headers: Headers = (), *, retain: bool = False) -> None:
        properties = properties_of(headers) if headers else None
        self.client.publish(topic, value, 1, retain, properties).wait_for_publish(5)

    def values(self, count: int) -> list[bytes]:
        return [bytes(self.received.get(timeout=5).payload) for _ in range(count)]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
        self.client.on_message = self.client.on_subscribe = None


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, start_server: Start) -> Iterator[MqttServer]:
    """One for all tests that leave it alive."""
    server = start_server(MqttServer(tmp_path_factory.mktemp("mqtt")))
    yield server
    server.stop()


@pytest.fixture
def prefix() -> str:
    """Begins all topics of a test."""
    return f"t{uuid.uuid4().hex[:6]}"


@pytest.fixture
def program(server: MqttServer) -> Iterator[Program]:
    """Another program."""
    program = Program(server)
    yield program
    program.close()


def at(server: MqttServer, topic: str) -> ChannelId:
    return ChannelId(parse(server.url).server, ChannelKind.TOPIC, topic)


async def test_topics_are_those_that_something_came_over(
    server: MqttServer, program: Program, prefix: str, connect: Any, observe: Any
) -> None:
    seen = await observe(await connect(parse(server.url)))
    await seen.until(lambda: seen.of(NotVisible))
    first = seen.observations[0]
    assert isinstance(first, ServerSeen)
    assert first.version is not None
    assert "mosquitto" in first.version
    (receivers,) = [one for one in seen.of(NotVisible) if one.unavailable.what == "receivers"][:1]
    assert receivers.groups
    assert "MQTT tells nobody who is subscribed" in receivers.unavailable.why
    channel = at(server, f"{prefix}/orders")
    program.publish(channel.name, b"1")
    program.publish(channel.name, b"2")
    await seen.until(lambda: OffsetsSeen(channel, {0: 2}, {0: 2}) in seen.observations)
    assert ChannelSeen(channel, 1) in seen.observations


async def test_records_are_as_they_were_published(
    server: MqttServer, program: Program, prefix: str, connect: Any, observe: Any
) -> None:
    channel = at(server, f"{prefix}/odd")
    seen = await observe(await connect(parse(server.url)))
    await seen.until(lambda: seen.of(ServerSeen))
    said: Headers = (
        ("content-type", b"application/json"),
        ("mqtt.response_topic", b"answers/here"),
        ("mqtt.correlation_data", b"\xff\x00"),
        ("h", b"1"),
        ("ü", b"2"),
        ("h", b"3"),
        ("empty", b""),
    )
    program.publish(channel.name, b"\x00\xfe" * 2_000, said)
    program.publish(channel.name, b"")
    await seen.until(lambda: len(seen.records(channel)) == 2)
    full, empty = seen.records(channel)
    assert (full.key, full.value, full.headers) == (channel.name.encode(), b"\x00\xfe" * 2_000, said)
    assert (empty.value, empty.headers) == (b"", ())
    assert full.position < empty.position


async def test_what_is_sent_is_seen_and_lies_nowhere(
    server: MqttServer, program: Program, prefix: str, connect: Any, observe: Any
) -> None:
    channel = at(server, f"{prefix}/sent")
    adapter = await connect(parse(server.url))
    with pytest.raises(InspectorError, match=f"Nobody listens to {channel.name}"):
        await adapter.send(Outgoing(channel, None, b"lost"))
    seen = await observe(adapter)
    await seen.until(lambda: seen.of(ServerSeen))
    program.listen(channel.name)
    with pytest.raises(InspectorError, match="has no partition 4"):
        await adapter.send(Outgoing(channel, None, b"x", partition=4))
    with pytest.raises(Unsupported, match="is no text"):
        await adapter.send(Outgoing(channel, None, b"x", (("h", b"\xff"),)))
    await asyncio.gather(
        *(adapter.send(Outgoing(channel, b"k", b"%d" % n, (("h", None),))) for n in range(50))
    )
    await seen.until(lambda: len(seen.records(channel)) == 50)
    assert sorted(await asyncio.to_thread(program.values, 50)) == sorted(b"%d" % n for n in range(50))
    record = seen.records(channel)[0]
    assert record.headers == (("h", b""),)
    assert await adapter.fetch(channel, record.position) is None
    assert [(one.allowed, one.channel) for one in await adapter.admissions([channel])] == [(None, channel)]


async def test_devices_in_topics_become_patterns(
    server: MqttServer, program: Program, prefix: str, connect: Any, observe: Any
) -> None:
    adapter = await connect(parse(server.url))
    seen = await observe(adapter)
    await seen.until(lambda: seen.of(ServerSeen))
    pattern = at(server, f"{prefix}/+/heat")
    for device in range(40):
        program.publish(f"{prefix}/d{device}/heat", b"1")
    early = at(server, f"{prefix}/d7/heat")
    await seen.until(lambda: ChannelSeen(early, 1) in seen.observations)
    for device in range(40, 60):
        program.publish(f"{prefix}/d{device}/heat", b"1")
    program.publish(early.name, b"2")
    await seen.until(lambda: any(one.value == b"2" for one in seen.records(pattern)))
    assert seen.records(pattern)[-1].key == early.name.encode()
    await seen.until(lambda: ChannelGone(early) in seen.observations)
    await adapter.send(Outgoing(pattern, early.name.encode(), b"3"))
    await seen.until(lambda: any(one.value == b"3" for one in seen.records(pattern)))
    with pytest.raises(Unsupported, match="Nothing can be sent to"):
        await adapter.send(Outgoing(pattern, None, b"4"))


async def test_what_was_retained_says_so(
    server: MqttServer, program: Program, prefix: str, connect: Any, observe: Any
) -> None:
    channel = at(server, f"{prefix}/state")
    program.publish(channel.name, b"on", retain=True)
    seen = await observe(await connect(parse(server.url)))
    await seen.until(lambda: seen.records(channel))
    program.publish(channel.name, b"off", retain=True)
    await seen.until(lambda: len(seen.records(channel)) == 2)
    assert [(one.value, one.headers) for one in seen.records(channel)] == [
        (b"on", (("mqtt.retained", b"1"),)),
        (b"off", ()),
    ]
    program.publish(channel.name, b"", retain=True)


async def test_looking_takes_nothing_from_anybody(
    server: MqttServer, prefix: str, connect: Any, observe: Any
) -> None:
    """Those who listen, those who share, and those who are away get the same as without."""
    topic, share = f"{prefix}/orders", f"$share/{prefix}/{prefix}/orders"
    plain, one, other, away = (
        Program(server, f"{prefix}-{name}") for name in ("plain", "one", "other", "away")
    )
    plain.listen(topic)
    one.listen(share)
    other.listen(share)
    adapter = await connect(parse(server.url))
    seen = await observe(adapter)
    await seen.until(lambda: seen.of(ServerSeen))
    for number in range(20):
        away.publish(topic, b"%d" % number)
    await seen.until(lambda: len(seen.records(at(server, topic))) == 20)
    wanted = [b"%d" % number for number in range(20)]
    assert await asyncio.to_thread(plain.values, 20) == wanted
    await asyncio.sleep(0.3)
    shared = [*one.received.queue, *other.received.queue]
    assert sorted(bytes(message.payload) for message in shared) == sorted(wanted)
    assert plain.received.empty()
    for each in (plain, one, other, away):
        each.close()


async def test_what_exceeds_the_budget_is_skipped_and_counted(
    server: MqttServer, program: Program, prefix: str, connect: Any, observe: Any
) -> None:
    channel = at(server, f"{prefix}/flood")
    seen = await observe(await connect(parse(server.url), Budget(bytes_per_s=20_000)))
    await seen.until(lambda: seen.of(ServerSeen))
    for _ in range(300):
        program.publish(channel.name, b"x" * 1_000)
    await seen.until(lambda: len(seen.records(channel)) + seen.skipped(channel) == 300)
    assert seen.skipped(channel) > 100
    assert len(seen.records(channel)) > 10


async def test_ten_thousand_topics(
    server: MqttServer, program: Program, prefix: str, connect: Any, observe: Any
) -> None:
    adapter = await connect(parse(f"{server.url}/{prefix}%2F%23"))
    seen = await observe(adapter)
    await seen.until(lambda: seen.of(ServerSeen))
    topics = [f"{prefix}/{a}/{b}/{c}" for a in range(25) for b in range(20) for c in range(20)]
    for topic in topics:
        info = program.client.publish(topic, b"1", 0)
    info.wait_for_publish(20)
    await seen.until(lambda: len(seen.of(ChannelSeen)) == len(topics), 30)
    assert {one.channel.name for one in seen.of(ChannelSeen)} == set(topics)


async def test_a_login_that_is_not_let_in(
    tmp_path: Path, start_server: Start, observe: Any, connect: Any
) -> None:
    command = ["mosquitto_passwd", "-b", str(tmp_path / "passwords"), "reader", "right"]
    (tmp_path / "passwords").touch(0o600)
    await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
    (tmp_path / "acl").write_text("user reader\ntopic read open/#\n")
    (tmp_path / "acl").chmod(0o600)
    rules = f"allow_anonymous false\npassword_file {tmp_path}/passwords\nacl_file {tmp_path}/acl"
    server = start_server(MqttServer(tmp_path, rules))
    for login in ("", "reader:wrong@", "nobody:right@"):
        adapter = open_adapter(parse(f"mqtt://{login}{server.address}"), Budget())
        with pytest.raises(AccessRefused, match="does not let this login in"):
            await adapter.open()
        await adapter.close()
    adapter = await connect(parse(f"mqtt://reader:right@{server.address}"))
    with pytest.raises(AccessRefused, match="Allow this login to publish to open/orders"):
        await adapter.send(Outgoing(at(server, "open/orders"), None, b"1"))
    server.stop()


async def test_what_speaks_no_mqtt() -> None:
    async def hello(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    listening = await asyncio.start_server(hello, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    adapter = open_adapter(parse(f"mqtt://127.0.0.1:{port}"), Budget())
    with pytest.raises(ConnectionFailed):
        await adapter.open()
    await adapter.close()
    listening.close()
    await listening.wait_closed()


async def test_an_outage_is_told_and_listening_goes_on(
    tmp_path: Path, start_server: Start, connect: Any, observe: Any
) -> None:
    server = start_server(MqttServer(tmp_path))
    channel = at(server, "orders")
    adapter = await connect(parse(server.url))
    seen = await observe(adapter)
    await seen.until(lambda: seen.of(ServerSeen))
    program = Program(server)
    program.publish("orders", b"1")
    await seen.until(lambda: len(seen.records(channel)) == 1)
    program.close()
    server.kill()
    await seen.until(lambda: seen.of(Lost))
    assert server.address in seen.of(Lost)[0].message
    with pytest.raises(ConnectionFailed):
        await adapter.fetch(channel, Position(0, 0))
    await asyncio.to_thread(server.start)
    await seen.until(lambda: seen.of(Back))
    program = Program(server)
    program.publish("orders", b"2")
    await seen.until(lambda: len(seen.records(channel)) == 2)
    assert (len(seen.of(Lost)), len(seen.of(Back))) == (1, 1)
    program.close()
    server.stop()


async def test_closing_ends_the_iterator_every_task_and_thread(server: MqttServer) -> None:
    tasks = asyncio.all_tasks()
    adapter = open_adapter(parse(server.url), Budget())
    await adapter.open()
    started = asyncio.Event()

    async def read() -> None:
        async for _ in adapter.observe():
            started.set()

    reading = asyncio.get_running_loop().create_task(read())
    await started.wait()
    await adapter.close()
    await asyncio.wait_for(reading, 3)
    await adapter.close()
    assert asyncio.all_tasks() == tasks
    with pytest.raises(ConnectionFailed):
        await adapter.fetch(at(server, "x"), Position(0, 0))
