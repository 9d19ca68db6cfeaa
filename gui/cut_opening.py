"""A cut opened off the GUI thread: a small one in a thread, a large one beside the panel."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile, ZipFile, is_zipfile

from lipflap.core.errors import DubError
from lipflap.gui.background.side_process import SideProcess, SideProcessEnded
from lipflap.gui.cut_reading import CutRead, read_facts
from lipflap.gui.timeline.layout import CutLayout, layout_cut
from lipflap.plugin.cut.cut import TIMELINE_SUFFIXES
from lipflap.plugin.cut.decisions import decided_lines
from lipflap.plugin.dub_request import DubRequest
from lipflap.plugin.job.folder import Job

_LARGE_BYTES = 1 << 20  # of a document with some 200 shots, which take half a second to be read
_LARGE_EDL_BYTES = 1 << 14  # of the same, in the most compact format


@dataclass(frozen=True, slots=True)
class OpenedCut:
    """A cut as it was read, laid out for the timeline."""

    read: CutRead
    layout: CutLayout


def open_cut(side: SideProcess, request: DubRequest, job: Job) -> Iterator[OpenedCut]:
    """Yield a cut once it is read. Raises DubError."""
    is_large = _document_bytes(request.cut) >= (
        _LARGE_EDL_BYTES if request.cut.suffix.casefold() == ".edl" else _LARGE_BYTES
    )
    facts = side.call(read_facts, request, job) if is_large else read_facts(request, job)
    try:
        for read in facts:
            lines = decided_lines(read.cut.lines, request.decisions)
            yield OpenedCut(read, layout_cut(read.sheet, lines, None))
    except SideProcessEnded as ended:
        raise DubError(
            f"could not be read. {ended.problem}", where=str(request.cut), fix="Open it again."
        ) from ended


def _document_bytes(cut: Path) -> int:
    """Return the size of the timeline itself, without media packed with it; 0 where unknown."""
    try:
        if cut.is_dir():
            files = [(file.suffix, file.stat().st_size) for file in cut.iterdir()]
        elif is_zipfile(cut):
            with ZipFile(cut) as bundle:
                files = [(Path(one.filename).suffix, one.file_size) for one in bundle.infolist()]
        else:
            return cut.stat().st_size
    except (OSError, BadZipFile):
        return 0
    return max((size for suffix, size in files if suffix in TIMELINE_SUFFIXES), default=0)
