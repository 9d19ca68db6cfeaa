"""Movie files as recordings to train on."""

import csv
import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.files.fingerprint import fingerprint
from lipflap.core.media.probe import probe, probe_sound
from lipflap.core.order import FrameMap, Picture, Role, Speech
from lipflap.core.recording import Recording

log = logging.getLogger(__name__)

SUFFIXES = frozenset({".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".mxf", ".webm"})


def is_film(path: Path) -> bool:
    """Return whether a path is a movie file, by its suffix."""
    return path.suffix.lower() in SUFFIXES and path.is_file()


def recordings_from_films(place: Path) -> Iterator[Recording]:
    """Yield the movies of a folder and its subfolders, sorted; or the one movie that `place` is.

    The folder a movie lies in names its speaker. A movie that cannot be read, or has no
    sound, is left out with a warning. Raises DubError when there are no movies.
    """
    for path in film_files(place):
        try:
            yield _recording(path)
        except DubError as error:
            log.warning("Left out: %s", error)


def film_files(place: Path) -> list[Path]:
    """Return the movies of a folder and its subfolders, sorted. Raises DubError without any."""
    paths = [place] if is_film(place) else sorted(filter(is_film, place.rglob("*")))
    if not paths:
        raise DubError(
            "holds no movie files.",
            where=str(place),
            fix=f"Movie files end in {', '.join(sorted(SUFFIXES))}.",
        )
    return paths


def name_speakers(recordings: Sequence[Recording], table: Path) -> list[Recording]:
    """Return the recordings with the speakers of a table; those it does not have stay as they are.

    table  tab-separated, with a line of names: columns `file` and `talker`, and any others
    Raises DubError.
    """
    try:
        with table.open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines, delimiter="\t")
            if missing := {"file", "talker"} - set(rows.fieldnames or ()):
                raise ValueError(f"it has no column {min(missing)}")
            speakers = {row["file"]: row["talker"] for row in rows if row["talker"]}
    except (OSError, ValueError, csv.Error) as problem:
        raise DubError(
            f"is not a table of who speaks: {problem}.",
            where=str(table),
            fix="It has the columns file and talker, with tabs between them.",
        ) from problem
    names = [Path(recording.picture.path).name for recording in recordings]
    return [
        replace(recording, speaker=speakers.get(name, recording.speaker))
        for name, recording in zip(names, recordings, strict=True)
    ]


def _recording(path: Path) -> Recording:
    info, sound = probe(str(path)), probe_sound(str(path))
    state = fingerprint(path)
    speech = Speech(
        path=str(path),
        role=Role.PRODUCTION,
        first_sample=0,
        sample_count=sound.sample_count,
        sample_rate_hz=sound.sample_rate_hz,
        at_sample=0,
        face=None,
        fingerprint=state,
    )
    return Recording(
        name=path.stem,
        speaker=path.parent.name,
        picture=Picture(str(path), info.rate, info.first_frame, None, state),
        frames=FrameMap(Fraction(0), Fraction(1), info.frame_count),
        rate=info.rate,
        speeches=(speech,),
    )
