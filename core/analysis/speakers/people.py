"""The people of a cut: faces of its shots, put together by how they look.

Two faces of one shot are two people. A face that an editor has named is that character's, and
so are faces of other shots that look like it, as they are when lines are cast.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.face_report import FaceBox, FaceReport
from lipflap.core.face.appearance import SAME_APPEARANCE
from lipflap.core.serialize import from_json, to_json

SEEN_SCHEMA = "lipflap.seen/2"

FaceKey = tuple[str, int]  # name of a shot, number of a face in it
_Look = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SeenFace:
    """A face of a shot.

    face        its number
    frames      in how many frames it is seen
    appearance  tells one person's face from another's (core.face.track)
    frame       the frame in which it is best seen
    box         where it is then
    """

    shot: str
    face: int
    frames: int
    appearance: tuple[float, ...]
    frame: int
    box: FaceBox

    @property
    def key(self) -> FaceKey:
        return self.shot, self.face


@dataclass(frozen=True, slots=True)
class SeenFaces:
    """The faces of a shot, as they are kept beside its report."""

    faces: tuple[SeenFace, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """Faces of one person, in the order of the shots; `character` is empty while unnamed."""

    character: str
    faces: tuple[SeenFace, ...]

    @property
    def frames(self) -> int:
        return sum(face.frames for face in self.faces)

    @property
    def best(self) -> SeenFace:
        """Return the face that is seen longest."""
        return max(self.faces, key=lambda face: face.frames)


def seen_faces(report: FaceReport) -> tuple[SeenFace, ...]:
    """Return the faces of a report without all that changes from frame to frame."""
    found = []
    for number, face in enumerate(report.faces):
        if face.appearance:
            best = face.best_frame, face.best_box
            found.append(SeenFace(report.shot, number, face.seen_frames, face.appearance, *best))
    return tuple(found)


def seen_to_json(faces: tuple[SeenFace, ...]) -> str:
    return to_json(SEEN_SCHEMA, SeenFaces(faces))


def seen_from_json(text: str, *, where: str) -> tuple[SeenFace, ...]:
    """Parse the faces of a shot. Raises RecordUnreadable, naming `where` and the field."""
    return from_json(SEEN_SCHEMA, SeenFaces, text, where=where).faces


def group_people(
    shots: Iterable[Sequence[SeenFace]], named: Mapping[FaceKey, str]
) -> tuple[Person, ...]:
    """Return the people seen in some shots: characters first, then those seen longest.

    shots   the faces of each
    named   characters of faces that an editor has shown
    """
    shots = list(shots)
    groups = _named_groups(shots, named)
    for faces in shots:
        _add_shot(faces, groups, named)
    people = [Person(group.character, tuple(group.faces)) for group in groups if group.faces]
    return tuple(sorted(people, key=lambda person: (not person.character, -person.frames)))


def name_faces(people: Iterable[Person]) -> dict[FaceKey, str]:
    """Return the characters of all faces whose person is named."""
    return {face.key: one.character for one in people if one.character for face in one.faces}


@dataclass(slots=True)
class _Group:
    """A person while faces are put together; looks are those by which others are known."""

    character: str
    looks: list[_Look]
    faces: list[SeenFace] = field(default_factory=list)

    def distance(self, look: _Look) -> float:
        return min(float(np.abs(look - other).mean()) for other in self.looks)

    def add(self, face: SeenFace) -> None:
        """Add a face; the looks of somebody unnamed follow the mean of all."""
        if not self.character:
            count = len(self.faces)
            mean = (self.looks[0] * count + _look(face)) / (count + 1)
            self.looks = [np.asarray(mean, np.float32)]
        self.faces.append(face)


def _look(face: SeenFace) -> _Look:
    return np.array(face.appearance, np.float32)


def _named_groups(
    shots: Iterable[Sequence[SeenFace]], named: Mapping[FaceKey, str]
) -> list[_Group]:
    groups: dict[str, _Group] = {}
    for face in (face for faces in shots for face in faces):
        if character := named.get(face.key, ""):
            group = groups.setdefault(character.casefold(), _Group(character, []))
            group.looks.append(_look(face))
    return list(groups.values())


def _add_shot(
    faces: Sequence[SeenFace], groups: list[_Group], named: Mapping[FaceKey, str]
) -> None:
    """Add the faces of a shot to the people most like them, each to another; or to new ones."""
    of_names = {group.character.casefold(): n for n, group in enumerate(groups) if group.character}
    found = {face.face: of_names[named[face.key].casefold()] for face in faces if face.key in named}
    near = sorted(
        (group.distance(_look(face)), face.face, n)
        for face in faces
        if face.face not in found
        for n, group in enumerate(groups)
    )
    for distance, number, n in near:
        if distance < SAME_APPEARANCE and number not in found and n not in found.values():
            found[number] = n
    for face in faces:
        if face.face not in found:
            groups.append(_Group("", [_look(face)]))
        groups[found.get(face.face, -1)].add(face)
