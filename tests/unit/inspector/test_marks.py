from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inspector.marks import lot, lots, mark, marks
from inspector.pieces import Pieces

TEXTS = st.lists(
    st.none() | st.binary(max_size=20) | st.text(max_size=9).map(str.encode) | st.just(b"Order-17"),
    max_size=30,
)


@given(TEXTS)
def test_those_of_many_are_those_of_each(column: list[bytes | None]) -> None:
    assert marks(Pieces.of(column)).tolist() == [0 if text is None else mark(text) for text in column]
    assert lots(Pieces.of(column)).tolist() == [0 if text is None else lot(text) for text in column]


def test_upper_and_lower_case_are_alike() -> None:
    assert mark(b"Order-17") == mark(b"oRDER-17") != mark(b"order-18")
    assert mark("ÉCOLE".encode()) == mark("école".encode())


def test_a_share_of_ids_that_are_counted_is_a_share() -> None:
    for bits in (1, 4, 6):
        for form in ("order-%08d", "%d", "%012d"):
            drawn = sum(lot((form % number).encode()) % (1 << bits) == 0 for number in range(20_000))
            assert 0.7 < drawn * (1 << bits) / 20_000 < 1.3, (bits, form)
