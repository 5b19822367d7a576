"""Painting that goes wrong leaves a gap and a line under Problems, never a dead window."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, TypeVar

Method = TypeVar("Method", bound=Callable[..., Any])


def guarded(method: Method) -> Method:
    """Report what an override of Qt raises, once for each sort, through `sys.excepthook`."""

    @functools.wraps(method)
    def run(self: Any, *arguments: Any) -> Any:
        try:
            return method(self, *arguments)
        except Exception as error:  # noqa: BLE001 - whatever it is, the window has to go on
            sys.excepthook(type(error), error, error.__traceback__)
            return None

    return run  # type: ignore[return-value]
