"""A project of MLT as Kdenlive, Shotcut and others write it: its sequences, tracks and names.

<mlt>
  <profile/>                    rate and size
  <chain id="chain0"/>          a file, generator or retimed file; also <producer>
  <playlist id="playlist0">     entries and blanks
  <tractor id="tractor0">       Kdenlive: one track of two playlists, which take turns where
    <track/> <track/>           clips mix
  <tractor id="tractor1">       a sequence: a track each for tractors or playlists
    <track/> <transition/>
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import NoReturn

from lipflap.core.errors import DubError
from lipflap.core.frametime import exact_rate
from lipflap.plugin.timeline.dialect.mlt.time import frames_of
from lipflap.plugin.timeline.patch.xml_spans import Document, Element, parse_xml, paths_of

SERVICES = ("producer", "chain", "playlist", "tractor")
_KDENLIVE_TRACK = ("audio_track", "trackheight", "timeline_active", "track_name", "collapsed")


def properties(element: Element) -> dict[str, str]:
    """Return the properties of an element, the first of each name."""
    found: dict[str, str] = {}
    for one in element.find_all("property"):
        found.setdefault(one.attributes.get("name", ""), one.text.strip())
    return found


@dataclass(frozen=True, slots=True)
class MltTrack:
    """A track of a sequence.

    index      among all tracks of the sequence, from the lowest
    element    the sequence's <track>
    service    what it plays: a playlist, a tractor of playlists, or anything else
    playlists  whose clips it plays; two where clips mix
    name       as the editor sees it, may be empty
    is_sound   whether it holds sound alone
    hides      what is switched off of it: "video" and "audio"
    """

    index: int
    element: Element
    service: Element
    playlists: tuple[Element, ...]
    name: str
    is_sound: bool
    hides: frozenset[str]


@dataclass(frozen=True, slots=True)
class MltProject:
    """The elements of a project, by their ids, and its profile: frames a second, pixels."""

    document: Document
    rate: Fraction
    width: int
    height: int
    by_id: dict[str, Element]
    paths: dict[int, str]

    def path_of(self, element: Element) -> str:
        """Return the element's place in the document, such as /mlt/playlist[2]/entry."""
        return self.paths[id(element)]

    def service(self, element: Element) -> Element | None:
        """Return what an entry or a track plays; None where the document lacks it.

        A service that stands where an entry could plays itself.
        """
        if element.tag in SERVICES:
            return element
        inside = next((one for one in element.children if one.tag in SERVICES), None)
        return inside or self.by_id.get(element.attributes.get("producer", ""))

    def frames(self, text: str) -> int:
        """Return a time of this project in frames."""
        return frames_of(text, self.rate, self.document.name)

    def begin_of(self, service: Element | None) -> int:
        """Return the frame of its media with which a service begins.

        What plays it counts its frames from there; a tractor begins with its first frame.
        """
        if service is None or service.tag == "tractor":
            return 0
        said = service.attributes.get("in") or properties(service).get("in") or "0"
        return self.frames(said)

    def end_of(self, service: Element | None) -> int | None:
        """Return the frame of its media before which a service ends; None where it does not say."""
        if service is None:
            return None
        last = service.attributes.get("out") or properties(service).get("out")
        return self.frames(last) + 1 if last else None

    def range_of(self, element: Element) -> tuple[int, int]:
        """Return the first frame that an entry or track plays of its service, and how many.

        It is counted in the media, wherever the service begins. Raises DubError when it is unknown.
        """
        service = self.service(element)
        said = element.attributes if element is not service else {}
        begin, end, length = self.begin_of(service), self.end_of(service), self._length(service)
        if not said.get("in") and not said.get("out"):
            ends = [one for one in (end, length) if one is not None]
            return begin, max(0, min(ends) - begin) if ends else self._refuse_length(element)
        first = max(0, self.frames(said.get("in") or "0"))
        last = self.frames(said.get("out") or "-1")
        if length is not None:  # MLT keeps both within the media, and swaps them where they cross
            first = min(first, length - 1)
            last = min(last, length - 1) if last >= 0 else length - 1
        elif last < 0:
            last = end - begin - 1 if end is not None else self._refuse_length(element)
        first, last = sorted((first, last))
        return begin + first, last + 1 - first

    def _length(self, service: Element | None) -> int | None:
        """Return the frames of a service's media, where the document says so."""
        said = properties(service).get("length") if service is not None else None
        return max(1, self.frames(said)) if said else None

    def _refuse_length(self, element: Element) -> NoReturn:
        raise DubError(
            f"has a clip of unknown length: {self.path_of(element)}.",
            where=self.document.name,
            fix="Save the project again in the program it comes from.",
        )


def read_project(data: bytes, name: str) -> MltProject:
    """Return the elements of a project. Raises DubError, naming the file, when it is none."""
    document = parse_xml(data, name)
    root = document.root
    if root.tag != "mlt":
        raise DubError(
            f"is no MLT project, but <{root.tag}>.",
            where=name,
            fix="Save the project again in the program it comes from.",
        )
    profile = root.find("profile")
    said = profile.attributes if profile is not None else {}
    return MltProject(
        document=document,
        rate=_rate(said, name),
        width=_pixels(said.get("width", ""), 720),
        height=_pixels(said.get("height", ""), 576),
        by_id={one.attributes["id"]: one for one in root.iter(*SERVICES) if "id" in one.attributes},
        paths=paths_of(root),
    )


def _rate(profile: dict[str, str], name: str) -> Fraction:
    """Return frames a second; 25 without a profile, as MLT has it."""
    try:
        written = [profile.get(f"frame_rate_{one}") for one in ("num", "den")]
        return exact_rate(int(written[0] or "25") / int(written[1] or "1"))
    except (ValueError, ZeroDivisionError, OverflowError) as problem:
        raise DubError(
            "has a profile without a frame rate.",
            where=name,
            fix="Choose the project's profile again, and save it.",
        ) from problem


def _pixels(text: str, default: int) -> int:
    return int(text) if re.fullmatch("[0-9]{1,6}", text) else default


def sequences(project: MltProject) -> list[Element]:
    """Return the sequences that an editor sees, the one that plays first; nested ones are left out.

    Raises DubError when the document plays nothing.
    """
    root = project.document.root
    services = [one for one in root.children if one.tag in SERVICES]
    tractors = [one for one in services if one.tag == "tractor"]
    named = project.by_id.get(root.attributes.get("producer", ""))
    if named is not None and named.tag == "tractor":
        main = named
    else:
        shown = [one for one in tractors if properties(one).get("shotcut") == "1"]
        played = shown or tractors or services
        if not played:
            raise DubError(
                "holds no sequence.",
                where=project.document.name,
                fix="Save the project again in the program it comes from.",
            )
        main = played[-1]
    if properties(main).get("kdenlive:projectTractor") != "1":
        return [main]
    active = [project.service(track) for track in track_elements(main)]
    used = {id(one) for sequence in tractors for one in _services_inside(project, sequence)}
    others = [one for one in tractors if "kdenlive:uuid" in properties(one)]
    first = [one for one in active if one is not None]
    return first + [one for one in others if one not in first and id(one) not in used]


def _services_inside(project: MltProject, sequence: Element) -> Iterator[Element]:
    """Yield what is played by the clips of a sequence."""
    for track in tracks_of(project, sequence):
        for playlist in track.playlists:
            for entry in entries_of(playlist):
                if (service := project.service(entry)) is not None:
                    yield service


def entries_of(playlist: Element) -> list[Element]:
    """Return what a playlist plays: its entries, and services that stand in it themselves."""
    return [one for one in playlist.children if one.tag in ("entry", *SERVICES)]


def track_elements(tractor: Element) -> list[Element]:
    """Return the tracks of a tractor from the lowest, also those in a multitrack."""
    return [*tractor.find_all("track"), *tractor.find_all("multitrack", "track")]


def tracks_of(project: MltProject, sequence: Element) -> list[MltTrack]:
    """Return the tracks of a sequence from the lowest, without the black below all of them.

    Anything but a tractor is a track by itself.
    """
    if sequence.tag != "tractor":
        return [MltTrack(0, sequence, sequence, (sequence,), "", False, frozenset())]
    tracks = []
    elements = track_elements(sequence)
    for index, element in enumerate(elements):
        service = project.service(element)
        is_lowest = index == 0 and len(elements) > 1
        if service is not None and not (is_lowest and _is_background(project, service)):
            tracks.append(_track(project, index, element, service))
    return tracks


def _track(project: MltProject, index: int, element: Element, service: Element) -> MltTrack:
    playlists = [service]
    if service.tag == "tractor":
        playlists = _kdenlive_playlists(project, service)
    said: dict[str, str] = {}
    for one in (service, *playlists):
        said |= properties(one)
    hides = _hidden(element)
    if service.tag == "tractor" and playlists:
        hides |= _hidden_in_all(project, track_elements(service))
    is_sound = said.get("kdenlive:audio_track") == "1" or said.get("shotcut:audio") == "1"
    is_picture = said.get("shotcut:video") == "1" or _is_kdenlive_track(service)
    return MltTrack(
        index=index,
        element=element,
        service=service,
        playlists=tuple(playlists),
        name=said.get("kdenlive:track_name") or said.get("shotcut:name") or "",
        is_sound=is_sound or ("video" in hides and not is_picture),
        hides=hides,
    )


def _hidden(track: Element) -> frozenset[str]:
    """Return what a track does not play."""
    hide = track.attributes.get("hide", "")
    return frozenset({"video", "audio"} if hide == "both" else {hide} & {"video", "audio"})


def _hidden_in_all(project: MltProject, tracks: list[Element]) -> frozenset[str]:
    """Return what none of several tracks plays; those without clips do not count."""
    with_clips = [
        one for one in tracks if (playlist := project.service(one)) and entries_of(playlist)
    ]
    return frozenset.intersection(*(_hidden(one) for one in with_clips or tracks))


def _is_kdenlive_track(service: Element) -> bool:
    said = properties(service)
    return service.tag == "tractor" and any(f"kdenlive:{name}" in said for name in _KDENLIVE_TRACK)


def _kdenlive_playlists(project: MltProject, tractor: Element) -> list[Element]:
    """Return the playlists of a tractor that is one track of Kdenlive; none of any other."""
    services = [project.service(track) for track in track_elements(tractor)]
    playlists = [one for one in services if one is not None and one.tag == "playlist"]
    is_track = _is_kdenlive_track(tractor) and len(playlists) == len(services)
    return playlists if is_track else []


def _is_background(project: MltProject, service: Element) -> bool:
    """Return whether a track is a colour from end to end."""
    if service.tag == "playlist":
        entries = [project.service(entry) for entry in entries_of(service)]
        return bool(entries) and all(one is not None and _is_colour(one) for one in entries)
    return _is_colour(service)


def _is_colour(service: Element) -> bool:
    return properties(service).get("mlt_service") in ("color", "colour")
