"""The demo's cut: four shots, production sound, and a German dub.

        01:00:00:00
    V1  | SH010  A001      | SH020  B001 | SH030  A002     | SH040  C001       |
    A1  | Production A001  |             | Production A002 | Production C001   |
    A2  |     | line 1 |                     | line 2 |          | line 3 |          Dub DE
          a person speaks    the sky       she speaks on     a photograph speaks

It stands for the editing program, so it is one of the few files that may import OTIO.
"""

from dataclasses import dataclass
from pathlib import Path

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.plugin.demo.footage import RATE, TAKES, Take
from lipflap.plugin.demo.sound import Sentence
from lipflap.plugin.timeline.item_names import OURS
from lipflap.plugin.timeline.read import read_timeline

START_FRAME = 90_000  # 01:00:00:00
NAME = "Lipflap demo"
DUB_TRACK = "Dub DE"
DUB_SPARE_FRAMES = 10  # quiet before and after each line in its file


@dataclass(frozen=True, slots=True)
class Line:
    """A dub line over a shot.

    frames      how long it plays in the cut
    into_shot   frames from the start of the shot to that of the line
    """

    name: str
    sentence: Sentence
    frames: int
    into_shot: int

    @property
    def seconds(self) -> float:
        """Return the length of the sound file, with the quiet around the line."""
        return float((self.frames + 2 * DUB_SPARE_FRAMES) / RATE)


@dataclass(frozen=True, slots=True)
class CutShot:
    """A take as the cut uses it: which of its frames, and the dub line over them."""

    name: str
    take: Take
    head_frames: int
    frames: int
    line: Line | None


_SPARE_S = float(DUB_SPARE_FRAMES / RATE)
_TOWN = Sentence("dub_de_kerstin.flac", "Sie ist nach der Kreisstadt Weißenburg …", at_s=_SPARE_S)
_LIPS = Sentence("dub_de_2.flac", "Bitte achten Sie auf die Lippen.", at_s=_SPARE_S)
_SILENT = Sentence("dub_de_1.flac", "Dieses Bild war bis heute stumm.", at_s=_SPARE_S)

SHOTS = (
    CutShot("SH010", TAKES[0], 8, 59, Line("DE_1", _TOWN, frames=49, into_shot=6)),
    CutShot("SH020", TAKES[1], 12, 35, None),
    CutShot("SH030", TAKES[2], 8, 59, Line("DE_2", _LIPS, frames=44, into_shot=8)),
    CutShot("SH040", TAKES[3], 12, 70, Line("DE_3", _SILENT, frames=55, into_shot=11)),
)


def build_cut() -> otio.schema.Timeline:
    """Return the cut, whose media lies in `media/` beside it, named after takes and lines."""
    picture = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    production = otio.schema.Track("Production", kind=otio.schema.TrackKind.Audio)
    dub = otio.schema.Track(DUB_TRACK, kind=otio.schema.TrackKind.Audio)
    for shot in SHOTS:
        take = shot.take
        available = _range(take.start_frame, take.frames)
        source = _range(take.start_frame + shot.head_frames, shot.frames)
        picture.append(_clip(shot.name, f"{take.name}.mov", available, source))
        sounds = _clip(take.name, f"{take.name}.wav", available, source)
        production.append(sounds if take.sentence else _gap(shot.frames))
        dub.extend(_line(shot))
    picture[0].markers.append(
        otio.schema.Marker("check lips", _range(SHOTS[0].take.start_frame + 30, 1), "RED")
    )
    cut = otio.schema.Timeline(NAME, global_start_time=_time(START_FRAME))
    cut.tracks.extend([picture, production, dub])
    return cut


def write_cut(path: Path) -> None:
    """Write the cut. Raises DubError when it cannot be written, or would replace another cut."""
    if path.exists() and read_timeline(path).name != NAME:
        raise DubError(
            "is not the demo's cut.", where=str(path), fix="Give another folder with -o."
        )
    write_text(path, otio.adapters.write_to_string(build_cut(), "otio_json"))


def _line(shot: CutShot) -> list[otio.core.Item]:
    """Return the dub track under one shot: quiet, the line, quiet."""
    if shot.line is None:
        return [_gap(shot.frames)]
    line = shot.line
    available = _range(0, line.frames + 2 * DUB_SPARE_FRAMES)
    clip = _clip(line.name, f"{line.name}.wav", available, _range(DUB_SPARE_FRAMES, line.frames))
    return [_gap(line.into_shot), clip, _gap(shot.frames - line.into_shot - line.frames)]


def _clip(
    name: str, file: str, available: otio.opentime.TimeRange, source: otio.opentime.TimeRange
) -> otio.schema.Clip:
    return otio.schema.Clip(name, otio.schema.ExternalReference(f"media/{file}", available), source)


def _gap(frames: int) -> otio.schema.Gap:
    return otio.schema.Gap(source_range=_range(0, frames))


def _range(first: int, frames: int) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(_time(first), _time(frames))


def _time(frame: int) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(frame, float(RATE))


@dataclass(frozen=True, slots=True)
class PlayedClip:
    """A picture clip of a cut, the file that it plays, and its first frame in that.

    dubbed   whether the clip plays a picture that Lipflap made
    """

    shot: str
    path: Path
    first_frame: int
    dubbed: bool


def played_clips(cut: Path) -> list[PlayedClip]:
    """Return the clips of a cut's picture track."""
    timeline = read_timeline(cut)
    return [_played(clip, cut.parent) for clip in timeline.video_tracks()[0].find_clips()]


def _played(clip: otio.schema.Clip, folder: Path) -> PlayedClip:
    media = clip.media_reference
    return PlayedClip(
        shot=clip.name,
        path=folder / otio.url_utils.filepath_from_url(media.target_url),
        first_frame=int((clip.source_range.start_time - media.available_range.start_time).value),
        dubbed=clip.active_media_reference_key == OURS,
    )
