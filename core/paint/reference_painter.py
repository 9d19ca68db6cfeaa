"""The painter of a face from the actor's own mouths.

    dialogue --lip motion--> wanted lips --mouth plan--> a filmed mouth for each frame
    plate --bend its lower face to the wanted lips and jaw--> the same face, its chin moved
          --lay the filmed mouth, bent to the wanted lips--> plate, new inside the matte only
          --network: a residual on the new mouth--> the same, corrected

Shapes and sources are planned before the first frame is painted. Guards leave frames as filmed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.dialogue import PREROLL_S
from lipflap.core.analysis.repaint_plan import FacePlan, fade
from lipflap.core.diffusion.correction import CorrectionNetwork
from lipflap.core.face.align import crop_from_box
from lipflap.core.face.landmarks import LOWER_JAW, opening
from lipflap.core.media.decode import Frame
from lipflap.core.media.pixels import colour
from lipflap.core.media.probe import MediaInfo
from lipflap.core.media.still import read_still
from lipflap.core.motion.jaw_motion import jaw_moves
from lipflap.core.motion.lip_motion import amplitude_gain, latents_at_frames
from lipflap.core.motion.lip_shape import (
    SHAPE,
    head_poses,
    measure_actor,
    nose_bases,
    speaking_lips,
)
from lipflap.core.order import DubOrder
from lipflap.core.paint.mouth_bank import ActorMouths, decode_mouths
from lipflap.core.paint.mouth_correction import correct_mouth
from lipflap.core.paint.remembered_motion import Motion
from lipflap.core.reference.lay_mouth import SourceMouth, lay_mouth, mouth_box
from lipflap.core.reference.lower_face import (
    BentFace,
    bend_lower_face,
    lower_face_box,
    with_mouth,
)
from lipflap.core.reference.mouth_plan import MouthBank, MouthPlan, plan_mouths
from lipflap.core.reference.rim_guard import RimGuard, rim_step
from lipflap.core.result import KeptReason
from lipflap.core.timing import Stopwatch

MIN_MOUTHS = 25
MAX_BEND_PX = 4.0  # of the crop: a mouth bent further looks drawn
MAX_CLOSED_BEND_PX = 9.0  # of lips that were never filmed apart, and have no teeth to bend
MAX_TURN_PX = 9.0  # of the crop: one of a head held this differently looks stuck on
WHITE = 1.5  # the brightness of skin that white is in the picture of the inside of a mouth
MIN_OPENING = 0.08  # of the eye distance: mouths that open no further show no teeth

Rgb = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _LaidMouth:
    """A lower face with its new mouth, in a box of the plate.

    wanted  [72, 2] points of the face in the crop
    """

    face: BentFace
    box: colour.Box
    box_to_crop: NDArray[np.float64]
    wanted: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ReferencePainter:
    """The painter of one face plan.

    mouths      by number: those that `mouth_plan` names
    inside      [h, w, 3] what shows between the lips, where no film shows them apart
    correction  of mouths that were laid; None to leave them
    """

    plan: FacePlan
    mouth_plan: MouthPlan
    mouths: Mapping[int, SourceMouth]
    rate: Fraction
    correction: CorrectionNetwork | None = None
    inside: Rgb | None = None
    guard: RimGuard = field(default_factory=RimGuard)

    @property
    def bend_px(self) -> float:
        """Mean distance that the lips are bent in the frames that show a new mouth."""
        return float(self.mouth_plan.bend_px[self.plan.opacity > 0].mean())

    @property
    def closed(self) -> bool:
        """Whether no film shows the mouth open."""
        return self.inside is not None

    @property
    def mismatched(self) -> NDArray[np.bool_]:
        """The rows [N] of the plan painted so far that the guard left as filmed."""
        frames = np.arange(len(self.plan.opacity)) + self.plan.first_frame
        return np.isin(frames, list(self.guard.kept))

    def repaint(
        self, first: int, plates: Sequence[Frame], info: MediaInfo, watch: Stopwatch
    ) -> list[Frame]:
        """Return plates from frame `first` on, with new mouths where the plan shows one."""
        return [
            self._repaint_frame(frame, plate, info, watch) if self.plan.shows(frame) else plate
            for frame, plate in enumerate(plates, first)
        ]

    def _repaint_frame(self, frame: int, plate: Frame, info: MediaInfo, watch: Stopwatch) -> Frame:
        with watch.on("paste"):
            laid = self._lay(frame, plate, info)
        if laid is None:
            return plate
        face = laid.face
        if self.correction is not None:
            opacity = np.float32(self.plan.opacity[frame - self.plan.first_frame])
            with watch.on("sample"):
                new = correct_mouth(self.correction, face.rgb, laid.wanted, laid.box_to_crop)
                face = replace(face, rgb=face.rgb + opacity * (new - face.rgb))
        with watch.on("paste"):
            return colour.composite(plate, info, laid.box, face.rgb, face.matte)

    def _lay(self, frame: int, plate: Frame, info: MediaInfo) -> _LaidMouth | None:
        """Return the plate's lower face with a new mouth; None where the guard keeps the old."""
        row = frame - self.plan.first_frame
        opacity = float(self.plan.opacity[row])
        filmed, crop_from_plate = self.plan.points[row], self.plan.crop_from_plate[row]
        wanted = filmed + opacity * (self.mouth_plan.points[row] - filmed)
        size = (info.width, info.height)
        box = colour.Box(*lower_face_box([wanted, filmed], crop_from_plate, size))
        box_to_crop = crop_from_box(crop_from_plate, box.x0, box.y0)
        face = bend_lower_face(colour.rgb(plate, info, box), wanted, filmed, box_to_crop)
        x0, y0, x1, y1 = mouth_box([wanted], crop_from_plate, size)
        left, top = x0 - box.x0, y0 - box.y0
        around = face.rgb[top : y1 - box.y0, left : x1 - box.x0]
        sources = self._sources(row)
        patch = lay_mouth(sources, wanted, crop_from_plate, (x0, y0), around, self.inside)
        allowed = self.guard.opacity(frame, rim_step(patch.rgb, around, patch.matte))
        if not opacity * allowed:
            return None
        face = with_mouth(face, patch, left, top, opacity)
        face = replace(face, matte=face.matte * np.float32(allowed))
        return _LaidMouth(face, box, box_to_crop, wanted)

    def _sources(self, row: int) -> list[tuple[SourceMouth, float]]:
        """Return the mouths of a row, with weights that sum to 1."""
        planned = self.mouth_plan
        fading = float(planned.weight[row])
        sources = [(self.mouths[int(planned.sources[row])], 1 - fading)]
        if fading:
            sources.append((self.mouths[int(planned.fading[row])], fading))
        return sources


def reference_painter(
    order: DubOrder,
    plan: FacePlan,
    actor_mouths: ActorMouths,
    dialogue: NDArray[np.float32],
    motion: Motion,
    correction: CorrectionNetwork | None = None,
    exclude_within_frames: int | None = None,
) -> ReferencePainter | None:
    """Make the painter of a face plan; None when the films hold too few mouths of the actor.

    Frames for which no mouth comes near stay as filmed.

    dialogue               samples [N] at 16 kHz of its lines, from PREROLL_S before the first frame
    correction             of the mouths that are laid; None to leave them
    exclude_within_frames  to evaluate only: the mouths of a frame itself and of so many on each
                           side are not taken for it, so that none is a copy of the truth
    """
    bank, chosen = actor_mouths.bank, actor_mouths.chosen
    if len(bank.frames) < MIN_MOUTHS:
        return None
    closed = _widest(bank) < MIN_OPENING
    forbidden = None
    if exclude_within_frames is not None:
        frames = plan.first_frame + np.arange(len(plan.points))
        forbidden = np.abs(frames[:, None] - chosen.frames) <= exclude_within_frames
        if (~forbidden).sum(1).min() < MIN_MOUTHS:
            return None
    rate = order.output.rate
    latents = latents_at_frames(
        motion.latents(dialogue, order.settings.seed),
        PREROLL_S + plan.first_frame / rate,
        rate,
        len(plan.points),
    )
    latents = latents * amplitude_gain(latents[plan.painted])
    actor = measure_actor(motion.basis, bank.points, actor_mouths.speaks)
    if closed:
        actor = speaking_lips(actor)
    wanted = plan.points.copy()
    shapes = actor.shapes(latents, head_poses(plan.points))
    wanted[:, list(SHAPE)] = shapes + nose_bases(plan.points)[:, None]
    breaks = np.diff(plan.painted.astype(np.int8), prepend=0) == 1
    moves = jaw_moves(actor, latents, plan.points, ~breaks)
    wanted[:, list(LOWER_JAW)] = plan.points[:, list(LOWER_JAW)] + moves
    mouth_plan = plan_mouths(wanted, chosen, breaks, forbidden)
    plan = _keep_unlike(plan, mouth_plan, MAX_CLOSED_BEND_PX if closed else MAX_BEND_PX)
    if not plan.opacity.any():
        return None
    shown = plan.opacity > 0
    fading = mouth_plan.fading[shown & (mouth_plan.weight > 0)]
    mouths = decode_mouths(actor_mouths.faces, np.concatenate([mouth_plan.sources[shown], fading]))
    inside = load_mouth_inside() if closed else None
    return ReferencePainter(plan, mouth_plan, mouths, rate, correction, inside)


def load_mouth_inside() -> Rgb:
    """Load what shows between lips that no film shows apart [h, w, 3], 1 as bright as skin."""
    picture = read_still(Path(__file__).parents[1] / "models" / "mouth_inside.png")
    return picture.astype(np.float32) * np.float32(WHITE / 255)


def _keep_unlike(plan: FacePlan, mouth_plan: MouthPlan, max_bend_px: float) -> FacePlan:
    """Return the plan without the frames whose nearest mouth would be bent too far."""
    near = (mouth_plan.bend_px <= max_bend_px) & (mouth_plan.turn_px <= MAX_TURN_PX)
    unlike = ~near & (plan.opacity > 0)
    opacity = np.minimum(plan.opacity, fade(near))
    return replace(plan, opacity=opacity, kept={**plan.kept, KeptReason.NO_MOUTH: unlike})


def _widest(bank: MouthBank) -> float:
    return float(np.percentile([opening(points) for points in bank.points], 95))
