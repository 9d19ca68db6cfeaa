"""What the metadata of a timeline's items says about their sound, whichever program wrote it.

A reader of ours says which channels of its file a clip plays in the clip's metadata, under SOUND:
pairs of the number of a sound stream in the file and of a channel in that stream, both from 0. None
for a channel is all of the stream, None for a stream counts channels through all streams:

    clip.metadata["lipflap_sound"] = [[4, 0]]

A clip whose level lets nothing by has True under MUTED.
"""

from collections.abc import Iterable, Mapping, Sequence

import opentimelineio as otio

from lipflap.core.playback import SoundChannel
from lipflap.plugin.timeline.dialect.effect_values import as_numbers
from lipflap.plugin.timeline.dialect.fcp7_effects import active_effects, parameters, says
from lipflap.plugin.timeline.dialect.premiere import PREMIERE, parameter_values
from lipflap.plugin.timeline.dialect.resolve import RESOLVE
from lipflap.plugin.timeline.host_metadata import members, noted, said_by

SOUND = "lipflap_sound"
MUTED = "lipflap_muted"

_KEYS = (SOUND, MUTED, RESOLVE, "fcp_xml", PREMIERE)

_TRACK_FADER, _CLIP_VOLUME = "AudioFader", "Internal Volume"  # as Premiere names its effects
_TRACK_NUMBERS, _CLIP_NUMBERS = (1, 0), (0, 1)  # of the parameters that mute, and of the level


def heard_channels(clip: otio.schema.Clip) -> tuple[SoundChannel, ...]:
    """Return the channels of its file that a clip plays; none where the cut does not say."""
    metadata = noted(clip, _KEYS)
    if SOUND in metadata:
        return tuple(SoundChannel(stream, channel) for stream, channel in metadata[SOUND])
    return (
        _resolve_channels(metadata) or _final_cut_channels(metadata) or _premiere_channels(metadata)
    )


def channels_assumed(clip: otio.schema.Clip) -> str:
    """Return what is assumed of a clip's channels, in words; empty where the cut says it all."""
    said = said_by(PREMIERE, clip)
    group = _number(said.get("OriginalChannelGroupIndex")) or 0
    channels = heard_channels(clip) if group else ()
    if not channels or noted(clip, (SOUND,)):
        return ""
    return (
        f"the cut names group {group + 1} of its channels; {_words(channels)} is taken, as where "
        "Premiere divides a file evenly. Final Cut Pro XML names the channel itself."
    )


def _words(channels: Sequence[SoundChannel]) -> str:
    return " and ".join(str(channel) for channel in channels)


def is_solo(track: otio.core.Composable) -> bool:
    """Return whether a sound track is set to be heard alone."""
    return said_by(RESOLVE, track).get("SoloOn") is True


def is_muted(item: otio.core.Item) -> bool:
    """Return whether a track or clip is muted: by Premiere's fader, or at level zero throughout."""
    metadata = noted(item, _KEYS)
    if metadata and (
        metadata.get(MUTED) is True
        or _is_at_zero(metadata.get("fcp_xml"))
        or _plays_no_channel(metadata)
    ):
        return True
    return any(
        effect.enabled and _lets_nothing_by(said_by(PREMIERE, effect))
        for effect in members(item.effects)
    )


def _lets_nothing_by(premiere: Mapping[str, object]) -> bool:
    """Return whether an effect of Premiere mutes its item; levels are factors, 0 is silence."""
    name = str(premiere.get("MatchName"))
    if name != _TRACK_FADER and not name.startswith(_CLIP_VOLUME):
        return False
    values = parameter_values(premiere)
    mute, level = _TRACK_NUMBERS if name == _TRACK_FADER else _CLIP_NUMBERS
    muted, levels = values.get(mute, []), as_numbers(values.get(level, ()))
    return (bool(muted) and all(one is True for one in muted)) or _is_silence(levels)


def _is_silence(levels: Sequence[float]) -> bool:
    return bool(levels) and max(levels) <= 0


def _is_at_zero(said: object) -> bool:
    """Return whether an item of Final Cut 7 XML has an Audio Levels filter that lets nothing by."""
    effects = active_effects(said) if isinstance(said, Mapping) else ()
    levels = [
        as_numbers(parameters(effect).get("level", ()))
        for effect in effects
        if says(effect.get("effectid"), "audiolevels")
    ]
    return any(_is_silence(values) for values in levels)


def _resolve_channels(metadata: Mapping[str, object]) -> tuple[SoundChannel, ...]:
    """Return what Resolve says: streams and channels from 0, -1 for one that is not connected."""
    resolve = metadata.get(RESOLVE)
    listed = resolve.get("Channels") if isinstance(resolve, Mapping) else None
    pairs = (
        (_number(entry.get("Source Track ID")), _number(entry.get("Source Channel ID")))
        for entry in _mappings(listed)
    )
    return tuple(
        SoundChannel(stream, channel)
        for stream, channel in pairs
        if stream is not None and channel is not None
    )


def _final_cut_channels(metadata: Mapping[str, object]) -> tuple[SoundChannel, ...]:
    """Return the channel of a clip of Final Cut XML, which counts from 1 through all streams."""
    item = metadata.get("fcp_xml")
    source = item.get("sourcetrack") if isinstance(item, Mapping) else None
    if not isinstance(source, Mapping) or source.get("mediatype") != "audio":
        return ()
    index = str(source.get("trackindex", ""))
    return (SoundChannel(None, int(index) - 1),) if index.isdecimal() and int(index) else ()


def _premiere_channels(metadata: Mapping[str, object]) -> tuple[SoundChannel, ...]:
    """Return what Premiere says: a group of its file's channels, and channels of the group from 0.

    How its project divides the file is not in the cut: into groups as large as this, it is assumed.
    All of the first group is what is heard where nothing is said.
    """
    said = _premiere_sound(metadata)
    listed = said.get("AudioChannels")
    entries = listed.get("SecondaryAssignments") if isinstance(listed, Mapping) else None
    numbers = [_number(one.get("SecondaryChannelIndex")) for one in _mappings(entries)]
    channels = [number for number in numbers if number is not None]
    group = _number(said.get("OriginalChannelGroupIndex"))
    size = len(numbers)
    if group is None or not size or len(channels) < size or (group and max(channels) >= size):
        return ()
    if not group and size > 1 and channels == list(range(size)):
        return ()
    return tuple(SoundChannel(None, group * size + channel) for channel in channels)


def _premiere_sound(metadata: Mapping[str, object]) -> Mapping[str, object]:
    said = metadata.get(PREMIERE)
    return said if isinstance(said, Mapping) else {}


def _mappings(value: object) -> Iterable[Mapping[str, object]]:
    entries = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return (entry for entry in members(entries) if isinstance(entry, Mapping))


def _plays_no_channel(metadata: Mapping[str, object]) -> bool:
    """Return whether Resolve lists channels of a clip, and none of them is connected."""
    resolve = metadata.get(RESOLVE)
    listed = resolve.get("Channels") if isinstance(resolve, Mapping) else None
    return any(_mappings(listed)) and not _resolve_channels(metadata)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
