"""The dialog for the settings of a project: how its shots are rendered, and into what files."""

from collections.abc import Sequence

from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGroupBox,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from lipflap.core.errors import DubError
from lipflap.core.order import Mode
from lipflap.core.paint.burn_in import MAX_CHARACTERS, check_burn_in
from lipflap.gui.choices.choice_box import ChoiceBox
from lipflap.gui.choices.words import CODEC, MOUTHS, QUALITY, TRACKER
from lipflap.gui.dialogs.tab_order import tab_through
from lipflap.plugin.cut.project_settings import ProjectSettings

MAX_HANDLES, MAX_SEED = 250, 999_999
VARIATION_TIP = (
    "Another number draws lips, blinks and heads in another way; the same number draws the same."
)
_CONSENT = "Render nothing while the consent of somebody who speaks is missing"


class ProjectDialog(QDialog):
    """A dialog for project settings; `settings` is what was chosen.

    models           names of the mouth models on this machine
    studio_requires  whether the studio's rules ask for everybody's consent anyway
    """

    def __init__(
        self,
        settings: ProjectSettings,
        models: Sequence[str],
        parent: QWidget | None = None,
        *,
        studio_requires: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Project settings")
        self._before, self._studio_requires = settings, studio_requires
        self._make_boxes(settings, models)
        self._make_fields(settings)
        standard = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(standard.Ok | standard.Cancel, self)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._lay_out()
        self._check()

    @property
    def settings(self) -> ProjectSettings:
        """The settings as they stand in the dialog."""
        required = self._before.require_consent if self._studio_requires else None
        return ProjectSettings(
            quality=str(self.quality.value),
            model=str(self.model.value),
            mode=Mode(str(self.mouths.value)),
            seed=int(self.variation.text()),
            tracker=str(self.tracker.value),
            handles=int(self.handles.text()),
            codec=str(self.codec.value),
            burn_in=self.burn_in.text().strip(),
            require_consent=self.consent.isChecked() if required is None else required,
        )

    def _make_boxes(self, settings: ProjectSettings, models: Sequence[str]) -> None:
        named = tuple((name, name) for name in models)
        self.quality = ChoiceBox("Quality", QUALITY, settings.quality, self)
        self.model = ChoiceBox("Model", named, settings.model, self)
        self.mouths = ChoiceBox("New mouths", MOUTHS, settings.mode, self)
        self.tracker = ChoiceBox("Face detector", TRACKER, settings.tracker, self)
        self.codec = ChoiceBox("Codec of the new pictures", CODEC, settings.codec, self)

    def _make_fields(self, settings: ProjectSettings) -> None:
        self.variation = _number("Variation", settings.seed, MAX_SEED, self)
        self.variation.setToolTip(VARIATION_TIP)
        self.handles = _number("Handles", settings.handles, MAX_HANDLES, self)
        self.handles.setToolTip("Spare frames to render at each end of a shot")
        self.burn_in = QLineEdit(settings.burn_in, self)
        self.burn_in.setAccessibleName("Line painted into every new frame")
        self.burn_in.setPlaceholderText('none; such as "AI-edited mouth"')
        self.burn_in.setMaxLength(MAX_CHARACTERS)
        for line in (self.variation, self.handles, self.burn_in):
            line.textChanged.connect(self._check)
        self.problem = QLabel(self)
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        self.consent = QCheckBox(_CONSENT, self)
        self.consent.setChecked(settings.require_consent or self._studio_requires)
        self.consent.setEnabled(not self._studio_requires)
        if self._studio_requires:
            self.consent.setToolTip("The rules of your studio say so.")

    def _lay_out(self) -> None:
        about = QLabel("For all shots, unless a shot has settings of its own.", self)
        pictures, files = QGroupBox("Pictures", self), QGroupBox("New files", self)
        _fill(
            pictures,
            ("Quality", self.quality),
            ("Model", self.model),
            ("New mouths", self.mouths),
            ("Variation", self.variation),
            ("Face detector", self.tracker),
        )
        _fill(
            files,
            ("Codec", self.codec),
            ("Handles", self.handles),
            ("Burnt-in line", self.burn_in),
            ("", self.problem),
        )
        boxes = self.quality, self.model, self.mouths, self.variation, self.tracker, self.codec
        tab_through(*boxes, self.handles, self.burn_in, self.consent, self.buttons)
        column = QVBoxLayout(self)
        for widget in (about, pictures, files, self.consent, self.buttons):
            column.addWidget(widget)

    def _check(self) -> None:
        """Say what is wrong with the line, if anything is; numbers are needed."""
        numbers = all(line.hasAcceptableInput() for line in (self.variation, self.handles))
        try:
            if line := self.burn_in.text().strip():
                check_burn_in(line)
            said = ""
        except DubError as problem:
            said = f"It {problem.problem} {problem.fix}"
        self.problem.setText(said)
        self.problem.setVisible(bool(said))
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(numbers and not said)


def _number(name: str, value: int, most: int, parent: QWidget) -> QLineEdit:
    line = QLineEdit(str(value), parent)
    line.setAccessibleName(name)
    line.setValidator(QIntValidator(0, max(most, value), line))
    return line


def _fill(group: QGroupBox, *rows: tuple[str, QWidget]) -> None:
    form = QFormLayout(group)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
    for name, widget in rows:
        form.addRow(name, widget)
