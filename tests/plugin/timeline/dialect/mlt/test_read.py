"""Projects of Kdenlive, Shotcut and melt: what they play is what is read of them."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import opentimelineio as otio
import pytest
from support.cuts.coded_reel import LENGTH, SHOTS, expected, media_name, right_frames, write_media
from support.cuts.timelines import REAL, needs_real
from support.formats.mlt_reels import (
    kdenlive_reel,
    melt_reel,
    needs_melt,
    plain_reel,
    render,
    shotcut_reel,
)
from support.media.frame_codes import Code, write_film

from lipflap.core.errors import DubError
from lipflap.plugin.cut.cut import Cut, Shot
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.read import read_timeline

REAL_PROJECTS = sorted((REAL / "kdenlive").glob("*.kdenlive"))
RATES = (Fraction(25), Fraction(24000, 1001), Fraction(30000, 1001))
REELS: dict[str, Callable[[Path, Fraction], str]] = {
    "kdenlive 22": kdenlive_reel,
    "kdenlive 24": lambda folder, rate: kdenlive_reel(folder, rate, nested=True),
    "shotcut": shotcut_reel,
    "plain": plain_reel,
    "melt": melt_reel,
}


def cut_of(folder: Path, text: str, suffix: str = "mlt") -> Cut:
    path = folder / f"cut.{suffix}"
    path.write_text(text, encoding="utf-8")
    return extract_cut(read_timeline(path), path=path)


def project(*rows: str, rate: str = "25", sequence: str = "") -> str:
    """A project of which the tracks are playlists `p0`, `p1`..., or the sequence given."""
    lists = [row for row in rows if row.startswith("<playlist")]
    tracks = "".join(f'<track producer="p{number}"/>' for number in range(len(lists)))
    return (
        f'<mlt><profile width="1920" height="1080" frame_rate_num="{rate}" frame_rate_den="1"/>'
        + "".join(rows)
        + (sequence or f'<tractor id="t">{tracks}</tractor>')
        + "</mlt>"
    )


def producer(name: str, **said: object) -> str:
    told = {"length": 100, "resource": f"/media/{name}.mov", "mlt_service": "avformat"} | said
    inside = "".join(f'<property name="{key}">{value}</property>' for key, value in told.items())
    return f'<producer id="{name}" in="0" out="99">{inside}</producer>'


def playlist(number: int, *rows: str) -> str:
    return f'<playlist id="p{number}">{"".join(rows)}</playlist>'


def entry(name: str, first: int, last: int, inside: str = "") -> str:
    return f'<entry producer="{name}" in="{first}" out="{last}">{inside}</entry>'


def played(cut: Cut) -> list[tuple[str, Fraction, int, int]]:
    """Name, first frame of the media, and first and last record frame of every shot."""
    return [
        (one.name, one.source_start, one.record.start * cut.rate, one.record.end * cut.rate)
        for one in cut.shots
    ]


# --- reels ---


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize("dialect", REELS)
def test_a_reel_is_read_frame_for_frame(dialect: str, rate: Fraction, tmp_path: Path) -> None:
    cut = cut_of(tmp_path, REELS[dialect](tmp_path, rate))
    assert cut.rate == rate
    films = {shot.media.path: shot for shot in cut.shots if shot.media}
    found = []
    for shot in SHOTS:
        one = films[str(tmp_path / media_name(shot.file))]
        frames = range(int(one.record.start * rate), int(one.record.end * rate))
        found.append((frames, one.source_start, one.speed))
    assert found == [(shot.played, shot.source[0], 1) for shot in SHOTS]


@needs_melt
def test_the_reels_are_what_melt_plays(tmp_path: Path) -> None:
    write_media(tmp_path, Fraction(25))
    for dialect, reel in REELS.items():
        path = tmp_path / f"{dialect}.mlt"
        path.write_text(reel(tmp_path, Fraction(25)), encoding="utf-8")
        assert right_frames(render(path), expected(dubbed=False)) == LENGTH, dialect


@needs_melt
def test_retimed_clips_show_the_frames_that_melt_shows(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mkv", 1, range(200))
    speeds = ("1.5", "0.4", "-1", "-1.5", "2")
    rows = [
        producer(
            f"w{place}",
            length=int(200 / abs(float(speed))),
            resource=f"{speed}:{film}",
            mlt_service="timewarp",
            warp_speed=speed,
            warp_resource=film,
        ).replace('out="99"', f'out="{int(200 / abs(float(speed))) - 1}"')
        for place, speed in enumerate(speeds)
    ]
    entries = (entry(f"w{place}", 10, 29) for place in range(len(speeds)))
    text = project(*rows, playlist(0, *entries)).replace('"1920" height="1080"', '"64" height="48"')
    cut = cut_of(tmp_path, text)
    wanted = [frame for shot in cut.shots for frame in _frames(shot, cut.rate)]
    seen = render(tmp_path / "cut.mlt", frames=len(wanted))
    assert [one.codes for one in seen] == [{Code(1, frame, False)} for frame in wanted]


def _frames(shot: Shot, rate: Fraction) -> Iterator[int]:
    for frame in range(int(shot.record.seconds * rate)):
        yield int((shot.source_start + frame * shot.speed) // 1)


# --- real projects ---


@needs_real
@pytest.mark.parametrize("path", REAL_PROJECTS, ids=lambda path: path.name)
def test_real_projects_are_read_as_their_playlists_say(path: Path) -> None:
    cut = extract_cut(read_timeline(path), path=path)
    pictures = [row for row in _rows(path) if row[0] == "picture"]
    sounds = [row for row in _rows(path) if row[0] == "sound"]
    assert (len(pictures) > 4, len(sounds) > 3) == (True, True)
    assert sorted(
        (
            "picture",
            Path(shot.media.path).name if shot.media else "",
            shot.record.start * cut.rate,
            shot.record.end * cut.rate,
            round(shot.source_start / shot.media.rate * cut.rate) if shot.media else 0,
        )
        for shot in cut.shots
    ) == sorted((*row[:4], row[4] if row[1] else 0) for row in pictures)
    assert len(cut.lines) == len(sounds)


def _rows(path: Path) -> list[tuple[str, str, int, int, int]]:
    """Every entry that plays: kind, file, record frames with mixes, first frame of its file."""
    root = ET.parse(path).getroot()
    by_id = {one.get("id"): one for one in root.iter() if one.get("id")}
    sequence = [one for one in root if one.tag == "tractor"][-1]
    rows = []
    for track in sequence.findall("track")[1:]:
        for inner in by_id[track.get("producer")].findall("track"):
            kind = "sound" if inner.get("hide") == "video" else "picture"
            at = 0
            for one in by_id[inner.get("producer")]:
                if one.tag == "blank":
                    at += _count(one.get("length"))
                elif one.tag == "entry":
                    first, last = _count(one.get("in")), _count(one.get("out"))
                    rows.append(
                        (kind, _file(by_id[one.get("producer")]), at, at + last + 1 - first, first)
                    )
                    at += last + 1 - first
    return rows


def _file(element: ET.Element) -> str:
    said = {one.get("name"): one.text or "" for one in element.findall("property")}
    return said["resource"] if said["mlt_service"].startswith("avformat") else ""


def _count(clock: str | None) -> int:
    hours, minutes, seconds = (clock or "").split(":")
    return round((int(hours) * 3600 + int(minutes) * 60 + float(seconds)) * 25)


# --- structure ---


def test_hidden_tracks_and_disabled_clips_are_not_shown(tmp_path: Path) -> None:
    rows = (
        producer("a"),
        producer("off", **{"set.test_image": 1}),
        producer("none", video_index=-1),  # of Shotcut
        playlist(0, entry("a", 0, 9), entry("off", 0, 9), entry("none", 0, 9)),
        playlist(1, entry("a", 20, 29)),
    )
    sequence = (
        '<tractor id="t"><track producer="p0"/>'
        '<tractor id="v2"><property name="kdenlive:track_name">V2</property>'
        '<track producer="p1" hide="both"/></tractor><track producer="v2"/></tractor>'
    )
    cut = cut_of(tmp_path, project(*rows, sequence=sequence))
    reasons = {shot.name: str(shot.problem and shot.problem.text) for shot in cut.shots}
    assert "is disabled" in reasons["off"]
    assert "is disabled" in reasons["none"]
    assert "track V2 is disabled" in reasons["a_2"]
    assert "disabled" not in reasons["a"]


def test_an_empty_playlist_that_is_hidden_hides_no_track(tmp_path: Path) -> None:
    pair = (
        '<tractor id="v1"><property name="kdenlive:track_name">V1</property>'
        '<track producer="p0" hide="audio"/><track producer="p1" hide="both"/></tractor>'
    )
    sequence = f'{pair}<tractor id="t"><track producer="v1"/></tractor>'
    rows = (producer("a"), playlist(0, entry("a", 0, 9)), playlist(1))
    assert len(cut_of(tmp_path, project(*rows, sequence=sequence)).shots[0].visible) == 1


@pytest.mark.parametrize("service", ["kdenlivetitle", "qtext", "noise", "frei0r.plasma"])
def test_titles_and_generators_hide_nothing(service: str, tmp_path: Path) -> None:
    rows = (
        producer("a"),
        producer("title", mlt_service=service, resource="" if "title" in service else "x"),
        playlist(0, entry("a", 0, 9)),
        playlist(1, entry("title", 0, 9)),
    )
    cut = cut_of(tmp_path, project(*rows))
    film = next(shot for shot in cut.shots if shot.name == "a")
    assert [(seen.start * 25, seen.end * 25) for seen in film.visible] == [(0, 10)]


@pytest.mark.parametrize(
    ("span", "said", "is_heard"),
    [
        ("", {"gain": 0}, False),
        ("", {"gain": "-70dB"}, False),
        ("", {"level": "0=-70;49=-70"}, False),
        ("", {"gain": "0dB"}, True),
        ("", {"level": "0=-70;49=0"}, True),
        ("", {"gain": 0, "end": 1}, True),  # fades in
        ('in="0" out="49"', {"gain": 0}, False),
        ('in="0" out="9"', {"gain": 0}, True),
    ],
)
def test_a_volume_of_nothing_silences_its_clip(
    span: str, said: dict[str, object], is_heard: bool, tmp_path: Path
) -> None:
    told = {"mlt_service": "volume"} | said
    inside = "".join(f'<property name="{name}">{value}</property>' for name, value in told.items())
    row = entry("DE", 0, 49, f"<filter {span}>{inside}</filter>")
    names = '<property name="shotcut:audio">1</property>'
    sound = producer("DE", audio_index=0)
    made = project(producer("A"), sound, playlist(0, entry("A", 0, 49)), playlist(1, names, row))
    assert bool(cut_of(tmp_path, made).lines) is is_heard


def test_colours_alone_are_shots_that_nobody_filmed(tmp_path: Path) -> None:
    red = producer("red", mlt_service="color", resource="red")
    (shot,) = cut_of(tmp_path, project(red, playlist(0, entry("red", 0, 49)))).shots
    assert "not filmed" in shot.problem.text


def test_a_nested_sequence_is_followed(tmp_path: Path) -> None:
    inner = '<tractor id="inner"><track producer="p0"/></tractor>'
    rows = (
        producer("a"),
        playlist(0, '<blank length="5"/>', entry("a", 50, 79)),
        inner,
        playlist(1, entry("a", 0, 9), entry("inner", 10, 29)),
    )
    cut = cut_of(
        tmp_path, project(*rows, sequence='<tractor id="t"><track producer="p1"/></tractor>')
    )
    nested = next(shot for shot in cut.shots if len(shot.address) > 2)
    assert [(seen.start * 25, seen.end * 25) for seen in nested.visible] == [(10, 30)]
    assert nested.source_start + (nested.visible[0].start - nested.record.start) * 25 == 55


def test_a_sequence_that_plays_itself_is_refused(tmp_path: Path) -> None:
    rows = (playlist(0, entry("t", 0, 9)),)
    with pytest.raises(DubError, match="plays itself"):
        cut_of(tmp_path, project(*rows))


def test_several_sequences_are_asked_about(tmp_path: Path) -> None:
    def one(name: str) -> str:
        said = {"kdenlive:uuid": f"{{{name}}}", "kdenlive:clipname": name}
        inside = "".join(f'<property name="{k}">{v}</property>' for k, v in said.items())
        return f'<tractor id="{{{name}}}">{inside}<track producer="p0"/></tractor>'

    last = (
        '<tractor id="last"><property name="kdenlive:projectTractor">1</property>'
        '<track producer="{Reel 2}"/></tractor>'
    )
    rows = (producer("a"), playlist(0, entry("a", 0, 9)), one("Reel 1"), one("Reel 2"))
    with pytest.raises(DubError, match=r"Reel 2.*Reel 1"):
        cut_of(tmp_path, project(*rows, sequence=last))


def test_the_bin_is_not_played(tmp_path: Path) -> None:
    rows = (
        producer("a"),
        producer("unused"),
        f'<playlist id="main_bin">{entry("unused", 0, 99)}</playlist>',
        playlist(0, entry("a", 0, 9)),
    )
    sequence = '<tractor id="t"><track producer="p0"/></tractor>'
    text = project(*rows, sequence=sequence).replace("<mlt>", '<mlt producer="main_bin">')
    assert [shot.name for shot in cut_of(tmp_path, text).shots] == ["a"]


def test_pictures_with_sound_on_shotcuts_tracks_are_heard(tmp_path: Path) -> None:
    rows = (
        producer("a", audio_index=1),
        producer("mute", audio_index=-1),
        playlist(0, entry("a", 0, 9), entry("mute", 0, 9)),
    )
    cut = cut_of(tmp_path, project(*rows))
    assert [(line.name, line.record.end * 25) for line in cut.lines] == [("a", 10)]


def test_every_clip_remembers_its_entry(tmp_path: Path) -> None:
    path = tmp_path / "cut.mlt"
    path.write_text(shotcut_reel(tmp_path), encoding="utf-8")
    root = ET.parse(path).getroot()
    for clip in read_timeline(path).find_clips():
        element = root.find(clip.metadata["lipflap"]["element"].removeprefix("/mlt/"))
        name = element.get("producer")
        resource = root.find(f"*[@id='{name}']/property[@name='resource']").text
        assert Path(resource).as_uri() == clip.media_reference.target_url


@pytest.mark.parametrize("name", ["DUB", "DUB V1"])
def test_a_track_that_lipflap_laid_is_left_out(name: str, tmp_path: Path) -> None:
    rows = (
        producer("a"),
        producer("new", **{"kdenlive:clipname": "a lipflap"}),
        playlist(0, entry("a", 0, 9)),
        f'<playlist id="p1"><property name="kdenlive:track_name">{name}</property>'
        f"{entry('new', 0, 9)}</playlist>",
    )
    cut = cut_of(tmp_path, project(*rows))
    assert [(shot.name, len(shot.visible)) for shot in cut.shots] == [("a", 1)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<mlt/>", "no sequence"),
        ("<xmeml/>", "no MLT project"),
        ("<mlt><tractor>", "cannot be read as XML"),
        ('<mlt><profile frame_rate_num="x"/></mlt>', "frame rate"),
        (project(playlist(0, '<entry producer="gone"/>')), "unknown length"),
        (
            project(playlist(0, entry("gone", 0, 0).replace("entry ", 'entry repeat="9999999" '))),
            "repeats its clips so often",
        ),
        (
            project(playlist(0, entry("gone", 0, 9).replace('"9"', '"1:2:3:4:5"'))),
            "impossible time",
        ),
    ],
)
def test_what_is_no_project_is_refused(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(DubError, match=said):
        cut_of(tmp_path, text)


def test_a_clip_without_its_producer_is_listed(tmp_path: Path) -> None:
    cut = cut_of(tmp_path, project(playlist(0, entry("gone", 0, 9))))
    assert cut.shots[0].problem is not None
    assert isinstance(read_timeline(tmp_path / "cut.mlt"), otio.schema.Timeline)


@pytest.mark.parametrize(
    ("inside", "first", "length"),
    [
        ("", 10, 51),
        ('in="5" out="20"', 15, 16),
        ('out="20"', 10, 21),
        ('in="5"', 15, 95),
    ],
)
def test_frames_are_counted_from_where_the_producer_begins(
    inside: str, first: int, length: int, tmp_path: Path
) -> None:
    """melt 7.12 shows these frames of these files."""
    late = producer("a").replace('in="0" out="99"', 'in="10" out="60"')
    cut = cut_of(tmp_path, project(late, playlist(0, f'<entry producer="a" {inside}/>')))
    assert played(cut) == [("a", first, 0, length)]


@pytest.mark.parametrize(
    ("first", "last", "begins", "length"), [(20, 104, 20, 80), (120, 130, 99, 1), (20, 5, 5, 16)]
)
def test_an_entry_ends_with_its_media_and_the_next_follows(
    first: int, last: int, begins: int, length: int, tmp_path: Path
) -> None:
    """melt 7.12 plays as many frames of a file of 100, those between its ends where they cross."""
    rows = playlist(0, entry("a", first, last), entry("b", 0, 9))
    found = played(cut_of(tmp_path, project(producer("a"), producer("b"), rows)))
    assert found == [("a", begins, 0, length), ("b", 0, length, length + 10)]


@pytest.mark.parametrize(("last", "is_held"), [(50, False), (51, True)])
def test_a_clip_that_goes_on_after_its_producer_ends_holds_a_frame(
    last: int, is_held: bool, tmp_path: Path
) -> None:
    late = producer("a").replace('in="0" out="99"', 'in="10" out="60"')
    (shot,) = cut_of(tmp_path, project(late, playlist(0, entry("a", 0, last)))).shots
    assert (shot.problem is not None and "'freeze'" in shot.problem.text) == is_held


def test_a_producer_in_a_playlist_plays_itself(tmp_path: Path) -> None:
    late = producer("a").replace('in="0" out="99"', 'in="10" out="60"')
    cut = cut_of(tmp_path, project(producer("b"), playlist(0, entry("b", 0, 9), late)))
    assert played(cut) == [("b", 0, 0, 10), ("a", 10, 10, 61)]


@pytest.mark.parametrize("where", ["track", "playlist"])
def test_a_track_without_its_beginning_is_refused(where: str, tmp_path: Path) -> None:
    text = project(producer("a"), playlist(0, entry("a", 0, 9)))
    name = "<track " if where == "track" else "<playlist "
    with pytest.raises(DubError, match="plays a track from its frame 4 on") as refused:
        cut_of(tmp_path, text.replace(name, f'{name}in="4" '))
    assert "/mlt/tractor[1]/track[1]" in str(refused.value)


def test_an_entry_that_is_repeated_plays_as_often_as_it_says(tmp_path: Path) -> None:
    often = entry("a", 0, 0).replace("entry ", 'entry repeat="1500" ')
    cut = cut_of(
        tmp_path, project(producer("a"), producer("b"), playlist(0, often, entry("b", 0, 9)))
    )
    assert cut.shots[-1].record.start * cut.rate == 1500
