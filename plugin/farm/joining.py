"""The parts of a long shot, rendered one by one, as one shot again: its picture and its result."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from lipflap.core.errors import DubError, MediaBroken, MediaMissing
from lipflap.core.fingerprint import fingerprint_of_picture
from lipflap.core.media import join as media
from lipflap.core.media.probe import probe
from lipflap.core.media.sequence import file_of, is_sequence, numbers_on_disk
from lipflap.core.order import (
    FAILED,
    LEFT,
    DubOrder,
    DubResult,
    ShotReport,
    SyncFigures,
    digest,
    result_to_json,
)
from lipflap.plugin.job import job_of, write_text
from lipflap.plugin.render import result_of, standing_result
from lipflap.plugin.shot_lock import turn_at


def join(whole: DubOrder, parts: Sequence[DubOrder]) -> DubResult:
    """The result of the whole order, which is also written beside its media, as a render's is.

    parts   as `splitting.split` gave them; a shot that is not divided has none but itself

    The new file is what an undivided render writes, byte for byte. The report adds up frames and
    seconds, and tells of the sync of the part that fits worst. What is joined already is not
    joined again. The media of the parts go once the result stands.
    Raises DubError, naming the part, when one is not rendered, failed, or does not belong here.
    """
    _check_are_parts(whole, parts)
    with turn_at(whole) as is_ours:
        while not is_ours():
            pass  # a no has taken its moment
        result = standing_result(whole)
        if result is None:
            result = _joined(whole, parts)
            write_text(job_of(whole).result(whole.shot), result_to_json(result))
        if tuple(parts) != (whole,):
            _remove_media(parts)
    return result


def _check_are_parts(whole: DubOrder, parts: Sequence[DubOrder]) -> None:
    if tuple(parts) == (whole,):
        return
    reached = 0
    for part in parts:
        output = replace(part.output, path=whole.output.path)
        if replace(part, shot=whole.shot, part=None, output=output) != whole:
            raise DubError(
                f"is no part of {whole.shot} as it is ordered.", where=part.shot, fix=_ORDER
            )
        if part.written.start != reached:
            break
        reached = part.written.end
    if reached != whole.frames.count:
        raise DubError(
            f"has no part with its frame {reached}, or has it elsewhere.",
            where=whole.shot,
            fix=_ORDER,
        )


_ORDER = "Order the shot again, and render its parts."


def _joined(whole: DubOrder, parts: Sequence[DubOrder]) -> DubResult:
    reports = [_report_of(part) for part in parts]
    if len({(r.state, r.faces, r.face, r.camera_shots) for r in reports}) > 1:
        raise DubError(
            "was not seen alike by the machines that rendered its parts.",
            where=whole.shot,
            fix="Render all parts on machines of one kind, or the shot in one piece.",
        )
    report = _merged(reports)
    if report.state == LEFT:
        return DubResult(whole.shot, digest(whole), "", "", report)
    path = whole.output.path
    media.join([part.output.path for part in parts], whole.output)
    frames = probe(path).frame_count
    if frames != whole.frames.count:
        raise MediaBroken(
            f"was joined of {frames} frames instead of {whole.frames.count}.", where=path
        )
    return DubResult(whole.shot, digest(whole), path, fingerprint_of_picture(path), report)


def _report_of(part: DubOrder) -> ShotReport:
    """Of a part that stands. Raises DubError naming it."""
    told, stands = result_of(part), standing_result(part)
    if stands:
        return stands.report
    if told is None:
        why = "is not rendered yet."
    elif told.report.state == FAILED:
        why = f"failed: {told.report.reason}"
    else:
        why = "was rendered, but its picture is gone or was changed."
    raise DubError(why, where=part.shot, fix="Render that part, then join again.")


def _merged(reports: Sequence[ShotReport]) -> ShotReport:
    seconds = Counter[str]()
    for report in reports:
        seconds.update(report.seconds)
    judged = [report.sync for report in reports if report.sync]
    return replace(
        reports[0],
        frames=sum(report.frames for report in reports),
        repainted_frames=sum(report.repainted_frames for report in reports),
        seconds={stage: round(s, 3) for stage, s in seconds.items()},
        sync=min(judged, key=_clearness, default=None),
    )


def _clearness(sync: SyncFigures) -> float:
    return sync.confidence / sync.chance


def _remove_media(parts: Sequence[DubOrder]) -> None:
    for path in (part.output.path for part in parts):
        with suppress(MediaMissing, OSError):  # what stays is in nobody's way
            files = [Path(path)]
            if is_sequence(path):
                files = [file_of(path, number) for number in numbers_on_disk(path)]
            for file in files:
                file.unlink()
