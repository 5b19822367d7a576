"""Where mistakes in SQL are, and what may be written next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.exchange.sql import Mistake, Tables
from inspector.exchange.sql_words import EXAMPLES, VIEWS, Sort, offers, words
from inspector.store.selection import RowFilter
from tests.unit.inspector.exchange.conftest import Captured, record


@pytest.fixture
def tables(captured: Captured) -> Iterator[Tables]:
    reader = captured([record(i) for i in range(20)])
    with closing(Tables(reader, reader.select(RowFilter()))) as made:
        yield made


@pytest.mark.parametrize(
    ("text", "where", "like"),
    [
        ("SELECT a FROM records", "a", ""),
        ("SELECT 'chanel', chanel FROM records", "chanel", "channel"),
        ("SELECT r.ofset FROM records r", "ofset", "offset"),
        ("SELECT 1 FROM recods", "recods", "records"),
        ("SELECT cuont(*) FROM records", "cuont", "count"),
        ("SELECT upper(key, 1) FROM records", "upper", ""),
        ("SELECT row -- FORM\n FORM FORM records", " FORM records", ""),
        ("SELECT FROM records", "FROM", ""),
        ("SELECT * FROM records WHERE", "", ""),
        ("SELECT key FROM records WHERE key = = 1", "= 1", ""),
        ("SELECT row FROM records JOIN headers ON 1", "row", ""),
        ("SELECT row FROM records WHERE count(*) > 1", "count", ""),
        ("SELECT 'open FROM records", "'open FROM records", ""),
    ],
)
def test_a_mistake_has_its_place(tables: Tables, text: str, where: str, like: str) -> None:
    with pytest.raises(Mistake) as caught:
        tables.ask(text)
    at = caught.value.start
    assert at == (text.index(where) if where else len(text)) or text[at:].startswith(where.strip())
    assert caught.value.remedy == (
        f"Did you mean {like}?" if like else "The views are records, headers and channels."
    )


def test_views_are_described_as_they_are(tables: Tables) -> None:
    for view, columns in VIEWS.items():
        assert tables.ask(f"SELECT * FROM {view}", most=1).names == tuple(columns)


@pytest.mark.parametrize("example", EXAMPLES.values())
def test_examples_have_an_answer(tables: Tables, example: str) -> None:
    assert tables.ask(example).rows


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("SELECT * FROM ", ("records", "headers", "channels")),
        ("SELECT * FROM re", ("records",)),
        ("SELECT off| FROM records", ('"offset"', "OFFSET")),
        ("SELECT h.na| FROM headers h", ("name",)),
        ("sel", ("SELECT",)),
        ("SELECT 'ro", ()),
        ("SELECT row -- ro", ()),
        ("SELECT ", ()),
        ("", ()),
    ],
)
def test_what_may_be_written_next(text: str, offered: tuple[str, ...]) -> None:
    cursor = text.index("|") if "|" in text else len(text)
    assert offers(text.replace("|", ""), cursor).words == offered


@given(st.text("SELCTFROM '\"`[]-/*\n.,()=<>x01é", max_size=60))
def test_words_lie_one_after_the_other_and_leave_out_blanks_alone(text: str) -> None:
    found, at = [*words(text)], 0
    for word in found:
        assert text[word.start : word.end] == word.text
        assert not text[at : word.start].strip()
        at = word.end
    assert not text[at:].strip()
    assert all(0 <= offers(text, cursor).start <= cursor for cursor in range(len(text) + 1))
    assert all(word.text.isupper() or word.sort is not Sort.KEYWORD for word in found if word.text != "x")
