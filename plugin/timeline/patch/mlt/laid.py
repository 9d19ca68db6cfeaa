"""What plays a clip: its entry on a playlist, and its sides in the mixes of Shotcut."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lipflap.plugin.timeline.dialect.mlt.pieces import Piece, mix_tracks, repeats_of
from lipflap.plugin.timeline.dialect.mlt.project import SERVICES, MltProject
from lipflap.plugin.timeline.patch.xml_spans import Element


@dataclass(frozen=True, slots=True)
class Laid:
    """An entry as it lies on a playlist, in record frames; `end` is the frame after its last."""

    start: int
    end: int
    entry: Element


class Pieces:
    """The clips of a track by their elements and by record frames."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self.all = pieces
        self._places = {id(piece.element): place for place, piece in enumerate(pieces)}
        self._starts = [piece.start for piece in pieces]

    def of(self, element: Element) -> Piece | None:
        """Return the piece of an element; None for an entry that is no clip."""
        place = self._places.get(id(element))
        return None if place is None else self.all[place]

    def beside(self, piece: Piece) -> Sequence[Piece]:
        """Return the pieces before and after one."""
        place = self._places[id(piece.element)]
        return [*self.all[max(0, place - 1) : place], *self.all[place + 1 : place + 2]]

    def mixing(self, end: int) -> Sequence[Piece]:
        """Return the two pieces that mix up to a record frame, in record order."""
        upto = bisect_left(self._starts, end)
        return self.all[max(0, upto - 2) : upto]


def laid_on(project: MltProject, playlist: Element) -> Iterator[Laid]:
    """Yield the entries of a playlist."""
    start = 0
    for child in playlist.children:
        if child.tag == "blank":
            start += project.frames(child.attributes.get("length", "0"))
        elif child.tag in ("entry", *SERVICES):
            _, count = project.range_of(child)
            for _ in range(repeats_of(child)):
                yield Laid(start, start + count, child)
                start += count


def players_of(
    project: MltProject, playlist: Element, pieces: Pieces
) -> Iterator[tuple[Laid, Piece]]:
    """Yield every element that plays a piece, with the record frames in which it does."""
    if playlist.tag != "playlist":
        yield from ((Laid(piece.start, piece.end, piece.element), piece) for piece in pieces.all)
        return
    for laid in laid_on(project, playlist):
        if mix := mix_tracks(project.service(laid.entry)):
            for side, piece in zip(mix, pieces.mixing(laid.end), strict=False):
                yield Laid(laid.start, laid.end, side), piece
        elif played := pieces.of(laid.entry):
            yield laid, played
