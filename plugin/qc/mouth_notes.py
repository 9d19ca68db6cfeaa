"""Notes for an editor on new mouths: frames that stay as filmed, and takes with too few mouths."""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from lipflap.core.result import DubResult, KeptFrames, KeptReason, ShotReport, ShotState
from lipflap.core.timecode import record_timecode
from lipflap.plugin.cut.cuesheet import Cue, CueSheet

MANY_PX = 2.0  # of the 128 px crop: mouths bent further on average are seldom the right ones

_BECAUSE = {
    KeptReason.COVERED: "the mouth is covered.",
    KeptReason.OVERLAID: "a title of the cut lies over the mouth.",
    KeptReason.TURNED: "the head is turned too far aside.",
    KeptReason.NO_MOUTH: "no filmed mouth of this actor comes near the one wanted. "
    "Give a take with more speech with --references.",
    KeptReason.MISMATCH: "the new mouth does not meet the picture around it.",
}


def mouth_notes(sheet: CueSheet, cue: Cue, result: DubResult | None) -> Iterator[str]:
    """Yield the notes on the new mouths of a rendered shot, a sentence or two each."""
    if result is None or result.report.state != ShotState.RENDERED:
        return
    report = result.report
    yield from _voice_notes(report)
    if report.mouths == 0:
        yield "Painted by the network alone: the take shows too few mouths of this actor."
    elif report.network_faces:
        yield _network_note(report)
    if report.closed_faces:
        yield _closed_note(report.closed_faces)
    if report.mouths and report.bend_px > MANY_PX:
        yield (
            f"Few fitting mouths of this actor (bent by {report.bend_px:.0f} px of 128 on "
            "average): give a take with more speech with --references."
        )
    yield from _eye_notes(report)
    for reason, because in _BECAUSE.items():
        kept = [one for one in report.kept if one.reason == reason]
        if kept:
            start = (cue.record_start or Fraction(0)) + kept[0].start
            timecode = record_timecode(start, sheet.rate, sheet.first_frame)
            yield f"{_frames_at(kept, timecode)} as filmed: {because}"


def faces_with_few_mouths(report: ShotReport) -> frozenset[int]:
    """Return the faces of a rendered shot whose film shows too few mouths of the actor."""
    lacks = any(one.reason == KeptReason.NO_MOUTH for one in report.kept)
    without = {*report.network_faces, *report.closed_faces}
    lacks |= report.mouths == 0 or bool(without)
    lacks |= bool(report.mouths and report.bend_px > MANY_PX)
    if report.state != ShotState.RENDERED or not lacks:
        return frozenset()
    if without:
        return frozenset(without)
    said = frozenset(one.face for one in report.said_by)
    return said or frozenset([report.face] if report.face is not None else [])


def _network_note(report: ShotReport) -> str:
    """Return which faces the network alone painted, in a shot with filmed mouths of others."""
    names = _names(report.network_faces)
    which, whose = (
        (f"Face {names} is", "that actor")
        if len(report.network_faces) == 1
        else (f"Faces {names} are", "those actors")
    )
    return (
        f"{which} painted by the network alone, in parts of the shot at least: the take shows too "
        f"few mouths of {whose} that fit. Give a take with more of their speech with --references."
    )


def _closed_note(faces: Sequence[int]) -> str:
    """Return which faces were never filmed with open lips."""
    which = f"face {faces[0]}" if len(faces) == 1 else f"faces {_names(faces)}"
    return (
        f"No film shows {which} with open lips: teeth and all else between them are nobody's. "
        "Give a take in which they speak with --references."
    )


def _names(faces: Sequence[int]) -> str:
    return " and ".join(", ".join(map(str, faces)).rsplit(", ", 1))


def _voice_notes(report: ShotReport) -> Iterator[str]:
    """Yield who says the lines of whom, and that a dub holds no speech."""
    if report.dub_s == 0:
        yield "No speech was found in the dub over this shot: the mouth is kept shut."
    elif len({one.face for one in report.said_by}) > 1:
        said = ", ".join(f"{one.who} by face {one.face}" for one in report.said_by)
        yield f"Said: {said}."


def _eye_notes(report: ShotReport) -> Iterator[str]:
    """Yield how often eyes of a still close, and why others stay open."""
    if report.blinks:
        often = "once" if len(report.blinks) == 1 else f"{len(report.blinks)} times"
        yield f"Not filmed: eyes in a still close {often}."
    for reason in report.eyes_open:
        yield f"Eyes of a face in a still stay open: {reason}."


def _frames_at(kept: list[KeptFrames], timecode: str) -> str:
    count = sum(one.frames for one in kept)
    frames, stay = ("frame", "stays") if count == 1 else ("frames", "stay")
    if len(kept) == 1:
        return f"{count} {frames} at {timecode} {stay}"
    return f"{count} {frames} in {len(kept)} places, the first at {timecode}, {stay}"
