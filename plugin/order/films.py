"""Films that orders name: the shot's own, those of its speakers, and references to more mouths."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import partial

from lipflap.core.errors import DubError
from lipflap.core.files.hole_policy import HolePolicy
from lipflap.core.media.probe import MediaInfo, at_rate
from lipflap.core.model_files import mouth_film
from lipflap.core.order import FrameMap, Picture, Reference, Speaker
from lipflap.plugin.cut.cast.speakers import ShownFace
from lipflap.plugin.cut.cuesheet import CueSheet
from lipflap.plugin.cut.cut import ClipMedia, Shot
from lipflap.plugin.order.media_probes import MediaProbes, memoize_with_errors
from lipflap.plugin.order.references import MediaRange, ReferencePool, reference_pool
from lipflap.plugin.order.sequence_holes import frames_beside_holes
from lipflap.plugin.order.source_frames import SourceFrames, media_clock, source_frames


def frames_of(
    shot: Shot, info: MediaInfo, sheet: CueSheet, handles: int, probes: MediaProbes
) -> SourceFrames:
    """Return the frames of a shot to render. Raises DubError when its media does not have them."""
    media = media_of(shot)
    clock = media_clock(media, info)
    whole_frames = sheet.whole_frames
    frames_with = partial(source_frames, shot, media, clock, sheet.rate, whole_frames=whole_frames)
    return frames_beside_holes(frames_with, handles, info, probes.missing(info))


def speaker_of(
    shots: Mapping[str, Shot], sheet: CueSheet, handles: int, probes: MediaProbes, shown: ShownFace
) -> Speaker:
    """Return the film in which a character was shown, with its frames as its own order has them.

    handles   of the shots of the cut, unless those of its own order are known
    Raises DubError when its media cannot be read.
    """
    shot = shots.get(shown.shot)
    if shot is None or shot.media is None:
        raise DubError(
            f"is to show who {shown.character} is, but has no media in the cut.",
            where=shown.shot,
            fix="Show the face in another shot with --speaker.",
        )
    info, fingerprint = probes.picture(shot.media.path, shot.media.first_file, shot.media.holes)
    clock = media_clock(shot.media, info)
    shown_handles = handles if shown.handles is None else shown.handles
    source = frames_of(shot, info, sheet, shown_handles, probes)
    picture = picture_of(info, clock.rate, fingerprint)
    return Speaker(shown.character, picture, source.filmed, shown.face)


def films_of_cut(
    given: Sequence[str], shots: Sequence[Shot], sheet: CueSheet, probes: MediaProbes
) -> ReferencePool:
    """Return the film to take references from: given paths, then all shots of the cut.

    Raises DubError for a film that is given.
    """
    by_name = {shot.name: shot for shot in shots}

    @memoize_with_errors
    def range_of(name: str) -> MediaRange:
        shot = by_name[name]
        media = media_of(shot)
        info, fingerprint = probes.picture(media.path, media.first_file, media.holes)
        if probes.missing(info):
            raise DubError("has holes.", where=media.path)
        clock = media_clock(media, info)
        frames = source_frames(shot, media, clock, sheet.rate, handles=0).filmed
        return media_range(picture_of(info, clock.rate, fingerprint), info, frames)

    whole = []
    for path in given:
        info, fingerprint = probes.picture(path, None, HolePolicy.ERROR)
        picture = picture_of(info, info.rate, fingerprint)
        whole.append(MediaRange(picture, info.frame_count, 0, info.frame_count))
    return reference_pool(whole, shots, lambda shot: range_of(shot.name))


def mouths_of_model(model: str, probes: MediaProbes) -> tuple[Reference, ...]:
    """Return the film that a personal model brings along, whole. Raises DubError."""
    try:
        path = mouth_film(probes.model(model))
    except DubError:  # a model that is missing is refused with its hash
        return ()
    if not path.is_file():
        return ()
    info, fingerprint = probes.picture(str(path), None, HolePolicy.ERROR)
    frames = FrameMap(Fraction(0), Fraction(1), info.frame_count)
    return (Reference(picture_of(info, info.rate, fingerprint), frames),)


def media_of(shot: Shot) -> ClipMedia:
    """Return the media of a shot. Raises DubError when it has none."""
    if shot.media is None:
        raise DubError("has no picture media.", where=shot.name)
    return shot.media


def picture_of(info: MediaInfo, rate: Fraction, fingerprint: str) -> Picture:
    """Return media as orders name it; `rate` is that at which its frames are counted."""
    first_frame = at_rate(info, rate).first_frame
    return Picture(info.path, rate, first_frame, info.first_file, fingerprint, info.holes)


def media_range(picture: Picture, info: MediaInfo, frames: FrameMap) -> MediaRange:
    """Return the range of the media that these frames are from."""
    ends = (frames.media_frame(0), frames.media_frame(frames.count - 1))
    return MediaRange(picture, info.frame_count, min(ends), max(ends) + 1)
