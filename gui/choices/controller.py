"""The actions that say how shots are rendered: settings of the project, and of shots."""

from collections.abc import Callable, Collection
from functools import partial

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from lipflap.core.errors import DubError
from lipflap.core.model_files import MOUTH_KIND, list_models, model_kind
from lipflap.gui import commands
from lipflap.gui.choices.project_dialog import ProjectDialog
from lipflap.gui.choices.shot_dialog import ShotDialog
from lipflap.gui.choices.words import QUALITY, Choices, project_default
from lipflap.gui.document import CutDocument
from lipflap.gui.selection import ShotSelection
from lipflap.gui.toolbar.top_bar import TopBar
from lipflap.plugin.cut.decisions import NO_OVERRIDES, ShotOverrides
from lipflap.plugin.trust.sign.studio_settings import read_studio_settings


class ChoiceController:
    """The controller of the settings of a project and of its shots; dialogs belong to `window`."""

    def __init__(self, document: CutDocument, selection: ShotSelection, window: QWidget) -> None:
        self._document, self._selection, self._window = document, selection, window
        self._dialogs: list[QAction] = []

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Return the functions for entries of gui.actions, by name."""
        return {"project": self._prompt_project, "shot_settings": self._prompt_shots}

    def serve(self, bar: TopBar) -> None:
        """Fill the menus of quality and model in the top row."""
        self._dialogs = bar.settings_actions
        quality, model = bar.quality.menu(), bar.model.menu()
        quality.aboutToShow.connect(partial(self.fill_qualities, quality))
        model.aboutToShow.connect(partial(self.fill_models, model))

    def fill_qualities(self, menu: QMenu) -> None:
        """Fill a menu with the qualities; the one of the selected shots is ticked."""
        self._fill(menu, "quality", QUALITY)

    def fill_models(self, menu: QMenu) -> None:
        """Fill a menu with the mouth models; the one of the selected shots is ticked."""
        self._fill(menu, "model", tuple((name, name) for name in _mouth_models()))

    def _fill(self, menu: QMenu, field: str, choices: Choices) -> None:
        """Fill a menu with choices for the selected shots; those they have now are ticked."""
        menu.clear()
        targets = self._selection.targets
        now = {getattr(one, field) for one in self._overrides(targets)}
        title = menu.addAction(f"For {commands.describe_shots(targets)}:" if targets else "No shot")
        title.setEnabled(False)
        of_project = getattr(self._document.decisions.project, field)
        for words, value in ((project_default(choices, of_project), None), *choices):
            action = menu.addAction(words)
            action.setCheckable(True)
            action.setChecked(value in now)
            action.setEnabled(bool(targets))
            action.triggered.connect(
                lambda _checked, value=value: self._decide(targets, {field: value})
            )
        menu.addSeparator()
        menu.addActions(self._dialogs)

    def _decide(self, shots: Collection[str], changes: dict[str, object]) -> None:
        decisions = self._document.decisions
        self._document.decide(commands.shot_settings(decisions, shots, changes))

    def _prompt_shots(self) -> None:
        """Ask for settings of the selected shots."""
        if shots := self._selection.require():
            named, project = commands.describe_shots(shots), self._document.decisions.project
            overrides = self._overrides(shots)
            dialog = ShotDialog(named, overrides, project, _mouth_models(), self._window)
            if dialog.exec():
                self._decide(shots, dialog.changes)

    def _prompt_project(self) -> None:
        """Ask for the settings of the project."""
        try:
            required = read_studio_settings().require_consent
        except DubError as problem:
            self._document.error.emit(problem)
            return
        project = self._document.decisions.project
        dialog = ProjectDialog(project, _mouth_models(), self._window, studio_requires=required)
        if dialog.exec():
            self._document.decide(commands.project(self._document.decisions, dialog.settings))

    def _overrides(self, shots: Collection[str]) -> list[ShotOverrides]:
        overrides = self._document.decisions.overrides
        return [overrides.get(shot, NO_OVERRIDES) for shot in shots]


def _mouth_models() -> list[str]:
    return [file.name for file in list_models() if model_kind(file.path).startswith(MOUTH_KIND)]
