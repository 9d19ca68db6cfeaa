"""The sound over a shot, against a ramp: the value of a sample is its number in the file."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from support.media.sound_files import write_streams, write_tones

from lipflap.core.errors import DubError, MediaMissing
from lipflap.core.order import Role
from lipflap.core.playback import PLAIN, Playback, SoundChannel
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.order.dialogue import SoundClock, make_speeches, sound_clock

F = Fraction
ZERO = F(0)


def line(path: str, start: Fraction, end: Fraction, into: Fraction = ZERO, role: str = Role.DUB):
    return DubLine("DE_1", path, role, "Dub", F(into), TimeRange(F(start), F(end)))


def listen(hz: int = 48_000, count: int = 480_000):
    return lambda path, playback: SoundClock(hz, count, "abc")


def test_a_line_inside_the_shot_is_heard_whole():
    (heard,), notes = make_speeches([line("a.wav", F(3), F(5))], TimeRange(F(2), F(6)), listen())
    assert (heard.first_sample, heard.sample_count, heard.at_sample) == (0, 96_000, 48_000)
    assert notes == ()


def test_a_line_that_two_say_together_is_heard_of_each() -> None:
    both = replace(line("a.wav", F(3), F(5)), character="ANNA + BEN")
    speeches, _ = make_speeches([both], TimeRange(F(2), F(6)), listen())
    assert [speech.character for speech in speeches] == ["ANNA", "BEN"]
    assert len({replace(speech, character="") for speech in speeches}) == 1


def test_half_a_second_is_heard_across_each_cut():
    (heard,), _ = make_speeches([line("a.wav", F(0), F(9))], TimeRange(F(2), F(6)), listen())
    assert heard.at_sample == -24_000
    assert heard.sample_count == 5 * 48_000
    assert heard.first_sample == 72_000


def test_a_silent_line_and_streams_to_choose_from_are_noted(tmp_path: Path):
    path = str(write_tones(tmp_path / "quiet.wav", [0, 300], 4))
    over = TimeRange(F(0), F(4))
    only = {n: Playback((SoundChannel(None, n),)) for n in (0, 1)}
    for channel, words in ((0, "quiet.wav is silent over this shot."), (1, "")):
        heard = replace(line(path, F(0), F(4)), playback=only[channel])
        _, notes = make_speeches([heard], over, listen(count=4 * 48_000))
        assert notes == ((words,) if words else ())
    streams = write_streams(tmp_path / "many.mov", [[300], [300]])
    _, (note,) = make_speeches([line(str(streams), F(0), F(1))], over, sound_clock)
    assert "2 sound streams" in note


def test_a_stretched_line_is_counted_as_it_is_heard():
    """At double speed, from the third second of its file, which then starts a second before."""
    fast = replace(line("a.wav", F(3), F(5), F(2)), playback=Playback(speed=F(2)))
    (heard,), _ = make_speeches([fast], TimeRange(F(2), F(6)), listen(count=240_000))
    assert (heard.first_sample, heard.sample_count) == (48_000, 96_000)
    assert heard.at_sample == 48_000


def test_a_line_over_two_visible_parts_is_heard_once():
    twice = [line("a.wav", F(3), F(5))] * 2
    heard, _ = make_speeches(twice, TimeRange(F(2), F(6)), listen())
    assert len(heard) == 1


def test_a_line_beyond_the_context_is_not_heard():
    heard, _ = make_speeches([line("a.wav", F(7), F(9))], TimeRange(F(2), F(6)), listen())
    assert heard == ()


def test_sound_that_ends_early_is_trimmed_and_noted():
    (heard,), notes = make_speeches(
        [line("take/a.wav", F(3), F(5))], TimeRange(F(2), F(6)), listen(count=48_000)
    )
    assert heard.sample_count == 48_000
    assert notes == ("a.wav ends 1.00 s before its line does.",)


def test_production_sound_that_begins_after_its_file_is_named():
    late = line("day.wav", F(0), F(4), into=F(3600), role=Role.PRODUCTION)
    heard, (note,) = make_speeches([late], TimeRange(F(0), F(4)), listen())
    assert heard == ()
    assert "from 01:00:00 on" in note
    assert "lasts 10.00 s" in note


def test_rounding_to_whole_frames_is_no_early_end():
    _, notes = make_speeches(
        [line("a.wav", F(3), F(5))], TimeRange(F(2), F(6)), listen(count=96_000 - 1920)
    )
    assert notes == ()


def test_an_early_end_that_this_shot_does_not_hear_is_not_noted():
    _, notes = make_speeches(
        [line("a.wav", F(0), F(9))], TimeRange(F(0), F(2)), listen(count=4 * 48_000)
    )
    assert notes == ()


def test_missing_production_sound_is_noted_and_a_missing_dub_refused():
    def absent(path: Path, playback: Playback) -> SoundClock:
        raise MediaMissing("is not there.", where=str(path))

    heard, notes = make_speeches(
        [line("day.wav", F(3), F(5), role=Role.PRODUCTION)], TimeRange(F(2), F(6)), absent
    )
    assert heard == ()
    assert notes == ("Production sound is left out: day.wav: is not there.",)
    with pytest.raises(DubError, match=r"dub\.wav"):
        make_speeches([line("dub.wav", F(3), F(5))], TimeRange(F(2), F(6)), absent)
    with pytest.raises(MediaMissing, match=r"gone\.wav: is not there.*--media.*--map"):
        sound_clock(Path("gone.wav"), PLAIN)


@settings(deadline=None, max_examples=60)
@given(
    rate=st.sampled_from([F(24000, 1001), F(25), F(30000, 1001)]),
    hz=st.sampled_from([16_000, 44_100, 48_000]),
    shot_frame=st.integers(0, 30),
    shot_frames=st.integers(1, 40),
    line_frame=st.integers(0, 60),
    line_frames=st.integers(1, 60),
    into_frames=st.integers(0, 20),
)
def test_each_moment_hears_the_sample_the_cut_plays_then(
    tmp_path_factory, rate, hz, shot_frame, shot_frames, line_frame, line_frames, into_frames
):
    """Laying the ramp where the speech says gives, at each sample of the clock, the sample that
    the cut plays at that time: counted one by one, to within half a sample of rounding."""
    path = tmp_path_factory.mktemp("ramp") / "ramp.wav"
    count = 3 * hz
    soundfile.write(path, np.arange(count, dtype=np.float32), hz, subtype="FLOAT")
    over = TimeRange(shot_frame / rate, (shot_frame + shot_frames) / rate)
    spoken = line(
        str(path), line_frame / rate, (line_frame + line_frames) / rate, into_frames / rate
    )
    heard, _ = make_speeches([spoken], over, listen(hz, count))
    for speech in heard:
        ramp, _ = soundfile.read(path, dtype="float32")
        samples = ramp[speech.first_sample : speech.first_sample + speech.sample_count]
        for i in (0, speech.sample_count // 2, speech.sample_count - 1):
            record_s = over.start + F(speech.at_sample + i, hz)
            played = (spoken.sound_start + record_s - spoken.record.start) * hz
            assert abs(played - int(samples[i])) <= F(1, 2)
        first_s = over.start + F(speech.at_sample, hz)
        assert first_s >= over.start - F(1, 2) - F(1, hz)
    kept = spoken.record.overlap(TimeRange(over.start - F(1, 2), over.end + F(1, 2)))
    plays = [
        n
        for n in range(0, count, 97)
        if kept and kept.start <= spoken.record.start - spoken.sound_start + F(n, hz) < kept.end
    ]
    covered = set()
    for speech in heard:
        covered |= set(range(speech.first_sample, speech.first_sample + speech.sample_count))
    assert set(plays) <= covered
