"""A SET unpacked: arrays that are mapped into memory, 27 KB a frame."""

import shutil
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import platformdirs

from lipflap.core.errors import MediaBroken
from lipflap.core.files.atomic import atomic_folder
from lipflap.training.data.avif import read_faces, read_sound
from lipflap.training.data.dataset import KEPT_PX, Clip, PreparedSet, open_prepared_set, write_clips
from lipflap.training.data.set_files import is_set, mouths_of, read_index, sound_of


def open_set(folder: Path) -> PreparedSet:
    """The footage of a SET, unpacked into this user's cache once, and again when it changes.

    A folder that is unpacked already opens as it is. Raises DubError when the folder holds no
    SET.
    """
    if not is_set(folder):
        return open_prepared_set(folder)
    place = sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    unpacked = cache() / f"{place}-{_state(folder)[:12]}"
    if not unpacked.exists():
        for outdated in cache().glob(f"{place}-*"):
            shutil.rmtree(outdated, ignore_errors=True)
        unpack(folder, unpacked)
    return open_prepared_set(unpacked)


def unpack(folder: Path, into: Path) -> None:
    """Raises DubError naming the clip that does not hold what the index says."""
    clips: list[Clip] = []
    first_frame = first_hop = 0
    with (
        atomic_folder(into) as part,
        (part / "frames.raw").open("wb") as frames,
        (part / "hops.raw").open("wb") as hops,
    ):
        for number, kept in enumerate(read_index(folder)):
            frame_count = 0
            for frame in read_faces(mouths_of(folder, number)):
                frame_count += frame.shape == (*KEPT_PX, 3)
                frames.write(frame.tobytes())
            sound = read_sound(sound_of(folder, number))
            hops.write(sound.tobytes())
            if (frame_count, len(sound)) != (kept.frame_count, kept.hop_count):
                raise MediaBroken(
                    f"holds {frame_count} frames and {len(sound)} hops of {kept.name}, its index "
                    f"says {kept.frame_count} and {kept.hop_count}.",
                    where=str(folder),
                    fix="Prepare it again.",
                )
            clips.append(kept.at(first_frame, first_hop))
            first_frame, first_hop = first_frame + frame_count, first_hop + len(sound)
        write_clips(clips, part)


def concat(parts: Sequence[tuple[PreparedSet, Sequence[Clip]]], into: Path) -> PreparedSet:
    """Clips of several footages as one, copied a clip at a time. Raises DubError."""
    clips: list[Clip] = []
    first_frame = first_hop = 0
    with (
        atomic_folder(into) as part,
        (part / "frames.raw").open("wb") as frames,
        (part / "hops.raw").open("wb") as hops,
    ):
        for footage, wanted in parts:
            for clip in wanted:
                frames.write(footage.frames[clip.first_frame :][: clip.frame_count].tobytes())
                hops.write(footage.hops[clip.first_hop :][: clip.hop_count].tobytes())
                clips.append(replace(clip, first_frame=first_frame, first_hop=first_hop))
                first_frame, first_hop = first_frame + clip.frame_count, first_hop + clip.hop_count
        write_clips(clips, part)
    return open_prepared_set(into)


def cache() -> Path:
    """Where SETs are unpacked; may be removed at any time."""
    return platformdirs.user_cache_path("lipflap") / "sets"


def _state(folder: Path) -> str:
    """Changes when a file of the SET does."""
    seen = sha256()
    for path in sorted(folder.rglob("*")):
        told = path.stat()
        seen.update(f"{path.name} {told.st_size} {told.st_mtime_ns}\n".encode())
    return seen.hexdigest()
