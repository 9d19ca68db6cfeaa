"""Dubbed shots in a project of GStreamer Editing Services.

track    a layer DUB above the highest layer that holds a dubbed shot; mixes of two dubbed
         clips are mixed again, and where only one side is dubbed the other plays itself
replace  the clips play the new files
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path, PurePath
from string import ascii_letters, digits

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.dialect.xges import (
    NANOSECONDS,
    PICTURE,
    SOUND,
    TRANSITION,
    is_dub_layer,
    layers_of,
    nanoseconds,
    plays,
    priority_of,
)
from lipflap.plugin.timeline.item_names import DUB_TRACK
from lipflap.plugin.timeline.patch.dubbed_shot import (
    Delivery,
    DubbedShot,
    DubbedSound,
    How,
    Patched,
    Writer,
)
from lipflap.plugin.timeline.patch.heard_clip import SILENT, needs_sound
from lipflap.plugin.timeline.patch.xml_spans import (
    Document,
    Edits,
    Element,
    attribute_text,
    parse_xml,
)

_NEAR = 2  # nanoseconds by which times of one frame differ
_FORMATS = re.compile(r"supported-formats=\(\w+\)(\d)")
_MATROSKA = (".mkv", ".webm")  # whose frames start at whole milliseconds, so up to half of one late
_PLAIN = frozenset(f"{ascii_letters}{digits}_-+/:.")  # in a text of GStreamer
_LATE = 1_000_000  # nanoseconds into a frame, so that it is found and not the one before


# what a timeline without sound lacks to play any
_SOUND_TRACK = (
    "\n<track caps='audio/x-raw(ANY)' track-type='2' track-id='{}' properties='properties, "
    "mixing=(boolean)true;' metadatas='metadatas;'/>"
)


def patch_xges(data: bytes, path: Path, delivery: Delivery) -> Patched:
    """Return the project with the dubbed shots in it. Raises DubError when it is none."""
    document = parse_xml(data, str(path))
    timeline = next(document.root.iter("timeline"), None)
    if timeline is None:
        raise DubError("holds no timeline.", where=str(path), fix="Save the project again.")
    found = {one.element: document.at(one.element) for one in delivery.shots}
    clips = [(one, clip) for one in delivery.shots if (clip := found[one.element])]
    notes = [
        (one.name, "Its clip is not in the project any more, and was left as it was.")
        for one in delivery.shots
        if found[one.element] is None
    ]
    if delivery.how == How.REPLACE:
        heard = _assets_with_sound(document)
        silent = {clip.start for one, clip in clips if _is_heard(clip, heard) > one.has_sound}
        notes += [(one.name, SILENT) for one, clip in clips if clip.start in silent]
        clips = [(one, clip) for one, clip in clips if clip.start not in silent]
        if silent and not clips:
            raise needs_sound(delivery.how, str(path))
    if delivery.shots and not clips:
        raise DubError(
            "holds none of the clips that were dubbed.",
            where=str(path),
            fix="Conform the project that the job was made from.",
        )
    edits = Edits(document)
    layers = _NewLayers(document, timeline, clips, delivery)
    _add_assets(document, edits, delivery)
    if delivery.how == How.REPLACE:
        for shot, clip in clips:
            edits.replace(clip, layers.shown(shot, clip, {}))
        layers.add_sound(edits)
    else:
        layers.add_pictures(edits)
        layers.add_sound(edits)
    return Patched(edits.applied(), tuple(notes))


XGES = Writer(patch_xges, (How.TRACK, How.REPLACE), lengthens=(How.TRACK,))


def _ns(seconds: Fraction) -> int:
    return round(seconds * NANOSECONDS)


def _add_assets(document: Document, edits: Edits, delivery: Delivery) -> None:
    place = next(document.root.iter("ressources"), None)
    filmed = {one.file: one.filmed for one in delivery.shots}
    files = {one.file: len(one.frames) / one.frames.rate for one in delivery.shots}
    files |= {one.file: one.seconds for one in delivery.sounds}
    assets = "".join(
        f"<asset id={_quoted(file.as_uri())} extractable-type-name='GESUriClip' "
        f"properties='properties, duration=(guint64){_ns(seconds)};' "
        f"metadatas={_quoted(_metadatas(filmed.get(file)))} />\n"
        for file, seconds in files.items()
    )
    if place is not None:
        edits.append(place, assets)
    else:
        project = next(document.root.iter("project"), document.root)
        first = project.children[0] if project.children else project
        edits.insert_before(first, f"<ressources>{assets}</ressources>")


def _metadatas(filmed: PurePath | None) -> str:
    """Return an asset's metadata, as GStreamer writes it: the media that the file was made of."""
    if filmed is None:
        return "metadatas;"
    escaped = "".join(one if one in _PLAIN else _octal(one) for one in str(filmed))
    return f'metadatas, lipflap-filmed=(string)"{escaped}";'


def _octal(character: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in character.encode())


def _assets_with_sound(document: Document) -> set[str]:
    """Return the ids of assets that hold sound."""
    return {
        asset.attributes.get("id", "")
        for asset in document.root.iter("asset")
        if (formats := _FORMATS.search(asset.attributes.get("properties", "")))
        and int(formats[1]) & SOUND
    }


def _is_heard(clip: Element, heard: set[str]) -> bool:
    """Return whether a clip is heard from the file that it shows; `heard` are assets with sound."""
    return plays(clip, SOUND) and clip.attributes.get("asset-id") in heard


def _is_of_sound(track: Element) -> bool:
    return track.attributes.get("track-type") == str(SOUND)


def _has_id(track: Element, identity: str | None) -> bool:
    return track.attributes.get("track-id") == identity


def moved_keys(text: str, moved: int) -> str:
    """Return keys of GES, `time:value` in nanoseconds of a file, at their new times.

    Of those before the file begins none is left; the value between two of them stands there.
    """
    found = [key.split(":") for key in text.split() if key.count(":") == 1]
    keys = [(int(time) + moved, float(value)) for time, value in found]
    for place in range(len(keys) - 1):
        (time, value), (after, then) = keys[place : place + 2]
        if time < 0 < after:
            keys[place] = 0, value + (then - value) * -time / (after - time)
    if keys and keys[-1][0] < 0:
        keys[-1] = 0, keys[-1][1]
    return f" {'  '.join(f'{time}:{value:.15g}' for time, value in keys if time >= 0)} "


def _quoted(text: str) -> str:
    return f'"{attribute_text(text)}"'


def _is_transition(clip: Element) -> bool:
    return clip.attributes.get("type-name") == TRANSITION


def _priority(layer: tuple[int, Element]) -> int:
    return layer[0]


def _top(priority: int, dubs: set[int]) -> int:
    """Return the priority of a layer, or of the highest DUB layer that lies directly above it."""
    while priority - 1 in dubs:
        priority -= 1
    return priority


_Edge = tuple[int, int, Element]  # a time at which a clip starts or ends, its length, the clip


def _time(edge: _Edge) -> int:
    return edge[0]


def _near(edges: list[_Edge], time: int) -> list[_Edge]:
    """Return which edges, in order, lie at a time."""
    first = bisect_left(edges, time - _NEAR, key=_time)
    return edges[first : bisect_right(edges, time + _NEAR, key=_time)]


class _NewLayers:
    """The layers of a project with those that are added to it."""

    def __init__(
        self,
        document: Document,
        timeline: Element,
        clips: Sequence[tuple[DubbedShot, Element]],
        delivery: Delivery,
    ) -> None:
        self._document, self._timeline, self._clips = document, timeline, clips
        self._delivery = delivery
        ids = (one.attributes.get("id", "") for one in timeline.iter("clip", "group"))
        self._next_id = max((int(one) for one in ids if one.isdecimal()), default=-1) + 1
        layers = {priority_of(one): one for one in layers_of(timeline)}
        dubs = {priority for priority, layer in layers.items() if is_dub_layer(layer)}
        self._dubbed = {  # by the priority above which their DUB layers go
            _top(priority, dubs): layer
            for priority, layer in layers.items()
            if any(clip.parent is layer for _, clip in clips)
        }
        self._dub_layers = 0 if delivery.how == How.REPLACE else len(self._dubbed)

    def _new_id(self) -> str:
        self._next_id += 1
        return str(self._next_id - 1)

    def shown(
        self, shot: DubbedShot, clip: Element, changed: Mapping[str, str], added: int = 0
    ) -> str:
        """Return a clip that plays a new file, and goes on for nanoseconds that are added."""
        name = self._document.name
        start, length = (nanoseconds(clip, one, name) for one in ("start", "duration"))
        length += added
        first = Fraction(start, NANOSECONDS) - shot.shown_from
        frame = round(first * shot.frames.rate)
        last = frame + length * shot.frames.rate / NANOSECONDS
        inpoint = _ns(frame / shot.frames.rate)
        if shot.file.suffix.casefold() in _MATROSKA and last <= len(shot.frames) - 1:
            inpoint += _LATE
        asset = {"asset-id": shot.file.as_uri(), "inpoint": str(inpoint)}
        moved = inpoint - nanoseconds(clip, "inpoint", name)
        return self._copied(clip, asset | dict(changed), start, length, moved)

    def _copied(
        self, clip: Element, changed: Mapping[str, str], start: int, length: int, moved: int = 0
    ) -> str:
        """Return a clip that is changed; `moved` are nanoseconds by which times of its file are."""
        edits = Edits(self._document, clip)
        times = {"start": str(start), "duration": str(length)}
        for name, value in (times | dict(changed)).items():
            if clip.attributes.get(name) != value:
                edits.set_attribute(clip, name, value)
        is_seen_alone = changed.get("track-types") == str(PICTURE)
        for source in clip.find_all("source"):  # how it is placed, scaled, faded and heard
            if is_seen_alone and not self._is_of_picture(source):
                edits.replace(source, "")
                continue
            for binding in source.find_all("binding"):
                keys = moved_keys(binding.attributes.get("values", ""), moved)
                edits.set_attribute(binding, "values", keys)
        return edits.markup()

    def _is_of_picture(self, source: Element) -> bool:
        own = source.attributes.get("track-id")
        tracks = self._timeline.find_all("track")
        kinds = [one.attributes.get("track-type") for one in tracks if _has_id(one, own)]
        return kinds == [str(PICTURE)]

    def _dub_clips(self, layer: Element, priority: int) -> Iterator[str]:
        """Yield the clips of the DUB layer of that priority, which lies above a layer."""
        dubbed = {id(clip) for _, clip in self._clips}
        for shot, clip in self._clips:
            if clip.parent is layer:
                named = self._named("lipflap", priority) | {"track-types": str(PICTURE)}
                yield self.shown(shot, clip, named, _ns(shot.added))
        mixes = [one for one in layer.find_all("clip") if _is_transition(one)]
        edges = self._edges(layer) if mixes else ([], [])
        for mix in mixes:
            sides = self._sides(edges, mix)
            if not dubbed & {id(side) for side in sides}:
                continue
            for side in sides:
                if id(side) not in dubbed:
                    yield self._alone(side, mix, priority)
            yield self._copied(mix, self._named("lipflap_mix", priority), *self._span(mix))

    def _named(self, kind: str, priority: int) -> dict[str, str]:
        number = self._new_id()
        return {
            "id": number,
            "layer-priority": str(priority),
            "properties": f"properties, name=(string){kind}_{number};",
        }

    def _span(self, clip: Element) -> tuple[int, int]:
        name = self._document.name
        return nanoseconds(clip, "start", name), nanoseconds(clip, "duration", name)

    def _edges(self, layer: Element) -> tuple[list[_Edge], list[_Edge]]:
        """Return when the clips of a layer start, and when they end, both in order."""
        clips = [one for one in layer.find_all("clip") if not _is_transition(one)]
        spans = [(*self._span(clip), clip) for clip in clips]
        starts = [(start, length, clip) for start, length, clip in spans]
        ends = [(start + length, length, clip) for start, length, clip in spans]
        return sorted(starts, key=_time), sorted(ends, key=_time)

    def _sides(self, edges: tuple[list[_Edge], list[_Edge]], mix: Element) -> list[Element]:
        """Return the clips that a transition mixes: one ends with it, one starts with it."""
        start, length = self._span(mix)
        starts, ends = edges
        outgoing = [one for one in _near(ends, start + length) if one[0] - one[1] < start]
        incoming = [one for one in _near(starts, start) if one[1] > length]
        return list({clip.start: clip for _, _, clip in (*outgoing, *incoming)}.values())

    def _alone(self, clip: Element, mix: Element, priority: int) -> str:
        """Return the part of an undubbed clip that mixes with a dubbed one.

        GES mixes no clip from end to end, so that it is a frame longer than the mix.
        """
        (start, length), (own, own_length) = self._span(mix), self._span(clip)
        frame = _ns(1 / self._delivery.rate)
        begin = max(own, start - frame)
        end = min(own + own_length, start + length + frame)
        if abs(own - start) <= _NEAR:
            begin = start
        if abs(own + own_length - start - length) <= _NEAR:
            end = start + length
        first = nanoseconds(clip, "inpoint", self._document.name) + begin - own
        changed = self._named("lipflap_side", priority)
        changed |= {"inpoint": str(first), "track-types": "4"}
        return self._copied(clip, changed, begin, end - begin)

    def add_pictures(self, edits: Edits) -> None:
        """Add a DUB layer directly above each layer that holds a dubbed shot."""
        for layer in layers_of(self._timeline):
            self._move_down(edits, layer)
        for number, (top, layer) in enumerate(sorted(self._dubbed.items(), key=_priority)):
            name = (
                DUB_TRACK if len(self._dubbed) == 1 else f"{DUB_TRACK} {len(self._dubbed) - number}"
            )
            clips = "".join(self._dub_clips(layer, top + number))
            edits.insert_before(layer, self._layer(top + number, name, clips))

    def add_sound(self, edits: Edits) -> None:
        """Add a layer for each track of the dub's sound, below all others."""
        layers = layers_of(self._timeline)
        lowest = max((priority_of(one) for one in layers), default=-1)
        sounds = self._delivery.sounds
        tracks = list(self._timeline.find_all("track"))
        if sounds and tracks and not any(_is_of_sound(one) for one in tracks):
            edits.insert_after(tracks[-1], _SOUND_TRACK.format(len(tracks)))
        for place, track in enumerate(dict.fromkeys(one.track for one in sounds), 1):
            priority = lowest + place + self._dub_layers
            lines = [one for one in sounds if one.track == track]
            inside = "".join(self._sound(line, priority) for line in lines)
            edits.insert_after(layers[0], "\n" + self._layer(priority, track, inside))

    def _move_down(self, edits: Edits, layer: Element) -> None:
        """Count a layer further down by the DUB layers at its place and above it."""
        priority = priority_of(layer)
        moved = priority + sum(top <= priority for top in self._dubbed)
        if moved == priority:
            return
        edits.set_attribute(layer, "priority", str(moved))
        for clip in layer.find_all("clip"):
            edits.set_attribute(clip, "layer-priority", str(moved))

    def _layer(self, priority: int, name: str, inside: str) -> str:
        text = name.replace("\\", "\\\\").replace('"', '\\"').replace(" ", "\\ ")
        metadatas = f'metadatas, volume=(float)1, name=(string)"{text}";'
        return (
            f"<layer priority='{priority}' "
            "properties='properties, auto-transition=(boolean)true;' "
            f"metadatas={_quoted(metadatas)}>\n{inside}</layer>\n"
        )

    def _sound(self, line: DubbedSound, priority: int) -> str:
        number = self._new_id()
        start, end = _ns(line.record.start), _ns(line.record.end)
        return (
            f"<clip id='{number}' asset-id={_quoted(line.file.as_uri())} type-name='GESUriClip' "
            f"layer-priority='{priority}' track-types='2' start='{start}' "
            f"duration='{end - start}' inpoint='{_ns(line.sound_start)}' rate='0' "
            f"properties='properties, name=(string)lipflap_sound_{number};' />\n"
        )
