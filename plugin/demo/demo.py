"""The demo: make footage and a cut with a dub, and a film of what the dub made of it.

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

from lipflap.core.encode.write_video import write_footage
from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_bytes
from lipflap.plugin.demo import comparison
from lipflap.plugin.demo.cut import DUB_TRACK, SHOTS, write_cut
from lipflap.plugin.demo.footage import RATE, TAKES, production_sound, take_frames
from lipflap.plugin.demo.sound import SAMPLE_RATE_HZ, mix_sentences
from lipflap.plugin.job.folder import Job
from lipflap.plugin.qc.report import read_report


def make_footage(folder: Path, say: Callable[[str], None]) -> None:
    """Make the footage, the sounds and the cut, the same bytes each time. Raises DubError.

    say   prints a line of progress
    """
    media = folder / "media"
    if media.exists() and not _cut(folder).exists():
        raise DubError(
            "is there already, and not from a demo.",
            where=str(media),
            fix="Give another folder with -o.",
        )
    write_cut(_cut(folder))
    for take in TAKES:
        say(f"Shooting {take.name}, {take.frames} frames")
        write_footage(media / f"{take.name}.mov", take_frames(take), RATE, take.start_frame)
        if take.sentence:
            _write_wav(media / f"{take.name}.wav", production_sound(take))
    for line in (shot.line for shot in SHOTS if shot.line):
        _write_wav(media / f"{line.name}.wav", mix_sentences((line.sentence,), line.seconds))
    _write_wav(_dub_mix(folder), _mix_lines())


def dub_command(folder: Path) -> list[str]:
    """Return what an editor would type after `lipflap` to dub this cut."""
    return ["dub", str(_cut(folder)), "--dub", f"track:{DUB_TRACK}", "-o", str(folder / "job")]


def write_comparison(folder: Path) -> None:
    """Write the film of the original and the dubbed cut, side by side. Raises DubError."""
    comparison.write_comparison(_film(folder), _cut(folder), _dubbed_cut(folder), _dub_mix(folder))


def where_to_look(folder: Path) -> Iterator[str]:
    """Return where the film, the dubbed cut and the report are, in lines of text."""
    yield ""
    yield f"film      {_film(folder)}"
    yield "          left the original, right the dubbed picture, with the sound of the dub"
    yield f"timeline  {_dubbed_cut(folder)}"
    yield "          for your editing program: each dubbed clip holds both pictures"
    yield f"report    {_job(folder).report}"
    yield "          what was done to each shot, and why SH020 was skipped"


def _cut(folder: Path) -> Path:
    return folder / "cut.otio"


def _job(folder: Path) -> Job:
    return Job(folder / "job")


def _dubbed_cut(folder: Path) -> Path:
    return Path(read_report(_job(folder).report).conformed)


def _film(folder: Path) -> Path:
    return folder / "demo.mp4"


def _dub_mix(folder: Path) -> Path:
    return folder / "media" / "dub_mix.wav"


def _mix_lines() -> NDArray[np.float32]:
    """Return all dub lines where they play in the cut: mono samples at SAMPLE_RATE_HZ."""
    lines, shot_start = [], 0
    for shot in SHOTS:
        if shot.line:
            start_s = float((shot_start + shot.line.into_shot) / RATE)
            lines.append(replace(shot.line.sentence, at_s=start_s))
        shot_start += shot.frames
    return mix_sentences(tuple(lines), float(shot_start / RATE))


def _write_wav(path: Path, sound: NDArray[np.float32]) -> None:
    import soundfile

    buffer = BytesIO()
    soundfile.write(buffer, sound, SAMPLE_RATE_HZ, format="WAV", subtype="PCM_24")
    write_bytes(path, buffer.getbuffer())
