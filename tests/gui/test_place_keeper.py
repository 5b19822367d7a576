"""What people have learnt the place of stands there again in the next window."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from graph.identity import ApplicationId, GroupId
from gui.app import Program
from gui.main_window import MainWindow
from inspector.project import places


def file_of(window: MainWindow) -> Path:
    return places.beside(window.session.decisions.file.path)


def two(window: MainWindow) -> tuple[ApplicationId, ApplicationId]:
    first, second, *_ = sorted(each for each in window.canvas.scene.nodes if isinstance(each, ApplicationId))
    return first, second


def test_a_drag_is_written_down_and_found_again(
    window: MainWindow, program: Program, capture: Path, qtbot: QtBot
) -> None:
    dragged, other = two(window)
    middle = window.canvas.scene.nodes[dragged].rect.center()
    window.canvas.move_nodes(dragged, type(middle)(-700.0, 333.0))
    qtbot.waitUntil(file_of(window).exists, timeout=5_000)
    kept = places.read(file_of(window))
    assert kept[str(dragged)] == places.Place(-700.0, 333.0, True)
    assert not kept[str(other)].pinned
    window.close()

    again = program.window()
    program.open_file(again, capture)
    again.session.turns.finish()
    assert again.canvas.positions()[dragged] == (-700.0, 333.0)
    assert again.canvas.pinned == {dragged}
    assert abs(again.canvas.positions()[other][0] - kept[str(other)].x) < 0.1


def test_all_places_are_written_when_the_window_closes(window: MainWindow) -> None:
    assert not file_of(window).exists()
    shown = {str(node) for node in window.canvas.scene.nodes}
    window.close()
    assert places.read(file_of(window)).keys() >= shown


def test_a_damaged_file_is_told_and_left_alone(window: MainWindow) -> None:
    file_of(window).parent.mkdir(parents=True, exist_ok=True)
    file_of(window).write_text("{")
    window.places.write()
    assert "does not hold places" in window.session.troubles["places"].message
    assert file_of(window).read_text() == "{"


def test_groups_have_places_too(window: MainWindow) -> None:
    places.write(file_of(window), {"group/team/checkout": places.Place(1.0, 2.0)})
    window.places.read()
    assert window.canvas.positions()[GroupId("team", "checkout")] == (1.0, 2.0)


def test_places_of_another_system_with_applications_of_the_same_names_are_not_taken(
    program: Program, capture: Path
) -> None:
    first = program.window()
    project = file_of(first)
    far = {
        f"application/{name}": places.Place(9_000.0 * at, 0.0)
        for at, name in enumerate(("mailer", "promo-service"))
    }
    places.write(project, {**far, "kafka://elsewhere:1/topic/clickstream": places.Place(0.0, 0.0)})
    first.places.read()
    program.open_file(first, capture)
    first.session.turns.finish()
    assert first.canvas.positions()[ApplicationId("promo-service")][0] < 5_000
