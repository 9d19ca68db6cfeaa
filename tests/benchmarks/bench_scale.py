"""Seconds and peak memory of scan, order and status on a long cut, and how they grow with it.

    python tests/benchmarks/bench_scale.py [clips …]

Three hours of picture on paper: clips of about a second out of two hundred rolls of tiny film,
an eighth of them on an upper track and a twentieth of them nested; a dub line over nearly every
clip and production sound of the same rolls. Every command runs in a process of its own.
"""

import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import opentimelineio as otio
import soundfile

from lipflap.core.media.ffmpeg_process import binary
from lipflap.plugin.cli.main import main

RATE, HZ = 24, 8000
ROLLS, ROLL_FRAMES = 200, 1400


def write_cut(folder: Path, clips: int) -> Path:
    """A cut of so many clips, beside its media."""
    _write_media(folder)
    chance = random.Random(clips)
    lengths = [chance.randint(12, 48) for _ in range(clips)]
    main_picture, above, said, dub = (
        otio.schema.Track(name, kind=kind)
        for name, kind in (("V1", "Video"), ("V2", "Video"), ("Day", "Audio"), ("Dub DE", "Audio"))
    )
    for number, frames in enumerate(lengths):
        roll = chance.randrange(ROLLS)
        first = chance.randrange(ROLL_FRAMES - frames)
        shot = _clip(f"SC{number:05}", f"R{roll:03}.mov", first, frames)
        gap = otio.schema.Gap(duration=otio.opentime.RationalTime(frames, RATE))
        if number % 8 == 7:
            above.append(shot)
            main_picture.append(gap)
        else:
            main_picture.append(_nested(shot) if number % 20 == 0 else shot)
            above.append(gap)
        said.append(_clip(f"P{number:05}", f"R{roll:03}.wav", first, frames))
        dub.append(_clip(f"D{number:05}", f"R{roll:03}.wav", first, max(1, frames - 3)))
        dub.append(otio.schema.Gap(duration=otio.opentime.RationalTime(min(3, frames - 1), RATE)))
    made = otio.schema.Timeline("long")
    made.tracks.extend([main_picture, above, said, dub])
    path = folder / f"{clips}.otio"
    made.to_json_file(str(path))
    return path


def _write_media(folder: Path) -> None:
    if (folder / "R000.mov").exists():
        return
    drawn = f"testsrc2=s=64x64:r={RATE}:d={ROLL_FRAMES / RATE}"
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    command = [binary(), "-v", "error", "-f", "lavfi", "-i", drawn, *coding, folder / "R000.mov"]
    subprocess.run(command, check=True)
    hiss = np.random.default_rng(0).normal(0, 0.1, ROLL_FRAMES * HZ // RATE)
    soundfile.write(folder / "R000.wav", hiss, HZ)
    for roll in range(1, ROLLS):
        for kind in ("mov", "wav"):
            shutil.copyfile(folder / f"R000.{kind}", folder / f"R{roll:03}.{kind}")


def _clip(name: str, file: str, first: int, frames: int) -> otio.schema.Clip:
    media = otio.schema.ExternalReference(file, _span(0, ROLL_FRAMES))
    return otio.schema.Clip(name, media, _span(first, frames))


def _nested(clip: otio.schema.Clip) -> otio.schema.Stack:
    inner = otio.schema.Track("inner", [clip])
    return otio.schema.Stack(f"nest of {clip.name}", [inner])


def _span(first: int, frames: int) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(first, RATE), otio.opentime.RationalTime(frames, RATE)
    )


def measured(*command: str) -> dict[str, float]:
    """Seconds, on the clock and of a processor, and peak MiB of a command in its own process."""
    child = subprocess.run(
        [sys.executable, __file__, "--inside", *command], capture_output=True, text=True, check=True
    )
    return dict(json.loads(child.stderr.splitlines()[-1]))


def inside(command: list[str]) -> None:
    began = time.perf_counter()
    exit_code = main(command)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {
        "seconds": time.perf_counter() - began,
        "busy_seconds": time.process_time(),
        "peak_mib": peak_mib,
        "exit_code": exit_code,
    }
    print(json.dumps(told), file=sys.stderr)


def show(clip_counts: list[int]) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-scale-") as made:
        folder = Path(made)
        for clips in clip_counts:
            cut = write_cut(folder, clips)
            megabytes = cut.stat().st_size / 1e6
            job = str(folder / f"job{clips}")
            for name, command in {
                "scan": ["scan", str(cut)],
                "order": ["order", str(cut), "-o", job],
                "order again": ["order", str(cut), "-o", job],
                "status": ["farm", "status", job],
            }.items():
                found = measured(*command)
                print(
                    f"{clips:6} clips, {megabytes:5.1f} MB  {name:12} {found['seconds']:6.2f} s  "
                    f"{found['busy_seconds']:6.2f} s of a processor  "
                    f"{found['peak_mib']:5.0f} MiB  exit code {found['exit_code']}"
                )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--inside"]:
        inside(sys.argv[2:])
    else:
        show([int(clips) for clips in sys.argv[1:]] or [1000, 5000, 10_000])
