"""The demo's film: the cut as it was and as it was dubbed, side by side, with the dub's sound."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.encode.write_video import write_viewing_copy
from lipflap.core.media.decode import pictures
from lipflap.core.media.pixels import colour
from lipflap.core.media.probe import probe
from lipflap.plugin.demo.cut import SHOTS, PlayedClip, played_clips
from lipflap.plugin.demo.footage import RATE

Picture = NDArray[np.uint8]

CAPTION_PX = 60
_INK, _FAINT, _PAPER = (235, 235, 235), (160, 160, 160), 24


@dataclass(frozen=True, slots=True)
class Caption:
    """The text under a picture: what it is, the words said in it, and whose picture it is."""

    name: str
    words: str
    credit: str


def side_by_side(left: tuple[Picture, Caption], right: tuple[Picture, Caption]) -> Picture:
    """Return two pictures [height, width, 3] with captions [height + CAPTION_PX, 2 * width, 3]."""
    return np.concatenate([_captioned(*left), _captioned(*right)], axis=1)


def _captioned(picture: Picture, caption: Caption) -> Picture:
    import cv2

    strip = np.full((CAPTION_PX, picture.shape[1], 3), _PAPER, np.uint8)
    for text, left_px, base_px, size, ink in (
        (caption.name, 16, 26, 0.65, _INK),
        (caption.words, 250, 26, 0.65, _INK),
        (caption.credit, 16, 49, 0.5, _FAINT),
    ):
        text = text.replace("ß", "ss").replace("…", "...")  # the font has ASCII only
        font, width_px = cv2.FONT_HERSHEY_SIMPLEX, 2 if ink is _INK else 1
        cv2.putText(strip, text, (left_px, base_px), font, size, ink, width_px, cv2.LINE_AA)
    return np.concatenate([picture, strip])


def write_comparison(film: Path, original: Path, dubbed: Path, sound: Path) -> None:
    """Write the film of an original and a dubbed cut. Raises DubError."""
    write_viewing_copy(film, _frames(original, dubbed), RATE, sound)


def _frames(original: Path, dubbed: Path) -> Iterator[Picture]:
    clips = zip(SHOTS, played_clips(original), played_clips(dubbed), strict=True)
    for shot, before, after in clips:
        sentence = shot.take.sentence
        credit = shot.take.credit
        left = Caption("ORIGINAL", sentence.words if sentence else "", credit)
        right = Caption("AS IT WAS", "", credit)
        if after.dubbed and shot.line:
            right = Caption("AI-EDITED MOUTH", shot.line.sentence.words, f"{credit}; changed")
        for plate, new in zip(_shown(before, shot.frames), _shown(after, shot.frames), strict=True):
            yield side_by_side((plate, left), (new, right))


def _shown(clip: PlayedClip, count: int) -> Iterator[Picture]:
    """Yield the frames [H, W, 3] that a clip shows in the cut."""
    info = probe(str(clip.path))
    frames = pictures(info, range(clip.first_frame, clip.first_frame + count))
    return (colour.rgb8(frame, info) for frame in frames)
