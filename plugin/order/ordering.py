"""From a cue sheet to orders: all that a machine must know that has never seen the cut."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from math import ceil
from pathlib import Path
from typing import TypeVar

from lipflap.core.errors import DubError, HandlesMissing, MediaBroken, MediaMissing
from lipflap.core.files.fingerprint import fingerprint, fingerprint_of_picture
from lipflap.core.media.encode import suffix
from lipflap.core.media.probe import MediaInfo, probe, probe_sound
from lipflap.core.order import DubOrder, DubSettings, FrameRange, Output, Picture, Role
from lipflap.plugin.cut.cuesheet import Cue, CueSheet, CueState, skip
from lipflap.plugin.cut.cut import ClipMedia
from lipflap.plugin.cut.reason import Reason, ReasonCode
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.job.folder import Job
from lipflap.plugin.order.dialogue import SoundClock, make_speeches
from lipflap.plugin.order.quality import quality_preset
from lipflap.plugin.order.source_frames import MediaClock, SourceFrames, source_frames

_Told = TypeVar("_Told")


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """What the orders of a cut have in common.

    handles   frames to render beyond what the cut shows, on each side, where media has them
    codec     "source" or a name core.media.encode knows
    settings  how to repaint; each cue sets its own face
    """

    handles: int
    codec: str
    settings: DubSettings


@dataclass(frozen=True, slots=True)
class _MediaProbeCache:
    """How media is looked at: each file once, however many shots are out of it.

    see     what a picture is, by path and first file, and its fingerprint
    listen  how the samples of a sound file are counted
    """

    see: Callable[[str, int | None], tuple[MediaInfo, str]]
    listen: Callable[[Path], SoundClock]


def make_orders(
    sheet: CueSheet, terms: RenderSettings, job: Job, hash_of: Callable[[str], str]
) -> tuple[CueSheet, tuple[DubOrder, ...]]:
    """An order for every ready cue; a cue that cannot be ordered is left, with its reason.

    hash_of   the sha256 of a model's file by the model's name; Raises DubError
    """
    both = list(iter_orders(sheet, terms, job, hash_of))
    made = tuple(order for _, order in both if order)
    return replace(sheet, cues=tuple(cue for cue, _ in both)), made


def iter_orders(
    sheet: CueSheet, terms: RenderSettings, job: Job, hash_of: Callable[[str], str]
) -> Iterator[tuple[Cue, DubOrder | None]]:
    """Cue after cue of the sheet, checked against its media, with its order if it has one."""
    looks, hashed = (
        _MediaProbeCache(_memoize_with_errors(_probe_picture), _memoize_with_errors(_probe_sound)),
        _memoize_with_errors(hash_of),
    )
    for cue in sheet.cues:
        if cue.state != CueState.READY:
            yield cue, None
            continue
        try:
            asked = _requested(cue, terms, hashed)
            yield _order(cue, sheet, asked, job, looks)
        except DubError as problem:
            yield skip(cue, _reason(problem, cue)), None


def _requested(cue: Cue, terms: RenderSettings, hash_of: Callable[[str], str]) -> RenderSettings:
    """The terms of the cut as the directions of a cue change them."""
    decided = cue.directions
    settings = replace(terms.settings, face=decided.face)
    if decided.quality is not None:
        quality = quality_preset(decided.quality)
        settings = replace(settings, steps=quality.steps, guidance=quality.guidance)
    model = settings.model if decided.model is None else decided.model
    settings = replace(settings, model=model, model_sha256=hash_of(model))
    handles = terms.handles if decided.handles is None else decided.handles
    return replace(terms, handles=handles, settings=settings)


def _order(
    cue: Cue, sheet: CueSheet, terms: RenderSettings, job: Job, looks: _MediaProbeCache
) -> tuple[Cue, DubOrder]:
    shot, media = cue.shot, cue.shot.media
    if media is None:
        raise DubError("has no picture media.", where=shot.name)
    info, seen = looks.see(media.path, media.first_file)
    clock = _clock(media, info)
    taken = source_frames(shot, media, clock, sheet.rate, terms.handles)
    heard, notes = make_speeches((pair.line for pair in cue.pairs), _plays(taken), looks.listen)
    if not any(speech.role == Role.DUB for speech in heard):
        raise DubError("is dubbed by a file that holds no sound there.", where=shot.name)
    order = DubOrder(
        shot=shot.name,
        picture=Picture(
            path=media.path,
            rate=clock.rate,
            first_frame=info.first_frame,
            first_file=info.first_file,
            fingerprint=seen,
        ),
        frames=taken.frames,
        speeches=heard,
        output=_output(taken, job.media(shot.name, suffix(info, terms.codec)), terms.codec),
        settings=terms.settings,
        leave=_excluded_frames(cue.directions.leave, taken),
    )
    return replace(cue, notes=notes, starts=taken.record_start), order


def _excluded_frames(leave: Iterable[TimeRange], taken: SourceFrames) -> tuple[FrameRange, ...]:
    """The output frames that begin within these stretches of record time."""
    count = taken.frames.count
    spans = []
    for stretch in leave:
        first, end = (
            min(max(0, ceil((at - taken.record_start) * taken.rate)), count)
            for at in (stretch.start, stretch.end)
        )
        spans += [FrameRange(first, end)] if first < end else []
    return tuple(spans)


_CODES = {
    MediaMissing: ReasonCode.MEDIA_MISSING,
    MediaBroken: ReasonCode.MEDIA_UNREADABLE,
    HandlesMissing: ReasonCode.MEDIA_TOO_SHORT,
}


def _reason(problem: DubError, cue: Cue) -> Reason:
    """Return why a cue is skipped; an error about the shot itself need not name it again."""
    code = _CODES.get(type(problem), ReasonCode.CANNOT_BE_ORDERED)
    if problem.where != cue.shot.name:
        return Reason(code, str(problem))
    return Reason(code, f"It {problem.problem} {problem.fix}".strip())


def _clock(media: ClipMedia, info: MediaInfo) -> MediaClock:
    """Few image files know their rate: of a sequence, the cut tells it."""
    rate = info.rate if info.first_file is None else media.rate
    return MediaClock(rate, info.first_frame, info.frame_count)


def _plays(taken: SourceFrames) -> TimeRange:
    """The record time that the new file spans."""
    return TimeRange(taken.record_start, taken.record_start + taken.frames.count / taken.rate)


def _output(taken: SourceFrames, path: Path, codec: str) -> Output:
    return Output(
        path=str(path.absolute()),
        rate=taken.rate,
        start_frame=taken.start_frame,
        head=taken.head,
        tail=taken.tail,
        codec=codec,
    )


def _probe_picture(path: str, first_file: int | None) -> tuple[MediaInfo, str]:
    return probe(path, first_file=first_file), fingerprint_of_picture(path)


def _probe_sound(path: Path) -> SoundClock:
    sound = probe_sound(str(path))
    return SoundClock(sound.sample_rate_hz, sound.sample_count, fingerprint(path))


def _memoize_with_errors(ask: Callable[..., _Told]) -> Callable[..., _Told]:
    """`ask`, which does not ask the same twice: what it was told, a DubError too, is remembered."""

    @cache
    def told(*asked: Hashable) -> _Told | DubError:
        try:
            return ask(*asked)
        except DubError as problem:
            return problem

    def again(*asked: Hashable) -> _Told:
        found = told(*asked)
        if isinstance(found, DubError):
            raise found
        return found

    return again
