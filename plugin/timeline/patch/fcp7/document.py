"""The clipitems of a Final Cut 7 XML: where they lie, and what their `in` and `out` count.

<start>-1</start>   means: where the transition before it starts; -1 as <end>: where the one
                    after it ends. `in` and `out` belong to these, not to the cut point.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.patch.dubbed_shot import Delivery, DubbedShot
from lipflap.plugin.timeline.patch.xml_spans import Document, Element, parse_xml

_ITEMS = ("clipitem", "generatoritem", "transitionitem")
_NOT_STATED = -1


@dataclass(frozen=True, slots=True)
class Row:
    """The items of a track in order, transitions between them included.

    rate   frames per second of its sequence
    """

    track: Element
    items: tuple[Element, ...]
    rate: Fraction

    def at(self, index: int) -> Element | None:
        """Return an item; None beyond the ends."""
        return self.items[index] if 0 <= index < len(self.items) else None

    def span(self, index: int) -> tuple[int, int]:
        """Return the record frames [start, end) of an item, its transitions included."""
        item = self.items[index]
        start, end = (number_of(item, tag) or 0 for tag in ("start", "end"))
        if start == _NOT_STATED and (before := self.at(index - 1)) is not None:
            start = number_of(before, "start") or 0
        if end == _NOT_STATED and (after := self.at(index + 1)) is not None:
            end = number_of(after, "end") or 0
        return start, end

    def spans(self) -> Iterator[tuple[int, int]]:
        """Yield where the clips and generators lie."""
        for index, item in enumerate(self.items):
            if item.tag != "transitionitem":
                yield self.span(index)

    def cut_point(self, index: int) -> int | None:
        """Return the record frame at which a transition cuts; None for another item."""
        item = self.at(index)
        if item is None or item.tag != "transitionitem":
            return None
        start, end = self.span(index)
        alignment = item.text_of("alignment")
        if alignment.startswith("start"):
            return start
        return end if alignment.startswith("end") else (start + end) // 2

    def clip_rate(self, item: Element) -> Fraction:
        """Return the rate in which an item counts `in` and `out`."""
        return rate_of(item) or self.rate


@dataclass(frozen=True, slots=True)
class Clip:
    """A clipitem of a picture track.

    file                 its <file> element, which may only name one that is defined elsewhere; the
                         <multiclip> of one that shows a camera
    start, end           record frames, transitions included; what `first` and `last` belong to
    cut_start, cut_end   the same without them
    first, last          `in` and `out`, in frames at `rate`
    """

    element: Element
    file: Element
    row: Row
    index: int
    sequence: Element
    start: int
    end: int
    cut_start: int
    cut_end: int
    first: int
    last: int
    rate: Fraction

    @property
    def sequence_rate(self) -> Fraction:
        return self.row.rate

    @property
    def is_multiclip(self) -> bool:
        return self.element.find("multiclip") is not None


@dataclass(slots=True)
class Xmeml:
    """A Final Cut 7 XML."""

    document: Document
    _by_id: dict[str, list[Element]] = field(init=False)
    _files: dict[str, list[Element]] = field(init=False)
    _rows: dict[int, Row] = field(init=False, default_factory=dict)
    _ids: set[str] = field(init=False, default_factory=set)

    def __post_init__(self) -> None:
        self._by_id, self._files = defaultdict(list), defaultdict(list)
        for element in self.document.root.iter():
            identity = element.attributes.get("id", "")
            self._ids.add(identity)
            if element.tag == "clipitem":
                self._by_id[identity].append(element)
            elif element.tag == "file":
                self._files[identity].append(element)

    def new_id(self, wanted: str) -> str:
        """Return an id that nothing in the document has."""
        identity, number = wanted, 1
        while identity in self._ids:
            number += 1
            identity = f"{wanted}-{number}"
        self._ids.add(identity)
        return identity

    def files_named(self, identity: str) -> list[Element]:
        """Return the <file> elements of an id, in the order of the document."""
        return self._files[identity]

    def definition(self, file: Element) -> Element:
        """Return the element that defines a file; itself where nothing does."""
        if file.tag == "multiclip":
            file = self._file_of_camera(file) or file
        named = self._files[file.attributes.get("id", "")]
        return next((one for one in (file, *named) if one.children), file)

    def _file_of_camera(self, multiclip: Element) -> Element | None:
        """Return the first file of the camera that a multiclip shows; None where none is found."""
        for angle in multiclip.find_all("angle"):
            if angle.text_of("activevideoangle").upper() == "TRUE":
                clip = angle.find("clip") or angle
                named = clip.attributes.get("id")
                alike = [one for one in self.document.root.iter("clip") if one.children]
                whole = [one for one in alike if one.attributes.get("id") == named]
                return next((file for one in (clip, *whole) for file in one.iter("file")), None)
        return None

    def row(self, track: Element) -> Row:
        """Return the items of a track."""
        if track.start not in self._rows:
            sequence = track.enclosing("sequence")
            rate = rate_of(sequence) if sequence else None
            items = tuple(child for child in track.children if child.tag in _ITEMS)
            self._rows[track.start] = Row(track, items, rate or Fraction(25))
        return self._rows[track.start]

    def picture_tracks(self, sequence: Element) -> list[Element]:
        """Return the picture tracks of a sequence, lowest first."""
        return list(sequence.find_all("media", "video", "track"))

    def clip_of(self, shot: DubbedShot, rate: Fraction) -> Clip | None:
        """Return the clipitem of a shot; of several with its id the one that lies where it does."""
        clips = [clip for element in self._by_id[shot.element] if (clip := self._clip(element))]
        if len(clips) > 1:
            at = round(shot.record.start * rate)
            clips = [clip for clip in clips if clip.cut_start == at] or clips
        return clips[0] if clips else None

    def _clip(self, element: Element) -> Clip | None:
        track, sequence = element.parent, element.enclosing("sequence")
        file = element.find("file") or element.find("multiclip")
        first, last = number_of(element, "in"), number_of(element, "out")
        if track is None or track.parent is None or track.parent.tag != "video":
            return None
        if sequence is None or file is None or first is None or last is None:
            return None
        row = self.row(track)
        index = row.items.index(element)
        start, end = row.span(index)
        before, after = row.cut_point(index - 1), row.cut_point(index + 1)
        head = number_of(element, "start") == _NOT_STATED and before is not None
        tail = number_of(element, "end") == _NOT_STATED and after is not None
        return Clip(
            element=element,
            file=file,
            row=row,
            index=index,
            sequence=sequence,
            start=start,
            end=end,
            cut_start=before if head and before is not None else start,
            cut_end=after if tail and after is not None else end,
            first=first,
            last=last,
            rate=row.clip_rate(element),
        )

    def main_sequence(self, delivery: Delivery, holding: list[Element]) -> Element:
        """Return the sequence that is dubbed: by its name, else the first with a shot in it.

        Raises DubError when there is none.
        """
        outer = [
            one for one in self.document.root.iter("sequence") if not one.enclosing("clipitem")
        ]
        named = [one for one in outer if delivery.is_for(one.text_of("name"))]
        for sequence in (*(one for one in holding if one in named), *named, *holding, *outer):
            return sequence
        raise DubError(
            "holds no sequence.", where=self.document.name, fix="Export the sequence again."
        )

    def indent_of(self, element: Element) -> str:
        """Return the line break and the space before an element, as it is written."""
        before = self.document.data[: element.start].decode(self.document.encoding, "ignore")
        space = before[len(before.rstrip()) :]
        return "\n" + space.rpartition("\n")[2]


def read_xmeml(data: bytes, path: Path) -> Xmeml:
    """Read a Final Cut 7 XML. Raises DubError when it is none."""
    document = parse_xml(data, str(path))
    if document.root.tag != "xmeml":
        raise DubError(
            f"is no Final Cut 7 XML, but a <{document.root.tag}>.",
            where=str(path),
            fix="Give the dubbed cut the ending .otio with -o.",
        )
    return Xmeml(document)


def number_of(element: Element, tag: str) -> int | None:
    """Return the whole number in a child; None where there is none."""
    try:
        return int(float(element.text_of(tag)))
    except ValueError:
        return None


def subclip_offset(item: Element) -> int:
    """Return the frame of its media at which a subclip begins, from which `in` counts; else 0."""
    info = item.find("subclipinfo")
    return (number_of(info, "startoffset") or 0) if info is not None else 0


def rate_of(element: Element) -> Fraction | None:
    """Return the frames per second in an element's <rate>; None where it has none."""
    base = element.text_of("rate", "timebase")
    if not base.isdecimal() or int(base) == 0:
        return None
    is_ntsc = element.text_of("rate", "ntsc").upper() == "TRUE"
    return Fraction(int(base) * 1000, 1001) if is_ntsc else Fraction(int(base))
