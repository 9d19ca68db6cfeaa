"""Casting: which face of a camera shot says which lines of the dub.

the order names a face                  that one
the editor has shown who ANNA is        the face that looks like her; nobody, if hers is not seen
lines of several voices, unknown        each to the face whose lips move with the production
                                        sound while its line plays, characters to different faces
one voice                               the speaking face of the camera shot
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.speakers.active_speaker import (
    MIN_MARGIN,
    Production,
    is_in,
    speaking_face,
    speaking_scores,
)
from lipflap.core.errors import DubError
from lipflap.core.face.appearance import nearest_appearance
from lipflap.core.face.track import FaceTrack
from lipflap.core.order import Role, Speech

LineIndices = tuple[int, ...]
Flags = NDArray[np.bool_]
Looks = Mapping[str, Sequence[NDArray[np.float32]]]  # of characters, by their names in lower case

_Voice: TypeAlias = str | tuple[str, int, int]  # a character, or one recording where it lies

_SHUT = -10.0  # a character is not given a face that listens while there is another
_SURE = 0.1  # by which a face has to go better with a line than the next, if nobody is named


@dataclass(frozen=True, slots=True)
class CameraShot:
    """Frames [start, end) of one camera, with the faces and the production sound of the shot."""

    tracks: Sequence[FaceTrack]
    start: int
    end: int
    production: Production | None
    rate: float


def cast_lines(
    shot: CameraShot,
    speeches: Sequence[Speech],
    face: int | None,
    looks: Looks,
    speaking_frames_of: Callable[[LineIndices], Flags],
) -> dict[int, LineIndices]:
    """Return the dub lines of each face of a camera shot, by its number.

    face   says every speech that names no face; None to find out
    looks  appearances of characters whom the editor has shown
    Raises DubError when the order names a face that the shot does not have.
    """
    said_by: dict[int, int | None] = {}
    unknown: list[int] = []
    for n, speech in enumerate(speeches):
        if speech.role != Role.DUB:
            continue
        number = face if speech.face is None else speech.face
        if number is not None:
            said_by[n] = _existing(number, shot.tracks)
        elif speech.character.casefold() in looks:
            said_by[n] = _face_like(speech.character, shot, looks)
        else:
            unknown.append(n)
    if unknown:
        taken = _taken(shot, looks)
        said_by |= _cast_unknown(shot, speeches, unknown, taken, speaking_frames_of)
    lines: dict[int, LineIndices] = {}
    for n, number in sorted(said_by.items()):
        if number is not None:
            lines[number] = (*lines.get(number, ()), n)
    return lines


def _existing(number: int, tracks: Sequence[FaceTrack]) -> int:
    if 0 <= number < len(tracks):
        return number
    raise DubError(
        f"The shot has no face {number}: {len(tracks)} were found, numbered from 0.",
        fix="Choose one of them, or no face for the suggested one.",
    )


def _face_like(character: str, shot: CameraShot, looks: Looks) -> int | None:
    """Return the face that looks most like a character; None where hers is not seen."""
    seen = [n for n, track in enumerate(shot.tracks) if is_in(track, shot.start, shot.end)]
    appearances = [shot.tracks[n].appearance for n in seen]
    nearest = nearest_appearance(looks[character.casefold()], appearances)
    return None if nearest is None else seen[nearest]


def _taken(shot: CameraShot, looks: Looks) -> set[int]:
    """Return the faces of characters whom the editor has shown: no other says its lines there."""
    faces = (_face_like(character, shot, looks) for character in looks)
    return {face for face in faces if face is not None}


def _cast_unknown(
    shot: CameraShot,
    speeches: Sequence[Speech],
    lines: Sequence[int],
    taken: set[int],
    speaking_frames_of: Callable[[LineIndices], Flags],
) -> dict[int, int | None]:
    """Return the face of each of these lines; None for one that is said outside the picture."""
    voices = _voices(speeches, lines)
    heard = {voice: speaking_frames_of(voices[voice])[shot.start : shot.end] for voice in voices}
    heard = {voice: frames for voice, frames in heard.items() if frames.any()}
    suggested = speaking_face(shot.tracks, shot.start, shot.end, shot.production, shot.rate, taken)
    faces: dict[_Voice, int | None] = dict.fromkeys(voices, suggested)
    if len(heard) > 1 and suggested is not None and len(shot.tracks) - len(taken) > 1:
        faces |= _faces_of_voices(shot, heard, taken, suggested)
    return {n: faces[voice] for voice, said in voices.items() for n in said}


def _voices(speeches: Sequence[Speech], lines: Sequence[int]) -> dict[_Voice, LineIndices]:
    """Return the lines of each voice: of a character by its name, else each line by itself.

    Both channels of one recording are one voice, as they lie on two tracks of many cuts.
    """
    voices: dict[_Voice, LineIndices] = {}
    for n in lines:
        speech = speeches[n]
        recording = (speech.path, speech.at_sample, speech.first_sample)
        voice = speech.character.casefold() or recording
        voices[voice] = (*voices.get(voice, ()), n)
    return voices


def _faces_of_voices(
    shot: CameraShot, heard: Mapping[_Voice, Flags], taken: set[int], suggested: int
) -> dict[_Voice, int | None]:
    """Return the face of each voice that is heard, by the production sound while it is.

    Characters go to different faces as long as there are enough.
    """
    scores = {
        voice: speaking_scores(
            shot.tracks, shot.start, shot.end, shot.production, shot.rate, frames, taken
        )
        for voice, frames in heard.items()
    }
    if not any(value > MIN_MARGIN for found in scores.values() for value in found.values()):
        return dict.fromkeys(heard, suggested)
    faces = {voice: _best(found, suggested) for voice, found in scores.items()}
    characters = {voice: found for voice, found in scores.items() if isinstance(voice, str)}
    if len(characters) < 2:
        return faces
    return faces | _apart(characters, {name: int(heard[name].sum()) for name in characters})


def _best(scores: Mapping[int, float], suggested: int) -> int | None:
    """Return the face that goes best with a line, the suggested one in doubt, None for a listener.

    A face without a score keeps its mouth shut while somebody speaks.
    """
    if not scores:
        return None
    first, *others = sorted(scores, key=lambda n: -scores[n])
    is_sure = scores[first] > MIN_MARGIN
    is_sure &= not others or scores[first] - scores[others[0]] > _SURE
    return suggested if not is_sure and suggested in scores else first


def _apart(
    scores: Mapping[str, Mapping[int, float]], frames: Mapping[str, int]
) -> dict[_Voice, int | None]:
    """Return a face for each character, different ones, such that all together go best.

    frames  in which each of them is heard: who says more weighs more
    """
    from scipy.optimize import linear_sum_assignment

    characters = [character for character, found in scores.items() if found]
    faces = sorted({face for found in scores.values() for face in found})
    matrix = np.array([[scores[c].get(face, _SHUT) for face in faces] for c in characters])
    weights = np.array([[frames[character]] for character in characters])
    apart: dict[_Voice, int | None] = {}
    for row, column in zip(*linear_sum_assignment(weights * matrix, maximize=True), strict=True):
        if matrix[row, column] > _SHUT:
            apart[characters[row]] = faces[column]
    return apart
