"""Back and forward through what was looked at, like the pages of a browser."""

from __future__ import annotations

from typing import Generic, TypeVar

MOST = 100
"""Views that are remembered."""

_View = TypeVar("_View")


class ViewHistory(Generic[_View]):
    """Views in the order in which they were looked at, and which of them is looked at now."""

    def __init__(self) -> None:
        self._views: list[_View] = []
        self._at = -1

    def visit(self, view: _View) -> None:
        """Something is looked at; what was gone back from is forgotten."""
        if self._views and self._views[self._at] == view:
            return
        self._views = [*self._views[: self._at + 1], view][-MOST:]
        self._at = len(self._views) - 1

    def replace(self, view: _View) -> None:
        """What is looked at now looks a little different, which is no step of its own."""
        if self._views:
            self._views[self._at] = view
        else:
            self.visit(view)

    @property
    def now(self) -> _View:
        """What is looked at; raises IndexError where nothing ever was."""
        return self._views[self._at]

    @property
    def has_back(self) -> bool:
        """Whether there is a view before this one."""
        return self._at > 0

    @property
    def has_forward(self) -> bool:
        """Whether there is a view that was gone back from."""
        return self._at < len(self._views) - 1

    def back(self) -> _View:
        """The view before; raises IndexError where there is none."""
        return self._go(-1)

    def forward(self) -> _View:
        """The view that was gone back from; raises IndexError where there is none."""
        return self._go(1)

    def _go(self, step: int) -> _View:
        if not 0 <= self._at + step < len(self._views):
            raise IndexError("there is no such view")
        self._at += step
        return self._views[self._at]
