"""The demo's three takes, frame by frame."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from lipflap.plugin.demo.portrait import Camera, Pose, draw, load_portrait
from lipflap.plugin.demo.sound import Sentence, mix_sentences, mouth_shape

RATE = Fraction(25)
WIDTH_PX, HEIGHT_PX = 960, 540
OPEN_PX = 6.4  # of the photograph, at the loudest
GRAIN = 1.3


@dataclass(frozen=True, slots=True)
class Take:
    """One run of the camera.

    start_frame   its start timecode as a frame number
    camera        None for the cut-away: the camera looks at the sky
    sentence      what is said in it, the production sound
    blinks_s      seconds at which the performer blinks
    """

    name: str
    start_frame: int
    frames: int
    camera: Camera | None
    sentence: Sentence | None
    blinks_s: tuple[float, ...]

    @property
    def seconds(self) -> float:
        return float(self.frames / RATE)


_FIRST_SENTENCE = Sentence("production_1.flac", "This is a photograph. It never moved.", at_s=0.8)
_LAST_SENTENCE = Sentence("production_2.flac", "Watch the mouth, and listen.", at_s=0.9)

TAKES = (
    Take("A001", 90_000, 96, Camera(236, 108, 2.7), sentence=_FIRST_SENTENCE, blinks_s=(0.5, 3.2)),
    Take("B001", 180_000, 60, camera=None, sentence=None, blinks_s=()),
    Take("A002", 270_000, 92, Camera(229, 106, 3.1), sentence=_LAST_SENTENCE, blinks_s=(2.0,)),
)


def production_sound(take: Take) -> NDArray[np.float32]:
    """Return the sound of the take: mono samples at SAMPLE_RATE_HZ."""
    return mix_sentences((take.sentence,) if take.sentence else (), take.seconds)


def take_frames(take: Take) -> Iterator[NDArray[np.uint8]]:
    """Yield the frames of a take [HEIGHT_PX, WIDTH_PX, 3], the same on every machine."""
    clean = _sky(take) if take.camera is None else _performance(take, take.camera)
    grain = np.random.default_rng(take.start_frame)
    for picture in clean:
        noise = grain.standard_normal(picture.shape[:2], np.float32)[..., None]
        yield np.clip(picture + GRAIN * noise + 0.5, 0, 255).astype(np.uint8)


def _performance(take: Take, camera: Camera) -> Iterator[NDArray[np.uint8]]:
    portrait = load_portrait()
    mouth = mouth_shape(production_sound(take), take.frames, float(RATE))
    for i, (opening, width) in enumerate(mouth.tolist()):
        at_s = float(i / RATE)
        drifting = Camera(
            camera.centre_x + 1.2 * _sway(at_s, 7.1, take.start_frame),
            camera.centre_y + 0.8 * _sway(at_s, 5.3, take.start_frame + 1),
            camera.zoom * (1 + 0.008 * at_s),
        )
        yield draw(portrait, drifting, _pose(take, at_s, opening, width), WIDTH_PX, HEIGHT_PX)


def _pose(take: Take, at_s: float, opening: float, width: float) -> Pose:
    blink = max((np.exp(-(((at_s - t) / 0.06) ** 2)) for t in take.blinks_s), default=0.0)
    return Pose(
        shift_x=2.2 * _sway(at_s, 2.9, take.start_frame + 2),
        shift_y=1.2 * _sway(at_s, 2.1, take.start_frame + 3) + 0.8 * opening,
        roll_rad=0.03 * _sway(at_s, 3.7, take.start_frame + 4),
        nod=0.012 * _sway(at_s, 1.9, take.start_frame + 5),
        opening_px=OPEN_PX * opening,
        width=0.8 + 0.13 * width,
        blink=float(blink),
    )


def _sway(at_s: float, period_s: float, phase: int) -> float:
    """Return a slow drift between -1 and 1 that does not repeat within a take."""
    slow = np.sin(2 * np.pi * at_s / period_s + 2.4 * phase)
    quick = np.sin(2 * np.pi * at_s / (0.43 * period_s) + 1.3 * phase)
    return float(0.75 * slow + 0.25 * quick)


def _sky(take: Take) -> Iterator[NDArray[np.uint8]]:
    """Yield a pan over the Hubble deep field (NASA, ESA; public domain)."""
    import cv2
    from skimage.data import hubble_deep_field

    field = hubble_deep_field()
    for i in range(take.frames):
        zoom, left, top = 1.25 + 0.0012 * i, 60.0 + 0.9 * i, 250.0 - 0.6 * i
        crop_from_field = np.array([[zoom, 0, -zoom * left], [0, zoom, -zoom * top]])
        yield np.asarray(
            cv2.warpAffine(field, crop_from_field, (WIDTH_PX, HEIGHT_PX), flags=cv2.INTER_CUBIC),
            np.uint8,
        )
