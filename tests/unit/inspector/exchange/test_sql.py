from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest

from inspector.capture.masks import Mask
from inspector.decode.sight import Sight
from inspector.errors import InspectorError
from inspector.exchange.sql import Tables
from inspector.store.selection import RowFilter
from tests.unit.inspector.exchange.conftest import START_NS, Captured, record

RECORDS = [record(i) for i in range(20)] + [
    record(20, key=None, value=None, headers=(("a", None), ("b", b"\xff")))
]


@pytest.fixture
def tables(captured: Captured) -> Iterator[Tables]:
    reader = captured(RECORDS)
    with closing(Tables(reader, reader.select(RowFilter()))) as made:
        yield made


def test_the_views_have_what_the_records_have(tables: Tables) -> None:
    found = tables.ask('SELECT row, time, timestamp_ns, server, channel, partition, "offset" FROM records')
    assert found.rows[3] == (
        3,
        "2026-09-21T14:13:20.300Z",
        START_NS + 300_000_000,
        "kafka://127.0.0.1:9092",
        "payments",
        0,
        3,
    )
    found = tables.ask("SELECT type, sender, event_id, size, key, value FROM records WHERE row IN (5, 20)")
    one = RECORDS[5]
    assert one.value is not None
    assert found.rows[0] == ("Paid", "/billing", "e5", one.size, "order-5", one.value.decode())
    assert found.rows[1][4:] == (None, None)
    assert tables.ask("SELECT channel, records FROM channels ORDER BY 1").rows == [
        ("orders", 11),
        ("payments", 10),
    ]
    assert tables.ask("SELECT number, name, value FROM headers WHERE row = 20").rows == [
        (0, "a", None),
        (1, "b", "0xff"),
    ]


def test_json_and_groups(tables: Tables) -> None:
    found = tables.ask(
        "SELECT channel, sum(json_extract(value, '$.total')) AS total FROM records GROUP BY 1 ORDER BY 1"
    )
    assert found.names == ("channel", "total")
    assert found.rows == [("orders", sum(range(0, 20, 2))), ("payments", sum(range(1, 20, 2)))]


def test_more_rows_than_were_asked_for_are_told(tables: Tables) -> None:
    assert len(tables.ask("SELECT row FROM records", most=5).rows) == 5
    assert tables.ask("SELECT row FROM records", most=5).more
    assert not tables.ask("SELECT row FROM records", most=21).more


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM base",
        "INSERT INTO base VALUES (1, 2, 3, 4, 5)",
        "DROP VIEW records",
        "ATTACH '/tmp/x' AS x",
        "PRAGMA journal_mode",
        "CREATE TABLE x (y)",
        "VACUUM INTO '/tmp/x'",
        "SELECT load_extension('x')",
        "BEGIN",
        "SELECT 1; SELECT 2",
        "",
        "SELECT nothing FROM records",
        "SELECT zeroblob(1000000000)",
    ],
)
def test_nothing_but_questions(tables: Tables, statement: str) -> None:
    with pytest.raises(InspectorError):
        tables.ask(statement)
    assert tables.ask("SELECT count(*) FROM records").rows == [(21,)]


def test_time_is_limited_and_it_can_be_stopped(tables: Tables) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    with pytest.raises(InspectorError, match=r"longer than 0\.05 s"):
        tables.ask(endless, time_s=0.05)
    with pytest.raises(InspectorError, match="stopped"):
        tables.ask(endless, stop=lambda: True)


def test_what_is_masked_cannot_be_asked_for(captured: Captured) -> None:
    reader = captured(RECORDS)
    masks = Sight((Mask(path="$.card"), Mask(header="ce_source")))
    with closing(Tables(reader, reader.select(RowFilter()), masks)) as tables:
        rows = repr(tables.ask("SELECT * FROM records").rows + tables.ask("SELECT * FROM headers").rows)
        assert "order-5" in rows
        assert "4711" not in rows
        assert "/billing" not in rows
