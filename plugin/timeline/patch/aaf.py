"""Dubbed shots in a copy of an AAF: a track of linked pictures directly above each dubbed one.

Every other track stays as it is, but for the numbers of those further up. Of shots that overlap the
one on the higher track cuts the other. Media Composer links to the new files by their paths, and
takes OP-Atom files in its own folder by their identifiers; nobody has tried either there yet.
"""

from bisect import bisect_left, insort
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Any

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_bytes
from lipflap.core.media.probe import probe
from lipflap.plugin.cut.time_range import TimeRange, difference
from lipflap.plugin.timeline.item_names import DUB_TRACK, holds_mouths
from lipflap.plugin.timeline.patch.dubbed_shot import (
    Delivery,
    DubbedShot,
    DubbedSound,
    How,
    Patched,
    Writer,
)

_QUICKTIME = (".mov", ".mp4", ".m4v")
_MXF = ".mxf"
_MXF_CONTAINER, _PYAAF2_NAME = "4b464141-000d-4d4f-060e-2b34010101ff", "ContainerDef_AAFKLV"
_EFFECTS = "Its effects stay with the old clip below it: copy them to the new one."
_CUT = "Its transition stays below it: the new picture begins or ends there with a cut."
_Note = tuple[str, str]


def patch_aaf(data: bytes, path: Path, delivery: Delivery) -> Patched:
    """Return a copy of an AAF with the dubbed shots in it. Raises DubError."""
    import aaf2  # takes a third of a second to load

    with TemporaryDirectory(prefix="lipflap-") as folder:
        copy = Path(folder) / "dubbed.aaf"
        write_bytes(copy, data)
        try:
            with aaf2.open(str(copy), "rw") as file:
                notes = _add_tracks(file, path, delivery)
                file.save()
        except DubError:
            raise
        except Exception as problem:  # pyaaf2 raises anything on files that it does not know
            raise DubError(
                f"cannot be written to: {problem or type(problem).__name__}.",
                where=str(path),
                fix="Conform into an .otio with -o NAME.otio, or export the cut as XML.",
            ) from problem
        return Patched(copy.read_bytes(), tuple(notes))


AAF = Writer(patch_aaf, (How.TRACK,), whole_frames=True, lengthens=(How.TRACK,), copies_look=False)


def _add_tracks(file: Any, path: Path, delivery: Delivery) -> list[_Note]:
    """Add the tracks for pictures and sound; return what could not be laid."""
    sequence = _sequence(file, path, delivery)
    pictures = _pictures(sequence)
    rate = Fraction(pictures[0].edit_rate)
    notes: list[_Note] = []
    laid: dict[int, list[tuple[TimeRange, Any, int]]] = {}
    below: dict[int, _Below] = {}
    covered: dict[int, list[TimeRange]] = {}  # by track: ranges in order that never overlap
    for shot in sorted(delivery.shots, key=lambda shot: shot.address, reverse=True):
        if why := _unlinkable(shot):
            notes.append((shot.name, why))
            continue
        is_mxf = shot.file.suffix.casefold() == _MXF
        picture = _managed(file, shot) if is_mxf else _picture_of(file, shot)
        place = _place(pictures, shot)
        if place not in below:
            below[place] = _Below(pictures[place])
        notes += [(shot.name, said) for said in below[place].left_by(shot, rate)]
        record = TimeRange(shot.record.start, shot.record.end + shot.added)
        above = covered.setdefault(place, [])
        for part in difference([record], above):
            later = round((part.start - shot.record.start) * rate)
            clips = laid.setdefault(place, [])
            clips.append((part, picture, int(shot.index_shown) + later))
            insort(above, part)
    for place, clips in laid.items():
        slot = _slot_above(sequence, pictures, place)
        _lay(file, slot.segment, clips, rate, "picture")
    notes += _add_sounds(file, sequence, pictures[0].edit_rate, delivery.sounds)
    sequence.name = delivery.name
    return notes


def _pictures(sequence: Any) -> list[Any]:
    """Return the picture tracks from the lowest: by their numbers, where all of them have one."""
    shown = [slot for slot in sequence.slots if slot.media_kind == "Picture"]
    is_numbered = all(slot.getvalue("PhysicalTrackNumber") for slot in shown)
    return sorted(shown, key=_number) if is_numbered else shown


def _sequence(file: Any, path: Path, delivery: Delivery) -> Any:
    """Return the sequence that was dubbed: of several with pictures the one of that name."""
    tops = list(file.content.toplevel())
    shown = [one for one in tops if any(slot.media_kind == "Picture" for slot in one.slots)]
    if not shown:
        raise DubError(
            "holds no sequence with pictures.", where=str(path), fix="Export the cut again."
        )
    return next((one for one in shown if delivery.is_for(one.name or "")), shown[0])


def _unlinkable(shot: DubbedShot) -> str:
    """Return why an AAF cannot link to a new file; empty when it can."""
    if shot.is_sequence or shot.file.suffix.casefold() not in (*_QUICKTIME, _MXF):
        kind = "an image sequence" if shot.is_sequence else f"a {shot.file.suffix} file"
        return f"It is {kind}, which an AAF cannot link to; render a .mov."
    if not Path(shot.file).is_file():
        return f"It is named {shot.file}, which is not on this machine."
    return ""


class _Below:
    """What a track has that new clips above it have not: transitions and effects."""

    def __init__(self, slot: Any) -> None:
        self._mixes, self._effects = list[tuple[int, int]](), list[tuple[int, int]]()
        position = 0
        for one in getattr(slot.segment, "components", None) or [slot.segment]:
            kind, length = type(one).__name__, int(one.length)
            if kind == "Transition":
                position -= length
                self._mixes.append((position, position + length))
                continue
            if kind == "OperationGroup":
                self._effects.append((position, position + length))
            position += length

    def left_by(self, shot: DubbedShot, rate: Fraction) -> Iterator[str]:
        """Yield what a shot's old clip has and its new one has not."""
        start, end = (round(one * rate) for one in (shot.record.start, shot.record.end))
        if _last_before(self._mixes, end) > start:
            yield _CUT
        middle = (start + end) // 2
        if not shot.is_baked and _last_before(self._effects, middle + 1) > middle:
            yield _EFFECTS


def _last_before(spans: Sequence[tuple[int, int]], frame: int) -> int:
    """Return where the last of some spans ends that begins before a frame; 0 without one."""
    place = bisect_left(spans, (frame, 0))
    return spans[place - 1][1] if place else 0


def _place(pictures: Sequence[Any], shot: DubbedShot) -> int:
    """Return which of the picture tracks a shot lies on; the last where its reader did not say."""
    ids = [str(slot.slot_id) for slot in pictures]
    return ids.index(shot.element) if shot.element in ids else len(ids) - 1


def _slot_above(sequence: Any, pictures: Sequence[Any], place: int) -> Any:
    """Add a track for pictures directly above one, and above those of an earlier dub there.

    Tracks above it are counted one further up.
    """
    while place + 1 < len(pictures) and _is_earlier_dub(pictures[place + 1]):
        place += 1
    below = pictures[place]
    number = _number(below)
    for other in pictures[place + 1 :]:
        if _number(other) > number:
            other["PhysicalTrackNumber"].value = _number(other) + 1
    slot = _new_slot(sequence, below.edit_rate, "picture")
    slot.name = DUB_TRACK
    slot["PhysicalTrackNumber"].value = number + 1
    if place + 1 < len(pictures):
        order = [one.slot_id for one in sequence.slots]
        sequence.slots.insert(order.index(below.slot_id) + 1, sequence.slots.pop(len(order) - 1))
    return slot


def _new_slot(sequence: Any, rate: Any, kind: str) -> Any:
    """Add a track under an identifier that no other has, which pyaaf2 does not see to."""
    highest = max((one.slot_id for one in sequence.slots), default=0)
    return sequence.create_empty_sequence_slot(rate, slot_id=highest + 1, media_kind=kind)


def _is_earlier_dub(slot: Any) -> bool:
    """Return whether a picture track is one that an earlier dub laid."""
    clips = (getattr(one, "mob", None) for one in getattr(slot.segment, "components", None) or [])
    return holds_mouths(slot.name or "", (mob.name or "" for mob in clips if mob is not None))


def _number(slot: Any) -> int:
    """Return the number of a track; 1 where it says none."""
    return int(slot.getvalue("PhysicalTrackNumber") or 1)


def _lay(
    file: Any, segment: Any, clips: Sequence[tuple[TimeRange, Any, int]], rate: Fraction, kind: str
) -> None:
    """Lay clips, each a slot of a master mob and the frame to start with, on a track."""
    reached = 0
    for record, (mob, slot), first in sorted(clips, key=lambda one: one[0].start):
        start, end = round(record.start * rate), round(record.end * rate)
        if start > reached:
            segment.components.append(file.create.Filler(kind, start - reached))
        clip = mob.create_source_clip(slot_id=slot.slot_id, media_kind=kind)
        clip.start, clip.length = first, end - start
        segment.components.append(clip)
        reached = end
    segment.length = reached


def _picture_of(file: Any, shot: DubbedShot) -> tuple[Any, Any]:
    """Return the master mob of a new file, and its picture's slot; its tape has its timecode."""
    info = probe(str(shot.file))
    stream = {
        "codec_type": "video",
        "codec_name": info.codec,
        "pix_fmt": info.pixel_format,
        "width": info.width,
        "height": info.height,
        "avg_frame_rate": f"{info.rate.numerator}/{info.rate.denominator}",
        "nb_frames": str(info.frame_count),
    }
    form = {"format_name": "mov", "format_long_name": "QuickTime / MOV"}
    linked = file.content.create_ama_link(str(shot.file), {"format": form, "streams": [stream]})
    master, _, tape = linked
    master.name = f"{shot.name} lipflap"
    tape.name = shot.reel or shot.file.stem
    slot = tape.create_timeline_slot(stream["avg_frame_rate"])
    slot.name = "TC1"
    timecode = file.create.Timecode(round(info.rate), drop=info.coding.drop_frame)
    timecode.start, timecode.length = shot.frames.start, len(shot.frames)
    slot.segment = timecode
    return master, _slot_of(master, "Picture")


@contextmanager
def _container_named(file: Any) -> Iterator[None]:
    """Let pyaaf2 find the container of MXF by its own name for it, where Avid calls it MXF."""
    import aaf2

    known = file.dictionary.lookup_containerdef(aaf2.auid.AUID(_MXF_CONTAINER))
    if known is None:
        known = file.create.ContainerDef(_MXF_CONTAINER, _PYAAF2_NAME)
        file.dictionary.register_def(known)
    name, known.name = known.name, _PYAAF2_NAME
    try:
        yield
    finally:
        known.name = name


def _managed(file: Any, shot: DubbedShot) -> tuple[Any, Any]:
    """Return the master mob of an OP-Atom file and its picture's slot, as the file itself has them.

    Media Composer finds the file by the identifiers of these mobs; its path is noted, too. Tracks
    are numbered as it numbers them: of the three timecodes in the file, that of the tape counts.
    """
    import aaf2

    mxf = aaf2.mxf.MXFFile(str(shot.file))
    with _container_named(file):
        mxf.link(file)
    packages = [file.content.mobs.get(package.mob_id) for package in mxf.packages()]
    for mob in packages:
        descriptor = mob.getvalue("EssenceDescription")
        is_tape = isinstance(descriptor, aaf2.essence.TapeDescriptor)
        for slot in mob.slots:
            counts = is_tape or slot.media_kind == "Picture"
            slot["PhysicalTrackNumber"].value = 1 if counts else 0
        if isinstance(descriptor, aaf2.essence.CDCIDescriptor):
            mob.name = shot.name
            mob.descriptor["Length"].value = len(shot.frames)
            locator = file.create.NetworkLocator()
            locator["URLString"].value = shot.file.as_uri()
            mob.descriptor["Locator"].append(locator)
    master = next(one for one in packages if isinstance(one, aaf2.mobs.MasterMob))
    return master, _slot_of(master, "Picture")


def _slot_of(mob: Any, kind: str) -> Any:
    return next(slot for slot in mob.slots if slot.media_kind == kind)


def _add_sounds(file: Any, sequence: Any, rate: Any, sounds: Sequence[DubbedSound]) -> list[_Note]:
    """Add a sound track for each channel of each track of the dub; return what is not laid."""
    notes = []
    masters: dict[PurePath, tuple[Any, list[Any]]] = {}
    clips: dict[tuple[str, int], list[tuple[TimeRange, Any, int]]] = {}
    for line in sorted(sounds, key=lambda one: one.track):
        if why := _unlinkable_sound(line):
            notes.append(("", f"{line.name} of the dub is not laid: {why}."))
            continue
        if line.file not in masters:
            masters[line.file] = _sound_of(file, line)
        master, slots = masters[line.file]
        first = int(line.sound_start * Fraction(rate))
        for channel, slot in enumerate(slots):
            on_track = clips.setdefault((line.track, channel), [])
            on_track.append((line.record, (master, slot), first))
    heard = [_number(slot) for slot in sequence.slots if slot.media_kind == "Sound"]
    for number, (track, channel) in enumerate(sorted(clips), max(heard, default=0) + 1):
        slot = _new_slot(sequence, rate, "sound")
        slot.name = track
        slot["PhysicalTrackNumber"].value = number
        _lay(file, slot.segment, clips[track, channel], Fraction(rate), "sound")
    return notes


def _unlinkable_sound(line: DubbedSound) -> str:
    """Return why an AAF cannot link to a sound file; empty when it can."""
    if line.file.suffix.casefold() != ".wav":
        return f"it is a {line.file.suffix} file, and an AAF links to .wav"
    return "" if Path(line.file).is_file() else f"{line.file} is not on this machine"


def _sound_of(file: Any, line: DubbedSound) -> tuple[Any, list[Any]]:
    """Return the master mob of a sound file, and its slots: one for each channel."""
    stream = {
        "codec_type": "audio",
        "codec_name": "pcm",
        "sample_rate": str(line.sample_rate_hz),
        "duration_ts": int(line.seconds * line.sample_rate_hz),
        "channels": line.channels,
    }
    form = {"format_name": "wav", "format_long_name": "WAV"}
    master, _, _ = file.content.create_ama_link(
        str(line.file), {"format": form, "streams": [stream]}
    )
    master.name = line.file.stem
    return master, [slot for slot in master.slots if slot.media_kind == "Sound"]
