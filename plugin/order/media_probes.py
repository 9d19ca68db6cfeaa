"""What an order asks of media files and models, each once, however many shots are cut from it."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from lipflap.core.errors import DubError
from lipflap.core.files.fingerprint import fingerprint_of_picture
from lipflap.core.files.hole_policy import HolePolicy
from lipflap.core.media.alpha import PictureSurface, picture_surface
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.model_files import locate
from lipflap.plugin.order.dialogue import ClockOf, sound_clock
from lipflap.plugin.order.sequence_holes import missing_frames

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class MediaProbes:
    """Probes of media files and models, errors among them, each made once.

    picture   (path, first file, holes) -> the media's facts and its fingerprint
    sound     path, playback -> how the samples of the file are counted
    surface   (path, first file) -> what its pictures hide of what lies below
    missing   the frames of an image sequence that have no file
    model     name of a model -> its file
    """

    picture: Callable[[str, int | None, HolePolicy], tuple[MediaInfo, str]]
    sound: ClockOf
    surface: Callable[[str, int | None], PictureSurface]
    missing: Callable[[MediaInfo], frozenset[int]]
    model: Callable[[str], Path]


def media_probes() -> MediaProbes:
    """Return probes that have not looked at anything yet."""
    return MediaProbes(
        memoize_with_errors(_probe_picture),
        memoize_with_errors(sound_clock),
        memoize_with_errors(picture_surface),
        memoize_with_errors(missing_frames),
        memoize_with_errors(locate),
    )


def _probe_picture(path: str, first_file: int | None, holes: HolePolicy) -> tuple[MediaInfo, str]:
    return probe(path, first_file, holes), fingerprint_of_picture(path)


def memoize_with_errors(function: Callable[..., _Value]) -> Callable[..., _Value]:
    """Return `function` with a cache of its results and of the DubErrors that it raises."""

    @cache
    def result_of(*arguments: Hashable) -> _Value | DubError:
        try:
            return function(*arguments)
        except DubError as error:
            return error

    def memoized(*arguments: Hashable) -> _Value:
        result = result_of(*arguments)
        if isinstance(result, DubError):
            raise result
        return result

    return memoized
