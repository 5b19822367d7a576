"""What was found as an AsyncAPI 3 document (https://www.asyncapi.com/docs/reference/specification/v3.0.0).

A document describes one application; this one has those of a whole system. Each operation names its own as
`x-eventscope-application` and as a tag, which is how `inspector.asyncapi` reads it back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from graph.certainty import grounds
from graph.export.sketch import readable
from graph.identity import Action, OperationId, ServerId
from graph.model import Application, Channel, DependencyGraph, Operation
from graph.topology import moment

VERSION = "3.0.0"
APPLICATION = "x-eventscope-application"
"""The field of an operation that names the application which carries it out."""
_PROTOCOLS = {"rabbitmq": "amqp", "activemq": "stomp"}
_BINDINGS = {"group": "groupId", "client-id": "clientId"}
_KAFKA = "0.5.0"
"""Version of the Kafka bindings."""
_NO_KEY = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_KEY = 80


def asyncapi(graph: DependencyGraph, title: str = "") -> dict[str, Any]:
    """The document: servers, channels with their messages, and an operation for each that was seen.

    Left out and counted in its description: operations of applications that nothing names, and those that
    are merely permitted. Routes of the broker have no place in AsyncAPI.
    """
    said = {key: each for key, each in sorted(graph.operations.items()) if _told(graph, each)}
    used = {key.channel for key in said}
    channels = [each for key, each in sorted(graph.channels.items()) if key in used or not each.internal]
    servers = _Names("server")
    hosts = {server: _hosts(server, servers) for server in sorted({each.id.server for each in channels})}
    places, steps = _Names("channel"), _Names("operation")
    named = {each.id: places.of(each.id.name) for each in channels}
    document: dict[str, Any] = {
        "asyncapi": VERSION,
        "info": {
            "title": readable(title or ", ".join(map(str, hosts)) or "Nothing was found"),
            "version": moment(graph.to_ns),
            "description": _description(graph, len(said)),
            "tags": [_tag(graph.applications[key]) for key in sorted({key.application for key in said})],
        },
    }
    if hosts:
        document["servers"] = {name: each for held in hosts.values() for name, each in held.items()}
    if channels:
        document["channels"] = {named[each.id]: _channel(each, hosts[each.id.server]) for each in channels}
    if said:
        document["operations"] = {
            steps.of(f"{_name(graph, key)}-{key.action}s-{key.channel.name}"): _operation(
                graph, each, named[key.channel]
            )
            for key, each in said.items()
        }
    return document


class _Names:
    """Keys of a map, plain enough for references, each of them once."""

    def __init__(self, otherwise: str) -> None:
        self._otherwise = otherwise
        self._taken: set[str] = set()

    def of(self, text: str) -> str:
        plain = _NO_KEY.sub("-", text).strip("-")[:_LONGEST_KEY] or self._otherwise
        name, number = plain, 1
        while name in self._taken:
            number += 1
            name = f"{plain}-{number}"
        self._taken.add(name)
        return name


def _told(graph: DependencyGraph, operation: Operation) -> bool:
    application = graph.applications.get(operation.id.application)
    named = application is not None and application.name is not None
    return named and operation.id.channel in graph.channels and grounds(operation) != "permitted"


def _name(graph: DependencyGraph, key: OperationId) -> str:
    return graph.applications[key.application].name or ""


def _description(graph: DependencyGraph, told: int) -> str:
    words = [
        f"What Eventscope saw between {moment(graph.from_ns)} and {moment(graph.to_ns)}: "
        f"the operations of all applications, each named in {APPLICATION}."
    ]
    if left := len(graph.operations) - told:
        words.append(
            f"Left out: {left} operation{'' if left == 1 else 's'} of applications that nothing names, "
            "or that are merely permitted."
        )
    return " ".join(words)


def _hosts(server: ServerId, names: _Names) -> dict[str, dict[str, Any]]:
    """A server for each address: AsyncAPI knows no list of addresses to begin with."""
    protocol = _PROTOCOLS.get(server.system, server.system)
    return {
        names.of(f"{server.system}-{host}"): {"host": readable(host), "protocol": protocol}
        for host in server.address.split(",")
    }


def _channel(channel: Channel, hosts: Iterable[str]) -> dict[str, Any]:
    # Braces would be read as parameters, and there is no way to write them as they are.
    literal = not {"{", "}"} & set(channel.id.name)
    made: dict[str, Any] = {
        "address": readable(channel.id.name) if literal else None,
        "title": readable(channel.id.name),
        "servers": [_reference("servers", name) for name in hosts],
        "x-kind": str(channel.id.kind),
    }
    if channel.rate_per_s is not None:
        made["x-rate-per-s"] = channel.rate_per_s
    if channel.types:
        keys = _Names("message")
        made["messages"] = {
            keys.of(each.name): {
                "name": readable(each.name),
                "payload": {"type": "object", "properties": {readable(field): {} for field in each.fields}},
            }
            for each in channel.types
        }
    if channel.id.server.system == "kafka" and literal:
        made["bindings"] = {
            "kafka": {
                "topic": readable(channel.id.name),
                "partitions": channel.partitions,
                "bindingVersion": _KAFKA,
            }
        }
    return made


def _operation(graph: DependencyGraph, operation: Operation, channel: str) -> dict[str, Any]:
    key = operation.id
    application = graph.applications[key.application]
    name = readable(application.name or "")
    verb = "sends to" if key.action is Action.SEND else "receives from"
    made: dict[str, Any] = {
        "action": str(key.action),
        "channel": _reference("channels", channel),
        "title": f"{name} {verb} {readable(key.channel.name)}",
        "tags": [{"name": name}],
        APPLICATION: name,
        "x-confidence": round(operation.confidence, 4),
        "x-certainty": grounds(operation),
    }
    if operation.rate_per_s is not None:
        made["x-rate-per-s"] = operation.rate_per_s
    if bound := _kafka(key, application):
        made["bindings"] = {"kafka": {**bound, "bindingVersion": _KAFKA}}
    return made


def _kafka(key: OperationId, application: Application) -> dict[str, Any]:
    """The names under which the application was seen on Kafka."""
    made: dict[str, Any] = {}
    for alias in sorted(application.aliases) if key.channel.server.system == "kafka" else ():
        binding = _BINDINGS.get(alias.kind)
        if binding == "clientId" or (binding and key.action is Action.RECEIVE):
            made.setdefault(binding, {"type": "string", "enum": []})["enum"].append(readable(alias.value))
    return made


def _tag(application: Application) -> dict[str, str]:
    made = {"name": readable(application.name or "")}
    words = [application.description or "", (application.owner and f"Owner: {application.owner}.") or ""]
    if any(words):
        made["description"] = readable(" ".join(filter(None, words)))
    return made


def _reference(section: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/{section}/{name}"}
