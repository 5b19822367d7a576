"""Where large layouts are worked out: a process that is started when first needed, and kept."""

from __future__ import annotations

import os
import pickle
import struct
import sys
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal
from shiboken6 import isValid

from graph.layout.layout import Task
from gui.canvas.arranging.layout_process import Answer, Asked

_LENGTH = struct.Struct(">I")
END_MS = 2_000
"""How long an orderly end may take."""


class LayoutHost(QObject):
    """One task at a time: a newer one makes the answer to an older one void."""

    found = Signal(object, object)
    """The middles of all nodes, and their layers."""
    advanced = Signal(float)
    """How much is done, 0 to 1."""
    failed = Signal(str)
    """The task met a defect, or the process ended: what happened, in one sentence."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._number = 0
        self._busy = False
        self._arrived = b""

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._busy

    @property
    def pid(self) -> int | None:
        """The id of the process; None where none runs."""
        return self._process.processId() if self._process is not None else None

    def ask(self, task: Task) -> None:
        """Work on a task, and on no older one."""
        self._send(task)
        self._busy = True

    def cancel(self) -> None:
        """Work on nothing any more."""
        if self._busy:
            self._send(None)
            self._busy = False

    def close(self) -> None:
        """End the process."""
        process, self._process, self._busy = self._process, None, False
        if process is None:
            return
        _end(process)
        process.deleteLater()

    def _send(self, task: Task | None) -> None:
        self._number += 1
        asked: Asked = (self._number, task)
        data = pickle.dumps(asked)
        process = self._process or self._start()
        process.write(_LENGTH.pack(len(data)) + data)

    def _start(self) -> QProcess:
        environment = QProcessEnvironment.systemEnvironment()
        # So that it is found as well when the program runs from a checkout that is not installed.
        root = str(Path(__file__).resolve().parent.parent.parent)
        path = os.pathsep.join(filter(None, (root, environment.value("PYTHONPATH"))))
        environment.insert("PYTHONPATH", path)
        # Its matrices are small: more threads would only wait for each other.
        environment.insert("OPENBLAS_NUM_THREADS", "1")
        process = QProcess(self)
        process.setProcessEnvironment(environment)
        process.setProcessChannelMode(QProcess.ProcessChannelMode.ForwardedErrorChannel)
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._ended)
        process.errorOccurred.connect(self._ended)
        self.destroyed.connect(partial(_end, process))
        self._process, self._arrived = process, b""
        process.start(sys.executable, ["-m", "gui.canvas.arranging.layout_process"])
        return process

    def _read(self) -> None:
        if self._process is None:
            return
        self._arrived += self._process.readAllStandardOutput().data()
        while len(self._arrived) >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._arrived)
            end = _LENGTH.size + length
            if len(self._arrived) < end:
                return
            data, self._arrived = self._arrived[_LENGTH.size : end], self._arrived[end:]
            self._take(pickle.loads(data))

    def _take(self, answer: Answer) -> None:
        number, told = answer
        if number != self._number or not self._busy:
            return
        if isinstance(told, float):
            self.advanced.emit(told)
            return
        self._busy = False
        if isinstance(told, str):
            self.failed.emit(f"Arranging met a defect ({told}).")
        else:
            self.found.emit(*told)

    def _ended(self) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
        if self._busy:
            self._busy = False
            self.failed.emit("The process that arranges the graph ended before it was done.")


def _end(process: QProcess) -> None:
    """In order where it listens, by force where it does not."""
    if not isValid(process):
        return
    process.blockSignals(True)
    process.closeWriteChannel()
    if not process.waitForFinished(END_MS):
        process.kill()
        process.waitForFinished(END_MS)
