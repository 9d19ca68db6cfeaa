"""The coded reel as Kdenlive, Shotcut and plain MLT write it."""

import re
import shutil
import subprocess
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from support.cuts.coded_reel import LENGTH, MEDIA_FRAMES, MIX, SHOTS, TITLE, CodedShot, media_name
from support.media.frame_codes import HEIGHT, WIDTH, Seen, read_film

needs_melt = pytest.mark.skipif(shutil.which("melt") is None, reason="melt is not installed")
_BLACK = 100_000
BEGIN = 10  # frame of their films at which producers of melt_reel begin


def render(project: Path, *, frames: int = LENGTH) -> list[Seen]:
    """Return what melt shows of a project."""
    film = project.with_suffix(".rendered.mkv")
    command = ["melt", str(project), "in=0", f"out={frames - 1}", "-consumer"]
    command += [f"avformat:{film}", "vcodec=ffv1", "pix_fmt=yuv420p", "an=1", "real_time=-1"]
    for allowed in (30, 120):  # now and then melt ends its film, but not itself
        try:
            subprocess.run(
                [*command, "terminate_on_pause=1"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=True,
                timeout=allowed,
            )
            break
        except subprocess.TimeoutExpired:
            continue
    return read_film(film)


def kdenlive_reel(
    folder: Path,
    rate: Fraction = Fraction(25),
    *,
    nested: bool = False,
    blend: str = "composite",
) -> str:
    """Return the reel as Kdenlive 22 writes it, or, nested, as Kdenlive 23.04 and later do."""
    clock = _Clock(rate)
    mix = (
        f'<transition id="mix" in="{clock(MIX.start)}" out="{clock(MIX.stop)}">'
        + _properties(
            a_track=0, b_track=1, mlt_service="luma", kdenlive_id="luma", softness=0, alpha_over=1
        )
        + "</transition>"
    )
    rows = [
        *(_kdenlive_producer(folder, shot, rate) for shot in SHOTS),
        _title(folder, clock, {"kdenlive:id": 9, "set.test_audio": 1, "set.test_image": 0}),
        f'<producer id="black_track" in="{clock(0)}" out="{clock(_BLACK)}">'
        + _properties(length=_BLACK + 1, resource="black", mlt_service="color")
        + "</producer>",
        _kdenlive_track(clock, 0, "A1", [], [], sound=True),
        _kdenlive_track(clock, 1, "V1", _entries(clock, (0, 2, 3)), _entries(clock, (1,)), mix),
        _kdenlive_track(clock, 2, "V2", [*_title_entries(clock, bin_id=9)], []),
        _sequence(clock, nested=nested, blend=blend),
    ]
    entries = [
        f'<entry producer="{name}"/>' for name in ("film1", "film2", "film3", "film4", "title")
    ]
    bin_ = f'<playlist id="main_bin">{_docproperties()}{"".join(entries)}</playlist>'
    rows.insert(5, bin_)
    if nested:
        rows.append(
            f'<tractor id="project" in="{clock(0)}" out="{clock(_BLACK)}">'
            + _properties(**{"kdenlive:projectTractor": 1})
            + '<track producer="{6b1e}"/></tractor>'
        )
    return _document(folder, rate, rows, "main_bin")


def _docproperties() -> str:
    return _properties(
        **{
            "kdenlive:docproperties.kdenliveversion": "22.12.3",
            "kdenlive:docproperties.version": "1.04",
            "xml_retain": 1,
        }
    )


def _kdenlive_producer(folder: Path, shot: CodedShot, rate: Fraction) -> str:
    clock = _Clock(rate)
    said = {
        "length": MEDIA_FRAMES,
        "eof": "pause",
        "resource": folder / media_name(shot.file),
        "mlt_service": "avformat-novalidate",
        "kdenlive:clipname": shot.name,
        "kdenlive:id": shot.file + 1,
        "meta.media.frame_rate_num": rate.numerator,
        "meta.media.frame_rate_den": rate.denominator,
        "audio_index": -1,
        "video_index": 0,
        "set.test_audio": 1,
        "set.test_image": 0,
    }
    out = clock(MEDIA_FRAMES - 1)
    inside = _properties(**said)
    return f'<producer id="film{shot.file}" in="{clock(0)}" out="{out}">{inside}</producer>'


def _title(folder: Path, clock: "_Clock", more: dict[str, object]) -> str:
    said = {
        "length": len(TITLE),
        "resource": folder / "title.mov",
        "mlt_service": "avformat-novalidate",
        "audio_index": -1,
        "video_index": 0,
    }
    out = clock(len(TITLE) - 1)
    return (
        f'<producer id="title" in="{clock(0)}" out="{out}">{_properties(**said | more)}</producer>'
    )


def _title_entries(clock: "_Clock", bin_id: int = 0) -> Iterable[str]:
    yield f'<blank length="{clock(TITLE.start)}"/>'
    inside = _properties(**{"kdenlive:id": bin_id}) if bin_id else ""
    yield f'<entry producer="title" in="{clock(0)}" out="{clock(len(TITLE) - 1)}">{inside}</entry>'


def _entries(clock: "_Clock", places: Iterable[int]) -> list[str]:
    """Return entries of shots, with blanks before them."""
    found, reached = [], 0
    for shot in (SHOTS[place] for place in places):
        if shot.played.start > reached:
            found.append(f'<blank length="{clock(shot.played.start - reached)}"/>')
        first, last = clock(shot.source[0]), clock(shot.source[-1])
        inside = _properties(**{"kdenlive:id": shot.file + 1})
        found.append(
            f'<entry producer="film{shot.file}" in="{first}" out="{last}">{inside}</entry>'
        )
        reached = shot.played.stop
    return found


def _kdenlive_track(
    clock: "_Clock",
    index: int,
    name: str,
    upper: list[str],
    lower: list[str],
    mix: str = "",
    *,
    sound: bool = False,
) -> str:
    said = {"kdenlive:trackheight": 69, "kdenlive:track_name": name}
    mark = _properties(**{"kdenlive:audio_track": 1}) if sound else ""
    hide = "video" if sound else "audio"
    lists = "".join(
        f'<playlist id="list{index}{letter}">{mark}{"".join(rows)}</playlist>\n'
        for letter, rows in (("a", upper), ("b", lower))
    )
    tracks = "".join(f'<track hide="{hide}" producer="list{index}{letter}"/>' for letter in "ab")
    return (
        f'{lists}<tractor id="track{index}" in="{clock(0)}" out="{clock(LENGTH - 1)}">{mark}'
        f"{_properties(**said)}{tracks}{mix}</tractor>"
    )


def _sequence(clock: "_Clock", *, nested: bool, blend: str) -> str:
    said = {"kdenlive:uuid": "{6b1e}", "kdenlive:clipname": "reel"} if nested else {}
    tracks = "".join(f'<track producer="{one}"/>' for one in ("black_track", "track0"))
    tracks += '<track producer="track1"/><track producer="track2"/>'
    mixes = _always("mix", 1, sum=1) + _always(blend, 2) + _always(blend, 3)
    name = "{6b1e}" if nested else "sequence"
    return (
        f'<tractor id="{name}" in="{clock(0)}" out="{clock(_BLACK)}">{_properties(**said)}'
        f"{tracks}{mixes}</tractor>"
    )


def _always(service: str, upper: int, **more: object) -> str:
    said = {"a_track": 0, "b_track": upper, "mlt_service": service, "kdenlive_id": service}
    said |= {"always_active": 1, "internal_added": 237, **more}
    return f'<transition id="{service}{upper}">{_properties(**said)}</transition>'


def shotcut_reel(folder: Path, rate: Fraction = Fraction(25), *, blend: str = "composite") -> str:
    """Return the reel as Shotcut 22 writes it: a mix is a tractor between the clips it joins."""
    clock = _Clock(rate)
    one, two = SHOTS[0], SHOTS[1]
    cut = len(range(one.played.start, MIX.start))
    parts = [
        ("film1", one.source[:cut]),
        ("mix", range(len(MIX))),
        ("film2", two.source[len(MIX) :]),
        ("film3", SHOTS[2].source),
        ("film4", SHOTS[3].source),
    ]
    entries = "".join(
        f'<entry producer="{name}" in="{clock(part[0])}" out="{clock(part[-1])}"/>'
        for name, part in parts
    )
    sides = "".join(
        f'<track producer="{name}" in="{clock(part[0])}" out="{clock(part[-1])}"/>'
        for name, part in (("film1", one.source[cut:]), ("film2", two.source[: len(MIX)]))
    )
    span = f'in="{clock(0)}" out="{clock(len(MIX) - 1)}"'
    rows = [
        *(_shotcut_chain(folder, shot, clock) for shot in SHOTS),
        _title(folder, clock, {"shotcut:caption": "title"}),
        f'<playlist id="main_bin">{_properties(xml_retain=1)}</playlist>',
        f'<producer id="black" in="{clock(0)}" out="{clock(LENGTH - 1)}">'
        + _properties(length=LENGTH, resource=0, mlt_service="color")
        + "</producer>",
        f'<playlist id="background"><entry producer="black" in="{clock(0)}" '
        f'out="{clock(LENGTH - 1)}"/></playlist>',
        f'<tractor id="mix" {span}>{_properties(**{"shotcut:transition": "lumaMix"})}{sides}'
        f'<transition id="luma" out="{clock(len(MIX) - 1)}">'
        + _properties(a_track=0, b_track=1, mlt_service="luma", alpha_over=1)
        + "</transition></tractor>",
        f'<playlist id="V1">{_properties(**{"shotcut:video": 1, "shotcut:name": "V1"})}{entries}'
        "</playlist>",
        f'<playlist id="V2">{_properties(**{"shotcut:video": 1, "shotcut:name": "V2"})}'
        f"{''.join(_title_entries(clock))}</playlist>",
        f'<tractor id="tractor0" title="Shotcut version 22.12.21" in="{clock(0)}" '
        f'out="{clock(LENGTH - 1)}">{_properties(shotcut=1)}<track producer="background"/>'
        '<track producer="V1"/><track producer="V2"/>'
        + _shotcut_mix(1)
        + _shotcut_blend(blend, 0, 1, disable=1)
        + _shotcut_mix(2)
        + _shotcut_blend(blend, 1, 2, disable=0)
        + "</tractor>",
    ]
    return _document(folder, rate, rows, "main_bin")


def _shotcut_chain(folder: Path, shot: CodedShot, clock: "_Clock") -> str:
    said = {
        "length": clock(MEDIA_FRAMES),
        "eof": "pause",
        "resource": folder / media_name(shot.file),
        "mlt_service": "avformat-novalidate",
        "audio_index": -1,
        "video_index": 0,
        "shotcut:hash": "0123",
        "shotcut:caption": shot.name,
    }
    return (
        f'<chain id="film{shot.file}" out="{clock(MEDIA_FRAMES - 1)}">{_properties(**said)}</chain>'
    )


def _shotcut_mix(upper: int) -> str:
    said = {"a_track": 0, "b_track": upper, "mlt_service": "mix", "always_active": 1, "sum": 1}
    return f'<transition id="sum{upper}">{_properties(**said)}</transition>'


def _shotcut_blend(service: str, lower: int, upper: int, *, disable: int) -> str:
    said = {"a_track": lower, "b_track": upper, "mlt_service": service, "always_active": 1}
    said["disable"] = disable
    return f'<transition id="blend{upper}">{_properties(**said)}</transition>'


def plain_reel(folder: Path, rate: Fraction = Fraction(25)) -> str:
    """Return the reel as melt's command line makes it: in frames, the dissolve between tracks."""
    clock = _Clock(rate, in_frames=True)
    producers = [
        f'<producer id="film{shot.file}" in="0" out="{MEDIA_FRAMES - 1}">'
        + _properties(
            length=MEDIA_FRAMES,
            resource=folder / media_name(shot.file),
            mlt_service="avformat",
            audio_index=-1,
        )
        + "</producer>"
        for shot in SHOTS
    ]
    rows = [
        *producers,
        _title(folder, clock, {}),
        f'<playlist id="p0">{"".join(_entries(clock, (0, 2, 3)))}</playlist>',
        f'<playlist id="p1">{"".join(_entries(clock, (1,)))}</playlist>',
        f'<playlist id="p2">{"".join(_title_entries(clock))}</playlist>',
        '<tractor id="t"><multitrack><track producer="p0"/><track producer="p1"/>'
        f'<track producer="p2"/></multitrack><transition in="{MIX.start}" out="{MIX.stop - 1}">'
        + _properties(a_track=0, b_track=1, mlt_service="luma")
        + "</transition><transition>"
        + _properties(a_track=0, b_track=2, mlt_service="composite", always_active=1)
        + "</transition></tractor>",
    ]
    return _document(folder, rate, rows, "t")


def melt_reel(folder: Path, rate: Fraction = Fraction(25)) -> str:
    """Return the plain reel as melt saves it: entries count from where producers begin."""
    late = re.sub(r'(<producer id="film\d" in=)"0"', rf'\1"{BEGIN}"', plain_reel(folder, rate))
    return re.sub(
        r'(?<=<entry producer="film)(\d)" in="(\d+)" out="(\d+)"',
        lambda one: f'{one[1]}" in="{int(one[2]) - BEGIN}" out="{int(one[3]) - BEGIN}"',
        late,
    )


class _Clock:
    """Times of a project as it writes them."""

    def __init__(self, rate: Fraction, *, in_frames: bool = False) -> None:
        self._rate, self._in_frames = rate, in_frames

    def __call__(self, frames: int) -> str:
        if self._in_frames:
            return str(frames)
        milliseconds = round(frames / self._rate * 1000)
        minutes, rest = divmod(milliseconds, 60_000)
        return f"{minutes // 60:02}:{minutes % 60:02}:{rest / 1000:06.3f}"


def _properties(**said: object) -> str:
    return "".join(
        f'\n  <property name="{name}">{escape(str(value))}</property>'
        for name, value in said.items()
    )


def _document(folder: Path, rate: Fraction, rows: Iterable[str], producer: str) -> str:
    profile = (
        f'<profile description="coded" width="{WIDTH}" height="{HEIGHT}" progressive="1" '
        'sample_aspect_num="1" sample_aspect_den="1" display_aspect_num="4" '
        f'display_aspect_den="3" frame_rate_num="{rate.numerator}" '
        f'frame_rate_den="{rate.denominator}" colorspace="601"/>'
    )
    body = "\n ".join([profile, *rows])
    return (
        "<?xml version='1.0' encoding='utf-8'?>\n"
        f'<mlt LC_NUMERIC="C" producer="{producer}" version="7.12.0" root="{folder}">\n {body}\n'
        "</mlt>\n"
    )
