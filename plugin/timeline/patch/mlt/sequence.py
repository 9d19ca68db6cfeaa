"""New tracks in a sequence of MLT: all that counts its tracks is counted anew.

0 black   1 A1   2 V1   3 V2        2 is dubbed, the dub's sound is new
0 black   1 DUB de   2 A1   3 V1   4 DUB   5 V2
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from lipflap.plugin.timeline.dialect.mlt.project import MltProject, properties, track_elements
from lipflap.plugin.timeline.patch.mlt.clips import property_markup
from lipflap.plugin.timeline.patch.xml_spans import Edits, Element

_TRACK_OF_GROUP = re.compile(r'("data"\s*:\s*")(\d+)(?=:)')
_COUNTED = ("activeTrack", "audioTarget", "videoTarget")
_NO_PICTURE = ("mix", "audio")


@dataclass(frozen=True, slots=True)
class NewTrack:
    """A track to be added to a sequence.

    above    number of the track that it comes directly above
    mirrors  number of the track whose clips it shows anew
    plays    id of what its <track> plays
    clips    record frames from and to of each of its pictures, and the name of its shot
    """

    above: int
    mirrors: int
    plays: str
    is_sound: bool = False
    clips: tuple[tuple[int, int, str], ...] = ()


class NewTracks:
    """The tracks that come into a sequence, and the numbers that the old ones have then."""

    def __init__(self, project: MltProject, sequence: Element, new: list[NewTrack]) -> None:
        self._project, self._sequence = project, sequence
        self._new = sorted(new, key=lambda one: one.above)

    def number(self, old: int) -> int:
        """Return the new number of an old track."""
        return old + sum(one.above < old for one in self._new)

    def insert(self, edits: Edits) -> list[str]:
        """Add the tracks, their transitions, and the new numbers of all others.

        Returns the names of shots that are mixed with the track below, where the old picture is
        mixed in, too.
        """
        tracks = track_elements(self._sequence)
        for above in dict.fromkeys(one.above for one in self._new):
            markup = "".join(
                f'<track hide="video" producer="{one.plays}"/>'
                if one.is_sound
                else f'<track hide="audio" producer="{one.plays}"/>'
                for one in self._new
                if one.above == above
            )
            edits.insert_after(tracks[above], markup)
        for one in [*self._sequence.find_all("transition"), *self._sequence.find_all("filter")]:
            self._renumber(edits, one)
        mixed: list[str] = []
        for place, new in enumerate(self._new):
            number = self.number(new.above) + self._rank(place)
            if new.is_sound:
                self._add_sum(edits, number)
            else:
                self._add_blend(edits, new, number)
                mixed += self._copy_compositions(edits, new, number)
        self._renumber_properties(edits)
        return mixed

    def _rank(self, place: int) -> int:
        """Return how many tracks further up a new one lies than the old one below it."""
        above = self._new[place].above
        return 1 + sum(one.above == above for one in self._new[:place])

    def _renumber(self, edits: Edits, element: Element) -> None:
        for one in element.find_all("property"):
            if one.attributes.get("name") in ("a_track", "b_track", "track"):
                text = one.text.strip()
                if text.isdecimal() and self.number(int(text)) != int(text):
                    edits.set_text(one, str(self.number(int(text))))

    def _add_sum(self, edits: Edits, number: int) -> None:
        """Add the sound of a track to that of the others."""
        said = {"a_track": "0", "b_track": str(number), "mlt_service": "mix"}
        said |= {"always_active": "1", "sum": "1"}
        if self._is_kdenlive():  # its black track is marked as silent, others may hide the dub
            said |= {"accepts_blanks": "1", "kdenlive_id": "mix", "internal_added": "237"}
        edits.append(self._sequence, _transition(said))

    def _add_blend(self, edits: Edits, new: NewTrack, number: int) -> None:
        """Lay the new track over those below as the track below it is laid."""
        like = self._blend_of(new.above)
        if like is not None:
            is_off = properties(like).get("disable") == "1"  # of Shotcut's lowest picture
            more = {"disable": "0", "a_track": str(number - 1)} if is_off else {}
            edits.insert_after(like, self._copied(like, number, more))
            return
        markup = _transition(self._plain_blend(number))
        following = next(self._blends_above(new.above), None)
        if following is not None:
            edits.insert_before(following, markup)
        else:
            edits.append(self._sequence, markup)

    def _copy_compositions(self, edits: Edits, new: NewTrack, number: int) -> Iterator[str]:
        """Place and fade the new pictures as the editor did those of the track below.

        Yields the names of shots that such a transition mixes, be it by a luma or over time.
        """
        for one in self._sequence.find_all("transition"):
            said = properties(one)
            if said.get("b_track") != str(new.mirrors) or one is self._blend_of(new.mirrors):
                continue
            first, last = (one.attributes.get(name, said.get(name)) for name in ("in", "out"))
            if first is None or last is None or said.get("mlt_service") in _NO_PICTURE:
                continue
            start, end = self._project.frames(first), self._project.frames(last) + 1
            names = [name for a, b, name in new.clips if a < end and b > start]
            if names:
                edits.insert_after(one, self._copied(one, number, {}))
            if said.get("mlt_service") == "luma" or any("=" in text for text in said.values()):
                yield from names

    def _copied(self, transition: Element, number: int, more: Mapping[str, str]) -> str:
        """Return a transition of the track below for a new one."""
        copy = Edits(self._project.document, transition)
        copy.drop_attribute(transition, "id")
        written = properties(transition).get("a_track", "0")
        lower = int(written) if written.isdecimal() else 0
        changed = {"a_track": str(self.number(lower)), "b_track": str(number), **more}
        for one in transition.find_all("property"):
            if (name := one.attributes.get("name", "")) in changed:
                copy.set_text(one, changed[name])
        return copy.markup()

    def _blend_of(self, track: int) -> Element | None:
        """Return the transition that lays a whole track over those below it."""
        return next(self._blends(lambda number: number == track), None)

    def _blends_above(self, track: int) -> Iterator[Element]:
        return self._blends(lambda number: number > track)

    def _blends(self, wanted: Callable[[int], bool]) -> Iterator[Element]:
        for one in self._sequence.find_all("transition"):
            said = properties(one)
            upper = said.get("b_track", "")
            is_whole = said.get("always_active") == "1" or not {"in", "out"} & set(one.attributes)
            is_picture = said.get("mlt_service") not in _NO_PICTURE
            if upper.isdecimal() and wanted(int(upper)) and is_whole and is_picture:
                yield one

    def _plain_blend(self, number: int) -> dict[str, str]:
        used = [properties(one).get("mlt_service", "") for one in self._blends_above(-1)]
        service = (used or ["qtblend" if self._is_kdenlive() else "composite"])[0]
        said = {"a_track": "0", "b_track": str(number), "mlt_service": service}
        said["always_active"] = "1"
        kdenlive = {"kdenlive_id": service, "internal_added": "237"}
        return said | (kdenlive if self._is_kdenlive() else {})

    def _is_kdenlive(self) -> bool:
        return b"kdenlive:docproperties" in self._project.document.data

    def _renumber_properties(self, edits: Edits) -> None:
        """Count anew in what Kdenlive notes: groups of clips, and the tracks that are chosen.

        It counts from the track above the black one.
        """
        for one in _notes(self._project, self._sequence):
            name = one.attributes.get("name", "")
            if name.endswith("groups"):
                text = _TRACK_OF_GROUP.sub(self._renumbered, one.text)
            elif name.endswith(_COUNTED) and one.text.strip().isdecimal():
                text = str(self.number(int(one.text) + 1) - 1)
            else:
                continue
            if text != one.text:
                edits.set_text(one, text)

    def _renumbered(self, match: re.Match[str]) -> str:
        return f"{match[1]}{self.number(int(match[2]) + 1) - 1}"


def _notes(project: MltProject, sequence: Element) -> Iterator[Element]:
    """Yield the properties in which Kdenlive notes facts about the tracks of a sequence."""
    yield from sequence.find_all("property")
    if not any(name.startswith("kdenlive:sequenceproperties") for name in properties(sequence)):
        for name in ("main_bin", "main bin"):
            if (playlist := project.by_id.get(name)) is not None:
                yield from playlist.find_all("property")


def _transition(said: Mapping[str, str]) -> str:
    inside = "".join(property_markup(name, value) for name, value in said.items())
    return f"<transition>{inside}</transition>"
