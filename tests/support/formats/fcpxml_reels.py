"""The coded reel as a project of Final Cut Pro, and what Bladeworks shows, a renderer of FCPXML."""

import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

from support.cuts.coded_reel import LENGTH, MEDIA_FRAMES, MIX, SHOTS, TITLE, media_name
from support.media.frame_codes import HEIGHT, WIDTH, Seen, read_film

from lipflap.core.timecode import parse_timecode

BLADEWORKS = shutil.which("bladeworks")
_DISSOLVE = "FxPlug:4731E73A-8DAC-4113-9A30-AE85B1761265"


def render_fcpxml(project: Path, rate: Fraction) -> list[Seen]:
    """Return what Bladeworks shows of a project."""
    film = project.with_suffix(".rendered.mp4")
    command = [str(BLADEWORKS), "render", str(project), "-o", str(film), "--video-only"]
    done = subprocess.run(
        [*command, "--no-progress", "--device", "cpu"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return read_film(film)


def fcpxml_reel(
    folder: Path,
    rate: Fraction = Fraction(25),
    timecode: str = "10:00:00:00",
    version: str = "1.10",
) -> str:
    """Return the reel as Final Cut Pro writes it: its title connected to the last shot."""
    zero = parse_timecode(timecode, rate)
    films = [(f"film{shot.file}", media_name(shot.file), zero, MEDIA_FRAMES) for shot in SHOTS]
    assets = "".join(
        _asset(key, folder / name, (first, count), rate, version)
        for key, name, first, count in [*films, ("title", "title.mov", 0, len(TITLE))]
    )
    clips = {shot.file: _clip(shot.file, shot.record, zero + shot.first, rate) for shot in SHOTS}
    mix = (
        f'<transition name="Cross Dissolve" offset="{_s(MIX.start, rate)}" '
        f'duration="{_s(len(MIX), rate)}"><filter-video ref="mix" name="Cross Dissolve"/>'
        "</transition>\n"
    )
    last = SHOTS[3]
    begin = zero + last.first + TITLE.start - last.record.start
    title = (
        f'<asset-clip ref="title" lane="1" offset="{_s(begin, rate)}" name="title" start="0s" '
        f'duration="{_s(len(TITLE), rate)}"/>'
    )
    spine = clips[1] % "" + mix + clips[2] % "" + clips[3] % "" + clips[4] % title
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n<fcpxml version="{version}">\n'
        f'<resources>\n<format id="r1" frameDuration="{_s(1, rate)}" width="{WIDTH}" '
        f'height="{HEIGHT}" colorSpace="1-1-1 (Rec. 709)"/>\n{assets}'
        f'<effect id="mix" name="Cross Dissolve" uid="{_DISSOLVE}"/>\n</resources>\n'
        f'<library><event name="e"><project name="reel">\n<sequence format="r1" tcStart="0s" '
        f'tcFormat="NDF" duration="{_s(LENGTH, rate)}" audioLayout="stereo" audioRate="48k">\n'
        f"<spine>\n{spine}</spine>\n</sequence>\n</project></event></library>\n</fcpxml>\n"
    )


def _asset(key: str, path: Path, held: tuple[int, int], rate: Fraction, version: str) -> str:
    """Return an asset; `held` are its first frame and their number."""
    sound = "" if key == "title" else ' hasAudio="1" audioSources="1" audioChannels="1"'
    start = (
        f'<asset id="{key}" name="{path.stem}" start="{_s(held[0], rate)}" '
        f'duration="{_s(held[1], rate)}" hasVideo="1" format="r1"{sound}'
    )
    if int(version.split(".")[1]) < 9:  # before Final Cut Pro 10.5
        return f'{start} src="{path.as_uri()}"/>\n'
    return f'{start}><media-rep kind="original-media" src="{path.as_uri()}"/></asset>\n'


def _clip(file: int, record: range, first: int, rate: Fraction) -> str:
    return (
        f'<asset-clip ref="film{file}" name="film {file}" offset="{_s(record.start, rate)}" '
        f'start="{_s(first, rate)}" duration="{_s(len(record), rate)}" format="r1" '
        'tcFormat="NDF">%s</asset-clip>\n'
    )


def _s(frames: int, rate: Fraction) -> str:
    """Return a time as Final Cut Pro writes it."""
    time = frames / rate
    return f"{time.numerator}s" if time.denominator == 1 else f"{time}s"
