"""Seconds a 1080p frame by stage, and peak memory at 250 and 1500 frames, with the shipped model.

Run it with nothing else running:  python tests/benchmarks/bench_shot.py
The baseline is a plain ffmpeg transcode of the same film to the same codec, in the same run.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import skimage.data
import soundfile
from numpy.typing import NDArray

from lipflap.core.encode.write_video import write_footage
from lipflap.core.files.fingerprint import fingerprint, fingerprint_of_picture
from lipflap.core.media.ffmpeg_process import binary
from lipflap.core.model_files import locate, sha256
from lipflap.core.order import (
    DubOrder,
    DubSettings,
    FrameMap,
    Mode,
    Output,
    Picture,
    Role,
    Speech,
    order_to_json,
    read_order,
)
from lipflap.core.result import DubResult
from lipflap.core.shot import dub_shot

ASSETS = Path(__file__).parents[2] / "plugin" / "demo" / "assets"
RATE = Fraction(25)
LENGTHS = (250, 1500)


def pictures(count: int) -> Iterator[NDArray[np.uint8]]:
    """A 1080p portrait that sways."""
    portrait = skimage.data.astronaut()
    for frame in range(count):
        x, y = 700 + 30 * np.sin(frame / 20), -40 + 12 * np.cos(frame / 31)
        move = np.array([[2.1, 0, x], [0, 2.1, y]])
        yield cv2.warpAffine(portrait, move, (1920, 1080), borderMode=cv2.BORDER_REFLECT)


def voice(path: Path, count: int) -> int:
    """The demo's dub lines over and over; how many samples."""
    said, hz = soundfile.read(sorted(ASSETS.glob("dub*.flac"))[0])
    sound = np.resize(said, int(count / RATE * hz))
    soundfile.write(path, sound, hz)
    return len(sound)


def order_for(folder: Path, count: int) -> DubOrder:
    film, sound, out = (folder / f"{name}{count}" for name in ("film", "voice", "out"))
    film, sound, out = film.with_suffix(".mov"), sound.with_suffix(".wav"), out.with_suffix(".mov")
    write_footage(film, pictures(count), RATE, 90_000)
    samples = voice(sound, count)
    hz = soundfile.info(sound).samplerate
    return DubOrder(
        f"bench{count}",
        Picture(str(film), RATE, 90_000, None, fingerprint_of_picture(str(film))),
        FrameMap(Fraction(0), Fraction(1), count),
        (Speech(str(sound), Role.DUB, 0, samples, hz, 0, None, fingerprint(sound)),),
        Output(str(out), RATE, 90_000, 0, 0, "source"),
        DubSettings(
            "starter", sha256(locate("starter")), 2, 1.0, Mode.AUTOREGRESSIVE, 1, "embedded", None
        ),
    )


def render(order_file: str) -> None:
    """In a process of its own, so that its peak memory is its own: prints stages and peak."""
    *_, result = dub_shot(read_order(Path(order_file)))
    if not isinstance(result, DubResult):
        raise TypeError("the last event of a shot is its result")
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {"peak_mib": peak_mib, "painted": result.report.repainted_frames}
    print(json.dumps(told | {"seconds": result.report.seconds}))


def transcode_s(order: DubOrder) -> float:
    film = order.picture.path
    command = [binary(), "-v", "error", "-y", "-i", film, "-c:v", "prores_aw", "-profile:v", "2"]
    began = time.perf_counter()
    subprocess.run([*command, f"{film}.again.mov"], check=True)
    return time.perf_counter() - began


def main() -> None:
    peaks = []
    with tempfile.TemporaryDirectory() as name:
        for count in LENGTHS:
            order = order_for(Path(name), count)
            order_file = Path(name) / f"{count}.json"
            order_file.write_text(order_to_json(order))
            plain_ms = 1000 * transcode_s(order) / count
            child = [sys.executable, __file__, str(order_file)]
            said = subprocess.run(child, check=True, capture_output=True, text=True).stdout
            told = json.loads(said.splitlines()[-1])
            peaks.append(told["peak_mib"])
            ms = {stage: 1000 * s / count for stage, s in told["seconds"].items()}
            around = sum(ms.values()) - ms["sample"]
            print(f"{count} frames of 1080p, {told['painted']} with a new mouth")
            print("  " + "  ".join(f"{stage} {each:.1f} ms" for stage, each in ms.items()))
            print(
                f"  without the sampler {around:.1f} ms a frame, {around / plain_ms:.1f} x", end=""
            )
            print(f" a plain transcode ({plain_ms:.1f} ms); peak {told['peak_mib']:.0f} MiB")
    print(f"peak memory at {LENGTHS[1]} / at {LENGTHS[0]} frames: {peaks[1] / peaks[0]:.3f}")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        render(sys.argv[1])
    else:
        main()
