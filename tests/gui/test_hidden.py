"""The section about what is hidden: toggles with their counts, and a line for whatever else hides."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from graph.model import DependencyGraph
from graph.view.settings import Grouping, Noise, ViewSettings
from graph.view.shown import shown
from gui.main_window import MainWindow
from gui.panels import hidden
from gui.parts.buttons import Button


def test_a_toggle_hides_and_every_toggle_says_how_much(window: MainWindow) -> None:
    panel, canvas = window.browse.hidden, window.canvas
    assert panel._ticks["internal"].isChecked()
    assert panel._numbers["internal"].text() == "1 hidden"
    assert panel._numbers["unused"].text() == "1"
    panel._ticks["unused"].click()
    assert canvas.view.noise == Noise(unused=True)
    assert panel._numbers["unused"].text() == "1 hidden"
    canvas.set_view(ViewSettings(Noise(internal=False, unused=True)))
    on = {name for name, tick in panel._ticks.items() if tick.isChecked()}
    assert on == {"unused"}
    assert panel._numbers["internal"].text() == "0", "it is unused, and counted there"


def test_whatever_hides_has_its_line_and_is_cleared_there(window: MainWindow) -> None:
    panel, canvas = window.browse.hidden, window.canvas
    canvas.set_view(
        ViewSettings(hide="confidence<50%", find="p*", only_loops=True, grouping=Grouping("prefix"))
    )
    told = dict(panel._told)
    assert list(told) == ["hide", "find", "only_loops", "grouping"]
    assert told["hide"] == "Hide: 1 node"
    assert told["grouping"] == "1 group, 1 edge inside"
    for _ in told:
        QApplication.processEvents()
        offered = [each for each in panel.findChildren(Button) if each.text() == "Clear" and each.isVisible()]
        offered[0].click()
    assert canvas.view == ViewSettings()
    assert panel._told == ()


def test_what_the_lines_say() -> None:
    graph = DependencyGraph()
    view = ViewSettings(type="Placed", hide="name:a", find="wrong:")
    assert dict(hidden.causes(shown(graph, view, 0))) == {"hide": "Hide: 0 nodes", "type": "Placed: 0 nodes"}


def test_the_bar_at_the_foot_counts_what_is_hidden_and_shows_it_again(window: MainWindow) -> None:
    button = window.status.hidden
    assert button.text() == "1 hidden"
    window.commands.views.change(hide="channel:clickstream")
    window._tell_hidden()
    assert button.text() == "2 hidden"
    menu = button.menu()
    menu.aboutToShow.emit()
    lines = {action.text(): action for action in menu.actions() if action.isEnabled() and action.text()}
    assert set(lines) == {"Internal topics: 1 node", "Hide: 1 node"}
    lines["Hide: 1 node"].trigger()
    lines["Internal topics: 1 node"].trigger()
    assert window.canvas.view == ViewSettings(Noise(internal=False))
    assert button.isHidden()
