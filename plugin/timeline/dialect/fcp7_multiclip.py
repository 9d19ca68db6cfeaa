"""Multiclips of Final Cut 7 XML: of their cameras the active one plays.

    <clipitem> <in>30 <out>80                     frames of the multiclip
      <multiclip id="m">
        <angle> <activevideoangle>TRUE
          <clip id="cam"> <media><video><track>
            <clipitem> <start>10 <end>500 <in>0 <file>

becomes a clipitem of that file, whose first frame plays at frame 10 of the multiclip:

    <clipitem> <in>20 <out>70 <file>

A later multiclip of the same id says no more than which of its angles are active. Where the camera
cannot be told, the text of the <multiclip> becomes the reason.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Definitions = Mapping[tuple[str, str | None], ET.Element]

_NOT_STATED = -1


@dataclass(frozen=True, slots=True)
class _Piece:
    """A file that a camera recorded, where it lies in the multiclip.

    shift   what is added to a frame of the multiclip to get the frame of the file
    source  the <sourcetrack> of the file, if one is named
    """

    file: ET.Element
    shift: int
    source: ET.Element | None


def play_active_angles(document: ET.Element, defined: Definitions) -> None:
    """Let the clipitems of a document, which changes, show what the active camera recorded.

    defined   the files, clips and multiclips that are written out, by tag and id
    """
    for kind in ("video", "audio"):
        for media in list(document.iter(kind)):
            for item in media.iterfind("./track/clipitem"):
                multiclip = item.find("multiclip")
                if multiclip is not None:
                    _play(item, multiclip, kind, defined)


def _play(item: ET.Element, multiclip: ET.Element, kind: str, defined: Definitions) -> None:
    piece = _recorded(item, multiclip, kind, defined)
    place = list(item).index(multiclip)
    if isinstance(piece, str):
        item[place] = ET.Element("multiclip")
        item[place].text = piece
        return
    item[place] = piece.file
    for own in item.findall("file"):
        if own is not piece.file:
            item.remove(own)
    for tag in ("in", "out"):
        stated = item.find(tag)
        if stated is not None:
            stated.text = str((_number(item, tag) or 0) + piece.shift)
    old = item.find("sourcetrack")
    if piece.source is not None and old is not None:
        item[list(item).index(old)] = piece.source


def _recorded(
    item: ET.Element, multiclip: ET.Element, kind: str, defined: Definitions
) -> _Piece | str:
    """Return what the active camera recorded while a clipitem plays, or why that is not known."""
    angles = multiclip if multiclip.find("angle") is not None else _whole(multiclip, defined)
    active = [one for one in angles.iterfind("angle") if _is_true(one, f"active{kind}angle")]
    if len(active) != 1:
        return f"multiclip that names {'several active cameras' if active else 'no active camera'}"
    clip = active[0].find("clip")
    clip = _whole(clip, defined) if clip is not None else active[0]
    if any(_number(one, ".") for one in clip.iter("mediadelay")):
        return "multiclip whose active camera is delayed in it"
    if any((one.text or "").strip().casefold() == "timeremap" for one in clip.iter("effectid")):
        return "multiclip whose active camera is retimed in it"
    pieces = list(_pieces(item, clip, kind, defined))
    if len(pieces) != 1:
        return "multiclip whose active camera has no one file for all of the clip"
    own = item.find("file")
    if own is not None and (own.get("id") != pieces[0].file.get("id") or pieces[0].shift):
        return "multiclip that names another file than its active camera"
    return pieces[0]


def _pieces(
    item: ET.Element, clip: ET.Element, kind: str, defined: Definitions
) -> Iterator[_Piece]:
    """Yield the files in the clip of a camera that last as long as a clipitem plays."""
    tracks = clip.findall(f"./media/{kind}/track")
    wanted = _number(item, "sourcetrack/trackindex") if kind == "audio" else None
    if wanted and wanted <= len(tracks):
        tracks = [tracks[wanted - 1]]
    found = [one for track in tracks for one in track.iterfind("clipitem")]
    for one in found if tracks else [clip]:
        file = one.find("file")
        start, end = _number(one, "start") or 0, _number(one, "end")
        start, end = max(start, 0), None if end in (None, _NOT_STATED) else end
        first, last = _number(item, "in") or 0, _number(item, "out") or 0
        if file is None or first < start or (end is not None and last > end):
            continue
        if _rate(one) in (None, _rate(item)) or _rate(item) is None:
            recorded_from = max(_number(one, "in") or 0, 0) if one is not clip else 0
            yield _Piece(_whole(file, defined), recorded_from - start, one.find("sourcetrack"))


def _whole(element: ET.Element, defined: Definitions) -> ET.Element:
    """Return an element as it is written out, here or where its id was defined."""
    return element if len(element) else defined.get((element.tag, element.get("id")), element)


def _is_true(element: ET.Element, tag: str) -> bool:
    return element.findtext(tag, "").strip().upper() == "TRUE"


def _number(element: ET.Element, path: str) -> int | None:
    """Return the whole number in a child, or in the element itself at "."; None without one."""
    text = element.text if path == "." else element.findtext(path)
    try:
        return int(float(text or ""))
    except (ValueError, OverflowError):
        return None


def _rate(element: ET.Element) -> tuple[str, str] | None:
    base = element.findtext("rate/timebase", "").strip()
    return (base, element.findtext("rate/ntsc", "FALSE").strip().upper()) if base else None
