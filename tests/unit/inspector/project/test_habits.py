from __future__ import annotations

from pathlib import Path

import pytest

from inspector.errors import ProjectError
from inspector.project import habits
from inspector.project.habits import MOST_ASKED, Habits, ShownColumn


def test_columns_and_queries_come_back(tmp_path: Path) -> None:
    path = habits.beside(tmp_path / "eventscope.toml")
    assert path.name == "eventscope.lists.json"
    assert habits.read(path) == Habits()
    asked = tuple(f"key:{number}" for number in range(MOST_ASKED + 7))
    kept = Habits((ShownColumn("value.items[0].sku", 120), ShownColumn("value", 0)), asked)
    habits.write(path, kept)
    assert habits.read(path) == Habits(kept.columns, asked[7:])


@pytest.mark.parametrize("text", ["", "[]", '{"columns": [{"key": 3, "width": 1}]}', "\x00"])
def test_what_is_something_else_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.lists.json"
    path.write_text(text)
    with pytest.raises(ProjectError, match="does not hold"):
        habits.read(path)
