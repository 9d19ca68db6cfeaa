"""The clips of a track of MLT in record order, and where two of them mix.

Kdenlive lays clips that mix on two playlists by turns, and Shotcut puts a tractor of its own
between them. Both become pieces that overlap:

    playlist A   |==== 1 ====|         |== 3 ==|         1 ====|x|              mix x
    playlist B          |==== 2 ====|             or          x  |==== 2
    pieces       1 and 2 overlap                         1 and 2 each extended by x
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.dialect.mlt.project import (
    SERVICES,
    MltProject,
    MltTrack,
    properties,
    track_elements,
)
from lipflap.plugin.timeline.patch.xml_spans import Element

_MAX_PIECES = 1_000_000  # of a playlist; more is no cut that anybody made


@dataclass(frozen=True, slots=True)
class Piece:
    """A clip on a track.

    start, count  record frames, mixes included
    first         frame of its service that shows at `start`
    element       the entry that plays it; a mix's track where no entry does
    service       what it plays, None where the document lacks it
    """

    start: int
    count: int
    first: int
    element: Element
    service: Element | None

    @property
    def end(self) -> int:
        """Return the record frame after its last."""
        return self.start + self.count


def pieces_of(project: MltProject, track: MltTrack) -> list[Piece]:
    """Return the clips of a track by their starts; each ends before the next but one starts.

    Raises DubError for a clip of unknown length.
    """
    _check_begin(project, track)
    if not track.playlists or track.service.tag not in ("playlist", "tractor"):
        first, count = project.range_of(track.element)
        return [Piece(0, count, first, track.element, track.service)]
    found = [piece for one in track.playlists for piece in _playlist_pieces(project, one)]
    return _without_nesting(sorted(found, key=lambda piece: (piece.start, piece.end)))


def _playlist_pieces(project: MltProject, playlist: Element) -> list[Piece]:
    pieces: list[Piece] = []
    start = 0
    for child in playlist.children:
        if child.tag == "blank":
            start += project.frames(child.attributes.get("length", "0"))
        elif child.tag in ("entry", *SERVICES):
            repeats = repeats_of(child)
            if len(pieces) + repeats > _MAX_PIECES:
                raise _too_often(project)
            for _ in range(repeats):
                piece = _entry_piece(project, child, start)
                start = piece.end
                _append(project, pieces, piece)
    return pieces


def _check_begin(project: MltProject, track: MltTrack) -> None:
    """Raise DubError for a track that leaves out the beginning of its clips."""
    if track.service.tag not in ("playlist", "tractor") or track.element is track.service:
        return
    begin = project.begin_of(track.service)
    begin += project.frames(track.element.attributes.get("in") or "0")
    if begin:
        raise DubError(
            f"plays a track from its frame {begin} on: {project.path_of(track.element)}.",
            where=project.document.name,
            fix="Let the track begin with its first frame, and save the project again.",
        )


def repeats_of(entry: Element) -> int:
    """Return how often an entry plays in a row."""
    text = entry.attributes.get("repeat", "1")
    return int(text) if text.isdecimal() else 1


def _too_often(project: MltProject) -> DubError:
    return DubError(
        f"repeats its clips so often that a playlist holds more than {_MAX_PIECES:,}.",
        where=project.document.name,
        fix="Save a project whose entries are repeated less often.",
    )


def _entry_piece(project: MltProject, entry: Element, start: int) -> Piece:
    first, count = project.range_of(entry)
    return Piece(start, count, first, entry, project.service(entry))


def _append(project: MltProject, pieces: list[Piece], piece: Piece) -> None:
    """Append a piece; a mix becomes a longer piece on each side."""
    mix = mix_tracks(piece.service)
    if mix is None:
        previous = pieces[-1] if pieces else None
        if previous is not None and previous.element.tag == "track" and _follows(previous, piece):
            joined = replace(piece, start=previous.start, first=previous.first)
            pieces[-1] = replace(joined, count=piece.end - previous.start)
        elif piece.count:
            pieces.append(piece)
        return
    left, right = (_mix_piece(project, track, piece) for track in mix)
    if pieces and _follows(pieces[-1], left):
        pieces[-1] = replace(pieces[-1], count=left.end - pieces[-1].start)
    else:
        pieces.append(left)
    pieces.append(right)


def mix_tracks(service: Element | None) -> tuple[Element, Element] | None:
    """Return the two tracks of a tractor that Shotcut lays between two clips, else None."""
    if service is None or service.tag != "tractor":
        return None
    tracks = track_elements(service)
    is_mix = "shotcut:transition" in properties(service) and len(tracks) == 2
    return (tracks[0], tracks[1]) if is_mix else None


def _mix_piece(project: MltProject, track: Element, mix: Piece) -> Piece:
    first, _ = project.range_of(track)
    return Piece(mix.start, mix.count, first + mix.first, track, project.service(track))


def _follows(left: Piece, right: Piece) -> bool:
    """Return whether a piece goes on where another ends, in record time and in its media."""
    same = left.service is right.service or _resource(left) == _resource(right) != ""
    return same and left.end == right.start and left.first + left.count == right.first


def _resource(piece: Piece) -> str:
    return properties(piece.service).get("resource", "") if piece.service is not None else ""


def _without_nesting(pieces: Sequence[Piece]) -> list[Piece]:
    """Return the pieces with an end cut off where it reaches past the next piece's end."""
    kept: list[Piece] = []
    for piece in pieces:
        while kept and kept[-1].end >= piece.end and kept[-1].start == piece.start:
            kept.pop()
        if kept and kept[-1].end >= piece.end:
            kept[-1] = replace(kept[-1], count=piece.start - kept[-1].start)
        if len(kept) > 1 and kept[-2].end > piece.start:
            kept[-2] = replace(kept[-2], count=piece.start - kept[-2].start)
        kept.append(piece)
    return [piece for piece in kept if piece.count > 0]


def bodies(pieces: Sequence[Piece]) -> Iterator[tuple[Piece, int, int]]:
    """Yield each piece with the record frames of its body; two that mix meet in the middle."""
    for place, piece in enumerate(pieces):
        left = pieces[place - 1] if place else None
        right = pieces[place + 1] if place + 1 < len(pieces) else None
        start = _meeting(left, piece) if left and left.end > piece.start else piece.start
        end = _meeting(piece, right) if right and piece.end > right.start else piece.end
        yield piece, start, end


def _meeting(left: Piece, right: Piece) -> int:
    """Return the record frame in the middle of a mix."""
    return right.start + (left.end - right.start) // 2
