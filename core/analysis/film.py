"""Camera cuts and faces of film: of a shot, and of its references."""

from collections import OrderedDict
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass

from lipflap.core.analysis.camera_cuts import mark_cuts
from lipflap.core.analysis.detectors import Detectors
from lipflap.core.face.detect import Rgb8
from lipflap.core.face.track import FaceTrack, Sighting, build_tracks, track_faces
from lipflap.core.media.decode import pictures
from lipflap.core.media.pixels import colour
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.order import FrameMap, Reference
from lipflap.core.result import Progress
from lipflap.core.timing import Stopwatch

_MAX_TRACKED_REFERENCES = 32


@dataclass(frozen=True, slots=True)
class Film:
    """Frames of media, and the faces in them.

    cuts  frames at which a new camera shot begins
    """

    info: MediaInfo
    frames: FrameMap
    tracks: Sequence[FaceTrack]
    cuts: Sequence[int]


def track_film(
    info: MediaInfo,
    frames: FrameMap,
    detectors: Detectors,
    watch: Stopwatch,
    progress: Iterator[Progress],
) -> Generator[Progress, None, Film]:
    """Find the cuts and faces of film: yield one of `progress` a frame. Raises DubError."""
    cuts: list[int] = []
    sightings: list[Sighting] = []
    rgb8 = watch.each("decode", _decode_rgb8(info, frames.media_frames()))
    tracked = track_faces(
        _collect_cuts(cuts, mark_cuts(rgb8)), detectors.face_detectors, detectors.points_in
    )
    for faces in watch.each("track", tracked):
        sightings += faces
        yield next(progress)
    return Film(info, frames, build_tracks(sightings, cuts, frames.count), cuts)


def track_reference(
    reference: Reference,
    tracker: str,
    detectors: Detectors,
    watch: Stopwatch,
    progress: Iterator[Progress],
) -> Generator[Progress, None, Film]:
    """Find the cuts and faces of a reference, as `track_film` does.

    Shots share references: what was tracked last in this process is not tracked again.
    """
    key = (reference, tracker)
    film = _tracked_references.pop(key, None)
    if film is None:
        picture = reference.picture
        info = probe(picture.path, picture.first_file, picture.holes)
        film = yield from track_film(info, reference.frames, detectors, watch, progress)
    else:
        for _ in range(reference.frames.count):
            yield next(progress)
    _tracked_references[key] = film
    while len(_tracked_references) > _MAX_TRACKED_REFERENCES:
        _tracked_references.popitem(last=False)
    return film


_tracked_references: "OrderedDict[tuple[Reference, str], Film]" = OrderedDict()


def _decode_rgb8(info: MediaInfo, media_frames: list[int]) -> Iterator[Rgb8]:
    for frame in pictures(info, media_frames):
        yield colour.rgb8(frame, info)


def _collect_cuts(
    cuts: list[int], pictures_and_cuts: Iterable[tuple[Rgb8, bool]]
) -> Iterator[tuple[Rgb8, bool]]:
    """Yield pictures and cuts as they are, and add the frame numbers of the cuts to `cuts`."""
    for frame, (picture, cut) in enumerate(pictures_and_cuts):
        cuts += [frame] if cut else []
        yield picture, cut
