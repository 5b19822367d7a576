from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from gui import theme
from gui.look import Look
from gui.replay.part_edit import BYTES, FIELDS, TEXT, PartEdit
from inspector.encode.body import Part
from tests.unit.inspector.encode.kept import decoding, record
from tests.unit.inspector.encode.test_body import AVRO, JSON_SCHEMA, VALUE, avro, framed

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

Make = Callable[..., PartEdit]


@pytest.fixture
def make(qtbot: QtBot, tmp_path: Path) -> Make:
    how = decoding(tmp_path, {5: AVRO, 7: JSON_SCHEMA})

    def made(data: bytes | None, part: Part = "value") -> PartEdit:
        edit = PartEdit(Look(theme.light()), part, (2, 8))
        qtbot.addWidget(edit)
        edit.show_record(record(data, data), lambda: how)
        edit.show()
        return edit

    return made


@pytest.mark.parametrize(
    "data",
    [
        None,
        b"",
        b'{ "a":1.00}',
        b"text",
        b"\0\xff",
        framed(5, avro(VALUE)),
        gzip.compress(b"{}", mtime=0),
        b'{"a":1,"a":2}',
    ],
)
def test_what_was_not_touched_is_the_same_bytes_in_every_way_of_looking(
    make: Make, data: bytes | None
) -> None:
    edit = make(data)
    assert edit.data == data
    for name, button in edit.modes.items():
        if button.isEnabled():
            edit.show_as(name)
            assert edit.data == data
    assert not edit.touched
    assert edit.null.isChecked() is (data is None)


def test_fields_are_edited_and_the_rest_keeps_its_bytes(make: Make) -> None:
    edit = make(b'{ "price": 1.00,"n":1 }')
    edit.set_text(edit.text.toPlainText().replace('"n": 1', '"n": 2'))
    assert edit.data == b'{ "price": 1.00,"n":2 }'
    assert edit.touched
    edit.show_as(TEXT)
    edit.set_text('{"n": 3}')
    edit.show_as(BYTES)
    assert edit.text.toPlainText() == b'{"n": 3}'.hex(" ")
    edit.set_text("7b7d")
    assert edit.data == b"{}"
    edit.reset()
    assert edit.data == b'{ "price": 1.00,"n":1 }'


@pytest.mark.parametrize(
    ("data", "old", "new", "fault"),
    [
        (b'{"a": 1}', "1", "", "Value: line 3, column 1: it is no JSON"),
        (framed(5, avro(VALUE)), '"count": 2', '"count": "2"', "Value: lines[0].count: it is a whole number"),
        (
            framed(7, b'{"id": 1}'),
            '"id": 1',
            '"id": 1, "lines": [{}]',
            "Value: lines[0]: 'sku' is a required",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place_and_the_last_good_bytes_stay(
    make: Make, data: bytes, old: str, new: str, fault: str
) -> None:
    edit = make(data)
    edit.set_text(edit.text.toPlainText().replace(old, new))
    assert edit.data == data
    assert edit.fault.startswith(fault)
    (marked,) = edit.text.extraSelections()
    assert marked.cursor.hasSelection()
    edit.set_text(edit.text.toPlainText().replace(new, old) if new else '{"a": 1}')
    assert edit.data is not None
    assert not edit.fault


def test_null_and_empty_are_told_apart(make: Make) -> None:
    edit = make(b"x")
    QTest.mouseClick(edit.null, Qt.MouseButton.LeftButton)
    assert [edit.data] == [None]
    QTest.mouseClick(edit.null, Qt.MouseButton.LeftButton)
    assert edit.data == b"x"
    edit.set_text("")
    assert edit.data == b""
    edit = make(None, "key")
    QTest.mouseClick(edit.null, Qt.MouseButton.LeftButton)
    assert edit.data == b""


def test_bytes_that_have_no_fields_say_why_and_are_edited_as_bytes(make: Make) -> None:
    edit = make(b"\x89PNG\r\n\x1a\n\0\0")
    assert not edit.modes[FIELDS].isEnabled()
    assert edit.modes[BYTES].isChecked()
    assert "Change its bytes instead" in edit.modes[FIELDS].toolTip()
    edit.set_text("zz")
    assert edit.data == b"\x89PNG\r\n\x1a\n\0\0"
    assert "pairs of 0-9" in edit.fault
