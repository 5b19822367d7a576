"""How Qt's own widgets look, from the palette of a theme."""

from __future__ import annotations

from dataclasses import fields
from string import Template

from PySide6.QtGui import QColor, QPalette

from gui.theme import Palette, Theme

TONES = tuple(item.name for item in fields(Palette) if item.name not in ("types", "rules"))

_SHEET = Template("""
* { outline: none; }
QMainWindow, QDialog { background: $panel; color: $text; }
QWidget#plane, QScrollArea#plane, QWidget#welcome { background: $canvas; }
QWidget#panel, QWidget#bar, QStackedWidget#panel { background: $panel; }
QWidget#raised { background: $raised; border-radius: 8px; }
QWidget#card { background: $panel; border: 1px solid $line; border-radius: 12px; }
QDialog#floating { border: 1px solid $line2; }
QWidget#alert { background: $runbg; border: 1px solid $run; border-radius: 6px; }
QWidget#alert[level="active"] { background: $actbg; border-color: $act; }
QFrame#rule { background: $line; border: none; }
QLabel { color: $text; background: transparent; }
QToolTip { background: $panel; color: $text; border: 1px solid $line2; padding: 5px 7px; }

QPushButton { background: $panel; color: $text; border: 1px solid $line2; border-radius: 6px;
  min-height: 26px; padding: 0 12px; }
QPushButton:hover { background: $raised; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $ghost; border-color: $line; }
QPushButton[kind="primary"] { background: $accent; color: $onaccent; border-color: $accent; }
QPushButton[kind="primary"]:focus { border-color: $text; }
QPushButton[kind="primary"]:disabled { background: $raised; color: $ghost; border-color: $line; }
QPushButton[kind="flat"] { border-color: transparent; background: transparent; color: $dim; }
QPushButton[kind="flat"]:hover { background: $raised; color: $text; }
QPushButton[kind="flat"]:focus { border-color: $accent; }
QPushButton[kind="flat"]:disabled { color: $ghost; }
QPushButton[kind="link"] { border-color: transparent; background: transparent; color: $accent; padding: 0 2px;
  min-height: 20px; text-align: left; }
QPushButton[kind="link"]:focus { border-color: $accent; }
QPushButton[kind="run"] { background: $runbg; color: $run; border-color: $runbg; }
QPushButton[kind="act"] { background: $actbg; color: $warn; border-color: $actbg; }
QPushButton[kind="ok"] { background: $okbg; color: $ok; border-color: $okbg; }
QPushButton[kind="run"]:focus, QPushButton[kind="act"]:focus, QPushButton[kind="ok"]:focus {
  border-color: $accent; }
QPushButton[kind="search"] { background: $raised; color: $faint; text-align: left; padding: 0 10px; }
QPushButton[kind="name"] { background: transparent; border-color: transparent; padding: 0 6px;
  text-align: left; }
QPushButton[kind="name"]:hover { background: $raised; }
QPushButton[kind="name"]:focus { border-color: $accent; }
QPushButton[kind="chip"] { background: $raised; color: $dim; border-color: $raised; min-height: 24px;
  padding: 0 10px; }
QPushButton[kind="chip"]:checked { background: $accentbg; color: $accent; border-color: $accentbg; }
QPushButton[kind="chip"]:focus { border-color: $accent; }
QPushButton[kind="new"] { background: $accentbg; color: $accent; border-color: $accentbg; min-height: 20px;
  padding: 0 9px; border-radius: 11px; }
QPushButton[kind="new"]:focus { border-color: $accent; }
QPushButton[kind="tab"] { background: transparent; color: $dim; border-color: transparent; min-height: 22px;
  padding: 0 9px; }
QPushButton[kind="tab"]:hover { background: $raised; }
QPushButton[kind="tab"]:checked { background: $accentbg; color: $accent; }
QPushButton[kind="tab"]:focus { border-color: $accent; }
QPushButton::menu-indicator { width: 0; }

QToolButton { background: transparent; border: 1px solid transparent; border-radius: 6px; padding: 3px;
  color: $dim; }
QToolButton:hover { background: $raised; color: $text; }
QToolButton:checked { background: $accentbg; color: $accent; }
QToolButton:focus { border-color: $accent; }
QToolButton:disabled { color: $ghost; }
QToolButton::menu-indicator { width: 0; image: none; }

QLineEdit, QPlainTextEdit, QTextEdit { background: $raised; color: $text; border: 1px solid $line;
  border-radius: 6px; padding: 0 8px; selection-background-color: $accent; selection-color: $onaccent; }
QLineEdit { min-height: 25px; }
QLineEdit[large="true"] { min-height: 36px; padding: 0 14px; }
QLineEdit[wrong="true"] { border-color: $run; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus { border-color: $accent; background: $panel; }
QPlainTextEdit, QTextEdit { padding: 4px; }
QPlainTextEdit#page { border: none; border-radius: 0; background: $panel; }
QComboBox { background: $panel; color: $text; border: 1px solid $line2; border-radius: 6px; min-height: 26px;
  padding: 0 8px; }
QComboBox::drop-down { border: none; width: 22px; }
QComboBox::down-arrow { image: none; width: 0; height: 0; }
QComboBox:focus { border-color: $accent; }
QComboBox QAbstractItemView { background: $panel; color: $text; border: 1px solid $line2;
  selection-background-color: $sel; selection-color: $text; outline: 0; }
QComboBox QAbstractItemView::item { min-height: 24px; padding: 0 6px; border: none; }
QComboBox QAbstractItemView::item:selected { background: $sel; color: $text; }

QTabBar { background: $panel; }
QTabBar::tab { background: transparent; color: $dim; padding: 0 10px; height: 31px; border: none;
  border-bottom: 2px solid transparent; margin: 0; }
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $accent; border-bottom: 2px solid $accent; }
QTabBar::tab:focus { color: $text; background: $accentbg; }

QTableView, QTreeView, QListView { background: $panel; color: $text; border: none; border-radius: 0;
  selection-background-color: $sel; selection-color: $text; }
QTreeView::item, QTableView::item { border: none; }
QTreeView#offers { border: 1px solid $line2; }
QHeaderView { background: $raised; border: none; }
QHeaderView::section { background: $raised; color: $dim; border: none; border-bottom: 1px solid $line;
  padding: 0 8px; height: 23px; }
QHeaderView::section:hover { color: $text; }
QHeaderView::up-arrow, QHeaderView::down-arrow { width: 0; height: 0; }
QTableCornerButton::section { background: $raised; border: none; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $line2; border-radius: 3px; margin: 2px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: $ghost; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget#panel { background: $panel; }
QAbstractScrollArea::corner { background: transparent; }

QSplitter::handle { background: $line; }
QSplitter::handle:hover { background: $accent; }
QMenu { background: $panel; color: $text; border: 1px solid $line2; border-radius: 8px; padding: 5px; }
QMenu::item { padding: 5px 22px 5px 12px; border-radius: 5px; }
QMenu::item:selected { background: $sel; }
QMenu::item:disabled { color: $ghost; }
QMenu::separator { height: 1px; background: $line; margin: 5px 8px; }
QCheckBox { color: $text; background: transparent; spacing: 8px; }
QCheckBox:disabled { color: $ghost; }
QProgressBar { background: $raised; border: none; border-radius: 2px; max-height: 4px; }
QProgressBar::chunk { background: $accent; border-radius: 2px; }
""")


def sheet(theme: Theme) -> str:
    """The style sheet of the application."""
    colours = {tone: getattr(theme.palette, tone).name() for tone in TONES}
    tones = "".join(f'QLabel[tone="{tone}"] {{ color: {colour}; }}\n' for tone, colour in colours.items())
    pills = "".join(
        f'QLabel[pill="{name}"] {{ background: {colours[ground]}; color: {colours[ink]}; border-radius: 10px;'
        " padding: 2px 9px; }\n"
        for name, ground, ink in (
            ("run", "run", "onrun"),
            ("runbg", "runbg", "run"),
            ("paused", "runbg", "run"),
            ("act", "actbg", "warn"),
            ("ok", "okbg", "ok"),
            ("plain", "raised", "dim"),
            ("accent", "accentbg", "accent"),
        )
    )
    return _SHEET.substitute(colours) + tones + pills


def palette(theme: Theme) -> QPalette:
    """The colours that Qt uses where the style sheet says nothing."""
    colours, made = theme.palette, QPalette()
    pairs: list[tuple[QPalette.ColorRole, QColor]] = [
        (QPalette.ColorRole.Window, colours.panel),
        (QPalette.ColorRole.WindowText, colours.text),
        (QPalette.ColorRole.Base, colours.panel),
        (QPalette.ColorRole.AlternateBase, colours.canvas),
        (QPalette.ColorRole.Text, colours.text),
        (QPalette.ColorRole.Button, colours.panel),
        (QPalette.ColorRole.ButtonText, colours.text),
        (QPalette.ColorRole.Highlight, colours.sel),
        (QPalette.ColorRole.HighlightedText, colours.text),
        (QPalette.ColorRole.PlaceholderText, colours.faint),
        (QPalette.ColorRole.ToolTipBase, colours.panel),
        (QPalette.ColorRole.ToolTipText, colours.text),
        (QPalette.ColorRole.Link, colours.accent),
    ]
    for role, colour in pairs:
        made.setColor(role, colour)
    return made
