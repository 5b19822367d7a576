from __future__ import annotations

from typing import Any

import pytest

from inspector.decode import tree
from inspector.search.completion import step
from inspector.search.paths import parse, values

VALUE = {
    "items": [{"sku": "a", "of": [{"sku": "c"}]}, {"sku": "b"}],
    "a name": {"": 1},
    'q"\\': 2,
    "n": [[1], 2],
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("items[0].sku", ["a"]),
        ("items[-1].sku", ["b"]),
        ("items[2].sku", []),
        ("items.sku", ["a", "b"]),
        ("items[*].sku", ["a", "b"]),
        ("items.of.sku", ["c"]),
        ('["a name"][""]', [1]),
        ('["q\\"\\\\"]', [2]),
        ("n", [[[1], 2], [1], 2]),
        ("items.sku.x", []),
        ("missing", []),
    ],
)
def test_what_stands_at_a_path(text: str, expected: list[Any]) -> None:
    assert [*values(VALUE, parse(text))] == expected


@pytest.mark.parametrize("text", ["", ".", ".a", "a..b", "a[", 'a["x', "a b", "a[x]"])
def test_what_is_no_path(text: str) -> None:
    with pytest.raises(ValueError, match="path"):
        parse(text)


def test_paths_of_the_tree_are_understood() -> None:
    def walk(row: tree.TreeRow) -> None:
        for child in tree.children(row):
            assert child.value in values(VALUE, parse(child.path))
            walk(child)

    walk(tree.root(VALUE))
    assert step("items", "a b") == 'items["a b"]'
