"""What `eventscope replay` is asked for: its options as one request, with the targets that they mean."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.connection import parse
from inspector.errors import InspectorError
from inspector.exchange import importing
from inspector.project.model import Project
from inspector.replay.choice import Choice
from inspector.replay.request import SHADOW, Order, Pace, Request, Target
from inspector.replay.rules import edits_of
from inspector.store.reader import CaptureReader


@dataclass(frozen=True)
class Options:
    """As they were written."""

    source: str | None
    query: str
    channels: list[str]
    to: str | None
    shadow: str
    rate: float | None
    speed: float | None
    step: bool
    order: Order
    edits: list[str]
    force: str
    hops: int
    back: bool
    keep_partition: bool
    keep_timestamp: bool


@dataclass(frozen=True)
class Asked:
    """What they mean."""

    request: Request
    urls: list[str]
    """What has to be connected."""
    said: str = ""
    """What was decided because nobody did, in a sentence."""


def asked(options: Options, project: Project) -> Asked:
    """Understand them; raises InspectorError with what is wrong."""
    if options.source is None:
        raise InspectorError(
            "Nothing says what to send.", "Write: eventscope replay URL|FILE QUERY [--to URL[/CHANNEL]]."
        )
    paces = [options.rate is not None, options.speed is not None, options.step]
    if sum(paces) > 1:
        raise InspectorError("--rate, --speed and --step exclude each other.", "Leave out all but one.")
    live = "://" in options.source
    if not live and not Path(options.source).is_file():
        raise InspectorError(
            f"There is no file {options.source}.", "Name a capture, lines of JSON or a server."
        )
    source = str(parse(options.source)) if live else str(Path(options.source).resolve())
    url, server, channel, ending, said = _target(options, project, live)
    if options.back and channel is not None:
        raise InspectorError("A channel and --back exclude each other.", "Leave out one of them.")
    request = Request(
        Choice(source=source, query=options.query.strip(), channels=tuple(options.channels)),
        Target(
            server,
            channel,
            ending,
            options.keep_partition,
            options.keep_timestamp,
            returning=options.back,
        ),
        Pace(options.rate, options.speed, options.step),
        options.order,
        edits_of(options.edits, str(uuid4())),
        options.force,
        options.hops,
    )
    return Asked(request, [options.source, url] if live else [url], said)


def _target(
    options: Options, project: Project, live: bool
) -> tuple[str, ServerId, ChannelId | None, str, str]:
    """Address, server, channel, ending and what was decided."""
    if options.to is not None:
        url, server, channel = target_of(options.to)
        if channel is not None and options.shadow:
            raise InspectorError("A channel and --shadow exclude each other.", "Leave out one of them.")
        return url, server, channel, options.shadow, ""
    assert options.source is not None
    url = options.source if live else _captured_at(Path(options.source), project)
    server, ending = parse(url).server, options.shadow or SHADOW
    said = f"Without --to they go to shadow channels, named *{ending}, on {server.address}."
    return url, server, None, ending, said


def target_of(to: str) -> tuple[str, ServerId, ChannelId | None]:
    """Address, server and channel of `--to`; raises AddressError."""
    address, mark, options = to.partition("?")
    scheme, between, rest = address.partition("://")
    hosts, _, channel = rest.partition("/")
    url = f"{scheme}{between}{hosts}{mark}{options}" if between else to
    server = parse(url).server
    return url, server, ChannelId(server, ChannelKind.TOPIC, channel) if channel else None


def _captured_at(path: Path, project: Project) -> str:
    """The address of the one server that a capture is from, as the project has it where it does."""
    remedy = "Name where they go with --to URL[/CHANNEL]."
    if importing.recognised(path).tool != importing.CAPTURE:
        raise InspectorError(f"{path.name} does not say which server its records are from.", remedy)
    with closing(CaptureReader(path)) as reader:
        servers = sorted({channel.server for channel in reader.channels()})
    if len(servers) != 1:
        names = ", ".join(each.address for each in servers) or "no server"
        raise InspectorError(f"{path.name} holds records of {names}.", remedy)
    for each in project.connections:
        if parse(each.url).server == servers[0]:
            return each.url
    return str(servers[0])
