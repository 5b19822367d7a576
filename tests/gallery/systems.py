"""The systems in the pictures."""

from __future__ import annotations

import random
from dataclasses import replace

from graph.identity import ChannelId, ChannelKind, LoopId
from graph.loops.counting import Counting
from graph.loops.cycles import Structure
from graph.model import (
    ApplicationKind,
    DependencyGraph,
    EdgeState,
    FeedbackLoop,
    LoopNature,
    LoopStatus,
    Severity,
)
from tests.gallery.draft import Draft

TOPIC, QUEUE, EXCHANGE = ChannelKind.TOPIC, ChannelKind.QUEUE, ChannelKind.EXCHANGE
SUBJECT, STREAM = ChannelKind.SUBJECT, ChannelKind.STREAM


def shop() -> DependencyGraph:
    """A shop on Kafka and RabbitMQ: one loop runs away, one dies out, one is meant to be."""
    return _shop().graph


def after() -> DependencyGraph:
    """The same later: returns are new, nobody searches any more, and orders are slower."""
    draft = _shop()
    draft.lines("storefront-api > returns > returns-desk > refunds > payment-service")
    draft.without("search-indexer").without("customers.changes")
    draft.application("order-service", instances=1, lag=9_300)
    draft.finding("order-service", Severity.WARNING, "9,300 records wait, and more each minute.")
    return draft.graph


def _shop() -> Draft:
    draft = Draft(
        {
            "carts.events": (TOPIC, 214.0),
            "clickstream": (TOPIC, 1300.0),
            "supplier.feed": (TOPIC, 4.0),
            "orders.status": (TOPIC, 55.0),
            "orders.placed": (TOPIC, 18.0),
            "payments": (EXCHANGE, 18.0),
            "payments.charge": (QUEUE, 20.0),
            "payments.retry": (QUEUE, 2.0),
            "payments.events": (TOPIC, 18.0),
            "email.outbox": (QUEUE, 31.0),
            "fraud.scores": (TOPIC, 18.0),
            "fraud.review": (QUEUE, 0.2),
            "inventory.levels": (TOPIC, 26.0),
            "stock.adjustments": (TOPIC, 16.0),
            "price.changes": (TOPIC, 96.0),
            "promo.updates": (TOPIC, 113.0),
            "catalog.products": (TOPIC, 2.0),
            "customers.changes": (TOPIC, 7.0),
            "returns": (TOPIC, 3.0),
            "refunds": (TOPIC, 2.0),
        }
    ).lines(
        """
        storefront-api > carts.events > order-service
        storefront-api > clickstream > fraud-check
        unknown ? supplier.feed > inventory-service
        order-service > orders.status > notifications
        order-service > orders.placed > fraud-check
        orders.placed ~ inventory-service
        order-service > payments => payments.charge > payment-service
        payments.charge =x payments.retry =x payments.charge
        payment-service > payments.events > shipping-service
        payments.events > analytics-sink
        notifications > email.outbox > mailer
        fraud-check > fraud.scores > analytics-sink
        fraud-check > fraud.review
        inventory-service > inventory.levels > replenishment
        replenishment > stock.adjustments > inventory-service
        pricing-engine > price.changes > promo-service
        promo-service ~ promo.updates > pricing-engine
        postgres-cdc > catalog.products > pricing-engine
        catalog.products ~ search-indexer
        postgres-cdc > customers.changes > search-indexer
        """
    )
    draft.application("unknown", ApplicationKind.UNATTRIBUTED, None, None, "producer id 4021")
    draft.application("postgres-cdc", ApplicationKind.CONNECTOR, None, None)
    draft.application("analytics-sink", ApplicationKind.CONNECTOR, None, None)
    draft.application("fraud-check", ApplicationKind.STREAM_PROCESSOR, 3, 0)
    for name, instances, lag in (
        ("storefront-api", 6, None),
        ("order-service", 4, 3),
        ("inventory-service", 3, 41),
        ("replenishment", 1, 0),
        ("pricing-engine", 2, 88),
        ("promo-service", 1, 4_152),
    ):
        draft.application(name, instances=instances, lag=lag)
    draft.channel("fraud.review", receivers_visible=False)
    draft.finding("promo-service", Severity.WARNING, "4,152 records wait, and more each minute.")
    draft.finding("price.changes", Severity.WARNING, "2 sets of fields were seen for PriceChanged.")
    draft.loop(
        "price.changes promo-service promo.updates pricing-engine",
        LoopStatus.RUNAWAY,
        gain=1.18,
        gain_low=1.11,
        gain_high=1.26,
        period_ms=2410.0,
        hop_latencies_ms=(1580.0, 12.0, 780.0, 34.0),
    )
    draft.loop(
        "inventory.levels replenishment stock.adjustments inventory-service",
        LoopStatus.ACTIVE,
        gain=0.62,
        period_ms=900.0,
    )
    draft.loop("payments.charge payments.retry", LoopStatus.ACKNOWLEDGED, laps_max=5, nature=LoopNature.RETRY)
    return draft


def tangle() -> DependencyGraph:
    """Seven services that all answer each other: three proven loops among many possible ones."""
    names = {
        "orders": 40.0,
        "stock": 64.0,
        "prices": 22.0,
        "offers": 18.0,
        "payments": 40.0,
        "risk": 12.0,
        "shipments": 31.0,
        "returns": 3.0,
        "ledger": 75.0,
    }
    draft = Draft({name: (TOPIC, rate) for name, rate in names.items()}).lines(
        """
        order-desk > orders > cashier > payments > risk-desk ~ risk > cashier
        orders > stock-keeper > stock > pricer > prices > offer-maker > offers > pricer
        payments > courier > shipments > stock-keeper
        courier > returns > cashier
        shipments > order-desk
        prices > order-desk
        cashier > ledger > risk-desk
        """
    )
    draft.application("cashier", lag=640)
    graph = draft.graph
    proven = {
        frozenset({"payments", "risk"}): (LoopStatus.RUNAWAY, 1.31, 3100.0),
        frozenset({"prices", "offers"}): (LoopStatus.ACTIVE, 0.74, 1200.0),
        frozenset({"orders", "payments", "shipments"}): (LoopStatus.ACTIVE, 0.35, 6_400.0),
    }
    structure = Structure().update(graph, Counting())
    loops: dict[LoopId, FeedbackLoop] = {}
    for path in structure.loops:
        through = frozenset(hop.name for hop in path.hops if isinstance(hop, ChannelId))
        status, gain, period = proven.get(through, (LoopStatus.POSSIBLE, None, None))
        loops[path.id] = FeedbackLoop(
            path.id, path.hops, path.edges, status, 0.9, gain=gain, period_ms=period
        )
    return replace(graph, loops=loops, feedback=structure.feedback)


def loop_kinds() -> DependencyGraph:
    """A loop of every status, one above the other."""
    rings = (
        ("prices", "promo", "updates", "pricing", LoopStatus.RUNAWAY, LoopNature.FEEDBACK),
        ("levels", "replenish", "adjustments", "stock", LoopStatus.ACTIVE, LoopNature.FEEDBACK),
        ("requests", "quoting", "quotes", "checkout", LoopStatus.ACTIVE, LoopNature.REQUEST_REPLY),
        ("bookings", "hotel", "confirmations", "travel", LoopStatus.BOUNDED, LoopNature.SAGA),
        ("charges", "payment", "charges.retry", "retrier", LoopStatus.ACKNOWLEDGED, LoopNature.RETRY),
        ("customers", "crm", "profiles", "identity", LoopStatus.POSSIBLE, LoopNature.FEEDBACK),
    )
    draft = Draft({name: (TOPIC, 20.0) for ring in rings for name in (ring[0], ring[2])})
    for there, one, back, other, status, nature in rings:
        draft.lines(f"{other} > {there} > {one} > {back} > {other}")
        loud = status in (LoopStatus.RUNAWAY, LoopStatus.ACTIVE)
        gain = {LoopStatus.RUNAWAY: 1.18, LoopStatus.ACTIVE: 0.62}.get(status)
        draft.loop(
            f"{there} {one} {back} {other}",
            status,
            nature=nature,
            gain=gain,
            period_ms=2400.0 if loud else None,
            laps_max=None if loud else 5,
        )
    return draft.graph


def evidence() -> DependencyGraph:
    """Every way in which something can be known, and every age of it."""
    draft = Draft(
        {
            "certain": (TOPIC, 120.0),
            "likely": (TOPIC, 120.0),
            "guessed": (TOPIC, 120.0),
            "declared": (TOPIC, 120.0),
            "permitted": (TOPIC, 120.0),
            "at most once": (SUBJECT, 120.0),
            "kept": (STREAM, 120.0),
            "not seen lately": (TOPIC, 0.0),
            "in the past": (TOPIC, 0.0),
            "route": (EXCHANGE, 120.0),
            "routed": (QUEUE, 120.0),
        }
    )
    for word, arrow in (
        ("certain", ">"),
        ("likely", "~"),
        ("guessed", "?"),
        ("declared", ":"),
        ("permitted", "/"),
        ("at most once", ">"),
    ):
        key = word.replace(" ", "-")
        draft.add(f"{key}-sender", arrow, word)
        draft.add(word, arrow, f"{key}-receiver")
    draft.lines("router > route => routed > worker")
    draft.add("past-sender", ">", "in the past", EdgeState.HISTORIC)
    draft.add("in the past", ">", "past-receiver", EdgeState.HISTORIC)
    draft.add("stale-sender", ">", "not seen lately", EdgeState.STALE)
    draft.add("not seen lately", ">", "stale-receiver", EdgeState.STALE)
    draft.application("unnamed", ApplicationKind.UNATTRIBUTED, None, None, "producer id 4021")
    draft.add("unnamed", "?", "kept")
    draft.application("unnamed", ApplicationKind.UNATTRIBUTED, None, None, "producer id 4021")
    draft.channel("kept", receivers_visible=False)
    return draft.graph


def rabbit() -> DependencyGraph:
    """Exchanges bound to queues, with a retry by dead letters and a place for what nobody could handle."""
    draft = Draft(
        {
            "orders": (EXCHANGE, 42.0),
            "orders.unrouted": (EXCHANGE, 0.4),
            "audit": (EXCHANGE, 84.0),
            "billing": (QUEUE, 42.0),
            "shipping": (QUEUE, 40.0),
            "mail": (QUEUE, 38.0),
            "audit.log": (QUEUE, 84.0),
            "lost": (QUEUE, 0.4),
            "billing.retry": (QUEUE, 1.6),
            "billing.failed": (QUEUE, 0.1),
        }
    ).lines(
        """
        web-shop > orders => billing > billing-worker
        orders => shipping > warehouse
        orders => mail > mailer
        orders => audit => audit.log > auditor
        orders => orders.unrouted => lost
        partner-api > orders
        billing =x billing.retry =x billing
        billing =x billing.failed
        warehouse > audit
        """
    )
    draft.application("mailer", instances=3, lag=12_400)
    draft.application("billing-worker", instances=4, lag=7)
    draft.application("auditor", instances=1, lag=None)
    draft.finding("mailer", Severity.WARNING, "12,400 records wait, and more each minute.")
    draft.finding("billing.failed", Severity.WARNING, "Records that could not be handled lie here.")
    draft.finding("lost", Severity.NOTE, "Records are sent to lost and nobody receives them.")
    draft.loop("billing billing.retry", LoopStatus.BOUNDED, laps_max=3, nature=LoopNature.RETRY)
    return draft.graph


AREAS = [
    "accounts",
    "billing",
    "carts",
    "catalog",
    "checkout",
    "claims",
    "delivery",
    "fraud",
    "identity",
    "inventory",
    "ledger",
    "mail",
    "offers",
    "orders",
    "partners",
    "payments",
    "pricing",
    "profiles",
    "refunds",
    "returns",
    "reviews",
    "search",
    "shipping",
    "stock",
    "support",
]
PARTS = [
    "api",
    "worker",
    "sync",
    "rules",
    "index",
    "feed",
    "audit",
    "import",
    "export",
    "watch",
    "router",
    "store",
]


def services(count: int = 300, seed: int = 5) -> DependencyGraph:
    """So many services in areas: a tree within each, and steps from each to areas that lie behind it."""
    rng = random.Random(seed)
    names = [f"{AREAS[n % len(AREAS)]}-{PARTS[n // len(AREAS)]}" for n in range(count)]
    own = {area: [name for name in names if name.startswith(f"{area}-")] for area in AREAS}
    draft = Draft({f"{name}.done": (TOPIC, 10 ** rng.uniform(-0.5, 3)) for name in names})
    third = len(AREAS) // 4
    for at, area in enumerate(AREAS):
        line = own[area]
        for number, name in enumerate(line[1:], 1):
            before = line[(number - 1) // 2]
            draft.add(before, ">", f"{before}.done").add(f"{before}.done", rng.choice(">>>>>~"), name)
        behind = AREAS[(at // third + 1) * third :][:third]
        for later in rng.sample(behind, min(2, len(behind))) * rng.choice((1, 1, 3)):
            leaving = rng.choice(line[:6])
            draft.lines(f"{leaving} > {leaving}.done {rng.choice('>>>~?')} {own[later][0]}")
    there, back = own["offers"][1], own["pricing"][2]
    draft.lines(f"{there} > {there}.done > {back} > {back}.done > {there}")
    draft.loop(f"{there}.done {back} {back}.done {there}", LoopStatus.RUNAWAY, gain=1.22, period_ms=1900.0)
    for name, lag in ((own["mail"][1], 91_000), (own["fraud"][4], 3_100), (own["search"][2], 480)):
        draft.application(name, lag=lag)
    draft.finding(own["mail"][1], Severity.WARNING, "91,000 records wait, and more each minute.")
    return draft.graph


def crowd(count: int = 10_000, seed: int = 9) -> DependencyGraph:
    """So many nodes, in systems of some hundreds; a loop runs away in one of them."""
    rng = random.Random(seed)
    half, parts = count // 2, 40
    room = half // parts
    part = [f"{AREAS[n // room % len(AREAS)]}-{n // room:02}" for n in range(half)]
    topics, names = ([f"{part[n]}.{kind}{n}" for n in range(half)] for kind in "ts")
    draft = Draft({topic: (TOPIC, 10 ** rng.uniform(-1, 3)) for topic in topics})
    for n in range(half):
        draft.add(names[n], ">", topics[n])
        for _ in range(rng.choice((1, 1, 2, 3))):
            # Near in its own system, some steps further on.
            later = n + 14 + int(rng.gauss(0, 4))
            if later // room == n // room:
                draft.add(topics[n], ">", names[later])
    first, second = half // 2 + 40, half // 2 + 52
    ring = f"{topics[first]} {names[second]} {topics[second]} {names[first]}"
    draft.lines(f"{names[first]} > {ring.replace(' ', ' > ')}")
    draft.loop(ring, LoopStatus.RUNAWAY, gain=1.4, period_ms=1200.0)
    return draft.graph
