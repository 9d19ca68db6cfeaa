"""Describe a picture or sound file, without decoding more than its first picture."""

import os
import struct
from contextlib import suppress
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from av.container import InputContainer
from av.sidedata.sidedata import SideData
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from lipflap.core.errors import DubError, MediaBroken, MediaMissing
from lipflap.core.files.hole_policy import HolePolicy
from lipflap.core.files.sequence import is_sequence, numbers_on_disk, sequence_file
from lipflap.core.frametime import exact_rate
from lipflap.core.media.container import check_readable, open_input, picture_stream
from lipflap.core.media.frame_index import frame_index
from lipflap.core.media.pixels.colour_tags import (
    FIELD_ORDERS,
    PROGRESSIVE,
    TOP_FIRST,
    UNKNOWN,
    colour_tags,
    container_tags,
)
from lipflap.core.media.pixels.colour_tags import ColourTags as ColourTags
from lipflap.core.media.pixels.exr_colour import exr_colour
from lipflap.core.media.pixels.hdr_metadata import NO_HDR, HdrMetadata, hdr_metadata
from lipflap.core.media.pixels.pixel_format import PixelLayout, pixel_layout
from lipflap.core.media.sound.heard_sound import heard_format
from lipflap.core.playback import PLAIN, Playback
from lipflap.core.timecode import format_timecode, is_drop_frame_rate, parse_timecode

_DNXHD_ID = slice(0x28, 0x2C)  # SMPTE ST 2019-1, picture header: compression identifier


@dataclass(frozen=True, slots=True)
class Scan:
    """The scan order, sample shape and rotation of a picture.

    field_order    "prog", "tff" or "bff": progressive, or which field was exposed first; where
                   the file does not state it: top first if its first picture is interlaced
    sample_aspect  width of a sample by its height
    rotation_deg   0, 90, 180 or 270: how far stored pictures are turned counter-clockwise to
                   stand upright. All other fields describe upright pictures.
    """

    field_order: str
    sample_aspect: Fraction
    rotation_deg: int

    @property
    def is_interlaced(self) -> bool:
        return self.field_order != PROGRESSIVE


@dataclass(frozen=True, slots=True)
class Coding:
    """Details of the codec, timecode and reel that a new file must keep.

    profile       of the codec: "apch" (ProRes), "1272" (compression id of DNxHD, DNxHR) or ""
    drop_frame    whether the start timecode counts drop-frame
    reel          name of the reel that the timecode counts on; empty where the file names none
    has_timecode  whether there is a start timecode
    """

    profile: str
    drop_frame: bool
    reel: str = ""
    has_timecode: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaInfo:
    """Facts about a movie, or about the files of an image sequence.

    path          a movie, or a %0Nd pattern
    first_file    number of a sequence's first file; None for a movie
    codec         ffmpeg's name: "prores", "h264", "png"…
    pixel_format  ffmpeg's name, as stored; frames are in its planar equivalent
    width, height of the upright picture, in samples
    rate          frames per second; of a sequence as its files state, else 25: the cut decides
    frame_count   frames at `rate`, including those held in a file with a variable rate
    first_frame   number of the first frame: the start timecode as a frame number, 0 without one;
                  for a sequence without timecode the number of its first file
    timecode      of the first frame as a sequence's file writes it; empty for a movie, or without
    exr_colour    attributes of an EXR file that say which colours its numbers are, as it has them
    """

    path: str
    first_file: int | None
    codec: str
    pixel_format: str
    width: int
    height: int
    rate: Fraction
    frame_count: int
    first_frame: int
    colour: ColourTags
    scan: Scan
    coding: Coding
    hdr: HdrMetadata = NO_HDR
    timecode: str = ""
    exr_colour: bytes = b""
    holes: HolePolicy = HolePolicy.ERROR

    def frame_name(self, frame: int) -> str:
        """Return a frame's timecode, or in an image sequence the number of its file."""
        if self.first_file is not None:
            return str(self.first_file + frame)
        drop = self.coding.drop_frame and is_drop_frame_rate(self.rate)
        return format_timecode(self.first_frame + frame, self.rate, drop=drop)


@dataclass(frozen=True, slots=True)
class SoundInfo:
    """Facts about the sound of a file; sample 0 sounds with the first picture."""

    path: str
    sample_rate_hz: int
    sample_count: int
    channels: int


def probe(
    path: str, first_file: int | None = None, holes: HolePolicy = HolePolicy.ERROR
) -> MediaInfo:
    """Return the facts about a movie, or about an image sequence from its file `first_file` on.

    holes   what its frames show where a file of a sequence is missing

    Decodes one picture; reads at most the packets of the rest. What is known of a movie is kept
    while the file does not change.
    Raises MediaMissing, MediaBroken.
    """
    if not is_sequence(path):
        check_readable(path)
        facts = os.stat(path)
        return _probe_movie(path, facts.st_size, facts.st_mtime_ns)
    return replace(_probe_sequence(path, first_file), holes=holes)


def probe_sound(path: str, playback: Playback = PLAIN) -> SoundInfo:
    """Return the facts about the sound of a sound or movie file, as it is heard.

    `sample_count` is what `decode.samples` delivers: without encoder priming, and with silence
    before a track that starts after the first picture.
    Raises MediaMissing, and MediaBroken also for a channel that the file does not have.
    """
    rate_hz, count, channels = heard_format(path, playback)
    return SoundInfo(path, rate_hz, count, channels)


@lru_cache(maxsize=64)
def _probe_movie(path: str, _size: int, _mtime_ns: int) -> MediaInfo:
    index = frame_index(path)
    info, tags = _first_picture(path)
    first_frame, coding = 0, replace(info.coding, reel=tags.get("reel_name", ""))
    if timecode := tags.get("timecode"):
        try:
            first_frame, coding = _start_timecode(timecode, path, index.rate, coding)
        except MediaBroken:
            if len(index.frame_to_picture) > 1:  # the rate of a still means nothing
                raise
    return replace(
        info,
        rate=index.rate,
        frame_count=len(index.frame_to_picture),
        first_frame=first_frame,
        coding=coding,
    )


def at_rate(info: MediaInfo, rate: Fraction) -> MediaInfo:
    """Return the facts about a sequence as its cut plays it; those about a movie as they are.

    Few image files state their rate, by which the timecode in them is counted.
    Raises MediaBroken when there is no such timecode at this rate.
    """
    if info.first_file is None:
        return info
    if not info.timecode:
        return replace(info, rate=rate)
    first_frame, coding = _start_timecode(info.timecode, info.path, rate, info.coding)
    return replace(info, rate=rate, first_frame=first_frame, coding=coding)


def _probe_sequence(pattern: str, first_file: int | None) -> MediaInfo:
    numbers = numbers_on_disk(pattern)
    first = numbers[0] if first_file is None else first_file
    there = next((number for number in numbers if number >= first), None)
    if there is None:
        raise MediaMissing(
            f"is missing: the numbers of this image sequence end at {numbers[-1]}.",
            where=str(sequence_file(pattern, first)),
            fix="Relink the shot to the sequence that holds it, or render the missing frames.",
        )
    file = str(sequence_file(pattern, there))
    info, tags = _first_picture(file)
    sequence = replace(
        info,
        path=pattern,
        first_file=first,
        frame_count=numbers[-1] - first + 1,
        first_frame=first,
        timecode=tags.get("timecode", "") if there == first else "",
        coding=replace(info.coding, reel=tags.get("reel_name", "")),
    )
    with suppress(MediaBroken):  # of a rate that the file does not state: the cut decides
        return at_rate(sequence, info.rate)
    return sequence


def _first_picture(path: str) -> tuple[MediaInfo, dict[str, str]]:
    """Return the facts that the first picture of a file gives, as if it were the only one; tags."""
    with open_input(path) as container:
        stream = picture_stream(container, path)
        of_container = container_tags(stream)
        profile = _codec_profile(container, stream)
        picture = next(container.decode(stream), None)
        if picture is None:
            raise MediaBroken(
                f"its first frame cannot be decoded ({stream.codec_context.name}).",
                where=path,
                fix="Copy or transcode it again.",
            )
        return _facts_of(stream, picture, path, of_container, profile), _tags(
            container, stream, picture
        )


def _facts_of(
    stream: VideoStream, picture: VideoFrame, path: str, of_container: ColourTags, profile: str
) -> MediaInfo:
    """Return the facts that a picture of a file gives, as if it were the only one."""
    scan = _scan(stream, picture, path)
    turned = scan.rotation_deg in (90, 270)
    sizes = (picture.height, picture.width) if turned else (picture.width, picture.height)
    layout = _layout_of(picture, path)
    return MediaInfo(
        path=path,
        first_file=None,
        codec=stream.codec_context.codec.canonical_name,
        pixel_format=picture.format.name,
        width=sizes[0],
        height=sizes[1],
        rate=_stated_rate(stream),
        frame_count=1,
        first_frame=0,
        colour=_colour(picture, layout, of_container, stream.codec_context.name),
        scan=scan,
        coding=Coding(profile, drop_frame=False),
        hdr=hdr_metadata(picture),
        exr_colour=exr_colour(Path(path)) if stream.codec_context.name == "exr" else b"",
    )


def _stated_rate(stream: VideoStream) -> Fraction:
    """Return the rate of a decoded stream; of a still the one in its header, where it has one."""
    in_header = stream.codec_context.framerate
    if in_header and in_header > 0:
        return exact_rate(float(in_header))
    return Fraction(stream.average_rate or 25)


def _colour(
    picture: VideoFrame, layout: PixelLayout, of_container: ColourTags, codec: str
) -> ColourTags:
    """Return the colour tags of a picture.

    DNx writes the matrix of HD where its encoder was told none: what the file says outranks it.
    """
    tags = colour_tags(picture, layout, of_container)
    if codec != "dnxhd" or layout.is_rgb or of_container.matrix in (UNKNOWN, "gbr"):
        return tags
    return replace(tags, matrix=of_container.matrix)


def _layout_of(picture: VideoFrame, path: str) -> PixelLayout:
    try:
        return pixel_layout(picture.format.name)
    except MediaBroken as problem:
        raise MediaBroken(problem.problem, where=path, fix=problem.fix) from problem


def _codec_profile(container: InputContainer, stream: VideoStream) -> str:
    codec = stream.codec_context
    if codec.name == "prores":
        return str(codec.codec_tag)
    if codec.name != "dnxhd":
        return ""
    packet = next(packet for packet in container.demux(stream) if packet.size)
    container.seek(packet.pts or 0, stream=stream)
    return str(int.from_bytes(bytes(packet)[_DNXHD_ID], "big"))


def _scan(stream: VideoStream, picture: VideoFrame, path: str) -> Scan:
    first = TOP_FIRST if picture.interlaced_frame else PROGRESSIVE
    order = FIELD_ORDERS.get(stream.codec_context.field_order, first)
    aspect = Fraction(stream.sample_aspect_ratio or 1)
    rotation_deg = _rotation_deg(picture, path)
    if rotation_deg in (90, 270) and aspect:
        aspect = 1 / aspect
    return Scan(order, aspect or Fraction(1), rotation_deg)


def _rotation_deg(picture: VideoFrame, path: str) -> int:
    """Return the counter-clockwise turn. Raises MediaBroken for mirrored and skewed pictures."""
    try:
        matrix = picture.side_data.get("DISPLAYMATRIX")
    except ValueError:  # PyAV knows no name for newer side data, such as Exif in TIFF
        return picture.rotation % 360
    if not isinstance(matrix, SideData):
        return 0
    a, b, _, c, d = struct.unpack("=5i", bytes(matrix)[:20])
    turns = {(1, 0, 0, 1): 0, (0, -1, 1, 0): 90, (-1, 0, 0, -1): 180, (0, 1, -1, 0): 270}
    signs = tuple((value > 0) - (value < 0) for value in (a, b, c, d))
    if signs not in turns:
        raise MediaBroken(
            "has a display matrix that mirrors or skews it, which is not supported.",
            where=path,
            fix="Transcode it as it looks in a player.",
        )
    return turns[signs]


def _tags(container: InputContainer, stream: VideoStream, picture: VideoFrame) -> dict[str, str]:
    """Return the tags of a file by lower-case name; those of the picture come before all others."""
    metadata = [stream.metadata, *(data.metadata for data in container.streams.data)]
    metadata.append(container.metadata)
    if container.format.name.endswith(("_pipe", "image2")):
        metadata.append(picture.metadata)
    named = ((key.lower(), value) for tags in reversed(metadata) for key, value in tags.items())
    return dict(named)


def _start_timecode(text: str, path: str, rate: Fraction, coding: Coding) -> tuple[int, Coding]:
    """Return a start timecode as a frame number, and the coding with how it counts."""
    drop = not text.rstrip("0123456789").endswith(":")
    try:
        return parse_timecode(text, rate), replace(coding, drop_frame=drop, has_timecode=True)
    except DubError as problem:
        raise MediaBroken(
            f"its start timecode {text} does not exist at {float(rate):.6g} frames per second.",
            where=path,
            fix="Correct it in your editing program and export the file again.",
        ) from problem
