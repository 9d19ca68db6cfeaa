"""The table of docs/formats.md: what comes back in each format, shown by programs not ours.

    python tests/benchmarks/bench_formats.py [--big CLIPS]

Of each dialect and mode: frames of the coded reel that another program shows right, at 25, 23.976
and 29.97 frames a second; tags of the document that are gone and are no number of a track, no name
and nothing that a dubbed clip plays; seconds to patch a document of 10,000 clips.
"""

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.coded_reel import (
    LENGTH,
    SHOTS,
    delivery,
    dubbed_shots,
    expected,
    media_name,
    right_frames,
    write_media,
)
from support.frame_codes import Seen
from support.markup import changes
from support.mlt_reels import kdenlive_reel, plain_reel, render, shotcut_reel
from support.xges_reels import render_ges, xges_reel

from lipflap.plugin.timeline.patch.dubbed_shot import DubbedShot, How, Writer
from lipflap.plugin.timeline.patch.mlt.write import MLT
from lipflap.plugin.timeline.patch.xges import XGES
from lipflap.plugin.timeline.read import read_timeline

RATES = (Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001))
_OURS = re.compile(
    r'<property name="(a_track|b_track|kdenlive:(id|clipname))">|<(entry|track|clip|layer) '
)


@dataclass(frozen=True)
class Dialect:
    """A format: its reel, its writer, and the program that shows it."""

    suffix: str
    reel: Callable[[Path, Fraction], str]
    writer: Writer
    show: Callable[[Path, Fraction], list[Seen]]
    between_tracks: bool = False


DIALECTS: Mapping[str, Dialect] = {
    "Kdenlive 22": Dialect(".kdenlive", kdenlive_reel, MLT, lambda path, rate: render(path)),
    "Kdenlive 24": Dialect(
        ".kdenlive",
        lambda folder, rate: kdenlive_reel(folder, rate, nested=True),
        MLT,
        lambda path, rate: render(path),
    ),
    "Shotcut": Dialect(".mlt", shotcut_reel, MLT, lambda path, rate: render(path)),
    "MLT": Dialect(".mlt", plain_reel, MLT, lambda path, rate: render(path), between_tracks=True),
    "GES": Dialect(".xges", xges_reel, XGES, render_ges),
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--big", type=int, default=10_000, metavar="CLIPS")
    big = arguments.parse_args().big
    print("| format | mode | shown by | 25 | 23.976 | 29.97 | other tags gone | seconds |")
    print("|---|---|---|---|---|---|---|---|")
    for name, dialect in DIALECTS.items():
        for how in dialect.writer.modes:
            with tempfile.TemporaryDirectory() as folder:
                print(_row(Path(folder), name, dialect, how, big), flush=True)


def _row(folder: Path, name: str, dialect: Dialect, how: How, big: int) -> str:
    cells, gone = [], 0
    for rate in RATES:
        place = folder / str(round(rate))
        place.mkdir()
        before, dubbed, lost = _shown(place, dialect, how, rate)
        cells.append(f"{dubbed} of {LENGTH}" + (f" (before: {before})" if before < LENGTH else ""))
        gone += lost
    seconds = _seconds(folder, dialect, how, big)
    program = "GES 1.22" if dialect.writer is XGES else "melt 7.12"
    return f"| {name} | {how} | {program} | {' | '.join(cells)} | {gone} | {seconds:.1f} |"


def _shown(folder: Path, dialect: Dialect, how: How, rate: Fraction) -> tuple[int, int, int]:
    """Return frames shown right of the cut and of the dubbed cut, and tags that are lost."""
    write_media(folder, rate)
    path = folder / f"reel{dialect.suffix}"
    path.write_text(dialect.reel(folder, rate), encoding="utf-8")
    elements = _elements(folder, path)
    shots = dubbed_shots(folder, elements, rate, between_tracks=dialect.between_tracks)
    before = path.read_bytes()
    after = dialect.writer.patch(before, path, delivery(shots, how, rate)).data
    shown = right_frames(dialect.show(path, rate), expected(dubbed=False))
    dubbed = folder / f"dubbed{dialect.suffix}"
    dubbed.write_bytes(after)
    right = right_frames(dialect.show(dubbed, rate), expected(dubbed=True))
    gone, _ = changes(before, after)
    lost = [one for one in gone if one.startswith("<") and not _OURS.match(one)]
    return shown, right, len(lost)


def _elements(folder: Path, path: Path) -> dict[int, str]:
    names = {(folder / media_name(shot.file)).as_uri(): shot.file for shot in SHOTS}
    timeline = read_timeline(path)
    clips = [
        (getattr(clip.media_reference, "target_url", ""), clip.metadata["lipflap"]["element"])
        for clip in timeline.find_clips()
    ]
    return {names[url]: element for url, element in clips if url in names}


def _seconds(folder: Path, dialect: Dialect, how: How, clips: int) -> float:
    """Return seconds to patch a document in which the reel's third shot stands so many times."""
    place = folder / "big"
    place.mkdir()
    text = dialect.reel(place, Fraction(25))
    third = re.search(r'<entry producer="film3"[^>]*(/>|>.*?</entry>)', text, re.DOTALL)
    path = place / f"big{dialect.suffix}"
    if third is None:
        return _seconds_of_layers(path, text, dialect, how, clips)
    path.write_text(text.replace(third[0], third[0] * clips, 1), encoding="utf-8")
    return _timed(path, dialect, how)


def _seconds_of_layers(path: Path, text: str, dialect: Dialect, how: How, clips: int) -> float:
    """The same for GES, whose clips say their own start."""
    third = re.search(r"<clip id='3'.*?/>\n", text, re.S)
    assert third is not None
    start = int(re.search(r"start='(\d+)'", third[0])[1])
    length = int(re.search(r"duration='(\d+)'", third[0])[1])
    more = "".join(
        third[0]
        .replace("id='3'", f"id='{100 + n}'")
        .replace(f"start='{start}'", f"start='{10**11 + n * length}'")
        for n in range(clips)
    )
    path.write_text(text.replace(third[0], third[0] + more, 1), encoding="utf-8")
    return _timed(path, dialect, how)


def _timed(path: Path, dialect: Dialect, how: How) -> float:
    """Return seconds to patch a document in which every shot is dubbed."""
    timeline = read_timeline(path)
    first = dubbed_shots(path.parent, dict.fromkeys((1, 2, 4), ""), Fraction(25), (4,))[0]
    elements = [
        clip.metadata["lipflap"]["element"]
        for clip in timeline.find_clips()
        if "film" in str(getattr(clip.media_reference, "target_url", ""))
    ]
    shots = tuple(_named(first, n, element) for n, element in enumerate(elements))
    data = path.read_bytes()
    began = time.process_time()
    dialect.writer.patch(data, path, delivery(shots, how, Fraction(25)))
    return time.process_time() - began


def _named(shot: DubbedShot, number: int, element: str) -> DubbedShot:
    return replace(shot, name=f"SH{number:05}", element=element)


if __name__ == "__main__":
    main()
