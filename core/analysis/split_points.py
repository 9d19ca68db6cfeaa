"""The frames at which a long shot can be split without a change of the picture.

camera       |-------- shot 1 --------|-------- shot 2 --------|
dub              [== line ==]   [== line ==]            [=====]
production       [=====]           [=======]           [==]
silence      ....                           ..........
split points                          c         ssss               c cut, s amid silence

Found from pictures and sound alone, before any face is known: a split point that is none makes a
part take longer to paint (repaint_plan.rollout_start), never wrong.
"""

from itertools import chain
from math import ceil

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.camera_cuts import mark_cuts
from lipflap.core.analysis.dialogue import frames_covered, mix_dialogue
from lipflap.core.media.decode import pictures, samples
from lipflap.core.media.pixels import colour
from lipflap.core.media.probe import probe
from lipflap.core.order import DubOrder, FrameRange, Role
from lipflap.core.voice.log_mel import SAMPLE_RATE_HZ
from lipflap.core.voice.vad import speech_spans

MIN_SILENCE_S = 1  # mouths are painted through shorter ones, or nearly so


def silent_frames(order: DubOrder) -> list[int]:
    """Return the frames amid silence, rising: MIN_SILENCE_S / 2 or more from dub and production.

    Empty when there is no production sound: then mouths may move in silence.
    Raises DubError when a sound is missing or broken.
    """
    if not any(speech.role == Role.PRODUCTION for speech in order.speeches):
        return []
    spoken = _speech_frames(order, Role.DUB) | _speech_frames(order, Role.PRODUCTION)
    distance = ceil(MIN_SILENCE_S * order.output.rate / 2)
    edges = np.flatnonzero(np.diff(np.concatenate([[True], spoken, [True]]).astype(np.int8)))
    silences = edges.reshape(-1, 2).tolist()
    return list(chain.from_iterable(range(a + distance, b - distance + 1) for a, b in silences))


def camera_cuts(order: DubOrder, frames: FrameRange) -> list[int]:
    """Return the frames of a range, rising, at which a new camera shot begins.

    Decodes all its pictures. Raises DubError when they cannot be decoded.
    """
    info = probe(order.picture.path, order.picture.first_file, order.picture.holes)
    media_frames = order.filmed.media_frames()[frames.start : frames.end]
    rgb8 = (colour.rgb8(frame, info) for frame in pictures(info, media_frames))
    return [frame for frame, (_, cut) in enumerate(mark_cuts(rgb8), frames.start) if cut]


def _speech_frames(order: DubOrder, role: Role) -> NDArray[np.bool_]:
    """Return the frames [count] in which speeches of a role are heard."""
    rate, count = order.output.rate, order.frames.count
    sound = mix_dialogue([s for s in order.speeches if s.role == role], count / rate, samples)
    return frames_covered(speech_spans(sound, SAMPLE_RATE_HZ), rate, count)
