"""New files in a Final Cut 7 XML, in the words in which it describes the old ones."""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from pathlib import PurePath

from lipflap.core.timecode import format_timecode, is_drop_frame_rate
from lipflap.plugin.timeline.patch.dubbed_shot import Delivery, DubbedShot, DubbedSound
from lipflap.plugin.timeline.patch.fcp7.document import Clip, Xmeml
from lipflap.plugin.timeline.patch.xml_spans import Edits, Element, attribute_text, element_text

_SOUND_OFF_FRAME = (
    "The dub's sound is laid to the nearest frame: Final Cut 7 XML holds no parts of frames."
)


def file_markup(xmeml: Xmeml, clip: Clip, shot: DubbedShot) -> str:
    """Return the <file> of a shot's new picture."""
    old = xmeml.definition(clip.file)
    first, rate = shot.frames.start, rate_markup(shot.frames.rate)
    drop = is_drop_frame_rate(shot.frames.rate) and (
        old.text_of("timecode", "displayformat").upper() == "DF"
    )
    reel = shot.reel or old.text_of("timecode", "reel", "name")
    identity = xmeml.new_id(f"{clip.element.attributes.get('id', 'clip')}-lipflap-file")
    path = shot.file.with_name(shot.file.name % first) if shot.is_sequence else shot.file
    return (
        f'<file id="{attribute_text(identity)}"><name>{element_text(path.name)}</name>'
        f"<pathurl>{element_text(_url(path))}</pathurl>{rate}<duration>{len(shot.frames)}</duration>"
        f"<timecode>{rate}<string>{format_timecode(first, shot.frames.rate, drop=drop)}</string>"
        f"<frame>{first}</frame><displayformat>{'DF' if drop else 'NDF'}</displayformat>"
        f"<reel><name>{element_text(reel)}</name></reel></timecode>"
        f"<media>{_video(xmeml, old, shot)}</media></file>"
    )


def _video(xmeml: Xmeml, old: Element, shot: DubbedShot) -> str:
    """Return the old file's description of its picture, with the length of the new one."""
    video = old.find("media", "video")
    if video is None:
        return "<video/>"
    edits = Edits(xmeml.document, video)
    for length in video.find_all("duration"):
        edits.set_text(length, str(len(shot.frames)))
    for rate in video.find_all("samplecharacteristics", "rate"):
        edits.replace(rate, rate_markup(shot.frames.rate))
    return edits.markup()


def _url(path: PurePath) -> str:
    """Return a file's URL as Final Cut 7 writes it; a path on a server names the server."""
    return re.sub("^file:///", "file://localhost/", path.as_uri())


def rate_markup(rate: Fraction) -> str:
    """Return a <rate>."""
    ntsc = "FALSE" if rate.denominator == 1 else "TRUE"
    return f"<rate><timebase>{round(rate)}</timebase><ntsc>{ntsc}</ntsc></rate>"


def sound_tracks(
    xmeml: Xmeml, sequence: Element, delivery: Delivery, edits: Edits
) -> Iterator[tuple[str, str]]:
    """Add the dub's sound to a sequence, a track for each channel; yield what cannot be held."""
    if not delivery.sounds:
        return
    tracks = []
    for name, on_track in groupby(delivery.sounds, key=lambda sound: sound.track):
        sounds = list(on_track)
        for channel in range(1, max(sound.channels for sound in sounds) + 1):
            tracks.append(_sound_track(xmeml, name, sounds, channel, delivery.rate))
    media, audio = sequence.find("media"), sequence.find("media", "audio")
    if audio is not None:
        edits.append(audio, "".join(tracks))
    elif media is not None:
        edits.append(media, f"<audio>{''.join(tracks)}</audio>")
    starts = {sound.record.start * delivery.rate for sound in delivery.sounds}
    if any(start.denominator != 1 for start in starts):
        yield "", _SOUND_OFF_FRAME


def _sound_track(
    xmeml: Xmeml, name: str, sounds: Sequence[DubbedSound], channel: int, rate: Fraction
) -> str:
    clips = [
        _sound_clip(xmeml, sound, channel, rate) for sound in sounds if channel <= sound.channels
    ]
    return (
        f'<track MZ.TrackName="{attribute_text(name)}">{"".join(clips)}'
        "<enabled>TRUE</enabled><locked>FALSE</locked>"
        f"<outputchannelindex>{channel}</outputchannelindex></track>"
    )


def _sound_clip(xmeml: Xmeml, sound: DubbedSound, channel: int, rate: Fraction) -> str:
    start, end = round(sound.record.start * rate), round(sound.record.end * rate)
    first, length = round(sound.sound_start * rate), int(sound.seconds * rate)
    identity = xmeml.new_id(f"lipflap-sound-{channel}")
    return (
        f'<clipitem id="{identity}"><name>{element_text(sound.name)}</name><enabled>TRUE</enabled>'
        f"<duration>{length}</duration>{rate_markup(rate)}<start>{start}</start><end>{end}</end>"
        f"<in>{first}</in><out>{first + end - start}</out>"
        f'<file id="{xmeml.new_id(f"{identity}-file")}">'
        f"<name>{element_text(sound.file.name)}</name>"
        f"<pathurl>{element_text(_url(sound.file))}</pathurl>{rate_markup(rate)}"
        f"<duration>{length}</duration><media><audio><samplecharacteristics><depth>16</depth>"
        f"<samplerate>{sound.sample_rate_hz}</samplerate></samplecharacteristics>"
        f"<channelcount>{sound.channels}</channelcount></audio></media></file>"
        f"<sourcetrack><mediatype>audio</mediatype><trackindex>{channel}</trackindex>"
        "</sourcetrack></clipitem>"
    )
