"""Writing of .otioz bundles: a cut and its media in one zip file.

OTIO's own otioz adapter packs each clip's active media only, and no image sequences; a dubbed cut
must keep the original beside the new picture, so packing is done here. A manifest that lies beside
a media file comes along, under the name that the file has in the bundle.
"""

import logging
import re
import zipfile
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import atomic_file
from lipflap.core.files.sidecar import SIDECAR, sidecar
from lipflap.plugin.timeline.bundle.read import CONTENT
from lipflap.plugin.timeline.media.media_url import local_path

_log = logging.getLogger(__name__)

_VERSION = "1.0.0"


@dataclass(slots=True)
class _BundleFiles:
    """Files to pack into a bundle.

    names       by file, or by folder of a sequence: its name under media/
    used_names  the same names without regard to case, as some file systems see them
    files       each file with its name in the bundle
    """

    names: dict[Path, str] = field(default_factory=dict)
    used_names: set[str] = field(default_factory=set)
    files: dict[Path, str] = field(default_factory=dict)

    def name_of(self, path: Path) -> str:
        """Return the name that this path, and no other, has in the bundle."""
        if path not in self.names:
            name, count = PurePosixPath("media", path.name), 1
            while str(name).casefold() in self.used_names:
                count += 1
                name = PurePosixPath("media", f"{path.stem}_{count}{path.suffix}")
            self.names[path] = str(name)
            self.used_names.add(str(name).casefold())
        return self.names[path]


def write_bundle(timeline: otio.schema.Timeline, path: Path, *, media_folder: Path) -> None:
    """Write a .otioz with all media of the timeline that is there; the rest keeps its URL.

    media_folder   folder that media paths are relative to
    The file appears when it is whole. Raises DubError when it cannot be written.
    """
    packed = deepcopy(timeline)
    bundle_files = _BundleFiles()
    for clip in packed.find_clips():
        for reference in clip.media_references().values():
            if isinstance(reference, otio.schema.ExternalReference):
                _pack_file(reference, media_folder, bundle_files)
            elif isinstance(reference, otio.schema.ImageSequenceReference):
                _pack_sequence(reference, media_folder, bundle_files)
    text = otio.adapters.write_to_string(packed, "otio_json")
    files = bundle_files.files | _manifests(bundle_files.files)
    needs_bytes = len(text) + sum(map(_size_bytes, files))
    with atomic_file(path, needs_bytes) as temp, zipfile.ZipFile(temp, "w") as bundle:
        bundle.writestr("version.txt", _VERSION, zipfile.ZIP_DEFLATED)
        bundle.writestr(CONTENT, text, zipfile.ZIP_DEFLATED)
        for file, name in files.items():
            bundle.write(file, name)


def _manifests(files: Mapping[Path, str]) -> dict[Path, str]:
    """Return the manifests that lie beside files, each with its name in the bundle."""
    beside = {sidecar(file): f"{name}{SIDECAR}" for file, name in files.items()}
    return {file: name for file, name in beside.items() if file.is_file()}


def _size_bytes(file: Path) -> int:
    """Return the size of a file. Raises DubError when it cannot be read."""
    try:
        return file.stat().st_size
    except OSError as problem:
        raise DubError(f"cannot be read: {problem.strerror}.", where=str(file)) from problem


def _pack_file(
    reference: otio.schema.ExternalReference, folder: Path, bundle_files: _BundleFiles
) -> None:
    """Point a reference at its file in the bundle, and add the file."""
    path = local_path(reference.target_url, folder)
    if path is None or not path.is_file():
        return _leave_out(reference.target_url)
    reference.target_url = bundle_files.files[path] = bundle_files.name_of(path)
    return None


def _pack_sequence(
    reference: otio.schema.ImageSequenceReference, folder: Path, bundle_files: _BundleFiles
) -> None:
    """Point a reference at its folder in the bundle, and add the files of its sequence."""
    path = local_path(reference.target_url_base, folder)
    if path is None or not path.is_dir():
        return _leave_out(reference.target_url_base)
    name = re.compile(rf"{re.escape(reference.name_prefix)}-?\d+{re.escape(reference.name_suffix)}")
    bundle_files.files |= {
        file: f"{bundle_files.name_of(path)}/{file.name}"
        for file in sorted(path.iterdir())
        if name.fullmatch(file.name) and file.is_file()
    }
    reference.target_url_base = bundle_files.name_of(path) + "/"
    return None


def _leave_out(url: str) -> None:
    if url:
        _log.warning("%s is not there, and is left out of the bundle.", url)
