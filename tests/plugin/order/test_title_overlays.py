"""Titles above a shot, from real cuts and files to the overlays of its order."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
import soundfile
from support.cuts.small_cut import write_plate
from support.cuts.timelines import movie, span, timeline, track

from lipflap.core.media.ffmpeg_process import binary
from lipflap.core.order import FrameRange, Overlay
from lipflap.plugin.cut.decisions import Decisions
from lipflap.plugin.dub_request import default_request
from lipflap.plugin.job.folder import Job
from lipflap.plugin.order.ordering import make_orders
from lipflap.plugin.request_cut import make_cue_sheet, read_cut

BOX = (8 / 64, 20 / 48, 48 / 64, 40 / 48)
Change = Callable[[otio.schema.Track], None]


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    write_plate(folder / "plate.mov", 60, "00:00:00:00")
    soundfile.write(folder / "de.wav", np.full(96_000, 0.1, np.float32), 48_000)
    card = "color=white:s=40x20:r=25:d=2,format=rgba,pad=64:48:8:20:color=black@0"
    moved = "geq=r=255:g=255:b=255:a='255*between(X,8,47)*between(Y,20,39)*gte(T,1)'"
    movie_of = ("-c:v", "qtrle", "-pix_fmt", "argb")
    for name, source, how in (
        ("card.png", card, ("-frames:v", "1")),
        ("large.png", f"{card},scale=128:96", ("-frames:v", "1")),
        ("late.mov", f"color=s=64x48:r=25:d=2,format=rgba,{moved}", movie_of),
    ):
        command = [binary(), "-v", "error", "-f", "lavfi", "-i", source, *how]
        subprocess.run([*command, str(folder / name)], check=True)
    return folder


def overlays(folder: Path, title: str, change: Change | None = None) -> tuple[Overlay, ...]:
    """What a title from frame 20 to 32 is known to hide of a shot of 50 frames."""
    shot = otio.schema.Clip("SH010", movie("plate.mov", 0, 60, 25), span(0, 50, 25))
    made = otio.schema.Clip("TITLE", movie(title, 0, 50, 25), span(20, 12, 25))
    above = track(otio.schema.Gap(duration=otio.opentime.RationalTime(20, 25)), made)
    if change:
        change(above)
    line = otio.schema.Clip("DE", movie("de.wav", 0, 50, 25), span(0, 50, 25))
    cut = timeline(track(shot), above, track(line, kind="Audio", name="Dub DE"), start=0, rate=25)
    path = folder / "cut.otio"
    otio.adapters.write_to_file(cut, str(path))
    request = default_request(path, Decisions())
    sheet = make_cue_sheet(request, read_cut(request, folder))
    _, orders = make_orders(sheet, request.settings, Job(folder / "job"), hash_of=lambda _: "")
    return {order.shot: order.overlays for order in orders}["SH010"]


def test_a_still_hides_its_box_while_it_is_shown(media: Path) -> None:
    assert overlays(media, "card.png") == (Overlay(FrameRange(20, 32), *BOX),)


def test_a_movie_hides_what_is_opaque_in_each_frame(media: Path) -> None:
    assert overlays(media, "late.mov") == (Overlay(FrameRange(25, 32), *BOX),)


def _effect(name: str) -> Change:
    return lambda above: above[1].effects.append(otio.schema.Effect(effect_name=name))


def _zoomed(above: otio.schema.Track) -> None:
    values = [{"Parameter ID": "transformationZoomX", "Parameter Value": 1.5}]
    said = {"Effect Name": "Transform", "Enabled": True, "Parameters": values}
    above[1].effects.append(otio.schema.Effect(metadata={"Resolve_OTIO": said}))


def _fade(above: otio.schema.Track) -> None:
    times = (otio.opentime.RationalTime(n, 25) for n in (0, 5))
    above.insert(1, otio.schema.Transition("fade", "SMPTE_Dissolve", *times))


def _off(above: otio.schema.Track) -> None:
    above[1].enabled = False


@pytest.mark.parametrize(
    "change", [_effect("Opacity"), _effect("Resize"), _effect("Flip"), _zoomed, _fade, _off]
)
def test_of_a_title_that_is_changed_nothing_is_known(media: Path, change: Change) -> None:
    assert overlays(media, "card.png", change) == ()


def test_of_a_title_of_another_size_nothing_is_known(media: Path) -> None:
    assert overlays(media, "large.png") == ()
