"""A box that offers a few values by their words."""

from PySide6.QtWidgets import QComboBox, QSizePolicy, QWidget

from lipflap.gui.choices.words import Choices


class ChoiceBox(QComboBox):
    """A box of choices; `value` is that of the chosen words.

    name   of the box, for those who do not see it
    """

    def __init__(self, name: str, choices: Choices, value: object, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._values = [one for _words, one in choices]
        self.addItems([words for words, _value in choices])
        if value not in self._values:  # such as a model that is on another machine
            self._values.append(value)
            self.addItem(str(value))
        self.setCurrentIndex(self._values.index(value))

    @property
    def value(self) -> object:
        return self._values[self.currentIndex()]
