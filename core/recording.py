"""Footage that training learns from, before faces are found in it."""

from dataclasses import dataclass
from fractions import Fraction

from lipflap.core.order import FrameMap, Picture, Speech


@dataclass(frozen=True, slots=True)
class Recording:
    """A film with its own sound, or one clip of a cut with the production sound over it.

    name      of the film or the clip
    speaker   who speaks in it, as far as the name of the folder or the cut tells
    frames    which pictures of the media; frame i begins at frame_to_sample(i, rate, hz)
    speeches  production sound, placed on the clock of the frames
    face      number of the face track that speaks; None for the one that is heard
    labels    texts that may name the actor: notes and markers of a clip
    """

    name: str
    speaker: str
    picture: Picture
    frames: FrameMap
    rate: Fraction
    speeches: tuple[Speech, ...]
    face: int | None = None
    labels: tuple[str, ...] = ()

    @property
    def seconds(self) -> Fraction:
        """Length of the recording."""
        return self.frames.count / self.rate
