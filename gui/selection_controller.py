"""One selection in all views: shots selected in one are selected in the others."""

from collections.abc import Callable, Collection

from PySide6.QtCore import QObject, Signal

from lipflap.gui.compare.controller import CompareController
from lipflap.gui.document import CutDocument
from lipflap.gui.queue.view import RenderView
from lipflap.gui.selection import ShotSelection
from lipflap.gui.shots.view import ShotView
from lipflap.gui.timeline.view import TimelineView


class SelectionController(QObject):
    """Selects shots in shot list, timeline and render queue, and brings the playhead to them.

    changed   emitted when shots have been selected
    """

    changed = Signal()

    def __init__(
        self,
        document: CutDocument,
        selection: ShotSelection,
        viewer: CompareController,
        shot_list: ShotView,
        timeline: TimelineView,
        queue: RenderView,
    ) -> None:
        super().__init__(document)
        self._document, self._selection, self._viewer = document, selection, viewer
        self._shot_list, self._timeline, self._queue = shot_list, timeline, queue

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Return the function for each entry of gui.actions that is served here, by name."""
        return {
            "select_all": lambda: self.select(self._shot_list.shown_shots()),
            "previous_shot": lambda: self._step(-1),
            "next_shot": lambda: self._step(1),
        }

    def select(self, shots: Collection[str]) -> None:
        """Select shots in every view; bring the playhead to the first unless it is on one.

        Where no shot is left, the one at the playhead is: commands work on it.
        """
        cues, selection = self._document.cues, self._selection
        chosen = frozenset(shots) & cues.keys()
        if not chosen and selection.current in cues:
            chosen = frozenset([selection.current])
        selection.shots = chosen
        self.changed.emit()
        self._shot_list.select(selection.shots)
        self._timeline.select(selection.shots)
        self._queue.select(selection.shots)
        if selection.shots and selection.current not in selection.shots:
            self._viewer.show_shot(next(shot for shot in cues if shot in selection.shots))

    def follow_playhead(self, shot: str | None) -> None:
        """Select the shot that the playhead has come to, unless it is selected."""
        if shot not in self._selection.shots:
            self.select([] if shot is None else [shot])

    def _step(self, by: int) -> None:
        """Select the next shot of the list, or the one before for -1."""
        names, current = list(self._shot_list.shown_shots()), self._selection.current
        if not names:
            return
        number = names.index(current) + by if current in names else 0
        if 0 <= number < len(names):
            self.select([names[number]])
