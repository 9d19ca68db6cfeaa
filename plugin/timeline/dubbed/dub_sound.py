"""Sound tracks for a dub that was given beside the cut, so that the dubbed cut is heard dubbed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from pathlib import Path

import opentimelineio as otio

from lipflap.core.frametime import exact_rate
from lipflap.core.media.probe import SoundInfo
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.cut.track_names import language_of
from lipflap.plugin.job.path_map import Rules, map_path, pure_path
from lipflap.plugin.timeline.dubbed.new_media import has_bare_path
from lipflap.plugin.timeline.item_names import DUB_TRACK
from lipflap.plugin.timeline.patch.dubbed_shot import DubbedSound

_MARK = "lipflap_dub"


def dubbed_sounds(
    lines: Iterable[DubLine], back: Rules, probe: Callable[[str], SoundInfo]
) -> tuple[DubbedSound, ...]:
    """Return the lines as sounds on tracks named DUB, the language and who says them.

    None overlaps another on its track. Stretched lines are left out: unlaid_sounds names them.

    back    from the folders of this machine to those of the editor's
    probe   path -> facts about a sound file. Raises DubError
    Lines before the cut's start lose what plays before it.
    """
    sounds = []
    ends: dict[str, list[Fraction]] = {}
    for line in sorted(lines, key=lambda one: one.record):
        if line.record.end <= 0 or line.playback.speed != 1:
            continue
        record = TimeRange(max(Fraction(0), line.record.start), line.record.end)
        name = " ".join(filter(None, (DUB_TRACK, _language(line), line.character)))
        info = probe(line.path)
        sounds.append(
            DubbedSound(
                name=line.name,
                track=_free_track(name, record, ends.setdefault(name, [])),
                record=record,
                file=pure_path(map_path(line.path, back)),
                sound_start=line.sound_start + record.start - line.record.start,
                seconds=Fraction(info.sample_count, info.sample_rate_hz),
                sample_rate_hz=info.sample_rate_hz,
                channels=info.channels,
            )
        )
    return tuple(sorted(sounds, key=lambda sound: (sound.track, sound.record)))


def unlaid_sounds(lines: Iterable[DubLine]) -> Iterator[tuple[str, str]]:
    """Yield a note on the lines that dubbed_sounds leaves out because they are stretched."""
    names = [line.name for line in lines if line.playback.speed != 1]
    if names:
        listed = ", ".join(dict.fromkeys(names))
        yield "", f"Stretched lines of the dub are not laid into the cut: {listed}."


def _language(line: DubLine) -> str | None:
    return language_of(Path(line.path).stem) or language_of(line.track)


def _free_track(name: str, record: TimeRange, ends: list[Fraction]) -> str:
    """Return the first track of a name that is free; `ends` holds where each is, and changes."""
    for number, end in enumerate(ends):
        if end <= record.start:
            ends[number] = record.end
            break
    else:
        number = len(ends)
        ends.append(record.end)
    return name if number == 0 else f"{name} {number + 1}"


def add_dub_sound(
    timeline: otio.schema.Timeline, sounds: Sequence[DubbedSound], rate: float, lead: Fraction
) -> None:
    """Add sound tracks to `timeline`, which changes; those of an earlier conform are replaced.

    They are sound tracks like any other: their name says that they are a dub. Files are named by
    bare paths where the timeline does so.

    sounds   as dubbed_sounds gives them
    rate     of the cut as the timeline writes it
    lead     seconds by which the root stack's own time is ahead of record time
    """
    for track in list(timeline.tracks):
        if _MARK in track.metadata:
            timeline.tracks.remove(track)
    is_bare = any(has_bare_path(clip.media_reference) for clip in timeline.find_clips())
    for name, on_track in groupby(sounds, key=lambda sound: sound.track):
        track = otio.schema.Track(name=name, kind=otio.schema.TrackKind.Audio)
        track.metadata[_MARK] = True
        at = -lead
        for sound in on_track:
            if room := sound.record.start - at:
                track.append(otio.schema.Gap(duration=_time(room, rate)))
            url = str(sound.file) if is_bare else sound.file.as_uri()
            track.append(_clip(sound, url, rate))
            at = sound.record.end
        timeline.tracks.append(track)


def _clip(sound: DubbedSound, url: str, rate: float) -> otio.schema.Clip:
    whole = otio.opentime.TimeRange(_time(Fraction(0), rate), _time(sound.seconds, rate))
    used = otio.opentime.TimeRange(
        _time(sound.sound_start, rate), _time(sound.record.seconds, rate)
    )
    return otio.schema.Clip(sound.name, otio.schema.ExternalReference(url, whole), used)


def _time(length: Fraction, rate: float) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(float(length * exact_rate(rate)), rate)
