"""Cuts that bring their media along: .otioz (one zip file) and .otiod (a folder).

OTIO's own otioz adapter packs each clip's active media only, and no image sequences; a dubbed cut
must keep the original beside the new mouth, so packing is done here.
"""

import logging
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path, PurePosixPath

import opentimelineio as otio

from lipflap.core.disk_room import unwritable
from lipflap.core.errors import DubError
from lipflap.core.half_files import clear_halves, half_name
from lipflap.plugin.relink import local_place

_log = logging.getLogger(__name__)

_VERSION = "1.0.0"
_PIECE_BYTES = 1 << 20


def pack(timeline: otio.schema.Timeline, path: Path, *, media_folder: Path) -> None:
    """Write a .otioz with all media of the timeline that is there; the rest keeps its URL.

    media_folder   what relative media counts from
    It appears under its name when it is whole. Raises DubError when it cannot be written.
    """
    packed = deepcopy(timeline)
    inside: dict[Path, str] = {}
    for clip in packed.find_clips():
        for reference in clip.media_references().values():
            _move_inside(reference, media_folder, inside)
    text = otio.adapters.write_to_string(packed, "otio_json")
    files = {
        file: name if file == source else f"{name}/{file.name}"
        for source, name in inside.items()
        for file in _files(source)
    }
    part = path.with_name(half_name(path.stem, path.suffix))
    needs_bytes = 0
    try:
        needs_bytes = len(text) + sum(file.stat().st_size for file in files)
        path.parent.mkdir(parents=True, exist_ok=True)
        clear_halves(path.parent, path.stem)
        try:
            with zipfile.ZipFile(part, "w") as bundle:
                bundle.writestr("version.txt", _VERSION, zipfile.ZIP_DEFLATED)
                bundle.writestr("content.otio", text, zipfile.ZIP_DEFLATED)
                for file, name in files.items():
                    bundle.write(file, name)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as problem:
        raise unwritable(path, problem, needs_bytes) from problem


def unpack(path: Path, folder: Path) -> Path:
    """The folder that the media of a bundle counts from; a .otioz is unpacked into `folder`.

    What lies there already is left as it is, for others may be rendering from it; every file
    appears whole. Raises DubError when the bundle is no zip file or cannot be unpacked.
    """
    if path.is_dir():
        return path
    half = folder / half_name("bundle")
    needs_bytes = 0
    try:
        with zipfile.ZipFile(path) as bundle:
            needed = [one for one in bundle.infolist() if not _stands(one, folder)]
            needs_bytes = sum(one.file_size for one in needed)
            if needed:
                folder.mkdir(parents=True, exist_ok=True)
                clear_halves(folder)
            for one in needed:
                _place_whole(Path(bundle.extract(one, half)), half, folder)
    except zipfile.BadZipFile as problem:
        raise DubError(f"cannot be unpacked: {problem}.", where=str(path)) from problem
    except OSError as problem:
        raise unwritable(folder, problem, needs_bytes) from problem
    finally:
        shutil.rmtree(half, ignore_errors=True)
    return folder


def _stands(member: zipfile.ZipInfo, folder: Path) -> bool:
    """Whether a file lies in the folder with all that it holds in the bundle."""
    place, crc = folder / member.filename, 0
    if not place.is_file() or place.stat().st_size != member.file_size:
        return False
    with place.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            crc = zlib.crc32(piece, crc)
    return crc == member.CRC


def _place_whole(unpacked: Path, half: Path, folder: Path) -> None:
    place = folder / unpacked.relative_to(half)
    if unpacked.is_dir():
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        unpacked.replace(place)


def _move_inside(
    reference: otio.core.MediaReference, folder: Path, inside: dict[Path, str]
) -> None:
    """Point a reference at its place in the bundle, and note what to put there."""
    file = isinstance(reference, otio.schema.ExternalReference)
    if not file and not isinstance(reference, otio.schema.ImageSequenceReference):
        return
    place = _place(reference.target_url if file else reference.target_url_base, folder)
    if place and file:
        reference.target_url = _name_inside(place, inside)
    elif place:
        reference.target_url_base = _name_inside(place, inside) + "/"


def _place(url: str, folder: Path) -> Path | None:
    place = local_place(url, folder)
    if place is None and url:
        _log.warning("%s is not there; the bundle goes without it.", url)
    return place


def _name_inside(place: Path, inside: dict[Path, str]) -> str:
    """The name under media/ that this place, and no other, has in the bundle."""
    if place in inside:
        return inside[place]
    taken = {name.casefold() for name in inside.values()}
    name, count = PurePosixPath("media", place.name), 1
    while str(name).casefold() in taken:
        count += 1
        name = PurePosixPath("media", f"{place.stem}_{count}{place.suffix}")
    inside[place] = str(name)
    return inside[place]


def _files(place: Path) -> Iterator[Path]:
    if place.is_dir():
        yield from sorted(file for file in place.iterdir() if file.is_file())
    else:
        yield place
