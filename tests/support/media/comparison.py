"""A comparison: frame n of the original carries the number 1000 + n, of the dub 2000 + n."""

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage
from support.media.counted_media import H264, read_number, write_film

from lipflap.core.order import FrameMap, Role
from lipflap.gui.compare.comparison import Comparison, Film, SourceClock
from lipflap.gui.compare.program import Program, make_program
from lipflap.gui.compare.view import CompareView
from lipflap.plugin.cut.cut import DubLine, Shot
from lipflap.plugin.cut.time_range import TimeRange

COUNT = 100
RATE = Fraction(25)


def write_pair(folder: Path) -> tuple[Path, Path]:
    """Write original and dub."""
    original, dub = folder / "original.mp4", folder / "dub.mp4"
    write_film(original, range(1000, 1000 + COUNT), codec=H264)
    write_film(dub, range(2000, 2000 + COUNT), codec=H264)
    return original, dub


def make_comparison(original: Path, dub: Path | None, *, reason: str = "") -> Comparison:
    """A shot that is the whole cut."""

    def film(path: Path) -> Film:
        return Film(str(path), None, FrameMap(Fraction(0), Fraction(1), COUNT), path.name)

    return Comparison(
        shot="SH010",
        rate=RATE,
        count=COUNT,
        starts=Fraction(0),
        clock=SourceClock(RATE, 90_000),
        original=film(original),
        dub=film(dub) if dub else None,
        reason=reason,
    )


def make_cut() -> Program:
    """The program in which that shot is seen."""
    record = TimeRange(Fraction(0), COUNT / RATE)
    shot = Shot("SH010", (0, 0), None, Fraction(0), Fraction(1), record, (record,), None)
    return make_program([shot], RATE, 86_400)


def make_line(path: Path, role: str) -> DubLine:
    """All of a sound of four seconds, from the first frame of the cut on."""
    return DubLine(
        path.stem, str(path), Role(role), role, Fraction(0), TimeRange(Fraction(0), COUNT / RATE)
    )


def pixels(image: QImage, box: QRectF | None = None) -> NDArray[np.uint8]:
    """[H, W, 3] of an image, or of a part of it."""
    part = image.copy(box.toAlignedRect()) if box is not None else image
    part = part.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(part.constBits(), np.uint8).reshape(part.height(), -1)
    return rows[:, : part.width() * 3].reshape(part.height(), -1, 3).copy()


def number(image: QImage, box: QRectF | None = None) -> int:
    """The number painted into a picture that fills `box`."""
    return read_number(pixels(image, box)[:, :, 1])


def numbers(view: CompareView) -> list[int]:
    """Read from the screen, one a picture: none while none is shown."""
    image = view.grab().toImage()
    return [number(image, box) for box in view._boxes]
