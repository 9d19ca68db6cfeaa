"""One person of the cast: the name, what is known of them, and their faces in the shots."""

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMenu,
    QToolButton,
    QVBoxLayout,
)

from lipflap.core.analysis.speakers.people import FaceKey, SeenFace
from lipflap.gui.cast.portraits import HEIGHT_PX
from lipflap.gui.cast.rows import CastRow
from lipflap.gui.theme import character_colour
from lipflap.gui.transport.flow import FlowBar

_SHOWN = 12  # faces, before an editor asks for all
_NAME_PX = 170


class PersonRow(QFrame):
    """A row of the cast.

    named                the name that was given to the person, or ""
    face_named           a SeenFace, and the name that was given to it alone
    shot_chosen          name of a shot: one of the faces was clicked
    track_given          name of a track of the dub, all of whose lines this person says
    take_requested       a take of this actor is to be added
    portraits_requested  SeenFaces that are shown from now on
    """

    named = Signal(str)
    face_named = Signal(object, str)
    shot_chosen = Signal(str)
    track_given = Signal(str)
    take_requested = Signal()
    portraits_requested = Signal(object)

    def __init__(self, row: CastRow, names: Sequence[str], tracks: Sequence[str]) -> None:
        super().__init__()
        self.setObjectName("person")
        self.row, self._names, self._given = row, names, row.character
        self.faces: dict[FaceKey, QToolButton] = {}
        self.name = QComboBox(self)
        self.about, self._strip = QLabel(row.about, self), FlowBar(self)
        self._more = QToolButton(self)
        self._prepare_name()
        self._lay_out(tracks)
        self._show_faces(row.faces[:_SHOWN])

    @property
    def is_being_named(self) -> bool:
        """Return whether somebody types a name here."""
        edit = self.name.lineEdit()
        return edit is not None and edit.hasFocus() and edit.text().strip() != self._given

    def show_portrait(self, key: FaceKey, portrait: QPixmap) -> None:
        """Show the picture of one of the faces."""
        if key in self.faces:
            self.faces[key].setIcon(QIcon(portrait))
            self.faces[key].setText("")
            self.faces[key].setIconSize(portrait.deviceIndependentSize().toSize())

    def _prepare_name(self) -> None:
        self.name.setEditable(True)
        self.name.setFixedWidth(_NAME_PX)
        self.name.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.name.setAccessibleName("Name of this person")
        self.name.addItems(list(self._names))
        self.name.setCurrentText(self.row.character)
        edit = self.name.lineEdit()
        if edit is not None:
            edit.setPlaceholderText("Who is this?")
            edit.editingFinished.connect(self._on_named)
        self.name.activated.connect(lambda _index: self._on_named())
        if not self.row.faces:
            self.name.setEnabled(False)
            self.name.setToolTip("Choose this name beside one of the faces below.")

    def _on_named(self) -> None:
        name = self.name.currentText().strip()
        if name != self._given:
            self._given = name
            self.named.emit(name)

    def _lay_out(self, tracks: Sequence[str]) -> None:
        colour = character_colour(self.row.character, self._names).name()
        self.setStyleSheet(f"#person {{ border: 0; border-left: 4px solid {colour}; }}")
        left = QVBoxLayout()
        left.addWidget(self.name)
        left.addWidget(self.about)
        if self.row.character:
            left.addWidget(self._lines_button(tracks), 0, Qt.AlignmentFlag.AlignLeft)
        if self.row.advice:
            advice, take = QLabel(self.row.advice, self), QToolButton(self)
            advice.setWordWrap(True)
            advice.setFixedWidth(_NAME_PX)
            take.setText("Add a take…")
            take.clicked.connect(self.take_requested)
            left.addWidget(advice)
            left.addWidget(take)
        left.addStretch(1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(10, 4, 4, 4)
        whole.addLayout(left)
        whole.addWidget(self._strip, 1)
        self._more.setText(f"+{len(self.row.faces) - _SHOWN} more")
        self._more.setVisible(len(self.row.faces) > _SHOWN)
        self._more.clicked.connect(self._show_all)

    def _lines_button(self, tracks: Sequence[str]) -> QToolButton:
        """Return a button with a menu of the tracks whose lines this person may say."""
        button = QToolButton(self)
        button.setText("Lines")
        button.setToolTip("Which lines this person says; for one line, right-click it above")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        menu = QMenu(button)
        for track in tracks:
            action = menu.addAction(f"All lines of {track}")
            action.triggered.connect(lambda _checked, track=track: self.track_given.emit(track))
        button.setMenu(menu)
        return button

    def _show_all(self) -> None:
        self._more.hide()
        self._show_faces(self.row.faces[_SHOWN:])
        self.portraits_requested.emit(self.row.faces[_SHOWN:])

    def _show_faces(self, faces: Sequence[SeenFace]) -> None:
        self._strip.flow.removeWidget(self._more)
        for face in faces:
            self.faces[face.key] = button = self._button(face)
            self._strip.flow.addWidget(button)
        self._strip.flow.addWidget(self._more)
        self._strip.setMinimumHeight(self._strip.flow.heightForWidth(self._strip.width()))

    def _button(self, face: SeenFace) -> QToolButton:
        button = QToolButton(self._strip)
        button.setText("…")
        button.setFixedHeight(HEIGHT_PX + 8)
        button.setIconSize(QSize(HEIGHT_PX, HEIGHT_PX))
        button.setToolTip(f"{face.shot}, face {face.face}: click to see it, right-click to name it")
        button.setAccessibleName(f"Face {face.face} of {face.shot}")
        button.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        button.clicked.connect(lambda: self.shot_chosen.emit(face.shot))
        button.customContextMenuRequested.connect(
            lambda at: self._pop_up(face, button.mapToGlobal(at))
        )
        return button

    def _pop_up(self, face: SeenFace, at: QPoint) -> None:
        """Ask who one face is, which was put together with others."""
        menu = QMenu(self)
        title = menu.addAction(f"Face {face.face} of {face.shot} is")
        title.setEnabled(False)
        for name in self._names:
            action = menu.addAction(name)
            action.triggered.connect(lambda _checked, name=name: self.face_named.emit(face, name))
        menu.addSeparator()
        menu.addAction("Somebody else…").triggered.connect(lambda: self._ask_name(face))
        menu.popup(at)

    def _ask_name(self, face: SeenFace) -> None:
        """Ask for a name that is not in the cast yet."""
        title = f"Who is face {face.face} of {face.shot}?"
        name, accepted = QInputDialog.getText(self, "Cast", title)
        if accepted and name.strip():
            self.face_named.emit(face, name.strip())
