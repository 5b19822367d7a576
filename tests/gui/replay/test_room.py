"""The room over a capture: what is asked for follows what people choose."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QFileDialog

from graph.identity import ServerId
from gui import theme
from gui.bridge import EngineBridge
from gui.events.habit_keeper import HabitKeeper
from gui.look import Look
from gui.replay.pace import AT_ONCE, PER_S, STEPS, TIMES
from gui.replay.room import ReplayRoom
from gui.replay.where import ORIGINAL, OTHER
from gui.session import Session
from inspector.capture.masks import Mask
from inspector.host import ThreadHost
from inspector.link import Command, PrivateMoved, StartPrivate, StartRun
from inspector.project.model import Change, Project
from inspector.replay.choice import Choice, Span
from inspector.replay.edit import NewIds, SetBytes, SetHeader, SetHeaders, editing
from inspector.replay.gathering import frozen
from inspector.replay.journal import Journals
from inspector.replay.plan import Reason
from inspector.replay.request import SHADOW, Order, Pace, Request, Target
from inspector.replay.returning import Origin
from inspector.replay.run import Run, RunState
from tests.gui.conftest import SERVER, channel, shop_graph, shop_records, write_capture
from tests.gui.replay.test_plan_panel import PRICES, plan_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

ROW = 5


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A capture that nothing here writes to."""
    return write_capture(tmp_path_factory.mktemp("room") / "shop.evs", shop_records(400), shop_graph())


@pytest.fixture
def session(kept: Path, qtbot: QtBot, tmp_path: Path) -> Iterator[Session]:
    made = Session(project=tmp_path / "eventscope.toml")
    made.open_file(kept)
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


def test_all_events_of_a_channel_begin_with_the_channel_of_the_event(
    room: ReplayRoom, session: Session
) -> None:
    assert session.reader is not None
    choose(room, "This event")
    choose(room, "All events of a channel")
    assert room.which.channel.currentData() == session.reader.record(ROW).channel


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


def test_the_private_kafka_is_started_when_it_is_chosen_and_chosen_when_it_runs(
    room: ReplayRoom, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Command] = []
    monkeypatch.setattr(session, "send", sent.append)
    monkeypatch.setattr(Session, "live", True)
    choose(room, "channel")
    room.where.offer(SERVER, PRICES)
    room.where.server.setCurrentText("Private Kafka, started for this")
    assert sent == [StartPrivate()]
    assert room.where.waiting
    assert room.request is None
    session._private(PrivateMoved(None, "Starting Apache Kafka 4."))
    assert room.where._note.text() == "Starting Apache Kafka 4."
    private = ServerId("kafka", "127.0.0.1:23456")
    session._private(PrivateMoved(private))
    target = asked(room).target
    assert (target.server, target.create, target.ending) == (private, True, "")
    assert target.of(PRICES) == replace(PRICES, server=private)
    assert StartRun not in {type(command) for command in sent}
    room.where.offer(SERVER, PRICES)
    assert asked(room).target.server == SERVER
    assert not asked(room).target.create


def test_a_private_kafka_that_cannot_be_had_says_why(
    room: ReplayRoom, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Session, "live", True)
    choose(room, "channel")
    room.where.offer(SERVER, PRICES)
    room.where.server.setCurrentText("Private Kafka, started for this")
    session._private(PrivateMoved(None, "There is no room for it.", failed=True))
    assert room.where._note.text() == "There is no room for it."
    assert asked(room).target.server == SERVER


def test_a_part_of_a_channel_is_chosen_by_offsets_or_times(room: ReplayRoom) -> None:
    choose(room, "channel")
    room.which.choose_channel(PRICES)
    fields = room.which.range
    assert fields.isVisibleTo(room)
    fields.first.setText("10")
    fields.end.setText("2026-11-23T10:00:00.000Z")
    fields.first.textEdited.emit("10")
    choice = asked(room).choice
    assert choice.channels == (PRICES.name,)
    assert choice.spans == (Span(PRICES, None, 10, None),)
    assert (choice.since_ns, choice.until_ns) == (None, 1_795_428_000 * 10**9)
    fields.end.setText("soon")
    fields.end.textEdited.emit("soon")
    assert room.request is None
    assert "neither an offset nor a time" in fields._wrong.text()
    fields.show_times(5_500_000_000, 7_000_000_001)
    choice = asked(room).choice
    assert (choice.since_ns, choice.until_ns) == (5 * 10**9, 8 * 10**9)
    fields.show_times(None, None)
    assert asked(room).choice == Choice(source=str(room._session.capture), channels=(PRICES.name,))
    choose(room, "query")
    assert not fields.isVisibleTo(room)


def test_dead_letters_go_back_to_where_their_headers_say(room: ReplayRoom) -> None:
    letters = channel("payments.events")
    room.open_channel(letters)
    placed, status = channel("orders.placed"), channel("orders.status")
    room._offer_back((Origin(placed, "x-original-topic", 12), Origin(status, "x-original-topic", 3)))
    request = asked(room)
    assert request.choice == Choice(source=str(room._session.capture), channels=(letters.name,))
    assert request.target == Target(SERVER, returning=True)
    assert "orders.placed, orders.status" in room.where._note.text()
    room.which.kind.setCurrentIndex(1)
    request = asked(room)
    assert request.choice.query == "header.x-original-topic=orders.placed"
    assert request.target == Target(SERVER, returning=True)
    assert room.where._note.text().startswith("orders.placed. Everyone")
    room.which.kind.setCurrentIndex(2)
    assert asked(room).choice.query.endswith("=orders.status")
    choose(room, "query")
    assert asked(room).target == Target(SERVER, ending=SHADOW)
    room.open_channel(letters)
    room._offer_back(())
    assert "tells where it came from" in room.which._sentence.text()


def test_the_first_event_is_previewed_while_a_rule_is_written(room: ReplayRoom, qtbot: QtBot) -> None:
    choose(room, "channel")
    room.which.choose_channel(PRICES)
    assert room.preview.isHidden()

    def write(rule: str) -> list[list[str]]:
        room.edits.rule.setText(rule)
        room.edits.rule.textEdited.emit(rule)
        qtbot.waitUntil(lambda: not room.preview._soon.isActive() and not room.preview._background.busy)
        return [[cell.text for cell in line.cells] for line in room.preview.table.model().lines]  # type: ignore[attr-defined]

    assert write("header.x=1") == [["header.x", "", "1"]]
    assert "price.changes" in room.preview._which.text()
    assert write("value.new=7")[0][0] == "value.new"
    assert write("remove value.new") == []
    assert "nothing changes" in room.preview._which.text()
    assert {line[2] for line in write("drop header.*")} == {"taken away"}
    assert write("value.new.deeper=7") == []
    assert "value.new" in room.preview._fault.text() or "new" in room.preview._fault.text()
    assert write("partition=many") == []
    assert "is no partition" in room.preview._fault.text()
    assert asked(room).edits.steps == ()
    assert write("") == [] or room.preview.isHidden()
    assert room.preview.isHidden()


def test_pace_and_order_are_those_chosen(room: ReplayRoom) -> None:
    assert asked(room).pace == Pace(per_s=10)
    room.pace.choose(TIMES)
    room.pace.number.setText("2.5")
    assert asked(room).pace == Pace(times=2.5)
    for wrong in ("", "fast", "0", "nan"):
        room.pace.number.setText(wrong)
        assert room.request is None
        assert "how fast" in room.why_not or "capture file" in room.why_not
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


def test_a_run_is_shown_steered_and_kept_in_the_journal(
    room: ReplayRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    room._started = asked(room)
    room._plan = replace(plan_of(room._session.graph, PRICES), request=asked(room))
    with monkeypatch.context() as live:
        live.setattr(Session, "why_not_live", "")
        assert room.why_not.startswith("A part of it was sent: resume the run.")
        room._moved(replace(run, state=RunState.DONE))
        assert room.why_not.startswith("It was sent.")
    assert room.history.table.model().rowCount() == 1


def test_a_run_of_an_engine_that_ended_is_cut_off_and_can_be_resumed(
    room: ReplayRoom, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    choose(room, "channel")
    request = asked(room)
    journals = Journals(tmp_path / "runs")
    journal = journals.begin("r-9", request, frozen(request.choice, request.order, tmp_path / "x.evs"))
    running = journal.run
    journal.close()
    room._started = request
    room._moved(running)
    assert not room.progress.resume.isVisibleTo(room)
    session.bridge = EngineBridge(lambda: ThreadHost(tmp_path / "c.evs"), session)
    session.bridge.engine_ended.connect(session._ended)
    session.bridge.engine_ended.emit("The engine has ended.")
    qtbot.waitUntil(lambda: room.progress.resume.isVisibleTo(room), timeout=3000)
    assert room.progress._title.text().startswith("Cut off")
    assert room.restart.isVisibleTo(room)
    assert room.why_not == "Not sent: the engine has ended: restart it."


def test_nothing_is_sent_while_a_rule_is_being_written_or_the_server_is_locked(
    room: ReplayRoom, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[Command] = []
    monkeypatch.setattr(session, "send", sent.append)
    monkeypatch.setattr(Session, "why_not_live", "")
    choose(room, "channel")
    room._planned(replace(plan_of(session.graph, PRICES), request=asked(room)))
    assert room.why_not.endswith("is locked.")
    room._execute()
    session.unlocked.add(SERVER)
    assert not room.why_not
    room.edits.rule.setText("header.x=1")
    room.edits.rule.textEdited.emit("header.x=1")
    assert not room.send.isEnabled()
    assert "is not added" in room.why_not
    room._execute()
    assert StartRun not in {type(command) for command in sent}
    room.edits.rule.clear()
    room.edits.rule.textEdited.emit("")
    assert room.send.isEnabled()
    room.send.click()
    assert [command for command in sent if isinstance(command, StartRun)] == [StartRun(asked(room))]
    session.unlocked.clear()


@pytest.mark.parametrize("ending", ["html", "json"])
def test_the_report_of_a_run_is_exported(
    room: ReplayRoom, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot, ending: str
) -> None:
    choice = Choice(source=str(room._session.capture), rows=(1, 2))
    request = Request(choice, room.where.target or Target(SERVER))
    journals = Journals(tmp_path / "runs")
    journal = journals.begin("r-1", request, frozen(choice, Order.TIME, tmp_path / "x.evs"))
    journal.refuse({0: "It is too large.", 1: "It is too large."})
    journal.turn(RunState.DONE)
    run = journal.run
    journal.close()
    room._started = request
    room._moved(run)
    assert room.progress.export.isVisibleTo(room)
    path = tmp_path / f"report.{ending}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    room.progress.export.click()
    qtbot.waitUntil(lambda: not room._exporting.busy)
    assert room.progress._message.text() == f"The report is in {path}."
    assert "It is too large." in path.read_text("utf-8")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "report.txt"), ""))
    room.progress.export.click()
    qtbot.waitUntil(lambda: not room._exporting.busy)
    assert "End it in .html or .json" in room.progress._message.text()
