"""The rendered shots of a JOB as the script in a host program needs them.

`lipflap hosts shots JOB` prints them as JSON. The host counts frames: of the cut from its first
frame, of files from their first picture.
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from lipflap.core.serialize import to_json
from lipflap.plugin.cut.cuesheet import read_cues
from lipflap.plugin.dubbing import sheet_of
from lipflap.plugin.job.folder import Job, check_folder
from lipflap.plugin.request_cut import media_folder_of
from lipflap.plugin.timeline.dubbed.return_cut import place_rendered, read_ordered
from lipflap.plugin.timeline.media.media_finder import MediaFinder
from lipflap.plugin.timeline.patch.dubbed_shot import DubbedShot
from lipflap.plugin.trust.sign.sign_delivery import signed_shots

SCHEMA = "lipflap.host_shots/1"


@dataclass(frozen=True, slots=True)
class HostShot:
    """A rendered shot, and where it goes.

    element     what the host called its clip when it wrote the cut; empty without such a name
    track       number of its picture track, from 1 at the bottom; 0 inside a nested sequence
    start       frame of the cut at which the clip starts, without what transitions add
    length      frames of the cut that the clip lasts
    file        the new picture; a %0Nd pattern for an image sequence
    first_file  number of the first file of an image sequence; None for a movie
    shown       picture of the file that shows at `start`; those before are handles
    count       pictures in the file
    rate        pictures per second of the file
    is_baked    whether it plays at speed 1 where the original is retimed
    source_frame  picture of the original media that shows at `start`; None where it is baked
    """

    name: str
    element: str
    track: int
    start: int
    length: int
    file: str
    first_file: int | None
    shown: int
    count: int
    rate: Fraction
    is_baked: bool
    source_frame: int | None


@dataclass(frozen=True, slots=True)
class HostShots:
    """The rendered shots of a cut.

    waiting   counts those that are still to be rendered, or approved
    notes     (shot, sentence) pairs on what could not be done
    """

    cut: str
    rate: Fraction
    shots: tuple[HostShot, ...]
    waiting: int
    notes: tuple[tuple[str, str], ...]


def host_shots(job: Job, *, only_approved: bool = False, sound: bool = False) -> HostShots:
    """Return the shots of a JOB that are rendered, signed where there are keys. Raises DubError.

    sound   put the source's own sound into copies of the new files, and name those
    """
    check_folder(job)
    cut = Path(read_cues(job.cues).cut_path)
    sheet = sheet_of(job, cut)
    rendered, missing = signed_shots(job, sheet, only_approved=only_approved, sound=sound)
    timeline = read_ordered(cut, sheet, MediaFinder(media_folder_of(cut, job.bundle)))
    placed = place_rendered(rendered, timeline, ())
    shots = tuple(_host_shot(shot, timeline, sheet.rate) for shot in placed)
    return HostShots(str(cut), sheet.rate, shots, len(sheet.ready) - len(shots), missing)


def write_host_shots(shots: HostShots) -> str:
    return to_json(SCHEMA, shots)


def _host_shot(shot: DubbedShot, timeline: otio.schema.Timeline, rate: Fraction) -> HostShot:
    start, end = (round(time * rate) for time in (shot.record.start, shot.record.end))
    return HostShot(
        name=shot.name,
        element=shot.element,
        track=_track_number(timeline, shot.address),
        start=start,
        length=end - start,
        file=str(shot.file),
        first_file=shot.frames.start if shot.is_sequence else None,
        shown=round(shot.index_shown),
        count=shot.frames.end - shot.frames.start,
        rate=shot.frames.rate,
        is_baked=shot.is_baked,
        source_frame=None if shot.is_baked else shot.media_first + round(shot.index_shown),
    )


def _track_number(timeline: otio.schema.Timeline, address: tuple[int, ...]) -> int:
    if len(address) > 2:
        return 0
    below = timeline.tracks[: address[0] + 1]
    return sum(getattr(one, "kind", "") == otio.schema.TrackKind.Video for one in below)
