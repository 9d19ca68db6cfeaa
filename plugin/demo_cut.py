"""The demo's cut: three shots, production sound, and a German dub.

        01:00:00:00
    V1  | SH010  A001      | SH020  B001 | SH030  A002     |     speaks, the sky, speaks
    A1  | Production A001  |             | Production A002 |
    A2  |     | line 1 |                     | line 2 |          Dub DE

Builds a timeline as an editor would, so it is one of the few files that may import OTIO.
"""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from lipflap.plugin.demo_footage import RATE, TAKES, Take
from lipflap.plugin.demo_sound import Sentence

START_FRAME = 90_000  # 01:00:00:00
DUB_TRACK = "Dub DE"
DUB_SPARE_FRAMES = 10  # quiet before and after each line in its file


@dataclass(frozen=True, slots=True)
class Use:
    """A take in the cut: which of its frames, and the dubbed line that starts in it."""

    shot: str
    take: Take
    head_frames: int
    frames: int
    line: "Line | None"


@dataclass(frozen=True, slots=True)
class Line:
    """A dubbed line: its recording, how long, and how many frames into the shot it starts."""

    name: str
    file: str
    frames: int
    into_shot: int


USES = (
    Use("SH010", TAKES[0], 12, 70, Line("DE_1", "dub_de_1.flac", 55, 11)),
    Use("SH020", TAKES[1], 12, 35, None),
    Use("SH030", TAKES[2], 14, 65, Line("DE_2", "dub_de_2.flac", 44, 15)),
)


def sentences_of(line: Line) -> tuple[tuple[Sentence, ...], Fraction]:
    """What the line's sound file holds, and its length in seconds."""
    spare = DUB_SPARE_FRAMES / RATE
    return (Sentence(line.file, float(spare)),), line.frames / RATE + 2 * spare


def build_cut() -> otio.schema.Timeline:
    """The cut; its media lie in `media/` beside it, named as the takes and lines are."""
    picture = otio.schema.Track("V1", kind=otio.schema.TrackKind.Video)
    production = otio.schema.Track("Production", kind=otio.schema.TrackKind.Audio)
    dub = otio.schema.Track(DUB_TRACK, kind=otio.schema.TrackKind.Audio)
    for use in USES:
        take, first = use.take, use.take.start_frame + use.head_frames
        picture.append(
            _clip(use.shot, f"{take.name}.mov", take.start_frame, take.frames, first, use.frames)
        )
        if take.said:
            production.append(
                _clip(
                    take.name, f"{take.name}.wav", take.start_frame, take.frames, first, use.frames
                )
            )
        else:
            production.append(_gap(use.frames))
        dub.extend(_line(use))
    picture[0].markers.append(
        otio.schema.Marker("check lips", _range(USES[0].take.start_frame + 30, 1), "RED")
    )
    timeline = otio.schema.Timeline("Lipflap demo", global_start_time=_at(START_FRAME))
    timeline.tracks.extend([picture, production, dub])
    return timeline


def write_cut(path: Path) -> None:
    otio.adapters.write_to_file(build_cut(), str(path))


def _line(use: Use) -> list[otio.core.Item]:
    """The dub track under one shot: quiet, the line, quiet."""
    if use.line is None:
        return [_gap(use.frames)]
    line = use.line
    held = line.frames + 2 * DUB_SPARE_FRAMES
    clip = _clip(line.name, f"{line.name}.wav", 0, held, DUB_SPARE_FRAMES, line.frames)
    return [_gap(line.into_shot), clip, _gap(use.frames - line.into_shot - line.frames)]


def _clip(
    name: str, file: str, starts: int, holds: int, first: int, frames: int
) -> otio.schema.Clip:
    media = otio.schema.ExternalReference(f"media/{file}", _range(starts, holds))
    return otio.schema.Clip(name, media, _range(first, frames))


def _gap(frames: int) -> otio.schema.Gap:
    return otio.schema.Gap(source_range=_range(0, frames))


def _range(first: int, frames: int) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(_at(first), _at(frames))


def _at(frame: int) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(frame, float(RATE))
