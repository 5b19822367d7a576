"""Small texts: previews in hues, times and sizes."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui import figures
from gui.parts.values import runs


def test_a_preview_is_cut_into_paths_and_values() -> None:
    made = runs(
        '{"sku": "a-1", "old": -18.4, "active": true, "note": null, "tags": ["x", 2], "in": {"n": 1}}'
    )
    assert [(text.strip(), tone) for text, tone in made if tone != "ghost"] == [
        ("sku", "faint"),
        ("a-1", "string"),
        ("old", "faint"),
        ("-18.4", "number"),
        ("active", "faint"),
        ("true", "number"),
        ("note", "faint"),
        ("null", "faint"),
        ("tags", "faint"),
        ("x", "string"),
        ("2", "number"),
        ("in", "faint"),
        ("n", "faint"),
        ("1", "number"),
    ]


def test_a_line_that_is_cut_off_shows_what_there_is() -> None:
    assert [tone for _, tone in runs('{"sku": "20418", "reason": "suppl…')] == [
        "faint",
        "string",
        "faint",
        "string",
    ]


@pytest.mark.parametrize("text", ["null", "<empty>", "plain words", "<binary 3.1 KB>", ""])
def test_what_is_not_json_stays_as_it_is(text: str) -> None:
    assert [piece for piece, _ in runs(text)] == [text]


@given(st.text(alphabet='{}[]":,0123456789.eE+-truefalsn\\ …aé', max_size=120))
def test_no_preview_is_too_strange(text: str) -> None:
    assert all(tone in ("faint", "string", "number", "ghost", "dim", "text") for _, tone in runs(text))


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 B"), (999, "999 B"), (1800, "1.8 KB"), (1_240_000_000, "1.24 GB"), (999_600, "1 MB")],
)
def test_sizes(size: int, words: str) -> None:
    assert figures.size(size) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-80_000.0, "just now"),
        (4.0, "just now"),
        (58.0, "58 seconds ago"),
        (61.0, "1 minute ago"),
        (200_000.0, "2 days ago"),
    ],
)
def test_ages(seconds: float, words: str) -> None:
    assert figures.ago(seconds) == words


def test_times_keep_their_milliseconds() -> None:
    assert figures.clock(1_795_443_128_412_999_999, UTC).endswith(".412")
    assert figures.clock(10**30, UTC).startswith("00:00:00")
    assert figures.elapsed(3_850) == "1:04:10"
    assert figures.per_cent(0.999) == "99 %"
