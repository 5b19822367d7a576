"""The demo as the window sees it: sentences while it starts, then an address."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal

from inspector.demo.handle import DemoEvent, DemoOptions, DemoProcess, Step
from inspector.errors import InspectorError


class DemoRun(QObject):
    """Starts a broker and a shop, and ends them with the window."""

    said = Signal(str)
    ready = Signal(str)
    failed = Signal(str)
    _event = Signal(object)

    def __init__(self, options: DemoOptions | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._options = options
        self._process: DemoProcess | None = None
        self._event.connect(self._heard, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Start it; everything else is told by signals."""
        self.said.emit("Starting the demo.")
        try:
            self._process = DemoProcess(self._options, self._event.emit)
        except (InspectorError, OSError) as failure:
            self.failed.emit(str(failure))

    def stop(self) -> None:
        """End broker and shop; returns when they are gone."""
        process, self._process = self._process, None
        if process is not None:
            process.stop()

    def _heard(self, event: DemoEvent) -> None:
        if self._process is None:
            return
        match event.event:
            case Step.PROGRESS | Step.NOTICE:
                self.said.emit(event.message)
            case Step.READY:
                self.ready.emit(event.url)
            case Step.ERROR:
                self.failed.emit(event.message)
            case Step.ENDED:
                self.failed.emit(event.message or "The demo has ended because its time was over.")
