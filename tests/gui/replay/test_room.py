"""The room over a capture: what is asked for follows what people choose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from graph.identity import ServerId
from gui import theme
from gui.events.habit_keeper import HabitKeeper
from gui.look import Look
from gui.replay.pace import AT_ONCE, PER_S, STEPS, TIMES
from gui.replay.room import ReplayRoom
from gui.replay.where import ORIGINAL, OTHER
from gui.session import Session
from inspector.capture.masks import Mask
from inspector.project.model import Change, Project
from inspector.replay.choice import Choice
from inspector.replay.edit import NewIds, SetBytes, SetHeader, SetHeaders, editing
from inspector.replay.journal import Journals
from inspector.replay.plan import Reason
from inspector.replay.request import SHADOW, Order, Pace, Request
from inspector.replay.run import Run, RunState
from tests.gui.conftest import SERVER, channel
from tests.gui.replay.test_plan_panel import PRICES, plan_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

ROW = 5


@pytest.fixture
def session(capture: Path, qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    made = Session(project=tmp_path / "eventscope.toml")
    made.open_file(capture)
    yield made
    made.close()


@pytest.fixture
def room(session: Session, qtbot: QtBot, tmp_path: Path) -> Iterator[ReplayRoom]:
    keeper = HabitKeeper(session, session)
    made = ReplayRoom(session, Look(theme.light()), keeper, journals=lambda: Journals(tmp_path / "runs"))
    qtbot.addWidget(made)
    made.open_for(ROW, [3, 9, 7], "type:Order*")
    made.show()
    yield made
    made.reject()
    made.which.query.close_background()


def asked(room: ReplayRoom) -> Request:
    request = room.request
    assert request is not None
    return request


def choose(room: ReplayRoom, words: str) -> None:
    kind = room.which.kind
    kind.setCurrentIndex(next(i for i in range(kind.count()) if words in kind.itemText(i)))


def test_each_way_of_choosing_is_a_choice(room: ReplayRoom, session: Session) -> None:
    source = str(session.capture)
    assert asked(room).choice == Choice(source=source, rows=(3, 7, 9))
    choose(room, "This event")
    assert asked(room).choice == Choice(source=source, rows=(ROW,))
    assert room.hand.isVisibleTo(room)
    assert not room.pace.isVisibleTo(room)
    choose(room, "query")
    assert asked(room).choice == Choice(source=source, query="type:Order*")
    room.which.query.setText("type:")
    assert room.request is None
    assert "choose events" in room.why_not or "capture file" in room.why_not
    choose(room, "channel")
    assert asked(room).choice.channels == (room.which.channel.currentText().split(" ")[0],)
    assert not room.hand.isVisibleTo(room)


def test_where_it_goes_is_a_shadow_until_something_else_is_chosen(room: ReplayRoom) -> None:
    choose(room, "channel")
    room.which.channel.setCurrentText(PRICES.name)
    target = asked(room).target
    assert (target.server, target.channel, target.ending) == (SERVER, None, SHADOW)
    room.where.choose(ORIGINAL)
    target = asked(room).target
    assert target.of(PRICES) == PRICES
    room.where.choose(OTHER, channel("orders.placed"))
    room.where.partition.setChecked(True)
    target = asked(room).target
    assert target.of(PRICES) == channel("orders.placed")
    assert target.keep_partition
    assert not target.keep_timestamp


def test_another_kind_of_server_tells_what_is_lost(room: ReplayRoom, session: Session) -> None:
    rabbit = ServerId("rabbitmq", "127.0.0.1:5672")
    known = session.graph.servers[SERVER]
    session.graph.servers[rabbit] = replace(known, id=rabbit, name="shop-rabbit")
    choose(room, "channel")
    room.where.offer(SERVER, PRICES)
    assert not room.where._lost.isVisibleTo(room)
    room.where.server.setCurrentText("shop-rabbit")
    assert "RabbitMQ has no keys" in room.where._lost.text()
    assert asked(room).target.server == rabbit
    del session.graph.servers[rabbit]


def test_pace_and_order_are_those_chosen(room: ReplayRoom) -> None:
    assert asked(room).pace == Pace(per_s=10)
    room.pace.choose(TIMES)
    room.pace.number.setValue(2.5)
    assert asked(room).pace == Pace(times=2.5)
    room.pace.choose(STEPS)
    assert asked(room).pace == Pace(stepwise=True)
    room.pace.choose(AT_ONCE)
    assert asked(room).pace == Pace()
    room.pace.choose(PER_S)
    room.pace.apart.setChecked(True)
    assert asked(room).order is Order.CHANNEL


def test_rules_are_added_told_and_taken_out(room: ReplayRoom) -> None:
    room.edits.rule.setText("header.x=1")
    room.edits.add()
    room.edits.new_ids.click()
    first, second = asked(room).edits.steps
    assert first == SetHeader("x", b"1")
    assert isinstance(second, NewIds)
    room.edits.rule.setText("partition=many")
    room.edits.add()
    assert "is no partition" in room.edits._wrong.text()
    assert len(asked(room).edits.steps) == 2
    room.edits.remove(0)
    assert asked(room).edits.steps == (second,)
    room.edits.add_patch('[{"op":"remove","path":"/a"}]')
    assert len(asked(room).edits.steps) == 2


def test_one_event_is_edited_by_hand_and_what_was_not_touched_stays(
    room: ReplayRoom, session: Session
) -> None:
    choose(room, "This event")
    reader = session.reader
    assert reader is not None
    record = reader.record(ROW)
    assert asked(room).edits.steps == ()
    room.hand.value.set_text('{"a": 1}')
    room.hand.key.null.setChecked(True)
    room.hand.headers.add()
    table = room.hand.headers.table
    for place, text in enumerate(("x", "y")):
        item = table.item(table.rowCount() - 1, place)
        assert item is not None
        item.setText(text)
    edited = editing(asked(room).edits)(record)
    assert edited.value is not None
    assert (edited.key, edited.headers) == (None, (*record.headers, ("x", b"y")))
    assert edited.value.replace(b" ", b"") == b'{"a":1}'
    room.hand.value.set_text("{")
    assert room.request is None
    room.hand.reset()
    assert asked(room).edits.steps == ()
    kinds = {type(step) for step in asked(room).edits.steps}
    assert not kinds & {SetBytes, SetHeaders}


def test_what_masks_hide_is_not_shown_for_editing(room: ReplayRoom, session: Session) -> None:
    project = Project(masks=(Mask(key=True),))
    session.decisions.decide(Change("Mask keys", added=project))
    choose(room, "channel")
    choose(room, "This event")
    assert not room.hand.isVisibleTo(room)
    assert room._masked.isVisibleTo(room)


def test_a_plan_names_the_count_and_what_takes_a_reason(room: ReplayRoom, session: Session) -> None:
    choose(room, "channel")
    reason = Reason("runaway", "The records would enter a loop.", "Give a reason.", forceable=True)
    plan = replace(plan_of(session.graph, PRICES, reason), request=asked(room))
    assert not room.reason.isVisibleTo(room)
    room._planned(plan)
    assert room.title.text() == "Replay 128 events"
    assert room.send.text() == "Send 128"
    assert room.reason.isVisibleTo(room)
    assert not room.send.isEnabled()
    assert room.refusal.text() == "Not sent: this is a capture file; connect to a broker for that."
    room._planned(replace(plan, request=replace(asked(room), force_reason="other"), records=3))
    assert room.send.text() == "Send 128"


def test_a_run_is_shown_steered_and_kept_in_the_journal(room: ReplayRoom) -> None:
    choose(room, "channel")
    run = Run("r-1", asked(room), RunState.RUNNING, 10**18, 10**18 + 10**9, 400, 62, 2, 1, 0, 9.97)
    room._started = run.request
    room._moved(run)
    assert room.progress._title.text() == "Sending: 62 of 400 sent"
    assert room.progress._figures.text() == "2 refused · 1 in doubt · 10.0/s"
    assert room.progress.stop.isVisibleTo(room)
    assert not room.progress.resume.isVisibleTo(room)
    room._moved(replace(run, state=RunState.CUT_OFF))
    assert room.progress.resume.isVisibleTo(room)
    assert "335 left" in room.progress._figures.text()
    assert room.history.table.model().rowCount() == 1
