"""Actions about what is shown."""

from __future__ import annotations

from datetime import timedelta, timezone

from graph.identity import GroupId
from graph.view.settings import Focus, Noise, ViewSettings
from gui import figures
from gui.main_window import MainWindow
from gui.parts.buttons import Button
from tests.gui.conftest import channel


def offered(window: MainWindow) -> set[str]:
    """The words of the buttons in the details."""
    return {button.text() for button in window.details.findChildren(Button)}


def test_a_group_is_expanded_and_collapsed_again(window: MainWindow) -> None:
    why = window.actions_.why_not
    assert why("group.collapse") == "Nothing is selected that belongs to a group."
    assert why("groups.collapse") == "Choose what to group by first."
    assert why("focus.1") == "Select something in the graph first."
    assert why("view.all") == "Everything is shown but what the toggles hide."
    window.actions_["group.prefix"].trigger()
    group = GroupId("prefix", "orders")
    assert group in window.canvas.shown.places
    assert window.actions_["group.prefix"].isChecked()
    assert window.actions_.why_not("group.expand") == "No group is selected."
    window.session.select(group)
    assert window.actions_.why_not("group.expand") == ""
    assert window.actions_.why_not("group.collapse") == "The group is collapsed already."
    assert "Expand" in offered(window)
    window.actions_["group.expand"].trigger()
    assert window.actions_.why_not("group.expand") == "The group is expanded already."
    assert "Collapse" in offered(window)
    assert group not in window.canvas.shown.places
    assert channel("orders.placed") in window.canvas.shown.places
    window.session.select(channel("orders.status"))
    window.actions_["group.collapse"].trigger()
    assert group in window.canvas.shown.places
    window.canvas.activated.emit(group)
    assert group not in window.canvas.shown.places, "a double click opens it"
    window.canvas.activated.emit(group)
    assert group in window.canvas.shown.places, "and closes it"
    window.actions_["groups.expand"].trigger()
    assert not window.canvas.shown.members
    window.actions_["groups.collapse"].trigger()
    assert group in window.canvas.shown.members


def test_loops_alone_or_one_type_and_everything_again_but_for_the_toggles(window: MainWindow) -> None:
    canvas, kind = window.canvas, window.session.graph.channels[channel("price.changes")].types[0].name
    window.actions_["view.loops"].trigger()
    assert window.actions_["view.loops"].isChecked()
    assert {*canvas.shown.nodes} == {h for loop in window.session.graph.loops.values() for h in loop.hops}
    canvas.set_view(ViewSettings(Noise(leaf=True), focus=Focus((channel("price.changes"),), 1)))
    window.follow_type(kind)
    assert channel("price.changes") in canvas.shown.nodes
    assert channel("clickstream") not in canvas.shown.nodes
    assert any(words.startswith(f"{kind}: ") for _, words in window.browse.hidden._told)
    window.actions_["view.all"].trigger()
    assert canvas.view == ViewSettings(Noise(leaf=True))


def test_where_nothing_is_left_the_picture_says_how_much_is_hidden(window: MainWindow) -> None:
    window.canvas.set_view(ViewSettings(find="nothing-is-called-that"))
    nodes = len(window.session.graph.applications) + len(window.session.graph.channels)
    assert window._why_empty() == (
        f"Nothing fits what the view asks for: {nodes} nodes hidden. Alt+A shows all again."
    )
    assert window.canvas._stage.stack.empty == window._why_empty()


def test_times_in_expressions_are_in_the_zone_that_is_shown(window: MainWindow) -> None:
    session, canvas = window.session, window.canvas
    session.set_utc(True)
    seen = max(each.last_record_ns or 0 for each in session.graph.channels.values())
    written = figures.moment(seen, timezone(timedelta(hours=2)))
    canvas.set_view(ViewSettings(find=f"at:{written:%Y-%m-%dT%H:%M:%S}"))
    assert channel("price.changes") not in canvas.shown.nodes
    canvas.set_zone(timezone(timedelta(hours=2)))
    assert channel("price.changes") in canvas.shown.nodes
    session.set_utc(True)
    assert channel("price.changes") not in canvas.shown.nodes
