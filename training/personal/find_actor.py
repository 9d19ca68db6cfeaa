"""Finding the actor among the faces that speak in a cut."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import NoFace
from lipflap.core.face.appearance import SAME_APPEARANCE
from lipflap.core.recording import Recording
from lipflap.training.data.split import SplitPart


@dataclass(slots=True)
class Speaker:
    """A person who speaks in one or several recordings.

    appearance  [192] as in core.face.track, in the first of their parts
    """

    appearance: NDArray[np.float32]
    parts: list[SplitPart] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """Return the seconds of speech."""
        return float(sum(len(p.segment) / p.recording.rate for p in self.parts))


def recordings_naming(recordings: Sequence[Recording], actor: str) -> list[Recording]:
    """Return the recordings that name the actor; all of them when none does."""
    named = [recording for recording in recordings if _names(recording, actor.casefold())]
    return named or list(recordings)


def parts_of_actor(parts: Iterable[SplitPart]) -> list[SplitPart]:
    """Return the parts of one person: of the chosen face, else of who speaks longest.

    Raises NoFace when there are no parts.
    """
    speakers: list[Speaker] = []
    for part in parts:
        appearance = part.segment.track.appearance
        near = [s for s in speakers if _distance(s.appearance, appearance) < SAME_APPEARANCE]
        speaker = min(near, key=lambda s: _distance(s.appearance, appearance), default=None)
        if speaker is None:
            speaker = Speaker(appearance)
            speakers.append(speaker)
        speaker.parts.append(part)
    if not speakers:
        raise NoFace(
            "nobody is seen speaking for a second.",
            fix="Choose clips that show the actor's face while speaking.",
        )
    return max(speakers, key=lambda s: (_is_chosen(s), s.seconds)).parts


def _names(recording: Recording, actor: str) -> bool:
    texts = (recording.name, recording.speaker, *recording.labels)
    return any(actor in text.casefold() for text in texts)


def _is_chosen(speaker: Speaker) -> bool:
    return any(part.recording.face is not None for part in speaker.parts)


def _distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.abs(one - other).mean())
