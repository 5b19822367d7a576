from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.canvas.scene import regions


@given(st.lists(st.integers(0, 40), min_size=1, max_size=60))
def test_codes_are_counted_in_a_table_as_by_sorting(codes: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        quick = regions._numbered(np.array(codes))
        patch.setattr(regions, "TABLE", -1)
        slow = regions._numbered(np.array(codes))
    for one, other in zip(quick, slow, strict=True):
        assert one.tolist() == other.tolist()
    assert quick[0][quick[1]].tolist() == codes
