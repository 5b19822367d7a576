"""`python -m gui` is `eventscope`."""

from __future__ import annotations

import sys

from gui.command import main

if __name__ == "__main__":
    sys.exit(main())
