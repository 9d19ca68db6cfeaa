"""A shot with --extend, from the cut to its order: handles first, no more than was asked for."""

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.small_cut import START_FRAME, shot, sound, span, write_plate, write_small_cut
from support.jobs.requests import parse_request

from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder, read_order
from lipflap.gui.compare.comparison import make_comparison
from lipflap.plugin import dubbing
from lipflap.plugin.cut.cuesheet import CueSheet
from lipflap.plugin.farm.split import split_order
from lipflap.plugin.job.folder import Job
from lipflap.plugin.render.find_faces import _neutral_order


def _cut(folder: Path, first: int) -> Path:
    """One clip of a second, from this frame of 120 on, under a line of 45 frames; then nothing."""
    write_small_cut(folder)
    write_plate(folder / "plate.mov", 120, "01:00:00:00")
    picture, dub = otio.schema.Track("V1", kind="Video"), otio.schema.Track("Dub DE", kind="Audio")
    picture.append(shot("SH010", START_FRAME + first))
    dub.append(sound("DE_1", "de.wav", 0, 45))
    timeline = otio.schema.Timeline("one", global_start_time=span(START_FRAME, 1).start_time)
    timeline.tracks.extend([picture, dub])
    otio.adapters.write_to_file(timeline, str(folder / "one.otio"))
    return folder / "one.otio"


def _order(cut: Path, folder: Path, *more: str) -> tuple[CueSheet, DubOrder]:
    request = parse_request([str(cut), "--dub", "track:Dub DE", *more])
    sheet, (path,) = dubbing.order(request, Job(folder))
    return sheet, read_order(path)


@pytest.mark.parametrize(
    ("first", "unfilmed", "tail", "note"),
    [
        (95, 20, 0, "the last 20 were not filmed"),
        (85, 10, 0, "10 of them from the handles; the last 10 were not filmed"),
        (60, 0, 8, "20 frames longer than in the cut, for its dub: all of them from the handles."),
    ],
)
def test_an_order_is_as_long_as_its_dub_and_says_what_was_not_filmed(
    tmp_path: Path, first: int, unfilmed: int, tail: int, note: str
) -> None:
    cut = _cut(tmp_path, first)
    sheet, order = _order(cut, tmp_path / "job", "--extend", "SH*")
    assert (order.unfilmed, order.output.head, order.output.tail) == (unfilmed, 8, tail)
    assert order.frames.count == 8 + 45 + tail
    assert max(order.filmed.media_frames()) == min(119, first + 44 + tail)
    (dub,) = order.speeches
    assert Fraction(dub.sample_count, dub.sample_rate_hz) >= Fraction(45, 25)
    (cue,) = sheet.cues
    assert "It is 20 frames longer than in the cut, for its dub: " in cue.notes[0]
    assert note in cue.notes[0]
    for reference in order.references:
        assert max(reference.frames.media_frames()) < 120


def test_without_being_asked_for_no_shot_is_longer(tmp_path: Path) -> None:
    sheet, order = _order(_cut(tmp_path, 95), tmp_path / "job")
    assert (order.unfilmed, order.frames.count) == (0, 8 + 25)
    assert not sheet.cues[0].notes
    assert not sheet.cues[0].shot.extension


def test_a_name_that_no_shot_has_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DubError, match="no shot of the cut has this name"):
        _order(_cut(tmp_path, 95), tmp_path / "job", "--extend", "SH999")


def test_faces_comparison_and_farm_know_what_was_filmed(tmp_path: Path) -> None:
    _, order = _order(_cut(tmp_path, 95), tmp_path / "job", "--extend", "SH010")
    faces = _neutral_order(order)
    assert (faces.unfilmed, faces.frames) == (0, order.filmed)
    original = make_comparison(order, Fraction(0), None).original
    shown = [original.media_frame(frame) for frame in range(order.frames.count)]
    assert shown == [*range(87, 120), *[119] * 20]
    assert split_order(order) == (order,)
