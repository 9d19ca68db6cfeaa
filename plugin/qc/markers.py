"""Markers for an editing program: one at each shot that was to be dubbed, with its state.

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
from lipflap.core.timecode import counts_in_drop_frame
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
    comment: str


def qc_markers(qc: Qc) -> list[QcMarker]:
    """Return the markers in record order."""
    markers = [
        QcMarker(
            shot.line.shot,
            shot.cue.shot.address,
            shot.cue.shot.shown.start,
            _colour(shot),
            ". ".join((shot.state, *shot.remarks)),
        )
        for shot in qc.shots
        if shot.order is not None
    ]
    return sorted(markers, key=lambda marker: (marker.record, marker.shot))


def write_markers(job: Job, out: Path) -> None:
    """Write the markers of a JOB as a list, in the format of the file's suffix.

    Raises DubError, also when the suffix is not one of MARKER_SUFFIXES.
    """
    write = MARKER_SUFFIXES.get(out.suffix.casefold())
    if write is None:
        raise DubError(
            "has no suffix of a marker list.",
            where=str(out),
            fix=f"Give it the suffix {' or '.join(MARKER_SUFFIXES)}.",
        )
    write_text(out, "".join(write(make_qc(job))))


def _resolve(qc: Qc) -> Iterator[str]:
    """Yield an EDL whose events last a frame, each with a marker in the comment below it."""
    drop = counts_in_drop_frame(qc.sheet.first_frame, qc.sheet.rate)
    yield f"TITLE: {_plain(Path(qc.sheet.cut_path).stem)}\n"
    yield f"FCM: {'DROP FRAME' if drop else 'NON-DROP FRAME'}\n\n"
    for number, marker in enumerate(qc_markers(qc), 1):
        begin = qc.timecode(marker.record)
        end = qc.timecode(marker.record + 1 / qc.sheet.rate)
        name = f"{marker.shot}: {marker.comment}"
        yield f"{number:03}  001      V     C        {begin} {end} {begin} {end}  \n"
        yield f" |C:ResolveColor{marker.colour.capitalize()} |M:{_plain(name)} |D:1\n\n"


def _media_composer(qc: Qc) -> Iterator[str]:
    """Yield a line a marker: user, timecode, track, colour, comment, length in frames."""
    for marker in qc_markers(qc):
        comment = _plain(f"{marker.shot}: {marker.comment}")
        timecode = qc.timecode(marker.record)
        yield f"lipflap\t{timecode}\tV1\t{marker.colour}\t{comment}\t1\n"


MARKER_SUFFIXES = {".edl": _resolve, ".txt": _media_composer}


def _plain(text: str) -> str:
    """Return a text in one line, without the separators of these lists."""
    return " ".join(text.replace("|", "/").split())


def _colour(shot: ShotQc) -> str:
    if shot.state == Verdict.APPROVED:
        return GREEN
    if shot.state in (Verdict.SENT_BACK, RenderState.FAILED):
        return RED
    if shot.state != RenderState.RENDERED:
        return CYAN
    return YELLOW if shot.has_sync_warning else BLUE
