"""AAFs as their adapter reads them, with the channels that clips play, which it leaves out.

A clip names a slot of a master mob; that leads to a slot of a source mob, whose file may hold other
channels, too:

    master mob       source mobs           files
    slot 1 --------> slot 1, number 1 ---> take.wav     is channel 1 of it
    slot 2 --------> slot 1, number 2 ---> take.wav     is channel 2: slot 1 plays it, too
    slot 3 --------> slot 1, number 3 ---> boom.wav     is all of the file
"""

import logging
import struct
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import opentimelineio as otio

from lipflap.plugin.timeline.item_names import OURS
from lipflap.plugin.timeline.item_sound import SOUND

EMBEDDED = "lipflap_embedded"

_log = logging.getLogger(__name__)

_SOUND = ("Sound", "LegacySound", "SoundMasterTrack")
_LEGACY = {
    "AAF_LegacySound": otio.schema.TrackKind.Audio,
    "AAF_LegacyPicture": otio.schema.TrackKind.Video,
}
_UNC_PATH = "UNC Path"  # how the adapter names the file that a user comment of Avid's names
_MOST_CHANNELS = 64  # of a file; Pro Tools numbers slots 2**32 - 1, which is no number


def read_aaf(path: Path) -> otio.core.SerializableObject:
    """Read an AAF; channels stand in the metadata of clips, EMBEDDED in that of their media.

    Raises what the adapter raises.
    """
    import aaf2  # takes a third of a second to load

    found = otio.adapters.read_from_file(str(path), simplify=False)
    with aaf2.open(str(path)) as file:
        embedded = {str(data.mob_id) for data in file.content.essencedata.values()}
        _note_slots(found)
        held = 0
        for track in found.find_children(descended_from_type=otio.schema.Track):
            track.kind = _LEGACY.get(track.kind, track.kind)
            _mute_whole(track)
            for clip in (one for one in track if isinstance(one, otio.schema.Clip)):
                held += _note_embedded(clip, embedded)
                if track.kind == otio.schema.TrackKind.Audio:
                    _note_channel(clip, track, file.content)
        _switch_off_clips(found)
    if held:
        _log.warning("%s: media of %d clips is embedded in it, and is not read.", path, held)
    # Only now: a clip knows its slot as long as it lies in a track of its own.
    return otio.adapters.from_name("AAF").module()._simplify(found)


def _note_slots(found: otio.core.SerializableObject) -> None:
    """Note for each clip the slot of the sequence that it lies in, for what writes back."""
    whole = (
        [found]
        if isinstance(found, otio.schema.Timeline)
        else found.find_children(descended_from_type=otio.schema.Timeline)
    )
    for timeline in whole:
        for track in timeline.tracks:
            slot_id = _said(track).get("SlotID")
            for clip in track.find_children(descended_from_type=otio.schema.Clip):
                if slot_id is not None:
                    clip.metadata[OURS] = {"element": str(slot_id)}


def _mute_whole(track: otio.schema.Track) -> None:
    """Switch a track off, rather than the one sequence in it: that is how Avid mutes tracks."""
    inside = track[0] if len(track) == 1 else None
    is_slot = "SlotID" in _said(track) and track.parent().parent() is None
    if is_slot and isinstance(inside, otio.schema.Track) and not inside.enabled:
        track.enabled, inside.enabled = False, True


def _switch_off_clips(found: otio.core.SerializableObject) -> None:
    """Switch off the clips in what is off, rather than what holds them.

    A muted clip with an effect is a stack that is off, for which the adapter would switch its whole
    track off.
    """
    for item in found.find_children(descended_from_type=otio.core.Composition):
        if not item.enabled and not ("SlotID" in _said(item) and item.parent().parent() is None):
            item.enabled = True
            for clip in item.find_clips():
                clip.enabled = False


def _note_embedded(clip: otio.schema.Clip, embedded: set[str]) -> bool:
    """Note that a clip's media lies in the AAF itself; return whether it does."""
    reference = clip.media_reference
    is_embedded = isinstance(reference, otio.schema.MissingReference) and (
        _said(reference).get("MobID") in embedded
    )
    if is_embedded:
        reference.metadata[EMBEDDED] = True
    return is_embedded


def _note_channel(clip: otio.schema.Clip, track: otio.schema.Track, content: Any) -> None:
    """Note which channel of its file a clip in a copy of a master mob's slot plays."""
    said, reference = _said(clip), clip.media_reference
    slot_id = _said(track).get("SlotID")
    if said.get("ClassName") != "MasterMob" or reference is None:
        return
    master = _mob(content, said.get("MobID"))
    sounds = [] if master is None else _sounds_of(master)
    own = next((slot for slot in sounds if slot.slot_id == slot_id), None)
    if own is None:
        return
    if reference.name == _UNC_PATH and "AAF" not in reference.metadata:
        channel = _channel(own, sounds)
    else:
        channel = _channel_of_file(own, sounds, str(_said(reference).get("MobID")))
    if channel is not None:
        clip.metadata[SOUND] = [[None, channel]]


def _channel_of_file(own: Any, sounds: Sequence[Any], mob_id: str) -> int | None:
    """Return the channel that a master's slot plays of a source mob's file; None for all of it."""
    found = next(((mob, slot) for mob, slot in _chain(own) if str(mob.mob_id) == mob_id), None)
    if found is None:
        return None
    mob, slot = found
    ends = {id(one): _slot_of_file(one, mob) for one in sounds}
    peers = [one for one in sounds if ends[id(one)] is not None]
    choices = ((slot, _sounds_of(mob)), (slot, [ends[id(one)] for one in peers]), (own, peers))
    for one, slots in choices:
        if len({id(slot) for slot in slots}) > 1:
            return _channel(one, slots)
    number = _number(slot)
    return number - 1 if 1 < number <= _channel_count(mob.descriptor) else None


def _slot_of_file(slot: Any, mob: Any) -> Any:
    """Return the slot of a source mob, or of another of the same file, that a slot leads to."""
    urls = _urls(mob)
    return next(
        (
            file_slot
            for file_mob, file_slot in _chain(slot)
            if file_mob.mob_id == mob.mob_id or (urls and _urls(file_mob) == urls)
        ),
        None,
    )


def _channel(own: Any, slots: Sequence[Any]) -> int | None:
    """Return the channel of one of several slots of a file: by their numbers, else their order."""
    if len(slots) < 2:
        return None
    numbers = [_number(slot) for slot in slots]
    if len(set(numbers)) == len(numbers) and all(0 < one <= _MOST_CHANNELS for one in numbers):
        return _number(own) - 1
    return next(place for place, slot in enumerate(slots) if slot is own)


def _number(slot: Any) -> int:
    """Return the number of the track that a slot is; 0 where it says none."""
    return int(slot.getvalue("PhysicalTrackNumber") or 0)


def _chain(slot: Any) -> Iterator[tuple[Any, Any]]:
    """Yield the source mobs that a slot leads to, with their slots: a file, then what it is of."""
    import aaf2

    seen = set()
    while slot is not None and id(slot) not in seen:
        seen.add(id(slot))
        parts = getattr(slot.segment, "components", None) or [slot.segment]
        clip = next((one for one in parts if isinstance(one, aaf2.components.SourceClip)), None)
        if clip is None or not isinstance(mob := clip.mob, aaf2.mobs.SourceMob):
            return
        slot = next((one for one in mob.slots if one.slot_id == clip.slot_id), None)
        if slot is not None:
            yield mob, slot


def _sounds_of(mob: Any) -> list[Any]:
    return [slot for slot in mob.slots if slot.media_kind in _SOUND]


def _urls(mob: Any) -> set[str]:
    locators = mob.descriptor.get("Locator") if mob.descriptor else None
    texts = [one.get("URLString") for one in (locators.value if locators else None) or []]
    return {str(one.value) for one in texts if one is not None}


def _channel_count(descriptor: Any) -> int:
    """Return how many channels a sound file has by its descriptor; 0 where it does not say."""
    said, summary = (descriptor.getvalue(name) for name in ("Channels", "Summary"))
    if said:
        return int(said)
    head = bytes(summary or b"")
    if head[:4] == b"RIFF" and head[12:16] == b"fmt ":
        return int(struct.unpack_from("<H", head, 22)[0])
    return 0


def _mob(content: Any, mob_id: object) -> Any:
    """Return the mob of an identifier as the adapter writes it; None when it is not there."""
    import aaf2

    return content.mobs.get(aaf2.mobid.MobID(str(mob_id)), None) if mob_id else None


def _said(item: otio.core.SerializableObjectWithMetadata) -> Mapping[str, object]:
    """Return what the adapter noted of an item."""
    said = item.metadata.get("AAF")
    return said if isinstance(said, Mapping) else {}
