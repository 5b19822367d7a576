"""A shop with three loops as a graph and as a capture, and windows that are closed after each test."""

from __future__ import annotations

import dataclasses
import gc
import json
import random
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from graph.delta import diff
from graph.evidence import Evidence
from graph.identity import (
    Action,
    ApplicationId,
    ChannelId,
    ChannelKind,
    LoopId,
    NodeId,
    OperationId,
    ServerId,
)
from graph.model import (
    Alias,
    Application,
    ApplicationKind,
    Channel,
    Cut,
    DependencyGraph,
    FeedbackLoop,
    Finding,
    LinkGrade,
    LoopNature,
    LoopStatus,
    MessageType,
    Operation,
    Server,
    Severity,
    TrailStep,
    Unavailable,
)
from inspector.record import Position, Record
from inspector.traits import Traits

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from gui.app import Program
    from gui.main_window import MainWindow

NOW = 1_795_443_128_412_000_000
SERVER = ServerId("kafka", "127.0.0.1:9092")

SENDS = {
    "storefront-api": ("carts.events", "clickstream"),
    "order-service": ("orders.placed", "orders.status"),
    "fraud-check": ("fraud.scores",),
    "payment-service": ("payments.events",),
    "pricing-engine": ("price.changes",),
    "promo-service": ("promo.updates",),
    "inventory-service": ("inventory.levels",),
    "replenishment": ("stock.adjustments",),
    "postgres-cdc": ("catalog.products", "customers.changes"),
    "?supplier.feed/4021": ("supplier.feed",),
}
RECEIVES = {
    "order-service": ("carts.events",),
    "fraud-check": ("orders.placed", "clickstream"),
    "payment-service": ("orders.placed",),
    "shipping-service": ("payments.events",),
    "notifications": ("orders.status",),
    "pricing-engine": ("promo.updates", "catalog.products"),
    "promo-service": ("price.changes",),
    "inventory-service": ("orders.placed", "stock.adjustments", "supplier.feed"),
    "replenishment": ("inventory.levels",),
    "search-indexer": ("catalog.products", "customers.changes"),
    "analytics-sink": ("fraud.scores", "payments.events"),
}
RATES = {
    "carts.events": 214.0,
    "clickstream": 1300.0,
    "orders.placed": 18.0,
    "orders.status": 55.0,
    "fraud.scores": 18.0,
    "payments.events": 18.0,
    "price.changes": 96.0,
    "promo.updates": 113.0,
    "inventory.levels": 26.0,
    "stock.adjustments": 16.0,
    "catalog.products": 2.0,
    "customers.changes": 7.0,
    "supplier.feed": 4.0,
    "fraud.review": 0.2,
}
DOUBTS = {("promo-service", "promo.updates"): 0.71, ("?supplier.feed/4021", "supplier.feed"): 0.4}
KINDS = {"fraud-check": ApplicationKind.STREAM_PROCESSOR, "postgres-cdc": ApplicationKind.CONNECTOR}
LAGS = {"pricing-engine": 88, "promo-service": 152}


def channel(name: str) -> ChannelId:
    return ChannelId(SERVER, ChannelKind.TOPIC, name)


def _evidence(source: str, confidence: float, detail: str) -> Evidence:
    return Evidence(source, source, confidence, NOW - 870 * 10**9, NOW - 2 * 10**9, detail)


def _operation(name: str, action: Action, topic: str) -> Operation:
    key = OperationId(ApplicationId(name), action, channel(topic))
    sure = DOUBTS.get((name, topic), 0.98) if action is Action.SEND else 0.99
    if action is Action.RECEIVE:
        reasons = (_evidence("kafka.groups", 0.99, f"Group {name} has 2 members that read {topic}."),)
    elif sure > 0.9:
        reasons = (_evidence("headers.sender", sure, f"57 records on {topic} name {name} as their source."),)
    else:
        words = "No producer named itself. Records follow its reads within 12 ms and share their trace id."
        reasons = (_evidence("causality.timing", sure, words),)
    late = LAGS.get(name) if action is Action.RECEIVE else None
    return Operation(key, sure, reasons, RATES.get(topic), 34.0 if action is Action.SEND else 1580.0, late)


def _loop(digest: str, way: tuple[str, ...], status: LoopStatus, **facts: object) -> FeedbackLoop:
    hops: tuple[NodeId, ...] = tuple(
        channel(name) if number % 2 == 0 else ApplicationId(name) for number, name in enumerate(way)
    )
    edges = []
    for number, hop in enumerate(hops):
        after = hops[(number + 1) % len(hops)]
        if isinstance(hop, ChannelId):
            assert isinstance(after, ApplicationId)
            edges.append(OperationId(after, Action.RECEIVE, hop))
        else:
            assert isinstance(after, ChannelId)
            edges.append(OperationId(hop, Action.SEND, after))
    return FeedbackLoop(LoopId(digest), hops, tuple(edges), status, **facts)  # type: ignore[arg-type]


def shop_graph(to_ns: int = NOW) -> DependencyGraph:
    """The shop as it is known after some minutes."""
    names = sorted({*SENDS, *RECEIVES})
    applications = {}
    for name in names:
        key, nameless = ApplicationId(name), name.startswith("?")
        applications[key] = Application(
            key,
            None if nameless else name,
            ApplicationKind.UNATTRIBUTED if nameless else KINDS.get(name, ApplicationKind.SERVICE),
            ()
            if nameless
            else (Alias("group", name), Alias("client-id", f"{name}-1"), Alias("source", name)),
            0.97,
            ()
            if nameless
            else (_evidence("names.alike", 0.97, f"Group and source are both called {name}."),),
            None if nameless else 2,
            None if nameless else LAGS.get(name, 0),
            "producer id 4021" if nameless else "",
        )
    operations = [_operation(a, Action.SEND, t) for a, topics in SENDS.items() for t in topics]
    operations += [_operation(a, Action.RECEIVE, t) for a, topics in RECEIVES.items() for t in topics]
    channels = {
        channel(name): Channel(
            channel(name),
            rate,
            to_ns - 300_000_000,
            12,
            1_284_907,
            types=(MessageType(_type(name), rate, ("id", "new", "old", "reason", "sku"), 2),),
        )
        for name, rate in RATES.items()
    }
    offsets = channel("__consumer_offsets")
    channels[offsets] = Channel(offsets, 40.0, to_ns, 50, internal=True)
    runaway = _loop(
        "a1",
        ("price.changes", "promo-service", "promo.updates", "pricing-engine"),
        LoopStatus.RUNAWAY,
        confidence=0.71,
        weakest=OperationId(ApplicationId("promo-service"), Action.SEND, channel("promo.updates")),
        gain=1.18,
        gain_low=1.11,
        gain_high=1.26,
        chains=412,
        laps_median=9,
        laps_max=24,
        period_ms=2410.0,
        hop_latencies_ms=(1580.0, 12.0, 780.0, 34.0),
        doubling_time_s=10.0,
        rate_per_s=96.0,
        began_ns=to_ns - 58 * 10**9,
        lap_counts=tuple(round(2 * 1.18**lap) for lap in range(24)),
    )
    active = _loop(
        "b2",
        ("inventory.levels", "replenishment", "stock.adjustments", "inventory-service"),
        LoopStatus.ACTIVE,
        confidence=0.98,
        weakest=OperationId(ApplicationId("replenishment"), Action.SEND, channel("stock.adjustments")),
        gain=0.62,
        gain_low=0.55,
        gain_high=0.7,
        chains=180,
        laps_median=2,
        laps_max=6,
        period_ms=900.0,
        hop_latencies_ms=(310.0, 20.0, 540.0, 30.0),
        rate_per_s=16.0,
        began_ns=to_ns - 700 * 10**9,
        lap_counts=(16, 10, 6, 4, 2, 1),
    )
    loops = {loop.id: loop for loop in (runaway, active)}
    findings = (
        Finding("runaway-loop", Severity.ERROR, runaway.id, "Every lap brings 1.18 times as many records."),
        Finding(
            "lag-grows",
            Severity.WARNING,
            ApplicationId("promo-service"),
            "152 records wait, and more each minute.",
        ),
        Finding(
            "no-receiver", Severity.NOTE, channel("fraud.review"), "Nobody was seen to receive fraud.review."
        ),
        Finding(
            "schema-changed",
            Severity.WARNING,
            channel("price.changes"),
            "2 sets of fields were seen for PriceChanged.",
        ),
    )
    unavailable = (
        Unavailable("Groups bi-*", "This login may not describe them.", "Allow Describe on group bi-*."),
        Unavailable(
            "Producers of audit.log", "DescribeProducers was refused.", "Allow Read on topic audit.log."
        ),
    )
    return DependencyGraph(
        {SERVER: Server(SERVER, "shop-kafka", "4.1")},
        applications,
        channels,
        {each.id: each for each in operations},
        {},
        loops,
        frozenset({OperationId(ApplicationId("promo-service"), Action.SEND, channel("promo.updates"))}),
        findings,
        unavailable,
        to_ns - 872 * 10**9,
        to_ns,
    )


def looped_graph(to_ns: int = NOW, part: float = 1.0) -> DependencyGraph:
    """The shop with a loop of every status; `part` tells how far the runaway one has come, 0 to 1."""
    graph = shop_graph(to_ns)
    loops, operations = dict(graph.loops), dict(graph.operations)
    runaway = loops[LoopId("a1")]
    gain, wide = 0.4 + 0.78 * part, 0.3 * (1 - part)
    loops[runaway.id] = replace(
        runaway,
        status=LoopStatus.RUNAWAY if gain > 1.1 else LoopStatus.ACTIVE,
        gain=gain,
        gain_low=gain - 0.07 - wide,
        gain_high=gain + 0.08 + wide,
        rate_per_s=96 * part,
        grade=LinkGrade.POINTER,
        hop_gains=(None, 0.98, None, 1.2),
        trail=shop_trail(),
        cuts=(
            Cut(runaway.edges[2], 1, (), 113.0),
            Cut(runaway.edges[1], 1, (ApplicationId("shipping-service"),), 113.0),
            Cut(
                runaway.edges[0], 3, tuple(map(ApplicationId, ("mailer", "order-service", "x", "y"))), None, 4
            ),
        ),
    )
    more = (
        _loop(
            "c3",
            ("catalog.products", "search-indexer", "customers.changes", "postgres-cdc"),
            LoopStatus.POSSIBLE,
            confidence=0.45,
        ),
        _loop(
            "d4",
            ("orders.placed", "payment-service", "payments.events", "shipping-service"),
            LoopStatus.BOUNDED,
            confidence=0.9,
            nature=LoopNature.RETRY,
            grade=LinkGrade.COUNTER,
            gain=0.2,
            gain_low=0.1,
            gain_high=0.3,
            laps_median=3,
            laps_max=5,
        ),
        _loop(
            "e5",
            ("carts.events", "order-service", "orders.status", "notifications"),
            LoopStatus.ACTIVE,
            confidence=0.95,
            gain=0.3,
            gain_low=0.25,
            gain_high=0.36,
            laps_median=1,
            laps_max=2,
            period_ms=800.0,
        ),
    )
    for loop in more:
        loops[loop.id] = loop
        for edge in loop.edges:
            assert isinstance(edge, OperationId)
            operations.setdefault(edge, _operation(edge.application.key, edge.action, edge.channel.name))
    return dataclasses.replace(graph, loops=loops, operations=operations)


@cache
def shop_trail() -> tuple[TrailStep, ...]:
    """A record of the runaway loop that came round, as it is in the shop's capture."""
    steps: list[TrailStep] = []
    for record, traits in shop_records(2000)[1900:]:
        wanted = ("price.changes", "promo.updates", "price.changes", "")[len(steps)]
        if record.channel.name == wanted and traits.sender is not None:
            steps.append(
                TrailStep(
                    record.channel,
                    record.position.partition,
                    record.position.offset,
                    record.timestamp_ns,
                    ApplicationId(traits.sender.value),
                    (None, LinkGrade.POINTER, LinkGrade.FLOW)[len(steps)],
                )
            )
    assert len(steps) == 3
    return tuple(steps)


def _type(topic: str) -> str:
    return "".join(part.capitalize() for part in topic.rstrip("s").split("."))


def shop_records(count: int, to_ns: int = NOW, seed: int = 7) -> list[tuple[Record, Traits]]:
    """Records of the shop over the last five minutes, more of the runaway loop towards the end."""
    rng = random.Random(seed)
    senders = {topic: name for name, topics in SENDS.items() for topic in topics}
    topics = [topic for topic in RATES if topic in senders]
    offsets = dict.fromkeys(topics, 9_482_000)
    made = []
    for number in range(count):
        part = number / count
        loud = part > 0.8 and rng.random() < (part - 0.8) * 3
        topic = rng.choice(["price.changes", "promo.updates"] if loud else topics)
        offsets[topic] += 1
        sku = rng.randint(10_000, 29_999)
        body = {
            "sku": str(sku),
            "old": round(rng.uniform(5, 90), 2),
            "new": round(rng.uniform(5, 90), 2),
            "reason": rng.choice(["supplier", "promo"]),
            "active": True,
            "tags": ["a", "b"],
        }
        at = to_ns - int((1 - part) * 300 * 10**9)
        record = Record(
            channel(topic),
            Position(rng.randint(0, 11), offsets[topic]),
            at,
            f"sku-{sku}".encode(),
            None if number % 97 == 0 else json.dumps(body).encode(),
            (("ce_source", senders[topic].encode()), ("ce_type", _type(topic).encode())),
        )
        sender = None if senders[topic].startswith("?") else Alias("source", senders[topic])
        made.append((record, Traits(sender, _type(topic), f"event-{number}")))
    return made


def write_capture(
    path: Path, pairs: list[tuple[Record, Traits]], graph: DependencyGraph | None = None
) -> Path:
    """A capture file as the engine writes it."""
    from inspector.store.writer import CaptureWriter

    writer = CaptureWriter.open(path)
    try:
        writer.add([record for record, _ in pairs], [traits for _, traits in pairs])
        if graph is not None:
            writer.keep_graph(diff(DependencyGraph(), graph))
        writer.flush()
    finally:
        writer.close()
    return path


@pytest.fixture(autouse=True)
def collected_between() -> Iterator[None]:
    """As in a window, no thread of a pool collects garbage: one that destroys a timer ends the program."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Captures and decisions of the tests lie apart from those of whoever runs them."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def graph() -> DependencyGraph:
    return shop_graph()


@pytest.fixture
def records() -> Callable[[int], list[tuple[Record, Traits]]]:
    return shop_records


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """A capture of 2,000 records with the shop's graph."""
    return write_capture(tmp_path / "shop.evs", shop_records(2000), shop_graph())


@pytest.fixture
def looped() -> DependencyGraph:
    return looped_graph()


@pytest.fixture(scope="session")
def looped_original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture in which the gain of the runaway loop rises over four minutes."""
    from inspector.store.writer import CaptureWriter

    path = tmp_path_factory.mktemp("looped") / "looped.evs"
    writer, before = CaptureWriter.open(path), DependencyGraph()
    try:
        pairs = shop_records(2000)
        writer.add([record for record, _ in pairs], [traits for _, traits in pairs])
        for number in range(9):
            graph = looped_graph(NOW - (8 - number) * 30 * 10**9, number / 8)
            writer.keep_graph(diff(before, graph))
            before = graph
        writer.flush()
    finally:
        writer.close()
    return path


@pytest.fixture
def looped_capture(looped_original: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copy(looped_original, tmp_path / "looped.evs"))


@pytest.fixture
def make_capture(tmp_path: Path) -> Callable[..., Path]:
    def make(pairs: list[tuple[Record, Traits]], graph: DependencyGraph | None = None) -> Path:
        return write_capture(tmp_path / "made.evs", pairs, graph)

    return make


@pytest.fixture
def program(qapp: object, tmp_path: Path) -> Iterator[Program]:
    """A program without windows; what a test opens is closed."""
    from gui.app import Program
    from gui.recent import Remembered
    from inspector.host import ThreadHost

    made = Program("light", make_host=ThreadHost, remembered=Remembered(tmp_path / "config" / "window.json"))
    yield made
    made.close()


@pytest.fixture
def looped_window(program: Program, looped_capture: Path, qtbot: QtBot) -> MainWindow:
    """The window on the capture with a loop of every status, with all its news told."""
    return _opened(program, looped_capture, qtbot)


@pytest.fixture
def window(program: Program, capture: Path, qtbot: QtBot) -> MainWindow:
    """The window on that capture, with all its news told."""
    return _opened(program, capture, qtbot)


def _opened(program: Program, file: Path, qtbot: QtBot) -> MainWindow:
    made = program.window()
    program.open_file(made, file)
    made.show()
    qtbot.waitExposed(made)
    made.session.turns.finish()
    return made
