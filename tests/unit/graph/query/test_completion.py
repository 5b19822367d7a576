"""What is offered to people who type."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.query.completion import Completion, complete, help_lines
from graph.query.operators import OPERATORS
from graph.query.parser import parse
from graph.view.things import VOCABULARY


def offered(text: str, cursor: int | None = None) -> Completion:
    values = {"app": ("billing", "mail", "two words"), "team": ()}
    return complete(
        text, len(text) if cursor is None else cursor, VOCABULARY, lambda name: values.get(name, ())
    )


def texts(text: str, cursor: int | None = None) -> list[str]:
    return [offer.text for offer in offered(text, cursor).offers]


def test_fields_are_offered_by_what_is_typed() -> None:
    assert texts("fan") == ["fan-in>", "fan-out>"]
    assert texts("a con")[0] == "confidence<"
    assert texts("o")[:1] == ["or "]
    assert offered("app:x lag>5 par").start == 12
    assert texts("(")[0] == "name:"


def test_values_are_offered_after_an_operator() -> None:
    assert texts("app:") == ["billing", "mail", '"two words"']
    assert texts("app:m") == ["mail"]
    assert texts('app:"two') == ['"two words"']
    assert texts("loop:r") == ["runaway"]
    assert texts("lag>") == ["1000"]
    assert texts("nothing:") == []
    assert offered("app:bil lag>1", 7).end == 7


@pytest.mark.parametrize(("text", "cursor", "made"), [("ap", 2, "app:"), ("app:bi x", 6, "app:billing x")])
def test_an_offer_takes_the_place_of_what_is_typed(text: str, cursor: int, made: str) -> None:
    found = offered(text, cursor)
    assert text[: found.start] + found.offers[0].text + text[found.end :] == made


@given(st.text('ap:>bl "(ornd', max_size=12), st.integers(0, 12))
def test_there_is_an_answer_at_every_place(text: str, cursor: int) -> None:
    found = offered(text, min(cursor, len(text)))
    assert 0 <= found.start <= found.end <= len(text)


def test_the_help_knows_every_operator_and_field_and_each_example_is_a_query() -> None:
    sections = dict(help_lines(VOCABULARY))
    assert [form for form, _ in sections["Operators"]] == [f"field{sign}value" for sign in OPERATORS]
    assert len(sections["Fields"]) == len(VOCABULARY.fields)
    for form, meaning in (*sections["Fields"], *sections["Text"]):
        parse(form, VOCABULARY)
        assert meaning
    noted = replace(VOCABULARY, free_note="letter by letter")
    assert dict(help_lines(noted))["Text"][0][1] == f"{sections['Text'][0][1]}, letter by letter"
