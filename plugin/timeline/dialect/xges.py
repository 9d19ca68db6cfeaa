"""Read projects of GStreamer Editing Services, such as Pitivi's.

Layers become tracks, the first one the uppermost; clips that overlap in a layer mix. Times are
nanoseconds, which are read as the frame that they are nearest to. A clip remembers its element in
metadata["lipflap"]["element"].
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.core.frametime import exact_rate
from lipflap.plugin.timeline.dialect.solid_generators import SOLID_COLOUR
from lipflap.plugin.timeline.item_facts import FACTS
from lipflap.plugin.timeline.item_names import OURS, is_dub_track
from lipflap.plugin.timeline.item_sound import MUTED
from lipflap.plugin.timeline.otio_time import otio_rate
from lipflap.plugin.timeline.patch.xml_spans import Element, parse_xml, paths_of

NANOSECONDS = 10**9
PICTURE, SOUND = 4, 2
TRANSITION = "GESTransitionClip"
_FIELD = re.compile(r"([\w:-]+)=\(\w+\)(?:\"((?:\\.|[^\"\\])*)\"|([-\w./]+))")
_RATE = re.compile(r"framerate\W*fraction\W*(\d{1,9})/(\d{1,9})")
_FILM, _PATTERN = "GESUriClip", "GESTestClip"
_ADDING = ("2", "add")  # of the operators of GStreamer's compositor
_NEAR = Fraction(1, 50)


def read_xges(path: Path, _rate: Fraction | None = None) -> otio.schema.Timeline:
    """Return the timeline of a project, which says its rate itself. Raises DubError."""
    document = parse_xml(path.read_bytes(), str(path))
    found = next(document.root.iter("timeline"), None)
    if document.root.tag != "ges" or found is None:
        raise DubError(
            f"is no GStreamer project, but <{document.root.tag}>.",
            where=str(path),
            fix="Save the project again in the program it comes from.",
        )
    reader = _Reader(
        name=str(path),
        rate=rate_of(found),
        size=_size_of(found),
        lengths=_lengths(document.root),
        paths=paths_of(document.root),
    )
    timeline = otio.schema.Timeline()
    timeline.global_start_time = reader.time(Fraction(0))
    timeline.tracks.extend(reader.tracks(found))
    return timeline


def rate_of(timeline: Element) -> Fraction:
    """Return frames a second: those of the picture track, else of the project; 30 as GES has it."""
    texts = [one.attributes.get("properties", "") for one in timeline.find_all("track")]
    texts.append(timeline.attributes.get("metadatas", ""))
    found = next(filter(None, map(_RATE.search, texts)), None)
    if found is None or not int(found[1]) or not int(found[2]):
        return Fraction(30)
    return exact_rate(int(found[1]) / int(found[2]))


def _size_of(timeline: Element) -> tuple[float, float]:
    """Return width and height of the picture; 0 where the project does not say them."""
    texts = " ".join(one.attributes.get("properties", "") for one in timeline.find_all("track"))
    found = (re.search(rf"{side}\W*int\W*(\d{{1,6}})", texts) for side in ("width", "height"))
    width, height = (float(one[1]) if one else 0.0 for one in found)
    return width, height


def nanoseconds(element: Element, name: str, where: str) -> int:
    """Return a time of an element. Raises DubError when it is none."""
    text = element.attributes.get(name, "0")
    if not re.fullmatch("[0-9]{1,20}", text):
        raise DubError(
            f"has an impossible {name}: {text!r}.",
            where=where,
            fix="Save the project again in the program it comes from.",
        )
    return int(text)


def layers_of(timeline: Element) -> list[Element]:
    """Return the layers of a project from the lowest."""
    return sorted(timeline.find_all("layer"), key=priority_of, reverse=True)


def priority_of(layer: Element) -> int:
    """Return the priority of a layer: 0 is the highest."""
    text = layer.attributes.get("priority", "0")
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else 0


def _lengths(root: Element) -> dict[str, int]:
    """Return the nanoseconds that each file lasts."""
    found = {}
    for asset in root.iter("asset"):
        match = re.search(r"duration=\(guint64\)(\d{1,19})", asset.attributes.get("properties", ""))
        if match:
            found[asset.attributes.get("id", "")] = int(match[1])
    return found


@dataclass(frozen=True, slots=True)
class _Piece:
    """A clip of a layer: record seconds from and to."""

    clip: Element
    start: Fraction
    end: Fraction


@dataclass(frozen=True, slots=True)
class _Reader:
    name: str
    rate: Fraction
    size: tuple[float, float]
    lengths: Mapping[str, int]
    paths: Mapping[int, str]

    def time(self, seconds: Fraction) -> otio.opentime.RationalTime:
        """Return seconds in frames: the nearest one where they are within a fiftieth of it."""
        frame = seconds * self.rate
        if abs(frame - round(frame)) < _NEAR:
            frame = Fraction(round(frame))
        return otio.opentime.RationalTime(float(frame), otio_rate(self.rate))

    def tracks(self, timeline: Element) -> Iterator[otio.schema.Track]:
        """Yield the pictures of every layer, then its sound."""
        for place, layer in enumerate(layers_of(timeline), 1):
            for kind, bit in (("Video", PICTURE), ("Audio", SOUND)):
                pieces = [one for one in self._pieces(layer) if plays(one.clip, bit)]
                if pieces:
                    name = _noted(layer, "name") or f"{kind[:1]}{place}"
                    track = otio.schema.Track(name, list(self._items(pieces, kind)), kind=kind)
                    track.enabled = _is_active(layer, timeline, bit)
                    if bit == PICTURE and is_dub_layer(layer):
                        track.metadata[OURS] = {"holds": "rendered mouths"}
                    if bit == SOUND and _number(_noted(layer, "volume")) == 0:
                        track.metadata[MUTED] = True
                    yield track

    def _pieces(self, layer: Element) -> list[_Piece]:
        pieces = []
        for clip in layer.find_all("clip"):
            if clip.attributes.get("type-name") == TRANSITION:
                continue
            start, length = (
                Fraction(nanoseconds(clip, one, self.name), NANOSECONDS)
                for one in ("start", "duration")
            )
            pieces.append(_Piece(clip, self._frame(start), self._frame(start + length)))
        return sorted(pieces, key=lambda one: (one.start, one.end))

    def _frame(self, seconds: Fraction) -> Fraction:
        return round(seconds * self.rate) / self.rate

    def _items(self, pieces: list[_Piece], kind: str) -> Iterator[otio.core.Composable]:
        reached, before = Fraction(0), None
        for place, piece in enumerate(pieces):
            after = pieces[place + 1] if place + 1 < len(pieces) else None
            start = self._meeting(before, piece) if before else piece.start
            end = piece.end
            if after is not None and after.start < piece.end:
                end = self._meeting(piece, after)
            if start > reached:
                yield otio.schema.Gap(duration=self.time(start - reached))
            if before is not None and before.end > piece.start:
                yield otio.schema.Transition(
                    transition_type=otio.schema.TransitionTypes.SMPTE_Dissolve,
                    in_offset=self.time(start - piece.start),
                    out_offset=self.time(before.end - start),
                )
            if end > start:
                yield self._clip(piece, start, end, is_sound=kind == "Audio")
                reached, before = end, piece

    def _meeting(self, left: _Piece, right: _Piece) -> Fraction:
        """Return where two clips meet: in the middle of a mix."""
        if left.end <= right.start:
            return right.start
        middle = (right.start + min(left.end, right.end)) / 2
        return Fraction(int(middle * self.rate)) / self.rate

    def _clip(
        self, piece: _Piece, start: Fraction, end: Fraction, *, is_sound: bool
    ) -> otio.schema.Clip:
        clip = piece.clip
        first = Fraction(nanoseconds(clip, "inpoint", self.name), NANOSECONDS)
        said = fields(clip.attributes.get("properties", ""))
        made = otio.schema.Clip(
            name=self._name(clip, said),
            media_reference=self._media(clip),
            source_range=otio.opentime.TimeRange(
                self.time(first + start - piece.start), self.time(end - start)
            ),
        )
        made.enabled = said.get("mute") != "true" if is_sound else said.get("active") != "false"
        made.metadata[OURS] = {"element": self.paths[id(clip)]}
        facts = _speed_facts(clip) if is_sound else _facts(clip, said, self.size)
        if facts:
            made.metadata[FACTS] = facts
        if is_sound and _lets_nothing_by(clip):
            made.metadata[MUTED] = True
        return made

    def _name(self, clip: Element, said: Mapping[str, str]) -> str:
        if clip.attributes.get("type-name") != _FILM:
            return said.get("name", "")
        return PurePosixPath(unquote(clip.attributes.get("asset-id", ""))).stem

    def _media(self, clip: Element) -> otio.core.MediaReference:
        kind, uri = clip.attributes.get("type-name", ""), clip.attributes.get("asset-id", "")
        if kind != _FILM:
            shown = SOLID_COLOUR if kind == _PATTERN else kind
            return otio.schema.GeneratorReference(name=kind, generator_kind=shown)
        length = self.lengths.get(uri)
        available = None
        if length:
            available = otio.opentime.TimeRange(
                self.time(Fraction(0)), self.time(Fraction(length, NANOSECONDS))
            )
        return otio.schema.ExternalReference(uri, available)


def fields(structure: str) -> dict[str, str]:
    """Return the fields of a GstStructure as text: properties, name=(string)uriclip43;"""
    return {
        name.rpartition(":")[2]: bare or re.sub(r"\\(.)", r"\1", quoted)
        for name, quoted, bare in _FIELD.findall(structure)
    }


def plays(clip: Element, bit: int) -> bool:
    text = clip.attributes.get("track-types", "6")
    return bool(int(text) & bit) if re.fullmatch("[0-9]{1,9}", text) else True


def _noted(layer: Element, name: str) -> str:
    """Return what the metadata of a layer says: its name, the volume of its sound."""
    return fields(layer.attributes.get("metadatas", "")).get(name, "")


def _is_active(layer: Element, timeline: Element, bit: int) -> bool:
    """Return whether a layer plays in any track of this kind; one that is not said to be off does.

    bit   PICTURE or SOUND
    """
    off = layer.attributes.get("deactivated-tracks", "").split()
    ids = [
        track.attributes.get("track-id", "")
        for track in timeline.find_all("track")
        if track.attributes.get("track-type") == str(bit)
    ]
    return not ids or any(one not in off for one in ids)


def is_dub_layer(layer: Element) -> bool:
    """Return whether a layer holds rendered mouths alone, with the sides of their mixes."""
    shown = [
        one
        for one in layer.find_all("clip")
        if one.attributes.get("type-name") != TRANSITION and plays(one, PICTURE)
    ]
    return is_dub_track(_noted(layer, "name")) and bool(shown) and all(map(_is_ours, shown))


def _is_ours(clip: Element) -> bool:
    return "(string)lipflap_" in clip.attributes.get("properties", "")


def _shown(clip: Element) -> dict[str, str]:
    """Return the properties of what a clip and its sources play with."""
    texts = [one.attributes.get("children-properties", "") for one in clip.iter("clip", "source")]
    return {name: text for one in texts for name, text in fields(one).items()}


def _lets_nothing_by(clip: Element) -> bool:
    """Return whether the sound of a clip is muted, or at volume 0."""
    shown = _shown(clip)
    return shown.get("mute") == "true" or _number(shown.get("volume")) == 0


def _effects(clip: Element) -> str:
    return " ".join(one.attributes.get("asset-id", "") for one in clip.iter("effect"))


def _speed_facts(clip: Element) -> dict[str, object]:
    """Return the fact that an effect changes the speed of a clip, which is not followed."""
    speed = re.search("videorate|pitch|speed", _effects(clip))
    return {"uneven_speed": speed[0]} if speed else {}


def _facts(clip: Element, said: Mapping[str, str], size: tuple[float, float]) -> dict[str, object]:
    """Return how a clip is shown, by its own and its source's properties and its effects."""
    facts: dict[str, object] = {"still": True} if said.get("is-image") == "true" else {}
    shown = _shown(clip)
    if (alpha := _number(shown.get("alpha"))) is not None and alpha < 1:
        facts["opacity"] = max(0.0, alpha)
    sides = zip((_number(shown.get(name)) for name in ("width", "height")), size, strict=True)
    is_small = any(side and side < whole for side, whole in sides)
    if any(shown.get(name) for name in ("width", "height", "posx", "posy")):
        facts["transformed"] = True
    if is_small or any(_number(shown.get(name)) for name in ("posx", "posy")):
        facts["fills_frame"] = False
    if shown.get("operator") in _ADDING:
        facts["blend"] = "add"
    if re.search("alpha|crop|frei0r", _effects(clip)):
        facts["fills_frame"] = False
    return facts | _speed_facts(clip)


def _number(text: str | None) -> float | None:
    return float(text) if text and re.fullmatch(r"-?\d{1,9}(\.\d{1,20})?", text) else None
