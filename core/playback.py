"""The way in which a sound file is heard: which of its channels, and how fast."""

from dataclasses import dataclass
from fractions import Fraction

MIN_SPEED, MAX_SPEED = Fraction(1, 2), Fraction(2)  # beyond these a stretched voice is none


@dataclass(frozen=True, slots=True)
class SoundChannel:
    """A channel of a sound file.

    stream   number of the sound stream in the file, from 0; None when channels are counted
             through all streams, as Final Cut XML does
    channel  number of the channel, from 0; None for all of the stream
    """

    stream: int | None
    channel: int | None

    def __post_init__(self) -> None:
        if self.stream is None and self.channel is None:
            raise ValueError("a channel has a number, or its stream has one")
        if (self.stream or 0) < 0 or (self.channel or 0) < 0:
            raise ValueError("streams and channels count from 0")

    def __str__(self) -> str:
        """Name it as editors do, who count from 1."""
        stream = None if self.stream is None else f"sound stream {self.stream + 1}"
        channel = None if self.channel is None else f"channel {self.channel + 1}"
        return " of ".join(filter(None, (channel, stream)))


@dataclass(frozen=True, slots=True)
class Playback:
    """The way in which a sound file is heard.

    channels  those that are heard; none: all of the first stream
    speed     seconds of the file a second heard; the pitch is kept

    Samples are counted as they are heard: of a file at double speed there are half as many.
    """

    channels: tuple[SoundChannel, ...] = ()
    speed: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        if not MIN_SPEED <= self.speed <= MAX_SPEED:
            raise ValueError(f"no voice is heard at speed {self.speed}")


PLAIN = Playback()
