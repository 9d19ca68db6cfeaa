"""CMX 3600: the rate and the start that an EDL does not say."""

from fractions import Fraction

import opentimelineio as otio


def detect_edl_rate(text: str) -> Fraction | None:
    """Return the rate that an EDL's own timecodes prove, None when they fit 24 frames a second.

    CMX 3600 has no field for the rate: only a frame number of 24 or more, or a drop-frame
    timecode, rules 24 out.
    """
    codes = [word for word in text.split() if len(word) == 11 and word[2] == word[5] == ":"]
    frames = [int(code[9:]) for code in codes if code[9:].isdecimal()]
    if any(code[8] == ";" for code in codes):
        return Fraction(30000, 1001)
    if max(frames, default=0) < 24:
        return None
    return Fraction(25) if max(frames) == 24 else Fraction(30)


def normalise_edl_start(timeline: otio.schema.Timeline) -> None:
    """Move the start timecode of a timeline from the CMX 3600 adapter to where OTIO has it.

    The adapter writes the record timecode of a track's first event as a source range that starts
    that much before the track's content; to any other reader such a track plays nothing.
    Changes `timeline`: tracks that start together lose the range, later ones keep their lead.
    """
    tracks = [track for track in timeline.tracks if track.source_range is not None]
    starts = [-track.source_range.start_time for track in tracks]
    if len(tracks) < len(timeline.tracks) or not starts or min(starts).value < 0:
        return
    timeline.global_start_time = min(starts)
    for track, start in zip(tracks, starts, strict=True):
        lead = start - min(starts)
        track.source_range = (
            otio.opentime.TimeRange(-lead, track.source_range.duration + lead)
            if lead.value
            else None
        )
