"""The cast of the open cut: faces found and put together, names given, lines given to them."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from lipflap.core.analysis.speakers.people import (
    FaceKey,
    Person,
    SeenFace,
    group_people,
    name_faces,
)
from lipflap.core.order import Role
from lipflap.gui import commands
from lipflap.gui.cast.portraits import Portraits
from lipflap.gui.cast.rows import CastRow, cast_names, make_cast_rows
from lipflap.gui.cast.search import FaceSearch
from lipflap.gui.cast.view import CastView
from lipflap.gui.document import CutDocument
from lipflap.gui.job_monitor import JobMonitor, JobSnapshot
from lipflap.plugin.cut.cast.speakers import ShownFace
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.qc.mouth_notes import faces_with_few_mouths

_REGROUP_MS = 300


class CastController(QObject):
    """The controller of the cast.

    names     of the characters, in the order of their lines; one that is there keeps its place, and
              with it its colour, until another cut is opened
    people    who was found, in the order of the contact sheet

    changed   names or people are others than before
    """

    changed = Signal()

    def __init__(self, document: CutDocument, monitor: JobMonitor, parent: QObject) -> None:
        super().__init__(parent)
        self._document = document
        self.view, self._portraits = CastView(), Portraits(self)
        self.search = FaceSearch(document.side, self)
        self.names: tuple[str, ...] = ()
        self.people: tuple[Person, ...] = ()
        self._named: dict[FaceKey, str] = {}
        self._few_mouths: frozenset[FaceKey] = frozenset()
        self._groupings = 0  # the latest counts
        self._regroup_timer = QTimer(self, singleShot=True, interval=_REGROUP_MS)
        self._regroup_timer.timeout.connect(self._regroup)
        self.search.changed.connect(self._on_search)
        self.search.progressed.connect(self._show_search)
        self.view.person_named.connect(self._name_person)
        self.view.face_named.connect(self._name_face)
        self.view.track_given.connect(self._give_track)
        self.view.search_wanted.connect(self.search.want)
        self.view.portraits_requested.connect(self._request_portraits)
        self._portraits.ready.connect(self.view.show_portrait)
        document.check_progress.connect(self._on_checked)
        document.sheet_changed.connect(lambda _shots: self._regroup_timer.start())
        document.opened.connect(self._on_opened)
        document.done.connect(lambda _text: self._regroup_timer.start())
        monitor.changed.connect(self._on_snapshot)

    def names_in(self, shot: str) -> dict[int, str]:
        """Return the characters of the faces of a shot, by number."""
        return {face: name for (seen, face), name in self._named.items() if seen == shot}

    def say(self, line: DubLine, character: str, *, track: bool) -> None:
        """Have a character say a line, or all lines of its track."""
        decisions = self._document.decisions
        self._document.decide(commands.voice(decisions, line, character, track=track))

    def stop(self) -> None:
        """Stop all background work."""
        self.search.stop()
        self._portraits.stop()

    def _on_opened(self) -> None:
        self.search.forget()
        self.people, self._named, self.names = (), {}, ()
        self._groupings += 1
        self._portraits.stop()
        self.view.clear()
        self._show()

    def _on_checked(self, _done: int, total: int) -> None:
        """Look for faces once all media has been checked."""
        if not total:
            self.search.search(self._document.orders.values())
            self._regroup_timer.start()

    def _on_snapshot(self, snapshot: JobSnapshot) -> None:
        self.search.hold(bool(snapshot.queue.shots) and snapshot.has_worker)
        few = frozenset(
            (shot, face)
            for shot, result in snapshot.results.items()
            for face in faces_with_few_mouths(result.report)
        )
        if few != self._few_mouths:
            self._few_mouths = few
            self._show()

    def _on_search(self) -> None:
        self._show_search()
        self._regroup_timer.start()

    def _regroup(self) -> None:
        """Put the faces found so far together by person, in the background."""
        if self._document.cut is None:
            return
        found = [self.search.found[s] for s in self._document.cues if s in self.search.found]
        named = {(one.shot, one.face): one.character for one in self._document.decisions.speakers}
        self._groupings += 1
        number = self._groupings

        def on_grouped(people: tuple[Person, ...]) -> None:
            if number == self._groupings:  # else it is of what was known before
                self.people, self._named = people, name_faces(people)
                self._show()

        self._document.workers.run(_group(found, named), on_grouped)

    def _show(self) -> None:
        document = self._document
        lines = document.lines if document.cut else ()
        names = cast_names(lines, document.decisions)
        kept = tuple(name for name in self.names if name in names)
        self.names = tuple(dict.fromkeys((*kept, *names)))
        rows = make_cast_rows(self.people, lines, document.decisions, self._few_mouths)
        tracks = dict.fromkeys(line.track for line in lines if line.role == Role.DUB)
        self.view.show_cast(rows, self.names, tuple(tracks))
        self._show_search()
        self.changed.emit()

    def _show_search(self) -> None:
        self.view.show_search(self._summary(), is_wanted=self.search.is_wanted)

    def _summary(self) -> str:
        """Return how many people were found, and how far the search is."""
        if self._document.cut is None:
            return "Open a cut: its faces are shown here."
        people, search = len(self.people), self.search
        found, total = len(search.found), search.total
        if self._document.is_checking:
            return "Faces are looked for once the media has been checked."
        text = f"{people} {'person' if people == 1 else 'people'} in {found} of {total} shots"
        if search.is_running and found < total:
            at = f": {search.at}" if search.at else ""
            return f"Finding faces{at} … {text} so far."
        if search.problem:
            return f"{text}. {search.problem}"
        if found < total and search.is_held:
            return f"{text}. The search for faces goes on when nothing is rendered."
        if found < total and not search.is_wanted:
            return f"{text}. No more faces are looked for."
        return f"{text}. Name each once: the name is known in every shot." if people else text

    def _name_person(self, row: CastRow, name: str) -> None:
        keys = {face.key for face in row.faces}
        shown = next((p.best for p in self.people if p.best.key in keys), row.faces[0])
        decisions = self._document.decisions
        self._document.decide(commands.cast(decisions, keys, _shown(shown, name), name))

    def _name_face(self, face: SeenFace, name: str) -> None:
        decisions = self._document.decisions
        self._document.decide(commands.cast(decisions, {face.key}, _shown(face, name), name))

    def _give_track(self, row: CastRow, track: str) -> None:
        lines = (line for line in self._document.lines if line.track == track)
        if line := next((line for line in lines if line.role == Role.DUB), None):
            self.say(line, row.character, track=True)

    def _request_portraits(self, faces: Sequence[SeenFace]) -> None:
        for face in reversed(faces):
            if (order := self._document.media.order_of(face.shot)) is not None:
                self._portraits.request(face, order)


def _shown(face: SeenFace, name: str) -> ShownFace | None:
    return ShownFace(name, face.shot, face.face) if name else None


def _group(
    found: Collection[Sequence[SeenFace]], named: Mapping[FaceKey, str]
) -> Iterator[tuple[Person, ...]]:
    yield group_people(found, named)
