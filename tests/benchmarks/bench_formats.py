"""The table of docs/formats.md: what comes back in each format, at three rates.

    python tests/benchmarks/bench_formats.py [--big CLIPS] [--only FORMAT ...] [--write]

Of each dialect and mode: frames of the coded reel that are right of 200, of the cut and of the
dubbed cut, at 25, 23.976 and 29.97 (drop frame where the format counts so) frames a second; tags of
the document that are gone and are no number of a track, no name and nothing that a dubbed clip
plays; processor seconds to patch a document of 10,000 clips. --write puts it into the docs.

Kdenlive, Shotcut and MLT are shown by melt, GES by GES. Formats of programs that are not at hand
are read by OpenTimelineIO or its adapters, or by a second computation, as each row says; the
pictures are decoded from the files that they name (tests/support/formats/read_reels.py).
"""

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from urllib.parse import unquote

import aaf2
import opentimelineio as otio

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.cuts.coded_reel import (
    LENGTH,
    SHOTS,
    delivery,
    dubbed_shots,
    expected,
    first_number,
    media_name,
    right_frames,
    write_media,
)
from support.formats.markup import changes
from support.formats.mlt_reels import kdenlive_reel, plain_reel, render, shotcut_reel
from support.formats.read_reels import (
    Film,
    by_adapter,
    edl_reel,
    fcp7_reel,
    fcpxml_reel,
    films_in,
    otio_reel,
    seen_in,
    seen_in_edl,
)
from support.formats.xges_reels import render_ges, xges_reel
from support.media.frame_codes import Seen

from lipflap.core.timecode import format_timecode
from lipflap.plugin.timeline.bundle.read import is_bundle, unpack
from lipflap.plugin.timeline.clip.clip_frames import reference_of
from lipflap.plugin.timeline.clip.clip_media import file_of
from lipflap.plugin.timeline.dialect.speed import detect_dialect
from lipflap.plugin.timeline.dubbed.conform import conform_timeline, write_timeline
from lipflap.plugin.timeline.dubbed.new_media import RenderedMedia
from lipflap.plugin.timeline.patch.aaf import AAF
from lipflap.plugin.timeline.patch.dubbed_shot import Delivery, DubbedShot, How, Patched, Writer
from lipflap.plugin.timeline.patch.edl import EDL
from lipflap.plugin.timeline.patch.fcp7.write import FCP7
from lipflap.plugin.timeline.patch.fcpxml.write import FCPXML
from lipflap.plugin.timeline.patch.host_element import host_element
from lipflap.plugin.timeline.patch.mlt.write import MLT
from lipflap.plugin.timeline.patch.writers import returned_suffix
from lipflap.plugin.timeline.patch.xges import XGES
from lipflap.plugin.timeline.placement.place_clips import place_clips
from lipflap.plugin.timeline.read import read_timeline, says_rate

RATES = (Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001))
DOCS = Path(__file__).parents[2] / "docs" / "formats.md"
BEGIN, END = "<!-- made by tests/benchmarks/bench_formats.py -->", "<!-- end -->"
HEAD = (
    "| format | mode | shown by | 25 | 23.976 | 29.97 | other tags gone "
    "| processor seconds for 10,000 clips |\n|---|---|---|---|---|---|---|---|"
)
_OURS = re.compile(
    r'<property name="(a_track|b_track|kdenlive:(id|clipname))">|<(entry|track|clip|layer) '
    r'|<(asset-clip|project) |<file id="'
)
Films = Mapping[str, Film]


@dataclass(frozen=True)
class Dialect:
    """A format: its reel, what patches it, and what shows it.

    reel    (folder, rate, file to write, how often the third shot stands again at the end)
    show    (document, rate, films of the folder) -> what each frame shows
    new     ending of the new files
    title   whether the format holds the reel's title
    back    ending of what comes back, where that is another
    """

    suffix: str
    reel: Callable[[Path, Fraction, Path, int], None]
    writer: Writer
    show: Callable[[Path, Fraction, Films], list[Seen]]
    shown_by: str
    new: str = ".mkv"
    between_tracks: bool = False
    title: bool = True
    back: str = ""


def _text(make: Callable[..., str]) -> Callable[[Path, Fraction, Path, int], None]:
    """Write a reel that is text; formats of melt and GES repeat the third shot by themselves."""

    def write(folder: Path, rate: Fraction, path: Path, more: int) -> None:
        text = make(folder, rate, more) if make in _COUNTED else make(folder, rate)
        path.write_text(_repeated(text, more) if make not in _COUNTED else text, encoding="utf-8")

    return write


_COUNTED = (edl_reel, fcp7_reel, fcpxml_reel)


def _repeated(text: str, more: int) -> str:
    """Return a project of melt or GES in which the third shot stands so many times more."""
    if not more:
        return text
    entries = re.finditer(r'<entry producer="film3"[^>]*?(/>|>.*?</entry>)', text, re.DOTALL)
    if third := max(entries, key=re.Match.start, default=None):  # the first may be in the bin
        return text[: third.start()] + third[0] * more + text[third.start() :]
    third = re.search(r"<clip id='3'.*?/>\n", text, re.DOTALL)
    assert third is not None
    start, length = (int(re.search(rf"{it}='(\d+)'", third[0])[1]) for it in ("start", "duration"))
    late = (
        third[0]
        .replace("id='3'", f"id='{100 + n}'")
        .replace(f"start='{start}'", f"start='{10**11 + n * length}'")
        for n in range(more)
    )
    return text.replace(third[0], third[0] + "".join(late), 1)


def _write_otio(folder: Path, rate: Fraction, path: Path, more: int) -> None:
    timeline = otio_reel(folder, rate)
    third = next(one for one in timeline.find_clips() if one.name == "SH030")
    timeline.tracks[0].extend([third.clone() for _ in range(more)])
    for one in timeline.find_clips():
        one.metadata.clear()
    otio.adapters.write_to_file(timeline, str(path))


def _write_bundle(folder: Path, rate: Fraction, path: Path, more: int) -> None:
    """Let OpenTimelineIO pack the reel with its media."""
    if not (folder / media_name(1)).exists():
        write_media(folder, rate)
    _write_otio(folder, rate, path, more)


def _write_aaf(folder: Path, rate: Fraction, path: Path, more: int) -> None:
    timeline = otio_reel(folder, rate, mixed=False)
    otio.adapters.write_to_file(timeline, str(path), use_empty_mob_ids=True)
    if more:
        with aaf2.open(str(path), "rw") as file:
            (top,) = file.content.toplevel()
            shown = next(slot for slot in top.slots if slot.media_kind == "Picture")
            row = shown.segment
            third = list(row.components)[2]
            row.components.extend([third.copy() for _ in range(more)])
            row.length += more * third.length
            file.save()


def _patch_otio(data: bytes, path: Path, brought: Delivery) -> Patched:
    """Lay shots into a timeline of OpenTimelineIO as `lipflap conform` does."""
    timeline = read_timeline(path)
    placed = {
        host_key(one.address): one
        for one in place_clips(timeline, detect_dialect(timeline))
        if not one.is_sound
    }
    media = {
        placed[shot.element].address: RenderedMedia(
            path=str(shot.file),
            available=shot.frames,
            record_start=shot.shown_from,
            first_file=None,
            provenance={},
        )
        for shot in brought.shots
    }
    made = conform_timeline(timeline, media, brought.how)
    out = path.with_name(f"conformed{returned_suffix(path)}")
    folder = unpack(path, path.with_name("unpacked")) if is_bundle(path) else path.parent
    written = write_timeline(made.timeline, out, cut_path=path, media_folder=folder, rules=())
    return Patched(written.read_bytes(), ())


def host_key(address: Sequence[int]) -> str:
    return ",".join(map(str, address))


def _melt(path: Path, rate: Fraction, films: Films) -> list[Seen]:
    return render(path)


def _ges(path: Path, rate: Fraction, films: Films) -> list[Seen]:
    return render_ges(path, rate)


def _adapter(path: Path, rate: Fraction, films: Films) -> list[Seen]:
    return seen_in(by_adapter(path), films, rate)


def _own_reader(path: Path, rate: Fraction, films: Films) -> list[Seen]:
    return seen_in(read_timeline(path), films, rate)


def _edl(path: Path, rate: Fraction, films: Films) -> list[Seen]:
    text = path.read_text(encoding="utf-8")
    cut = path.with_name("reel.edl").read_text(encoding="utf-8")
    below = seen_in_edl(cut, films, rate) if path.name == f"dubbed {How.TRACK}.edl" else ()
    return seen_in_edl(text, films, rate, below)


_OTIO = Writer(_patch_otio, (How.ALTERNATE, How.TRACK))

DIALECTS: Mapping[str, Dialect] = {
    "Kdenlive 22": Dialect(".kdenlive", _text(kdenlive_reel), MLT, _melt, "melt 7.12"),
    "Kdenlive 24": Dialect(
        ".kdenlive", _text(partial(kdenlive_reel, nested=True)), MLT, _melt, "melt 7.12"
    ),
    "Shotcut": Dialect(".mlt", _text(shotcut_reel), MLT, _melt, "melt 7.12"),
    "MLT, a dissolve between tracks": Dialect(
        ".mlt", _text(plain_reel), MLT, _melt, "melt 7.12", between_tracks=True
    ),
    "GES": Dialect(".xges", _text(xges_reel), XGES, _ges, "GES 1.22"),
    "`.otio`": Dialect(".otio", _write_otio, _OTIO, _adapter, "OpenTimelineIO"),
    "`.otioz`": Dialect(".otioz", _write_bundle, _OTIO, _adapter, "OpenTimelineIO"),
    "`.otiod`": Dialect(".otiod", _write_bundle, _OTIO, _adapter, "OpenTimelineIO", back=".otio"),
    "Final Cut 7 XML": Dialect(".xml", _text(fcp7_reel), FCP7, _adapter, "otio-fcp-adapter"),
    "FCPXML": Dialect(".fcpxml", _text(fcpxml_reel), FCPXML, _own_reader, "our own reader"),
    "EDL, no title": Dialect(
        ".edl", _text(edl_reel), EDL, _edl, "a second computation", title=False
    ),
    "AAF, no dissolve": Dialect(".aaf", _write_aaf, AAF, _adapter, "otio-aaf-adapter", new=".mov"),
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--big", type=int, default=10_000, metavar="CLIPS")
    arguments.add_argument("--only", nargs="*", default=list(DIALECTS), metavar="FORMAT")
    arguments.add_argument("--write", action="store_true", help="put the table into the docs")
    given = arguments.parse_args()
    rows = []
    for row in _rows(given.only, given.big):
        rows.append(row)
        print(row, flush=True)
    if given.write:
        _put("\n".join([HEAD, *rows]))


def _put(table: str) -> None:
    """Write the table between its two marks in the docs."""
    text = DOCS.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    DOCS.write_text(f"{before}{BEGIN}\n{table}\n{END}{rest.split(END)[1]}", encoding="utf-8")


def _rows(names: Sequence[str], big: int) -> Iterator[str]:
    for name in names:
        for how in DIALECTS[name].writer.modes:
            with tempfile.TemporaryDirectory() as folder:
                yield _row(Path(folder), name, DIALECTS[name], how, big)


def _row(folder: Path, name: str, dialect: Dialect, how: How, big: int) -> str:
    cells, gone = [], ""
    for rate in RATES:
        place = folder / str(round(rate))
        place.mkdir()
        before, dubbed, lost = _shown(place, dialect, how, rate)
        cells.append(f"{dubbed} of {LENGTH}" + (f" ({before})" if before < LENGTH else ""))
        gone = "" if lost is None else str(int(gone or 0) + lost)
    seconds = f"{_seconds(folder, dialect, how, big):.1f}"
    middle = " | ".join(cells)
    return f"| {name} | {how} | {dialect.shown_by} | {middle} | {gone} | {seconds} |"


def _shown(folder: Path, dialect: Dialect, how: How, rate: Fraction) -> tuple[int, int, int | None]:
    """Return frames shown right of the cut and of the dubbed cut, and tags that are lost."""
    write_media(folder, rate, format_timecode(first_number(rate), rate, drop=None))
    path = folder / f"reel{dialect.suffix}"
    dialect.reel(folder, rate, path, 0)
    shots = dubbed_shots(
        folder,
        _elements(path, dialect, rate),
        rate,
        between_tracks=dialect.between_tracks,
        suffix=dialect.new,
    )
    shots = tuple(replace(one, has_sound=True) for one in shots)
    films = films_in(folder, rate)
    before = path.read_bytes() if path.is_file() else b""
    after = dialect.writer.patch(before, path, delivery(shots, how, rate)).data
    shown = right_frames(dialect.show(path, rate, films), _wanted(dialect, dubbed=False))
    dubbed = folder / f"dubbed {how}{dialect.back or dialect.suffix}"
    dubbed.write_bytes(after)
    right = right_frames(dialect.show(dubbed, rate, films), _wanted(dialect, dubbed=True))
    return shown, right, _lost(before, after, dialect, how)


def _wanted(dialect: Dialect, *, dubbed: bool) -> list[Seen]:
    return [one._replace(title=one.title and dialect.title) for one in expected(dubbed=dubbed)]


def _lost(before: bytes, after: bytes, dialect: Dialect, how: How) -> int | None:
    """Return how many tags are lost, of an EDL lines that name no file; None where none compare."""
    if (
        dialect.writer is _OTIO
        or dialect.writer is AAF
        or (dialect.writer is EDL and how == How.TRACK)
    ):
        return None
    if dialect.writer is EDL:
        kept = set(after.splitlines())
        return sum(one not in kept and not one.startswith(b"* ") for one in before.splitlines())
    gone, _ = changes(before, after)
    return len([one for one in gone if one.startswith("<") and not _OURS.match(one)])


def _elements(path: Path, dialect: Dialect, rate: Fraction) -> dict[int, str]:
    """Return where the clip of each film is in the document."""
    names = {media_name(shot.file): shot.file for shot in SHOTS}
    found: dict[int, str] = {}
    for name, element in _clips(path, dialect, rate):
        if name in names:
            found.setdefault(names[name], element)
    return found


def _clips(path: Path, dialect: Dialect, rate: Fraction) -> Iterator[tuple[str, str]]:
    timeline = read_timeline(path, rate=None if says_rate(path) else rate)
    for one in place_clips(timeline, detect_dialect(timeline)):
        if one.is_sound:
            continue
        name = unquote(file_of(reference_of(one.clip))) or one.clip.name
        is_otio = dialect.writer is _OTIO
        yield name, host_key(one.address) if is_otio else host_element(one.clip)


def _seconds(folder: Path, dialect: Dialect, how: How, clips: int) -> float:
    """Return seconds to patch a document of so many clips, every one of which is dubbed."""
    place = folder / "big"
    place.mkdir()
    path = place / f"big{dialect.suffix}"
    dialect.reel(place, Fraction(25), path, clips)
    first = dubbed_shots(
        place, dict.fromkeys((1, 2, 4), ""), Fraction(25), (4,), suffix=dialect.new
    )[0]
    elements = [
        element for name, element in _clips(path, dialect, Fraction(25)) if name.startswith("film")
    ]
    shots = tuple(_named(first, n, element) for n, element in enumerate(elements))
    data = path.read_bytes() if path.is_file() else b""
    began = time.process_time()
    dialect.writer.patch(data, path, delivery(shots, how, Fraction(25)))
    return time.process_time() - began


def _named(shot: DubbedShot, number: int, element: str) -> DubbedShot:
    return replace(shot, name=f"SH{number:05}", element=element, has_sound=True)


if __name__ == "__main__":
    main()
