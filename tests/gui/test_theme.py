"""Everything can be read, one sees where the keys go, and nothing outside is touched."""

from collections import Counter

import pytest
from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QSlider,
    QSpinBox,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lipflap.gui import theme
from lipflap.gui.shots.row import STATES
from lipflap.gui.theme import STATE_COLOURS, style

READABLE = 4.5  # WCAG 2.2, 1.4.3


def luminance(colour: QColor) -> float:
    """WCAG 2.2's relative luminance."""
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: QColor, other: QColor) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def grabbed(widget: QWidget) -> QImage:
    return widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def inside(image: QImage, edge: int = 4) -> Counter[int]:
    """How often each colour is seen, its frame left out."""
    wide, high = range(edge, image.width() - edge), range(edge, image.height() - edge)
    return Counter(image.pixel(x, y) for x in wide for y in high)


def legibility(widget: QWidget) -> float:
    """The best contrast that anything in it has against its ground."""
    seen = inside(grabbed(widget))
    ground = QColor.fromRgb(seen.most_common(1)[0][0])
    return max(contrast(ground, QColor.fromRgb(pixel)) for pixel in seen)


def labelled(made: QWidget, words: str = "Hamburgefonts") -> QWidget:
    if isinstance(made, QComboBox):
        made.addItem(words)
    elif isinstance(made, QProgressBar):
        made.setFormat(words)
        made.setValue(1)
    elif isinstance(made, QPlainTextEdit):
        made.setPlainText(words)
    elif isinstance(made, QSpinBox):
        made.setValue(88)
    else:
        made.setText(words)
    return made


WORDED = (
    QLabel,
    QPushButton,
    QToolButton,
    QComboBox,
    QLineEdit,
    QSpinBox,
    QPlainTextEdit,
    QCheckBox,
    QRadioButton,
    QProgressBar,
)


@pytest.fixture
def top(qtbot) -> QWidget:
    made = QWidget()
    made.setStyleSheet(style())
    QVBoxLayout(made)
    made.resize(400, 300)
    qtbot.addWidget(made)
    made.show()
    return made


def within(top: QWidget, widget: QWidget) -> QWidget:
    top.layout().addWidget(widget)
    QApplication.processEvents()
    return widget


def test_the_measure_is_the_standards_own():
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21)
    assert contrast(QColor("#777777"), QColor("white")) == pytest.approx(4.48, abs=0.005)
    assert contrast(QColor("#0000ff"), QColor("white")) == pytest.approx(8.59, abs=0.005)


@pytest.mark.parametrize("enabled", [True, False], ids=["enabled", "disabled"])
@pytest.mark.parametrize("kind", WORDED, ids=lambda kind: kind.__name__)
def test_words_can_be_read_on_every_control(top, kind, enabled):
    widget = within(top, labelled(kind()))
    widget.setEnabled(enabled)
    assert legibility(widget) >= READABLE


@pytest.mark.parametrize("done", [0, 100])
def test_words_on_a_progress_bar_can_be_read_however_far_it_is(top, done):
    bar = within(top, labelled(QProgressBar()))
    bar.setValue(done)
    assert legibility(bar) >= READABLE


def test_a_pressed_button_a_placeholder_and_a_choice_can_be_read(top):
    button = within(top, labelled(QPushButton(checkable=True, checked=True)))
    empty = within(top, QLineEdit(placeholderText="Hamburgefonts"))
    chosen = within(top, QLineEdit("Hamburgefonts"))
    chosen.selectAll()
    assert min(map(legibility, (button, empty, chosen))) >= READABLE


def test_a_chosen_row_and_what_a_menu_offers_can_be_read(top, qtbot):
    rows = within(top, QListView())
    rows.setModel(QStringListModel(["Hamburgefonts"]))
    rows.setCurrentIndex(rows.model().index(0, 0))
    line = grabbed(rows.viewport()).copy(rows.visualRect(rows.currentIndex()))
    seen = inside(line, 2)
    ground = QColor.fromRgb(seen.most_common(1)[0][0])
    assert ground != theme.BACKGROUND
    assert max(contrast(ground, QColor.fromRgb(pixel)) for pixel in seen) >= READABLE
    menu = QMenu(top)
    menu.addAction("Hamburgefonts")
    menu.addAction("Hamburgefonts").setEnabled(False)
    menu.popup(top.pos())
    for action in menu.actions():
        offered = inside(grabbed(menu).copy(menu.actionGeometry(action)), 2)
        ground = QColor.fromRgb(offered.most_common(1)[0][0])
        assert max(contrast(ground, QColor.fromRgb(pixel)) for pixel in offered) >= READABLE
    menu.close()


def test_the_buttons_of_a_file_dialog_show_their_pictures(top, tmp_path):
    dialog = QFileDialog(top, "Open a cut", str(tmp_path))
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    dialog.show()
    button = dialog.findChild(QToolButton, "toParentButton")
    inks = inside(grabbed(button), 2)
    ground = inks.most_common(1)[0][0]
    assert sum(count for colour, count in inks.items() if colour != ground) > 60  # of 16 x 16
    dialog.close()


@pytest.mark.parametrize("ground", [theme.BACKGROUND, theme.PANEL], ids=["background", "panel"])
def test_every_state_and_every_kind_of_words_has_a_colour_that_can_be_read(ground):
    assert set(STATE_COLOURS) == set(STATES)
    words = (theme.TEXT, theme.FAINT, theme.ACCENT, theme.TROUBLE, *STATE_COLOURS.values())
    assert min(contrast(colour, ground) for colour in words) >= READABLE


@pytest.mark.parametrize(
    "kind",
    [
        QPushButton,
        QToolButton,
        QComboBox,
        QLineEdit,
        QSpinBox,
        QPlainTextEdit,
        QCheckBox,
        QRadioButton,
        QSlider,
        QListView,
        QTabWidget,
    ],
    ids=lambda kind: kind.__name__,
)
def test_one_sees_where_the_keys_go(top, qtbot, kind):
    widget = kind()
    if kind is QSlider:
        widget.setOrientation(Qt.Orientation.Horizontal)
    if kind is QTabWidget:
        widget.addTab(QWidget(), "Hamburgefonts")
    elif kind in WORDED:
        labelled(widget)
    within(top, widget)
    other = within(top, QPushButton("other"))
    focused = widget.tabBar() if kind is QTabWidget else widget
    other.setFocus(Qt.FocusReason.TabFocusReason)
    without = grabbed(focused)
    focused.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(focused.hasFocus, timeout=10_000)
    colours = inside(grabbed(focused), 0) - inside(without, 0)
    ring = theme.TEXT if kind in (QPushButton, QToolButton) else theme.ACCENT
    assert colours[ring.rgb()] > 20


def test_a_button_that_has_the_keys_is_not_taken_for_one_that_is_on(top, qtbot):
    on = within(top, labelled(QToolButton(checkable=True, checked=True)))
    focused = within(top, labelled(QToolButton(checkable=True)))
    focused.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(focused.hasFocus, timeout=10_000)
    assert inside(grabbed(on), 0)[theme.ACCENT.rgb()] > 20
    assert inside(grabbed(focused), 0)[theme.ACCENT.rgb()] == 0


def test_nothing_outside_our_widget_is_touched(top, qtbot, qapp):
    before = qapp.styleSheet(), qapp.palette(), qapp.font()
    beside = QPushButton("of the host")
    qtbot.addWidget(beside)
    looks = grabbed(beside)
    within(top, QPushButton("ours"))
    assert (qapp.styleSheet(), qapp.palette(), qapp.font()) == before
    assert grabbed(beside) == looks
