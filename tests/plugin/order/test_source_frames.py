"""Media frames that a shot renders, against frames counted one by one."""

from dataclasses import replace
from fractions import Fraction
from math import floor

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lipflap.core.errors import DubError, HandlesMissing
from lipflap.core.frametime import FrameSpan
from lipflap.core.media.probe import Coding, ColourTags, MediaInfo, Scan
from lipflap.plugin.cut.cut import ClipMedia, Shot
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.order.source_frames import MediaClock, media_clock, source_frames

F = Fraction
FILM, PAL, NTSC = F(24), F(25), F(30000, 1001)
ZERO, ONE = F(0), F(1)
RATES = [F(24000, 1001), F(24), F(25), NTSC, F(30), F(50), F(60000, 1001)]


def shot(
    start: Fraction,
    seconds: Fraction,
    *,
    speed: Fraction = ONE,
    record: Fraction = ZERO,
    rate: Fraction = PAL,
    available: FrameSpan | None = None,
) -> Shot:
    time_range = TimeRange(record, record + seconds)
    media = ClipMedia("plate.mov", available, rate, None)
    return Shot("SH010", (0, 0), media, F(start), F(speed), time_range, (time_range,), None)


def taken(one: Shot, clock: MediaClock, rate: Fraction = PAL, handles: int = 8):
    assert one.media is not None
    return source_frames(one, one.media, clock, rate, handles)


def shown_by_the_cut(one: Shot, clock: MediaClock, rate: Fraction) -> dict[int, int]:
    """Record frame -> picture of the media, by walking the record frames: the slow opinion."""
    shown = {}
    frame = 0
    while F(frame, 1) / rate < one.record.end:
        at = F(frame, 1) / rate
        if at >= one.record.start:
            media_s = (one.source_start - clock.first_frame) / clock.rate
            media_s += (at - one.record.start) * one.speed
            shown[frame] = floor(media_s * clock.rate)
        frame += 1
    return shown


def test_a_clip_keeps_its_frames_and_gets_handles():
    got = taken(shot(F(90_020), F(2)), MediaClock(PAL, 90_000, 200))
    assert got.frames.media_frames() == list(range(12, 78))
    assert (got.head, got.tail, got.start_frame, got.rate) == (8, 8, 90_012, PAL)
    assert got.record_start == F(-8, 25)


def test_handles_end_where_the_media_ends():
    got = taken(shot(F(3), F(2)), MediaClock(PAL, 0, 55))
    assert (got.head, got.tail, got.frames.media_frames()) == (3, 2, list(range(55)))


def test_no_handles_when_none_are_asked_for():
    got = taken(shot(F(3), F(2)), MediaClock(PAL, 0, 55), handles=0)
    assert (got.head, got.tail, got.frames.media_frames()) == (0, 0, list(range(3, 53)))


@pytest.mark.parametrize(
    ("start", "seconds", "text"),
    [
        (F(89_998), F(2), "uses 00:59:59:23 to 01:00:01:22 of plate.mov"),
        (F(90_190), F(2), "plate.mov, which holds 01:00:00:00 to 01:00:07:24"),
    ],
)
def test_a_range_outside_the_media_is_refused_naming_timecode(start, seconds, text):
    whole = FrameSpan(90_000, 90_200, PAL)
    with pytest.raises(HandlesMissing, match=text) as refused:
        taken(shot(start, seconds, available=whole), MediaClock(PAL, 90_000, 200))
    assert refused.value.where == "SH010"


@pytest.mark.parametrize(
    ("clock", "held"),
    [
        (MediaClock(NTSC, 108_000, 30, drop=False), "01:00:00:00 to 01:00:00:29"),
        (MediaClock(NTSC, 107_892, 30, drop=True), "01:00:00;00 to 01:00:00;29"),
        (MediaClock(NTSC, 107_900, 30, drop=False), "00:59:56:20 to 00:59:57:19"),
        (MediaClock(NTSC, 0, 30, drop=False), "00:00:00:00 to 00:00:00:29"),
    ],
)
def test_a_range_outside_the_media_is_told_as_the_media_counts(clock, held):
    late = shot(F(clock.first_frame + 60), F(2), rate=NTSC)
    with pytest.raises(HandlesMissing, match=f"which holds {held}"):
        taken(late, clock, NTSC)


def test_media_without_timecode_is_told_as_its_cut_counts():
    whole = FrameSpan(108_000, 108_030, NTSC)
    late = shot(F(108_060), F(2), rate=NTSC, available=whole)
    with pytest.raises(HandlesMissing, match="holds 01:00:00:00 to 01:00:00:29"):
        taken(late, MediaClock(NTSC, 0, 30), NTSC)


def test_reverse_starts_at_the_far_end():
    got = taken(shot(F(49), F(2), speed=F(-1)), MediaClock(PAL, 0, 60), handles=4)
    assert got.frames.media_frames() == [*range(53, -1, -1)]
    assert (got.head, got.tail, got.start_frame, got.cut_frame) == (4, 0, 53, 53)


def test_a_freeze_holds_one_frame_through_its_handles():
    got = taken(shot(F(7), F(1), speed=F(0)), MediaClock(PAL, 0, 60), handles=4)
    assert got.frames.media_frames() == [7] * 33
    assert got.frames.step == 0


def test_double_speed_is_one_picture_a_record_frame_at_the_rate_of_the_cut():
    got = taken(shot(F(10), F(1), speed=F(2)), MediaClock(PAL, 0, 80), rate=FILM, handles=0)
    want = [floor(10 + F(i, 24) * 2 * 25) for i in range(24)]
    assert (got.frames.media_frames(), got.rate) == (want, FILM)


def test_media_of_another_rate_is_baked_where_the_cut_counts_in_its_own_frames():
    one, clock = shot(F(10), F(1)), MediaClock(PAL, 0, 80)
    assert taken(one, clock, rate=FILM, handles=0).rate == PAL
    got = source_frames(one, one.media, clock, FILM, 2, whole_frames=True)
    want = [floor(10 + F(i - 2, 24) * 25) for i in range(28)]
    assert (got.frames.media_frames(), got.rate, got.head) == (want, FILM, 2)
    ntsc = MediaClock(F(24_000, 1001), 0, 80)
    assert source_frames(one, one.media, ntsc, FILM, 2, whole_frames=True).rate == ntsc.rate


def test_a_retimed_range_outside_the_media_is_refused():
    with pytest.raises(HandlesMissing, match="uses 00:00:00:10 to 00:00:02:08 of"):
        taken(shot(F(10), F(1), speed=F(2)), MediaClock(PAL, 0, 58))


def test_a_retimed_shot_between_two_record_frames_is_refused():
    with pytest.raises(DubError, match="shorter than a frame"):
        taken(shot(F(0), F(1, 100), speed=F(2), record=F(1, 100)), MediaClock(PAL, 0, 58))


def test_a_record_length_rounded_up_by_the_cut_is_not_refused():
    """101 frames at 25 are 96.96 frames at 24: an NLE writes 97, and shows no frame past 100."""
    got = taken(shot(F(0), F(97, 24)), MediaClock(PAL, 0, 101), rate=FILM)
    assert got.frames.media_frames() == list(range(101))


def test_a_cut_that_counts_from_zero_means_the_first_frame_of_timecoded_media():
    clock = MediaClock(PAL, 90_000, 200)
    stated = taken(shot(F(20), F(2), available=FrameSpan(0, 200, PAL)), clock)
    silent = taken(shot(F(20), F(2)), clock)
    for got in (stated, silent):
        assert got.frames.media_frame(got.head) == 20
        assert got.cut_frame + got.head == 20
        assert got.start_frame + got.head == 90_020


def test_the_timecode_of_a_sequence_is_counted_at_the_rate_of_its_clip():
    tags, scan = ColourTags("bt709", "bt709", "gbr", "pc"), Scan("prog", F(1), 0)
    size = {"width": 64, "height": 48, "codec": "dpx", "pixel_format": "gbrp10le"}
    info = MediaInfo(
        path="A.%04d.dpx",
        first_file=1,
        rate=PAL,
        frame_count=100,
        first_frame=90_010,
        colour=tags,
        scan=scan,
        coding=Coding("", drop_frame=False),
        timecode="01:00:00:10",
        **size,
    )
    media = ClipMedia("A.%04d.dpx", None, FILM, 1)
    assert media_clock(media, info) == MediaClock(FILM, 86_410, 100)
    assert media_clock(media, replace(info, timecode="")) == MediaClock(FILM, 90_010, 100)


def test_a_file_that_repeats_pictures_at_the_ticks_of_a_clock_is_baked():
    ticks = MediaClock(F(76_800), 0, 200_000)
    got = taken(shot(F(10), F(2)), ticks)
    assert (got.rate, got.frames.step, got.head, got.tail) == (PAL, 3072, 8, 6)
    assert got.frames.media_frame(got.head) == 10 * 3072


def test_a_cut_that_knows_timecode_its_file_lost_means_the_stated_range():
    whole = FrameSpan(90_000, 90_200, PAL)
    got = taken(shot(F(90_020), F(2), available=whole), MediaClock(PAL, 0, 200))
    assert got.frames.media_frame(got.head) == 20
    assert got.start_frame + got.head == 90_020
    assert got.cut_frame == got.start_frame


def test_a_baked_file_has_the_timecode_of_its_first_picture_as_its_own_rate_counts():
    """Picture 50 of a file that starts at 01:00:00:00 is 01:00:02:00, frame 86448 at 24."""
    retimed = shot(F(90_050), F(1), speed=F(2))
    got = taken(retimed, MediaClock(PAL, 90_000, 200), rate=FILM, handles=0)
    assert (got.start_frame, got.cut_frame) == (86_448, 86_448)
    own = taken(replace(retimed, source_start=F(50)), MediaClock(PAL, 90_000, 200), handles=0)
    assert (own.start_frame, own.cut_frame) == (90_050, 50)


def test_a_stated_range_as_long_as_the_file_is_the_file_though_the_numbers_overlap():
    whole = FrameSpan(48, 148, PAL)
    got = taken(shot(F(58), F(2), available=whole), MediaClock(PAL, 0, 100))
    assert got.frames.media_frame(got.head) == 10


def test_a_stated_part_of_the_media_is_counted_by_timecode():
    part = FrameSpan(90_050, 90_150, PAL)
    got = taken(shot(F(90_060), F(2), available=part), MediaClock(PAL, 90_000, 200))
    assert got.frames.media_frame(got.head) == 60


def test_a_film_taken_for_24_is_counted_frame_for_frame():
    clock = MediaClock(F(24000, 1001), 86_400, 500)
    got = taken(shot(F(86_500), F(100, 24), rate=FILM), clock, rate=FILM, handles=0)
    assert got.frames.media_frames() == list(range(100, 200))
    assert got.rate == F(24000, 1001)


@settings(deadline=None, max_examples=200)
@given(
    cut_rate=st.sampled_from(RATES),
    media_rate=st.sampled_from(RATES),
    record_frame=st.integers(0, 40),
    length=st.integers(1, 40),
    first=st.integers(0, 60),
    speed=st.sampled_from([F(1), F(-1), F(0), F(2), F(1, 2), F(-3, 2), F(999, 1000), F(7, 3)]),
    handles=st.integers(0, 10),
)
def test_every_record_frame_finds_its_picture(
    cut_rate, media_rate, record_frame, length, first, speed, handles
):
    """Where the cut shows picture p at a time, the new file shows p at that time."""
    one = shot(
        F(1000 + first),
        length / cut_rate,
        speed=speed,
        record=record_frame / cut_rate,
        rate=media_rate,
    )
    clock = MediaClock(media_rate, 1000, 150)
    wanted = shown_by_the_cut(one, clock, cut_rate)
    inside = all(0 <= picture < clock.frame_count for picture in wanted.values())
    assume(inside)
    got = taken(one, clock, cut_rate, handles)
    pictures = got.frames.media_frames()
    assert len(wanted) == length
    assert all(0 <= picture < clock.frame_count for picture in pictures)
    assert got.head <= handles
    assert got.tail <= handles
    for frame, picture in wanted.items():
        output_frame = floor((frame / cut_rate - got.record_start) * got.rate)
        assert got.head <= output_frame < len(pictures) - got.tail
        assert pictures[output_frame] == picture
    before = floor(got.frames.first - got.frames.step)
    after = got.frames.media_frame(len(pictures))
    assert got.head == handles or before not in range(clock.frame_count)
    assert got.tail == handles or after not in range(clock.frame_count)
    if speed == 1:
        assert pictures == list(range(pictures[0], pictures[-1] + 1))
        assert got.start_frame == clock.first_frame + pictures[0]


def _longer(one: Shot, seconds: Fraction) -> Shot:
    record = TimeRange(one.record.start, one.record.end + seconds)
    return replace(one, record=record, visible=(record,), extension=seconds)


@pytest.mark.parametrize(
    ("held", "unfilmed", "tail"), [(200, 0, 8), (63, 0, 8), (58, 0, 3), (45, 10, 0), (35, 20, 0)]
)
def test_a_longer_shot_shows_its_handles_first_and_counts_what_was_not_filmed(
    held: int, unfilmed: int, tail: int
) -> None:
    one = _longer(shot(F(10), F(1)), F(20, 25))
    got = taken(one, MediaClock(PAL, 0, held))
    assert (got.unfilmed, got.head, got.tail) == (unfilmed, 8, tail)
    assert got.frames.count == 8 + 45 + tail
    assert got.filmed.media_frames() == list(range(2, min(held, 55 + tail)))
    assert got.record.end == F(45 + tail, 25)


def test_a_longer_shot_still_needs_the_frames_that_the_cut_shows() -> None:
    one = _longer(shot(F(10), F(1)), F(20, 25))
    with pytest.raises(HandlesMissing):
        taken(one, MediaClock(PAL, 0, 34))


def test_a_longer_shot_that_is_rendered_at_another_rate_has_its_handles_alone() -> None:
    one = _longer(shot(F(0), F(1), rate=FILM), F(20, 25))
    held = MediaClock(FILM, 0, 60)
    assert one.media is not None
    got = source_frames(one, one.media, held, PAL, 8, whole_frames=True)
    assert (got.unfilmed, got.frames.count) == (0, 45 + got.tail)
    short = MediaClock(FILM, 0, 30)
    with pytest.raises(DubError, match="rendered at the cut's rate") as refused:
        source_frames(one, one.media, short, PAL, 8, whole_frames=True)
    assert "--extend" in refused.value.fix
