"""The dialog for a model of an actor, as it is seen."""

from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget

from lipflap.gui import theme
from lipflap.gui.personal.dialog import PersonaliseDialog

INK = 300  # of red, green and blue together: more than any ground has


@pytest.fixture
def dialog(qtbot):
    top = QWidget()
    top.setStyleSheet(theme.style())
    qtbot.addWidget(top)
    made = PersonaliseDialog(Path("/reels/cut.otio"), ["10 ANNA"], "10 Anna, by mail", top)
    made.model.setText("10")
    made.buttons.setFocus()
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()


def inked(widget: QWidget) -> list[int]:
    """The columns of a widget in which something stands, its frame left out."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = range(4, image.height() - 4)
    return [x for x in range(2, image.width() - 2) if any(_is_ink(image, x, y) for y in rows)]


def _is_ink(image: QImage, x: int, y: int) -> bool:
    colour = QColor.fromRgb(image.pixel(x, y))
    return colour.red() + colour.green() + colour.blue() > INK


def test_what_stands_in_the_fields_begins_below_one_another(dialog):
    begins = [inked(field)[0] for field in (dialog.model, dialog.minutes, dialog.consent)]
    assert max(begins) - min(begins) <= 1


def test_one_sees_the_arrows_of_the_minutes(dialog):
    assert inked(dialog.minutes)[-1] > dialog.minutes.width() - 16
