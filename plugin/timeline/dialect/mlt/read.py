"""Read projects of Kdenlive, Shotcut and anything else that saves MLT's XML.

    .kdenlive, .mlt  ->  otio.schema.Timeline: a track each, mixes as dissolves, nests as stacks

A clip remembers its entry in the document in metadata["lipflap"]["element"]. Retimed media shows
the frame nearest to its time, as MLT does, so that half a frame is added where its speed is no
whole number. The tracks of sound that pictures carry are named as the picture track.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.dialect.mlt.facts import (
    Composition,
    Facts,
    clip_facts,
    compositions,
    is_silenced,
    merged,
    track_blends,
)
from lipflap.plugin.timeline.dialect.mlt.media import MltMedia, media_of, uneven_speed
from lipflap.plugin.timeline.dialect.mlt.pieces import Piece, bodies, pieces_of
from lipflap.plugin.timeline.dialect.mlt.project import (
    MltProject,
    MltTrack,
    properties,
    read_project,
    sequences,
    tracks_of,
)
from lipflap.plugin.timeline.item_facts import FACTS
from lipflap.plugin.timeline.item_names import OURS
from lipflap.plugin.timeline.item_sound import MUTED, SOUND
from lipflap.plugin.timeline.otio_time import otio_rate
from lipflap.plugin.timeline.patch.xml_spans import Element

_MAX_CLIPS = 1_000_000
_OFF = (("set.test_image", "video_index"), ("set.test_audio", "audio_index"))  # picture, sound
_MAX_DEPTH = 100


def read_mlt(path: Path, _rate: Fraction | None = None) -> otio.core.SerializableObject:
    """Return the sequence that a project plays; all of them where it holds several.

    A project says its rate itself. Raises DubError when the file is no project, or a sequence
    plays itself.
    """
    project = read_project(path.read_bytes(), str(path))
    found = [_Reader(project).timeline(one) for one in sequences(project)]
    if len(found) == 1:
        return found[0]
    collection = otio.schema.SerializableCollection(name=path.stem)
    collection.extend(found)
    return collection


@dataclass
class _Reader:
    """A reader of one sequence and those nested in it."""

    project: MltProject
    media: dict[int, MltMedia] = field(default_factory=dict)
    bin_names: dict[str, str] = field(default_factory=dict)
    clips: int = 0

    def __post_init__(self) -> None:
        for one in self.project.by_id.values():
            said = properties(one) if one.tag in ("producer", "chain") else {}
            if (name := said.get("kdenlive:clipname")) and (key := said.get("kdenlive:id")):
                self.bin_names.setdefault(key, name)

    def timeline(self, sequence: Element) -> otio.schema.Timeline:
        said = properties(sequence)
        timeline = otio.schema.Timeline(name=said.get("kdenlive:clipname", ""))
        timeline.global_start_time = self._time(0)
        timeline.tracks.extend(self._tracks(sequence, ()))
        return timeline

    def _tracks(self, sequence: Element, outer: tuple[Element, ...]) -> list[otio.schema.Track]:
        """Return the tracks of a sequence; `outer` are those that it is nested in."""
        if sequence in outer:
            raise DubError(
                "holds a sequence that plays itself.",
                where=self.project.document.name,
                fix="Remove it from its own timeline, and save the project again.",
            )
        if len(outer) > _MAX_DEPTH:
            raise DubError(
                f"nests its sequences more than {_MAX_DEPTH} deep.",
                where=self.project.document.name,
                fix="Nest them less deeply, and save the project again.",
            )
        blends, laid = track_blends(sequence), compositions(self.project, sequence)
        tracks = []
        for track in tracks_of(self.project, sequence):
            inner = (*outer, sequence)
            if not track.is_sound:
                tracks.append(self._picture_track(track, blends, laid, inner))
            if track.is_sound or "audio" not in track.hides:
                tracks += self._sound_tracks(track, inner)
        return tracks

    def _picture_track(
        self,
        track: MltTrack,
        blends: dict[int, str],
        laid: list[Composition],
        outer: tuple[Element, ...],
    ) -> otio.schema.Track:
        made = otio.schema.Track(name=track.name, kind=otio.schema.TrackKind.Video)
        made.enabled = "video" not in track.hides
        facts = clip_facts(self.project, [track.service, *track.playlists])
        if blend := blends.get(track.index):
            facts["blend"] = blend
        if facts:
            made.metadata[FACTS] = facts
        above = [one for one in laid if one.track == track.index]
        made.extend(self._children(pieces_of(self.project, track), above, outer, is_sound=False))
        return made

    def _sound_tracks(
        self, track: MltTrack, outer: tuple[Element, ...]
    ) -> Iterator[otio.schema.Track]:
        """Yield the sound of a track, if it holds any."""
        made = otio.schema.Track(name=track.name, kind=otio.schema.TrackKind.Audio)
        made.enabled = "audio" not in track.hides
        if is_silenced(self.project, [track.element, track.service, *track.playlists]):
            made.metadata[MUTED] = True
        pieces = pieces_of(self.project, track)
        if not track.is_sound:
            pieces = [one for one in pieces if self._media(one).has_sound]
        made.extend(self._children(pieces, [], outer, is_sound=True))
        if track.is_sound or pieces:
            yield made

    def _children(
        self,
        pieces: list[Piece],
        above: list[Composition],
        outer: tuple[Element, ...],
        *,
        is_sound: bool,
    ) -> Iterator[otio.core.Composable]:
        """Yield gaps, clips and dissolves of a track."""
        reached, before = 0, None
        for piece, start, end in bodies(pieces):
            if start > reached:
                yield otio.schema.Gap(duration=self._time(start - reached))
            if before is not None and before.end > piece.start:
                yield self._dissolve(start - piece.start, before.end - start)
            item = self._item(piece, start, end, outer, is_sound=is_sound)
            facts = clip_facts(self.project, [piece.element, piece.service])
            covers = [one for one in above if one.first < piece.end and one.end > piece.start]
            if held := uneven_speed(piece.element):
                facts["uneven_speed"] = held
            facts = merged(dict(item.metadata.get(FACTS, {})), facts, *(c.facts for c in covers))
            if facts and not is_sound:
                item.metadata[FACTS] = facts
            if is_sound and is_silenced(self.project, [piece.element, piece.service]):
                item.metadata[MUTED] = True
            yield item
            reached, before = end, piece

    def _dissolve(self, head: int, tail: int) -> otio.schema.Transition:
        return otio.schema.Transition(
            transition_type=otio.schema.TransitionTypes.SMPTE_Dissolve,
            in_offset=self._time(head),
            out_offset=self._time(tail),
        )

    def _item(
        self, piece: Piece, start: int, end: int, outer: tuple[Element, ...], *, is_sound: bool
    ) -> otio.core.Item:
        """Return the clip, or the nested sequence, that a piece plays in record frames."""
        self.clips += 1
        if self.clips > _MAX_CLIPS:
            raise DubError(
                "nests its sequences so often that they hold a million clips.",
                where=self.project.document.name,
                fix="Save a project of fewer nested sequences.",
            )
        first = piece.first + start - piece.start
        if piece.service is not None and piece.service.tag in ("tractor", "playlist"):
            item = self._nest(piece.service, first, end - start, outer)
        else:
            item = self._clip(piece, first, end - start)
            hidden, index = _OFF[is_sound]
            said = properties(piece.service) if piece.service is not None else {}
            item.enabled = said.get(hidden) != "1" and said.get(index) != "-1"
        item.metadata[OURS] = {"element": self.project.path_of(piece.element)}
        return item

    def _nest(
        self, sequence: Element, first: int, count: int, outer: tuple[Element, ...]
    ) -> otio.schema.Stack:
        stack = otio.schema.Stack(
            name=properties(sequence).get("kdenlive:clipname", ""),
            source_range=otio.opentime.TimeRange(self._time(first), self._time(count)),
        )
        stack.extend(self._tracks(sequence, outer))
        return stack

    def _clip(self, piece: Piece, first: int, count: int) -> otio.schema.Clip:
        media = self._media(piece)
        position = _position(media, first, count)
        rate = otio_rate(self.project.rate)
        clip = otio.schema.Clip(
            name=self._name(piece, media),
            media_reference=media.reference.clone(),
            source_range=otio.opentime.TimeRange(
                otio.opentime.RationalTime(float(position), rate), self._time(count)
            ),
        )
        if media.speed != 1:
            clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=float(media.speed)))
        facts: Facts = {"still": True} if media.is_still else {}
        if uneven := media.uneven or self._held(piece.service, media, first + count):
            facts["uneven_speed"] = uneven
        if facts:
            clip.metadata[FACTS] = facts
        if media.stream is not None:
            clip.metadata[SOUND] = [[media.stream, None]]
        return clip

    def _held(self, service: Element | None, media: MltMedia, end: int) -> str:
        """Return what holds the last picture of a producer that ends before the clip and its file.

        Backwards, one that begins late holds its first picture.
        """
        if service is None or media.is_still or not media.last:
            return ""
        own_end, length = self.project.end_of(service), properties(service).get("length")
        is_cut = own_end is not None and length and own_end < self.project.frames(length)
        late = media.speed < 0 and self.project.begin_of(service) > 0
        return "freeze" if late or (is_cut and own_end is not None and end > own_end) else ""

    def _media(self, piece: Piece) -> MltMedia:
        key = id(piece.service)
        if key not in self.media:
            self.media[key] = media_of(self.project, piece.service)
        return self.media[key]

    def _name(self, piece: Piece, media: MltMedia) -> str:
        said = properties(piece.service) if piece.service is not None else {}
        own = said.get("kdenlive:clipname") or self.bin_names.get(said.get("kdenlive:id", "none"))
        return own or said.get("shotcut:caption") or media.name

    def _time(self, frames: int) -> otio.opentime.RationalTime:
        return otio.opentime.RationalTime(frames, otio_rate(self.project.rate))


def _position(media: MltMedia, first: int, count: int) -> Fraction:
    """Return the frame of the media, at the project's rate, where a clip's source range starts."""
    speed = media.speed
    if speed == 1:
        return Fraction(first)
    nearest = Fraction(1, 2) if speed.denominator != 1 else Fraction(0)
    if speed > 0:
        return first * speed + nearest
    return (media.last - first - count + 1) * -speed + nearest
