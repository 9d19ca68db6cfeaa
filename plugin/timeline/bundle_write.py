"""Cuts that bring their media along: .otioz (one zip file) and .otiod (a folder).

OTIO's own otioz adapter packs each clip's active media only, and no image sequences; a dubbed cut
must keep the original beside the new mouth, so packing is done here.
"""

import logging
import re
import zipfile
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import atomic_file
from lipflap.plugin.timeline.bundle_read import CONTENT
from lipflap.plugin.timeline.relink import local_path

_log = logging.getLogger(__name__)

_VERSION = "1.0.0"


@dataclass(slots=True)
class _Inside:
    """What a bundle will hold.

    names  of files, and of the folders of sequences, under media/
    taken  the same names, as systems that know no capitals see them
    files  each file with its name
    """

    names: dict[Path, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    files: dict[Path, str] = field(default_factory=dict)

    def name_of(self, place: Path) -> str:
        """The name that this place, and no other, has in the bundle."""
        if place not in self.names:
            name, count = PurePosixPath("media", place.name), 1
            while str(name).casefold() in self.taken:
                count += 1
                name = PurePosixPath("media", f"{place.stem}_{count}{place.suffix}")
            self.names[place] = str(name)
            self.taken.add(str(name).casefold())
        return self.names[place]


def write_bundle(timeline: otio.schema.Timeline, path: Path, *, media_folder: Path) -> None:
    """Write a .otioz with all media of the timeline that is there; the rest keeps its URL.

    media_folder   what relative media counts from
    It appears under its name when it is whole. Raises DubError when it cannot be written.
    """
    packed = deepcopy(timeline)
    inside = _Inside()
    for clip in packed.find_clips():
        for reference in clip.media_references().values():
            if isinstance(reference, otio.schema.ExternalReference):
                _put_file(reference, media_folder, inside)
            elif isinstance(reference, otio.schema.ImageSequenceReference):
                _put_sequence(reference, media_folder, inside)
    text = otio.adapters.write_to_string(packed, "otio_json")
    needs_bytes = len(text) + sum(map(_size_bytes, inside.files))
    with atomic_file(path, needs_bytes) as temp, zipfile.ZipFile(temp, "w") as bundle:
        bundle.writestr("version.txt", _VERSION, zipfile.ZIP_DEFLATED)
        bundle.writestr(CONTENT, text, zipfile.ZIP_DEFLATED)
        for file, name in inside.files.items():
            bundle.write(file, name)


def _size_bytes(file: Path) -> int:
    """Raises DubError when the file cannot be read."""
    try:
        return file.stat().st_size
    except OSError as problem:
        raise DubError(f"cannot be read: {problem.strerror}.", where=str(file)) from problem


def _put_file(reference: otio.schema.ExternalReference, folder: Path, inside: _Inside) -> None:
    """Point a reference at its file in the bundle, and note the file."""
    place = local_path(reference.target_url, folder)
    if place is None or not place.is_file():
        return _leave_out(reference.target_url)
    reference.target_url = inside.files[place] = inside.name_of(place)
    return None


def _put_sequence(
    reference: otio.schema.ImageSequenceReference, folder: Path, inside: _Inside
) -> None:
    """Point a reference at its folder in the bundle, and note its files; others stay out."""
    place = local_path(reference.target_url_base, folder)
    if place is None or not place.is_dir():
        return _leave_out(reference.target_url_base)
    name = re.compile(rf"{re.escape(reference.name_prefix)}-?\d+{re.escape(reference.name_suffix)}")
    inside.files |= {
        file: f"{inside.name_of(place)}/{file.name}"
        for file in sorted(place.iterdir())
        if name.fullmatch(file.name) and file.is_file()
    }
    reference.target_url_base = inside.name_of(place) + "/"
    return None


def _leave_out(url: str) -> None:
    if url:
        _log.warning("%s is not there; the bundle goes without it.", url)
