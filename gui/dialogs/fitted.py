"""Dialogs of one width that are as high as their words need, whatever these become."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QDialog, QWidget


class FittedDialog(QDialog):
    """Fits its height when its layout asks for it; call `fit` once when everything is in place."""

    def __init__(self, parent: QWidget | None, width: int) -> None:
        """`width` in px."""
        super().__init__(parent)
        self._wide = width

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() is QEvent.Type.LayoutRequest:
            self.fit()
        return done

    def fit(self) -> None:
        """Be as high as the layout needs at this width."""
        if (layout := self.layout()) is not None:
            self.setFixedSize(self._wide, layout.heightForWidth(self._wide))
