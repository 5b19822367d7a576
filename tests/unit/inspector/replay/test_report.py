from __future__ import annotations

import asyncio
from pathlib import Path

import orjson
import pytest
from msgspec.structs import replace

from graph.identity import ChannelId
from inspector.brokers.memory import MemoryBroker
from inspector.errors import InspectorError
from inspector.replay.journal import Journals
from inspector.replay.report import RunReport, html, json, report_of, write
from inspector.replay.run import Caused, Run
from tests import replays


@pytest.fixture
def report(tmp_path: Path) -> RunReport:
    broker = MemoryBroker("report")
    target = broker.create_channel("there", partitions=2)
    replays.capture(tmp_path / "c.evs", 40)
    journals = Journals(tmp_path / "runs")
    run = replays.begun(journals, tmp_path / "c.evs", target)
    journal, _ = journals.resume(run)
    journal.refuse({3: "It is <b>wrong</b>."})
    journal.close()
    asyncio.run(replays.gone_on(journals, run, broker.url))
    channel = ChannelId(broker.server, target.kind, "<paid>")
    ended: Run = replace(journals.run(run), caused=(Caused(channel, 7.0, True),))
    return report_of(journals, ended)


def test_it_says_where_everything_is(report: RunReport) -> None:
    assert (report.run.sent, report.run.refused) == (39, 1)
    assert sum(each.records for each in report.landed) == 39
    assert {(each.first, each.last - each.first + 1 - each.records) for each in report.landed} == {(0, 0)}
    assert [(each.why, each.records) for each in report.unsent] == [("It is <b>wrong</b>.", 1)]
    assert [(each.channel.name, each.expected, each.caused) for each in report.outcome] == [
        ("<paid>", None, 7.0)
    ]
    told = orjson.loads(json(report))
    assert (told["format"], told["run"]["sent"]) == ("eventscope-replay/1", 39)


def test_a_page_needs_nothing_else_and_runs_nothing(report: RunReport) -> None:
    page = html(report)
    assert "&lt;paid&gt;" in page
    assert "It is &lt;b&gt;wrong&lt;/b&gt;." in page
    assert "<b>" not in page
    assert all(each not in page for each in ("<script", "http", " src=", "@import"))
    assert "39 of 40 records sent, 1 refused" in page


def test_the_ending_says_the_form(report: RunReport, tmp_path: Path) -> None:
    write(report, tmp_path / "r.HTML")
    assert (tmp_path / "r.HTML").read_text().startswith("<!doctype html>")
    with pytest.raises(InspectorError, match=r"End it in \.html or \.json"):
        write(report, tmp_path / "r.txt")
    with pytest.raises(InspectorError, match="There is no folder"):
        write(report, tmp_path / "no" / "r.json")
