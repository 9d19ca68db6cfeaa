"""Mouths as dubbing lays them, beside those that were filmed: what the correction learns from.

    recording, its own sound --lip motion, made less sure--> lips --actor's other mouths--> laid

Lips are drawn from the sound and then moved at random, never read from the truth; and the mouths of
a frame's neighbours are not taken for it, or the network would learn to copy.
"""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file

from lipflap.core.analysis.analyse import analyse_to_end
from lipflap.core.analysis.crop import extract_mouth
from lipflap.core.analysis.repaint_plan import FacePlan
from lipflap.core.errors import DubError
from lipflap.core.face.align import CROP_PX
from lipflap.core.face.matte import WORK
from lipflap.core.media.decode import pictures
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.motion.lip_motion import LipMotion
from lipflap.core.motion.lip_shape import LipBasis
from lipflap.core.order import DubOrder, DubSettings, Output, Reference, Role
from lipflap.core.paint.mouth_bank import find_mouths
from lipflap.core.paint.painter import Networks
from lipflap.core.paint.reference_painter import ReferencePainter, reference_painter
from lipflap.core.recording import Recording
from lipflap.core.reference.lay_mouth import mouth_matte
from lipflap.core.shot import STAGES
from lipflap.core.timing import Stopwatch
from lipflap.training.fit import save_weights

log = logging.getLogger(__name__)

KIND = "lipflap laid takes 1"
EXCLUDED_FRAMES = 12  # on each side
OTHER_TAKES = 3  # of the same talker, whose mouths are taken too
LEAST_UNSURE, MOST_UNSURE = 0.1, 1.0  # noise on what lips say, in units of the actor's spread
NOISE_TICKS = 2.5  # its smoothness

Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class LaidTake:
    """Frames of a recording with the mouths that were laid in them: N, of the work rectangle.

    filmed, laid  [N, 64, 96, 3]
    matte         [N, 64, 96] of the mouth
    """

    talker: str
    filmed: Bytes
    laid: Bytes
    matte: Bytes


@dataclass(frozen=True, slots=True)
class UnsureMotion:
    """Lip motion with noise on it: of strangers, whom it never heard, it knows less."""

    motion: LipMotion
    seed: int

    @property
    def basis(self) -> LipBasis:
        return self.motion.basis

    def latents(self, mono: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
        """Return latents [T, LATENTS] of samples [N] at 16 kHz."""
        rng = np.random.default_rng(self.seed)
        latents = self.motion.latents(mono, seed) * rng.uniform(0.85, 1.1)
        at = np.arange(-8, 9) / NOISE_TICKS
        kernel = np.exp(-(at**2) / 2)
        kernel *= rng.uniform(LEAST_UNSURE, MOST_UNSURE) / np.linalg.norm(kernel)
        noise = rng.standard_normal(latents.shape)
        smooth = np.stack([np.convolve(row, kernel, "same") for row in noise.T], 1)
        return np.asarray(latents + smooth, np.float32)


def lay_takes(
    recordings: Sequence[Recording], networks: Networks, settings: DubSettings, folder: Path
) -> Iterator[LaidTake]:
    """Yield the takes of recordings; `folder` keeps them, and a second run finds them there.

    A recording with too few mouths is left out with a warning. Raises DubError.
    """
    by_talker: dict[str, list[Recording]] = defaultdict(list)
    for recording in recordings:
        by_talker[recording.speaker].append(recording)
    for number, recording in enumerate(recordings, 1):
        path = folder / f"{_digest(recording)}.safetensors"
        try:
            if not path.is_file():
                order = _order(recording, by_talker[recording.speaker], settings)
                _write(_lay(order, networks, number), path)
        except DubError as error:
            log.warning("Left out: %s: %s", recording.name, error)
            continue
        yield LaidTake(recording.speaker, *_read(path))
        log.info("laid: %d of %d recordings", number, len(recordings))


def _order(
    recording: Recording, takes_of_talker: Sequence[Recording], settings: DubSettings
) -> DubOrder:
    """Order a recording to be dubbed with its own sound."""
    dub = (replace(speech, role=Role.DUB) for speech in recording.speeches)
    place = takes_of_talker.index(recording)
    around = takes_of_talker[max(0, place - OTHER_TAKES) : place + OTHER_TAKES + 1]
    others = [one for one in around if one != recording][:OTHER_TAKES]
    return DubOrder(
        shot=recording.name,
        picture=recording.picture,
        frames=recording.frames,
        speeches=(*recording.speeches, *dub),
        output=Output("", recording.rate, 0, 0, 0, "source"),
        settings=settings,
        references=tuple(Reference(one.picture, one.frames) for one in others),
    )


@dataclass(slots=True)
class _Rows:
    """Frames of a take, collected one after another."""

    filmed: list[Bytes] = field(default_factory=list)
    laid: list[Bytes] = field(default_factory=list)
    matte: list[Bytes] = field(default_factory=list)


def _lay(order: DubOrder, networks: Networks, seed: int) -> _Rows:
    """Lay mouths into all frames of an order that show one. Raises DubError."""
    picture, rows = order.picture, _Rows()
    info = probe(picture.path, picture.first_file, picture.holes)
    analysis = analyse_to_end(order, info, networks.detectors, Stopwatch(*STAGES))
    if networks.motion is None:
        raise ValueError("the networks were loaded without lip motion")
    production = analysis.scene.production
    heard = production.speaks if production is not None else None
    unsure = UnsureMotion(networks.motion, seed)
    for plan in analysis.plans:
        dialogue = analysis.dialogue_of(plan.lines)
        mouths = find_mouths(analysis.films, plan.face, heard)
        painter = reference_painter(
            order, plan, mouths, dialogue, unsure, exclude_within_frames=EXCLUDED_FRAMES
        )
        if painter is not None:
            _collect(rows, order, info, plan, painter)
    if not rows.filmed:
        raise DubError("shows too few mouths.")
    return rows


def _collect(
    rows: _Rows,
    order: DubOrder,
    info: MediaInfo,
    plan: FacePlan,
    painter: ReferencePainter,
) -> None:
    watch = Stopwatch(*STAGES)
    frames = range(plan.first_frame, plan.first_frame + len(plan.opacity))
    plates = pictures(info, [order.frames.media_frame(frame) for frame in frames])
    for row, (frame, plate) in enumerate(zip(frames, plates, strict=True)):
        (laid,) = painter.repaint(frame, [plate], info, watch)
        if painter.plan.opacity[row] < 1 or frame in painter.guard.kept:
            continue
        matrix, wanted = plan.crop_from_plate[row], painter.mouth_plan.points[row]
        rows.filmed.append(_bytes(extract_mouth(plate, info, matrix)))
        rows.laid.append(_bytes(extract_mouth(laid, info, matrix)))
        matte = mouth_matte(wanted, np.eye(2, 3), CROP_PX, CROP_PX)
        rows.matte.append(_bytes(WORK.of(matte)))


def _bytes(work: NDArray[np.float32]) -> Bytes:
    """Return a work rectangle in 0..1 in 8 bits."""
    return np.rint(np.clip(work, 0, 1) * 255).astype(np.uint8)


def _write(rows: _Rows, path: Path) -> None:
    tensors = {
        "filmed": np.stack(rows.filmed),
        "laid": np.stack(rows.laid),
        "matte": np.stack(rows.matte),
    }
    save_weights({name: torch.from_numpy(a) for name, a in tensors.items()}, path, {"kind": KIND})


def _read(path: Path) -> tuple[NDArray, ...]:
    tensors = load_file(path)
    return tuple(tensors[n].numpy() for n in ("filmed", "laid", "matte"))


def _digest(recording: Recording) -> str:
    """Return what tells apart recordings, and versions of what is kept of them."""
    facts = f"{KIND} {replace(recording, labels=())!r}"
    return hashlib.sha256(facts.encode()).hexdigest()[:24]
