"""Dubbed shots in a project of Kdenlive, Shotcut or MLT.

    track    a track DUB directly above each track that holds dubbed shots, so that all that lies
             above stays above
    replace  the clips' entries play the new files

New files become producers of their own, like those of the old ones, and stand in the bin.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.dialect.mlt.media import media_of
from lipflap.plugin.timeline.dialect.mlt.pieces import (
    Piece,
    bodies,
    mix_tracks,
    pieces_of,
    repeats_of,
)
from lipflap.plugin.timeline.dialect.mlt.project import (
    SERVICES,
    MltProject,
    MltTrack,
    properties,
    read_project,
    sequences,
    track_elements,
    tracks_of,
)
from lipflap.plugin.timeline.dialect.mlt.time import time_like
from lipflap.plugin.timeline.item_names import DUB_TRACK, holds_mouths
from lipflap.plugin.timeline.patch.dubbed_shot import Delivery, DubbedShot, How, Patched, Writer
from lipflap.plugin.timeline.patch.heard_clip import SILENT, needs_sound
from lipflap.plugin.timeline.patch.mlt.clips import (
    NewClip,
    bin_ids,
    free_prefix,
    new_clip,
    producer_markup,
    retarget,
)
from lipflap.plugin.timeline.patch.mlt.laid import Pieces, players_of
from lipflap.plugin.timeline.patch.mlt.sequence import NewTrack, NewTracks
from lipflap.plugin.timeline.patch.mlt.sounds import SoundTracks
from lipflap.plugin.timeline.patch.mlt.tracks import DubTrack
from lipflap.plugin.timeline.patch.xml_spans import Edits, Element


def patch_mlt(data: bytes, path: Path, delivery: Delivery) -> Patched:
    """Return the project with the dubbed shots in it. Raises DubError when it is no project."""
    return _Patch(read_project(data, str(path)), delivery).applied()


MLT = Writer(patch_mlt, (How.TRACK, How.REPLACE))


_OLD_SHOWS = (
    "It is mixed with the track below: in the mix its old picture shows through the new one, by up "
    "to a quarter. --as replace shows the new one alone."
)


_REPEATED = "one entry plays its clip several times in a row: it was left as it was."
_SHARED = "other clips play its producer, too: it was left as it was. --as track lays it above."


@dataclass(frozen=True, slots=True)
class _Place:
    """A track of a sequence with the pieces on it, each with the record frame of its body."""

    sequence: Element
    track: MltTrack
    pieces: tuple[tuple[Piece, int], ...]


@dataclass
class _Patch:
    """A project that is being patched."""

    project: MltProject
    delivery: Delivery
    notes: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.edits = Edits(self.project.document)
        self.is_kdenlive = b"kdenlive:docproperties" in self.project.document.data
        entries = self.project.document.root.iter("entry")
        self.like = next((one.attributes["in"] for one in entries if "in" in one.attributes), "0")
        self.bin_ids = bin_ids(self.project)
        self.prefix = free_prefix(self.project)
        self.main = sequences(self.project)[0]

    def applied(self) -> Patched:
        """Return the patched project."""
        seen: set[int] = set()
        found = {id(one): list(self._places(one, seen)) for one in sequences(self.project)}
        places = [place for several in found.values() for place in several]
        new = self._new_clips(places)
        if not new and any(sentence == SILENT for _, sentence in self.notes):
            raise needs_sound(self.delivery.how, self.project.document.name)
        if not new and {_REPEATED, _SHARED} & {sentence for _, sentence in self.notes}:
            raise DubError(
                "plays the dubbed clips more than once by one entry or producer.",
                where=self.project.document.name,
                fix="Give each of them an entry and a producer of its own, and dub it again.",
            )
        if not new and self.delivery.shots:
            raise DubError(
                "holds none of the clips that were dubbed.",
                where=self.project.document.name,
                fix="Conform the project that the job was made from.",
            )
        dubbed = (one for one in sequences(self.project) if _holds(found[id(one)], new))
        self.main = next(dubbed, self.main)
        sounds = SoundTracks(
            self.project,
            self.delivery.sounds,
            self.bin_ids,
            self.like,
            self.prefix,
            is_kdenlive=self.is_kdenlive,
        )
        self._add_producers(list(new.values()), sounds)
        tracks: dict[int, list[NewTrack]] = {}
        if self.delivery.how == How.REPLACE:
            self._replace(places, new)
        else:
            self._add_dub_tracks(places, new, tracks)
        self._add_sound_tracks(sounds, tracks)
        for sequence in self._all_sequences(places):
            if id(sequence) in tracks:
                mixed = NewTracks(self.project, sequence, tracks[id(sequence)]).insert(self.edits)
                self.notes += [(name, _OLD_SHOWS) for name in dict.fromkeys(mixed)]
        self._rename()
        return Patched(self.edits.applied(), tuple(self.notes))

    def _all_sequences(self, places: Sequence[_Place]) -> list[Element]:
        found = {id(one.sequence): one.sequence for one in places}
        return list({**found, id(self.main): self.main}.values())

    def _places(self, sequence: Element, seen: set[int]) -> Iterator[_Place]:
        """Yield the picture tracks of a sequence and of those nested in it, each once."""
        if id(sequence) in seen or sequence.tag not in ("tractor", "playlist"):
            return
        seen.add(id(sequence))
        for track in tracks_of(self.project, sequence):
            pieces = pieces_of(self.project, track)
            if not track.is_sound:
                laid = tuple((piece, start) for piece, start, _ in bodies(pieces))
                yield _Place(sequence, track, laid)
            for piece in pieces:
                if piece.service is not None and mix_tracks(piece.service) is None:
                    yield from self._places(piece.service, seen)

    def _new_clips(self, places: Sequence[_Place]) -> dict[int, NewClip]:
        """Return a new clip for each shot, by the id of its clip's element."""
        pieces = {
            self.project.path_of(piece.element): (piece, start)
            for place in places
            for piece, start in place.pieces
            if piece.service is not None and piece.service.tag in ("producer", "chain")
        }
        heard = self._heard(places) if self.delivery.how == How.REPLACE else set()
        new: dict[int, NewClip] = {}
        for shot in self.delivery.shots:
            found = pieces.get(shot.element)
            if found is None:
                self._note(shot, "its clip is not in the project any more, and was left as it was.")
            elif id(found[0].element) in heard and not shot.has_sound:
                self._note(shot, SILENT)
            elif left := self._why_left(found[0].element):
                self._note(shot, left)
            elif id(found[0].element) in new:
                self._note(shot, "its clip is shown twice in the cut; one new picture serves both.")
            else:
                clip = new_clip(
                    self.project,
                    shot,
                    *found,
                    producer=f"{self.prefix}{len(new)}",
                    bin_id=next(self.bin_ids),
                    is_heard=id(found[0].element) in heard,
                )
                self._check(shot, clip)
                new[id(found[0].element)] = clip
        return new

    def _why_left(self, element: Element) -> str:
        """Return why what plays a clip cannot play another file; empty where it can."""
        if repeats_of(element) > 1:
            return _REPEATED
        name = element.attributes.get("id")
        players = self.project.document.root.iter("entry", "track")
        is_shared = element.tag in SERVICES and any(
            name == one.attributes.get("producer") for one in players
        )
        return _SHARED if name and is_shared and self.delivery.how == How.REPLACE else ""

    def _heard(self, places: Sequence[_Place]) -> set[int]:
        """Return the ids of the elements of clips that are heard from the file that they show."""
        return {
            id(piece.element)
            for place in places
            if "audio" not in place.track.hides
            for piece, _ in place.pieces
            if media_of(self.project, piece.service).has_sound
        }

    def _check(self, shot: DubbedShot, clip: NewClip) -> None:
        """Note what the project cannot show as it was."""
        if clip.first < 0 or clip.first + clip.piece.count > clip.length:
            self._note(shot, "its new file is shorter than the clip with its mixes.")
        if shot.frames.rate != self.project.rate:
            self._note(
                shot, "its media has another rate than the project: it may be half a frame off."
            )

    def _note(self, shot: DubbedShot, sentence: str) -> None:
        self.notes.append((shot.name, sentence))

    def _add_producers(self, new: list[NewClip], sounds: SoundTracks) -> None:
        """Add producers before all that plays them, and their entries in the bin."""
        markup = [producer_markup(self.project, clip) for clip in new] + sounds.producers()
        root = self.project.document.root
        first = next(one for one in root.children if one.tag in ("playlist", "tractor"))
        self.edits.insert_before(first, "".join(f"{one}\n " for one in markup))
        entries = []
        for clip in new:
            first_frame, last = self._time(0), self._time(clip.length - 1)
            entries.append(f'<entry producer="{clip.producer}" in="{first_frame}" out="{last}"/>')
        for name in ("main_bin", "main bin"):
            if (playlist := self.project.by_id.get(name)) is not None:
                self.edits.append(playlist, "".join([*entries, *sounds.bin_entries()]))

    def _time(self, frames: int) -> str:
        return time_like(frames, self.project.rate, self.like)

    def _replace(self, places: Sequence[_Place], new: dict[int, NewClip]) -> None:
        """Let the entries of the dubbed clips, and their sides in mixes, play the new files."""
        played: set[int] = set()  # of a playlist that two tracks play
        for place in places:
            pieces = Pieces([piece for piece, _ in place.pieces])
            for playlist in place.track.playlists:
                for laid, piece in players_of(self.project, playlist, pieces):
                    if id(laid.entry) in played:
                        continue
                    played.add(id(laid.entry))
                    if clip := new.get(id(piece.element)):
                        count = laid.end - laid.start
                        retarget(self.edits, self.project, laid.entry, clip, laid.start, count)

    def _add_dub_tracks(
        self,
        places: Sequence[_Place],
        new: dict[int, NewClip],
        tracks: dict[int, list[NewTrack]],
    ) -> None:
        dubbed = [one for one in places if _holds([one], new)]
        for number, place in enumerate(dubbed):
            if place.sequence.tag != "tractor":
                raise DubError(
                    "is one playlist, which cannot take a track above it.",
                    where=self.project.document.name,
                    fix="Choose --as replace.",
                )
            elements = {id(piece.element) for piece, _ in place.pieces}
            made = DubTrack(
                project=self.project,
                track=place.track,
                pieces=Pieces([piece for piece, _ in place.pieces]),
                new={key: clip for key, clip in new.items() if key in elements},
                name=DUB_TRACK if len(dubbed) == 1 else f"{DUB_TRACK} {place.track.name}".strip(),
                number=number,
                like=self.like,
                prefix=self.prefix,
            )
            markup, plays = made.markup()
            self.edits.insert_before(place.sequence, f"{markup}\n ")
            shown = tuple(
                (clip.piece.start, clip.piece.end, clip.shot.name) for clip in made.new.values()
            )
            above = self._top(place, places)
            track = NewTrack(above, place.track.index, plays, clips=shown)
            tracks.setdefault(id(place.sequence), []).append(track)

    def _top(self, place: _Place, places: Sequence[_Place]) -> int:
        """Return the number of a track, or of the highest DUB track directly above it."""
        laid = {
            one.track.index for one in places if one.sequence is place.sequence and _is_dub(one)
        }
        number = place.track.index
        while number + 1 in laid:
            number += 1
        return number

    def _add_sound_tracks(self, sounds: SoundTracks, tracks: dict[int, list[NewTrack]]) -> None:
        """Add sound tracks: lowest in Kdenlive, where sound lies lowest, else highest."""
        count = len(track_elements(self.main))
        above = 0 if self.is_kdenlive else count - 1
        for markup, plays in sounds.tracks():
            self.edits.insert_before(self.main, f"{markup}\n ")
            tracks.setdefault(id(self.main), []).append(
                NewTrack(above, above, plays, is_sound=True)
            )

    def _rename(self) -> None:
        """Give the sequence the name of the dubbed one, where it has a name."""
        for one in self.main.find_all("property"):
            if one.attributes.get("name") == "kdenlive:clipname":
                self.edits.set_text(one, self.delivery.name)


def _is_dub(place: _Place) -> bool:
    """Return whether a track is a DUB track of an earlier pass, which may hold sides of mixes."""
    if place.track.service.attributes.get("id", "").startswith("lipflap"):
        return True
    said = [properties(piece.service) for piece, _ in place.pieces if piece.service is not None]
    names = [one.get("kdenlive:clipname") or one.get("shotcut:caption", "") for one in said]
    return holds_mouths(place.track.name, names)


def _holds(places: Sequence[_Place], new: Mapping[int, NewClip]) -> bool:
    """Return whether a clip of these tracks is dubbed."""
    return any(id(piece.element) in new for place in places for piece, _ in place.pieces)
