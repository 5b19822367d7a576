from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from graph.identity import Action, ApplicationId, ChannelId, ChannelKind, OperationId, ServerId
from graph.model import Alias, Application, ApplicationKind, DependencyGraph, Operation, Server
from graph.query.error import QueryError
from inspector.capture.masks import NO_MASKS, Mask, Masks
from inspector.record import Position, Record
from inspector.search import query as querying
from inspector.search.query import RecordQuery
from inspector.store.block import FIELD_PARTS, FIELDS, FRAMES, GRAM_PARTS, GRAMS, KINDS
from inspector.store.indexing import index_capture
from inspector.store.reader import CaptureReader
from inspector.store.selection import RowFilter
from inspector.store.writer import CaptureWriter
from inspector.traits import Traits

NOW_NS = 1_790_000_000_000_000_000
SECOND = 1_000_000_000
TIMES = 30
"""How often the damaged capture holds each record: enough for three blocks."""
A, B = ServerId("kafka", "a:9092"), ServerId("kafka", "b:9092")
ORDERS, DEAD, AUDIT = (
    ChannelId(server, ChannelKind.TOPIC, name)
    for server, name in ((A, "orders"), (A, "Orders.DLQ"), (B, "audit"))
)
BILLING = Application(
    ApplicationId("billing"), "billing", ApplicationKind.SERVICE, aliases=(Alias("source", "/Billing"),)
)
GRAPH = DependencyGraph(
    servers={B: Server(B, "backup")},
    applications={BILLING.id: BILLING},
    operations={key: Operation(key, 0.9, ()) for key in [OperationId(BILLING.id, Action.SEND, AUDIT)]},
)
COUNT = 600


def record(i: int) -> tuple[Record, Traits]:
    """A record of a made system: every sort of value, key and header in turn."""
    body: bytes | None = json.dumps(
        {
            "total": (i * 7) % 300 if i % 5 else str(i),
            "price": i / 4,
            "note": ["left", "Right", "Grüße", None][i % 4],
            "paid": i % 3 == 0,
            "items": [{"sku": f"SKU-{(i + n) % 40}", "qty": n} for n in range(i % 3)],
            "a name": {"x": i % 9},
            "tags": ["red", "blue"][: i % 3],
        }
    ).encode()
    match i % 23:
        case 0:
            body = None
        case 1:
            body = b""
        case 2:
            body = bytes(range(i % 256))
        case 3:
            body = f"plain text number {i}".encode()
        case 4:
            body = b"[%d, %d]" % (i, i + 1)
    headers: list[tuple[str, bytes | None]] = [("ce_id", b"event-%d" % i), ("Attempt", b"%d" % (i % 4))]
    if i % 6 == 0:
        headers += [("note", None), ("note", b"second"), ("nothing", b"")]
    if i % 29 == 0:
        headers += [("content-type", b"application/json")]
    key = None if i % 17 == 0 else b"" if i % 19 == 0 else f"order-{i % 50}".encode()
    sender = (Alias("source", "/Billing"), Alias("source", "web"), None)[i % 3]
    said = Traits(
        sender, (None, "Order.Placed", "order.paid")[i % 3], f"event-{i}", f"event-{i - 1}", f"flow-{i % 20}"
    )
    channel = (ORDERS, ORDERS, DEAD, AUDIT)[i % 4]
    return (
        Record(channel, Position(i % 3, i), NOW_NS - (COUNT - i) * SECOND, key, body, tuple(headers)),
        said,
    )


PAIRS = [record(i) for i in range(COUNT)]


@pytest.fixture(scope="module")
def capture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaptureReader]:
    path: Path = tmp_path_factory.mktemp("search") / "made.evs"
    for start in range(0, COUNT, 200):
        writer = CaptureWriter.open(path)
        some = PAIRS[start : start + 200]
        writer.add([each for each, _ in some], [each for _, each in some])
        writer.close()
    reader = CaptureReader(path)
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def damaged(capture: CaptureReader, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaptureReader]:
    """Three blocks, values of that in the middle damaged."""
    path: Path = tmp_path_factory.mktemp("damaged") / "made.evs"
    writer = CaptureWriter.open(path)
    some = [pair for pair in PAIRS for _ in range(TIMES)]
    writer.add([each for each, _ in some], [each for _, each in some])
    writer.close()
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT id FROM block ORDER BY first_row").fetchall()
        assert len(found) == 3
        connection.execute(
            "UPDATE part SET data = zeroblob(9) WHERE id = ?", (found[1][0] * KINDS + FRAMES + 1,)
        )
    connection.close()
    reader = CaptureReader(path)
    yield reader
    reader.close()


@pytest.fixture(scope="module", params=["every sort", "plain JSON", "damaged"])
def indexed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[CaptureReader, list[int]]]:
    """A capture with indexes, and which record each row is."""
    path: Path = tmp_path_factory.mktemp("indexed") / "made.evs"
    kept = [i for i in range(COUNT) if request.param == "every sort" or i % 23 > 4]
    twice = [i for i in kept for _ in range(2)]
    for _ in range(2):
        writer = CaptureWriter.open(path)
        some = [PAIRS[i] for i in twice]
        writer.add([each for each, _ in some], [each for _, each in some])
        writer.close()
    assert index_capture(path) == 2
    if request.param == "damaged":
        with sqlite3.connect(path) as connection:
            for kinds in ((GRAMS,), (FIELDS,), GRAM_PARTS, FIELD_PARTS):
                connection.execute(
                    f"UPDATE part SET data = zeroblob(9) WHERE id % {KINDS} BETWEEN ? AND ?"
                    f" AND id % {7 if len(kinds) > 1 else 1} = 0",
                    (kinds[0], kinds[-1]),
                )
        connection.close()
    reader = CaptureReader(path)
    yield reader, twice * 2
    reader.close()


def query(text: str, capture: CaptureReader | None = None, masks: Masks | None = None) -> RecordQuery:
    return RecordQuery(text, capture, graph=GRAPH, now_ns=NOW_NS, masks=masks or NO_MASKS)


def body(i: int) -> Any:
    try:
        return json.loads(PAIRS[i][0].value or b"")
    except ValueError:
        return None


def numbers(value: Any) -> list[float]:
    return [value] if isinstance(value, int | float) and not isinstance(value, bool) else []


def at(i: int, *steps: str | int) -> list[Any]:
    """What stands at a path without lists in it."""
    value = body(i)
    for step in steps:
        try:
            value = value[step]
        except (KeyError, TypeError, IndexError):
            return []
    return [value]


def head(i: int, name: str) -> list[str]:
    return [value.decode() for key, value in PAIRS[i][0].headers if key.lower() == name and value is not None]


def texts(i: int) -> list[str]:
    each = PAIRS[i][0]
    pieces = [
        each.key,
        each.value,
        *(part for name, value in each.headers for part in (name.encode(), value)),
    ]
    return [piece.decode("utf-8", "replace") for piece in pieces if piece is not None]


def has(words: str) -> Any:
    return lambda i: any(words.casefold() in text.casefold() for text in texts(i))


def skus(i: int) -> list[str]:
    value = body(i)
    return [each["sku"] for each in value["items"]] if isinstance(value, dict) else []


TERMS: dict[str, Any] = {
    "channel:orders": lambda i: PAIRS[i][0].channel == ORDERS,
    "channel:orders*": lambda i: PAIRS[i][0].channel != AUDIT,
    'channel="Orders.DLQ"': lambda i: PAIRS[i][0].channel == DEAD,
    "channel~^a": lambda i: PAIRS[i][0].channel == AUDIT,
    "server:backup": lambda i: PAIRS[i][0].channel == AUDIT,
    "server:*a:9092": lambda i: PAIRS[i][0].channel != AUDIT,
    "partition:1": lambda i: i % 3 == 1,
    "offset>=590": lambda i: i >= 590,
    "offset:10..20": lambda i: 10 <= i <= 20,
    "key:ORDER-7": lambda i: PAIRS[i][0].key == b"order-7",
    "key=order-7": lambda i: PAIRS[i][0].key == b"order-7",
    "key=ORDER-7": lambda i: False,
    "key:order-1*": lambda i: (PAIRS[i][0].key or b"").startswith(b"order-1"),
    'key:""': lambda i: PAIRS[i][0].key == b"",
    "key~[89]$": lambda i: (PAIRS[i][0].key or b"").endswith((b"8", b"9")),
    "type:order.p*": lambda i: i % 3 != 0,
    "type=order.paid": lambda i: i % 3 == 2,
    "app:billing": lambda i: i % 3 == 0 or (i % 3 == 2 and PAIRS[i][0].channel == AUDIT),
    "app:web": lambda i: i % 3 == 1,
    "size<60": lambda i: PAIRS[i][0].size < 60,
    "size:1..100": lambda i: 1 <= PAIRS[i][0].size <= 100,
    "since:-100s": lambda i: i >= COUNT - 100,
    "until:-100s": lambda i: i <= COUNT - 100,
    "trace:FLOW-7": lambda i: i % 20 == 7,
    "trace:flow-1*": lambda i: f"flow-{i % 20}".startswith("flow-1"),
    "error:decode": lambda i: i % 29 == 0 and i % 23 in (2, 3) and bool(PAIRS[i][0].value),
    "header.ce_id:event-77": lambda i: i == 77,
    "header.CE_ID:Event-7*": lambda i: f"event-{i}".startswith("event-7"),
    "header.ce_id:*-77": lambda i: i == 77,
    "header.ce_id:ev*t-7*": lambda i: f"event-{i}".startswith("event-7"),
    "key:*-17": lambda i: (PAIRS[i][0].key or b"").endswith(b"-17"),
    "trace:*w-1*": lambda i: f"flow-{i % 20}".startswith("flow-1"),
    "header.attempt>2": lambda i: i % 4 == 3,
    "header.note:second": lambda i: i % 6 == 0,
    "header.note:*": lambda i: i % 6 == 0,
    'header.nothing:""': lambda i: i % 6 == 0,
    "header.none:x": lambda i: False,
    "value.total>100": lambda i: any(x > 100 for v in at(i, "total") for x in numbers(v)),
    "value.total<=7": lambda i: any(x <= 7 for v in at(i, "total") for x in numbers(v)),
    "value.total:10..20": lambda i: any(10 <= x <= 20 for v in at(i, "total") for x in numbers(v)),
    'value.total:"35"': lambda i: any(v in (35, "35") for v in at(i, "total")),
    "value.price=2.5": lambda i: 2.5 in [x for v in at(i, "price") for x in numbers(v)],
    "value.paid:true": lambda i: True in [v for v in at(i, "paid") if isinstance(v, bool)],
    "value.note:null": lambda i: None in at(i, "note"),
    "value.note:grüße": lambda i: "Grüße" in at(i, "note"),
    "value.note:right": lambda i: "Right" in at(i, "note"),
    "value.note=right": lambda i: False,
    "value.note:*": lambda i: bool(at(i, "note")),
    "value.missing:*": lambda i: False,
    "value.items:*": lambda i: bool(at(i, "items")),
    "value.items[0].sku:SKU-3": lambda i: skus(i)[:1] == ["SKU-3"],
    "value.items[-1].sku:SKU-3": lambda i: skus(i)[-1:] == ["SKU-3"],
    "value.items.sku:sku-3": lambda i: "SKU-3" in skus(i),
    "value.items[*].sku:sku-3*": lambda i: any(fnmatchcase(each, "SKU-3*") for each in skus(i)),
    "value.items.sku~^SKU-[12]$": lambda i: any(each in ("SKU-1", "SKU-2") for each in skus(i)),
    'value["a name"].x>=8': lambda i: any(x >= 8 for x in at(i, "a name", "x")),
    "value.tags:blue": lambda i: any("blue" in v for v in at(i, "tags")),
    "value[0]>500": lambda i: isinstance(body(i), list) and body(i)[0] > 500,
    "order-1": has("order-1"),
    "EVENT-59": has("event-59"),
    "sku": has("sku"),
    '"\\"total\\": 7"': has('"total": 7'),
    "grüsse": has("grüsse"),
    "second": has("second"),
    "zzz": lambda i: False,
    "ce_id": lambda i: True,
    "x": has("x"),
    "order-1*": lambda i: any(text.casefold().startswith("order-1") for text in texts(i)),
}


@st.composite
def queries(draw: st.DrawFn) -> tuple[str, Any]:
    """A query, and which records it means."""

    def term(depth: int) -> tuple[str, Any]:
        shape = draw(st.sampled_from(["one", "one", "one", "not", "and", "or"])) if depth else "one"
        if shape == "one":
            words = draw(st.sampled_from(sorted(TERMS)))
            return words, TERMS[words]
        left, fits = term(depth - 1)
        if shape == "not":
            return f"not ({left})", lambda i: not fits(i)
        right, also = term(depth - 1)
        if shape == "and":
            return f"({left}) and ({right})", lambda i: fits(i) and also(i)
        return f"({left}) or ({right})", lambda i: fits(i) or also(i)

    return term(3)


def found(rows: np.ndarray[Any, np.dtype[np.int64]]) -> list[int]:
    assert rows.dtype == np.int64
    return [int(row) for row in rows]


@pytest.mark.parametrize("text", TERMS)
def test_every_field_and_operator(capture: CaptureReader, text: str) -> None:
    expected = [i for i in range(COUNT) if TERMS[text](i)]
    asked = query(text, capture)
    assert found(asked.select(RowFilter())) == expected
    assert [i for i in range(COUNT) if asked.holds(*PAIRS[i])] == expected


def test_an_index_changes_nothing_of_what_is_found(indexed: tuple[CaptureReader, list[int]]) -> None:
    capture, which = indexed
    for text, fits in TERMS.items():
        fitting = {i for i in set(which) if fits(i)}
        expected = [row for row, i in enumerate(which) if i in fitting]
        assert found(query(text, capture).select(RowFilter())) == expected, text
        newest = [row for piece in query(text, capture).backwards(RowFilter()) for row in found(piece)[::-1]]
        assert newest == expected[::-1], text
    for words in ("order-1", "zzz", "event-59", "SKU-3", "grüsse"):
        fitting = {i for i in set(which) if has(words)(i)}
        assert found(capture.select(RowFilter(text=words))) == [
            row for row, i in enumerate(which) if i in fitting
        ], words


def test_what_is_masked_is_not_found_by_an_index(indexed: tuple[CaptureReader, list[int]]) -> None:
    capture, which = indexed
    masks = Masks([Mask(path="$.note"), Mask(header="ce_id", channels="orders")])
    assert not len(query("value.note:right", capture, masks).select(RowFilter()))
    shown = query("header.ce_id:event-77", capture, masks).select(RowFilter())
    assert not [row for row in found(shown) if PAIRS[which[row]][0].channel == ORDERS]
    assert bool(len(shown)) == (PAIRS[77][0].channel != ORDERS)


def test_aborted_is_answered_by_columns(tmp_path: Path) -> None:
    writer = CaptureWriter.open(tmp_path / "made.evs")
    for channel, producer in ((ORDERS, 1), (ORDERS, 2), (AUDIT, 1)):
        said = [
            Record(channel, Position(0, n), NOW_NS + n, b"k", b"v", (), producer_id=producer)
            for n in range(20)
        ]
        some = [replace(each, transactional=n % 2 == 0) for n, each in enumerate(said)]
        writer.add(some, [Traits()] * len(some))
        writer.flush()
    writer.aborted(ORDERS, 0, 2, 4, 9)
    writer.aborted(AUDIT, 0, 1, 0, 1)
    writer.close()
    reader = CaptureReader(tmp_path / "made.evs")
    aborted = [row for row in range(60) if reader.record(row).aborted]
    assert len(aborted) == 4
    assert found(query("aborted:yes", reader).select(RowFilter())) == aborted
    assert found(query("not aborted:no", reader).select(RowFilter())) == aborted
    reader.close()


BASES = st.builds(
    RowFilter,
    channels=st.none() | st.just(frozenset({ORDERS, AUDIT})),
    type=st.none() | st.just("order.paid"),
    since_ns=st.none() | st.integers(NOW_NS - COUNT * SECOND, NOW_NS),
    text=st.sampled_from(["", "order"]),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    queries(),
    BASES,
    st.integers(-5, COUNT + 5),
    st.none() | st.integers(-5, COUNT + 5),
    st.sampled_from([50, 130, COUNT]),
)
def test_any_query_finds_what_looking_at_every_record_finds(
    capture: CaptureReader,
    asked: tuple[str, Any],
    base: RowFilter,
    from_row: int,
    until_row: int | None,
    at_once: int,
) -> None:
    text, fits = asked
    with patch.object(querying, "AT_ONCE", at_once):
        _compare(capture, text, fits, base, from_row, until_row)


def _compare(
    capture: CaptureReader, text: str, fits: Any, base: RowFilter, from_row: int, until_row: int | None
) -> None:
    allowed = found(capture.select(base, from_row, until_row))
    expected = [row for row in allowed if fits(row)]
    ready = query(text, capture)
    assert found(ready.select(base, from_row, until_row)) == expected
    pieces = [found(piece) for piece in ready.backwards(base, until_row)]
    assert all(pieces)
    everything = [row for row in found(capture.select(base, 0, until_row)) if fits(row)]
    assert [row for piece in reversed(pieces) for row in piece] == everything


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(queries())
def test_what_cannot_be_read_is_not_found_and_all_else_is(
    damaged: CaptureReader, asked: tuple[str, Any]
) -> None:
    text, fits = asked
    expected = {row for i in range(COUNT) if fits(i) for row in range(i * TIMES, (i + 1) * TIMES)}
    rows = set(found(query(text, damaged).select(RowFilter())))
    starts = [run.start for run in damaged.by_block(damaged.select(RowFilter()))]
    assert len(starts) == 3
    spoilt = set(range(starts[1], starts[2]))
    assert rows - spoilt == expected - spoilt
    assert rows <= expected


@pytest.mark.parametrize(
    "text", ["type:order.p*", "not app:web", "channel:orders and value.none:1 or offset>=0"]
)
def test_columns_answer_where_values_cannot_be_read(damaged: CaptureReader, text: str) -> None:
    fits = {"type:order.p*": TERMS["type:order.p*"], "not app:web": lambda i: not TERMS["app:web"](i)}
    expected = [row for row in range(COUNT * TIMES) if fits.get(text, lambda i: True)(row // TIMES)]
    assert found(query(text, damaged).select(RowFilter())) == expected


@pytest.mark.parametrize("header", [b"12 parts", b"5abc", b"1..x"])
def test_a_figure_with_words_behind_it_is_a_text(header: bytes) -> None:
    some = Record(ORDERS, Position(0, 1), NOW_NS, None, None, (("batch", header),))
    assert query(f'header.batch:"{header.decode()}"').holds(some, Traits())
    assert not query("header.batch>2").holds(some, Traits())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    queries(), st.sampled_from([Mask(path="$.note"), Mask(header="ce_id"), Mask(key=True, channels="audit")])
)
def test_blocks_and_single_records_agree_on_what_is_masked(
    capture: CaptureReader, asked: tuple[str, Any], mask: Mask
) -> None:
    ready = query(asked[0], capture, Masks([mask]))
    assert found(ready.select(RowFilter())) == [i for i in range(COUNT) if ready.holds(*PAIRS[i])]


def test_rows_by_what_they_say_are_those_of_every_record(damaged: CaptureReader) -> None:
    def rows(fits: Any) -> list[int]:
        return [row for row in range(COUNT * TIMES) if fits(*PAIRS[row // TIMES])]

    for key in (b"order-7", b"order-1", b"", b"missing"):
        assert found(damaged.with_key(key)) == rows(lambda record, _, key=key: record.key == key)
    for word in ("event-7", "event-59", "flow-1", "", "missing"):
        for look, name in (
            (damaged.with_event_id, "event_id"),
            (damaged.with_parent_id, "parent_id"),
            (damaged.with_flow_id, "flow_id"),
        ):
            expected = rows(lambda _, said, word=word, name=name: getattr(said, name) == word)
            assert found(look(word)) == expected, (word, name)
    asked = np.array([8000, 5, 3100, 5, 20], np.int64)
    sizes = damaged.columns(asked, "size", "offset")
    assert sizes["size"].tolist() == [PAIRS[row // TIMES][0].size for row in asked.tolist()]
    assert sizes["offset"].tolist() == [row // TIMES for row in asked.tolist()]


def test_the_first_page_is_there_before_the_rest_is_read(damaged: CaptureReader) -> None:
    pieces = query("ce_id", damaged).backwards(RowFilter())
    assert int(next(pieces)[-1]) == COUNT * TIMES - 1
    assert len([*pieces]) == 2  # headers say it: damaged values need not be read


def test_columns_of_old_rows_wait_until_they_are_needed(
    capture: CaptureReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(querying, "AT_ONCE", 100)
    reader = CaptureReader(capture.path)
    looked = []
    view = reader.view

    def watched(name: str, start: int, stop: int) -> Any:
        looked.append((name, start))
        return view(name, start, stop)

    monkeypatch.setattr(reader, "view", watched)
    pieces = query("type:order.p*", reader).backwards(RowFilter())
    first = next(pieces)
    assert int(first[-1]) == COUNT - 1
    assert looked == [("type", 400)]  # the newest block
    assert len(first) + sum(map(len, pieces)) == sum(map(TERMS["type:order.p*"], range(COUNT)))
    reader.close()


def test_a_mistake_points_at_its_place() -> None:
    for text, start, end in (
        ("channel:orders and value:x", 19, 24),
        ("key:a value.a..b>3", 6, 16),
        ("nonsense:3", 0, 8),
        ("size>many", 5, 9),
        ("value.a[x]>3", 0, 10),
        ('value["a name>3', 6, 15),
    ):
        with pytest.raises(QueryError) as wrong:
            query(text)
        assert (wrong.value.start, wrong.value.end) == (start, end), text


def test_a_search_that_is_stopped_ends(capture: CaptureReader) -> None:
    stop = threading.Event()
    pieces = query("ce_id", capture).backwards(RowFilter(), stop=stop)
    first = next(pieces)
    stop.set()
    assert [*pieces] == []
    assert first[-1] == COUNT - 1
    assert len(query("ce_id", capture).select(RowFilter(), stop=stop)) == 0


def test_what_is_masked_never_matches(capture: CaptureReader) -> None:
    masks = Masks([Mask(path="$.note"), Mask(header="ce_id"), Mask(key=True, channels="audit")])
    for text, shown in (
        ("Right", 0),
        ("value.note:Right", 0),
        ("header.ce_id:event-77", 0),
        (
            "key:order-7",
            sum(PAIRS[i][0].key == b"order-7" and PAIRS[i][0].channel != AUDIT for i in range(COUNT)),
        ),
        ("not value.note:Right", COUNT),
    ):
        assert len(query(text, capture, masks).select(RowFilter())) == shown, text
        assert not query(text, None, masks).holds(*PAIRS[1]) or shown
    masked = query("value.paid:true", capture, masks).select(RowFilter())
    assert found(masked) == [i for i in range(COUNT) if TERMS["value.paid:true"](i)]
