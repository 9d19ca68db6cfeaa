"""An FCPXML document for writing: hosts of new clips, their local time, and its resources."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.dialect.fcpxml.timing import conform, rate_of, time_of
from lipflap.plugin.timeline.patch.dubbed_shot import Delivery
from lipflap.plugin.timeline.patch.xml_spans import Document, Edits, Element, parse_xml

_FIRST = {"param", "text", "text-style-def"}  # of generators and titles
_FIRST |= {"note", "conform-rate", "timeMap", "object-tracker", "mc-source"}
_CONTENT = {"video", "audio", "spine", "clip", "asset-clip", "ref-clip", "sync-clip", "mc-clip"}
_CONTENT |= {"title", "gap", "audition", "caption"}
_IN_STORYLINE = _CONTENT | {"transition"}


@dataclass(frozen=True, slots=True)
class Host:
    """A clip that a new picture stands for.

    element   it
    item      it, or the audition that it is chosen in: what lies in the storyline
    start     its local time at its start
    scale     local seconds a second of its container; not 1 where its rate is conformed
    play      seconds of its media a local second
    """

    element: Element
    item: Element
    start: Fraction
    scale: Fraction
    play: Fraction

    @property
    def lane(self) -> int:
        """Return the lane that it lies on; 0 in the primary storyline."""
        holder = self.item.parent
        own = lane_of(self.item)
        return own if own or holder is None else lane_of(holder)


@dataclass(slots=True)
class Fcpx:
    """A document of Final Cut Pro."""

    document: Document
    _resources: dict[str, Element] = field(init=False, default_factory=dict)
    _connected: dict[int, tuple[Element, list[str]]] = field(init=False, default_factory=dict)
    _beside: dict[int, dict[int, tuple[Element | None, Element | None]]] = field(
        init=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        for group in self.document.root.find_all("resources"):
            for resource in group.children:
                if "id" in resource.attributes:
                    self._resources[resource.attributes["id"]] = resource

    @property
    def version(self) -> tuple[int, ...]:
        text = self.document.root.attributes.get("version", "1.9")
        return tuple(int(part) for part in text.split(".") if part.isdecimal()) or (1, 9)

    def new_id(self, wanted: str) -> str:
        """Return an id that no resource has."""
        identity, number = wanted, 1
        while identity in self._resources:
            number += 1
            identity = f"{wanted}-{number}"
        self._resources[identity] = self.document.root
        return identity

    def asset_of(self, element: Element) -> Element | None:
        """Return the asset that a clip plays, itself or in what it holds; None for none."""
        for one in element.iter("asset-clip", "video"):
            if one is element or "lane" not in one.attributes:
                resource = self._resources.get(one.attributes.get("ref", ""))
                if resource is not None and resource.tag == "asset":
                    return resource
        return None

    def rate_in(self, element: Element) -> Fraction | None:
        """Return frames per second of the sequence that encloses an element."""
        sequence = element.enclosing("sequence")
        return rate_of(self._format(sequence)) if sequence is not None else None

    def _format(self, element: Element) -> Element | None:
        return self._resources.get(element.attributes.get("format", ""))

    def format_of(self, host: Host, is_baked: bool) -> str:
        """Return the format of a new file: its asset's, of a baked one that of the sequence."""
        sequence = host.element.enclosing("sequence")
        asset = None if is_baked else self.asset_of(host.element)
        holder = asset if asset is not None else sequence
        return holder.attributes.get("format", "") if holder is not None else ""

    def host(self, element: Element) -> Host:
        """Return a clip as the host of a new picture."""
        parent = element.parent
        item = parent if parent is not None and parent.tag == "audition" else element
        rate = self.rate_in(element)
        is_mapped = element.find("timeMap") is not None
        scale, play = (
            (Fraction(1), Fraction(1)) if rate is None or is_mapped else conform(element, rate)
        )
        return Host(element, item, self.local_start(element), scale, play)

    def beside(self, item: Element, side: int) -> Element | None:
        """Return what stands before (-1) or after (1) an item of a storyline: item or transition.

        Each storyline is gone through once.
        """
        holder = item.parent
        if holder is None:
            return None
        if holder.start not in self._beside:
            row = [one for one in holder.children if one.tag in _IN_STORYLINE]
            sides = zip(row, [None, *row], [*row[1:], None], strict=False)
            self._beside[holder.start] = {id(one): (left, right) for one, left, right in sides}
        return self._beside[holder.start].get(id(item), (None, None))[side > 0]

    def mixes(self, host: Host, seconds: Fraction) -> tuple[Fraction, Fraction]:
        """Return how many seconds of a clip the transitions at its start and its end take.

        seconds   how long it lasts
        """
        before, after = self.beside(host.item, -1), self.beside(host.item, 1)
        begin = time_of(host.item, "offset")
        head = tail = Fraction(0)
        if before is not None and before.tag == "transition":
            end = time_of(before, "offset") + time_of(before, "duration")
            head = max(head, end - begin)
        if after is not None and after.tag == "transition":
            tail = max(tail, begin + seconds - time_of(after, "offset"))
        return head, tail

    def local_start(self, element: Element) -> Fraction:
        """Return a clip's local time at its start: its own, else where what it plays starts."""
        resource = self._resources.get(element.attributes.get("ref", ""))
        default = Fraction(0)
        if resource is not None and resource.tag == "asset" and element.tag == "asset-clip":
            default = time_of(resource, "start")
        elif resource is not None and resource.tag == "media":
            inner = resource.find("sequence") or resource.find("multicam")
            default = time_of(inner, "tcStart") if inner is not None else default
        return time_of(element, "start", default)

    def connect(self, host: Element, markup: str) -> None:
        """Connect a clip to a host; `insert` then puts all of them into the document."""
        self._connected.setdefault(host.start, (host, []))[1].append(markup)

    def take_connected(self, host: Element) -> str:
        """Return what was connected to a host, which then goes elsewhere."""
        return "".join(self._connected.pop(host.start, (host, []))[1])

    def insert(self, edits: Edits, resources: list[str]) -> None:
        """Insert what was connected, and resources. Raises DubError when these have no place."""
        for host, clips in self._connected.values():
            _insert_connected(edits, host, "".join(clips))
        group = self.document.root.find("resources")
        if group is None:
            raise DubError(
                "holds no resources.", where=self.document.name, fix="Export the XML again."
            )
        if resources:
            edits.append(group, "".join(resources))

    def project_of(self, delivery: Delivery, hosts: list[Element]) -> Element:
        """Return the project that is dubbed: by its name, else the first that holds a shot.

        Raises DubError when there is none.
        """
        projects = list(self.document.root.iter("project"))
        named = [p for p in projects if delivery.is_for(p.attributes.get("name", ""))]
        holding = [p for host in hosts if (p := host.enclosing("project")) is not None]
        for project in (*(one for one in holding if one in named), *named, *holding, *projects):
            return project
        raise DubError(
            "holds no project.",
            where=self.document.name,
            fix="Select the project in Final Cut Pro, and export XML of it.",
        )


def read_fcpx(data: bytes, path: Path) -> Fcpx:
    """Read an FCPXML. Raises DubError when it is none, or older than version 1.5."""
    document = parse_xml(data, str(path))
    if document.root.tag != "fcpxml":
        raise DubError(
            f"is no FCPXML, but XML of the kind <{document.root.tag}>.",
            where=str(path),
            fix="Export XML from Final Cut Pro.",
        )
    fcpx = Fcpx(document)
    if fcpx.version < (1, 5):
        raise DubError(
            "is an FCPXML older than version 1.5, which has no clips that could be connected.",
            where=str(path),
            fix="Export it again from Final Cut Pro, or give the dubbed cut the ending .otio.",
        )
    return fcpx


def fcpx_time(seconds: Fraction) -> str:
    """Return seconds as FCPXML writes them: 5s, 1001/24000s."""
    if seconds.denominator == 1:
        return f"{seconds.numerator}s"
    return f"{seconds.numerator}/{seconds.denominator}s"


def lane_of(element: Element) -> int:
    """Return the lane in an element's attributes; 0 without one."""
    text = element.attributes.get("lane", "")
    return int(text) if text.removeprefix("-").isdecimal() else 0


def lanes_of(sequence: Element) -> Iterator[tuple[Element, int]]:
    """Yield what is connected to the clips of a sequence's storyline, each with its lane."""
    spine = sequence.find("spine")
    for item in spine.children if spine is not None else ():
        for host in item.children if item.tag == "audition" else (item,):
            for child in host.children:
                if "lane" in child.attributes:
                    yield child, lane_of(child)


def stands_before_connected(child: Element) -> bool:
    """Return whether a child of a clip stands before what is connected to the clip."""
    return child.tag in _FIRST or child.tag.startswith("adjust-")


def _insert_connected(edits: Edits, host: Element, markup: str) -> None:
    """Insert connected clips into a host, where the order of its children wants them."""
    last = None
    holds_clips = host.tag in ("clip", "sync-clip")
    for child in host.children:
        is_content = holds_clips and child.tag in _CONTENT and "lane" not in child.attributes
        if stands_before_connected(child) or is_content:
            last = child
    if last is not None:
        edits.insert_after(last, markup)
    elif host.children:
        edits.insert_before(host.children[0], markup)
    else:
        edits.append(host, markup)
