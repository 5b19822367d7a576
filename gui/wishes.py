"""What the person asked of the whole computer: more contrast, less motion."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, Qt, Signal
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusPendingCallWatcher, QDBusVariant
from PySide6.QtGui import QGuiApplication

PORTAL = "org.freedesktop.portal.Desktop"
PATIENCE_MS = 2_000
MOTION = (
    ("org.freedesktop.appearance", "reduced-motion", 1),
    ("org.gnome.desktop.interface", "enable-animations", False),
)
"""Namespace, key and the value that asks for less motion, in the settings that Linux desktops share, and in
those of GNOME, which desktops tell that do not know the first
(https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.Settings.html)."""
SPI_GETCLIENTAREAANIMATION = 0x1042
"""https://learn.microsoft.com/windows/win32/api/winuser/nf-winuser-systemparametersinfow"""


class Wishes(QObject):
    """Asks the system at the start and whenever the program is come back to; both False until it answers."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None, bus: QDBusConnection | None = None) -> None:
        super().__init__(parent)
        self.contrast = False
        self.still = False
        """Whether nothing should move that need not."""
        self._bus = bus
        self._asked: set[QDBusPendingCallWatcher] = set()
        # The hints die with the last reference to what they hang on.
        self._style = QGuiApplication.styleHints()
        self._hints = self._style.accessibility()
        self._hints.contrastPreferenceChanged.connect(self.look)
        if self._qt_knows:
            self._hints.motionPreferenceChanged.connect(self.look)  # type: ignore[attr-defined,unused-ignore] # Qt 6.12
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._came_back)
        self.look()

    @property
    def _qt_knows(self) -> bool:
        return hasattr(self._hints, "motionPreference")

    def _came_back(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self.look()

    def look(self) -> None:
        """Ask anew; an answer that is not there at once follows by `changed`."""
        self._heard(
            contrast=self._hints.contrastPreference() is Qt.ContrastPreference.HighContrast, still=self.still
        )
        if self._qt_knows:
            wish = self._hints.motionPreference()  # type: ignore[attr-defined,unused-ignore]
            self._heard(still=wish.name != "NoPreference")
        elif sys.platform == "win32":
            self._heard(still=_windows_still())
        elif sys.platform == "darwin":
            path = Path.home() / "Library/Preferences/com.apple.universalaccess.plist"
            told = QSettings(str(path), QSettings.Format.NativeFormat).value("reduceMotion", False)
            self._heard(still=bool(told))
        else:
            self._ask(0)

    def _heard(self, *, still: bool, contrast: bool | None = None) -> None:
        new = (self.contrast if contrast is None else contrast, still)
        if new != (self.contrast, self.still):
            self.contrast, self.still = new
            self.changed.emit()

    def _ask(self, at: int) -> None:
        """Ask the desktop for a setting; where it does not know one, for the next."""
        bus = self._bus or (QDBusConnection.sessionBus() if _has_bus() else None)
        if bus is None or not bus.isConnected():
            return
        space, key, asks = MOTION[at]
        call = QDBusMessage.createMethodCall(
            PORTAL, "/org/freedesktop/portal/desktop", "org.freedesktop.portal.Settings", "Read"
        )
        call.setArguments([space, key])
        watcher = QDBusPendingCallWatcher(bus.asyncCall(call, PATIENCE_MS), self)
        self._asked.add(watcher)

        def answered() -> None:
            self._asked.discard(watcher)
            watcher.deleteLater()
            found = watcher.reply().arguments()
            if watcher.isError() or not found:
                if at + 1 < len(MOTION):
                    self._ask(at + 1)
                return
            value = found[0]
            while isinstance(value, QDBusVariant):
                value = value.variant()
            self._heard(still=value == asks)

        watcher.finished.connect(answered)


def _has_bus() -> bool:
    """Whether there is a session bus: to ask where there is none can start one."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return "DBUS_SESSION_BUS_ADDRESS" in os.environ or bool(runtime and (Path(runtime) / "bus").exists())


def _windows_still() -> bool:
    import ctypes

    animated = ctypes.c_int(1)
    user = ctypes.windll.user32  # type: ignore[attr-defined,unused-ignore]
    user.SystemParametersInfoW(SPI_GETCLIENTAREAANIMATION, 0, ctypes.byref(animated), 0)
    return not animated.value
