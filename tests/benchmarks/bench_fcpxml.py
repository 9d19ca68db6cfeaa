"""Frames of dubbed FCPXML that Bladeworks, a renderer of FCPXML that is not ours, shows right.

    pip install bladeworks          # into an environment of its own: it pins its libraries
    PATH=$PATH:THAT/bin python tests/benchmarks/bench_fcpxml.py

The coded reel in ProRes with sound, ordered, brought back and conformed with --sound. Bladeworks
lays the mix of two clips over what is connected to them too, and refuses a mix that is repeated
there: for --as track the reel has none.
"""

import contextlib
import io
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.cuts import coded_job
from support.cuts.coded_reel import (
    DUBBED,
    LENGTH,
    MEDIA_FRAMES,
    SHOTS,
    TITLE,
    expected,
    media_name,
    right_frames,
    write_media,
)
from support.formats import fcpxml_reels
from support.formats.fcpxml_reels import BLADEWORKS, fcpxml_reel, render_fcpxml
from support.media.frame_codes import Code, Seen, write_film
from support.media.sound_files import write_tones

from lipflap.core.media.ffmpeg_process import binary
from lipflap.plugin.cli.main import main as lipflap
from lipflap.plugin.job.folder import Job
from lipflap.plugin.timeline.patch.dubbed_shot import How

RATES = (
    (Fraction(25), "10:00:00:00"),
    (Fraction(24000, 1001), "10:00:00:00"),
    (Fraction(30000, 1001), "10:00:00;00"),
)


def main() -> None:
    if BLADEWORKS is None:
        sys.exit(__doc__)
    fcpxml_reels.media_name = _movie_name
    coded_job.write_film = _write_prores
    print("| mode | 25 | 23.976 | 29.97 | of the cut itself |")
    print("|---|---|---|---|---|")
    for how in (How.ALTERNATE, How.REPLACE, How.TRACK):
        found = [_shown(how, rate, timecode) for rate, timecode in RATES]
        cells = " | ".join(f"{right} of {LENGTH}" for right, _ in found)
        print(f"| {how} | {cells} | {', '.join(str(before) for _, before in found)} |", flush=True)


def _shown(how: How, rate: Fraction, timecode: str) -> tuple[int, int]:
    """Return frames shown right of the dubbed cut, and of the cut."""
    has_mix = how != How.TRACK
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        _write_media(folder, rate, timecode)
        text = fcpxml_reel(folder, rate, timecode)
        cut = folder / "reel.fcpxml"
        cut.write_text(
            text if has_mix else re.sub(r"<transition.*?</transition>\n", "", text),
            encoding="utf-8",
        )
        before = right_frames(render_fcpxml(cut, rate), _wanted(has_mix, dubbed=False))
        job, out = Job(folder / "job"), folder / "dubbed.fcpxml"
        dub = ["--dub", str(folder / "de.wav"), "--dub-at", "00:00:00:00", "--skip", "film 3"]
        _quietly("order", str(cut), *dub, "-o", str(job.folder))
        coded_job.render_coded(job)
        _quietly("conform", str(cut), str(job.folder), "--as", str(how), "--sound", "-o", str(out))
        return right_frames(render_fcpxml(out, rate), _wanted(has_mix, dubbed=True)), before


def _wanted(has_mix: bool, *, dubbed: bool) -> list[Seen]:
    if has_mix:
        return expected(dubbed=dubbed)
    return [
        Seen(
            frozenset(
                {
                    Code(
                        shot.file,
                        shot.first + frame - shot.record.start,
                        dubbed and shot.file in DUBBED,
                    )
                }
            ),
            frame in TITLE,
        )
        for shot in SHOTS
        for frame in shot.record
    ]


def _movie_name(file: int) -> str:
    return Path(media_name(file)).with_suffix(".mov").name


def _write_media(folder: Path, rate: Fraction, timecode: str) -> None:
    """Write the reel's media as a camera does: ProRes with sound and timecode."""
    write_media(folder, rate)
    for shot in SHOTS:
        sound = write_tones(folder / "tone.wav", [300], float(MEDIA_FRAMES / rate))
        source = folder / media_name(shot.file)
        made = folder / _movie_name(shot.file)
        _ffmpeg(rate, source, "-i", sound, "-c:v", "prores_ks", "-timecode", timecode, made)
        source.unlink()
    title = folder / "title.mov"
    opaque = ("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le")
    _ffmpeg(rate, title, *opaque, folder / "title 4444.mov")
    (folder / "title 4444.mov").replace(title)
    write_tones(folder / "de.wav", [300], 9)


def _write_prores(
    path: Path, file: int, frames: Iterable[int], *, rate: Fraction, dubbed: bool
) -> Path:
    source = write_film(path.with_suffix(".mkv"), file, frames, rate=rate, dubbed=dubbed)
    _ffmpeg(rate, source, "-c:v", "prores_ks", path)
    source.unlink()
    return path


def _ffmpeg(rate: Fraction, source: Path, *arguments: object) -> None:
    """Run ffmpeg on a film whose frames count, and not its times, which Matroska rounds."""
    command = [binary(), "-v", "error", "-y", "-r", str(rate), "-i", str(source)]
    subprocess.run([*command, *map(str, arguments)], check=True)


def _quietly(*arguments: str) -> None:
    with contextlib.redirect_stdout(io.StringIO()):
        assert lipflap(list(arguments)) == 0


if __name__ == "__main__":
    main()
