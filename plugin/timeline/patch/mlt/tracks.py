"""The DUB track directly above each track that holds dubbed shots: new files alone, mixes included.

    V1      |==== 1 ====|x|==== 2 ====|==== 3 ====|
    DUB     |=== 1' ====|x|            |=== 3' ===|     of 2, which is not dubbed, the mix x alone

It mirrors the track below it, playlist by playlist, with blanks for all that is not dubbed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from lipflap.plugin.timeline.dialect.mlt.pieces import Piece, mix_tracks
from lipflap.plugin.timeline.dialect.mlt.project import MltProject, MltTrack, properties
from lipflap.plugin.timeline.dialect.mlt.time import time_like
from lipflap.plugin.timeline.patch.mlt.clips import NewClip, property_markup, retarget
from lipflap.plugin.timeline.patch.mlt.laid import Laid, Pieces, laid_on
from lipflap.plugin.timeline.patch.xml_spans import Edits, Element


@dataclass(slots=True)
class DubTrack:
    """A DUB track in the making.

    new      new clips by the ids of their pieces' elements
    number   among the DUB tracks, from 0
    like     a time as the document writes them
    prefix   how its ids begin
    """

    project: MltProject
    track: MltTrack
    pieces: Pieces
    new: Mapping[int, NewClip]
    name: str
    number: int
    like: str
    prefix: str
    _mixes: list[str] = field(init=False, default_factory=list)

    def markup(self) -> tuple[str, str]:
        """Return the elements of the track, and the id of what its <track> plays."""
        service = self.track.service
        lists = [self._playlist(one, place) for place, one in enumerate(self.track.playlists)]
        if service.tag != "tractor":
            return "\n ".join([*self._mixes, *lists]), self._list_id(0)
        kept = ("kdenlive:trackheight", "kdenlive:timeline_active", "kdenlive:collapsed")
        said = {key: value for key, value in properties(service).items() if key in kept}
        said["kdenlive:track_name"] = self.name
        end = max((one.piece.end for one in self.new.values()), default=1)
        inside = [
            *(property_markup(key, value) for key, value in said.items()),
            *(f'<track hide="audio" producer="{self._list_id(n)}"/>' for n in range(len(lists))),
            *self._picture_filters(service),
            *self._transitions(service),
        ]
        name = f"{self.prefix}track{self.number}"
        head = f'<tractor id="{name}" in="{self._time(0)}" out="{self._time(end - 1)}">'
        return "\n ".join([*lists, head + "".join(inside) + "</tractor>"]), name

    def _playlist(self, playlist: Element, place: int) -> str:
        """Return a playlist that mirrors another."""
        rows, reached = [], 0
        for start, end, markup in self._rows(playlist):
            if start > reached:
                rows.append(f'<blank length="{self._time(start - reached)}"/>')
            rows.append(markup)
            reached = end
        said = {}
        if "shotcut:video" in properties(playlist):
            said = {"shotcut:video": "1", "shotcut:name": self.name}
        shown = [property_markup(key, value) for key, value in said.items()]
        inside = [*shown, *rows, *self._picture_filters(playlist)]
        return f'<playlist id="{self._list_id(place)}">{"".join(inside)}</playlist>'

    def _rows(self, playlist: Element) -> Iterator[tuple[int, int, str]]:
        """Yield the entries of a mirrored playlist: record frames from and to, and markup."""
        if playlist.tag != "playlist":
            for clip in self.new.values():
                times = (self._time(clip.first), self._time(clip.first + clip.piece.count - 1))
                markup = f'<entry producer="{clip.producer}" in="{times[0]}" out="{times[1]}"/>'
                yield clip.piece.start, clip.piece.end, markup
        for laid in laid_on(self.project, playlist):
            if mix := mix_tracks(self.project.service(laid.entry)):
                yield from self._shotcut_mix(laid, mix)
            elif new := self.new.get(id(laid.entry)):
                edits = Edits(self.project.document, laid.entry)
                retarget(edits, self.project, laid.entry, new, laid.start, laid.end - laid.start)
                yield laid.start, laid.end, edits.markup()
            elif piece := self.pieces.of(laid.entry):
                yield from self._sides_of_mixes(laid, piece)

    def _sides_of_mixes(self, laid: Laid, piece: Piece) -> Iterator[tuple[int, int, str]]:
        """Yield the ends of an undubbed clip that mix with dubbed ones: it plays itself there."""
        for neighbour in self.pieces.beside(piece):
            start = max(piece.start, neighbour.start, laid.start)
            end = min(piece.end, neighbour.end, laid.end)
            if start >= end or id(neighbour.element) not in self.new:
                continue
            edits = Edits(self.project.document, laid.entry)
            first, written = piece.first + start - piece.start, laid.entry.attributes
            for name, frame in (("in", first), ("out", first + end - start - 1)):
                time = time_like(frame, self.project.rate, written.get(name, self.like))
                edits.set_attribute(laid.entry, name, time)
            yield start, end, edits.markup()

    def _shotcut_mix(
        self, laid: Laid, mix: tuple[Element, Element]
    ) -> Iterator[tuple[int, int, str]]:
        """Yield an entry for a copy of the tractor that mixes two clips, if one is dubbed."""
        clips = [self.new.get(id(piece.element)) for piece in self.pieces.mixing(laid.end)]
        tractor = self.project.service(laid.entry)
        if tractor is None or not any(clips):
            return
        name = f"{self.prefix}mix{self.number}_{len(self._mixes)}"
        edits = Edits(self.project.document, tractor)
        edits.set_attribute(tractor, "id", name)
        for side, clip in zip(mix, clips, strict=False):
            if clip is not None:
                retarget(edits, self.project, side, clip, laid.start, laid.end - laid.start)
        self._mixes.append(edits.markup())
        entry = Edits(self.project.document, laid.entry)
        entry.set_attribute(laid.entry, "producer", name)
        yield laid.start, laid.end, entry.markup()

    def _transitions(self, tractor: Element) -> Iterator[str]:
        """Yield the mixes of a track of Kdenlive in which a dubbed clip takes part."""
        for one in tractor.find_all("transition"):
            start = self.project.frames(one.attributes.get("in", "0"))
            sides = self.pieces.mixing(start + 1)
            if any(id(piece.element) in self.new and piece.end > start for piece in sides):
                edits = Edits(self.project.document, one)
                edits.drop_attribute(one, "id")
                yield edits.markup()

    def _picture_filters(self, owner: Element) -> Iterator[str]:
        """Yield the effects of a track that are no settings of its sound."""
        for one in owner.find_all("filter"):
            if properties(one).get("internal_added") != "237":
                edits = Edits(self.project.document, one)
                edits.drop_attribute(one, "id")
                yield edits.markup()

    def _list_id(self, place: int) -> str:
        return f"{self.prefix}list{self.number}_{place}"

    def _time(self, frames: int) -> str:
        return time_like(frames, self.project.rate, self.like)
