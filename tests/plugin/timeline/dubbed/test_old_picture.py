"""A dubbed cut whose new pictures lie above says where the old ones are seen through them."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
import soundfile
from support.cuts.rendered_cut import write_render
from support.cuts.timelines import clip, dissolve, gap, retimed, timeline, track
from support.formats.fact_cuts import FORMATS
from support.media.counted_media import PRORES, write_film

from lipflap.plugin.cli import main
from lipflap.plugin.job.folder import Job
from lipflap.plugin.qc.report import read_report

LAID_ABOVE = ["OTIO", "Resolve's OTIO", "Premiere's OTIO", "Final Cut 7 XML", "FCPXML"]
LAID_ABOVE += ["Kdenlive, MLT", "xges"]


def notes_on(cut: Path, how: str) -> list[str]:
    """Dub the upper shot of a cut and lay it; return what is noted on it."""
    folder = cut.parent
    for name in ("high.mov", "low.mov"):
        write_film(
            folder / name, range(90), rate=Fraction(24), codec=PRORES, pixel_format="yuv422p"
        )
    soundfile.write(folder / "de.wav", np.full(96_000, 0.1, np.float32), 48_000)
    job, out = Job(folder / "job"), folder / f"out{cut.suffix}"
    dub = ["--dub", str(folder / "de.wav")]
    assert main.main(["order", str(cut), *dub, "-o", str(job.folder)]) == 0
    orders = [one.stem for one in (job.folder / "orders").iterdir()]
    [shot] = [name for name in orders if name.casefold() == "high"]
    write_render(job, shot, 2000)
    command = ["conform", str(cut), str(job.folder), "--as", how, "-o", str(out)]
    assert main.main(command) == 0
    [line] = [line for line in read_report(job.report).shots if line.shot == shot]
    return [note for note in line.notes if "old one is seen" in note]


@pytest.mark.parametrize("fact", ["opacity", "blend", "scale"])
@pytest.mark.parametrize("name", LAID_ABOVE)
def test_a_clip_that_is_seen_through_is_named_with_another_way(tmp_path, name, fact):
    cut = FORMATS[name](fact, tmp_path)
    notes = notes_on(cut, "track")
    if fact == "scale":
        assert notes == []
        return
    [note] = notes
    why = "is not opaque all the time" if fact == "opacity" else "is blended with what lies below"
    if name == "OTIO":
        why = f"has the effect {'Opacity' if fact == 'opacity' else 'Blend Mode'}"
    assert note.startswith(f"Its clip {why}")
    other = "alternate" if "OTIO" in name else "replace"
    assert note.endswith(f"Conform with --as {other}, or switch the old clip off.")
    assert notes_on(cut, other) == []


def otio_cut(folder: Path, *items: otio.core.Composable) -> Path:
    cut = folder / "cut.otio"
    timeline(track(*items), start=86400).to_json_file(str(cut))
    return cut


@pytest.mark.parametrize("first", [True, False], ids=["in", "out"])
def test_so_is_a_clip_that_a_transition_leads_in_from_nothing_or_out_to_it(tmp_path, first):
    high, into, out = clip("HIGH", 40, start=10, url="high.mov"), dissolve(0, 8), dissolve(8, 0)
    items = (gap(12), into, high) if first else (high, out)
    [note] = notes_on(otio_cut(tmp_path, *items), "track")
    assert note.startswith("Its clip fades in or out")


def test_a_dissolve_from_another_clip_shows_nothing_old(tmp_path):
    low = clip("LOW", 40, start=10, url="low.mov")
    high = clip("HIGH", 40, start=20, url="high.mov")
    assert notes_on(otio_cut(tmp_path, low, dissolve(4, 4), high), "track") == []


@pytest.mark.parametrize("how", ["track", "alternate"])
def test_where_there_is_no_other_way_the_old_clip_is_to_be_switched_off(tmp_path, how):
    high = clip("HIGH", 40, start=10, url="high.mov")
    retimed(high, 0.5)
    high.effects.append(otio.schema.Effect(effect_name="Opacity"))
    [note] = notes_on(otio_cut(tmp_path, high), how)
    assert note.endswith(" Switch the old clip off.")


def test_an_edl_of_the_new_pictures_alone_has_no_old_ones(tmp_path):
    cut = tmp_path / "cut.edl"
    at = "01:00:00:00 01:00:00:00"
    cut.write_text(
        f"TITLE: CUT\nFCM: NON-DROP FRAME\n\n001  BL       V     C        {at} {at}\n"
        "001  HIGH     V     D    012 00:00:00:10 00:00:02:10 01:00:00:00 01:00:02:00\n"
        "* TO CLIP NAME: high.mov\n"
    )
    assert notes_on(cut, "track") == []
