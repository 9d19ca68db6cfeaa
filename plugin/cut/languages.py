"""Several dubs of one cut, as into several languages: each with decisions and a JOB of its own.

reel.otio
reel.decisions.json           reel.lipflap            the first dub
reel.decisions.Dub FR.json    reel (Dub FR).lipflap   each further one, by its name
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.plugin.cut.decisions import Decisions, decisions_path, read_decisions

_UNFIT = re.compile(r'[\x00-\x1f<>:"/\\|?*]+')  # for the name of a file on one system or another

_MAX_NAME = 24  # characters: it stands in names of files beside that of the cut


@dataclass(frozen=True, slots=True)
class Language:
    """One dub of a cut.

    name   of its files; empty for the first
    label  of it for an editor: the track or file of the dub; empty where the cut tells
    """

    name: str
    label: str


def list_languages(cut: Path) -> tuple[Language, ...]:
    """Return the dubs of a cut, the first one first, the others by name."""
    start, end = f"{cut.stem}.decisions.", ".json"
    found = sorted(
        path.name.removeprefix(start).removesuffix(end)
        for path in cut.parent.glob(f"*{end}")
        if path.name.startswith(start) and path.name != f"{cut.stem}.decisions.json"
    )
    return tuple(Language(name, _label(decisions_path(cut, name))) for name in ("", *found))


def job_path(cut: Path, name: str) -> Path:
    """Return the JOB folder of a dub, beside the cut."""
    return cut.with_name(f"{cut.stem} ({name}).lipflap" if name else f"{cut.stem}.lipflap")


def name_language(dub: str, taken: Collection[str]) -> str:
    """Return a name for the files of a dub, as given on the command line, that is not taken."""
    name = _UNFIT.sub(" ", dub_label(dub)).strip(" .")[:_MAX_NAME].strip() or "dub"
    folded = {other.casefold() for other in taken}
    if name.casefold() not in folded:
        return name
    number = 2
    while f"{name} {number}".casefold() in folded:
        number += 1
    return f"{name} {number}"


def dub_label(dub: str) -> str:
    """Return the track that a dub is, or the name of its file without its ending."""
    return dub.removeprefix("track:") if dub.startswith("track:") else Path(dub).stem


def begin_language(
    decisions: Decisions, dub: str, dub_at: str | None, dub_channel: int | None = None
) -> Decisions:
    """Return the decisions with which another dub of the same cut begins.

    Shots, faces and films are the same; what was decided about lines was about other lines.
    """
    return replace(decisions, dub=dub, dub_at=dub_at, dub_channel=dub_channel, slips=(), voices=())


def _label(decisions: Path) -> str:
    try:
        dub = read_decisions(decisions).dub
    except DubError:
        return ""
    return dub_label(dub) if dub else ""
