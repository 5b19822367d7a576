"""`python -m inspector.demo`: the supervisor, with one JSON line for each event on standard output."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path

from inspector.demo.handle import LONGEST_S, DemoOptions, System
from inspector.demo.supervisor import supervise

NICE = 10
"""Broker and shop share the machine with the window that looks at them, and must not hold it up."""


def _stand_back() -> None:
    if hasattr(os, "nice"):
        os.nice(NICE)
    with suppress(OSError):  # Linux weighs sessions before processes (sched(7), autogroup)
        Path("/proc/self/autogroup").write_text(str(NICE))


def main() -> int:
    """Read the options and run until the end of standard input."""
    parser = argparse.ArgumentParser(prog="python -m inspector.demo", description=__doc__)
    parser.add_argument("--load", type=float, help="records a second on the clickstream")
    parser.add_argument("--big-json", action="store_true", help="one record of 2 MB a second")
    parser.add_argument("--seconds", type=float, default=LONGEST_S, help="how long it runs at most")
    parser.add_argument("--port", type=int, help="the broker's port; any free one by default")
    parser.add_argument("--broker", choices=[*System], default=System.KAFKA, help="the system it runs on")
    given = parser.parse_args()
    _stand_back()
    return supervise(DemoOptions(given.load, given.big_json, given.seconds, given.port, System(given.broker)))


if __name__ == "__main__":
    sys.exit(main())
