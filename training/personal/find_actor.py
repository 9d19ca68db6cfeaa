"""Which of the faces that speak in a cut is the actor's."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import NoFace
from lipflap.core.face.track import SAME_APPEARANCE
from lipflap.core.recording import Recording
from lipflap.training.data.split import SplitPart


@dataclass(slots=True)
class Speaker:
    """Somebody who speaks in several recordings.

    look  [192] as in core.face.track, of the first appearance
    """

    look: NDArray[np.float32]
    parts: list[SplitPart] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return float(sum(len(p.appearance) / p.recording.rate for p in self.parts))


def naming(recordings: Sequence[Recording], actor: str) -> list[Recording]:
    """The recordings that the actor's name is written on; all when it is on none."""
    named = [one for one in recordings if _names(one, actor.casefold())]
    return named or list(recordings)


def parts_of_actor(parts: Iterable[SplitPart]) -> list[SplitPart]:
    """The parts of one person: of the face somebody chose, else of who speaks longest.

    Raises NoFace when there are no parts.
    """
    people: list[Speaker] = []
    for part in parts:
        look = part.appearance.track.appearance
        known = [person for person in people if _apart(person.look, look) < SAME_APPEARANCE]
        person = min(known, key=lambda one: _apart(one.look, look), default=None)
        if person is None:
            person = Speaker(look)
            people.append(person)
        person.parts.append(part)
    if not people:
        raise NoFace("nobody is seen speaking for a second.", fix="Choose clips with a face.")
    return max(people, key=lambda one: (_chosen(one), one.seconds)).parts


def _names(recording: Recording, actor: str) -> bool:
    texts = (recording.name, recording.speaker, *recording.labels)
    return any(actor in text.casefold() for text in texts)


def _chosen(person: Speaker) -> bool:
    return any(part.recording.face is not None for part in person.parts)


def _apart(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.abs(one - other).mean())
