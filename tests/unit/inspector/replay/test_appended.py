from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import InspectorError, ReplayRefused
from inspector.replay.appended import Appended, held, messages


def written(path: Path, said: list[bytes]) -> bytes:
    path.unlink(missing_ok=True)
    file = Appended(path)
    for each in said:
        file.add(each)
    file.close()
    return path.read_bytes()


@settings(max_examples=25)
@given(st.lists(st.binary(max_size=20), min_size=1, max_size=5), st.data())
def test_what_a_crash_cut_short_is_left_out_and_gone_on_behind(
    tmp_path_factory: pytest.TempPathFactory, said: list[bytes], data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("torn") / "journal"
    whole = written(path, said)
    last = len(whole) - len(said[-1]) - 8
    path.write_bytes(whole[: data.draw(st.integers(last, len(whole) - 1))])
    assert list(messages(path)) == said[:-1]
    file = Appended(path)
    file.add(b"more")
    file.close()
    assert list(messages(path)) == [*said[:-1], b"more"]


def test_damage_before_the_end_is_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    whole = bytearray(written(path, [b"first", b"second"]))
    whole[whole.index(b"first")] ^= 1
    path.write_bytes(whole)
    with pytest.raises(InspectorError, match="damaged at byte"):
        list(messages(path))
    with pytest.raises(InspectorError, match="damaged at byte"):
        Appended(path)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    first = Appended(path)
    assert held(path)
    with pytest.raises(ReplayRefused, match="another process"):
        Appended(path)
    first.close()
    assert not held(path)
    Appended(path).close()
