"""A cut read from its file: its facts, its cue sheet, and what an editor should know of both."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from threading import get_ident

from lipflap.core.timecode import record_timecode
from lipflap.plugin.cut.cuesheet import CueSheet
from lipflap.plugin.cut.cut import Cut, LeftOut
from lipflap.plugin.cut.extension import Overhang, find_overhangs
from lipflap.plugin.dub_request import DubRequest
from lipflap.plugin.job.folder import Job
from lipflap.plugin.request_cut import make_cue_sheet, read_cut


@dataclass(frozen=True, slots=True)
class CutRead:
    """A cut as it was read.

    overhangs   the dub that goes on after shots, by their names
    notes       sentences about the cut and its dub as a whole
    """

    cut: Cut
    sheet: CueSheet
    overhangs: dict[str, Overhang]
    notes: tuple[str, ...]


def read_facts(request: DubRequest, job: Job) -> Iterator[CutRead]:
    """Yield the facts of a cut once they are read. Raises DubError."""
    with _warnings() as told:
        cut = read_cut(request, job.bundle)
        sheet = make_cue_sheet(request, cut)
    left_out = (_describe(sheet, one) for one in sheet.left_out)
    notes = (*told, *sheet.notes, *left_out)
    yield CutRead(cut, sheet, overhangs_in(sheet), notes)


def overhangs_in(sheet: CueSheet) -> dict[str, Overhang]:
    """Return the dub that goes on after shots of a cut, by their names."""
    lines = {cue.shot.name: [one.line for one in cue.pairs] for cue in sheet.cues}
    return find_overhangs([cue.shot for cue in sheet.cues], lines, sheet.rate)


def overhangs_now(
    sheet: CueSheet, before: CueSheet, known: Mapping[str, Overhang]
) -> dict[str, Overhang]:
    """Return `overhangs_in` a cut in which lines were slipped, from those known before."""
    pairs = zip(before.cues, sheet.cues, strict=True)
    changed = {
        new.shot.name: [one.line for one in new.pairs]
        for old, new in pairs
        if old.pairs is not new.pairs
    }
    found = find_overhangs([cue.shot for cue in sheet.cues], changed, sheet.rate)
    return {name: one for name, one in known.items() if name not in changed} | found


def _describe(sheet: CueSheet, left_out: LeftOut) -> str:
    record = left_out.record
    begin = "" if record is None else record_timecode(record.start, sheet.rate, sheet.first_frame)
    place = ", ".join(filter(None, [left_out.track, begin]))
    return f"{left_out.name} ({place}) is not laid: {left_out.why}"


class _Collector(logging.Handler):
    """A handler that keeps what one thread warns of."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.told: list[str] = []
        self._thread = get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread == self._thread:
            self.told.append(record.getMessage())


@contextmanager
def _warnings() -> Iterator[list[str]]:
    """Collect what is warned of in this thread meanwhile."""
    collector, logger = _Collector(), logging.getLogger("lipflap")
    logger.addHandler(collector)
    try:
        yield collector.told
    finally:
        logger.removeHandler(collector)
