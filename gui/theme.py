"""Colours and style sheet of the panel: dark, as editing programs are, for its own widgets only."""

from collections.abc import Sequence

from PySide6.QtGui import QColor

BACKGROUND = QColor("#1e1f22")
PANEL = QColor("#26282c")
RAISED = QColor("#303338")
LINE = QColor("#3d4148")
TEXT = QColor("#d6d8dc")
FAINT = QColor("#8b9099")
ACCENT = QColor("#e0a030")
TROUBLE = QColor("#f0685c")

STATE_COLOURS = {
    "checking": FAINT,
    "ready": QColor("#5b9bd5"),
    "out of date": QColor("#8fa8e8"),
    "skipped": QColor("#8b9099"),
    "no face": QColor("#b08cd0"),
    "missing media": QColor("#f0685c"),
    "waiting": QColor("#c8b560"),
    "rendering": QColor("#e0a030"),
    "rendered": QColor("#4fb8a8"),
    "failed": QColor("#f0685c"),
    "approved": QColor("#6cc070"),
    "sent back": QColor("#e58a4e"),
}

_CHARACTERS = [
    QColor(name)
    for name in ("#e0a030", "#5b9bd5", "#6cc070", "#d07ab8", "#4fb8a8", "#e58a4e", "#b08cd0")
]


def character_colour(character: str, names: Sequence[str]) -> QColor:
    """Return the colour of a character, one of these; a faint one for nobody known."""
    folded = [name.casefold() for name in names]
    if character.casefold() not in folded:
        return LINE
    return _CHARACTERS[folded.index(character.casefold()) % len(_CHARACTERS)]


def style() -> str:
    """Return the style sheet for the panel's top widget; the host's widgets keep their style."""
    names = {"BACKGROUND": BACKGROUND, "PANEL": PANEL, "RAISED": RAISED, "LINE": LINE}
    names |= {"TEXT": TEXT, "FAINT": FAINT, "ACCENT": ACCENT, "TROUBLE": TROUBLE}
    sheet = _STYLE
    for name, colour in names.items():
        sheet = sheet.replace(f"@{name}", colour.name())
    return sheet


_STYLE = """
QWidget { background: @BACKGROUND; color: @TEXT; font-size: 9.5pt; }
QWidget:disabled { color: @FAINT; }
QToolTip { background: @RAISED; color: @TEXT; border: 1px solid @LINE; padding: 3px; }
QMenuBar, QStatusBar, QToolBar { background: @PANEL; border: 0; }
QMenuBar::item { padding: 4px 10px; background: transparent; }
QMenuBar::item:selected, QMenu::item:selected { background: @RAISED; color: @ACCENT; }
QMenu { background: @PANEL; border: 1px solid @LINE; padding: 4px; }
QMenu::item { padding: 4px 28px 4px 16px; }
QMenu::item:disabled { color: @FAINT; }
QMenu::separator { height: 1px; background: @LINE; margin: 4px 8px; }
QPushButton, QToolButton, QComboBox {
    background: @RAISED; border: 1px solid @LINE; border-radius: 3px; padding: 4px 10px;
}
QPushButton:disabled, QToolButton:disabled, QComboBox:disabled { background: @PANEL; }
QPushButton:hover, QToolButton:hover, QComboBox:hover { border-color: @FAINT; }
QPushButton:pressed, QToolButton:pressed, QToolButton:checked, QPushButton:checked {
    background: @BACKGROUND; color: @ACCENT; border-color: @ACCENT;
}
QPushButton:focus, QToolButton:focus { border-color: @TEXT; }
QComboBox:focus, QLineEdit:focus, QSpinBox:focus, QPlainTextEdit:focus, QAbstractItemView:focus {
    border: 1px solid @ACCENT;
}
#transport QToolButton { padding: 3px 4px; }
QFileDialog QToolButton { padding: 2px; }
QToolButton#qt_menubar_ext_button { padding: 0; border: 0; font-weight: 600; }
#topBar { background: @PANEL; border-bottom: 1px solid @LINE; }
QToolButton#primary { background: #6e5119; border-color: @ACCENT; color: #ffffff; font-weight: 600;
    padding: 5px 18px; }
QToolButton#primary:hover { background: #86631f; }
QToolButton#primary:disabled { background: @PANEL; color: @FAINT; border-color: @LINE; }
QLineEdit, QSpinBox, QPlainTextEdit {
    background: @PANEL; border: 1px solid @LINE; border-radius: 3px; padding: 3px 6px;
    selection-background-color: @ACCENT; selection-color: @BACKGROUND;
    placeholder-text-color: @FAINT;
}
QSpinBox::up-button, QSpinBox::down-button { width: 16px; }
QComboBox QAbstractItemView { background: @PANEL; selection-background-color: @RAISED; }
QAbstractItemView {
    background: @BACKGROUND; alternate-background-color: @PANEL; border: 1px solid @LINE;
    selection-background-color: #3b4a63; selection-color: @TEXT; gridline-color: @LINE;
}
QHeaderView::section {
    background: @PANEL; color: @FAINT; border: 0; border-right: 1px solid @LINE;
    border-bottom: 1px solid @LINE; padding: 4px 6px;
}
QTabWidget::pane { border: 1px solid @LINE; }
QTabBar::tab { background: @PANEL; color: @FAINT; padding: 5px 14px; border: 1px solid @LINE; }
QTabBar::tab:selected { background: @BACKGROUND; color: @TEXT; border-bottom: 2px solid @ACCENT; }
QTabBar::tab:focus { color: @ACCENT; }
QSplitter::handle { background: @PANEL; }
QSplitter::handle:hover { background: @ACCENT; }
QProgressBar {
    background: @PANEL; border: 1px solid @LINE; border-radius: 3px; text-align: center;
    min-height: 14px;
}
QProgressBar:disabled { color: @TEXT; }
QProgressBar::chunk { background: #6e5119; }
QScrollBar { background: @BACKGROUND; border: 0; }
QScrollBar:vertical { width: 12px; }
QScrollBar:horizontal { height: 12px; }
QScrollBar::handle { background: #4a4e56; border-radius: 4px; min-height: 24px; min-width: 24px; }
QScrollBar::handle:hover { background: @FAINT; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QCheckBox, QRadioButton, QLabel, QGroupBox { background: transparent; }
QLabel#problem { color: @TROUBLE; }
QGroupBox { border: 1px solid @LINE; border-radius: 3px; margin-top: 14px; padding-top: 4px; }
QGroupBox::title { subcontrol-origin: margin; left: 8px; color: @FAINT; }
QCheckBox, QRadioButton { border: 1px solid transparent; border-radius: 3px; padding: 2px; }
QCheckBox:focus, QRadioButton:focus { border-color: @ACCENT; }
QCheckBox::indicator, QRadioButton::indicator {
    width: 12px; height: 12px; background: @PANEL; border: 1px solid @FAINT; border-radius: 3px;
}
QRadioButton::indicator { border-radius: 7px; }
QCheckBox::indicator:checked, QRadioButton::indicator:checked { background: @ACCENT; }
QSlider { background: transparent; }
QSlider::groove:horizontal { height: 4px; background: @LINE; border-radius: 2px; }
QSlider::handle:horizontal {
    width: 12px; margin: -5px 0; background: @FAINT; border: 1px solid @FAINT; border-radius: 6px;
}
QSlider::handle:horizontal:focus { background: @ACCENT; border-color: @ACCENT; }
"""
