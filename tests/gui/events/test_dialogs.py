"""Colour rules, and levels of capture, as people choose them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pytestqt.qtbot import QtBot

from graph.identity import ChannelId, ChannelKind, ServerId
from gui.events.colour_dialog import ColourDialog
from gui.events.coverage_dialog import CoverageDialog
from gui.panels.events import EventsPanel
from inspector.capture.level import ChannelLevel, Level
from inspector.project.model import ColourRule
from inspector.store.writer import CaptureWriter

CLICKS = ChannelId(ServerId("kafka", "127.0.0.1:9092"), ChannelKind.TOPIC, "clickstream")


def test_rules_are_written_ordered_and_checked(panel: EventsPanel, qtbot: QtBot) -> None:
    panel.bar.ask("type:PriceChange")
    panel.hands.show_colours()
    dialog = panel.findChild(ColourDialog)
    assert dialog is not None
    assert [rule.query for rule in dialog.rules] == ["type:PriceChange"]
    dialog._add()
    dialog.lines[1].query.setText("value.new>")
    assert not dialog.take.isEnabled()
    assert "needs a value" in dialog.note.text()
    dialog.lines[1].query.setText("value.new>80")
    dialog.lines[1].up.click()
    dialog.take.click()
    rules = panel.session.decisions.project.colour_rules
    assert rules == (ColourRule("value.new>80", "sky"), ColourRule("type:PriceChange", "indigo"))


def test_what_was_read_is_always_said_and_told_by_channel(
    open_panel: Callable[..., EventsPanel], capture: Path, qtbot: QtBot
) -> None:
    writer = CaptureWriter.open(capture)
    writer.cover(CLICKS, 0, 9_482_000, 9_482_100, Level.KEYS_AND_HEADERS)
    writer.cover(CLICKS, 0, 9_482_150, 9_482_200, Level.EVERYTHING)
    writer.miss(CLICKS, 0, 812, "skipped to stay within the budget", 1)
    writer.flush()
    writer.close()
    panel = open_panel(capture)
    qtbot.waitUntil(lambda: bool(panel.coverage.reads), timeout=5000)
    said = panel.coverage.words.text()
    assert "50 offsets not read" in said
    assert "812 records skipped to stay within the budget" in said
    assert sum(panel.coverage.meter.shares) > 0.99
    panel.session.select(ChannelId(CLICKS.server, CLICKS.kind, "price.changes"))
    assert "not written down" in panel.coverage.words.text()
    panel.hands.show_coverage()
    dialog = panel.findChild(CoverageDialog)
    assert dialog is not None
    lines = {str(line.cells[0].text): line for line in dialog.model.lines}
    assert lines["clickstream"].cells[3].text == "812"
    assert len(lines) == 15
    assert not dialog.set.isEnabled()
    assert dialog.note.text() == "This is a capture file: nothing is captured any more."
    dialog.close()


def test_a_level_that_was_chosen_is_a_decision_of_the_project(panel: EventsPanel) -> None:
    panel.session.select(CLICKS)
    panel.hands.show_coverage()
    dialog = panel.findChild(CoverageDialog)
    assert dialog is not None
    assert dialog.chosen == [CLICKS]
    dialog.level.setCurrentIndex(dialog.level.findData(Level.KEYS_AND_HEADERS))
    dialog._choose()
    decisions = panel.session.decisions
    assert list(decisions.project.levels) == [ChannelLevel("clickstream", Level.KEYS_AND_HEADERS)]
    row = next(line for line in dialog.model.lines if line.cells[0].text == "clickstream")
    assert row.cells[1].text == "Keys and headers"
    decisions.step(back=True)
    assert not decisions.project.levels
    dialog.close()
