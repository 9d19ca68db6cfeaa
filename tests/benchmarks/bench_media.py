"""Seconds per 1080p frame through the media room, and memory against the length of the shot.

    python tests/benchmarks/bench_media.py [frames] [longer]

Each run decodes, looks at, lays a patch into and encodes every frame of an H.264 film, in a
process of its own; a plain ffmpeg transcode of the same film to the same codec is the measure.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from lipflap.core.encode.codecs import encoder_settings
from lipflap.core.encode.encode import open_writer, suffix
from lipflap.core.media.decode import pictures
from lipflap.core.media.ffmpeg_process import binary
from lipflap.core.media.pixels import colour
from lipflap.core.media.probe import probe
from lipflap.core.order import Output
from lipflap.core.timing import Stopwatch

STAGES = ("decode", "rgb8", "lay", "encode")
BOX = colour.Box(810, 390, 1110, 690)


def film(folder: Path, frames: int) -> Path:
    path = folder / f"{frames}.mp4"
    pattern = f"testsrc2=s=1920x1080:r=25:d={frames / 25}"
    coding = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
    subprocess.run(
        [binary(), "-v", "error", "-f", "lavfi", "-i", pattern, *coding, path], check=True
    )
    return path


def ours(path: str) -> dict[str, float]:
    """Seconds by stage, processor seconds, peak memory of this process and its largest child."""
    info = probe(path)
    made = Output(f"{path}.new{suffix(info, 'source')}", info.rate, 0, 0, 0, "source")
    patch = np.full((300, 300, 3), 0.5, np.float32)
    matte = np.full((300, 300), 0.5, np.float32)
    watch = Stopwatch(*STAGES)
    began = time.perf_counter()
    with open_writer(info, made) as writer:
        for frame in watch.each("decode", pictures(info, range(info.frame_count))):
            with watch.on("rgb8"):
                colour.rgb8(frame, info)
            with watch.on("lay"):
                laid = colour.composite(frame, info, BOX, patch, matte)
            with watch.on("encode"):
                writer.write(laid)
    whole_s = time.perf_counter() - began
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return dict(watch.seconds) | {
        "whole": whole_s,
        "cpu": sum(use.ru_utime + use.ru_stime for use in used),
        "peak_kb": sum(use.ru_maxrss for use in used),
    }


def theirs(path: Path) -> tuple[float, float]:
    """Seconds and processor seconds of a plain transcode."""
    target = encoder_settings(probe(str(path)), "source")
    coding = ["-c:v", target.options["vcodec"], "-profile:v", str(target.options["profile:v"])]
    coding += ["-pix_fmt", target.pixel_format, f"{path}.plain.mov"]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([binary(), "-v", "error", "-y", "-i", path, *coding], check=True)
    took_s, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return took_s, cpu_s


def main() -> None:
    lengths = [int(word) for word in sys.argv[1:]] or [250, 1500]
    peaks = []
    for frames in lengths:
        with tempfile.TemporaryDirectory() as folder:
            path = film(Path(folder), frames)
            said = subprocess.run(
                [sys.executable, __file__, "--one", path],
                capture_output=True,
                text=True,
                check=True,
            )
            took = json.loads(said.stdout)
            plain_s, plain_cpu_s = theirs(path)
        each = {name: value / frames * 1000 for name, value in took.items()}
        stages = "  ".join(f"{stage} {each[stage]:.1f}" for stage in STAGES)
        peaks.append(took["peak_kb"] / 1024)
        print(f"{frames} frames: {each['whole']:.1f} ms each ({stages})")
        print(
            f"  {took['whole'] / plain_s:.2f} x a plain transcode ({plain_s / frames * 1e3:.1f} ms)"
        )
        print(
            f"  processors: {each['cpu']:.1f} ms, of the transcode {plain_cpu_s / frames * 1e3:.1f}"
        )
        print(f"  peak memory {peaks[-1]:.0f} MB with the largest child")
    print(f"memory of the last to the first: {peaks[-1] / peaks[0]:.3f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(ours(sys.argv[2])))
    else:
        main()
