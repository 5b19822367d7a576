"""`eventscope capture`: files made of each other, through the command line."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from graph.identity import ChannelId, ChannelKind, ServerId
from inspector.cli import app
from inspector.errors import InspectorError
from inspector.record import Position, Record
from inspector.store.reader import CaptureReader
from inspector.store.writer import CaptureWriter
from inspector.traits import read

START_NS = 1_790_000_000_000_000_000
DAY_NS = 86_400_000_000_000


def record(i: int) -> Record:
    channel = ChannelId(ServerId("kafka", "127.0.0.1:9092"), ChannelKind.TOPIC, ("orders", "a/b")[i % 2])
    value = b'{"n":%d,"card":"4711"}' % i
    return Record(channel, Position(0, i), START_NS + i * DAY_NS // 20, b"k%d" % i, value)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    writer = CaptureWriter.open(tmp_path / "shop.evs")
    made = [record(i) for i in range(40)]
    writer.add(made, [read(each) for each in made])
    writer.close()
    return "shop.evs"


def run(*arguments: str) -> str:
    """What it says."""
    done = CliRunner().invoke(app, ["capture", *arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def values(file: str) -> list[bytes | None]:
    with closing(CaptureReader(file)) as reader:
        return [reader.record(row).value for row in range(reader.first_row, reader.end_row)]


def test_files_made_of_each_other(shop: str) -> None:
    run("export", shop, "value.n<10", "-o", "a.jsonl")
    run("import", "a.jsonl", "-o", "a.evs")
    run("trim", shop, "value.n<20", "-o", "b.evs")
    assert "20 records written to c.evs, 10 were there twice" in run(
        "merge", "a.evs", "b.evs", "-o", "c.evs"
    ).replace("\n", " ")
    run("anonymise", "c.evs", "-o", "d.evs", "--path", "$.card")
    run("compact", "d.evs")
    assert values("d.evs") == [b'{"n":%d,"card":"***"}' % i for i in range(20)]
    run("compact", "d.evs", "-o", "e.evs")
    assert values("e.evs") == values("d.evs")
    run("repair", "e.evs", "-o", "f.evs")
    assert values("f.evs") == values("d.evs")
    assert sorted(path.name for path in Path().iterdir()) == sorted(
        ["shop.evs", "a.jsonl", *(f"{name}.evs" for name in "abcdef")]
    )


def test_split_by_channel_and_day(shop: str) -> None:
    run("split", shop, "-o", "parts")
    assert sorted(path.name for path in Path("parts").iterdir()) == ["shop-a-b.evs", "shop-orders.evs"]
    run("split", shop, "-o", "days", "--by", "day")
    found = sorted(Path("days").iterdir())
    assert [path.name for path in found] == [f"shop-2026-09-{day}.evs" for day in (21, 22, 23)]
    assert sum(len(values(str(path))) for path in found) == 40


def test_sql_and_info(shop: str) -> None:
    found = run("sql", shop, "SELECT channel, count(*) AS n FROM records GROUP BY 1", "--format", "csv")
    assert found.splitlines() == ["channel,n", "a/b,20", "orders,20"]
    asked = ("sql", shop, "SELECT count(*) AS n FROM records", "--where", "value.n>=30", "--format", "json")
    assert orjson.loads(run(*asked)) == {"n": 10}
    told = orjson.loads(run("info", shop, "--json"))
    assert (told["records"], told["damaged"]) == (40, 0)
    assert [each["name"] for each in told["channels"]] == ["a/b", "orders"]
    assert "40 records" in run("info", shop)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("trim", "shop.evs", "channel:orders", "-o", "shop.evs"), "there already"),
        (("merge", "shop.evs", "none.evs", "-o", "x.evs"), "no file none.evs"),
        (("export", "shop.evs", "-o", "x.what"), "in which form"),
        (("export", "shop.evs", "-o", "x.csv", "--columns", "nothing"), "no column nothing"),
        (("anonymise", "shop.evs", "-o", "x.evs"), "what to mask"),
        (("trim", "shop.evs", "n:1", "-o", "x.evs"), "no field n"),
        (("import", "none.json", "-o", "x.evs"), "cannot be read"),
        (("sql", "shop.evs", "DROP VIEW records"), "Only questions"),
    ],
)
def test_what_cannot_be_done_is_said_and_leaves_nothing(
    shop: str, arguments: tuple[str, ...], why: str
) -> None:
    with pytest.raises(InspectorError, match=why):
        run(*arguments)
    assert [path.name for path in Path().iterdir()] == [shop]
