"""`eventscope check` as CI and cron start it: a design, a real Kafka, and a webhook."""

from __future__ import annotations

import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.end2end.conftest import Program

pytestmark = pytest.mark.end2end

BILLING = """\
asyncapi: 2.6.0
info: {title: billing}
channels:
  orders: {publish: {}}
  payments: {subscribe: {}}
"""
LEDGER = """\
asyncapi = ["billing.yaml"]

[[applications]]
name = "ledger"
receives = ["payments"]
sends = ["orders"]

[[applications]]
name = "till"
sends = ["orders"]
"""


@pytest.fixture
def design(program: Program) -> Path:
    (program.home / "billing.yaml").write_text(BILLING)
    path = program.home / "eventscope.toml"
    path.write_text(LEDGER)
    return path


def test_a_design_that_would_close_a_loop_fails(program: Program, design: Path) -> None:
    done = program.run("check", "eventscope.toml")
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(
        "billing.yaml:4: error feedback-loop: orders → billing → payments → ledger → orders would be a "
        "feedback loop: billing receives from orders (billing.yaml:4); billing sends to payments "
        "(billing.yaml:5); ledger receives from payments (eventscope.toml:5); ledger sends to orders "
        "(eventscope.toml:6). Cut it where "
    )


def test_what_is_wrong_is_one_sentence(program: Program, design: Path) -> None:
    done = program.run("check", "eventscope.toml", "--fail-on", "fedback-loop")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "There is no rule fedback-loop. eventscope check --list-rules lists them all.\n"


def test_the_rules_are_listed_and_no_qt_is_loaded(program: Program) -> None:
    import sys

    code = (
        "import sys; sys.argv = ['eventscope', 'check', '--list-rules']\n"
        "from gui.command import main\n"
        "code = main()\n"
        "bad = [name for name in sys.modules if name.startswith(('PySide6', 'shiboken6', 'pyqtgraph'))]\n"
        "sys.exit(f'imported {bad}' if bad else code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=program.environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "runaway-loop" in done.stdout
    assert "new-edge" in done.stdout


# A real Kafka


class Hook(http.server.BaseHTTPRequestHandler):
    """Keeps what is posted."""

    posted: list[dict[str, Any]]
    came: threading.Event

    def do_POST(self) -> None:
        self.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()
        self.came.set()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def hook() -> Iterator[tuple[str, type[Hook]]]:
    kind = type("KeepingHook", (Hook,), {"posted": [], "came": threading.Event()})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hunter2", kind
    server.shutdown()
    server.server_close()
    thread.join()


@contextmanager
def circling(kafka: str, there: str, back: str) -> Iterator[None]:
    """Two applications that answer each record of one topic by one on the other, for as long as it lasts."""
    from confluent_kafka import Consumer, Producer
    from confluent_kafka.admin import AdminClient, NewTopic

    admin = AdminClient({"bootstrap.servers": kafka})
    for made in admin.create_topics([NewTopic(name, 1, 1) for name in (there, back)]).values():
        made.result(20)
    ended = threading.Event()

    def send(producer: Producer, name: str, topic: str, cause: str | None) -> None:
        said = {
            "ce_id": str(uuid.uuid4()),
            "ce_source": f"/{name}",
            "ce_type": "moved",
            "ce_specversion": "1.0",
        }
        if cause is not None:
            said["ce_causationid"] = cause
        producer.produce(topic, b"{}", headers=[(key, value.encode()) for key, value in said.items()])
        producer.flush(10)

    def answer(name: str, source: str, target: str) -> None:
        producer = Producer({"bootstrap.servers": kafka, "client.id": name})
        consumer = Consumer(
            {"bootstrap.servers": kafka, "group.id": name, "client.id": name, "auto.offset.reset": "earliest"}
        )
        consumer.subscribe([source])
        while not ended.is_set():
            record = consumer.poll(0.1)
            if record is not None and record.error() is None:
                cause = dict(record.headers())["ce_id"].decode()
                ended.wait(0.05)
                send(producer, name, target, cause)
        consumer.close()

    threads = [
        threading.Thread(target=answer, args=(f"{one}-mover", one, other))
        for one, other in ((there, back), (back, there))
    ]
    for thread in threads:
        thread.start()
    first = Producer({"bootstrap.servers": kafka})
    for _ in range(3):
        send(first, "starter", there, None)
    try:
        yield
    finally:
        ended.set()
        for thread in threads:
            thread.join()


@pytest.mark.kafka
def test_a_loop_that_starts_is_told_at_once(
    program: Program, kafka: str, hook: tuple[str, type[Hook]]
) -> None:
    url, kept = hook
    there, back = (f"{name}-{uuid.uuid4().hex[:6]}" for name in ("there", "back"))
    with circling(kafka, there, back):
        watching = program.start("check", f"kafka://{kafka}", "--watch", "--webhook", url)
        try:
            assert kept.came.wait(30), "no alert came"
            os.kill(watching.pid, signal.SIGINT)
            out, err = watching.communicate(timeout=20)
        finally:
            watching.kill()
    alert = kept.posted[0]
    assert alert["format"] == "eventscope-alert/1"
    assert alert["level"] in ("active", "runaway")
    assert set(alert["loop"]["names"]) >= {there, back}
    assert watching.returncode == 1, err
    assert alert["text"] in out
    assert "hunter2" not in out + err
    assert "Traceback" not in err


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such file names")
def test_a_file_whose_name_is_no_text_is_checked_like_any_other(program: Program) -> None:
    name = os.fsdecode(b"shop\xff.yaml")
    (program.home / name).write_text(BILLING)
    for form in ("text", "json", "sarif", "junit"):
        done = program.run("check", name, "--format", form)
        assert (done.returncode, done.stderr) == (0, ""), form
