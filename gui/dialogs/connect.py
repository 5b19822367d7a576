"""Adding a server to a window, or giving one that is not up a better address or login."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from gui.connect_form import ConnectForm
from gui.dialogs.fitted import FittedDialog
from gui.fonts import Role
from gui.look import Look
from gui.parts.buttons import Button
from gui.parts.text import Text, column, row
from inspector.link import ConnectionChanged

WIDTH = 600


class ConnectDialog(FittedDialog):
    """The form of the welcome page; `tried` is what did not come up."""

    def __init__(self, look: Look, parent: QWidget, tried: ConnectionChanged | None = None) -> None:
        super().__init__(parent, WIDTH)
        title = "Connect to a broker" if tried is None else f"Connect again to {tried.server.address}"
        self.setWindowTitle(title)
        self.form = ConnectForm(look)
        self.form.wanted.connect(lambda _connection, _keep: self.accept())
        note = "Reads only. Joins no group, commits no offset, takes no message."
        self.note = Text(note, tone="dim", wrap=True)
        if tried is not None and tried.message:
            self.note.setText(tried.message)
            self.note.set_tone("run")
        cancel = Button(look, "Cancel", run=self.reject)
        self.setLayout(
            column(
                Text(title, Role.TITLE),
                self.note,
                4,
                self.form,
                row(None, cancel),
                gap=10,
                margins=(24, 20, 24, 18),
            )
        )
        if tried is not None:
            self.form.show_address(tried.url)
        self.fit()
        (self.form.address if self.form.password.isHidden() else self.form.password).setFocus()
