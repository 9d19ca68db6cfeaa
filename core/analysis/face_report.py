"""The faces found in a shot, where they are, and who would be dubbed. No torch."""

from dataclasses import dataclass

from lipflap.core.serialize import from_json, to_json

FACES_SCHEMA = "lipflap.faces/3"


@dataclass(frozen=True, slots=True)
class FaceBox:
    """The box of a face, in parts of the picture's width and height, from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class MouthMatte:
    """The ellipse in which a new mouth is pasted into the plate, in plate pixels.

    across, down   half its width and height, before it is turned
    turn_deg       clockwise, about its middle
    """

    x_px: float
    y_px: float
    across_px: float
    down_px: float
    turn_deg: float


@dataclass(frozen=True, slots=True)
class OwnMouth:
    """The outlines of what a filmed mouth changes in the plate: x and y in turn, plate pixels.

    mouth       around the mouth that is laid in
    lower_face  around chin and cheeks, which follow it
    """

    mouth: tuple[float, ...]
    lower_face: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class FaceBoxes:
    """One face, as orders number it: one box and matte for each frame from first_frame on.

    None where it is not visible; mattes also where it is too small or turned too far aside.

    mattes      of mouths that the network paints
    best_frame  the frame in which it is best seen
    own         of the actor's own mouths
    appearance  tells one person's face from another's (core.face.track); empty where unknown
    """

    first_frame: int
    boxes: tuple[FaceBox | None, ...]
    mattes: tuple[MouthMatte | None, ...]
    best_frame: int
    own: tuple[OwnMouth | None, ...] = ()
    appearance: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if len(self.boxes) != len(self.mattes) or len(self.own) not in (0, len(self.mattes)):
            counts = f"{len(self.mattes)} mattes and {len(self.own)} outlines"
            raise ValueError(f"{len(self.boxes)} boxes have {counts}")
        if self._box_at(self.best_frame) is None:
            raise ValueError(f"a face is best seen in frame {self.best_frame}, without a box there")

    @property
    def seen_frames(self) -> int:
        """Return in how many frames it is seen."""
        return sum(box is not None for box in self.boxes)

    @property
    def best_box(self) -> FaceBox:
        """Return its box in the frame in which it is best seen."""
        box = self._box_at(self.best_frame)
        assert box is not None  # or there were no such face
        return box

    def _box_at(self, frame: int) -> FaceBox | None:
        row = frame - self.first_frame
        return self.boxes[row] if 0 <= row < len(self.boxes) else None


@dataclass(frozen=True, slots=True)
class FaceReport:
    """The faces of a shot.

    width      of its pictures, in pixels
    frames     of it, handles included
    cuts       frames at which a new camera shot begins
    faces      in the order of their numbers
    suggested  number of the face that would be dubbed if nobody chose; None for none
    """

    shot: str
    width: int
    height: int
    frames: int
    cuts: tuple[int, ...]
    faces: tuple[FaceBoxes, ...]
    suggested: int | None

    def box_at(self, face: int, frame: int) -> FaceBox | None:
        """Return the box of a face in a frame; None where it is not visible."""
        row = self._row(face, frame)
        return None if row is None else self.faces[face].boxes[row]

    def matte_at(self, face: int, frame: int) -> MouthMatte | None:
        """Return the matte of a face's new mouth in a frame; None where there can be none."""
        row = self._row(face, frame)
        return None if row is None else self.faces[face].mattes[row]

    def own_at(self, face: int, frame: int) -> OwnMouth | None:
        """Return what a filmed mouth changes of a face in a frame; None where there can be none."""
        row = self._row(face, frame)
        own = () if row is None else self.faces[face].own
        return own[row] if row is not None and own else None

    def _row(self, face: int, frame: int) -> int | None:
        if not 0 <= face < len(self.faces):
            return None
        row = frame - self.faces[face].first_frame
        return row if 0 <= row < len(self.faces[face].boxes) else None


def face_report_to_json(report: FaceReport) -> str:
    return to_json(FACES_SCHEMA, report)


def face_report_from_json(text: str, *, where: str) -> FaceReport:
    """Parse a report. Raises RecordUnreadable, naming `where` and the field."""
    return from_json(FACES_SCHEMA, FaceReport, text, where=where)
