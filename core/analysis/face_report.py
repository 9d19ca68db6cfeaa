"""What a look at a shot found: whose faces, where, and who would be dubbed. No torch."""

from dataclasses import dataclass

from lipflap.core.serialize import from_json, to_json

FACES_SCHEMA = "lipflap.looked/2"


@dataclass(frozen=True, slots=True)
class FaceBox:
    """Parts of the picture's width and height, from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class MouthMatte:
    """The ellipse in which a new mouth is laid over the plate, in plate pixels.

    across, down   half its width and height, before it is turned
    turn_deg       clockwise, about its middle
    """

    x_px: float
    y_px: float
    across_px: float
    down_px: float
    turn_deg: float


@dataclass(frozen=True, slots=True)
class FaceBoxes:
    """One face, as orders number it; one box and matte a frame from first_frame on.

    None where it is not seen; mattes also where it is too small, or seen too far from the side
    """

    first_frame: int
    boxes: tuple[FaceBox | None, ...]
    mattes: tuple[MouthMatte | None, ...]

    def __post_init__(self) -> None:
        if len(self.boxes) != len(self.mattes):
            raise ValueError(f"{len(self.boxes)} boxes have {len(self.mattes)} mattes")


@dataclass(frozen=True, slots=True)
class FaceReport:
    """A shot that was looked at.

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
        """Where a face is in a frame; None where it is not seen."""
        row = self._row(face, frame)
        return None if row is None else self.faces[face].boxes[row]

    def matte_at(self, face: int, frame: int) -> MouthMatte | None:
        """Where a new mouth of a face would be laid in a frame; None where none can be."""
        row = self._row(face, frame)
        return None if row is None else self.faces[face].mattes[row]

    def _row(self, face: int, frame: int) -> int | None:
        if not 0 <= face < len(self.faces):
            return None
        row = frame - self.faces[face].first_frame
        return row if 0 <= row < len(self.faces[face].boxes) else None


def face_report_to_json(looked: FaceReport) -> str:
    return to_json(FACES_SCHEMA, looked)


def face_report_from_json(text: str, *, where: str) -> FaceReport:
    """Raises RecordUnreadable."""
    return from_json(FACES_SCHEMA, FaceReport, text, where=where)
