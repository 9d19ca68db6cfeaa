"""Sound that is routed, stretched, muted or soloed, as timelines say it."""

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest
from support.cuts.timelines import clip, movie, retimed, span, timeline, track
from support.media.sound_files import write_timed

from lipflap.core.playback import SoundChannel
from lipflap.plugin.cut.cut import Cut
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.item_sound import SOUND


def cut_with(*tracks: otio.schema.Track, folder: Path = Path("/nowhere")) -> Cut:
    return extract_cut(timeline(track(clip("A", 240)), *tracks), path=folder / "cut.otio")


def dub(item: otio.schema.Clip, name: str = "Dub") -> otio.schema.Track:
    return track(item, kind="Audio", name=name)


@pytest.mark.parametrize(
    ("metadata", "channels"),
    [
        ({}, ()),
        (
            {"Resolve_OTIO": {"Channels": [{"Source Channel ID": 0, "Source Track ID": 4}]}},
            (SoundChannel(4, 0),),
        ),
        (
            {
                "Resolve_OTIO": {
                    "Channels": [
                        {"Source Channel ID": 0, "Source Track ID": 0},
                        {"Source Channel ID": -1, "Source Track ID": 0},
                        {"Source Channel ID": 1, "Source Track ID": 0},
                    ]
                }
            },
            (SoundChannel(0, 0), SoundChannel(0, 1)),
        ),
        (
            {"fcp_xml": {"sourcetrack": {"mediatype": "audio", "trackindex": "5"}}},
            (SoundChannel(None, 4),),
        ),
        ({"fcp_xml": {"sourcetrack": {"mediatype": "video", "trackindex": "5"}}}, ()),
        ({SOUND: [[2, None], [None, 3]]}, (SoundChannel(2, None), SoundChannel(None, 3))),
        ({"Resolve_OTIO": {"Channels": "none"}, "fcp_xml": {"sourcetrack": 3}}, ()),
    ],
)
def test_the_cut_names_the_channels(
    metadata: dict[str, object], channels: tuple[SoundChannel, ...]
) -> None:
    said = clip("DE", 48)
    said.metadata.update(metadata)
    (line,) = cut_with(dub(said)).lines
    assert line.playback.channels == channels


@pytest.mark.parametrize("speed", [0.5, 1.03, 2.0])
def test_a_line_at_a_constant_speed_is_heard_at_it(speed: float) -> None:
    said = clip("DE", 48)
    said.source_range = span(24, 48)
    (line,) = cut_with(dub(retimed(said, speed))).lines
    exact = Fraction(speed).limit_denominator(1000)
    assert (line.playback.speed, line.sound_start, line.record.seconds) == (exact, 1, 2)
    assert line.file_start == -1 / exact


@pytest.mark.parametrize(
    ("speed", "words"), [(-1.0, "backwards"), (0.0, "0 %"), (2.5, "250 %"), (0.4, "40 %")]
)
def test_a_line_at_no_speed_of_a_voice_is_listed(speed: float, words: str) -> None:
    found = cut_with(dub(retimed(clip("DE", 48), speed)))
    assert found.lines == ()
    (item,) = found.left_out
    assert (item.name, item.track) == ("DE", "Dub")
    assert words in item.why


def test_a_line_at_a_varying_speed_is_listed() -> None:
    said = clip("DE", 48)
    said.effects.append(otio.schema.TimeEffect(name="Ramp"))
    (item,) = cut_with(dub(said)).left_out
    assert "Ramp" in item.why


def test_a_disabled_track_is_muted_and_its_sound_known() -> None:
    off = dub(clip("DE", 48), "Dub DE")
    off.enabled = False
    found = cut_with(off, dub(clip("day", 48), "Boom"))
    assert [line.name for line in found.lines] == ["day"]
    assert [(line.name, line.track) for line in found.muted] == [("DE", "Dub DE")]


def test_beside_a_solo_the_others_are_muted() -> None:
    alone = dub(clip("DE", 48), "Dub DE")
    alone.metadata["Resolve_OTIO"] = {"SoloOn": True}
    found = cut_with(alone, dub(clip("day", 48), "Boom"))
    assert [line.name for line in found.lines] == ["DE"]
    assert [line.name for line in found.muted] == ["day"]


MUTE, LEVEL = 1, 0  # parameters of the fader of a track
FADERS = [(MUTE, [True], 0), (MUTE, [False], 1), (MUTE, [], 1), (MUTE, [True, False], 1)]
FADERS += [(LEVEL, [0.0], 0), (LEVEL, [0.0, 0.0], 0), (LEVEL, [0.0, 0.18], 1), (LEVEL, [0.18], 1)]


@pytest.mark.parametrize(("number", "values", "heard"), FADERS)
def test_the_fader_of_premiere_mutes_a_track(number: int, values: list[object], heard: int) -> None:
    keys = [{"Value": value} for value in values]
    fader = otio.schema.Effect("Fader")
    parameters = [{"ID": number, "Keyframes": keys}]
    fader.metadata["PremierePro_OTIO"] = {"MatchName": "AudioFader", "Parameters": parameters}
    muted = dub(clip("DE", 48))
    muted.effects.append(fader)
    found = cut_with(muted)
    assert (len(found.lines), len(found.muted)) == (heard, 1 - heard)


def test_a_muted_clip_of_premiere_is_listed() -> None:
    said = clip("DE", 48)
    volume = otio.schema.Effect("Volume")
    volume.metadata["PremierePro_OTIO"] = {
        "MatchName": "Internal Volume Mono",
        "Parameters": [{"ID": 0, "StartValue": {"Value": True}}],
    }
    said.effects.append(volume)
    (item,) = cut_with(dub(said)).left_out
    assert item.why == "It is muted."


@pytest.mark.parametrize(
    ("group", "channels", "heard", "said"),
    [
        (4, [0], [4], "group 5 of its channels; channel 5 is taken"),  # eight times mono
        (2, [0, 1], [4, 5], "channel 5 and channel 6 is taken"),  # three times stereo
        (0, [1], [1], ""),  # the right side
        (0, [0, 1], [], ""),  # all of a stereo file, as where nothing is said
        (1, [1], [], ""),  # the second of a group that is larger than what is heard
        (None, [0], [], ""),
        (1, [], [], ""),
        (1, ["x"], [], ""),
    ],
)
def test_the_groups_of_channels_of_premiere(
    group: int | None,
    channels: list[object],
    heard: list[int],
    said: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    line = clip("DE", 48)
    assigned = [{"SecondaryChannelIndex": channel} for channel in channels]
    line.metadata["PremierePro_OTIO"] = {
        "AudioChannels": {"ChannelType": "Mono", "SecondaryAssignments": assigned},
        "OriginalChannelGroupIndex": group,
    }
    (found,) = cut_with(dub(line)).lines
    assert [channel.channel for channel in found.playback.channels] == heard
    assert (said in caplog.text) if said else not caplog.text


@pytest.mark.parametrize(("channels", "heard"), [((-1, -1), 0), ((-1, 0), 1)])
def test_a_clip_of_resolve_of_which_no_channel_is_connected_is_silent(
    channels: tuple[int, int], heard: int
) -> None:
    said = clip("DE", 48)
    listed = [{"Source Track ID": one, "Source Channel ID": one} for one in channels]
    said.metadata["Resolve_OTIO"] = {"Channels": listed}
    found = cut_with(dub(said))
    assert (len(found.lines), len(found.left_out)) == (heard, 1 - heard)


def test_a_range_that_starts_at_timecode_counts_from_that_of_the_file(tmp_path: Path) -> None:
    write_timed(tmp_path / "dub.wav", 3600.5, 2)
    said = otio.schema.Clip("DE", otio.schema.ExternalReference("dub.wav"), span(86_424, 12))
    from_start = otio.schema.Clip("n", otio.schema.ExternalReference("dub.wav"), span(12, 12))
    stated = otio.schema.Clip("s", movie("dub.wav", 86_412, 48, 24), span(86_424, 12))
    both = track(said, from_start, stated, kind="Audio", name="Dub")
    lines = {line.name: line for line in cut_with(both, folder=tmp_path).lines}
    assert {name: line.sound_start for name, line in lines.items()} == {
        "DE": Fraction(1, 2),
        "n": Fraction(1, 2),
        "s": Fraction(1, 2),
    }
