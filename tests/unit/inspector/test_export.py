"""The graph as text in every form."""

from __future__ import annotations

import pytest
import yaml

from graph.export.mermaid import MOST_EDGES
from inspector.cli.scan import PICTURES, Format
from inspector.export import TextForm, note, text
from tests.unit.graph.export.conftest import named, shop


@pytest.mark.parametrize("form", list(TextForm))
def test_every_form_is_text_that_ends_with_its_line(form: TextForm) -> None:
    made = text(shop(), form)
    assert made.endswith("\n")
    assert "billing" in made
    assert note(made, form) == ""


def test_files_are_called_as_their_programs_want_them() -> None:
    assert [form.suffix for form in TextForm] == [".json", ".gv", ".mmd", ".graphml", ".yaml"]


def test_the_command_line_knows_all_of_them() -> None:
    assert {form.value for form in Format} == {*(form.value for form in TextForm), *PICTURES, "table"}


def test_asyncapi_is_yaml_without_references_of_its_own() -> None:
    made = text(shop(), TextForm.ASYNCAPI)
    assert "&id" not in made
    assert yaml.safe_load(made)["info"]["version"] == "2026-11-23T14:12:08.412Z"


def test_a_flowchart_that_is_too_large_says_so() -> None:
    made = text(named([f"n{number}" for number in range(MOST_EDGES)]), TextForm.MERMAID)
    assert note(made, TextForm.MERMAID).startswith("GitHub draws at most 499 edges")
