"""Puppets on film, speaking: movies, sounds and orders for tests of whole shots."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soundfile
from numpy.typing import NDArray
from support.jobs.orders import make_order, make_settings

from lipflap.core.files.fingerprint import fingerprint, fingerprint_of_picture
from lipflap.core.media.probe import probe
from lipflap.core.order import DubOrder, DubSettings, Speech

HZ = 16_000
SETTINGS = make_settings(model="none", steps=1, seed=1)


def write_movie(
    path: Path, pictures: Iterable[NDArray[np.uint8]], rate: Fraction, sound: NDArray | None = None
) -> str:
    """A lossless movie, with sound [N] at 16 kHz if there is any."""
    with av.open(str(path), "w") as movie:
        film = movie.add_stream("ffv1", rate=rate)
        voice = None if sound is None else movie.add_stream("pcm_f32le", rate=HZ, layout="mono")
        for number, picture in enumerate(pictures):
            if not number:
                film.height, film.width = picture.shape[:2]
                film.pix_fmt = "yuv444p"
            movie.mux(film.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        movie.mux(film.encode())
        if voice is not None and sound is not None:
            heard = av.AudioFrame.from_ndarray(sound[None].astype(np.float32), "flt", "mono")
            heard.sample_rate = HZ
            movie.mux([*voice.encode(heard), *voice.encode()])
    return str(path)


def speech(path: Path, role: str, sound: NDArray, face: int | None = None) -> Speech:
    """A sound [N] at 16 kHz, written to `path`, from the first frame on."""
    soundfile.write(path, sound, HZ)
    return Speech(str(path), role, 0, len(sound), HZ, 0, face, fingerprint(path))


def film_order(
    film: str, new: Path, *speeches: Speech, settings: DubSettings = SETTINGS
) -> DubOrder:
    """An order of a whole film with speeches over it."""
    info = probe(film)
    return make_order(
        new,
        film=film,
        fingerprint=fingerprint_of_picture(film),
        rate=info.rate,
        frames=info.frame_count,
        speeches=speeches,
        settings=settings,
    )
