"""The rendered shots of a JOB, and the file that its dubbed cut goes into."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from lipflap.core.encode.add_sound import add_source_sound
from lipflap.core.encode.op_atom import write_op_atom
from lipflap.core.errors import DubError
from lipflap.core.files.sidecar import remove_sidecars
from lipflap.core.media.probe import probe, probe_sound
from lipflap.core.order import read_order
from lipflap.core.result import ShotState
from lipflap.core.serialize import RecordUnreadable
from lipflap.plugin.cut.cuesheet import CueSheet
from lipflap.plugin.job.folder import Job
from lipflap.plugin.job.local_order import localise_order
from lipflap.plugin.job.path_map import Rules, map_path, pure_path
from lipflap.plugin.qc.report import read_report
from lipflap.plugin.qc.review import is_approved
from lipflap.plugin.render.render import current_result
from lipflap.plugin.timeline.dubbed.return_cut import DUBBED, RenderedShot
from lipflap.plugin.timeline.patch.writers import is_written, returned_suffix

_MAX_STEM_BYTES = 150

Notes = tuple[tuple[str, str], ...]  # (shot, sentence); without a shot on the cut as a whole


def rendered_shots(job: Job, sheet: CueSheet, only_approved: bool) -> tuple[RenderedShot, ...]:
    """Return the shots whose results are current. Raises DubError."""
    return tuple(_rendered_shots(job, sheet, only_approved))


def _rendered_shots(job: Job, sheet: CueSheet, only_approved: bool) -> Iterator[RenderedShot]:
    for cue in sheet.ready:
        order = read_order(job.order(cue.shot.name))
        if only_approved and not is_approved(order):
            continue
        result = current_result(localise_order(order))
        if result and result.report.state == ShotState.RENDERED and cue.record_start is not None:
            yield RenderedShot(cue, order, result, result.output_path)


def with_sound(
    shots: Iterable[RenderedShot],
) -> tuple[tuple[RenderedShot, ...], Notes]:
    """Write copies of the new files that hold the source's sound, into JOB/with_sound.

    Returns the shots with these, and (shot, sentence) pairs on those that get none.
    """
    found, notes = [], []
    for shot in shots:
        try:
            found.append(_with_sound(shot))
        except DubError as problem:
            found.append(shot)
            notes.append((shot.cue.shot.name, f"Its new file has no sound: {problem}"))
    return tuple(found), tuple(notes)


def _with_sound(shot: RenderedShot) -> RenderedShot:
    order = localise_order(shot.order).local
    output, picture, frames = order.output, order.picture, order.frames
    if "%" in output.path or output.rate != picture.rate or frames.step != 1 or order.unfilmed:
        raise DubError("an image sequence, a retimed or an extended picture cannot hold it.")
    probe_sound(picture.path)
    start = frames.media_frame(0) / picture.rate
    drop = probe(output.path).coding.drop_frame
    path = Path(output.path).parents[1] / "with_sound" / Path(output.path).name
    length = frames.count / output.rate
    remove_sidecars(str(path))
    add_source_sound(output, Path(picture.path), path, start, length, drop)
    named = pure_path(shot.path)
    named = named.parents[1] / "with_sound" / named.name
    return replace(shot, path=str(named), has_sound=True)


def as_op_atom(
    shots: Iterable[RenderedShot], folder: Path
) -> tuple[tuple[RenderedShot, ...], Notes]:
    """Write the new pictures into a folder as Media Composer keeps its own media.

    Returns the shots with these, and (shot, sentence) pairs on those that stay as they are. A file
    that is there already stays, with the identifiers by which an AAF may name it.
    """
    found, notes = [], []
    for shot in shots:
        output = localise_order(shot.order).local.output
        stem = f"{Path(output.path).stem} {shot.result.output_fingerprint[:8]}"
        path = folder.absolute() / f"{stem}.mxf"
        try:
            if not path.is_file():
                write_op_atom(output, path, f"{shot.cue.shot.name} lipflap")
            found.append(replace(shot, path=str(path)))
        except DubError as problem:
            found.append(shot)
            notes.append((shot.cue.shot.name, f"Its new file is no MXF: {problem}"))
    return tuple(found), tuple(notes)


def default_out(cut: Path, job: Job, language: str = "") -> Path:
    """Return the file of the dubbed cut: beside the cut, in its format, and not yet there.

    language   name of a further dub of the cut (cut.languages), which stands in the file's name

    One that this JOB wrote before may be written again. Where nothing can be written beside the
    cut, it goes into the JOB.
    """
    folder = cut.parent if os.access(cut.parent, os.W_OK) else job.folder
    earlier = written_cuts(job)
    ending = returned_suffix(cut)
    stem = cut.stem
    while len(os.fsencode(stem)) > _MAX_STEM_BYTES:  # of the 255 that a name may have
        stem = stem[:-1]
    dubbed = f"{DUBBED} {language}" if language else DUBBED
    path, number = folder / f"{stem}.{dubbed}{ending}", 1
    while path.exists() and str(path.absolute()) not in earlier:
        number += 1
        path = folder / f"{stem}.{dubbed} {number}{ending}"
    return path


def written_cuts(job: Job) -> tuple[str, ...]:
    """Return the files that this JOB wrote a dubbed cut into, as its report says."""
    with suppress(RecordUnreadable):
        return read_report(job.report).written
    return ()


def unapproved_notes(job: Job, sheet: CueSheet) -> Notes:
    """Return a note on each shot that stays as filmed where only approved ones are written."""
    shots = (cue.shot.name for cue in sheet.ready)
    return tuple(
        (shot, "It is not approved, and as filmed in the dubbed cut.")
        for shot in shots
        if not is_approved(read_order(job.order(shot)))
    )


def format_note(cut: Path, out: Path | None, path: Path) -> Iterator[tuple[str, str]]:
    """Yield a note where a dubbed cut is in another format than was asked for.

    out   what the user asked for; None for the format of the cut
    """
    wanted = out.suffix if out else cut.suffix.replace(".fcpxmld", ".fcpxml")
    if path.suffix.casefold() != wanted.casefold():
        why = f"a {wanted or 'file without an ending'} is not written"
        if out and is_written(wanted):
            why = f"only a {wanted} comes back as {wanted}"
        yield "", f"The dubbed cut is an {path.suffix}: {why}."


def unmapped_note(shots: Iterable[RenderedShot], back: Rules) -> Iterator[tuple[str, str]]:
    """Yield a note where new pictures lie in folders that the editor's machine has no name for.

    back   from the folders of this machine to those of the editor's; without any nothing is said
    """
    paths = [Path(shot.path) for shot in shots] if back else []
    unseen = (path.parent for path in paths if map_path(str(path), back) == str(path))
    for folder in dict.fromkeys(folder for folder in unseen if folder.is_dir()):
        yield (
            "",
            f"The cut names the new pictures in {folder} as this machine sees them: no --map leads "
            "there. Put the JOB below a folder that --map names, or map its own.",
        )
