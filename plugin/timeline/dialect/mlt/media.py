"""The media that a clip of MLT plays: files, image sequences, generators, and their speed."""

import os
import re
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from pathlib import Path, PurePath

import opentimelineio as otio

from lipflap.core.frametime import exact_rate
from lipflap.plugin.timeline.dialect.mlt.project import MltProject, properties
from lipflap.plugin.timeline.dialect.solid_generators import COLOUR
from lipflap.plugin.timeline.otio_time import otio_rate
from lipflap.plugin.timeline.patch.xml_spans import Element

_STILLS = ("qimage", "pixbuf")
_COLOURS = ("color", "colour")
_ALPHA = re.compile(r"0x[0-9a-f]{6}([0-9a-f]{2})|#([0-9a-f]{2})[0-9a-f]{6}", re.IGNORECASE)
_UNEVEN = {"timeremap": "time remapping", "freeze": "freeze"}
_FILM = ("avformat", "avformat-novalidate", "timewarp", "framebuffer")
_SERVICE = re.compile(r"^avformat(?:-novalidate)?:")  # melt takes a file with it before its path
_PROJECTS = ("consumer", "xml", "xml-clip", "xml-nogl")
_COUNTED = re.compile(r"(.*?)%(?:0?(\d{1,3}))?d([^%]*)")
_BEGIN = re.compile(r"[?&]begin[:=](\d{1,9})")


@dataclass(frozen=True, slots=True)
class MltMedia:
    """What a clip plays.

    reference   its file, sequence or generator
    speed       media seconds a second, backwards below 0
    last        number of the last frame of the retimed media, which backwards is the first
    name        of its file or generator
    is_still    whether it is one picture
    uneven      what varies its speed, else empty
    has_sound   whether the project says that it holds sound
    stream      number of its sound stream that is heard, from 0; None where that is not said
    """

    reference: otio.core.MediaReference
    speed: Fraction = Fraction(1)
    last: int = 0
    name: str = ""
    is_still: bool = False
    uneven: str = ""
    has_sound: bool = False
    stream: int | None = None


def media_of(project: MltProject, service: Element | None) -> MltMedia:
    """Return the media of a producer or chain; none where the document lacks it."""
    if service is None:
        return MltMedia(otio.schema.MissingReference())
    said = properties(service)
    kind = said.get("mlt_service", "").removeprefix("movit.")
    if kind in _STILLS:
        return _still(project, said)
    if kind not in ("", *_FILM, *_PROJECTS) or not said.get("resource"):
        reference = otio.schema.GeneratorReference(name=kind, generator_kind=kind)
        if kind in _COLOURS:
            reference.parameters[COLOUR] = [0.0, 0.0, 0.0, _opacity(said.get("resource", ""))]
        return MltMedia(reference, name=said.get("kdenlive:clipname") or kind)
    return _film(project, service, said, kind)


def _opacity(colour: str) -> float:
    """Return the opacity of a colour: 0xRRGGBBAA, the same as a number, #AARRGGBB, or a name."""
    found = _ALPHA.fullmatch(colour.strip())
    if found:
        return int(found[1] or found[2], 16) / 255
    return int(colour) % 256 / 255 if colour.strip().isdecimal() else 1.0


def _film(project: MltProject, service: Element, said: dict[str, str], kind: str) -> MltMedia:
    file, speed = _file_and_speed(said, kind)
    length = project.frames(said["length"]) if said.get("length") else 0
    return MltMedia(
        reference=otio.schema.ExternalReference(
            media_url(project, file), _available(said, length * abs(speed), project.rate)
        ),
        speed=speed,
        last=project.frames(service.attributes.get("out") or str(length - 1)),
        name=PurePath(file.replace("\\", "/")).stem,
        uneven=uneven_speed(service),
        has_sound=said.get("audio_index", "-1") != "-1" and said.get("set.test_audio") != "1",
        stream=_sound_stream(said),
    )


def _sound_stream(said: dict[str, str]) -> int | None:
    """Return which sound stream is heard: MLT counts pictures too, unless it says `astream`."""
    if said.get("astream", "").isdecimal():
        return int(said["astream"])
    index = said.get("audio_index", "")
    kinds = (
        [said.get(f"meta.media.{n}.stream.type") for n in range(min(int(index), 999) + 1)]
        if (index.isdecimal())
        else []
    )
    return kinds[:-1].count("audio") if kinds and kinds[-1] == "audio" else None


def _file_and_speed(said: dict[str, str], kind: str) -> tuple[str, Fraction]:
    """Return the original file, not its proxy, and the speed at which it plays."""
    resource, speed = said["resource"], Fraction(1)
    if kind == "timewarp":
        number, _, rest = resource.partition(":")
        speed = _number(said.get("warp_speed") or number)
        resource = said.get("warp_resource") or rest
    elif kind == "framebuffer":  # how Kdenlive changed speeds before 2018
        resource, _, number = resource.partition("?")
        speed = _number(number)
    original = said.get("kdenlive:originalurl") or said.get("shotcut:originalResource")
    is_proxy = said.get("kdenlive:proxy", "-") not in ("", "-") or "shotcut:proxy" in said
    file = original if original and is_proxy else resource
    return _SERVICE.sub("", file), speed


def _number(text: str) -> Fraction:
    """Return a speed; 1 for what is none, as MLT has it."""
    try:
        speed = float(text.replace(",", "."))
    except ValueError:
        return Fraction(1)
    return Fraction(speed).limit_denominator(100_000) if speed and isfinite(speed) else Fraction(1)


def uneven_speed(played: Element) -> str:
    """Return the name of what varies the speed of a chain or an entry: a remap, a freeze."""
    said = map(properties, (*played.find_all("link"), *played.find_all("filter")))
    kinds = [one.get("mlt_service", "") for one in said if one.get("disable") != "1"]
    return next((_UNEVEN[kind] for kind in kinds if kind in _UNEVEN), "")


def _available(
    said: dict[str, str], length: Fraction, rate: Fraction
) -> otio.opentime.TimeRange | None:
    """Return the media's frames, from 0: MLT counts from the first picture, at the media's rate."""
    if length <= 0:
        return None
    written = [said.get(f"meta.media.frame_rate_{one}", "") for one in ("num", "den")]
    if all(re.fullmatch("[1-9][0-9]{0,8}", one) for one in written):
        own = exact_rate(int(written[0]) / int(written[1]))
        if own < 1000 and said.get("video_index", "0") != "-1":
            length, rate = length * own / rate, own
    start = otio.opentime.RationalTime(0, otio_rate(rate))
    return otio.opentime.TimeRange(
        start, otio.opentime.RationalTime(round(length), otio_rate(rate))
    )


def _still(project: MltProject, said: dict[str, str]) -> MltMedia:
    resource = said.get("resource", "")
    file = resource.partition("?")[0]
    name = PurePath(file.replace("\\", "/")).name
    counted = _COUNTED.fullmatch(name)
    if "/.all." in file or (counted and said.get("ttl", "1") != "1"):
        reference = otio.schema.GeneratorReference(name="slideshow", generator_kind="slideshow")
        return MltMedia(reference, name="slideshow")
    if not counted:
        stem = PurePath(name).stem
        return MltMedia(
            otio.schema.ExternalReference(media_url(project, file)), name=stem, is_still=True
        )
    begin = _BEGIN.search(resource)
    first = int(begin[1]) if begin else _first_number(project, file)
    length = project.frames(said["length"]) if said.get("length") else 0
    return MltMedia(
        otio.schema.ImageSequenceReference(
            target_url_base=media_url(project, file[: -len(name)]),
            name_prefix=counted[1],
            name_suffix=counted[3],
            start_frame=first,
            frame_step=1,
            rate=otio_rate(project.rate),
            frame_zero_padding=int(counted[2] or 0),
            available_range=_available({}, Fraction(length), project.rate),
        ),
        name=counted[1].rstrip("._-") or name,
    )


def _first_number(project: MltProject, pattern: str) -> int:
    """Return the number of a sequence's first file on disk, as MLT looks for it; 0 for none."""
    folder, _, name = _local(project, pattern).rpartition("/")
    counted = _COUNTED.fullmatch(name)
    if counted is None or not os.path.isdir(folder):
        return 0
    shape = re.compile(re.escape(counted[1]) + r"(\d+)" + re.escape(counted[3]))
    found = (shape.fullmatch(one) for one in os.listdir(folder))
    return min((int(one[1]) for one in found if one), default=0)


def media_url(project: MltProject, resource: str) -> str:
    """Return the URL of a file named in the project; relative to the cut where it moved with it."""
    path = _local(project, resource)
    if not path.startswith("/") or path.startswith("//"):
        return path
    return Path(path).as_uri() + ("/" if path.endswith("/") else "")


def _local(project: MltProject, resource: str) -> str:
    """Return a path as it leads to a file from the project's root folder, else as it is written."""
    root = project.document.root.attributes.get("root", "")
    if resource.startswith("/") or re.match(r"[A-Za-z]:[\\/]|\\\\", resource):
        return resource
    from_root = f"{root.rstrip('/')}/{resource}"
    return from_root if root.startswith("/") and os.path.exists(from_root) else resource
