"""A visible line in every frame, such as "AI-edited mouth": low on the left, inside title safe.

Only the samples under the letters and their dark rim change.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from lipflap.core.errors import DubError
from lipflap.core.media.frame_reader import Frame
from lipflap.core.media.pixels.colour import Box, composite
from lipflap.core.media.probe import MediaInfo

_HEIGHT_SHARE = 1 / 30  # of the picture, from line to line
_MARGIN_SHARE = 1 / 10  # of the picture: title safe of SMPTE ST 2046-1
_MIN_PX = 8
_RIM_SHARE = 1 / 10  # of the letters' size
_WHITE = 0.92  # of full white: bright, and legal
MAX_CHARACTERS = 60


def check_burn_in(line: str) -> None:
    """Raise DubError for a line that cannot be painted into a picture."""
    if len(line) > MAX_CHARACTERS:
        raise DubError(
            f"is longer than {MAX_CHARACTERS} characters.",
            where=f"--burn-in {line[:20]!r}…",
            fix="Shorten it.",
        )
    font = ImageFont.load_default(_MIN_PX * 4)
    unknown = _shape(font, "\U0010fffd")
    missing = [one for one in line if not one.isprintable() or _shape(font, one) == unknown]
    if missing or not line.strip():
        what = f"no letter {missing[0]!r}" if missing else "nothing to show"
        raise DubError(
            f"cannot be painted: there is {what}.",
            where=f"--burn-in {line!r}",
            fix="Use letters A to Z, digits and signs: the font that comes along has no others.",
        )


def burn_in(line: str, info: MediaInfo) -> Callable[[Frame], Frame]:
    """Return what paints a line into a frame of a picture; with an empty line, changes nothing."""
    if not line:
        return lambda frame: frame
    letters, cover = _letters(line, info)
    height, width = cover.shape
    left = min(round(info.width * _MARGIN_SHARE), info.width - width)
    top = min(round(info.height * (1 - _MARGIN_SHARE)), info.height) - height
    box = Box(left, max(0, top), left + width, max(0, top) + height)
    patch = np.repeat((letters * _WHITE)[..., None], 3, axis=-1).astype(np.float32)
    return lambda frame: composite(frame, info, box, patch, cover)


def _letters(line: str, info: MediaInfo) -> tuple[np.ndarray, np.ndarray]:
    """Return [h, w] in 0..1 how much of each pixel is letter, and how much letter or rim.

    The line is made smaller where it would not fit into the picture.
    """
    room = info.width * (1 - 2 * _MARGIN_SHARE)
    squeeze = 1 / float(info.scan.sample_aspect)
    size = max(float(_MIN_PX), info.height * _HEIGHT_SHARE)
    width = ImageFont.load_default(size).getlength(line) * squeeze
    size = max(1.0, size * min(1.0, room / width))
    font, rim = ImageFont.load_default(size), max(1, round(size * _RIM_SHARE))
    left, top, right, bottom = font.getbbox(line, stroke_width=rim)
    shape = (int(right - left) + 2, int(bottom - top) + 2)
    masks = []
    for stroke in (0, rim):
        mask = Image.new("L", shape)
        ImageDraw.Draw(mask).text((1 - left, 1 - top), line, 255, font, stroke_width=stroke)
        fitted = (min(info.width, max(1, round(shape[0] * squeeze))), min(info.height, shape[1]))
        masks.append(np.asarray(mask.resize(fitted), np.float32) / 255)
    return masks[0], masks[1]


def _shape(font: ImageFont.FreeTypeFont | ImageFont.ImageFont, letter: str) -> bytes:
    mask = font.getmask(letter)
    return bytes(f"{mask.size}", "ascii") + bytes(mask)
