"""Clips of a cut as recordings: which pictures, and which of their samples sound with them.

The sound is a ramp, so the value of a sample is its place in the file.
"""

from dataclasses import replace
from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.small_cut import HZ, RATE, START_FRAME, shot, write_small_cut

from lipflap.core.analysis.dialogue import mix_dialogue
from lipflap.core.errors import DubError
from lipflap.core.media.decode import samples
from lipflap.core.order import Role
from lipflap.core.recording import Recording
from lipflap.plugin.job.path_map import parse_local_rule
from lipflap.plugin.order.recordings import recordings_from_cut
from lipflap.plugin.timeline.media.media_finder import MediaPlaces

FRAME_SAMPLES = HZ // RATE
RAMP_SAMPLES = 4 * HZ


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    return write_small_cut(tmp_path)


@pytest.fixture
def found(cut: Path) -> list[Recording]:
    return recordings_from_cut(cut, None, cut.parent / "bundle")


def _changed(cut: Path, change) -> Path:
    timeline = otio.adapters.read_from_file(str(cut))
    change(timeline)
    otio.adapters.write_to_file(timeline, str(cut))
    return cut


def _record_sample(one: Recording, frame: int) -> float:
    """Which sample of the production sound plays with a frame: read from what is heard."""
    mono = mix_dialogue([replace(one.speeches[0], path=one.speeches[0].path)], one.seconds, samples)
    return float(mono[HZ + frame * FRAME_SAMPLES]) * RAMP_SAMPLES


def test_each_picture_is_taken_once_and_retimed_clips_are_left_out(
    found: list[Recording], caplog: pytest.LogCaptureFixture
) -> None:
    """SH010 shows pictures 30-54, SH020 50-74, SH040 90-114; SH030 is at half speed."""
    shown = [(one.name, one.frames.media_frame(0), one.frames.count) for one in found]
    assert shown == [("SH010", 30, 25), ("SH020", 55, 20), ("SH040", 90, 25)]


def test_a_frame_goes_with_the_sound_that_plays_over_it_in_the_cut(found: list[Recording]) -> None:
    """SH010 begins at record frame 0; what is left of SH020 five frames after its 25th."""
    for one, record_frame in zip(found, (0, 30, 75), strict=True):
        for frame in (0, 7, 19):
            expected = (record_frame + frame) * FRAME_SAMPLES
            assert _record_sample(one, frame) == pytest.approx(expected, abs=2)


def test_the_dub_is_not_what_was_said_that_day(found: list[Recording]) -> None:
    said = {(speech.role, Path(speech.path).name) for one in found for speech in one.speeches}
    assert said == {(Role.PRODUCTION, "day.wav")}


def test_the_production_track_can_be_named(cut: Path) -> None:
    found = recordings_from_cut(cut, "Dub*", cut.parent / "bundle")
    assert {Path(s.path).name for one in found for s in one.speeches} == {"de.wav"}
    with pytest.raises(DubError, match="matches no sound track"):
        recordings_from_cut(cut, "Boom", cut.parent / "bundle")


def test_media_is_looked_for_where_it_lies_here(
    cut: Path, found: list[Recording], tmp_path_factory: pytest.TempPathFactory
) -> None:
    def elsewhere(timeline: otio.schema.Timeline) -> None:
        for clip in timeline.find_clips():
            clip.media_reference.target_url = f"P:\\show\\{clip.media_reference.target_url}"

    here = tmp_path_factory.mktemp("show")
    for name in ("plate.mov", "day.wav", "de.wav"):
        (cut.parent / name).rename(here / name)
    _changed(cut, elsewhere)
    places = MediaPlaces((parse_local_rule(f"P:\\show={here}"),))
    again = recordings_from_cut(cut, None, cut.parent / "bundle", places=places)
    assert [(one.name, one.frames) for one in again] == [(one.name, one.frames) for one in found]
    with pytest.raises(DubError, match="no clip with production sound"):
        recordings_from_cut(cut, None, cut.parent / "bundle")


def test_names_notes_and_markers_are_kept_for_who_looks_for_an_actor(cut: Path) -> None:
    def note(timeline: otio.schema.Timeline) -> None:
        clip = timeline.video_tracks()[0][0]
        clip.metadata["notes"] = {"cast": ["Ana", "Bo"]}
        clip.markers.append(otio.schema.Marker(name="close-up of Cleo"))

    first, *_ = recordings_from_cut(_changed(cut, note), None, cut.parent / "bundle")
    assert {"SH010", "Ana", "Bo", "close-up of Cleo"} <= set(first.labels)


def test_clips_without_sound_or_media_are_left_out_by_name(
    cut: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def spoil(timeline: otio.schema.Timeline) -> None:
        pictures, said, _ = timeline.tracks
        said[0].source_range = otio.opentime.TimeRange(
            otio.opentime.RationalTime(0, RATE), otio.opentime.RationalTime(20, RATE)
        )
        pictures.append(shot("SH050", START_FRAME + 500))

    found = recordings_from_cut(_changed(cut, spoil), None, cut.parent / "bundle")
    assert [one.name for one in found] == ["SH010"]
    for name in ("SH030", "SH040", "SH050"):
        assert name in caplog.text


def test_a_cut_with_nothing_to_learn_from_is_refused(cut: Path) -> None:
    def silence(timeline: otio.schema.Timeline) -> None:
        del timeline.tracks[1]

    with pytest.raises(DubError, match="no clip with production sound"):
        recordings_from_cut(_changed(cut, silence), None, cut.parent / "bundle")
