"""A prepared SET on disk: small, and read without ffmpeg.

SET/set.json            a ClipRecord for each clip
SET/clips/00017.avif    its mouths [80, 112, 3]: the work rectangle and what lies around it
SET/clips/00017.png     its sound
SET/judged/00017.avif   its whole aligned faces [128, 128, 3]; of validating clips only
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import atomic_folder
from lipflap.core.voice.log_mel import to_log
from lipflap.training.data.avif import read_faces, read_sound, write_faces, write_sound
from lipflap.training.data.dataset import (
    KEPT_PX,
    ClipRecord,
    PreparedSet,
    read_clips,
    sound_window,
    write_clips,
)
from lipflap.training.data.training_clip import LEAD_HOPS, TrainingClip
from lipflap.training.data.validation import EvalClips

INDEX, CLIPS, JUDGED = "set.json", "clips", "judged"


def write_set(clips: Iterable[TrainingClip], folder: Path) -> tuple[ClipRecord, ...]:
    """Write clips as a SET, one in memory at a time; the folder appears when it is whole.

    Raises DubError when there is something in `folder` already, or nothing to write.
    """
    with atomic_folder(folder) as part:
        (part / CLIPS).mkdir()
        (part / JUDGED).mkdir()
        records = tuple(_write_clip(clip, part, number) for number, clip in enumerate(clips))
        if not records:
            raise DubError(
                "would hold nothing to learn from.",
                where=str(folder),
                fix="The warnings above say why each film or clip was left out.",
            )
        write_clips(records, part / INDEX)
    return records


def is_set(folder: Path) -> bool:
    """Return whether a folder holds a packed SET."""
    return (folder / INDEX).is_file()


def read_index(folder: Path) -> tuple[ClipRecord, ...]:
    """Read the records of a SET's clips. Raises DubError."""
    return read_clips(folder / INDEX)


def mouths_file(folder: Path, number: int) -> Path:
    """Return the path of a clip's mouths."""
    return folder / CLIPS / f"{number:05}.avif"


def sound_file(folder: Path, number: int) -> Path:
    """Return the path of a clip's sound."""
    return folder / CLIPS / f"{number:05}.png"


def read_eval_clips(folder: Path) -> EvalClips:
    """Read the clips of a SET that validate, all cut to one length: the one that keeps most.

    Raises DubError when none does, and when their rates differ.
    """
    kept = [(n, clip) for n, clip in enumerate(read_index(folder)) if clip.validates]
    rates = {clip.rate for _, clip in kept}
    if len(rates) != 1:
        listed = ", ".join(sorted(f"{float(rate):g}" for rate in rates))
        raise DubError(
            f"holds validating clips at {listed} frames a second."
            if kept
            else "holds no clip that validates.",
            where=str(folder),
            fix="Prepare the footage to evaluate on as a set of its own, of one frame rate.",
        )
    frames = max((clip.frame_count for _, clip in kept), key=lambda n: _frames_kept(kept, n))
    kept = [(number, clip) for number, clip in kept if clip.frame_count >= frames]
    return EvalClips(
        names=tuple(clip.name for _, clip in kept),
        crops=np.stack([_crops(folder, number, frames) for number, _ in kept]),
        sound=np.stack([_windows(folder, number, clip, frames) for number, clip in kept]),
        closed_frames=tuple(tuple(f for f in c.closed_frames if f < frames) for _, c in kept),
        rate=rates.pop(),
    )


def _frames_kept(clips: Sequence[tuple[int, ClipRecord]], length: int) -> int:
    """Return how many frames remain when clips are cut to a length and shorter ones left out."""
    return length * sum(clip.frame_count >= length for _, clip in clips)


def _write_clip(clip: TrainingClip, folder: Path, number: int) -> ClipRecord:
    write_faces(mouths_file(folder, number), clip.frames)
    write_sound(sound_file(folder, number), clip.hops)
    if clip.crops is not None:
        write_faces(_faces_file(folder, number), clip.crops)
    return ClipRecord(
        name=clip.name,
        rate=clip.rate,
        frame_count=len(clip.frames),
        hop_count=len(clip.hops),
        validates=clip.validates,
        lead_hops=LEAD_HOPS,
        closed_frames=clip.closed_frames,
        weight=clip.weight,
    )


def _faces_file(folder: Path, number: int) -> Path:
    return folder / JUDGED / f"{number:05}.avif"


def _crops(folder: Path, number: int, count: int) -> Sequence[NDArray[np.uint8]]:
    return list(read_faces(_faces_file(folder, number)))[:count]


def _windows(folder: Path, number: int, clip: ClipRecord, count: int) -> NDArray[np.float32]:
    """Return log-mel [count, 80, 32], a window around each frame."""
    no_frames = np.zeros((0, *KEPT_PX, 3), np.uint8)
    footage = PreparedSet((clip,), no_frames, read_sound(sound_file(folder, number)))
    return np.stack([to_log(sound_window(footage, clip, frame)) for frame in range(count)])
