"""The files that a cut's shots need and that are not there: their pictures, the dub over them."""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from lipflap.core.order import Role
from lipflap.plugin.cut.cuesheet import Cue
from lipflap.plugin.cut.reason import MISSING_MEDIA_CODES


def list_missing_media(cues: Iterable[Cue]) -> dict[str, list[str]]:
    """Return the paths of files that are not there, each with the shots that need it."""
    missing: dict[str, list[str]] = {}
    is_there = cache(lambda path: Path(path).exists())
    for cue in cues:
        if cue.reason and cue.reason.code in MISSING_MEDIA_CODES:
            sounds = [path for path in dict.fromkeys(_dub_files(cue)) if not is_there(path)]
            is_of_sound = any(path in cue.reason.text for path in sounds)
            pictures = [cue.shot.media.path] if cue.shot.media and not is_of_sound else []
            for path in (*pictures, *sounds):
                missing.setdefault(path, []).append(cue.shot.name)
    return missing


def _dub_files(cue: Cue) -> Iterator[str]:
    return (pair.line.path for pair in cue.pairs if pair.line.role == Role.DUB)
