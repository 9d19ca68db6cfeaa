"""Channels of AAFs as programs lay their sound out, built with pyaaf2; and real AAFs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import aaf2
import opentimelineio as otio
import pytest
from support.cuts.timelines import REAL, clip, movie, needs_real, timeline, track

from lipflap.core.playback import SoundChannel
from lipflap.plugin.timeline.dialect.aaf_sound import read_aaf
from lipflap.plugin.timeline.extract import read_session
from lipflap.plugin.timeline.item_sound import heard_channels

Ends = list[tuple[Any, int]]  # what each slot of a master mob leads to: a source mob, its slot


Lay = Callable[[Any, Any, int], Any]  # a sequence of a file, as it lies in the slot of a number


def written(
    folder: Path, build: Callable[[Any], Ends], kind: str = "Sound", lay: Lay | None = None
) -> Path:
    """An AAF with a track for each slot of one master mob, all from the start."""
    path = folder / "cut.aaf"
    with aaf2.open(str(path), "w") as file:
        ends = build(file)
        master = file.create.MasterMob("take")
        cut = file.create.CompositionMob("cut")
        cut.usage = "Usage_TopLevel"
        file.content.mobs.extend([master, cut])
        for place, (mob, slot_id) in enumerate(ends, 1):
            clip = mob.create_source_clip(slot_id=slot_id, length=48, media_kind=kind)
            slot_with(file, master, place, clip, number=place)
            played = master.create_source_clip(slot_id=place, length=48, media_kind=kind)
            sequence = file.create.Sequence(media_kind=kind)
            sequence.components.append(played)
            sequence.length = 48
            laid = lay(file, sequence, place) if lay else sequence
            slot_with(file, cut, place, laid, number=place).name = f"A{place}"
    return path


def slot_with(file: Any, mob: Any, slot_id: int, segment: Any, number: int) -> Any:
    slot = mob.create_timeline_slot(24, slot_id=slot_id)
    slot.segment = segment
    slot["PhysicalTrackNumber"].value = number
    return slot


def sound_file(file: Any, url: str, numbers: tuple[int, ...], channels: int) -> Any:
    """A source mob with a slot for each track number; its descriptor says how many channels."""
    mob = file.create.SourceMob(url or "embedded")
    mob.descriptor = file.create.PCMDescriptor()
    needed = dict.fromkeys(("BlockAlign", "AverageBPS", "QuantizationBits"), 16)
    needed |= dict.fromkeys(("AudioSamplingRate", "SampleRate"), 48_000)
    for name, value in (needed | {"Channels": channels, "Length": 48}).items():
        mob.descriptor[name].value = value
    if url:
        locator = file.create.NetworkLocator()
        locator["URLString"].value = url
        mob.descriptor["Locator"].append(locator)
    file.content.mobs.append(mob)
    for slot_id, number in enumerate(numbers, 1):
        clip = file.create.SourceClip(length=48, media_kind="Sound")
        slot_with(file, mob, slot_id, clip, number)
    return mob


def linked(file: Any) -> Ends:
    """A movie linked to as Media Composer does: one source mob, a slot for each channel."""
    mob = sound_file(file, "file:///m/take.mov", (1, 2, 3), 3)
    return [(mob, 1), (mob, 2), (mob, 3)]


def of_resolve(file: Any) -> Ends:
    """A stereo file as Resolve writes it: one source mob a channel, both of the same file."""
    mobs = [sound_file(file, "file:///m/stereo.wav", (number,), 2) for number in (1, 2)]
    return [(mob, 1) for mob in mobs]


def multi_mono(file: Any) -> Ends:
    """Media Composer's own files: one channel each, numbered by where they were recorded."""
    mobs = [sound_file(file, f"file:///m/A0{number}.mxf", (number,), 1) for number in (1, 2)]
    return [(mob, 1) for mob in mobs]


def whole(file: Any) -> Ends:
    return [(sound_file(file, "file:///m/mix.wav", (1,), 2), 1)]


def second_alone(file: Any) -> Ends:
    return [(sound_file(file, "file:///m/stereo.wav", (2,), 2), 1)]


def unnumbered(file: Any) -> Ends:
    """Slots as Pro Tools numbers them: minus one, in 32 bits."""
    mob = sound_file(file, "file:///m/take.wav", (2**32 - 1, 2**32 - 1), 2)
    return [(mob, 1), (mob, 2)]


def tracks(path: Path) -> list[tuple[str, tuple[SoundChannel, ...]]]:
    """File and channels of each clip of a session, by the names of their tracks."""
    lines = sorted(read_session(path).lines, key=lambda line: line.track)
    return [(Path(line.path).name, line.playback.channels) for line in lines]


def channel(number: int) -> tuple[SoundChannel, ...]:
    return (SoundChannel(None, number),)


@pytest.mark.parametrize(
    ("build", "heard"),
    [
        (linked, [("take.mov", channel(number)) for number in range(3)]),
        (of_resolve, [("stereo.wav", channel(0)), ("stereo.wav", channel(1))]),
        (multi_mono, [("A01.mxf", ()), ("A02.mxf", ())]),
        (whole, [("mix.wav", ())]),
        (second_alone, [("stereo.wav", channel(1))]),
        (unnumbered, [("take.wav", channel(0)), ("take.wav", channel(1))]),
    ],
)
def test_each_track_plays_its_channel(
    tmp_path: Path, build: Callable[[Any], Ends], heard: list[tuple[str, object]]
) -> None:
    assert tracks(written(tmp_path, build)) == heard


def test_tracks_of_the_older_kind_of_sound_are_heard(tmp_path: Path) -> None:
    path = written(tmp_path, linked, kind="LegacySound")
    assert tracks(path) == [("take.mov", channel(number)) for number in range(3)]


def muted(file: Any, sequence: Any, number: int) -> Any:
    """The first track as Media Composer mutes it: a gap is selected, the sequence is not."""
    if number > 1:
        return sequence
    selector = file.create.Selector(media_kind="Sound")
    selector.length = sequence.length
    selector["Selected"].value = file.create.Filler("Sound", sequence.length)
    selector["Alternates"].append(sequence)
    return selector


def test_a_muted_track_is_known_by_its_name_and_heard_only_when_it_is_named(tmp_path: Path) -> None:
    session = read_session(written(tmp_path, linked, lay=muted))
    assert [line.track for line in session.muted] == ["A1"]
    assert sorted(line.track for line in session.lines) == ["A2", "A3"]
    assert session.left_out == ()


def muted_clip_with_gain(file: Any, sequence: Any, number: int) -> Any:
    """Before the clip of each track, the same clip muted, as Media Composer mutes one with gain."""
    played = sequence.components[0]
    whole = file.create.Sequence(media_kind="Sound")
    selector = file.create.Selector(media_kind="Sound")
    selector.length = sequence.length
    selector["Selected"].value = file.create.Filler("Sound", sequence.length)
    selector["Alternates"].append(gained(file, played.copy(), 3))
    whole.components.extend([selector, played.copy()])
    whole.length = 2 * sequence.length
    return whole


def test_a_muted_clip_with_an_effect_mutes_no_track(tmp_path: Path) -> None:
    session = read_session(written(tmp_path, linked, lay=muted_clip_with_gain))
    assert session.muted == ()
    assert [(line.track, line.record.start) for line in session.lines] == [
        (track, 2) for track in ("A3", "A2", "A1")
    ]
    assert {(one.track, one.why) for one in session.left_out} == {
        (track, "It is disabled.") for track in ("A1", "A2", "A3")
    }


def gained(file: Any, sequence: Any, number: int) -> Any:
    """Track 1 at level zero throughout, track 2 keyed to fade out, track 3 quiet."""
    kind = file.dictionary.lookup_typedef("Rational")
    amplitude = file.create.ParameterDef(
        "e4962322-2267-11d3-8a4c-0050040ef7d2", "Amplitude", "", kind
    )
    gain = file.create.OperationDef("9d2ea894-0968-11d3-8a38-0050040ef7d2", "Mono Audio Gain")
    gain.media_kind, gain["NumberInputs"].value = "Sound", 1
    gain["IsTimeWarp"].value = False
    for one in (amplitude, gain):
        file.dictionary.register_def(one)
    group = file.create.OperationGroup(gain, length=sequence.length, media_kind="Sound")
    group.segments.append(sequence)
    if number == 3:
        group.parameters.append(file.create.ConstantValue(amplitude, "1/4"))
        return group
    linear = file.create.InterpolationDef(
        "5b6c85a4-0ede-11d3-80a9-006008143e6f", "LinearInterp", ""
    )
    file.dictionary.register_def(linear)
    keyed = file.create.VaryingValue(amplitude, linear)
    keyed.add_keyframe(0.0, "0/1" if number == 1 else "1/1")
    keyed.add_keyframe(1.0, "0/1")
    group.parameters.append(keyed)
    return group


def test_sound_at_level_zero_throughout_is_left_as_muted(tmp_path: Path) -> None:
    session = read_session(written(tmp_path, linked, lay=gained))
    assert [(one.track, one.why) for one in session.left_out] == [("A1", "It is muted.")]
    assert sorted(line.track for line in session.lines) == ["A2", "A3"]


def test_sound_inside_the_aaf_is_said_to_be(tmp_path: Path) -> None:
    def embedded(file: Any) -> Ends:
        mob = sound_file(file, "", (1,), 1)
        data = file.create.EssenceData()
        data.mob = mob
        file.content["EssenceData"].append(data)
        data.open("w").write(bytes(96))
        return [(mob, 1)]

    session = read_session(written(tmp_path, embedded))
    assert session.lines == ()
    (item,) = session.left_out
    assert (item.name, item.why.split(",")[0]) == ("take", "Its sound is embedded in the AAF")


def test_an_aaf_of_otios_own_is_read(tmp_path: Path) -> None:
    """It writes descriptors of sound that say no number of channels."""
    made = timeline(*(track(clip("take", 48), kind=kind) for kind in ("Video", "Audio")))
    for one in made.find_clips():
        one.media_reference = movie("/m/take.mov", 0, 96, 24)
    path = tmp_path / "cut.aaf"
    otio.adapters.write_to_file(made, str(path), use_empty_mob_ids=True)
    assert tracks(path) == [("take.mov", ())]


@needs_real
@pytest.mark.parametrize(
    ("name", "file", "numbers"),
    [
        ("2997fps-DFTC", "58982c7f-78b3-4cf9-8432-729fc4eafd55.mov", set(range(6))),  # of Resolve
        ("multitrack", "KOLL-HD.mp4", {0, 1}),  # of Media Composer, its master slots A1 and A2
    ],
)
def test_channels_of_real_aafs(name: str, file: str, numbers: set[int]) -> None:
    found = read_aaf(REAL / "aaf" / f"aaf__{name}.aaf")
    clips = found.find_children(descended_from_type=otio.schema.Clip)
    heard = {
        one.channel
        for clip in clips
        if str(getattr(clip.media_reference, "target_url", "")).endswith(file)
        for one in heard_channels(clip)
    }
    assert heard == numbers


@needs_real
def test_a_real_aaf_is_otherwise_what_its_adapter_reads() -> None:
    path = REAL / "aaf" / "aaf__multitrack.aaf"
    found = read_aaf(path)
    for one in found.find_children(descended_from_type=otio.schema.Clip):
        for noted in ("lipflap", "lipflap_sound"):
            one.metadata.pop(noted, None)
    assert found.is_equivalent_to(otio.adapters.read_from_file(str(path)))
