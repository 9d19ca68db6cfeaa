"""Media frames that a clip shows, against figures that other people published."""

from fractions import Fraction
from math import floor
from pathlib import Path

import opentimelineio as otio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.cuts.timelines import REAL, clip, movie, needs_real, retimed, span

from lipflap.core.frametime import FrameSpan
from lipflap.plugin.cut.cut import ClipMedia
from lipflap.plugin.cut.reason import Reason
from lipflap.plugin.timeline.clip.clip_frames import (
    frame_at_record_start,
    media_frame,
    outside_media,
    reference_of,
    sound_start,
)
from lipflap.plugin.timeline.clip.clip_media import picture_media
from lipflap.plugin.timeline.dialect.speed import clip_speed
from lipflap.plugin.timeline.item_facts import facts_of
from lipflap.plugin.timeline.media.media_finder import MediaFinder
from lipflap.plugin.timeline.placement.item_length import seconds_of

NTSC = Fraction(24000, 1001)


def shown(made: otio.schema.Clip, cut_rate: Fraction) -> list[int]:
    """Media frames a clip shows, one for each record frame."""
    speed, _ = clip_speed(made)
    length = seconds_of(made, "otio")
    first = frame_at_record_start(made, speed, Fraction(1), Fraction(0), length, cut_rate)
    media, _ = picture_media(made, MediaFinder(Path("/nowhere")))
    rate = media.rate if media else cut_rate
    return [floor(first + n * speed * rate / cut_rate) for n in range(int(length * cut_rate))]


@needs_real
@pytest.mark.parametrize(
    ("fixture", "cut_rate", "first_file", "last_file"),
    [
        ("img_seq_2x_speed_resolve", Fraction(24), 1040, 1061),
        ("img_seq_embedded_tc", Fraction(25), 1005, 1075),
        ("qt_23.976_embedded_long_tc", NTSC, 1009, 1090),
        ("img_seq_reverse_speed_24_to_23.976fps", NTSC, 948705, 948674),
        ("qt_freeze_frame", NTSC, 30, 30),
    ],
)
def test_frames_of_real_clips_are_those_ayon_core_publishes(
    fixture: str, cut_rate: Fraction, first_file: int, last_file: int
) -> None:
    """mediaIn and mediaOut of ynput/ayon-core's test_media_range_with_retimes.py, as files.

    It names the range of media used, so the last file may lie a step beyond the last one shown.
    """
    path = REAL / "otio_objects" / f"ayon-core__{fixture}.json"
    made = otio.schema.Clip.from_json_file(str(path))
    media, _ = picture_media(made, MediaFinder(Path("/nowhere")))
    assert media is not None
    assert media.available is not None
    offset = (media.first_file or 0) - media.available.start
    frames = [frame + offset for frame in shown(made, cut_rate)]
    speed, _ = clip_speed(made)
    assert frames[0] == first_file
    assert abs(frames[-1] - last_file) <= max(0, abs(speed) - 1)


@pytest.mark.parametrize("scalar", [1, 2, 0.5, 0.75, 3])
def test_backwards_shows_the_frames_of_forwards_from_last_to_first(scalar: float) -> None:
    forwards = shown(retimed(clip("A", 10, start=100), scalar), Fraction(24))
    backwards = shown(retimed(clip("A", 10, start=100), -scalar), Fraction(24))
    assert backwards == forwards[::-1]


def test_a_freeze_frame_shows_its_first_frame() -> None:
    frozen = clip("A", 5, start=100)
    frozen.effects.append(otio.schema.FreezeFrame())
    assert shown(frozen, Fraction(24)) == [100] * 5


@given(st.integers(0, 24 * 3600 * 24), st.sampled_from([23.976, 23.976023976, 23.976024627685547]))
def test_equal_rates_written_differently_keep_the_frame(frame: int, written: float) -> None:
    carried = otio.opentime.RationalTime(frame, 23.976).rescaled_to(written)
    assert media_frame(carried, 23.976, "A") == frame


def test_head_handles_start_before_the_clip_whatever_its_direction() -> None:
    args = Fraction(1, 4), Fraction(1), Fraction(24)
    assert (
        frame_at_record_start(clip("A", 24, start=100), Fraction(2), Fraction(1), *args) == 100 - 12
    )
    assert (
        frame_at_record_start(clip("A", 24, start=100), Fraction(-1), Fraction(1), *args) == 123 + 6
    )


def test_media_that_cannot_be_dubbed_has_a_reason(tmp_path: Path) -> None:
    finder = MediaFinder(tmp_path)
    none = otio.schema.Clip("N", otio.schema.MissingReference(), span(0, 10))
    steps = otio.schema.ImageSequenceReference("/x/", "a.", ".exr", 1, 2, 24, 4)
    assert "No path to its media" in picture_media(none, finder)[1].text
    assert (
        "frame step of 2"
        in picture_media(otio.schema.Clip("S", steps, span(0, 10)), finder)[1].text
    )
    for digits in (-4, 1000, 10**9):
        wide = otio.schema.ImageSequenceReference("/x/", "a.", ".exr", 1, 1, 24, digits)
        said = picture_media(otio.schema.Clip("S", wide, span(0, 10)), finder)[1].text
        assert f"with {digits} digits" in said
    below = otio.schema.ImageSequenceReference("/x/", "a.", "/b.exr", 1, 1, 24, 4)
    said = picture_media(otio.schema.Clip("S", below, span(0, 10)), finder)[1].text
    assert "'/b.exr' behind the number, which names no file" in said
    assert "/x/a.mov is not there" in picture_media(clip("A", 1, url="/x/a.mov"), finder)[1].text
    assert "https" in picture_media(clip("A", 1, url="https://x/a.mov"), finder)[1].text


@pytest.mark.parametrize("is_named", [True, False])
def test_another_media_reference_that_is_there_is_named(tmp_path: Path, is_named: bool) -> None:
    (tmp_path / "proxy.mov").touch()
    made = clip("SH010", 24, url="gone.mov")
    active = made.media_reference if is_named else otio.schema.MissingReference()
    made.set_media_references({"online": active, "proxy": movie("proxy.mov", 0, 24, 24)}, "online")
    _, why_not = picture_media(made, MediaFinder(tmp_path))
    assert why_not is not None
    assert "'proxy', which the cut does not show, is there: proxy.mov." in why_not.text
    assert not facts_of(made).no_film
    (tmp_path / "gone.mov").touch()
    if is_named:
        assert picture_media(made, MediaFinder(tmp_path))[1] is None


def test_a_sequence_becomes_a_pattern_found_by_the_file_it_needs_first(tmp_path: Path) -> None:
    (tmp_path / "100%.0107.exr").touch()
    sequence = otio.schema.ImageSequenceReference(
        f"{tmp_path}/", "100%.", ".exr", 101, 1, 24, 4, available_range=span(86400, 50)
    )
    media, missing = picture_media(
        otio.schema.Clip("S", sequence, span(86406, 10)), MediaFinder(tmp_path)
    )
    assert missing is None
    assert media is not None
    assert media.path % 107 == str(tmp_path / "100%.0107.exr")
    assert (media.first_file, media.available and media.available.start) == (101, 86400)


def test_a_range_outside_the_media_is_a_reason() -> None:
    media, _ = picture_media(clip("A", 10), MediaFinder(Path("/nowhere")))

    def outside(first: int, speed: int) -> Reason | None:
        return outside_media(media, Fraction(first), Fraction(speed), Fraction(1), drop=False)

    assert outside(990, 1) is None
    assert "00:00:41:16 to 00:00:42:15" in outside(1000, 1).text
    assert outside(1010, -1) is None
    assert outside(-24, 1) is not None, "its last frame is the one before the first"
    assert outside(1023, -1) is not None, "its last frame is the one after the last"
    assert outside(1022, -1) is None


@pytest.mark.parametrize(
    ("starts", "drop", "held"),
    [
        (54_020, False, "00:30:00:20 to 00:30:01:19"),
        (54_020, True, "00:30:02;14 to 00:30:03;13"),
        (53_946, False, "00:30:00;00 to 00:30:00;29"),
        (54_000, True, "00:30:00:00 to 00:30:00:29"),
    ],
    ids=["cut without", "cut in drop frame", "media in drop frame", "media without"],
)
def test_frames_are_told_as_media_counts_else_as_the_cut_does(starts, drop, held) -> None:
    rate = Fraction(30_000, 1001)
    media = ClipMedia("a.mov", FrameSpan(starts, starts + 30, rate), rate, None)
    late = outside_media(media, Fraction(starts + 90), Fraction(1), Fraction(1), drop=drop)
    assert late is not None
    assert f"holds {held}." in late.text


def test_sound_starts_where_its_timecode_says() -> None:
    late = otio.schema.Clip("A", movie("a.wav", 86400 * 48000, 480000, 48000), span(86402, 5, 1))
    assert sound_start(late, "a.wav", Fraction(24)) == 2


def test_a_dubbed_clip_is_dubbed_again_from_its_original() -> None:
    made = clip("A", 10)
    old, new = movie("a.mov"), movie("a_dubbed.mov")
    made.set_media_references({"lipflap": new, "DEFAULT_MEDIA": old}, "lipflap")
    assert reference_of(made).target_url == "a.mov"
