"""The rows of the cast: each person seen, and each character of the dub whose face is not known."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from lipflap.core.analysis.speakers.people import Person, SeenFace
from lipflap.plugin.cut.cast.speakers import characters_of
from lipflap.plugin.cut.cast.spoken_together import names_in
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.cut.decisions import Decisions


@dataclass(frozen=True, slots=True)
class CastRow:
    """One person.

    character   empty while unnamed
    faces       empty for a character whose face is not known
    lines       how many lines of the dub he or she says
    few_mouths  shots whose new mouths are poor because the film shows too few of this actor
    """

    character: str
    faces: tuple[SeenFace, ...]
    lines: int = 0
    few_mouths: tuple[str, ...] = ()

    @property
    def about(self) -> str:
        """Return in how many shots they are seen, and how many lines they say."""
        shots = len({face.shot for face in self.faces})
        seen = f"in {_count(shots, 'shot')}" if shots else "face not known yet"
        return f"{seen} · {_count(self.lines, 'line')}" if self.character else seen

    @property
    def advice(self) -> str:
        """Return what would help the new mouths of this actor; empty where nothing is missing."""
        if not self.few_mouths:
            return ""
        more = f" and {len(self.few_mouths) - 2} more" if len(self.few_mouths) > 2 else ""
        shots = ", ".join(self.few_mouths[:2]) + more
        return f"Few open mouths of this actor for {shots}: a take in which they speak helps."


def cast_names(lines: Iterable[DubLine], decisions: Decisions) -> tuple[str, ...]:
    """Return the characters of the dub, and those whom an editor has shown, each once."""
    named = {name.casefold(): name for name in characters_of(lines)}
    for shown in decisions.speakers:
        named.setdefault(shown.character.casefold(), shown.character)
    return tuple(named.values())


def make_cast_rows(
    people: Sequence[Person],
    lines: Iterable[DubLine],
    decisions: Decisions,
    few_mouths: Collection[tuple[str, int]],
) -> tuple[CastRow, ...]:
    """Return the rows: named people, characters whose face is not known, then the others.

    few_mouths   shot and face of new mouths for which too few were filmed
    """
    lines = tuple(lines)
    said = Counter(name.casefold() for line in lines for name in names_in(line.character))
    rows = [
        CastRow(
            character=person.character,
            faces=person.faces,
            lines=said[person.character.casefold()] if person.character else 0,
            few_mouths=tuple(face.shot for face in person.faces if face.key in few_mouths),
        )
        for person in people
    ]
    known = {row.character.casefold() for row in rows}
    unknown = [name for name in cast_names(lines, decisions) if name.casefold() not in known]
    absent = [CastRow(name, (), said[name.casefold()]) for name in unknown]
    named = [row for row in rows if row.character]
    return (*named, *absent, *(row for row in rows if not row.character))


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
