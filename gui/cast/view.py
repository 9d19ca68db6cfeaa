"""The contact sheet: all faces found, by person, each named once."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from lipflap.core.analysis.speakers.people import FaceKey
from lipflap.gui.cast.person import PersonRow
from lipflap.gui.cast.rows import CastRow

_AT_ONCE = 30  # people


class CastView(QWidget):
    """The cast of a cut.

    person_named          CastRow, and the name given to it; "" for none
    track_given           CastRow, and the track of the dub all of whose lines it says
    face_named            SeenFace, and the name given to it alone
    shot_chosen           name of a shot
    take_requested        more film of an actor is to be added
    search_wanted         whether faces are looked for after a cut was opened
    portraits_requested   SeenFaces that have no picture yet
    """

    person_named = Signal(object, str)
    track_given = Signal(object, str)
    face_named = Signal(object, str)
    shot_chosen = Signal(str)
    take_requested = Signal()
    search_wanted = Signal(bool)
    portraits_requested = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Cast")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.summary, self.searches = QLabel(self), QCheckBox("Find faces after opening a cut")
        self.summary.setWordWrap(True)
        self.searches.toggled.connect(self.search_wanted)
        self._more = QToolButton(self)
        self._more.clicked.connect(self._show_more)
        self.people: list[PersonRow] = []
        self._rows: tuple[CastRow, ...] = ()
        self._names: tuple[str, ...] = ()
        self._tracks: tuple[str, ...] = ()
        self._limit = _AT_ONCE
        self._portraits: dict[FaceKey, QPixmap] = {}
        self._lay_out()

    def show_cast(
        self, rows: Sequence[CastRow], names: Sequence[str], tracks: Sequence[str]
    ) -> None:
        """Show people; while a name is being typed, leave them as they are.

        names    of characters to choose from
        tracks   of the dub
        """
        new = tuple(rows), tuple(names), tuple(tracks)
        is_new = new != (self._rows, self._names, self._tracks)
        if is_new and not any(person.is_being_named for person in self.people):
            self._rows, self._names, self._tracks = new
            self._build()

    def show_search(self, summary: str, *, is_wanted: bool) -> None:
        """Show how far the search for faces is."""
        self.summary.setText(summary)
        self.searches.blockSignals(True)
        self.searches.setChecked(is_wanted)
        self.searches.blockSignals(False)

    def show_portrait(self, key: FaceKey, portrait: QPixmap) -> None:
        """Show the picture of a face."""
        self._portraits[key] = portrait
        for person in self.people:
            person.show_portrait(key, portrait)

    def clear(self) -> None:
        """Drop all: another cut was opened."""
        self._portraits, self._limit = {}, _AT_ONCE
        self.show_cast((), (), ())

    def _lay_out(self) -> None:
        header = QHBoxLayout()
        header.addWidget(self.summary, 1)
        header.addWidget(self.searches)
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, 0, 0, 0)
        inner = QWidget()
        around = QVBoxLayout(inner)
        around.addLayout(self._column)
        around.addWidget(self._more, 0, Qt.AlignmentFlag.AlignLeft)
        around.addStretch(1)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(inner)
        whole = QVBoxLayout(self)
        whole.addLayout(header)
        whole.addWidget(self._area, 1)
        self._more.hide()

    def _build(self) -> None:
        """Make the rows anew, scrolled to where they were."""
        bar = self._area.verticalScrollBar()
        scrolled = bar.value()
        QTimer.singleShot(0, bar, lambda: bar.setValue(scrolled))
        if any(person.isAncestorOf(self.focusWidget() or self) for person in self.people):
            self.setFocus()
        for person in self.people:
            person.hide()
            person.deleteLater()
        self.people = [self._person(row) for row in self._rows[: self._limit]]
        for person in self.people:
            self._column.addWidget(person)
        left = len(self._rows) - len(self.people)
        self._more.setText(f"Show {left} more")
        self._more.setVisible(left > 0)
        wanted = [
            face
            for person in self.people
            for face in person.row.faces
            if face.key in person.faces and face.key not in self._portraits
        ]
        if wanted:
            self.portraits_requested.emit(wanted)

    def _person(self, row: CastRow) -> PersonRow:
        person = PersonRow(row, self._names, self._tracks)
        person.named.connect(lambda name: self.person_named.emit(row, name))
        person.track_given.connect(lambda track: self.track_given.emit(row, track))
        person.face_named.connect(self.face_named)
        person.shot_chosen.connect(self.shot_chosen)
        person.take_requested.connect(self.take_requested)
        person.portraits_requested.connect(self.portraits_requested)
        for key in person.faces:
            if key in self._portraits:
                person.show_portrait(key, self._portraits[key])
        return person

    def _show_more(self) -> None:
        self._limit += _AT_ONCE
        self._build()
