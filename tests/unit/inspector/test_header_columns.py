"""Headers by column are the headers that they were made of, in any order and with any names."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inspector.header_columns import HeaderColumns, Headers

HEADERS = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["id", "type", "é"]), st.none() | st.binary(max_size=3)), max_size=3
    ).map(tuple),
    max_size=12,
)


@given(HEADERS, st.data())
def test_headers_come_back(headers: list[Headers], data: st.DataObject) -> None:
    columns = HeaderColumns.of(headers)
    assert list(columns) == headers == [columns[at] for at in range(len(headers))]
    assert columns[1:3] == headers[1:3]
    assert columns.sizes.tolist() == [
        sum(len(name) + len(value or b"") for name, value in each) for each in headers
    ]
    places = data.draw(st.lists(st.integers(0, max(0, len(headers) - 1)), max_size=15 if headers else 0))
    assert list(columns.part(np.array(places, np.int64))) == [headers[place] for place in places]
