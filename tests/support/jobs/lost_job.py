"""A JOB of a few small shots of puppets, and what must hold of it whatever happens to it.

SH010  a movie in which one speaks      SH020  a sequence of PNG files
SH030  one in which nobody speaks       SH040  a movie in which two speak
"""

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from support.puppets.puppet import Puppet, draw
from support.puppets.puppet_shot import HZ, film_order, speech, write_movie

from lipflap.core.files.atomic import write_text
from lipflap.core.order import DubOrder, FrameMap, Role, order_to_json
from lipflap.core.result import ShotState, read_result
from lipflap.plugin.job.folder import Job

FRAMES, STILLS, RATE = 18, 8, Fraction(25)
SHOTS = ("SH010", "SH020", "SH030", "SH040")

Files = dict[str, bytes]
Stamps = dict[str, tuple[int, int]]


def write_orders(folder: Path) -> dict[str, DubOrder]:
    """Film and sound of two puppets in `folder`, and an order for each shot of it."""
    pictures = (
        draw([Puppet(50, 36, 30, 0.1), Puppet(136, 40, 34, 0.2)], 192, 120) for _ in range(FRAMES)
    )
    film = write_movie(folder / "plate.mkv", pictures, RATE)
    sound = np.random.default_rng(1).standard_normal(FRAMES * HZ // 25).astype(np.float32) * 0.1
    at = np.arange(len(sound)) * 25 // HZ
    sound[(at < 3) | ((at >= 8) & (at < 12)) | (at >= 15)] = 0
    said = speech(folder / "dub.wav", Role.DUB, sound, face=0)
    whole = film_order(film, Path("SH010.mkv"), said)
    stills = replace(whole.output, path="SH020.%06d.png", codec="png")
    short = FrameMap(Fraction(0), Fraction(1), STILLS)
    return {
        "SH010": whole,
        "SH020": replace(whole, output=stills, frames=short),
        "SH030": replace(whole, speeches=()),
        "SH040": replace(whole, speeches=(said, replace(said, face=1))),
    }


def place(job: Job, orders: Mapping[str, DubOrder]) -> list[Path]:
    """The orders in a JOB folder."""
    for shot, asked in orders.items():
        suffix = asked.output.path.partition(".")[2]
        output = replace(asked.output, path=str(job.media(shot, f".{suffix}")))
        write_text(job.order(shot), order_to_json(replace(asked, shot=shot, output=output)))
    return [job.order(shot) for shot in orders]


def media(job: Job) -> Files:
    """All files that stand under a final name beside the new media, by their names."""
    folder = job.folder / "media"
    there = folder.iterdir() if folder.is_dir() else ()
    return {path.name: path.read_bytes() for path in there if not path.name.startswith(".")}


def results(job: Job) -> dict[str, str]:
    """What came of each shot that has a result; unreadable ones are an error here."""
    there = {shot: job.result(shot) for shot in SHOTS}
    return {s: read_result(path).report.state for s, path in there.items() if path.exists()}


def stamps(job: Job) -> Stamps:
    """Inode and time of change of the media of shots that have a result."""
    done = [shot for shot, state in results(job).items() if state == ShotState.RENDERED]
    files = [path for path in (job.folder / "media").glob("[!.]*") if path.name[:5] in done]
    return {p.name: (p.stat().st_ino, p.stat().st_mtime_ns) for p in files}


def left_over(job: Job) -> list[str]:
    """Files that are neither ours to keep nor locks."""
    files = (path for path in job.folder.rglob(".*") if path.suffix != ".lock")
    return sorted(path.name for path in [*files, *(job.folder / "progress").glob("*")])
