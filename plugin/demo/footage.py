"""The demo's four takes, frame by frame."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from lipflap.core.media.decode import pictures
from lipflap.core.media.pixels import colour
from lipflap.core.media.probe import probe
from lipflap.plugin.demo.portrait import Camera, Pose, draw, load_portrait
from lipflap.plugin.demo.sound import ASSETS, Sentence, mix_sentences, mouth_shape

RATE = Fraction(25)
WIDTH_PX, HEIGHT_PX = 768, 576
OPEN_PX = 6.4  # of the photograph, at the loudest
GRAIN = 1.3


@dataclass(frozen=True, slots=True)
class Filmed:
    """A movie that is shipped: a person who speaks."""

    file: str


@dataclass(frozen=True, slots=True)
class Photograph:
    """A photograph that is made to speak.

    blinks_s   seconds at which it blinks
    """

    camera: Camera
    blinks_s: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Take:
    """One run of the camera.

    start_frame   its start timecode as a frame number
    subject       who is seen; None for the cut-away, which looks at the sky
    sentence      what is said in it, the production sound
    credit        whose picture it is, for the film
    """

    name: str
    start_frame: int
    frames: int
    subject: Filmed | Photograph | None
    sentence: Sentence | None
    credit: str

    @property
    def seconds(self) -> float:
        return float(self.frames / RATE)


_GRID = "Picture: GRID corpus, talker 4 (Cooke et al. 2006), CC BY 4.0"
_SOON = Sentence("grid_s4_bbilzs.flac", "Bin blue in L zero soon.", at_s=0)
_AGAIN = Sentence("grid_s4_bbwgza.flac", "Bin blue with G zero again.", at_s=0)
_PHOTO = Sentence("production.flac", "This is a photograph. It never moved.", at_s=0.8)

TAKES = (
    Take("A001", 90_000, 75, Filmed("grid_s4_bbilzs.mp4"), _SOON, _GRID),
    Take("B001", 180_000, 60, None, None, "Picture: NASA, ESA"),
    Take("A002", 91_500, 75, Filmed("grid_s4_bbwgza.mp4"), _AGAIN, _GRID),
    Take("C001", 270_000, 96, Photograph(Camera(229, 112, 2.7), (0.5, 3.2)), _PHOTO, "Photo: NASA"),
)


def production_sound(take: Take) -> NDArray[np.float32]:
    """Return the sound of the take: mono samples at SAMPLE_RATE_HZ."""
    return mix_sentences((take.sentence,) if take.sentence else (), take.seconds)


def take_frames(take: Take) -> Iterator[NDArray[np.uint8]]:
    """Yield the frames of a take [HEIGHT_PX, WIDTH_PX, 3], the same on every machine."""
    match take.subject:
        case Filmed(file):
            info = probe(str(ASSETS / file))
            yield from (colour.rgb8(frame, info) for frame in pictures(info, range(take.frames)))
        case Photograph() as subject:
            yield from _with_grain(_performance(take, subject), take.start_frame)
        case None:
            yield from _with_grain(_sky(take), take.start_frame)


def _with_grain(clean: Iterator[NDArray[np.uint8]], seed: int) -> Iterator[NDArray[np.uint8]]:
    grain = np.random.default_rng(seed)
    for picture in clean:
        noise = grain.standard_normal(picture.shape[:2], np.float32)[..., None]
        yield np.clip(picture + GRAIN * noise + 0.5, 0, 255).astype(np.uint8)


def _performance(take: Take, subject: Photograph) -> Iterator[NDArray[np.uint8]]:
    portrait, camera = load_portrait(), subject.camera
    mouth = mouth_shape(production_sound(take), take.frames, float(RATE))
    for i, (opening, width) in enumerate(mouth.tolist()):
        at_s = float(i / RATE)
        drifting = Camera(
            camera.centre_x + 1.2 * _sway(at_s, 7.1, take.start_frame),
            camera.centre_y + 0.8 * _sway(at_s, 5.3, take.start_frame + 1),
            camera.zoom * (1 + 0.008 * at_s),
        )
        pose = _pose(subject, take.start_frame, at_s, opening, width)
        yield draw(portrait, drifting, pose, WIDTH_PX, HEIGHT_PX)


def _pose(subject: Photograph, phase: int, at_s: float, opening: float, width: float) -> Pose:
    blink = max((np.exp(-(((at_s - t) / 0.06) ** 2)) for t in subject.blinks_s), default=0.0)
    return Pose(
        shift_x=2.2 * _sway(at_s, 2.9, phase + 2),
        shift_y=1.2 * _sway(at_s, 2.1, phase + 3) + 0.8 * opening,
        roll_rad=0.03 * _sway(at_s, 3.7, phase + 4),
        nod=0.012 * _sway(at_s, 1.9, phase + 5),
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
