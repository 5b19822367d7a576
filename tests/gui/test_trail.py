"""The Trail tab over a capture: followed, chosen, folded, lit, stepped through and taken away."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from graph.identity import ChannelId
from graph.model import Alias
from gui.app import Program
from gui.main_window import MainWindow
from gui.parts.cells import CELL
from gui.trail import rows
from inspector.record import Position, Record
from inspector.trails.ground import Ground
from inspector.traits import Traits
from tests.gui.conftest import NOW, channel, shop_graph

MS = 1_000_000
WAY = (
    ("carts.events", "storefront-api", "CartCheckedOut"),
    ("orders.placed", "order-service", "OrderPlaced"),
    ("payments.events", "payment-service", "PaymentCaptured"),
)


def pairs(laps: int = 30) -> list[tuple[Record, Traits]]:
    """A checkout, a loop that goes round, and a record whose cause nobody captured."""
    made: list[tuple[Record, Traits]] = []

    def add(
        name: str, who: str, kind: str, event: str, parent: str | None, at_ms: float, body: object
    ) -> None:
        where = channel(name)
        offset = sum(record.channel == where for record, _ in made)
        record = Record(
            where, Position(0, offset), NOW + round(at_ms * MS), b"ord-1", json.dumps(body).encode()
        )
        made.append((record, Traits(Alias("source", who), kind, event, parent)))

    for number, (name, who, kind) in enumerate(WAY):
        parent = f"e{number - 1}" if number else None
        add(name, who, kind, f"e{number}", parent, 40 * number, {"order": 1, "step": number})
    for lap in range(laps):
        name, who = (("price.changes", "pricing-engine"), ("promo.updates", "promo-service"))[lap % 2]
        add(name, who, "Looped", f"l{lap}", f"l{lap - 1}" if lap else None, 500 + 100 * lap, {"lap": lap})
    add("fraud.scores", "fraud-check", "FraudScored", "f0", "never-captured", 90_000, {"score": 1})
    return made


@pytest.fixture
def shop(program: Program, make_capture: Callable[..., Path], qtbot: QtBot) -> MainWindow:
    window = program.window()
    program.open_file(window, make_capture(pairs(), shop_graph()))
    window.show()
    qtbot.waitExposed(window)
    window.session.turns.finish()
    return window


def follow(window: MainWindow, qtbot: QtBot, name: str, offset: int = 0) -> int:
    reader = window.session.reader
    assert reader is not None
    row = reader.find(channel(name), Position(0, offset))
    assert row is not None
    window.session.select_row(row)
    window.actions_["trail.show"].trigger()
    qtbot.waitUntil(lambda: window.trail.shown is not None and window.trail.shown.trail.start == row)
    return row


def names(window: MainWindow) -> list[str]:
    assert window.trail.shown is not None
    return [item.first.channel.name for item in window.trail.shown.items]


def test_without_an_event_it_says_what_to_do(shop: MainWindow) -> None:
    assert not shop.actions_["trail.show"].isEnabled()
    assert "Select an event" in shop.actions_["trail.show"].toolTip()
    shop.show_tab("Trail")
    assert shop.trail.shown is None
    assert "Select an event" in shop.trail._nothing.text()
    assert not shop.actions_["trail.copy-mermaid"].isEnabled()


def test_an_event_is_followed_and_lit(shop: MainWindow, qtbot: QtBot) -> None:
    follow(shop, qtbot, "orders.placed")
    trail = shop.trail
    assert names(shop) == ["carts.events", "orders.placed", "payments.events"]
    assert trail.title.text() == "Trail of OrderPlaced"
    assert trail.counts.text() == "3 events · 80 ms end to end"
    assert trail.diagram.current == 1
    lit = {str(edge) for edge in shop.canvas.sight().trail}
    assert len(lit) == 5, "from the first sender to the last channel"
    assert shop.canvas.sight().times[channel("orders.placed")] == "40 ms"
    trail.light.click()
    assert not shop.canvas.sight().trail
    trail.light.click()
    assert {str(edge) for edge in shop.canvas.sight().trail} == lit
    shop.show_tab("Events")
    assert not shop.canvas.sight().trail, "nobody looks at the trail any more"


def test_what_is_selected_in_the_graph_does_not_outshine_it(shop: MainWindow, qtbot: QtBot) -> None:
    shop.session.select(channel("clickstream"))
    follow(shop, qtbot, "orders.placed")
    lit = shop.canvas.sight().lit
    assert lit is not None
    assert channel("clickstream") not in lit.places
    assert channel("orders.placed") in lit.places


def test_a_click_selects_the_event_and_keeps_the_trail(shop: MainWindow, qtbot: QtBot) -> None:
    start = follow(shop, qtbot, "orders.placed")
    diagram = shop.trail.sequence
    place = diagram.viewport().rect().topLeft()
    place.setX(80)
    place.setY(rows.HEAD + 2 * rows.ROW + 10)
    QTest.mouseClick(diagram.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert shop.trail.shown is not None
    chosen = shop.trail.shown.items[2].first.row
    assert shop.session.row == chosen
    assert shop.trail.shown.trail.start == start
    assert shop.trail.table.currentIndex().row() == 2
    QTest.keyClick(diagram, Qt.Key.Key_Left)
    assert shop.session.row == start, "to the cause"
    QTest.keyClick(diagram, Qt.Key.Key_Home)
    assert diagram.current == 0
    QTest.keyClick(diagram, Qt.Key.Key_Right)
    assert shop.session.row == start, "to the first effect"
    QTest.keyClick(diagram, Qt.Key.Key_Return)
    assert shop.tabs.tabText(shop.tabs.currentIndex()) == "Events"
    assert shop.session.row == start


def test_repeats_are_folded_and_open(shop: MainWindow, qtbot: QtBot) -> None:
    follow(shop, qtbot, "price.changes")
    trail = shop.trail
    assert not trail.fold.isChecked(), "30 events are few"
    assert len(names(shop)) == 30
    trail.fold.click()
    assert trail.shown is not None
    folded = [len(item.steps) for item in trail.shown.items]
    assert sum(folded) == 30
    assert len(folded) < 8
    assert rows.laps(trail.shown.items[-1]).startswith("laps ")
    trail.diagram.activated.emit(len(folded) - 1)
    assert len(trail.shown.items) == len(folded) - 1 + folded[-1]


def test_the_waterfall_has_the_same_records_as_a_tree(shop: MainWindow, qtbot: QtBot) -> None:
    follow(shop, qtbot, "orders.placed")
    shop.trail.show_form(1)
    fall = shop.trail.waterfall
    assert shop.trail.diagram is fall
    assert names(shop) == ["carts.events", "orders.placed", "payments.events"]
    assert shop.trail.shown is not None
    first, second, third = (fall.x_of(item.first.time_ns) for item in shop.trail.shown.items)
    assert third - second == pytest.approx(second - first)
    before = fall.wide()
    QTest.keyClick(fall, Qt.Key.Key_Plus)
    assert fall.wide() > before
    QTest.keyClick(fall, Qt.Key.Key_0)
    assert fall.wide() == before


def test_a_cause_that_is_not_there_has_a_row(shop: MainWindow, qtbot: QtBot) -> None:
    follow(shop, qtbot, "fraud.scores")
    assert shop.trail.shown is not None
    lost, row = shop.trail.shown.rows
    assert lost.missing is not None
    assert "never-captured is not captured." in rows.tip(lost, shop.trail.shown)
    assert row.item is not None
    assert "1 cause not captured." in shop.trail.remarks.text()


def test_step_by_step_the_graph_shows_how_far_it_is(shop: MainWindow, qtbot: QtBot) -> None:
    follow(shop, qtbot, "carts.events")
    shop.actions_["trail.next"].trigger()
    channels = set(shop.canvas.sight().times)
    assert {one.name for one in channels} == {"carts.events", "orders.placed"}
    shop.actions_["trail.next"].trigger()
    assert len(shop.canvas.sight().times) == 3
    shop.actions_["trail.previous"].trigger()
    assert len(shop.canvas.sight().times) == 2
    shop.actions_["trail.play"].trigger()
    assert len(shop.canvas.sight().times) == 3


def test_it_is_taken_away_as_mermaid_picture_and_json(shop: MainWindow, qtbot: QtBot) -> None:
    follow(shop, qtbot, "orders.placed")
    clipboard = QGuiApplication.clipboard()
    shop.actions_["trail.copy-mermaid"].trigger()
    assert clipboard.text().startswith("sequenceDiagram\n")
    assert "CartCheckedOut on carts.events" in clipboard.text()
    shop.actions_["trail.copy-json"].trigger()
    told = json.loads(clipboard.text())
    assert [record["type"] for record in told["records"]] == [kind for _, _, kind in WAY]
    assert told["records"][1]["cause"]["ground"] == Ground.POINTER
    shop.actions_["trail.copy-picture"].trigger()
    image = clipboard.image()
    assert image.height() >= 2 * (rows.HEAD + 3 * rows.ROW)
    colours = {image.pixelColor(x, image.height() // 2).name() for x in range(0, image.width(), 2)}
    assert shop.look.colour("accent").name() in colours


def test_another_theme_paints_without_complaint(shop: MainWindow, qtbot: QtBot) -> None:
    follow(shop, qtbot, "fraud.scores")
    shop.look.switch()
    for form in (0, 1):
        shop.trail.show_form(form)
        shop.trail.grab()
    assert not shop.session.troubles


def test_the_history_of_a_key(shop: MainWindow, qtbot: QtBot) -> None:
    start = follow(shop, qtbot, "orders.placed")
    shop.actions_["entity.show"].trigger()
    panel = shop.entity
    qtbot.waitUntil(lambda: panel.entity is not None)
    assert panel.title.text() == "ord-1"
    assert len(panel.versions) == 34
    assert panel.slider.current == 1
    assert panel.versions[1].event.row == start
    assert [line.cells[0].text for line in panel.changes.lines] == ["step"]
    QTest.keyClick(panel.slider, Qt.Key.Key_Right)
    assert panel.versions[2].state == {"order": 1, "step": 2}
    assert shop.session.row == panel.versions[2].event.row
    tree = panel.tree_model
    cells = {tree.index(at, 0).data(): tree.index(at, 1) for at in range(tree.rowCount())}
    assert cells["step"].data(CELL).aside == "was 1"
    assert cells["order"].data(CELL).aside == ""
    switches = {each.text(): each for each in panel.channels.menu().actions()}
    switches["payments.events"].trigger()
    assert len(panel.versions) == 33
    assert panel.channels.text() == f"{len(switches) - 1} of {len(switches)} channels"
    # However many channels there are, the panel leaves room for those beside it.
    assert panel.minimumSizeHint().width() < 700
    panel.folding.setCurrentIndex(3)
    assert set(panel.versions[1].state) == {"CartCheckedOut", "OrderPlaced"}


def test_the_version_of_the_event_is_in_sight_at_once(shop: MainWindow, qtbot: QtBot) -> None:
    follow(shop, qtbot, "orders.placed")
    reader, panel = shop.session.reader, shop.entity
    assert reader is not None
    shop.session.select_row(int(reader.with_key(b"ord-1")[-1]))
    shop.actions_["entity.show"].trigger()
    qtbot.waitUntil(lambda: panel.entity is not None)
    QTest.qWait(50)
    assert panel.table.verticalScrollBar().maximum() > 0
    place = panel.table.visualRect(panel.lines.index(len(panel.versions) - 1, 0))
    assert panel.table.viewport().rect().contains(place.center())


def test_an_event_without_a_key_has_no_history(
    program: Program, make_capture: Callable[..., Path], qtbot: QtBot
) -> None:
    where: ChannelId = channel("orders.placed")
    record = Record(where, Position(0, 0), NOW, None, b"{}")
    window = program.window()
    program.open_file(window, make_capture([(record, Traits())], shop_graph()))
    window.show()
    qtbot.waitExposed(window)
    window.session.select_row(0)
    assert not window.actions_["entity.show"].isEnabled()
    assert "has no key" in window.actions_["entity.show"].toolTip()
    window.show_tab("Entity")
    qtbot.waitUntil(lambda: "has no key" in window.entity._nothing.text())
