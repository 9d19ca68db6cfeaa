"""The dialog for settings of shots that differ from those of the project."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtGui import QIntValidator
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from lipflap.gui.choices.choice_box import ChoiceBox
from lipflap.gui.choices.project_dialog import MAX_HANDLES, MAX_SEED, VARIATION_TIP
from lipflap.gui.choices.words import MOUTHS, QUALITY, Choices, project_default
from lipflap.plugin.cut.decisions import ShotOverrides
from lipflap.plugin.cut.project_settings import ProjectSettings


@dataclass(frozen=True, slots=True)
class _AsTheyAre:
    """The choice to leave shots that differ as they are."""


_DIFFER: tuple[str, object] = ("As they are: they differ", _AsTheyAre())


class ShotDialog(QDialog):
    """A dialog for the settings of some shots; `changes` are those to their overrides.

    shots      their names, in words
    overrides  of each of them
    models     names of the mouth models on this machine
    """

    def __init__(
        self,
        shots: str,
        overrides: Collection[ShotOverrides],
        project: ProjectSettings,
        models: Sequence[str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Settings of {shots}")
        self.setMinimumWidth(420)
        self._overrides = list(overrides)
        named = tuple((name, name) for name in models)
        self.quality = self._box("quality", "Quality", QUALITY, project.quality)
        self.model = self._box("model", "Model", named, project.model)
        self.mouths = self._box("mode", "New mouths", MOUTHS, project.mode)
        self.variation = self._line("seed", "Variation", project.seed, MAX_SEED)
        self.variation.setToolTip(VARIATION_TIP)
        self.handles = self._line("handles", "Handles", project.handles, MAX_HANDLES)
        self.handles.setToolTip("Spare frames to render at each end")
        standard = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(standard.Ok | standard.Cancel, self)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self._lay_out(shots)

    @property
    def changes(self) -> dict[str, object]:
        """What is chosen and is not so for all of the shots, by the name of the override."""
        boxes = {"quality": self.quality, "model": self.model, "mode": self.mouths}
        chosen = {name: box.value for name, box in boxes.items() if box.value != _DIFFER[1]}
        for name, line in (("seed", self.variation), ("handles", self.handles)):
            if line.text() or not self._differ(name):
                chosen[name] = int(line.text()) if line.text() else None
        return {name: one for name, one in chosen.items() if self._values(name) != {one}}

    def _box(self, field: str, name: str, choices: Choices, of_project: Any) -> ChoiceBox:
        values = self._values(field)
        as_project = (project_default(choices, of_project), None)
        differ = (_DIFFER,) if len(values) > 1 else ()
        now = _DIFFER[1] if differ else next(iter(values))
        return ChoiceBox(name, (*differ, as_project, *choices), now, self)

    def _line(self, field: str, name: str, of_project: int, most: int) -> QLineEdit:
        values = self._values(field)
        now = None if len(values) > 1 else next(iter(values))
        line = QLineEdit("" if now is None else str(now), self)
        line.setAccessibleName(name)
        line.setValidator(QIntValidator(0, max(most, now or 0), line))
        default = _DIFFER[0] if len(values) > 1 else project_default((), of_project)
        line.setPlaceholderText(default)
        return line

    def _values(self, field: str) -> set[Any]:
        return {getattr(one, field) for one in self._overrides}

    def _differ(self, field: str) -> bool:
        return len(self._values(field)) > 1

    def _lay_out(self, shots: str) -> None:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for name, widget in (
            ("Quality", self.quality),
            ("Model", self.model),
            ("New mouths", self.mouths),
            ("Variation", self.variation),
            ("Handles", self.handles),
        ):
            form.addRow(name, widget)
        column = QVBoxLayout(self)
        column.addWidget(QLabel(f"For {shots}:", self))
        column.addLayout(form)
        column.addWidget(self.buttons)
