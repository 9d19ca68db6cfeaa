"""Who speaks: characters of the dub, and the faces by which they are known.

A character is known by a face that the editor shows once: ANNA=SH010:1 is face 1 of SH010. Other
shots find her by her looks.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from unicodedata import normalize

from lipflap.core.errors import DubError
from lipflap.core.order import Role
from lipflap.plugin.cut.cast.spoken_together import names_in
from lipflap.plugin.cut.cut import DubLine, DubPair


@dataclass(frozen=True, slots=True)
class ShownFace:
    """A face that an editor has shown to be a character.

    face      number in that shot, as `lipflap faces` lists them
    handles   frames beyond what the cut shows in which it was numbered; None as for the whole cut
    """

    character: str
    shot: str
    face: int
    handles: int | None = None

    def __post_init__(self) -> None:
        if not self.character or self.face < 0:
            raise ValueError("a face that is shown has a character, and faces count from 0")

    def __str__(self) -> str:
        """Write it as it is given: ANNA=SH010:1."""
        return f"{self.character}={self.shot}:{self.face}"


def parse_face(text: str) -> tuple[str, int]:
    """Parse SHOT=N. Raises ValueError, with words for a user, for anything else."""
    shot, _, number = text.rpartition("=")
    if not shot or not number.isdecimal():
        raise ValueError(f"{text!r} is not SHOT=N, such as SH010=1")
    return shot, int(number)


def parse_shown_face(text: str) -> ShownFace:
    """Parse CHARACTER=SHOT:N. Raises ValueError, with words for a user, for anything else."""
    character, _, place = text.partition("=")
    shot, _, number = place.rpartition(":")
    if not character or not shot or not number.isdecimal():
        raise ValueError(f"{text!r} is not CHARACTER=SHOT:N, such as ANNA=SH010:1")
    return ShownFace(normalize("NFC", character), normalize("NFC", shot), int(number))


def check_shown(shown: Sequence[ShownFace]) -> None:
    """Raise ValueError, with words for a user, where faces that are shown contradict one another.

    In a shot a face is one character, and a character one face.
    """
    for one, other in combinations(shown, 2):
        is_same_face = one.face == other.face
        is_same_character = one.character.casefold() == other.character.casefold()
        if one.shot == other.shot and is_same_face != is_same_character:
            raise ValueError(
                f"{other} contradicts {one}: in a shot a face is one character, and a character "
                "one face"
            )


def characters_of(lines: Iterable[DubLine]) -> tuple[str, ...]:
    """Return the characters of the dub among some lines, each once, whatever the case."""
    named: dict[str, str] = {}
    for line in lines:
        for name in names_in(line.character) if line.role == Role.DUB else ():
            named.setdefault(name.casefold(), name)
    return tuple(named.values())


def speakers_over(pairs: Sequence[DubPair], shown: Sequence[ShownFace]) -> tuple[ShownFace, ...]:
    """Return the shown faces that matter to a shot with these pairs.

    Those of its own characters; all, while one of these is unknown: her face is none of theirs.
    """
    characters = {character.casefold() for character in characters_of(p.line for p in pairs)}
    known = {face.character.casefold() for face in shown}
    if not characters:
        return ()
    if characters <= known:
        return tuple(face for face in shown if face.character.casefold() in characters)
    return tuple(shown)


def speaker_notes(
    pairs: Sequence[DubPair], shown: Sequence[ShownFace], face: int | None
) -> tuple[str, ...]:
    """Return a note when lines of several characters or tracks of the dub play over a shot.

    face   that says all lines, if an editor has decided so
    """
    dub = [pair.line for pair in pairs if pair.line.role == Role.DUB]
    voices = _voices(dub)
    if len(voices) < 2:
        return ()
    text = f"Lines of {', '.join(voices[:-1])} and {voices[-1]} play over this shot"
    known = {one.character.casefold() for one in shown}
    unknown = [voice for voice in voices if voice.casefold() not in known]
    if face is not None:
        return (f"{text}; all go to face {face}.",)
    if not unknown:
        return (f"{text}, each for the face of its character.",)
    how = (
        "each goes to the face whose lips move with the production sound then"
        if any(pair.line.role == Role.PRODUCTION for pair in pairs)
        else "without production sound all go to one face"
    )
    wanted = [voice for voice in unknown if not voice.startswith("'")]
    shot = pairs[0].shot
    fix = f" --speaker {wanted[0]}={shot}:N says which face is who." if wanted else ""
    return (f"{text}; {how}.{fix}",)


def _voices(lines: Iterable[DubLine]) -> list[str]:
    """Return who says some lines: their characters, else their tracks.

    Tracks that play channels of one recording, as stereo lies in many cuts, are one voice.
    """
    voices: dict[str, str] = {}
    recordings: set[tuple[str, Fraction]] = set()
    for line in lines:
        recording = (line.path, line.file_start)
        if not line.character and recording not in recordings:
            recordings.add(recording)
            voices.setdefault(line.track, f"'{line.track}'")
        for name in names_in(line.character):
            voices.setdefault(name.casefold(), name)
    return list(voices.values())


def check_characters(shown: Iterable[ShownFace], lines: Iterable[DubLine]) -> None:
    """Raise DubError for a face shown to be a character who says no line of the dub."""
    characters = characters_of(lines)
    for face in shown:
        if face.character.casefold() in {name.casefold() for name in characters}:
            continue
        known = (
            f"its lines are of {', '.join(characters)}"
            if characters
            else ("its lines name nobody: name its tracks or files after characters")
        )
        raise DubError(
            f"no line of the dub is said by this character; {known}.",
            where=f"--speaker {face}",
            fix="Check the name.",
        )
