"""An FCPXML document: its projects, its resources, and where each element stands."""

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.dialect.fcpxml.timing import (
    Timing,
    conform,
    points_of,
    rate_of,
    time_of,
)
from lipflap.plugin.timeline.item_names import DUB_NAME
from lipflap.plugin.timeline.patch.xml_spans import Element, parse_xml

INSIDE_BUNDLE = "Info.fcpxml"

CONTAINERS = ("clip", "sync-clip", "mc-clip", "ref-clip")
_MAX_VISITS, _VISITS_PER_ELEMENT = 50_000, 20
_CLIPS = (*CONTAINERS, "asset-clip", "video", "audio", "title", "gap")


@dataclass(slots=True)
class _VisitBudget:
    """How many clips may still be looked at: nested compound clips may hold any number."""

    left: int

    def spend(self) -> None:
        """Look at one more. Raises DubError when there are too many."""
        self.left -= 1
        if self.left < 0:
            raise DubError(
                "holds too many clips in its compound clips to be read.",
                fix="Break the compound clips apart, and export the XML again.",
            )


@dataclass(frozen=True, slots=True)
class FcpxDocument:
    """A document as read.

    folder   of a bundle, that its relative paths start from; None for a file of its own
    """

    root: Element
    resources: dict[str, Element]
    paths: dict[int, str]
    folder: Path | None
    visits: _VisitBudget

    def path(self, element: Element) -> str:
        """Return the absolute path of an element, as ElementTree and lxml write it."""
        return self.paths[id(element)]

    def resource(self, element: Element, name: str = "ref") -> Element | None:
        """Return the resource that an element refers to; None when there is none."""
        return self.resources.get(element.attributes.get(name, ""))

    def asset(self, element: Element) -> Element | None:
        """Return the asset that an element plays; None where it plays none."""
        resource = self.resource(element)
        return resource if resource is not None and resource.tag == "asset" else None

    def nested(self, element: Element) -> Element | None:
        """Return the sequence or the multicam that a ref-clip or an mc-clip plays."""
        media = self.resource(element)
        if media is None or media.tag != "media":
            return None
        return media.find("multicam" if element.tag == "mc-clip" else "sequence")

    def rate(self, element: Element | None) -> Fraction | None:
        """Return frames per second of an element's format; None where it has none."""
        return None if element is None else rate_of(self.resource(element, "format"))

    def timing(self, element: Element, at: Fraction, rate: Fraction) -> Timing:
        """Return the timing of a clip that begins `at` a time of its container.

        What it leaves out is that of its asset or its sequence.
        """
        source = self.asset(element)
        begin = "start"
        if source is None:
            source, begin = self.nested(element), "tcStart"
        start = length = Fraction(0)
        if source is not None:
            start, length = time_of(source, begin), time_of(source, "duration")
        self.visits.spend()
        points = points_of(element)
        scale, play = (Fraction(1), Fraction(1)) if points else conform(element, rate)
        return Timing(
            at=at,
            length=time_of(element, "duration", length / scale),
            start=time_of(element, "start", start),
            scale=scale,
            play=play,
            origin=start,
            points=points,
        )


def read_document(path: Path) -> FcpxDocument:
    """Read an .fcpxml file or an .fcpxmld bundle. Raises DubError when it is none."""
    file = path / INSIDE_BUNDLE if path.is_dir() else path
    if not file.is_file():
        raise DubError(
            f"holds no {INSIDE_BUNDLE}, as a bundle of Final Cut Pro does.",
            where=str(path),
            fix="Export the XML again from Final Cut Pro.",
        )
    root = parse_xml(file.read_bytes(), str(path)).root
    if root.tag != "fcpxml":
        raise DubError(
            f"is no FCPXML, but XML of the kind <{root.tag}>.",
            where=str(path),
            fix="Export XML from Final Cut Pro, or rename the file to what it is.",
        )
    resources = {
        resource.attributes["id"]: resource
        for group in root.find_all("resources")
        for resource in group.children
        if "id" in resource.attributes
    }
    paths = {id(root): f"/{root.tag}"}
    _name_children(root, paths)
    visits = _VisitBudget(_MAX_VISITS + _VISITS_PER_ELEMENT * len(paths))
    return FcpxDocument(root, resources, paths, path if path.is_dir() else None, visits)


def _name_children(root: Element, paths: dict[int, str]) -> None:
    """Write down the path of every element; one of several of a tag has its number."""
    pending = [root]
    while pending:
        parent = pending.pop()
        alike: dict[str, list[Element]] = {}
        for child in parent.children:
            alike.setdefault(child.tag, []).append(child)
        for tag, children in alike.items():
            for number, child in enumerate(children, 1):
                step = tag if len(children) == 1 else f"{tag}[{number}]"
                paths[id(child)] = f"{paths[id(parent)]}/{step}"
        pending += parent.children


def chosen(element: Element) -> Element:
    """Return the clip that an audition shows, its first; any other element itself."""
    if element.tag != "audition":
        return element
    return next((child for child in element.children if child.tag in _CLIPS), element)


def filmed_beside(element: Element, shown: Element) -> Element | None:
    """Return the clip of an audition that shows what was filmed, where it shows a new picture.

    None where it shows another, and for an element that is no audition.
    """
    if element.tag != "audition" or not DUB_NAME.fullmatch(shown.attributes.get("name", "")):
        return None
    others = (one for one in element.children if one.tag == shown.tag)
    names = ((one, one.attributes.get("name", "")) for one in others)
    return next((one for one, name in names if not DUB_NAME.fullmatch(name)), None)


def lane_of(element: Element) -> int | None:
    """Return the lane that an element is connected on; None where it is contained, as in lane 0."""
    text = element.attributes.get("lane", "")
    return int(text) or None if re.fullmatch(r"-?\d{1,6}", text) else None


def connected(element: Element) -> list[tuple[Element, int]]:
    """Return what is connected to a clip, with its lane."""
    laned = ((child, lane_of(child)) for child in element.children)
    return [
        (child, lane)
        for child, lane in laned
        if lane is not None and child.tag in (*_CLIPS, "spine", "audition")
    ]


def in_sequence(
    parent: Element, document: FcpxDocument, rate: Fraction, zero: Fraction = Fraction(0)
) -> list[tuple[Element, Fraction]]:
    """Return the clips of a spine, an angle or a clip's content, each with its time there.

    zero   time of the parent's own zero; one that has no offset follows the one before it
    """
    found, end = [], zero
    for child in parent.children:
        if child.tag not in (*_CLIPS, "audition") or lane_of(child) is not None:
            continue
        at = zero + time_of(child, "offset") if "offset" in child.attributes else end
        found.append((child, at))
        end = document.timing(chosen(child), at, rate).end
    return found


def contents(
    element: Element, document: FcpxDocument, rate: Fraction, kind: str
) -> list[tuple[Element, Fraction]]:
    """Return what a container plays, each with its time there; `kind` is video or audio."""
    if element.attributes.get("srcEnable", "all") not in ("all", kind):
        return []
    if element.tag == "ref-clip":
        sequence = document.nested(element)
        return in_spine(sequence, document, rate) if sequence is not None else []
    if element.tag == "mc-clip":
        return [
            item
            for angle in _angles(element, document, kind)
            for item in in_sequence(angle, document, rate)
        ]
    spine = _inner_spine(element)
    if spine is not None:
        return in_sequence(spine, document, rate, time_of(spine, "offset"))
    return in_sequence(element, document, rate)


def storyline_of(element: Element, document: FcpxDocument, kind: str) -> tuple[Element, Fraction]:
    """Return the element that holds what a container plays, and the time its offsets count from."""
    if element.tag == "ref-clip":
        sequence = document.nested(element)
        spine = sequence.find("spine") if sequence is not None else None
        return spine or element, Fraction(0)
    if element.tag == "mc-clip":
        return next(iter(_angles(element, document, kind)), element), Fraction(0)
    spine = _inner_spine(element)
    return (spine, time_of(spine, "offset")) if spine is not None else (element, Fraction(0))


def _inner_spine(element: Element) -> Element | None:
    return next((s for s in element.find_all("spine") if lane_of(s) is None), None)


def in_spine(
    sequence: Element, document: FcpxDocument, rate: Fraction
) -> list[tuple[Element, Fraction]]:
    """Return the clips of a sequence's primary storyline, each with its time in the sequence."""
    spine = sequence.find("spine")
    return in_sequence(spine, document, rate) if spine is not None else []


def _angles(element: Element, document: FcpxDocument, kind: str) -> list[Element]:
    """Return the angles of a multicam clip that are seen, or heard."""
    multicam = document.nested(element)
    angles = list(multicam.find_all("mc-angle")) if multicam is not None else []
    sources = list(element.find_all("mc-source"))
    if not sources:
        return angles[:1]
    active = {
        source.attributes.get("angleID")
        for source in sources
        if source.attributes.get("srcEnable", "all") in ("all", kind)
    }
    return [angle for angle in angles if angle.attributes.get("angleID") in active]
