"""The faces of the current shot: those found earlier are shown, others found when asked for."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from lipflap.core.analysis.face_report import FaceReport
from lipflap.core.order import DubOrder, Mode, Role
from lipflap.core.result import DubResult
from lipflap.gui.compare.overlay import ShownFaces
from lipflap.gui.compare.view import CompareView
from lipflap.gui.document import CutDocument
from lipflap.gui.job_monitor import JobMonitor
from lipflap.gui.selection import ShotSelection
from lipflap.plugin.render.find_faces import cached_faces, find_faces_in_child


class FaceFinder(QObject):
    """The faces that the viewer draws over the current shot.

    names_in  returns the characters of the faces of a shot, by number
    message   a line for the status bar
    """

    message = Signal(str)

    def __init__(
        self,
        document: CutDocument,
        monitor: JobMonitor,
        selection: ShotSelection,
        view: CompareView,
        names_in: Callable[[str], Mapping[int, str]],
    ) -> None:
        super().__init__(view)
        self._document, self._monitor = document, monitor
        self._selection, self._view, self._names_in = selection, view, names_in

    def show_known(self, shot: str) -> None:
        """Show the faces found earlier; the chosen one in place of the suggested."""
        order = self._document.media.order_of(shot)
        report = cached_faces(order) if order is not None else None
        if order is None or report is None:
            self._view.show_known_faces(None)
            return
        snapshot, names = self._monitor.snapshot, self._names_in(shot)
        result = snapshot.results.get(shot) if snapshot else None
        dubbed = dubbed_faces(order, report, result, names)
        if dubbed and report.suggested not in dubbed:
            report = replace(report, suggested=min(dubbed))
        painted = result is not None and result.report.mouths == 0
        own_mouths = order.settings.mode == Mode.REFERENCE and not painted
        self._view.show_known_faces(ShownFaces(report, dubbed, names, own_mouths))

    def refresh(self) -> None:
        """Show the faces of the current shot as they are known now."""
        if self._selection.current is not None:
            self.show_known(self._selection.current)

    def toggle(self) -> None:
        """Draw the faces over the pictures, or no longer."""
        if self._view.shows_faces:
            self._view.show_faces(False)
        else:
            self.show()

    def show(self) -> None:
        """Draw the faces over the pictures."""
        self._view.show_faces(True)
        self.find()

    def find(self) -> None:
        """Find the faces of the current shot, to draw them, unless they are known."""
        shot = self._selection.current or ""
        order = self._document.media.order_of(shot)
        if self._view.face_report is not None:
            return
        if order is None and self._document.is_checking:
            self._document.media.when_checked(lambda _orders: self.find())
            return
        if order is None:
            self.message.emit("This shot is not dubbed: faces are found in shots that are ready.")
            return

        def on_event(event: object) -> None:
            if isinstance(event, FaceReport) and self._selection.current == shot:
                self.show_known(shot)

        self.message.emit(f"Finding faces in {shot} …")
        self._document.workers.run(find_faces_in_child(order), on_event)


def dubbed_faces(
    order: DubOrder, report: FaceReport, result: DubResult | None, names: Mapping[int, str]
) -> frozenset[int]:
    """Return the faces of a shot that get new mouths.

    That which was chosen; those which were rendered; those whose characters have lines; else the
    suggested one.
    """
    if order.settings.face is not None:
        return frozenset([order.settings.face])
    if result is not None and result.report.said_by:
        return frozenset(said.face for said in result.report.said_by)
    speak = {s.character.casefold() for s in order.speeches if s.role == Role.DUB}
    speaking = frozenset(face for face, name in names.items() if name.casefold() in speak)
    return speaking or frozenset([report.suggested] if report.suggested is not None else [])
