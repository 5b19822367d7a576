from __future__ import annotations

import builtins
from pathlib import Path
from typing import Any

import fastavro
import pyarrow.parquet as pq
import pytest

from inspector.capture.masks import Mask
from inspector.decode.sight import AS_IT_IS, Sight
from inspector.errors import InspectorError
from inspector.exchange.forms import Form, of_file, save
from inspector.exchange.selection import Selection, Stopped
from tests.unit.inspector.exchange.conftest import START_NS, Captured, record

RECORDS = [
    record(0),
    record(1, value=None, key=None),
    record(2, value=b"", headers=(("a", b"\xff"), ("a", None))),
    record(3, timestamp_ns=START_NS + 7),
]


def saved(reader: Any, form: Form, path: Path, sight: Sight = AS_IT_IS, **more: Any) -> Path:
    rows = range(reader.first_row, reader.end_row)
    save(form, Selection(reader, rows, sight, **more), path)
    return path


@pytest.mark.parametrize("form", [Form.PARQUET, Form.AVRO])
def test_typed_files_have_every_byte(captured: Captured, tmp_path: Path, form: Form) -> None:
    reader = captured(RECORDS)
    path = saved(reader, form, tmp_path / "a")
    if form is Form.PARQUET:
        found: list[Any] = pq.read_table(path).drop_columns(["timestamp_ns"]).to_pylist()
        times = pq.read_table(path)["timestamp_ns"].cast("int64").to_pylist()
    else:
        with path.open("rb") as file:
            found = list(fastavro.reader(file))
        times = [each["timestamp_ns"] for each in found]
    rows = [reader.record(row) for row in range(reader.end_row)]
    assert times == [each.timestamp_ns for each in rows]
    assert [(each["key"], each["value"]) for each in found] == [(each.key, each.value) for each in rows]
    headers = [tuple((pair["name"], pair["value"]) for pair in each["headers"]) for each in found]
    assert headers == [each.headers for each in rows]
    assert [each["offset"] for each in found] == [each.position.offset for each in rows]


@pytest.mark.parametrize("form", list(Form))
def test_what_is_masked_is_in_no_form(captured: Captured, tmp_path: Path, form: Form) -> None:
    reader = captured([record(i) for i in range(5)])
    masks = Sight((Mask(path="$.card"), Mask(header="ce_source")))
    path = saved(reader, form, tmp_path / "a", masks)
    if form is Form.PARQUET:
        data = repr(pq.read_table(path).to_pylist())
    elif form is Form.AVRO:
        with path.open("rb") as file:
            data = repr(list(fastavro.reader(file)))
    elif form is Form.CAPTURE:
        from inspector.store.reader import CaptureReader

        copied = CaptureReader(path)
        data = repr([(copied.record(row), copied.traits(row)) for row in range(copied.end_row)])
        copied.close()
    else:
        data = path.read_text()
    assert "order-3" in data
    assert "4711" not in data
    assert "/billing" not in data


@pytest.mark.parametrize("form", list(Form))
def test_what_is_stopped_leaves_the_old_file(captured: Captured, tmp_path: Path, form: Form) -> None:
    reader = captured([record(i) for i in range(9)])
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "a").write_text("old")
    left = iter(range(5))
    with pytest.raises(Stopped):
        saved(reader, form, folder / "a", stop=lambda: next(left, None) is None)
    assert (folder / "a").read_text() == "old"
    assert [each.name for each in folder.iterdir()] == ["a"]


def test_a_missing_library_is_named(
    captured: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, real = captured(RECORDS), builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "pyarrow":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InspectorError, match=r"pip install 'eventscope\[parquet\]'"):
        saved(reader, Form.PARQUET, tmp_path / "a")


def test_a_folder_that_is_not_there(captured: Captured, tmp_path: Path) -> None:
    with pytest.raises(InspectorError, match="cannot be written"):
        saved(captured(RECORDS), Form.JSONL, tmp_path / "no" / "a.jsonl")


def test_forms_by_the_name_of_the_file() -> None:
    assert {of_file(Path(f"a.{form}")) for form in Form} == set(Form)
    assert of_file(Path("a.NDJSON")) is Form.JSONL
    assert of_file(Path("a.xlsx")) is None
