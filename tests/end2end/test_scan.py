"""What `scan` finds on the demo's Kafka, against the shop's own scenario."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.end2end.conftest import Program

pytestmark = [pytest.mark.end2end, pytest.mark.kafka, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def found(shop: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-m", "gui", "scan", shop, "--seconds", "45", "--format", "json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _operations(found: dict[str, Any]) -> set[tuple[str | None, str, str]]:
    names = {each["id"]: each["name"] for each in found["applications"]}
    channels = {each["id"]: each["name"] for each in found["channels"]}
    return {
        (names[each["application"]], each["action"], channels[each["channel"]])
        for each in found["operations"]
    }
