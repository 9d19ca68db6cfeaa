"""Reading of .otioz and .otiod bundles, which may come from anyone.

A bundle is unpacked into one folder and nowhere else, and only if it is sound: no links, no second
file of a name, no gigabytes out of kilobytes.
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
from lipflap.plugin.timeline.media.media_url import candidate_paths, is_relative

_log = logging.getLogger(__name__)

CONTENT = "content.otio"
REASON_KEY = "missing_reference_because"  # in the metadata of a reference to outside media
_OUTSIDE = "lies outside of its bundle"
_SUFFIXES = (".otioz", ".otiod")
_CHUNK_BYTES = 1 << 20
_MAX_CONTENT_BYTES = 1 << 29
_MAX_GROWTH = 100  # of a zip; media is stored as it is
_SMALL_BYTES = 64 << 20
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, ValueError)
_FIX = "Export the bundle again."


def is_bundle(cut: Path) -> bool:
    """Return whether a cut is a bundle, which holds its media too."""
    return cut.suffix.casefold() in _SUFFIXES


def unpack(path: Path, folder: Path) -> Path:
    """Return the folder that a bundle's media paths are relative to; unpack a .otioz into `folder`.

    Files that are there already stay as they are, for others may be rendering from them; the rest
    appears when all of it is whole.
    Raises DubError when the bundle is no zip file, leads elsewhere, finds no room on the disk or
    cannot be unpacked.
    """
    if path.is_dir():
        _refuse_links(path)
        return path
    try:
        with zipfile.ZipFile(path) as bundle:
            needed = [m for m in _members(bundle, path) if not _already_extracted(m, folder)]
            needs_bytes = sum(member.file_size for member in needed)
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
    """Return the OTIO text in a bundle. Raises DubError when there is none that may be read."""
    try:
        if path.is_dir():
            _refuse_links(path)
            file = path / CONTENT
            return file.read_bytes() if _is_readable(file.stat().st_size, path) else b""
        with zipfile.ZipFile(path) as bundle:
            contents = [m for m in _members(bundle, path) if m.filename == CONTENT]
            if len(contents) == 1 and _is_readable(contents[0].file_size, path):
                return bundle.read(contents[0])
    except (*_BROKEN, OSError) as problem:
        raise DubError(f"cannot be read: {problem}.", where=str(path), fix=_FIX) from problem
    raise DubError(f"holds no {CONTENT}.", where=str(path), fix=_FIX)


def _is_readable(size_bytes: int, path: Path) -> bool:
    if size_bytes > _MAX_CONTENT_BYTES:
        problem = f"holds a {CONTENT} of {format_bytes(size_bytes)}, which is too large for a cut."
        raise DubError(problem, where=str(path), fix=_FIX)
    return True


def stays_inside(url: str) -> bool:
    """Return whether all paths that a URL may mean lie in its own folder, on any system."""
    root = Path("bundle").absolute()
    try:
        paths = candidate_paths(url.replace("\\", "/"), root)
    except DubError:
        return False
    normal = (os.path.normpath(path) for path in paths)
    return is_relative(url) and all(Path(path).is_relative_to(root) for path in normal)


def _members(bundle: zipfile.ZipFile, path: Path) -> list[zipfile.ZipInfo]:
    """Return the members of a zip. Raises DubError for a member that no bundle has."""
    members = bundle.infolist()
    names = Counter(member.filename.casefold() for member in members)
    for member in members:
        name = member.filename
        is_double = names[name.casefold()] > 1
        if problem := _member_problem(member) or (is_double and "is in it twice"):
            raise DubError(f"cannot be unpacked: {name!r} {problem}.", where=str(path), fix=_FIX)
    unpacked_bytes = sum(member.file_size for member in members)
    if unpacked_bytes > max(_SMALL_BYTES, _MAX_GROWTH * path.stat().st_size):
        raise DubError(
            f"cannot be unpacked: it would grow to {format_bytes(unpacked_bytes)}, "
            f"more than {_MAX_GROWTH} times its size.",
            where=str(path),
            fix=_FIX,
        )
    return members


def _member_problem(member: zipfile.ZipInfo) -> str:
    """Return why a member of a zip is not unpacked; empty when it is."""
    if not stays_inside(member.filename):
        return "leads out of the bundle"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link"
    if member.flag_bits & 1:
        return "is encrypted"
    return "" if member.compress_type in _COMPRESSIONS else "is compressed in an unknown way"


def _refuse_links(folder: Path) -> None:
    for place in folder.rglob("*"):
        if place.is_symlink():
            raise DubError(
                f"holds a link, {place.relative_to(folder)}.",
                where=str(folder),
                fix="Put the media itself into the bundle.",
            )


def _already_extracted(member: zipfile.ZipInfo, folder: Path) -> bool:
    """Return whether a file lies in the folder with the content that it has in the bundle."""
    place, crc = folder / member.filename, 0
    if not place.is_file() or place.stat().st_size != member.file_size:
        return False
    with place.open("rb") as file:
        while piece := file.read(_CHUNK_BYTES):
            crc = zlib.crc32(piece, crc)
    return crc == member.CRC


def drop_outside_media(timeline: otio.schema.Timeline, path: Path) -> None:
    """Drop references of a bundle to media outside of it; changes `timeline`, read from `path`.

    Such a reference becomes a missing one with the reason, as OTIO's own adapters do it.
    """
    for clip in timeline.find_clips():
        references = dict(clip.media_references())
        outside = {key: url for key, one in references.items() if (url := _outside_url(one))}
        for key, url in outside.items():
            _log.warning("%s: %s %s, and is not read.", path, url, _OUTSIDE)
            references[key] = _missing(references[key], url)
        if outside:
            active = clip.active_media_reference_key
            references.setdefault(active, otio.schema.MissingReference())
            clip.set_media_references(references, active)


def _missing(reference: otio.core.MediaReference, url: str) -> otio.schema.MissingReference:
    metadata = {REASON_KEY: f"{url} {_OUTSIDE}", "original_target_url": url}
    return otio.schema.MissingReference(reference.name, reference.available_range, metadata)


def _outside_url(reference: otio.core.MediaReference) -> str:
    """Return the URL of a file outside of the bundle; empty for others."""
    url = ""
    if isinstance(reference, otio.schema.ExternalReference):
        url = str(reference.target_url)
    elif isinstance(reference, otio.schema.ImageSequenceReference):
        folder, head, tail = reference.target_url_base, reference.name_prefix, reference.name_suffix
        url = f"{folder}/{head}0{tail}" if folder else f"{head}0{tail}"
    return "" if not url or stays_inside(url) else url
