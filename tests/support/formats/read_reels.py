"""The coded reel in formats that no program here shows, and what a reader of them sees.

Frames are looked up in the media: which clip plays which frame of which file is what the reader,
one of OpenTimelineIO's adapters, says; the pictures are decoded from the files themselves.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from urllib.parse import unquote, urlparse
from xml.sax.saxutils import escape

import opentimelineio as otio
from support.cuts.coded_reel import (
    LENGTH,
    MEDIA_FRAMES,
    MIX,
    SHOTS,
    TITLE,
    CodedShot,
    first_number,
    media_name,
)
from support.media.frame_codes import Seen, read_film

from lipflap.core.timecode import format_timecode, parse_timecode

NAME_OF_TITLE = "title.mov"
Time = otio.opentime.RationalTime


# --- documents ---


def otio_reel(folder: Path, rate: Fraction, *, mixed: bool = True) -> otio.schema.Timeline:
    """The reel as a timeline; not `mixed`, it has a cut in the place of its dissolve."""
    clips: list[otio.core.Composable] = [
        otio.schema.Clip(
            f"SH0{shot.file}0",
            _reference(folder / media_name(shot.file), MEDIA_FRAMES, rate),
            _range(first_number(rate) + shot.first, len(shot.record), rate),
            metadata={"lipflap": {"element": str(shot.file)}},
        )
        for shot in SHOTS
    ]
    if mixed:
        half = Time(len(MIX) // 2, float(rate))
        clips.insert(1, otio.schema.Transition("mix", "SMPTE_Dissolve", half, half))
    title = otio.schema.Clip(
        "title",
        _reference(folder / NAME_OF_TITLE, len(TITLE), rate, first=0),
        _range(0, len(TITLE), rate),
    )
    gap = otio.schema.Gap(duration=Time(TITLE.start, float(rate)))
    made = otio.schema.Timeline("reel")
    made.tracks.extend([otio.schema.Track("V1", clips), otio.schema.Track("V2", [gap, title])])
    return made


def _reference(
    path: Path, count: int, rate: Fraction, first: int | None = None
) -> otio.schema.ExternalReference:
    start = first_number(rate) if first is None else first
    return otio.schema.ExternalReference(path.as_uri(), _range(start, count, rate))


def _range(start: int, count: int, rate: Fraction) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(Time(start, float(rate)), Time(count, float(rate)))


def edl_reel(folder: Path, rate: Fraction, more: int = 0) -> str:
    """The reel as an EDL, which holds no title; its third event `more` times again at the end."""
    one, two, three, four = SHOTS
    drop = rate == Fraction(30000, 1001)
    rows = [f"TITLE: reel\nFCM: {'DROP' if drop else 'NON-DROP'} FRAME"]

    def code(frame: int, zero: int) -> str:
        return format_timecode(zero + frame, rate, drop=drop)

    def line(number: int, shot: CodedShot, edit: str, record: range) -> str:
        first = shot.source[0] + record.start - shot.played.start
        zero = first_number(rate)
        times = [code(first, zero), code(first + len(record), zero)]
        times += [code(record.start, zero // 10), code(record.stop, zero // 10)]
        return f"{number:03}  R00{shot.file}     V     {edit:<8} {' '.join(times)}"

    mix = f"D    {len(MIX):03}"
    rows += [line(1, one, "C", range(MIX.start)), f"* FROM CLIP NAME: {media_name(1)}"]
    rows += [line(2, one, "C", range(MIX.start, MIX.start))]
    rows += [line(2, two, mix, range(MIX.start, two.record.stop))]
    rows += [f"* FROM CLIP NAME: {media_name(1)}", f"* TO CLIP NAME: {media_name(2)}"]
    for number, shot in ((3, three), (4, four)):
        rows += [line(number, shot, "C", shot.record), f"* FROM CLIP NAME: {media_name(number)}"]
    length = len(three.record)
    for number in range(more):
        late = CodedShot(3, range(LENGTH + number * length, LENGTH + (number + 1) * length), 10)
        rows += [line(5 + number, late, "C", late.record), f"* FROM CLIP NAME: {media_name(3)}"]
    return "\n".join(rows) + "\n"


def fcp7_reel(folder: Path, rate: Fraction, more: int = 0) -> str:
    """The reel as Final Cut 7 XML, its third clip `more` times again at the end."""
    drop = "DF" if rate == Fraction(30000, 1001) else "NDF"
    clock = (
        f"<rate><timebase>{round(rate)}</timebase>"
        f"<ntsc>{'TRUE' if rate.denominator > 1 else 'FALSE'}</ntsc></rate>"
    )

    def file(name: str, path: Path, count: int, first: int) -> str:
        code = f"<timecode>{clock}<frame>{first}</frame><displayformat>{drop}</displayformat>"
        return (
            f'<file id="{name}"><name>{escape(path.name)}</name><pathurl>{path.as_uri()}</pathurl>'
            f"{clock}<duration>{count}</duration>{code}</timecode><media><video/></media></file>"
        )

    def item(name: str, media: str, start: int, end: int, first: int, count: int) -> str:
        return (
            f'<clipitem id="{name}"><name>{name}</name><enabled>TRUE</enabled>'
            f"<duration>{MEDIA_FRAMES}</duration>{clock}<start>{start}</start><end>{end}</end>"
            f"<in>{first}</in><out>{first + count}</out>{media}</clipitem>"
        )

    def clip(shot: CodedShot) -> str:
        start = -1 if shot.file == 2 else shot.record.start
        end = -1 if shot.file == 1 else shot.record.stop
        source = shot.source
        path = folder / media_name(shot.file)
        media = file(f"file{shot.file}", path, MEDIA_FRAMES, first_number(rate))
        return item(f"SH0{shot.file}0", media, start, end, source[0], len(source))

    mix = (
        f"<transitionitem><start>{MIX.start}</start><end>{MIX.stop}</end>"
        f"<alignment>center</alignment>{clock}<effect><name>Cross Dissolve</name>"
        "<effectid>Cross Dissolve</effectid><effecttype>transition</effecttype></effect>"
        "</transitionitem>"
    )
    one, *others = SHOTS
    length = len(SHOTS[2].record)
    late = (
        item(f"late{n}", '<file id="file3"/>', at := LENGTH + n * length, at + length, 10, length)
        for n in range(more)
    )
    title = file("file5", folder / NAME_OF_TITLE, len(TITLE), 0)
    above = item("title", title, TITLE.start, TITLE.stop, 0, len(TITLE))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n<xmeml version="4">\n'
        f'<sequence id="reel"><name>reel</name>{clock}<media><video>\n<track>{clip(one)}{mix}'
        f"{''.join(map(clip, others))}{''.join(late)}</track>\n<track>{above}</track>\n"
        "</video></media></sequence>\n</xmeml>\n"
    )


def fcpxml_reel(folder: Path, rate: Fraction, more: int = 0) -> str:
    """The reel as Final Cut Pro writes it, its third clip `more` times again at the end."""

    def time(frames: int) -> str:
        return f"{frames * rate.denominator}/{rate.numerator}s"

    def asset(name: str, path: Path, first: int, count: int) -> str:
        return (
            f'<asset id="{name}" name="{name}" start="{time(first)}" duration="{time(count)}" '
            f'hasVideo="1" format="r1"><media-rep kind="original-media" src="{path.as_uri()}"/>'
            "</asset>\n"
        )

    zero = first_number(rate)
    assets = "".join(
        asset(f"film{shot.file}", folder / media_name(shot.file), zero, MEDIA_FRAMES)
        for shot in SHOTS
    ) + asset("title", folder / NAME_OF_TITLE, 0, len(TITLE))

    def clip(shot: CodedShot, start: int, inside: str = "") -> str:
        return (
            f'<asset-clip ref="film{shot.file}" name="SH0{shot.file}0" offset="{time(start)}" '
            f'start="{time(zero + shot.first)}" duration="{time(len(shot.record))}">{inside}'
            "</asset-clip>\n"
        )

    last = SHOTS[3]
    offset = zero + last.first + TITLE.start - last.record.start
    title = (
        f'<asset-clip ref="title" lane="1" name="title" offset="{time(offset)}" '
        f'duration="{time(len(TITLE))}"/>'
    )
    rows = [clip(shot, shot.record.start, title * (shot is last)) for shot in SHOTS]
    mix = f'<transition name="Cross Dissolve" offset="{time(MIX.start)}" '
    rows.insert(1, f'{mix}duration="{time(len(MIX))}"/>\n')
    length = len(SHOTS[2].record)
    rows += [clip(SHOTS[2], LENGTH + n * length) for n in range(more)]
    code = "DF" if rate == Fraction(30000, 1001) else "NDF"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n<fcpxml version="1.11">\n'
        f'<resources><format id="r1" frameDuration="{time(1)}" width="64" height="48"/>\n{assets}'
        '</resources>\n<library><event><project name="reel">'
        f'<sequence format="r1" tcStart="0s" tcFormat="{code}"><spine>\n{"".join(rows)}</spine>'
        "</sequence></project></event></library>\n</fcpxml>\n"
    )


# --- what is seen ---


@dataclass(frozen=True)
class Film:
    """What each frame of a file says, and the number of its first by its timecode."""

    seen: Sequence[Seen]
    first: int


def films_in(folder: Path, rate: Fraction) -> dict[str, Film]:
    """Return the films of a folder by name; a new one starts at the frame that it shows first."""
    found = {}
    for path in sorted(folder.glob("*new.*")) + sorted(folder.glob("film*")):
        seen = read_film(path)
        (code,) = seen[0].codes
        found[path.name] = Film(seen, first_number(rate) + code.frame)
    return found


def seen_in(
    timeline: otio.schema.Timeline, films: Mapping[str, Film], rate: Fraction
) -> list[Seen]:
    """Return what each frame of a timeline shows: the highest film, and whether a title is there.

    A clip's first frame counts from what its reference says is available, else by timecode.
    """
    rows = [list(_played(track, rate)) for track in reversed(list(timeline.video_tracks()))]
    return [_shown(rows, films, frame, rate) for frame in range(LENGTH)]


def _played(
    track: otio.schema.Track, rate: Fraction
) -> Iterator[tuple[range, otio.schema.Clip, int]]:
    """Yield clips with the frames that they are seen in, and where their body starts."""
    items = list(track)
    for place, item in enumerate(items):
        if not isinstance(item, otio.schema.Clip) or not item.enabled:
            continue
        body = track.trimmed_range_of_child(item)
        start, count = _frames(body.start_time, rate), _frames(body.duration, rate)
        before, after = items[max(0, place - 1)], items[min(place + 1, len(items) - 1)]
        head = _frames(before.in_offset, rate) if _is_mix(before) else 0
        tail = _frames(after.out_offset, rate) if _is_mix(after) else 0
        yield range(start - head, start + count + tail), item, start


def _is_mix(item: otio.core.Composable) -> bool:
    return isinstance(item, otio.schema.Transition)


def _frames(time: otio.opentime.RationalTime, rate: Fraction) -> int:
    """Return a time in whole frames; rates that are nearly the cut's count as the cut's."""
    near = abs(time.rate - float(rate)) < 0.1
    return round(time.value if near else time.value * float(rate) / time.rate)


def _shown(
    rows: list[list[tuple[range, otio.schema.Clip, int]]],
    films: Mapping[str, Film],
    frame: int,
    rate: Fraction,
) -> Seen:
    title = False
    for row in rows:
        codes = set()
        for span, clip, start in row:
            if frame not in span:
                continue
            name = _file(clip)
            title = title or name == NAME_OF_TITLE
            if name in films:
                index = _first(clip, films[name], rate) + frame - start
                if 0 <= index < len(films[name].seen):
                    codes |= films[name].seen[index].codes
        if codes:
            return Seen(frozenset(codes), title)
    return Seen(frozenset(), title)


def _file(clip: otio.schema.Clip) -> str:
    url = getattr(clip.media_reference, "target_url", "") or clip.name
    return unquote(urlparse(url).path if "://" in url else url).rsplit("/", 1)[-1]


def _first(clip: otio.schema.Clip, film: Film, rate: Fraction) -> int:
    """Return the frame of its file that shows at the start of a clip's body."""
    available = clip.media_reference.available_range if clip.media_reference else None
    zero = film.first if available is None else _frames(available.start_time, rate)
    return _frames(clip.trimmed_range().start_time, rate) - zero


def by_adapter(path: Path) -> otio.schema.Timeline:
    """Read a document with OpenTimelineIO's own adapter."""
    found = otio.adapters.read_from_file(str(path))
    if isinstance(found, otio.schema.SerializableCollection):
        (found,) = found.find_children(descended_from_type=otio.schema.Timeline)
    return found


_EVENT = re.compile(r"\d+\s+\S+\s+V\s+(C|D\s+(\d+))\s+(\S+) (\S+) (\S+) (\S+)\s*$")


def seen_in_edl(
    text: str, films: Mapping[str, Film], rate: Fraction, below: Sequence[Seen] = ()
) -> list[Seen]:
    """Return what each frame of an EDL shows, by a second computation of its lines.

    below   what shows where it has no event
    """
    rows: list[tuple[range, int, str]] = []  # record frames, number of the source, file
    last: list[int] = []
    for line in text.splitlines():
        if event := _EVENT.match(line):
            source, _, start, end = (parse_timecode(event[n], rate) for n in range(3, 7))
            start, end = (one - first_number(rate) // 10 for one in (start, end))
            mix = int(event[2] or 0)
            if mix and rows:
                before, number, name = rows[last[-1]]
                rows[last[-1]] = (range(before.start, start + mix), number, name)
            last = [len(rows)] if not mix else [*last, len(rows)]
            rows.append((range(start, end), source, ""))
        elif name := re.match(r"\* (FROM|TO) CLIP NAME: (.*)$", line):
            place = last[-1] if name[1] == "TO" or len(last) == 1 else last[0]
            rows[place] = (*rows[place][:2], name[2])
    shown = []
    for frame in range(LENGTH):
        codes = {
            code
            for span, number, name in rows
            if frame in span and name in films
            for code in films[name].seen[number - films[name].first + frame - span.start].codes
        }
        at_rest = below[frame] if below else Seen(frozenset(), False)
        shown.append(Seen(frozenset(codes), False) if codes else at_rest)
    return shown
