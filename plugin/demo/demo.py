"""The demo: shoot a small film, cut it, hand it to the main job, show what came of it.

FOLDER/media/       footage, production sound, the dub's lines and their mix
FOLDER/cut.otio     what an editor would hand over
FOLDER/job/         what `lipflap dub` makes of it
FOLDER/demo.mp4     original and dubbed picture side by side, with the dub's sound
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_bytes
from lipflap.core.media import colour
from lipflap.core.media.decode import pictures
from lipflap.core.media.probe import probe
from lipflap.core.media.write_video import write_footage, write_viewing_copy
from lipflap.plugin.demo.cut import DUB_TRACK, USES, Played, Use, pictures_of, write_cut
from lipflap.plugin.demo.footage import (
    RATE,
    TAKES,
    Caption,
    frames_of,
    production_sound,
    side_by_side,
)
from lipflap.plugin.demo.sound import SAMPLE_RATE_HZ, recording
from lipflap.plugin.job.folder import Job


def make_footage(folder: Path, say: Callable[[str], None]) -> None:
    """Make the footage, the sounds and the cut; the same bytes each time. Raises DubError."""
    media = folder / "media"
    if media.exists() and not _cut_in(folder).exists():
        raise DubError("is not the demo's.", where=str(media), fix="Give another folder with -o.")
    write_cut(_cut_in(folder))
    for take in TAKES:
        say(f"Shooting {take.name}, {take.frames} frames")
        write_footage(media / f"{take.name}.mov", frames_of(take), RATE, take.start_frame)
        if take.said:
            _write_wav(media / f"{take.name}.wav", production_sound(take))
    for line in (use.line for use in USES if use.line):
        _write_wav(media / f"{line.name}.wav", recording((line.said,), line.seconds))
    _write_wav(_mix_in(folder), _dub_mix())


def dub_command(folder: Path) -> list[str]:
    """What an editor would type after `lipflap` to have this cut dubbed."""
    return ["dub", str(_cut_in(folder)), "--dub", f"track:{DUB_TRACK}", "-o", str(folder / "job")]


def show(folder: Path) -> None:
    """Write the film: the cut and what was made of it, side by side. Raises DubError."""
    write_viewing_copy(_film_in(folder), _compared(folder), RATE, _mix_in(folder))


def where_to_look(folder: Path) -> Iterator[str]:
    """What was made, in lines of text."""
    yield ""
    yield f"film      {_film_in(folder)}"
    yield "          left what was shot, right what Lipflap made of it, with the sound of the dub"
    yield f"timeline  {_dubbed_cut_in(folder)}"
    yield "          for your editing program: each dubbed clip holds both pictures"
    yield f"report    {_job_in(folder).report}"
    yield "          what was done to each shot, and why SH020 was left as it was"


def _cut_in(folder: Path) -> Path:
    return folder / "cut.otio"


def _job_in(folder: Path) -> Job:
    return Job(folder / "job")


def _dubbed_cut_in(folder: Path) -> Path:
    return _job_in(folder).conformed(_cut_in(folder))


def _film_in(folder: Path) -> Path:
    return folder / "demo.mp4"


def _mix_in(folder: Path) -> Path:
    return folder / "media" / "dub_mix.wav"


def _compared(folder: Path) -> Iterator[NDArray[np.uint8]]:
    shot, made = pictures_of(_cut_in(folder)), pictures_of(_dubbed_cut_in(folder))
    for use, original, dubbed in zip(USES, shot, made, strict=True):
        spoken = Caption("ORIGINAL", use.take.said.words if use.take.said else "")
        dub = Caption("AS IT WAS", "")
        if dubbed.dubbed and use.line:
            dub = Caption("AI-EDITED MOUTH", use.line.said.words)
        for before, after in zip(_shown(original, use), _shown(dubbed, use), strict=True):
            yield side_by_side((before, spoken), (after, dub))


def _shown(played: Played, use: Use) -> Iterator[NDArray[np.uint8]]:
    """The frames [H, W, 3] that a clip shows in the cut."""
    info = probe(str(played.path))
    taken = range(played.first_frame, played.first_frame + use.frames)
    return (colour.rgb8(plate, info) for plate in pictures(info, taken))


def _dub_mix() -> NDArray[np.float32]:
    """All lines where they start in the cut."""
    lines, shot_starts = [], 0
    for use in USES:
        if use.line:
            at_s = float((shot_starts + use.line.into_shot) / RATE)
            lines.append(replace(use.line.said, at_s=at_s))
        shot_starts += use.frames
    return recording(tuple(lines), float(shot_starts / RATE))


def _write_wav(path: Path, sound: NDArray[np.float32]) -> None:
    import soundfile

    buffer = BytesIO()
    soundfile.write(buffer, sound, SAMPLE_RATE_HZ, format="WAV", subtype="PCM_24")
    write_bytes(path, buffer.getbuffer())
