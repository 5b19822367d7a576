"""Kafka Connect, through the REST interface of its workers: connectors, their channels and their state.

https://kafka.apache.org/documentation/#connect_rest and KIP-558 for the channels that a connector uses.
"""

from __future__ import annotations

import asyncio
import re
from itertools import repeat
from typing import Any

from graph.identity import Action, ChannelId, ChannelKind, ServerId
from inspector.brokers.kafka.cluster import BOOTSTRAP, Cluster
from inspector.errors import AccessRefused, Unsupported
from inspector.observation import Connector, ConnectorsSeen
from inspector.rest import Rest

NAME, VARIABLE = "Kafka Connect", "EVENTSCOPE_CONNECT_PASSWORD"
AT_ONCE = 8
"""Connectors asked about at the same time."""
LONGEST = 200
"""Characters of a description."""

_SENDS_TO = ("topic", "topics", "kafka.topic")
_OTHER_END = (
    ("file", "file"),
    ("connection.url", "database"),
    ("database.hostname", "database"),
    ("connection.uri", "database"),
    ("mongodb.connection.string", "database"),
    ("s3.bucket.name", "bucket"),
    ("gcs.bucket.name", "bucket"),
    ("azblob.container.name", "container"),
    ("source.cluster.bootstrap.servers", "Kafka"),
    ("mqtt.server.uri", "MQTT broker"),
    ("http.api.url", "service"),
)
"""Settings of widespread connectors that say what Kafka is connected with."""
_PARTS = ("database.dbname", "database.names", "table.include.list", "table.whitelist", "collection")
_LOGIN = re.compile(r"//[^/\s]*@|(?<=:)[^:/@\s]*/\S*(?=@)|(?<=\s)[^\s:@/]+:(?!//)\S+@")
_ARGUMENTS = re.compile(r"[?;].*", re.DOTALL)
_EXCEPTION = re.compile(r"^[\w.$]+(?:Exception|Error): ")


class Connect:
    """One Kafka Connect cluster, by the address of any of its workers."""

    def __init__(self, cluster: Cluster, url: str) -> None:
        self._cluster = cluster
        self._rest = Rest(NAME, url, VARIABLE)

    @property
    def title(self) -> str:
        """`Kafka Connect at http://host:8083`."""
        return self._rest.title

    async def look(self) -> ConnectorsSeen:
        """Every connector; raises what `Rest.get` raises, and `NodeDown`."""
        server = self._cluster.connection.server
        async with self._rest as rest:
            about = await rest.get("")
            theirs = about.get("kafka_cluster_id") if isinstance(about, dict) else None
            if theirs is None:
                raise rest.something_else()
            if theirs != await self._cluster_id():
                raise Unsupported(
                    f"{rest.title} works for another Kafka than {server.address}.",
                    "Give its address with that of the Kafka that it works for.",
                )
            listed = await rest.get("connectors", query="?expand=info&expand=status")
            if not isinstance(listed, dict):  # before Kafka 2.3
                raise Unsupported(f"{rest.title} cannot list its connectors.", "Connect 2.3 or newer can.")
            names = sorted(listed)
            used: list[list[str] | None] = []
            for at in range(0, len(names), AT_ONCE):
                used += await asyncio.gather(*(_used(rest, name) for name in names[at : at + AT_ONCE]))
            try:
                found = map(connector, repeat(server), names, (listed[name] for name in names), used)
                return ConnectorsSeen(server, rest.url, tuple(found))
            except (KeyError, TypeError, AttributeError) as error:
                raise rest.something_else() from error

    async def _cluster_id(self) -> str | None:
        body = {"Topics": [], "AllowAutoTopicCreation": False}
        answer = await self._cluster.request(BOOTSTRAP, "Metadata", body)
        return answer.get("ClusterId")


async def _used(rest: Rest, name: str) -> list[str] | None:
    try:
        answer = await rest.get("connectors", name, "topics")
    except (AccessRefused, Unsupported):  # turned off by `topic.tracking.enable`, or before Kafka 2.5
        return None
    try:
        return list(answer[name]["topics"])
    except (KeyError, TypeError) as error:
        raise rest.something_else() from error


def connector(server: ServerId, name: str, told: dict[str, Any], used: list[str] | None) -> Connector:
    """A connector from what is told of it: its `info`, its `status`, and the names of topics it uses."""
    info, status = told["info"], told["status"]
    config: dict[str, str] = {key: value or "" for key, value in info["config"].items()}
    sink = (info.get("type") or status.get("type")) == "sink"

    def channels(names: str) -> tuple[ChannelId, ...]:
        return tuple(
            ChannelId(server, ChannelKind.TOPIC, each)
            for each in sorted({part.strip() for part in names.split(",")})
            if each
        )

    plugin = config.get("connector.class", "")
    # Clients of its own may be sent to another Kafka than the workers'.
    away = bool(config.get(f"{'consumer' if sink else 'producer'}.override.bootstrap.servers"))
    named = ",".join(config.get(key, "") for key in (("topics",) if sink else _SENDS_TO))
    letters = channels(config.get("errors.deadletterqueue.topic.name", ""))
    tasks = status.get("tasks", [])
    aliases = (config.get("source.cluster.alias"), config.get("target.cluster.alias"))
    return Connector(
        name=name,
        action=Action.RECEIVE if sink else Action.SEND,
        channels=None if used is None or away else channels(",".join(used)),
        configured=() if away else channels(named),
        pattern=config.get("topics.regex", "") if sink and not away else "",
        renames=bool(config.get("transforms")),
        dead_letters=letters[0] if sink and letters and not away else None,
        description=_description(config, sink),
        running=sum(task["state"] == "RUNNING" for task in tasks),
        trouble=_trouble(name, status),
        logical_name=config.get("topic.prefix", "") if plugin.startswith("io.debezium.") else "",
        mirror=(aliases[0], aliases[1]) if aliases[0] and aliases[1] else None,
    )


def _description(config: dict[str, str], sink: bool) -> str:
    plugin = config.get("connector.class", "").rpartition(".")[2]
    for key, noun in _OTHER_END:
        if value := config.get(key):
            inside = next((config[part] for part in _PARTS if config.get(part)), "")
            where = f"{noun} {without_login(value)}{f', {inside}' if inside else ''}"
            return f"{plugin} {'to' if sink else 'from'} {where}"[:LONGEST]
    return plugin


def _trouble(name: str, status: dict[str, Any]) -> str:
    tasks = status.get("tasks", [])
    parts = [*tasks, status.get("connector", {})]
    failed = [part for part in parts if part.get("state") == "FAILED"]
    if not failed:
        return ""
    count = sum(part in failed for part in tasks)
    what = (
        f"{count} of {len(tasks)} tasks of connector {name} failed" if count else f"Connector {name} failed"
    )
    reason = _EXCEPTION.sub("", (failed[0].get("trace") or "").partition("\n")[0])
    return f"{what}{f': {without_login(reason)[:LONGEST]}' if reason else ''}."


def without_login(text: str) -> str:
    """An address or a sentence without the logins and arguments of the addresses in it."""
    return _ARGUMENTS.sub("", _LOGIN.sub(lambda found: "//" if found[0].startswith("//") else "", text))
