"""Where to look, and why: a marker at each shot that was to be dubbed.

Three ways into an edit:
    .edl     DaVinci Resolve: Timelines > Import > Timeline Markers from EDL
    .txt     Media Composer: Markers window > Import Markers
    in cut   OTIO markers on the clips of the dubbed cut (`lipflap conform --markers`)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text
from lipflap.core.timecode import is_drop_frame_rate
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.status import RenderState
from lipflap.plugin.qc.qc import Qc, ShotQc, make_qc
from lipflap.plugin.qc.review import Verdict

GREEN, RED, YELLOW, BLUE, CYAN = "green", "red", "yellow", "blue", "cyan"


@dataclass(frozen=True, slots=True)
class QcMarker:
    """A marker on the first frame of a shot.

    address  of the shot's clip in the cut
    record   seconds from the cut's start
    colour   green: approved; yellow: look again; blue: rendered; red: sent back or failed;
             cyan: not rendered yet
    """

    shot: str
    address: tuple[int, ...]
    record: Fraction
    colour: str
    words: str


def qc_markers(qc: Qc) -> list[QcMarker]:
    """In record order, of the shots that were to be dubbed."""
    asked = (shot for shot in qc.shots if shot.order is not None)
    found = [
        QcMarker(
            shot.line.shot,
            shot.cue.shot.address,
            shot.cue.shot.record.start,
            _colour(shot),
            ". ".join((shot.state, *shot.words)),
        )
        for shot in asked
    ]
    return sorted(found, key=lambda marker: (marker.record, marker.shot))


def write_markers(job: Job, out: Path) -> None:
    """Write the markers of a JOB as a list, in the format of the file's ending.

    Raises DubError, also when the ending is not one of `LISTS`.
    """
    write = MARKER_SUFFIXES.get(out.suffix.casefold())
    if write is None:
        raise DubError(
            "is no list of markers that we can write.",
            where=str(out),
            fix=f"Let it end in {' or '.join(MARKER_SUFFIXES)}.",
        )
    write_text(out, "".join(write(make_qc(job))))


def _resolve(qc: Qc) -> Iterator[str]:
    """An EDL whose events last a frame, a marker in the comment below each."""
    drop = is_drop_frame_rate(qc.sheet.rate)
    yield f"TITLE: {_plain(Path(qc.sheet.cut_path).stem)}\n"
    yield f"FCM: {'DROP FRAME' if drop else 'NON-DROP FRAME'}\n\n"
    for number, marker in enumerate(qc_markers(qc), 1):
        begin = qc.timecode(marker.record)
        end = qc.timecode(marker.record + 1 / qc.sheet.rate)
        name = f"{marker.shot}: {marker.words}"
        yield f"{number:03}  001      V     C        {begin} {end} {begin} {end}  \n"
        yield f" |C:ResolveColor{marker.colour.capitalize()} |M:{_plain(name)} |D:1\n\n"


def _media_composer(qc: Qc) -> Iterator[str]:
    """A line a marker: user, timecode, track, colour, comment, length in frames."""
    for marker in qc_markers(qc):
        words = _plain(f"{marker.shot}: {marker.words}")
        at = qc.timecode(marker.record)
        yield f"lipflap\t{at}\tV1\t{marker.colour}\t{words}\t1\n"


MARKER_SUFFIXES = {".edl": _resolve, ".txt": _media_composer}


def _plain(words: str) -> str:
    """In one line, without the signs that these lists divide by."""
    return " ".join(words.replace("|", "/").split())


def _colour(shot: ShotQc) -> str:
    if shot.state == Verdict.APPROVED:
        return GREEN
    if shot.state in (Verdict.SENT_BACK, RenderState.FAILED):
        return RED
    if shot.state != RenderState.RENDERED:
        return CYAN
    return YELLOW if shot.doubtful else BLUE
