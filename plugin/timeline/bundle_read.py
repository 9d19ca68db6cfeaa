"""Bundles that others made: what of them is unpacked, and where to.

A bundle may come from anyone. What is in it goes into one folder and nowhere else, and only if it
is what it says: no links, no second file of a name, no gigabytes out of kilobytes.
"""

import logging
import os
import stat
import zipfile
import zlib
from collections import Counter
from pathlib import Path

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import atomic_files
from lipflap.core.files.disk_space import disk_full_error, format_bytes, free_bytes
from lipflap.plugin.timeline.relink import candidate_paths, is_relative

CONTENT = "content.otio"
_KINDS = (".otioz", ".otiod")
_PIECE_BYTES = 1 << 20
_LONGEST_CONTENT_BYTES = 1 << 29
_LARGEST_GROWTH = 100  # of a zip; media is stored as it is
_SMALL_BYTES = 64 << 20
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError)
_FIX = "Export the bundle again."


def is_bundle(cut: Path) -> bool:
    return cut.suffix.casefold() in _KINDS


def unpack(path: Path, folder: Path) -> Path:
    """The folder that the media of a bundle counts from; a .otioz is unpacked into `folder`.

    What lies there already is left as it is, for others may be rendering from it; the other files
    appear when all of them are whole.
    Raises DubError when the bundle is no zip file, leads elsewhere, has no room or cannot be
    unpacked.
    """
    if path.is_dir():
        _refuse_links(path)
        return path
    try:
        with zipfile.ZipFile(path) as bundle:
            needed = [one for one in _members(bundle, path) if not _already_extracted(one, folder)]
            needs_bytes = sum(one.file_size for one in needed)
            if needs_bytes > free_bytes(folder):
                raise disk_full_error(folder, "No space left on device", needs_bytes)
            if needed:
                with atomic_files(folder, needs_bytes) as temp:
                    bundle.extractall(temp, needed)
    except _BROKEN as problem:
        raise DubError(f"cannot be unpacked: {problem}.", where=str(path), fix=_FIX) from problem
    except OSError as problem:
        where = str(problem.filename or path)
        raise DubError(f"cannot be read: {problem.strerror}.", where=where) from problem
    return folder


def content(path: Path) -> bytes:
    """The OTIO text inside a bundle. Raises DubError when there is none that may be read."""
    try:
        if path.is_dir():
            _refuse_links(path)
            file = path / CONTENT
            return file.read_bytes() if _is_readable(file.stat().st_size, path) else b""
        with zipfile.ZipFile(path) as bundle:
            found = [one for one in _members(bundle, path) if one.filename == CONTENT]
            if len(found) == 1 and _is_readable(found[0].file_size, path):
                return bundle.read(found[0])
    except (*_BROKEN, OSError) as problem:
        raise DubError(f"cannot be read: {problem}.", where=str(path), fix=_FIX) from problem
    raise DubError(f"holds no {CONTENT}.", where=str(path), fix=_FIX)


def _is_readable(size_bytes: int, path: Path) -> bool:
    if size_bytes > _LONGEST_CONTENT_BYTES:
        raise DubError(f"its {CONTENT} is far too long to be a cut.", where=str(path), fix=_FIX)
    return True


def stays_inside(url: str) -> bool:
    """Whether all that a URL may mean lies in the folder it counts from, on any system."""
    root = Path("bundle").absolute()
    try:
        meant = candidate_paths(url.replace("\\", "/"), root)
    except DubError:
        return False
    whole = (os.path.normpath(path) for path in meant)
    return is_relative(url) and all(Path(path).is_relative_to(root) for path in whole)


def _members(bundle: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    """What a zip holds. Raises DubError when something in it is not what a bundle holds."""
    members = bundle.infolist()
    names = Counter(member.filename.casefold() for member in members)
    for member in members:
        name = member.filename
        if wrong := _bundle_problem(member) or (names[name.casefold()] > 1 and "is there twice"):
            raise DubError(f"cannot be unpacked: {name!r} {wrong}.", where=str(path), fix=_FIX)
    whole_bytes = sum(member.file_size for member in members)
    if whole_bytes > max(_SMALL_BYTES, _LARGEST_GROWTH * path.stat().st_size):
        raise DubError(
            f"cannot be unpacked: it would grow to {format_bytes(whole_bytes)}, "
            f"more than {_LARGEST_GROWTH} times its size.",
            where=str(path),
            fix=_FIX,
        )
    return members


def _bundle_problem(member: zipfile.ZipInfo) -> str:
    """In words, why a member of a zip is not unpacked; empty when it is."""
    if not stays_inside(member.filename):
        return "leads elsewhere"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link"
    if member.flag_bits & 1:
        return "is encrypted"
    return "" if member.compress_type in _PLAIN else "is compressed in no usual way"


def _refuse_links(folder: Path) -> None:
    for place in folder.rglob("*"):
        if place.is_symlink():
            raise DubError(
                f"holds a link, {place.relative_to(folder)}.",
                where=str(folder),
                fix="Put the media itself into the bundle.",
            )


def _already_extracted(member: zipfile.ZipInfo, folder: Path) -> bool:
    """Whether a file lies in the folder with all that it holds in the bundle."""
    place, crc = folder / member.filename, 0
    if not place.is_file() or place.stat().st_size != member.file_size:
        return False
    with place.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            crc = zlib.crc32(piece, crc)
    return crc == member.CRC


_log = logging.getLogger(__name__)

REASON_KEY = "missing_reference_because"
_OUTSIDE = "lies outside of its bundle"


def drop_outside_media(timeline: otio.schema.Timeline, path: Path) -> None:
    """Media outside of a bundle is none of its business; changes `timeline`, fresh from `path`.

    A reference that leads out becomes a missing one that says so, as OTIO's own adapters do it.
    """
    for clip in timeline.find_clips():
        references = dict(clip.media_references())
        outside = {key: url for key, one in references.items() if (url := _leads_out(one))}
        for key, url in outside.items():
            _log.warning("%s: %s %s, and is left alone.", path, url, _OUTSIDE)
            references[key] = _missing(references[key], url)
        if outside:
            active = clip.active_media_reference_key
            references.setdefault(active, otio.schema.MissingReference())
            clip.set_media_references(references, active)


def _missing(reference: otio.core.MediaReference, url: str) -> otio.schema.MissingReference:
    told = {REASON_KEY: f"{url} {_OUTSIDE}", "original_target_url": url}
    return otio.schema.MissingReference(reference.name, reference.available_range, told)


def _leads_out(reference: otio.core.MediaReference) -> str:
    """The URL of a file outside of the folder that relative ones count from; empty for others."""
    url = ""
    if isinstance(reference, otio.schema.ExternalReference):
        url = str(reference.target_url)
    elif isinstance(reference, otio.schema.ImageSequenceReference):
        folder, head, tail = reference.target_url_base, reference.name_prefix, reference.name_suffix
        url = f"{folder}/{head}0{tail}" if folder else f"{head}0{tail}"
    return "" if not url or stays_inside(url) else url
