"""Dubbed sound in the cut, read back as any program reads it."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from support.cuts.timelines import clip, span, timeline, track

from lipflap.core.media.probe import SoundInfo
from lipflap.core.order import Role
from lipflap.plugin.cut.cut import DubLine, Playback
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.timeline.dubbed.conform import TRACK, conform_timeline
from lipflap.plugin.timeline.dubbed.dub_sound import dubbed_sounds, unlaid_sounds
from lipflap.plugin.timeline.extract import extract_cut

F = Fraction
ZERO = F(0)


def line(name: str, start: Fraction, end: Fraction, *, into: Fraction = ZERO) -> DubLine:
    return DubLine(name, f"/dub/{name}.wav", Role.DUB, "dub", into, TimeRange(start, end))


def probe(path: str) -> SoundInfo:
    return SoundInfo(path, 48_000, 480_000, 1)


def test_lines_that_overlap_lie_on_tracks_of_their_own_named_by_their_language() -> None:
    lines = [line("B_DE", F(1), F(3)), line("A_DE", F(0), F(2)), line("C_DE", F(2), F(4))]
    sounds = dubbed_sounds([*lines, line("D", F(0), F(1))], (), probe)
    assert [(sound.track, sound.name) for sound in sounds] == [
        ("DUB", "D"),
        ("DUB de", "A_DE"),
        ("DUB de", "C_DE"),
        ("DUB de 2", "B_DE"),
    ]
    assert (sounds[0].seconds, str(sounds[0].file)) == (F(10), "/dub/D.wav")


def test_each_character_has_a_track_and_stretched_lines_are_named_instead() -> None:
    anna = replace(line("A_DE", F(0), F(2)), character="ANNA")
    ben = replace(line("B_DE", F(2), F(3)), character="BEN")
    slow = replace(line("C_DE", F(4), F(5)), playback=Playback(speed=F(3, 4)))
    sounds = dubbed_sounds([anna, ben, slow], (), probe)
    assert [sound.track for sound in sounds] == ["DUB de ANNA", "DUB de BEN"]
    ((_, note),) = unlaid_sounds([anna, ben, slow])
    assert note == "Stretched lines of the dub are not laid into the cut: C_DE."


def test_a_line_that_starts_before_the_cut_is_heard_from_its_first_frame() -> None:
    (sound,) = dubbed_sounds([line("A", F(-1), F(2), into=F(1, 2))], (), probe)
    assert (sound.record, sound.sound_start) == (TimeRange(F(0), F(2)), F(3, 2))
    assert dubbed_sounds([line("A", F(-2), F(-1))], (), probe) == ()


def test_the_dubbed_cut_plays_each_line_at_its_time_beside_the_production_sound(
    tmp_path: Path,
) -> None:
    made = timeline(
        track(clip("A", 240, start=50)), track(clip("day", 240), kind="Audio", name="Production")
    )
    made.tracks.source_range = span(24, 200)
    sounds = dubbed_sounds(
        [line("A_DE", F(1), F(2), into=F(1, 4)), line("B_DE", F(3), F(7, 2))], (), probe
    )
    new = conform_timeline(made, {}, TRACK, sounds).timeline
    assert [row.name for row in new.tracks] == ["", "Production", "DUB de"]
    assert new.tracks[1].to_json_string() == made.tracks[1].to_json_string()
    heard = [
        one for one in extract_cut(new, path=tmp_path / "cut.otio").lines if one.track == "DUB de"
    ]
    assert [(one.path, one.sound_start, one.record) for one in heard] == [
        ("/dub/A_DE.wav", F(1, 4), TimeRange(F(1), F(2))),
        ("/dub/B_DE.wav", F(0), TimeRange(F(3), F(7, 2))),
    ]
    bare = timeline(track(clip("A", 240, url="/media/A.mov")))
    (laid,) = conform_timeline(bare, {}, TRACK, sounds[:1]).timeline.audio_tracks()
    assert [one.media_reference.target_url for one in laid.find_clips()] == ["/dub/A_DE.wav"]
    again = conform_timeline(new, {}, TRACK, sounds).timeline
    assert again.to_json_string() == new.to_json_string()
