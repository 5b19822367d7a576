"""Adding a server to a window that has one already."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QWidget

from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.text import Text, as_high_as_needed, column, row
from gui.welcome import ConnectForm


class ConnectDialog(QDialog):
    """The form of the welcome page."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Connect to a broker")
        self.form = ConnectForm(look)
        self.form.wanted.connect(lambda _connection, _keep: self.accept())
        note = Text("Reads only. Joins no group, commits no offset, takes no message.", tone="dim", wrap=True)
        cancel = Button(look, "Cancel", run=self.reject)
        self.setLayout(
            column(
                Text("Connect to a broker", Role.TITLE),
                note,
                self.form,
                row(None, cancel),
                gap=10,
                margins=(24, 20, 24, 18),
            )
        )
        as_high_as_needed(self, 560)
        self.form.address.setFocus()
