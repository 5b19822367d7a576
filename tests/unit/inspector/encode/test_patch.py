"""The examples of RFC 6902, appendix A, and what they leave open."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.encode import json
from inspector.encode.misfit import Misfit
from inspector.encode.patch import operations_of, patched


def applied(document: str, patch: str) -> str:
    value: Any = json.parse(document)
    for operation in operations_of(patch):
        value = patched(value, operation, lambda said, old: said)
    return json.write(value)


@pytest.mark.parametrize(
    ("document", "patch", "wanted"),
    [
        ('{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux"}]', '{"foo":"bar","baz":"qux"}'),
        (
            '{"foo":["bar","baz"]}',
            '[{"op":"add","path":"/foo/1","value":"qux"}]',
            '{"foo":["bar","qux","baz"]}',
        ),
        ('{"baz":"qux","foo":"bar"}', '[{"op":"remove","path":"/baz"}]', '{"foo":"bar"}'),
        ('{"foo":["bar","qux","baz"]}', '[{"op":"remove","path":"/foo/1"}]', '{"foo":["bar","baz"]}'),
        (
            '{"baz":"qux","foo":"bar"}',
            '[{"op":"replace","path":"/baz","value":"boo"}]',
            '{"baz":"boo","foo":"bar"}',
        ),
        (
            '{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}',
            '[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]',
            '{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}',
        ),
        (
            '{"foo":["all","grass","cows","eat"]}',
            '[{"op":"move","from":"/foo/1","path":"/foo/3"}]',
            '{"foo":["all","cows","eat","grass"]}',
        ),
        (
            '{"baz":"qux","foo":["a",2,"c"]}',
            '[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2.0}]',
            '{"baz":"qux","foo":["a",2,"c"]}',
        ),
        (
            '{"foo":"bar"}',
            '[{"op":"add","path":"/child","value":{"grandchild":{}}}]',
            '{"foo":"bar","child":{"grandchild":{}}}',
        ),
        (
            '{"foo":"bar"}',
            '[{"op":"add","path":"/baz","value":"qux","xyz":123}]',
            '{"foo":"bar","baz":"qux"}',
        ),
        ('{"/":9,"~1":10}', '[{"op":"test","path":"/~01","value":10}]', '{"/":9,"~1":10}'),
        ('{"foo":["bar"]}', '[{"op":"add","path":"/foo/-","value":["abc"]}]', '{"foo":["bar",["abc"]]}'),
        ('{"a":1.00}', '[{"op":"copy","from":"/a","path":"/b"}]', '{"a":1.00,"b":1.00}'),
        ("1", '[{"op":"replace","path":"","value":[2]}]', "[2]"),
        ('{"a":null}', '[{"op":"add","path":"/a","value":null}]', '{"a":null}'),
    ],
)
def test_patches_of_the_rfc(document: str, patch: str, wanted: str) -> None:
    assert applied(document, patch) == wanted


@pytest.mark.parametrize(
    ("document", "patch", "why"),
    [
        (
            '{"baz":"qux"}',
            '[{"op":"test","path":"/baz","value":"bar"}]',
            "baz: the patch expects another value",
        ),
        ('{"foo":"bar"}', '[{"op":"add","path":"/baz/bat","value":"qux"}]', "baz: there is no such field"),
        ('{"/":9,"~1":10}', '[{"op":"test","path":"/~01","value":"10"}]', "expects another value"),
        ('{"a":true}', '[{"op":"test","path":"/a","value":1}]', "expects another value"),
        ('{"a":[1]}', '[{"op":"add","path":"/a/2","value":1}]', "there is no such element"),
        ('{"a":[1]}', '[{"op":"replace","path":"/a/-","value":1}]', "there is no such element"),
        ('{"a":[1]}', '[{"op":"remove","path":"/a/01"}]', "there is no such element"),
        ('{"a":{}}', '[{"op":"move","from":"/a","path":"/a/b"}]', "moved into itself"),
        ('{"a":1}', '[{"op":"remove","path":"/b"}]', "b: there is no such field"),
        ('{"a":1}', '[{"op":"add","path":"/b"}]', "needs a value"),
        ('{"a":1}', '[{"op":"add","path":"b","value":1}]', "is no JSON Pointer"),
        ('{"a":1}', '[{"op":"add","path":"/a/b","value":1}]', "nothing that could hold it"),
    ],
)
def test_patches_that_do_not_apply(document: str, patch: str, why: str) -> None:
    with pytest.raises(Misfit, match=why):
        applied(document, patch)


documents = st.recursive(
    st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab/~0", max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


def pointers(value: Any, before: str = "") -> list[str]:
    found = [before]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, item in items:
        found += pointers(item, f"{before}/{str(step).replace('~', '~0').replace('/', '~1')}")
    return found


@settings(max_examples=40)
@given(documents)
def test_what_is_taken_out_and_put_back_is_as_before(document: Any) -> None:
    text = json.write(document)
    for pointer in pointers(document)[1:]:
        held = applied(text, json.write([{"op": "copy", "from": pointer, "path": ""}]))
        back = [
            {"op": "remove", "path": pointer},
            {"op": "add", "path": pointer, "value": json.parse(held)},
        ]
        assert json.parse(applied(text, json.write(back))) == document
