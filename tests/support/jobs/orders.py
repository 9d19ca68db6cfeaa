"""Orders and settings as tests need them: valid, small, of media that mostly need not exist."""

import subprocess
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from lipflap.core.media.ffmpeg_process import binary
from lipflap.core.order import DubOrder, DubSettings, FrameMap, Mode, Output, Picture, Speech
from lipflap.plugin.job.folder import Job

RATE = Fraction(25)


def make_settings(**changes: object) -> DubSettings:
    """The starter model at two steps, without guidance; `changes` replace fields."""
    settings = DubSettings(
        model="starter",
        model_sha256="",
        steps=2,
        guidance=1.0,
        mode=Mode.AUTOREGRESSIVE,
        seed=0,
        tracker="embedded",
        face=None,
    )
    return replace(settings, **changes)  # type: ignore[arg-type]


def make_order(
    output: Path | str,
    *,
    shot: str = "SH010",
    film: Path | str = "plate.mov",
    fingerprint: str = "abc",
    rate: Fraction = RATE,
    frames: int = 100,
    speeches: Sequence[Speech] = (),
    settings: DubSettings | None = None,
) -> DubOrder:
    """All frames of a film, without handles, written to `output`."""
    return DubOrder(
        shot=shot,
        picture=Picture(str(film), rate, 0, None, fingerprint),
        frames=FrameMap(Fraction(0), Fraction(1), frames),
        speeches=tuple(speeches),
        output=Output(str(output), rate, 0, 0, 0, "source"),
        settings=settings or make_settings(),
    )


def job_order(
    job: Job, shot: str, frames: int = 100, *, film: Path | str = "plate.mov", **settings: object
) -> DubOrder:
    """An order of a JOB, its output where the JOB keeps media; `settings` replace fields."""
    return make_order(
        job.media(shot, ".mov"),
        shot=shot,
        film=film,
        frames=frames,
        settings=make_settings(**settings),
    )


def ntsc_order(folder: Path, timecode: str, first_frame: int) -> DubOrder:
    """An order of five frames of a film at 29.97, made in `folder`, that starts at a timecode."""
    film, rate = folder / "take.mov", Fraction(30_000, 1001)
    command = [binary(), "-v", "error", "-f", "lavfi", "-i", "color=s=64x48:r=30000/1001:d=0.2"]
    subprocess.run([*command, "-timecode", timecode, str(film)], check=True)
    order = job_order(Job(folder), "SH010", 5)
    return replace(
        order,
        picture=replace(order.picture, path=str(film), rate=rate, first_frame=first_frame),
        output=replace(order.output, rate=rate, start_frame=first_frame),
    )
