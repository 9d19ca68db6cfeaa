"""A prepared SET on disk: small, and read without ffmpeg.

SET/set.json            what each clip is
SET/clips/00017.avif    its mouths [80, 112, 3]: the work rectangle and what lies around it
SET/clips/00017.png     its sound
SET/judged/00017.avif   its whole aligned faces [128, 128, 3]; of validating clips only
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import atomic_folder, write_text
from lipflap.core.serialize import from_json, read_text, to_json
from lipflap.core.voice.log_mel import to_log
from lipflap.training.data.avif import read_faces, read_sound, write_faces, write_sound
from lipflap.training.data.dataset import KEPT_PX, Clip, PreparedSet, sound_window
from lipflap.training.data.take import LEAD_HOPS, TrainingClip
from lipflap.training.data.validation import EvalClips

SCHEMA = "lipflap.set/1"
INDEX, CLIPS, JUDGED = "set.json", "clips", "judged"


@dataclass(frozen=True, slots=True)
class ClipRecord:
    """One clip of a SET.

    closed_frames  at which a b or p begins, as far as the times of words are known
    weight         how often a frame of it is drawn, against one of weight 1
    """

    name: str
    rate: Fraction
    frame_count: int
    hop_count: int
    lead_hops: int
    validates: bool
    closed_frames: tuple[int, ...]
    weight: float

    def at(self, first_frame: int, first_hop: int) -> Clip:
        """The clip where its frames and hops follow others in memory."""
        return Clip(
            name=self.name,
            first_frame=first_frame,
            frame_count=self.frame_count,
            first_hop=first_hop,
            hop_count=self.hop_count,
            rate=str(self.rate),
            validates=self.validates,
            lead_hops=self.lead_hops,
            weight=self.weight,
        )


@dataclass(frozen=True, slots=True)
class Index:
    """The clips of a SET, in the order of their files' numbers."""

    clips: tuple[ClipRecord, ...]


def write_set(takes: Iterable[TrainingClip], folder: Path) -> tuple[ClipRecord, ...]:
    """Takes as a SET, one in memory at a time; it appears when it is whole.

    Raises DubError when there is something in `folder` already, or nothing to write.
    """
    with atomic_folder(folder) as part:
        (part / CLIPS).mkdir()
        (part / JUDGED).mkdir()
        clips = tuple(_write(take, part, number) for number, take in enumerate(takes))
        if not clips:
            raise DubError("would hold nothing to learn from.", where=str(folder))
        write_text(part / INDEX, to_json(SCHEMA, Index(clips)))
    return clips


def is_set(folder: Path) -> bool:
    return (folder / INDEX).is_file()


def read_index(folder: Path) -> tuple[ClipRecord, ...]:
    """The clips of a SET. Raises DubError."""
    return from_json(SCHEMA, Index, read_text(folder / INDEX), where=str(folder / INDEX)).clips


def mouths_of(folder: Path, number: int) -> Path:
    return folder / CLIPS / f"{number:05}.avif"


def sound_of(folder: Path, number: int) -> Path:
    return folder / CLIPS / f"{number:05}.png"


def read_judged(folder: Path) -> EvalClips:
    """What of a SET validates, all of one length: the one that keeps most.

    Raises DubError when nothing does, and when rates differ.
    """
    kept = [(n, clip) for n, clip in enumerate(read_index(folder)) if clip.validates]
    rates = {clip.rate for _, clip in kept}
    if len(rates) != 1:
        said = ", ".join(str(rate) for rate in rates)
        raise DubError(
            f"validates at {said} frames a second." if kept else "holds nothing that validates.",
            where=str(folder),
            fix="Prepare what is to be judged as a set of its own, of one rate.",
        )
    frames = max((clip.frame_count for _, clip in kept), key=lambda count: _kept_at(kept, count))
    kept = [(number, clip) for number, clip in kept if clip.frame_count >= frames]
    return EvalClips(
        names=tuple(clip.name for _, clip in kept),
        crops=np.stack([_crops(folder, number, frames) for number, _ in kept]),
        sound=np.stack([_windows(folder, number, clip, frames) for number, clip in kept]),
        closed_frames=tuple(tuple(f for f in c.closed_frames if f < frames) for _, c in kept),
        rate=rates.pop(),
    )


def _kept_at(clips: Sequence[tuple[int, ClipRecord]], frames: int) -> int:
    """Frames that are left of clips when all are cut to so many, and the shorter are left out."""
    return frames * sum(clip.frame_count >= frames for _, clip in clips)


def _write(take: TrainingClip, folder: Path, number: int) -> ClipRecord:
    write_faces(mouths_of(folder, number), take.frames)
    write_sound(sound_of(folder, number), take.hops)
    if take.judged:
        write_faces(_faces_of(folder, number), take.judged.crops)
    return ClipRecord(
        name=take.name,
        rate=take.rate,
        frame_count=len(take.frames),
        hop_count=len(take.hops),
        lead_hops=LEAD_HOPS,
        validates=take.judged is not None,
        closed_frames=take.judged.closed_frames if take.judged else (),
        weight=take.weight,
    )


def _faces_of(folder: Path, number: int) -> Path:
    return folder / JUDGED / f"{number:05}.avif"


def _crops(folder: Path, number: int, count: int) -> Sequence[NDArray[np.uint8]]:
    return list(read_faces(_faces_of(folder, number)))[:count]


def _windows(folder: Path, number: int, kept: ClipRecord, count: int) -> NDArray[np.float32]:
    """Log-mel [count, 80, 32] around each frame."""
    clip, no_frames = kept.at(0, 0), np.zeros((0, *KEPT_PX, 3), np.uint8)
    footage = PreparedSet((clip,), no_frames, read_sound(sound_of(folder, number)))
    return np.stack([to_log(sound_window(footage, clip, frame)) for frame in range(count)])
