"""The writers of documents, by the ending of their files' names."""

from collections.abc import Mapping
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.dialect.fcpxml.document import INSIDE_BUNDLE
from lipflap.plugin.timeline.patch.aaf import AAF
from lipflap.plugin.timeline.patch.dubbed_shot import How, Writer
from lipflap.plugin.timeline.patch.edl import EDL
from lipflap.plugin.timeline.patch.fcp7.write import FCP7
from lipflap.plugin.timeline.patch.fcpxml.write import FCPXML
from lipflap.plugin.timeline.patch.mlt.write import MLT
from lipflap.plugin.timeline.patch.xges import XGES

WRITERS: Mapping[str, Writer] = {
    ".aaf": AAF,
    ".edl": EDL,
    ".fcpxml": FCPXML,
    ".kdenlive": MLT,
    ".mlt": MLT,
    ".xges": XGES,
    ".xml": FCP7,
}

_OTIO = (".otio", ".otioz")
_OTIO_MODES = (How.ALTERNATE, How.TRACK)


def returned_suffix(cut: Path) -> str:
    """Return how the name of a dubbed cut ends: as the cut's, where that can be written."""
    suffix = _document_suffix(cut)
    return suffix if suffix in WRITERS or suffix in _OTIO else ".otio"


def document_of(cut: Path) -> Path:
    """Return the file that holds a cut's document: inside a bundle of Final Cut Pro its own."""
    return cut / INSIDE_BUNDLE if cut.is_dir() else cut


def written_suffix(out: Path) -> str:
    """Return how the name of a dubbed cut ends that was asked for under a name.

    Of a bundle of Final Cut Pro its document alone is written.
    """
    return ".fcpxml" if out.suffix.casefold() == ".fcpxmld" else out.suffix


def is_written(suffix: str) -> bool:
    """Return whether dubbed cuts of this ending are written, of cuts of the same."""
    return suffix.casefold() in (*WRITERS, *_OTIO)


def _document_suffix(cut: Path) -> str:
    """Return the ending of a cut's document in lower case; a bundle's is that of what it holds."""
    suffix = cut.suffix.casefold()
    return ".fcpxml" if suffix == ".fcpxmld" else suffix


def writer_of(cut: Path, out: Path) -> Writer | None:
    """Return the writer that patches a cut's own document; None where OpenTimelineIO writes it."""
    suffix = out.suffix.casefold()
    return WRITERS.get(suffix) if suffix == _document_suffix(cut) else None


def modes_of(cut: Path, out: Path) -> tuple[How, ...]:
    """Return the ways in which shots can be laid into a dubbed cut, the default first."""
    writer = writer_of(cut, out)
    return writer.modes if writer else _OTIO_MODES


def counts_whole_frames(cut: Path) -> bool:
    """Return whether media of other rates than the cut's has to be rendered at the cut's."""
    writer = WRITERS.get(_document_suffix(cut))
    return writer is not None and writer.whole_frames


def check_how(cut: Path, out: Path, how: How | None) -> How:
    """Return the way to lay shots, None for the default. Raises DubError for another."""
    modes = modes_of(cut, out)
    if how is None:
        return modes[0]
    if how not in modes:
        raise DubError(
            f"cannot take the new pictures as {how}.",
            where=out.name,
            fix=f"Choose --as {' or '.join(modes)}.",
        )
    return how
