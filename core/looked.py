"""What a look at a shot found: whose faces, where, and who would be dubbed. No torch."""

from dataclasses import dataclass

from lipflap.core.record_json import from_json, to_json

LOOKED_SCHEMA = "lipflap.looked/1"


@dataclass(frozen=True, slots=True)
class FaceBox:
    """Parts of the picture's width and height, from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class LookedFace:
    """One face, as orders number it.

    boxes   one a frame from first_frame on; None where it is not seen
    """

    first_frame: int
    boxes: tuple[FaceBox | None, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """A shot that was looked at.

    frames     of it, handles included
    cuts       frames at which a new camera shot begins
    faces      in the order of their numbers
    suggested  number of the face that would be dubbed if nobody chose; None for none
    """

    shot: str
    frames: int
    cuts: tuple[int, ...]
    faces: tuple[LookedFace, ...]
    suggested: int | None

    def box_at(self, face: int, frame: int) -> FaceBox | None:
        """Where a face is in a frame; None where it is not seen."""
        if not 0 <= face < len(self.faces):
            return None
        at = frame - self.faces[face].first_frame
        boxes = self.faces[face].boxes
        return boxes[at] if 0 <= at < len(boxes) else None


def looked_to_json(looked: Looked) -> str:
    return to_json(LOOKED_SCHEMA, looked)


def looked_from_json(text: str, *, where: str) -> Looked:
    """Raises RecordUnreadable."""
    return from_json(LOOKED_SCHEMA, Looked, text, where=where)
