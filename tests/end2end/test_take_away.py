"""Every form in which `scan` answers, from a capture, as a user asks for it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as Xml

import networkx as nx
import pytest
import yaml

from inspector.asyncapi import read

if TYPE_CHECKING:
    from tests.end2end.conftest import Program

pytestmark = pytest.mark.end2end

TEXTS = ("json", "dot", "mermaid", "graphml", "asyncapi")
PICTURES = ("svg", "pdf")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tests.gui.conftest import looped_graph, write_capture

    return write_capture(tmp_path_factory.mktemp("shop") / "shop.evs", [], looped_graph())


@pytest.fixture
def without_qt(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Qt as it is on a computer that lacks what it needs of the system."""
    broken = tmp_path / "broken" / "PySide6"
    broken.mkdir(parents=True)
    (broken / "__init__.py").write_text(
        "raise ImportError('libEGL.so.1: cannot open shared object file: No such file or directory')\n"
    )
    environment = program.environment()
    path = f"{broken.parent}{os.pathsep}{environment['PYTHONPATH']}"
    monkeypatch.setattr(type(program), "environment", lambda _self: {**environment, "PYTHONPATH": path})


def _write(program: Program, shop: Path, forms: tuple[str, ...]) -> None:
    """One program for each form, at the same time."""
    children = {
        form: program.start("scan", str(shop), "--format", form, "-o", f"shop.{form}") for form in forms
    }
    said = {form: child.communicate(timeout=60)[1] for form, child in children.items()}
    assert said == {form: f"Written to shop.{form}.\n" for form in forms}
    assert {child.returncode for child in children.values()} == {0}


@pytest.mark.usefixtures("without_qt")
def test_every_form_of_text_needs_no_qt(program: Program, shop: Path) -> None:
    _write(program, shop, TEXTS)
    made = {form: (program.home / f"shop.{form}").read_text() for form in TEXTS}
    assert len(json.loads(made["json"])["operations"]) == 34
    graph = nx.read_graphml(program.home / "shop.graphml", force_multigraph=True)
    assert graph.number_of_edges() == 34
    assert made["dot"].startswith("digraph eventscope {")
    assert made["dot"].count(" -> ") == made["mermaid"].count(">|") == 34
    assert "__consumer_offsets" not in made["dot"], "drawings leave out what the window leaves out"
    assert yaml.safe_load(made["asyncapi"])["asyncapi"] == "3.0.0"
    (program.home / "shop.asyncapi").rename(program.home / "shop.yaml")
    said_of = {each.name: each for each in read(program.home / "shop.yaml")}
    assert {(str(action), place.name) for action, place in said_of["promo-service"].operations} == {
        ("receive", "price.changes"),
        ("send", "promo.updates"),
    }


@pytest.mark.usefixtures("without_qt")
def test_a_picture_says_what_is_missing(program: Program, shop: Path) -> None:
    done = program.run("scan", str(shop), "--format", "svg", "-o", "shop.svg")
    assert done.returncode == 2
    assert done.stderr.startswith("The picture cannot be drawn, because a system library is missing (libEGL")
    assert "apt-get install" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_picture_is_drawn_without_a_display(program: Program, shop: Path) -> None:
    piped = program.home / "piped.png"
    with piped.open("wb") as pipe:
        child = program.start("scan", str(shop), "--format", "png", "--scale", "2", stdout=pipe)
        _write(program, shop, PICTURES)
        _, said = child.communicate(timeout=60)
    assert (child.returncode, said) == (0, "")
    png, svg = piped.read_bytes(), (program.home / "shop.svg").read_text()
    assert png.startswith(b"\x89PNG")
    root = Xml.fromstring(svg)
    assert int.from_bytes(png[16:20], "big") == 2 * round(float(root.attrib["viewBox"].split()[2]))
    assert "promo-service" in svg
    assert (program.home / "shop.pdf").read_bytes().startswith(b"%PDF")


@pytest.mark.skipif(sys.platform == "win32", reason="There are no terminals to be made there.")
def test_a_picture_is_not_written_to_a_terminal(program: Program, shop: Path) -> None:
    ours, theirs = os.openpty()
    child = program.start("scan", str(shop), "--format", "pdf", stdout=theirs)
    os.close(theirs)
    _, said = child.communicate(timeout=60)
    os.close(ours)
    assert child.returncode == 2
    assert said == "PDF is nothing that a terminal shows. Name a file with -o FILE, or redirect it.\n"
