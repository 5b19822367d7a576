from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st

from inspector.frames import read_frame, write_frame


@given(st.lists(st.binary(max_size=300)))
def test_what_is_written_is_read(messages: list[bytes]) -> None:
    pipe = io.BytesIO()
    for message in messages:
        write_frame(pipe, message)
    pipe.seek(0)
    assert [read_frame(pipe) for _ in messages] == messages
    assert read_frame(pipe) is None


@given(st.binary(min_size=1, max_size=50), st.data())
def test_an_end_inside_a_message_is_an_end(message: bytes, data: st.DataObject) -> None:
    pipe = io.BytesIO()
    write_frame(pipe, message)
    whole = pipe.getvalue()
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert read_frame(io.BytesIO(whole[:cut])) is None


def test_a_closed_pipe_is_an_end() -> None:
    pipe = io.BytesIO()
    pipe.close()
    assert read_frame(pipe) is None
