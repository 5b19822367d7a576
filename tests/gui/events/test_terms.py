from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.query.parser import parse
from graph.query.terms import Both, Comparison, Negation
from gui.events.terms import How, joined, piece
from inspector.search.vocabulary import VOCABULARY


@pytest.mark.parametrize(
    ("field", "value", "made"),
    [
        ("type", "OrderPlaced", "type:OrderPlaced"),
        ("key", "two words", 'key:"two words"'),
        ("key", "a*b", "key=a*b"),
        ("header.ce_source", "/billing", "header.ce_source:/billing"),
        ("value.items[3].sku", "x", "value.items[3].sku:x"),
        ("offset", "12", "offset:12"),
        ("nonsense", "x", None),
    ],
)
def test_a_cell_becomes_a_piece_of_a_query(field: str, value: str, made: str | None) -> None:
    assert piece(VOCABULARY, field, value) == made


@settings(max_examples=100, deadline=None)
@given(st.text(min_size=1, max_size=12))
def test_whatever_a_key_is_its_piece_means_just_that(value: str) -> None:
    made = piece(VOCABULARY, "key", value)
    if made is not None:
        read = parse(made, VOCABULARY)
        assert isinstance(read, Comparison)
        assert read.value == value


def test_pieces_are_put_to_what_is_there() -> None:
    assert joined(VOCABULARY, "a", "type:X", How.APPLY) == "type:X"
    assert joined(VOCABULARY, "", "type:X", How.EXCLUDE) == "not type:X"
    assert joined(VOCABULARY, "a", "type:X", How.NARROW) == "a and type:X"
    wide = joined(VOCABULARY, "a or b", "type:X", How.EXCLUDE)
    assert wide == "(a or b) and not type:X"
    tree = parse(wide, VOCABULARY)
    assert isinstance(tree, Both)
    assert isinstance(tree.terms[1], Negation)
