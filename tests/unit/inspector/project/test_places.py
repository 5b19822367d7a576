"""Places are kept beside the project, line by line, and a damaged file is told of."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import ProjectError
from inspector.project import places
from inspector.project.places import Place

numbers = st.floats(-1e6, 1e6)


def test_the_file_lies_beside_the_project() -> None:
    assert places.beside(Path("shop/eventscope.toml")) == Path("shop/eventscope.places.json")


@given(st.dictionaries(st.text(), st.builds(Place, numbers, numbers, st.booleans()), max_size=8))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, told: places.Places) -> None:
    path = tmp_path_factory.mktemp("places") / "shop.places.json"
    places.write(path, told)
    found = places.read(path)
    assert found.keys() == told.keys()
    for key, at in told.items():
        assert abs(found[key].x - at.x) <= 0.1 >= abs(found[key].y - at.y)
        assert found[key].pinned is at.pinned


def test_one_line_a_place_in_order_and_those_of_other_pictures_stay(tmp_path: Path) -> None:
    path = tmp_path / "shop.places.json"
    places.write(path, {"application/b": Place(1, 2), "application/a": Place(3, 4, True)})
    places.write(path, {"application/b": Place(5.04, 6)})
    assert path.read_text().splitlines() == [
        "{",
        '"application/a": [3.0, 4.0, true],',
        '"application/b": [5.0, 6, false]',
        "}",
    ]


def test_a_file_that_says_the_same_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "shop.places.json"
    places.write(path, {"application/a": Place(3.0, 4.0)})
    before = path.stat().st_mtime_ns, path.stat().st_ino
    places.write(path, {"application/a": Place(3.01, 4.0)})
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before


@pytest.mark.parametrize("text", ["{", "[]", '{"a": [1]}', '{"a": ["x", 2]}', "\udcff"])
def test_a_damaged_file_is_told_of_and_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "shop.places.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ProjectError, match="does not hold places"):
        places.read(path)
    before = path.read_bytes()
    with pytest.raises(ProjectError, match="does not hold places"):
        places.write(path, {"application/a": Place(1, 2)})
    assert path.read_bytes() == before


def test_numbers_without_end_are_no_places(tmp_path: Path) -> None:
    path = tmp_path / "shop.places.json"
    path.write_text('{"a": [1e999, 2], "b": [1, 2]}')
    try:
        found = places.read(path)
    except ProjectError:
        return
    assert found == {"b": Place(1, 2)}


def test_more_than_are_kept_leave_those_of_this_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "shop.places.json"
    monkeypatch.setattr(places, "MOST", 2)
    places.write(path, {"a": Place(1, 1), "b": Place(2, 2)})
    places.write(path, {"c": Place(3, 3)})
    assert places.read(path) == {"c": Place(3, 3)}
