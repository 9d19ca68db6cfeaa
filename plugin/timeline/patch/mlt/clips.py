"""Clips of a project that play new files: producers for these, and entries that name them."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from uuid import uuid4

from lipflap.plugin.timeline.dialect.mlt.media import media_of
from lipflap.plugin.timeline.dialect.mlt.pieces import Piece
from lipflap.plugin.timeline.dialect.mlt.project import SERVICES, MltProject, properties
from lipflap.plugin.timeline.dialect.mlt.time import time_like
from lipflap.plugin.timeline.patch.dubbed_shot import DubbedShot
from lipflap.plugin.timeline.patch.mlt.filters import shift_filters
from lipflap.plugin.timeline.patch.xml_spans import Edits, Element, attribute_text, element_text

# Facts about the old file that programs store in its producer.
_OF_THE_FILE = (
    "_", "meta.", "warp_", "astream", "vstream", "kdenlive:audio_max", "kdenlive:duration",
    "kdenlive:file_", "kdenlive:markers", "kdenlive:maxduration", "kdenlive:originalurl",
    "kdenlive:proxy", "kdenlive:thumb", "kdenlive:zone", "shotcut:hash", "shotcut:markers",
    "shotcut:originalResource", "shotcut:proxy",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class NewClip:
    """A clip of the project and the new file that takes its place.

    piece   the clip as it is read
    producer  id of its producer
    bin_id  number of the file in Kdenlive's bin
    name    of the new file, as an editor sees it
    first   frame of the new file, in frames of the project, that shows at the piece's start
    length  of the new file, in frames of the project
    is_heard  whether it is heard, too, as the old file was
    """

    shot: DubbedShot
    piece: Piece
    producer: str
    bin_id: int
    name: str
    first: int
    length: int
    is_heard: bool = False


def free_prefix(project: MltProject) -> str:
    """Return how new ids begin: as none in the project does, which may be dubbed already."""
    prefix, number = "lipflap_", 1
    while any(identity.startswith(prefix) for identity in project.by_id):
        number += 1
        prefix = f"lipflap_{number}_"
    return prefix


def new_clip(
    project: MltProject,
    shot: DubbedShot,
    piece: Piece,
    body_start: int,
    *,
    producer: str,
    bin_id: int,
    is_heard: bool,
) -> NewClip:
    """Return a clip for a shot; `body_start` is the record frame where its body starts."""
    rate = project.rate
    shown = shot.index_shown / shot.frames.rate * rate
    return NewClip(
        shot=shot,
        piece=piece,
        producer=producer,
        bin_id=bin_id,
        name=f"{shot.name} lipflap",
        first=_nearest(shown, is_own=shot.frames.rate == rate) - (body_start - piece.start),
        length=max(1, round(len(shot.frames) / shot.frames.rate * rate)),
        is_heard=is_heard,
    )


def _nearest(frame: Fraction, *, is_own: bool) -> int:
    """Return the frame that shows; of media at another rate the nearest one."""
    return int(frame) if is_own else round(frame)


def producer_markup(project: MltProject, clip: NewClip) -> str:
    """Return a producer for the new file, like that of the old one."""
    old = clip.piece.service
    assert old is not None
    edits = Edits(project.document, old)
    said = properties(old)
    like = old.attributes.get("out") or said.get("length", "0")
    last = clip.length - 1
    edits.set_attribute(old, "id", clip.producer)
    if "in" in old.attributes:
        edits.set_attribute(old, "in", time_like(0, project.rate, like))
    edits.set_attribute(old, "out", time_like(last, project.rate, like))
    new = _new_properties(project, clip, said)
    for one in old.find_all("property"):
        name = one.attributes.get("name", "")
        if name in new:
            edits.set_text(one, new.pop(name))
        elif name.startswith(_OF_THE_FILE) or name in ("in", "out"):
            edits.replace(one, "")
    if new:
        edits.append(old, "".join(property_markup(name, value) for name, value in new.items()))
    moved = clip.first - clip.piece.first + project.begin_of(old)
    shift_filters(edits, project, old, moved, last)
    return edits.markup()


def _new_properties(project: MltProject, clip: NewClip, said: dict[str, str]) -> dict[str, str]:
    length = said.get("length", "0")
    new = {
        "resource": str(clip.shot.file),
        "length": time_like(clip.length, project.rate, length),
        "mlt_service": said.get("mlt_service", "avformat"),
        "audio_index": _sound_index(project, clip),
        "video_index": "0",
    }
    if clip.shot.filmed is not None:
        new["lipflap:filmed"] = str(clip.shot.filmed)
    if clip.shot.is_sequence:
        new |= {"resource": f"{clip.shot.file}?begin={clip.shot.frames.start}", "ttl": "1"}
        new["mlt_service"] = "qimage"
    elif new["mlt_service"] not in ("avformat", "avformat-novalidate"):
        new["mlt_service"] = "avformat-novalidate"
    optional = {
        "kdenlive:id": str(clip.bin_id),
        "kdenlive:clipname": clip.name,
        "kdenlive:control_uuid": f"{{{uuid4()}}}",
        "shotcut:caption": clip.name,
    }
    if "kdenlive:id" in said:
        optional["kdenlive:clipname"] = said["kdenlive:clipname"] = clip.name
    return new | {name: value for name, value in optional.items() if name in said}


def _sound_index(project: MltProject, clip: NewClip) -> str:
    """Return which stream of the new file is heard: its sound streams follow its picture."""
    return str(1 + (media_of(project, clip.piece.service).stream or 0)) if clip.is_heard else "-1"


def property_markup(name: str, value: str) -> str:
    """Return a property as it is written."""
    return f'<property name="{attribute_text(name)}">{element_text(value)}</property>'


def retarget(
    edits: Edits, project: MltProject, element: Element, clip: NewClip, start: int, count: int
) -> None:
    """Let an entry or a mix's track play the new file from a record frame on."""
    first = clip.first + start - clip.piece.start
    like = element.attributes.get("in") or element.attributes.get("out", "0")
    if element.tag in SERVICES:
        times = (time_like(frame, project.rate, like) for frame in (first, first + count - 1))
        names = ("producer", "in", "out")
        said = zip(names, (clip.producer, *times), strict=True)
        written = " ".join(f'{name}="{attribute_text(value)}"' for name, value in said)
        edits.replace(element, f"<entry {written}/>")
        return
    old_first = project.range_of(element)[0] - project.begin_of(project.service(element))
    edits.set_attribute(element, "producer", clip.producer)
    edits.set_attribute(element, "in", time_like(first, project.rate, like))
    edits.set_attribute(element, "out", time_like(first + count - 1, project.rate, like))
    for one in element.find_all("property"):
        if one.attributes.get("name") == "kdenlive:id":
            edits.set_text(one, str(clip.bin_id))
    shift_filters(edits, project, element, first - old_first, None)


def bin_ids(project: MltProject) -> Iterator[int]:
    """Yield numbers that no clip of Kdenlive's bin has."""
    used = [properties(one).get("kdenlive:id", "") for one in project.by_id.values()]
    number = max((int(one) for one in used if one.isdecimal() and len(one) < 9), default=0)
    while True:
        number += 1
        yield number
