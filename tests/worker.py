"""A real worker of Kafka Connect, driven through its REST interface."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from typing import Any

from tests.programs import CONNECT, Program, free_port, java, properties

STRINGS = "org.apache.kafka.connect.storage.StringConverter"
LOGIN = "org.apache.kafka.connect.rest.basic.auth.extension.PropertyFileLoginModule"
PASSWORD = "connect-secret"


class Worker:
    """A worker of Kafka Connect that wants a login: use it inside `with worker.program`.

    Args:
        kafka: `host:port`.
        group: of its workers.
        more: further settings.
    """

    def __init__(self, kafka: str, group: str, **more: object) -> None:
        self.port = free_port()
        stores = {
            f"{store}.storage.{key}": value
            for store, topic in (("offset", "offsets"), ("config", "configs"), ("status", "status"))
            for key, value in (
                ("topic", f"connect-{group}-{topic}"),
                ("replication.factor", 1),
                ("partitions", 1),
            )
            if (store, key) != ("config", "partitions")
        }
        settings = {
            "bootstrap.servers": kafka,
            "group.id": group,
            "key.converter": STRINGS,
            "value.converter": STRINGS,
            "listeners": f"http://127.0.0.1:{self.port}",
            "rest.extension.classes": LOGIN.replace(
                "PropertyFileLoginModule", "BasicAuthSecurityRestExtension"
            ),
            "offset.flush.interval.ms": 500,
            "plugin.discovery": "service_load",
            **stores,
            **more,
        }
        self.program: Program = java(
            CONNECT,
            "org.apache.kafka.connect.cli.ConnectDistributed",
            "connect.properties",
            files={
                "connect.properties": properties(settings),
                "jaas": f'KafkaConnect {{ {LOGIN} required file="logins"; }};',
                "logins": f"reader={PASSWORD}\n",
                "in.txt": "first\nsecond\n",
            },
            options="-Djava.security.auth.login.config=jaas",
        )

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        login = base64.b64encode(f"reader:{PASSWORD}".encode()).decode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Basic {login}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.loads(answer.read() or b"null")
        except OSError as failure:
            if isinstance(failure, urllib.error.HTTPError):
                failure.close()
            return None

    def connect(self, name: str, plugin: str, file: str, **config: str) -> None:
        path = file if file.startswith("/") else str(self.program.folder / file)
        body = {"connector.class": plugin, "tasks.max": "1", "file": path, **config}
        self.program.until(lambda: self.ask("PUT", f"/connectors/{name}/config", body))
