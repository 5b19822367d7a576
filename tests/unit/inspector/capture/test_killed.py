from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.kills import MEMORY, killed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kill -9 is of Unix")
@pytest.mark.parametrize("after_s", [0.05, 0.31, 0.77])
def test_a_killed_capture_opens_again_and_lost_only_the_last_moment(tmp_path: Path, after_s: float) -> None:
    found = killed(MEMORY, "orders", tmp_path, after_s)
    assert found.wrong == ""
    # 250 ms are asked for; a machine that is busy with other tests hands out time as it likes.
    assert found.lost_ms < 2_000
    if after_s > 0.5:
        assert found.records > 0
