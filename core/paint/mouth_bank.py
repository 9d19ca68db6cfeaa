"""The filmed mouths of one actor: in the shot, and in each reference that shows this actor.

    film      |---- shot ----|   |- reference 1 -|   |-- reference 2 --|
    number    0  1  2  ...  99   101  102 ... 150    152  ...              of a frame

No number follows the last one of a film: mouths of two films are never neighbours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lipflap.core.analysis.crop import track_crops
from lipflap.core.analysis.film import Film
from lipflap.core.analysis.repaint_plan import paintable_frames
from lipflap.core.analysis.speakers.active_speaker import lip_openings, moving_or_open
from lipflap.core.face.align import crop_from_box, points_in_crop
from lipflap.core.face.appearance import appearance_distance, nearest_appearance
from lipflap.core.face.landmarks import eye_distance
from lipflap.core.face.track import FaceTrack
from lipflap.core.media.decode import pictures
from lipflap.core.media.pixels import colour
from lipflap.core.reference.lay_mouth import SourceMouth, mouth_box
from lipflap.core.reference.mouth_plan import MAX_MOUTHS, RUN_FRAMES, MouthBank, choose_mouths

MIN_SIZE = 0.7  # of the face in the shot: a smaller one elsewhere has too few pixels
MAX_DECODED_MIB, MIN_DECODED = 400, 4 * RUN_FRAMES
_BYTES_A_PIXEL = 6  # three of two bytes each
_MEASURE_EVERY_FRAMES = 8
OTHER_LIGHT_PX = 1.0  # of the crop: price of a mouth, per unit that the face looks different


@dataclass(frozen=True, slots=True)
class FilmedFace:
    """The actor in one film.

    first_number  number of frame 0 of the film
    crops         [N, 2, 3] from plate to crop, for the rows of the track
    points        [N, 72, 2] in those crops
    paintable     [N] rows that show the face well
    """

    film: Film
    track: FaceTrack
    first_number: int
    crops: NDArray[np.float64]
    points: NDArray[np.float64]
    paintable: NDArray[np.bool_]

    def numbers(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the numbers of rows of the track."""
        return np.asarray(rows + self.track.first_frame + self.first_number)

    def rows(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the rows of those numbers that are in this film."""
        frames = numbers - self.first_number
        inside = frames[(frames >= 0) & (frames < self.film.frames.count)]
        return np.asarray(inside - self.track.first_frame)


@dataclass(frozen=True, slots=True)
class ActorMouths:
    """The mouths of one actor in a shot and its references, for all camera shots.

    faces   the actor in each film, the shot's first
    bank    every mouth that the films show well
    chosen  those of them that may be taken
    speaks  [M] mouths of the bank that speak
    """

    faces: Sequence[FilmedFace]
    bank: MouthBank
    chosen: MouthBank
    speaks: NDArray[np.bool_]


def find_mouths(films: Sequence[Film], face: int, speaks: NDArray[np.bool_] | None) -> ActorMouths:
    """Find the mouths of the actor with number `face` in the shot, films[0].

    speaks  frames of the shot in which somebody is heard; None when nobody knows
    """
    faces = find_actor(films, face)
    bank = collect_mouths(faces)
    chosen = choose_mouths(bank, max_mouths(faces))
    return ActorMouths(faces, bank, chosen, speaking_mouths(faces, bank, speaks))


def find_actor(films: Sequence[Film], face: int) -> list[FilmedFace]:
    """Return the actor with number `face` in the shot, films[0], in all films that show him.

    A face of a reference is the actor's when it looks the same, and like nobody else in the shot.
    """
    shot = films[0]
    people = [track.appearance for track in shot.tracks]
    found = [_filmed_face(shot, shot.tracks[face], 0)]
    first_number = shot.frames.count + 1
    for film in films[1:]:
        same = [t for t in film.tracks if nearest_appearance([t.appearance], people) == face]
        if same:
            nearest = min(same, key=lambda t: appearance_distance(t.appearance, people[face]))
            found.append(_filmed_face(film, nearest, first_number))
        first_number += film.frames.count + 1
    return found


def collect_mouths(actor: Sequence[FilmedFace]) -> MouthBank:
    """Return every mouth of an actor that the films show well, the shot's first."""
    own = actor[0]
    usual = _usual_sharpness(own)
    size = _usual_size(own)
    numbers, points, price = [], [], []
    for filmed in actor:
        is_sharp = filmed.track.sharpness >= max(usual, _usual_sharpness(filmed)) / 2
        shown = filmed.paintable & is_sharp
        if filmed is not own:
            shown &= _sizes(filmed) >= MIN_SIZE * size
        elsewhere = appearance_distance(filmed.track.appearance, own.track.appearance)
        rows = np.flatnonzero(shown)
        numbers.append(filmed.numbers(rows))
        points.append(filmed.points[rows])
        price.append(np.full(len(rows), OTHER_LIGHT_PX * elsewhere))
    return MouthBank(np.concatenate(numbers), np.concatenate(points), np.concatenate(price))


def speaking_mouths(
    actor: Sequence[FilmedFace], bank: MouthBank, speaks: NDArray[np.bool_] | None
) -> NDArray[np.bool_]:
    """Return which mouths [M] of the bank speak.

    speaks  frames of the shot in which somebody is heard; None when nobody knows: then all do

    In references, whose sound is not known, those that are open or move.
    """
    own = actor[0].rows(bank.frames) + actor[0].track.first_frame
    flags = [np.ones(len(own), bool) if speaks is None else speaks[own]]
    for filmed in actor[1:]:
        moves = moving_or_open(lip_openings(filmed.track), float(filmed.film.info.rate))
        flags.append(moves[filmed.rows(bank.frames)])
    return np.concatenate(flags)


def max_mouths(actor: Sequence[FilmedFace]) -> int:
    """Return how many mouths may be kept decoded: fewer where they are large, as in UHD close-ups.

    It depends on the films alone, so that all machines choose the same mouths.
    """
    pixels = 1
    for filmed in actor:
        size = (filmed.film.info.width, filmed.film.info.height)
        for row in np.flatnonzero(filmed.track.visible)[::_MEASURE_EVERY_FRAMES]:
            left, top, right, bottom = mouth_box([filmed.points[row]], filmed.crops[row], size)
            pixels = max(pixels, (right - left) * (bottom - top))
    room = (MAX_DECODED_MIB << 20) // (pixels * _BYTES_A_PIXEL)
    return min(MAX_MOUTHS, max(MIN_DECODED, room))


def decode_mouths(
    actor: Sequence[FilmedFace], numbers: NDArray[np.int64]
) -> dict[int, SourceMouth]:
    """Decode mouths by number; only the pixels around them are kept. Raises DubError."""
    mouths = {}
    for filmed in actor:
        info, rows = filmed.film.info, filmed.rows(np.unique(numbers))
        frames = (rows + filmed.track.first_frame).tolist()
        media_frames = [filmed.film.frames.media_frame(frame) for frame in frames]
        for row, plate in zip(rows, pictures(info, media_frames), strict=True):
            points, crop = filmed.points[row], filmed.crops[row]
            box = colour.Box(*mouth_box([points], crop, (info.width, info.height)))
            crop_from_rgb = crop_from_box(crop, box.x0, box.y0)
            rgb = colour.rgb(plate, info, box).astype(np.float16)
            number = int(filmed.numbers(row))
            mouths[number] = SourceMouth(rgb, crop_from_rgb, points)
    return mouths


def _filmed_face(film: Film, track: FaceTrack, first_number: int) -> FilmedFace:
    crops = track_crops(track, film.cuts)
    points = points_in_crop(track.points, crops)
    return FilmedFace(film, track, first_number, crops, points, paintable_frames(track))


def _usual_sharpness(filmed: FilmedFace) -> float:
    sharpness = filmed.track.sharpness[filmed.paintable]
    return float(np.median(sharpness)) if len(sharpness) else 0.0


def _usual_size(filmed: FilmedFace) -> float:
    return float(np.median(_sizes(filmed)[filmed.track.visible]))


def _sizes(filmed: FilmedFace) -> NDArray[np.float64]:
    """Return the eye distances [N] in pixels of the plate."""
    return np.array([eye_distance(points) for points in filmed.track.points])
