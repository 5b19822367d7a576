from __future__ import annotations

import sys

import pytest

from inspector.search.needles import FOLDING, Needle, foldable, literal, of_name, whole


def test_all_letters_that_fold_to_ascii_are_known() -> None:
    for number in (*range(128, 0xD800), *range(0xE000, sys.maxunicode + 1)):
        letter = chr(number)
        for each in {*letter.casefold(), *letter.lower()}:
            if each.isascii():
                known = [same for begin, same in FOLDING.items() if letter.encode().startswith(begin)]
                assert known, hex(number)
                assert each.encode() in known[0], hex(number)
                assert foldable(f"x{letter}".encode(), each.encode())


@pytest.mark.parametrize(
    ("text", "wild", "json", "wanted"),
    [
        ("Order-17", True, False, b"order-17"),
        ("a*Billing*b", True, False, b"billing"),
        ("a*b", False, False, b"a*b"),
        ("*", True, False, b""),
        ("Gr\u00fc\u00dfe 12", True, False, b"sse 12"),
        ('say "hello"', True, True, b"hello"),
        ("a/bc", False, True, b"bc"),
    ],
)
def test_what_has_to_occur(text: str, wild: bool, json: bool, wanted: bytes) -> None:
    assert literal(text, wild, json).wanted == wanted


@pytest.mark.parametrize(
    ("text", "wild", "indexed"),
    [
        ("Order-17", True, b"\norder-17\n"),
        ("Order-*", True, b"\norder-"),
        ("*-17", True, b"-17\n"),
        ("*der*", True, b"der"),
        ("abc*abc", True, b"\nabc"),
        ("a*Billing*b", True, b"billing"),
        ("a*b", False, b"\na*b\n"),
        ("*", True, b""),
        ("Gr\u00fc\u00dfe 12", True, b"sse 12\n"),
    ],
)
def test_where_a_text_begins_and_ends(text: str, wild: bool, indexed: bytes) -> None:
    assert whole(text, wild).indexed == indexed


def test_names_in_json() -> None:
    assert of_name("total").wanted == b'"total"'
    assert of_name("15") == Needle()
    assert of_name("gr\u00f6\u00dfe").wanted in (b"gr", b"e")
