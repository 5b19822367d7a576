"""Which adapter belongs to an address."""

from __future__ import annotations

import subprocess
import sys

WITHOUT = """
import sys
sys.modules["nats"] = None
from inspector.brokers import open_adapter
from inspector.brokers.base import Budget
from inspector.connection import parse
from inspector.errors import Unsupported
try:
    open_adapter(parse("nats://localhost"), Budget())
except Unsupported as missing:
    print(missing)
"""


def test_a_client_that_is_not_installed_is_said_with_the_command_that_installs_it() -> None:
    told = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, timeout=60)
    assert told.stdout == (
        "The client for nats:// is not installed. Run pip install 'eventscope[nats]'.\n"
    ), told.stderr
