"""The dialog that unlocks a server."""

from __future__ import annotations

from gui.dialogs.unlock import UnlockDialog
from gui.main_window import MainWindow
from inspector.link import LockChanged


def test_it_is_as_high_as_its_words_also_when_it_refuses(window: MainWindow) -> None:
    server = next(iter(window.session.graph.servers))
    dialog = UnlockDialog(window.session, window.look, server, window)
    dialog.show()
    layout = dialog.layout()
    assert layout is not None
    before = dialog.height()
    assert before == layout.heightForWidth(dialog.width())
    sentence = "“shop” is not the name of this server. Type 127.0.0.1:9092 to send, or close this to read on."
    window.session.lock_changed.emit(LockChanged(server, locked=True, message=sentence))
    assert dialog.height() == layout.heightForWidth(dialog.width()) > before
    dialog.reject()
