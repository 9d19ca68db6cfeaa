"""What training learns from: pictures of people, and the sound of the day over them."""

from dataclasses import dataclass
from fractions import Fraction

from lipflap.core.order import FrameMap, Picture, Speech


@dataclass(frozen=True, slots=True)
class Recording:
    """A film with its own sound, or one clip of a cut with the production sound over it.

    name      of the film or the clip
    speaker   who speaks in it, as far as the name of the folder or the cut tells
    frames    which pictures of the media; frame i of them is at sample_at(i, rate, hz)
    speeches  what was said that day, on the clock of the frames
    face      number of the face track that speaks; None for the one that is heard
    labels    what else names it: notes and markers of a clip
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
        return self.frames.count / self.rate
