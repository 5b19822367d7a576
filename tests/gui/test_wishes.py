"""What the desktop is asked, over a bus of its own with something on it that answers as a desktop does."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

import pytest
from PySide6.QtDBus import QDBusConnection, QDBusMessage, QDBusVariant, QDBusVirtualObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui import theme
from gui.look import Look
from gui.wishes import PORTAL, Wishes

Settings = dict[tuple[str, str], object]
MOTION = ("org.freedesktop.appearance", "reduced-motion")
GNOME = ("org.gnome.desktop.interface", "enable-animations")


class Desktop(QDBusVirtualObject):
    """Answers as the settings portal does."""

    def __init__(self) -> None:
        super().__init__()
        self.settings: Settings = {}
        self.asked: list[object] = []

    def introspect(self, path: str) -> str:
        return ""

    def handleMessage(self, message: QDBusMessage, connection: QDBusConnection) -> bool:
        space, key = message.arguments()
        self.asked.append(key)
        found = self.settings.get((space, key))
        if found is None:
            reply = message.createErrorReply(f"{PORTAL}.Error.NotFound", "Requested setting not found")
        else:
            reply = message.createReply(QDBusVariant(QDBusVariant(found)))
        connection.send(reply)
        return True


@pytest.fixture
def bus() -> Iterator[QDBusConnection]:
    program = shutil.which("dbus-daemon")
    if program is None:
        pytest.skip("there is no dbus-daemon")
    command = [program, "--session", "--nofork", "--print-address", "--address=unix:tmpdir=/tmp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as daemon:
        try:
            assert daemon.stdout is not None
            yield QDBusConnection.connectToBus(daemon.stdout.readline().strip(), "test")
        finally:
            QDBusConnection.disconnectFromBus("test")
            daemon.terminate()


@pytest.fixture
def desktop(bus: QDBusConnection) -> Desktop:
    made = Desktop()
    assert bus.registerService(PORTAL)
    assert bus.registerVirtualObject("/org/freedesktop/portal/desktop", made)
    return made


@pytest.mark.parametrize(
    ("settings", "still"),
    [
        ({MOTION: 1}, True),
        ({MOTION: 0, GNOME: False}, False),
        ({GNOME: False}, True),
        ({GNOME: True}, False),
        ({}, False),
    ],
)
def test_the_desktop_is_asked_for_less_motion(
    qtbot: QtBot, bus: QDBusConnection, desktop: Desktop, settings: Settings, still: bool
) -> None:
    desktop.settings = settings
    wishes = Wishes(bus=bus)
    qtbot.waitUntil(lambda: not wishes._asked)
    assert wishes.still is still
    assert desktop.asked == (
        ["reduced-motion"] if MOTION in settings else ["reduced-motion", "enable-animations"]
    )


def test_a_wish_is_followed_until_a_person_decides(qapp: QApplication) -> None:
    wishes = Wishes()
    look = Look(theme.dark(), wishes=wishes)
    told: list[str | bool] = []
    look.changed.connect(lambda: told.append(look.theme.name))
    look.moved.connect(lambda: told.append(look.motion))
    wishes._heard(still=True, contrast=True)
    assert (look.theme.name, look.chosen.name, look.motion) == ("contrast", "dark", False)
    look.set_motion(True)
    wishes._heard(still=True, contrast=False)
    assert (look.theme.name, look.motion) == ("dark", True)
    wishes._heard(still=True, contrast=True)
    look.set_theme(theme.light())
    wishes._heard(still=False)
    assert (look.theme.name, look.motion) == ("light", True)
    assert told == ["contrast", False, True, "dark", "contrast", "light"]


def test_themes_are_switched_one_after_the_other(qapp: QApplication) -> None:
    look = Look(theme.light())
    names = []
    for _ in range(4):
        look.switch()
        names.append(look.theme.name)
    assert names == ["dark", "contrast", "light", "dark"]
