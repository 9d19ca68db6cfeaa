"""The dialog that asks whose model is to be made, from which film, and for how long."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from lipflap.core.errors import DubError
from lipflap.core.model_files import new_model_path
from lipflap.gui.dialogs.tab_order import tab_through
from lipflap.gui.personal.making import ModelRequest

_ABOUT = (
    "A model of one actor paints mouths where film shows too few of his or her own, and brings a "
    "film of those mouths along. It learns from the cut's own picture and production sound, and "
    "from films that you add; at least ten seconds in which the actor speaks."
)
_PADDING_PX = 7  # of a spin box, on which that of the style sheet has no effect


class PersonaliseDialog(QDialog):
    """A dialog for a ModelRequest.

    names     of the cast
    consent   what is known of it already
    """

    def __init__(
        self, cut: Path, names: Sequence[str], consent: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Model of an actor")
        self._cut = cut
        self.actor, self.model, self.films = QComboBox(self), QLineEdit(self), QListWidget(self)
        self.minutes, self.consent = QSpinBox(self), QLineEdit(consent, self)
        self.actor.setEditable(True)
        self.actor.addItems(list(names))
        self.actor.setAccessibleName("Actor")
        self.minutes.setRange(1, 600)
        self.minutes.setValue(10)
        self.minutes.setSuffix(" min")
        self.minutes.lineEdit().setTextMargins(_PADDING_PX, 0, 0, 0)
        self.films.setMaximumHeight(70)
        self.films.setAccessibleName("More film of the actor")
        self.consent.setPlaceholderText("who agreed; kept in the model's card")
        self._problem = QLabel(self)
        self._problem.setWordWrap(True)
        standard = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(standard.Ok | standard.Cancel, self)
        self.buttons.button(standard.Ok).setText("Make the model")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        self.actor.editTextChanged.connect(self._name_model)
        self.model.textChanged.connect(lambda _text: self._check())
        self._name_model(self.actor.currentText())

    @property
    def request(self) -> ModelRequest:
        return ModelRequest(
            actor=self.actor.currentText().strip(),
            model=self.model.text().strip(),
            minutes=self.minutes.value(),
            footage=(self._cut, *(Path(item) for item in self._films())),
            consent=self.consent.text().strip(),
        )

    def _lay_out(self) -> None:
        about, add = QLabel(_ABOUT, self), QPushButton("Add film…", self)
        about.setWordWrap(True)
        add.setAutoDefault(False)
        add.clicked.connect(self._add_films)
        form = QFormLayout()
        form.addRow("Actor", self.actor)
        form.addRow("Name of the model", self.model)
        form.addRow("Learn for", self.minutes)
        form.addRow("More film", self.films)
        form.addRow("", add)
        form.addRow("Consent", self.consent)
        learns = self.actor, self.model, self.minutes
        tab_through(*learns, self.films, add, self.consent, self.buttons)
        column = QVBoxLayout(self)
        column.addWidget(about)
        column.addLayout(form)
        column.addWidget(self._problem)
        column.addWidget(self.buttons)
        self.resize(520, 400)

    def _films(self) -> list[str]:
        return [self.films.item(row).text() for row in range(self.films.count())]

    def _add_films(self) -> None:
        films, _ = QFileDialog.getOpenFileNames(self, "More film of the actor", "")
        self.films.addItems([film for film in films if film not in self._films()])

    def _name_model(self, actor: str) -> None:
        self.model.setText(actor.strip().casefold())
        self._check()

    def _check(self) -> None:
        """Say why the model cannot be made under this name."""
        problem = ""
        if not self.actor.currentText().strip():
            problem = "Whose model is it?"
        else:
            try:
                new_model_path(self.model.text().strip())
            except DubError as error:
                problem = str(error)
        self._problem.setText(problem)
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not problem)
