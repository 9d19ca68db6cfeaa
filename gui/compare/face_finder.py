"""The faces of the current shot: those found earlier are shown, others found when asked for."""

from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from lipflap.core.analysis.face_report import FaceReport
from lipflap.gui.compare.view import CompareView
from lipflap.gui.document import CutDocument
from lipflap.gui.selection import ShotSelection
from lipflap.plugin.render.find_faces import cached_faces, find_faces_in_child


class FaceFinder(QObject):
    """The faces that the viewer draws over the current shot.

    message   a line for the status bar
    """

    message = Signal(str)

    def __init__(
        self,
        document: CutDocument,
        selection: ShotSelection,
        view: CompareView,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._document, self._selection, self._view = document, selection, view

    def show_known(self, shot: str) -> None:
        """Show the faces found earlier; the chosen one in place of the suggested."""
        order = self._document.order_of(shot)
        report = cached_faces(order) if order is not None else None
        if report is not None and order is not None and order.settings.face is not None:
            report = replace(report, suggested=order.settings.face)
        self._view.show_face_report(report)

    def toggle(self) -> None:
        """Draw the faces over the pictures, or no longer."""
        self._view.show_faces(not self._view.shows_faces)
        if self._view.shows_faces:
            self.find()

    def find(self) -> None:
        """Find the faces of the current shot, to draw them, unless they are known."""
        shot = self._selection.current or ""
        order = self._document.order_of(shot)
        if self._view.face_report is not None:
            return
        if order is None:
            self.message.emit("This shot is not dubbed: faces are found in shots that are ready.")
            return

        def on_event(event: object) -> None:
            if isinstance(event, FaceReport) and self._selection.current == shot:
                self.show_known(shot)

        self.message.emit(f"Finding faces in {shot} …")
        self._document.run(find_faces_in_child(order), on_event)
