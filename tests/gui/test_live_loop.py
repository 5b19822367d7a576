"""A loop that really goes round: from the engine to the alert, the trail and the acknowledgement."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from pytestqt.qtbot import QtBot

from graph.model import FeedbackLoop, LinkGrade, LoopStatus
from gui.app import Program
from gui.dialogs.acknowledge import AcknowledgeDialog
from inspector.brokers.memory import MemoryBroker
from inspector.connection import parse
from inspector.record import Position


def test_a_live_loop_is_told_followed_and_acknowledged(program: Program, qtbot: QtBot) -> None:
    broker = MemoryBroker("rounds")
    there, back = broker.create_channel("there"), broker.create_channel("back")
    producers = {}
    for name, source, target in (("mover", there, back), ("returner", back, there)):
        broker.join(name, client_id=f"{name}-1", channels=[source])
        producers[name] = broker.producer(), target
    count = 0

    def step() -> None:
        """Each record is answered by one on the other channel, which names it."""
        nonlocal count
        name = ("mover", "returner")[count % 2]
        producer, target = producers[name]
        headers = [("ce_source", f"/{name}"), ("ce_id", f"{name}-{count}"), ("ce_type", "Moved")]
        if count:
            headers.append(("ce_causationid", f"{('mover', 'returner')[(count - 1) % 2]}-{count - 1}"))
        producer.write(target, b"{}", headers=tuple((key, value.encode()) for key, value in headers))
        count += 1

    window = program.window()
    window.show()
    program.connect(window, parse(broker.url), keep=False)
    pace = QTimer(window)
    pace.timeout.connect(step)
    pace.start(40)

    def loops() -> list[FeedbackLoop]:
        return list(window.session.graph.loops.values())

    try:
        qtbot.waitUntil(lambda: any(loop.trail for loop in loops()), timeout=20_000)
        qtbot.waitUntil(lambda: not window.notifier.banner.isHidden(), timeout=10_000)
        (loop,) = loops()
        assert loop.grade is LinkGrade.POINTER
        window.session.select(loop.id)
        window.actions_["loop.play"].trigger()
        assert set(window.canvas.sight().trail) == set(loop.edges)
        last = loop.trail[-1]
        window.commands.loops.open_record(last.channel, Position(last.partition, last.offset))
        # The engine may know of it before it stands in the file.
        qtbot.waitUntil(lambda: window.events.record.opened is not None, timeout=8000)
        opened = window.events.record.opened
        assert opened is not None
        assert opened.record.position == Position(last.partition, last.offset)
        window.actions_["loop.acknowledge"].trigger()
        dialog = window.findChild(AcknowledgeDialog)
        assert dialog is not None
        dialog.reason.setText("Two that tell each other")
        dialog.limited.setChecked(False)
        dialog.take.click()
        qtbot.waitUntil(
            lambda: [each.status for each in loops()] == [LoopStatus.ACKNOWLEDGED], timeout=10_000
        )
        window.session.turns.finish()
        assert window.loops.lines.lines[0].cells[1].text == "Acknowledged"
        qtbot.waitUntil(lambda: bool(window.history.of(loop.id)), timeout=10_000)
    finally:
        pace.stop()
