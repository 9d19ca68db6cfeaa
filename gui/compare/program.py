"""The cut as it plays: which shot is seen in each of its frames."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from lipflap.core.timecode import cut_timecode
from lipflap.plugin.cut.cut import Shot
from lipflap.plugin.cut.time_range import TimeRange

Frames = tuple[int, int]  # of the cut, [first, end)


@dataclass(frozen=True, slots=True)
class Piece:
    """A visible part of a shot, in frames [first, end) of the cut."""

    first: int
    end: int
    shot: str


@dataclass(frozen=True, slots=True)
class Program:
    """A cut that can be played.

    rate         frames per second
    count        frames
    first_frame  record timecode of frame 0, as a frame number
    pieces       by their first frame; in a transition two overlap
    spans        all frames of each shot, visible or not
    longest      frames of the longest piece
    """

    rate: Fraction
    count: int
    first_frame: int
    pieces: tuple[Piece, ...]
    spans: dict[str, Frames]
    longest: int
    firsts: tuple[int, ...] = field(repr=False)

    def shot_at(self, frame: int, preferred: str | None = None) -> str | None:
        """Return the shot seen in a frame; where two are, the preferred or the later one."""
        seen = [piece.shot for piece in self._pieces_at(frame)]
        return preferred if preferred in seen else next(iter(seen), None)

    def start_of(self, shot: str) -> int:
        """Return the first frame in which a shot is seen; of one never seen, its first."""
        first, end = self.spans[shot]
        begin = bisect_right(self.firsts, first - 1)
        for piece in self.pieces[begin:]:
            if piece.first >= end:
                break
            if piece.shot == shot:
                return piece.first
        return first

    def next_piece(self, frame: int, direction: int) -> Piece | None:
        """Return the piece that begins after a frame, or the one that ended before it for -1."""
        at = bisect_right(self.firsts, frame)
        if direction > 0:
            return self.pieces[at] if at < len(self.pieces) else None
        before = [piece for piece in self.pieces[max(0, at - 3) : at] if piece.end <= frame]
        return before[-1] if before else None

    def frame_of(self, record: Fraction) -> int:
        """Return the frame that plays at a record time, or the nearest there is."""
        return max(0, min(self.count - 1, int(record * self.rate)))

    def record_of(self, frame: int) -> Fraction:
        """Return the record time at which a frame begins."""
        return frame / self.rate

    def frames_of(self, record: TimeRange) -> Frames:
        """Return the frames that begin within a range of record time."""
        return _first_frame(record.start, self.rate), _first_frame(record.end, self.rate)

    def timecode(self, frame: int) -> str:
        """Return the record timecode of a frame."""
        return cut_timecode(frame, self.rate, self.first_frame)

    def _pieces_at(self, frame: int) -> Iterator[Piece]:
        """Yield the pieces that hold a frame, the last to begin first."""
        for number in range(bisect_right(self.firsts, frame) - 1, -1, -1):
            piece = self.pieces[number]
            if piece.first + self.longest <= frame:
                return
            if frame < piece.end:
                yield piece


def make_program(
    shots: Iterable[Shot], rate: Fraction, first_frame: int, sound_end: Fraction = Fraction(0)
) -> Program:
    """Return the program of a cut; `sound_end` is the record time at which its sound ends."""
    pieces: list[Piece] = []
    spans: dict[str, Frames] = {}
    end = _first_frame(sound_end, rate)
    for shot in shots:
        record = shot.record
        spans[shot.name] = _first_frame(record.start, rate), _first_frame(record.end, rate)
        end = max(end, spans[shot.name][1])
        for part in shot.visible:
            first, last = _first_frame(part.start, rate), _first_frame(part.end, rate)
            if first < last:
                pieces.append(Piece(first, last, shot.name))
    pieces.sort(key=lambda piece: piece.first)
    return Program(
        rate=rate,
        count=end,
        first_frame=first_frame,
        pieces=tuple(pieces),
        spans=spans,
        longest=max((piece.end - piece.first for piece in pieces), default=0),
        firsts=tuple(piece.first for piece in pieces),
    )


def _first_frame(moment: Fraction, rate: Fraction) -> int:
    """Return the first frame that begins at a moment or after it; faster than with fractions."""
    frames = moment.numerator * rate.numerator
    return -(-frames // (moment.denominator * rate.denominator))
