"""Unpacking a SET into arrays that are mapped into memory, 27 KB a frame."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

import platformdirs

from lipflap.core.errors import DubError, MediaBroken
from lipflap.core.files.atomic import atomic_folder
from lipflap.training.data.avif import read_faces, read_sound
from lipflap.training.data.dataset import (
    KEPT_PX,
    SCHEMA,
    ClipRecord,
    PreparedSet,
    open_prepared_set,
    write_clips,
)
from lipflap.training.data.set_files import is_set, mouths_file, read_index, sound_file


def open_set(folder: Path) -> PreparedSet:
    """Open a SET, unpacked into this user's cache once, and again when it changes.

    A folder that is unpacked already opens as it is. Raises DubError when the folder holds no
    SET.
    """
    if not is_set(folder):
        return open_prepared_set(folder)
    address = sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    unpacked = cache_folder() / f"{address}-{_digest(folder)[:12]}"
    if not unpacked.exists():
        for outdated in cache_folder().glob(f"{address}-*"):
            shutil.rmtree(outdated, ignore_errors=True)
        try:
            unpack(folder, unpacked)
        except DubError:
            if not unpacked.exists():  # else another process was faster, as of several on one run
                raise
    return open_prepared_set(unpacked)


def unpack(folder: Path, into: Path) -> None:
    """Unpack a SET. Raises DubError naming the clip that does not hold what the index says."""
    with _new_prepared_set(into) as writer:
        for number, clip in enumerate(read_index(folder)):
            frame_count = 0
            for frame in read_faces(mouths_file(folder, number)):
                frame_count += frame.shape == (*KEPT_PX, 3)
                writer.frames.write(frame.tobytes())
            hops = read_sound(sound_file(folder, number))
            writer.hops.write(hops.tobytes())
            if (frame_count, len(hops)) != (clip.frame_count, clip.hop_count):
                raise MediaBroken(
                    f"holds {frame_count} frames and {len(hops)} hops of {clip.name}, but its "
                    f"index says {clip.frame_count} and {clip.hop_count}.",
                    where=str(folder),
                    fix="Prepare it again.",
                )
            writer.add(clip)


def concat(parts: Sequence[tuple[PreparedSet, Sequence[ClipRecord]]], into: Path) -> PreparedSet:
    """Copy clips of several SETs into one, a clip at a time. Raises DubError."""
    with _new_prepared_set(into) as writer:
        for footage, clips in parts:
            for clip in clips:
                frames = footage.frames[clip.first_frame :][: clip.frame_count]
                writer.frames.write(frames.tobytes())
                writer.hops.write(footage.hops[clip.first_hop :][: clip.hop_count].tobytes())
                writer.add(clip)
    return open_prepared_set(into)


@dataclass(slots=True)
class _Writer:
    """The files of an unpacked SET while its clips are written one after another."""

    frames: BinaryIO
    hops: BinaryIO
    clips: list[ClipRecord] = field(default_factory=list)
    first_frame: int = 0
    first_hop: int = 0

    def add(self, clip: ClipRecord) -> None:
        """List the clip whose frames and hops have just been written."""
        moved = replace(clip, first_frame=self.first_frame, first_hop=self.first_hop)
        self.clips.append(moved)
        self.first_frame += clip.frame_count
        self.first_hop += clip.hop_count


@contextmanager
def _new_prepared_set(folder: Path) -> Iterator[_Writer]:
    """Write an unpacked SET whole or not at all. Raises DubError."""
    with (
        atomic_folder(folder) as part,
        (part / "frames.raw").open("wb") as frames,
        (part / "hops.raw").open("wb") as hops,
    ):
        writer = _Writer(frames, hops)
        yield writer
        write_clips(writer.clips, part / "clips.json")


def cache_folder() -> Path:
    """Return the folder SETs are unpacked into; it may be removed at any time."""
    return platformdirs.user_cache_path("lipflap") / "sets"


def _digest(folder: Path) -> str:
    """Return a digest that changes when a file of the SET does, or the way it is unpacked."""
    digest = sha256(SCHEMA.encode())
    for path in sorted(folder.rglob("*")):
        stat = path.stat()
        digest.update(f"{path.name} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()
