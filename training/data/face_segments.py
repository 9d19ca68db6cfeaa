"""Frame ranges of a recording from which the speaking face can be learnt.

camera       |------- shot 1 -------|-- 2 --|----- 3 -----|
speaker      #####   ###############         #############
segments             [== 0 ==][= 0 =]        [==== 0 ====]      a second at least, ten at most
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.camera_cuts import mark_cuts
from lipflap.core.analysis.dialogue import frames_covered, loudness, mix_dialogue
from lipflap.core.analysis.repaint_plan import Scene, paintable_frames
from lipflap.core.analysis.speakers.active_speaker import Production, speaking_face
from lipflap.core.errors import DubError
from lipflap.core.face.detect import Detector, Rgb8
from lipflap.core.face.track import (
    MIN_NEW_CONFIDENCE,
    FaceTrack,
    PointsIn,
    Sighting,
    build_tracks,
    track_faces,
)
from lipflap.core.media.decode import pictures, samples
from lipflap.core.media.pixels import colour
from lipflap.core.media.probe import probe
from lipflap.core.recording import Recording
from lipflap.core.voice.log_mel import SAMPLE_RATE_HZ
from lipflap.core.voice.vad import speech_spans

MIN_SEGMENT_S, MAX_SEGMENT_S = 1, 10


@dataclass(frozen=True, slots=True)
class FaceSegment:
    """A face that is visible, certain and near enough, in frames [start, end) of a recording."""

    track: FaceTrack
    start: int
    end: int

    def __len__(self) -> int:
        return self.end - self.start

    @property
    def points(self) -> NDArray[np.float32]:
        """Landmarks [T, 72, 2] in plate pixels."""
        first = self.track.first_frame
        return self.track.points[self.start - first : self.end - first]


def analyse_recording(
    recording: Recording, detectors: Sequence[Detector], points_in: PointsIn
) -> Scene:
    """Track the faces of a recording, and find when something is said. Raises DubError."""
    cuts: list[int] = []
    sightings: list[Sighting] = []
    for faces in track_faces(_note_cuts(cuts, mark_cuts(plates(recording))), detectors, points_in):
        sightings += faces
    count, rate = recording.frames.count, recording.rate
    sound = mix_dialogue(recording.speeches, recording.seconds, samples)
    speaks = frames_covered(speech_spans(sound, SAMPLE_RATE_HZ), rate, count)
    production = Production(loudness(sound, rate, count), speaks)
    return Scene(build_tracks(sightings, cuts, count), cuts, rate, count, production)


def plates(recording: Recording, start: int = 0, end: int | None = None) -> Iterator[Rgb8]:
    """Stream the plates [H, W, 3] of frames [start, end) of a recording. Raises DubError."""
    picture = recording.picture
    info = probe(picture.path, picture.first_file, picture.holes)
    for frame in pictures(info, recording.frames.media_frames()[start:end]):
        yield colour.rgb8(frame, info)


def face_segments(scene: Scene, face: int | None) -> Iterator[FaceSegment]:
    """Yield the segments from which the speaking face can be learnt, in the order of frames.

    face  number of the track to take in every camera shot; None for the one that speaks in each
    Raises DubError when there is no such face.
    """
    if face is not None and face >= len(scene.tracks):
        raise DubError(
            f"has no face {face}; {len(scene.tracks)} were found, counted from 0.",
            fix="Choose another with --face.",
        )
    for start, end in pairwise([0, *scene.cuts, scene.count]):
        number = face
        if number is None:
            rate_hz = float(scene.rate)
            number = speaking_face(scene.tracks, start, end, scene.production, rate_hz)
        if number is not None:
            yield from _usable_ranges(scene.tracks[number], start, end, float(scene.rate))


def _usable_ranges(track: FaceTrack, start: int, end: int, rate_hz: float) -> Iterator[FaceSegment]:
    first = track.first_frame
    usable = np.zeros(end - start, np.int8)
    rows = np.arange(start, end) - first
    inside = (rows >= 0) & (rows < len(track))
    # A dub may repaint what is hardly a face; training must not learn from it.
    certain = paintable_frames(track) & (track.confidence >= MIN_NEW_CONFIDENCE)
    usable[inside] = certain[rows[inside]]
    edges = np.flatnonzero(np.diff(usable, prepend=0, append=0))
    for begin, stop in edges.reshape(-1, 2) + start:
        yield from _split_evenly(track, int(begin), int(stop), rate_hz)


def _split_evenly(track: FaceTrack, start: int, end: int, rate_hz: float) -> Iterator[FaceSegment]:
    """Yield [start, end) in equal segments that are not too long; none when it is too short."""
    if end - start < MIN_SEGMENT_S * rate_hz:
        return
    count = int(np.ceil((end - start) / (MAX_SEGMENT_S * rate_hz)))
    bounds = np.linspace(start, end, count + 1).round().astype(int)
    for first, last in pairwise(bounds.tolist()):
        yield FaceSegment(track, first, last)


def _note_cuts(cuts: list[int], marked: Iterator[tuple[Rgb8, bool]]) -> Iterator[tuple[Rgb8, bool]]:
    """Yield `marked` as it is, and append the frame numbers of its cuts to `cuts`."""
    for frame, (picture, cut) in enumerate(marked):
        cuts += [frame] if cut else []
        yield picture, cut
