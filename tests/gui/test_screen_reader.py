"""What screen readers and resting pointers are told: controls have names, and icons say what they do."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QTabBar,
    QWidget,
)

from gui.main_window import MainWindow


def whose(widget: QWidget) -> str:
    above = widget.parent()
    return f"{type(widget).__name__} {widget.objectName()} in {type(above).__name__}"


def visited(window: MainWindow) -> MainWindow:
    """With all tabs looked at, as far as they make their contents then."""
    for at in range(window.tabs.count()):
        window.tabs.setCurrentIndex(at)
    return window


def test_every_button_has_a_name_and_an_icon_says_what_it_does(window: MainWindow) -> None:
    # Those within tables and lines are Qt's own.
    buttons = [
        each
        for each in visited(window).findChildren(QAbstractButton)
        if type(each) is not QAbstractButton
        and not isinstance(each.parent(), QLineEdit)
        and not each.isHidden()
    ]
    assert not [whose(each) for each in buttons if not (each.accessibleName() or each.text())]
    icons = [each for each in buttons if not each.text()]
    assert icons
    assert not [each.accessibleName() for each in icons if not each.toolTip()]


def test_every_field_list_and_choice_has_a_name(window: MainWindow) -> None:
    found: list[QWidget] = []
    for kind in (QLineEdit, QComboBox, QAbstractItemView, QTabBar):
        found += visited(window).findChildren(kind)
    # Headers and the lists of choices are Qt's own.
    own = [
        each
        for each in found
        if not isinstance(each, QHeaderView) and not isinstance(each.window().parent(), QComboBox)
    ]
    assert own
    assert not [whose(each) for each in own if not each.accessibleName()]
