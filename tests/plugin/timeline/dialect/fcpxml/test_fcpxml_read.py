"""Small FCPXML documents: what plays when, from where, how it is seen, and what is heard."""

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from lipflap.core.errors import DubError
from lipflap.plugin.cut.cut import Cut
from lipflap.plugin.cut.reason import ReasonCode
from lipflap.plugin.timeline.extract import extract_cut, sound_labels
from lipflap.plugin.timeline.patch.xml_spans import parse_xml
from lipflap.plugin.timeline.proxies import proxy_notes
from lipflap.plugin.timeline.read import read_timeline

RESOURCES = """
<format id="r1" name="FFVideoFormat1080p25" frameDuration="1/25s" width="1920" height="1080"/>
<format id="r9" frameDuration="1001/24000s" width="1440" height="1080"/>
<asset id="film" name="film" start="36000s" duration="60s" hasVideo="1" hasAudio="1" format="r1"
 audioChannels="2" audioRate="48000"><media-rep kind="proxy-media" src="file:///proxy.mov"/>
 <media-rep kind="original-media" src="file:///film.mov"/></asset>
<asset id="old" name="old" start="0s" duration="60s" hasVideo="1" format="r9" src="file:///old.mov"/>
<asset id="dub" name="dub" start="0s" duration="60s" hasAudio="1" src="file:///dub.wav"/>
<asset id="still" name="still" start="0s" duration="0s" hasVideo="1" format="r1" src="card.png"/>
<effect id="title" name="Basic Title"/>
"""


def document(tmp_path: Path, spine: str, more: str = "", suffix: str = ".fcpxml") -> Path:
    path = tmp_path / f"cut{suffix}"
    file = path
    if suffix == ".fcpxmld":
        path.mkdir()
        file = path / "Info.fcpxml"
    file.write_text(
        f'<?xml version="1.0"?><!DOCTYPE fcpxml><fcpxml version="1.11"><resources>{RESOURCES}'
        f"{more}</resources><library><event><project name='Reel 1'>"
        f'<sequence format="r1" tcStart="3600s"><spine>{spine}</spine></sequence>'
        "</project></event></library></fcpxml>"
    )
    return path


def read(tmp_path: Path, spine: str, more: str = "") -> otio.schema.Timeline:
    return read_timeline(document(tmp_path, spine, more))


def cut(made: otio.schema.Timeline) -> Cut:
    return extract_cut(made, path=Path("/cuts/cut.fcpxml"))


def shots(made: otio.schema.Timeline) -> dict[str, tuple[Fraction, Fraction, Fraction, Fraction]]:
    """Record start and length in seconds, first media frame and speed, by name."""
    return {
        shot.name: (shot.record.start, shot.record.seconds, shot.source_start, shot.speed)
        for shot in cut(made).shots
    }


def a(more: str = "", inside: str = "", name: str = "A") -> str:
    return (
        f'<asset-clip ref="film" offset="3600s" name="{name}" start="36010s" duration="4s" {more}>'
        f"{inside}</asset-clip>"
    )


def test_a_clip_has_its_original_media_and_its_timecode(tmp_path: Path) -> None:
    made = read(tmp_path, a())
    (clip,) = made.tracks[0]
    assert clip.media_reference.target_url == "file:///film.mov"
    assert clip.media_references()["proxy-media"].target_url == "file:///proxy.mov"
    assert (made.name, made.global_start_time) == ("Reel 1", otio.opentime.RationalTime(90000, 25))
    assert shots(made) == {"A": (0, 4, 36010 * 25, 1)}
    assert clip.media_reference.available_range.start_time.value == 36000 * 25


def test_every_clip_remembers_its_element(tmp_path: Path) -> None:
    path = document(
        tmp_path, a(inside='<title ref="title" lane="1" offset="36010s" duration="1s"/>')
    )
    found = parse_xml(path.read_bytes(), "cut")
    elements = [clip.metadata["lipflap"]["element"] for clip in read_timeline(path).find_clips()]
    spine = "/fcpxml/library/event/project/sequence/spine"
    assert elements == [f"{spine}/asset-clip", f"{spine}/asset-clip/title", f"{spine}/asset-clip"]
    assert [found.at(element).tag for element in elements] == ["asset-clip", "title", "asset-clip"]


def test_what_an_asset_says_stands_in_for_what_a_clip_leaves_out(tmp_path: Path) -> None:
    made = read(tmp_path, '<asset-clip ref="film" offset="3600s"/>')
    assert shots(made) == {"film": (0, 60, 36000 * 25, 1)}


def test_lanes_stack_and_connected_sound_is_no_picture(tmp_path: Path) -> None:
    inside = """
      <asset-clip ref="old" lane="2" offset="36011s" name="top" duration="1s"/>
      <asset-clip ref="old" lane="1" offset="36011s" name="mid" duration="2s"/>
      <asset-clip ref="old" lane="1" offset="36012s" name="over" duration="2s"/>
      <asset-clip ref="old" lane="-1" offset="36010s" name="below" duration="1s"/>
      <asset-clip ref="dub" lane="-2" offset="36010.5s" name="DE 1" duration="2s" start="3s"
       audioRole="dialogue.German"/>"""
    made = read(tmp_path, a(inside=inside))
    rows = [
        [item.name for item in row if not isinstance(item, otio.schema.Gap)] for row in made.tracks
    ]
    assert rows == [["below"], ["A"], ["mid"], ["over"], ["top"], ["A"], ["DE 1"]]
    assert shots(made)["mid"][:2] == (1, 2)
    lines = {line.name: line for line in cut(made).lines}
    assert (lines["DE 1"].record.start, lines["DE 1"].sound_start) == (Fraction(1, 2), 3)
    assert sound_labels(made)["dialogue.German"] == ("dialogue.German",)


def test_a_secondary_storyline_with_a_dissolve(tmp_path: Path) -> None:
    inside = """<spine lane="1" offset="36012s">
      <asset-clip ref="old" offset="0s" name="B" duration="2s"/>
      <transition name="Cross Dissolve" offset="1.6s" duration="1s"/>
      <asset-clip ref="old" offset="2s" name="C" start="10s" duration="3s"/></spine>"""
    made = read(tmp_path, a(inside=inside))
    found = shots(made)
    assert found["B"][:2] == (2, Fraction(26, 10))  # 0.6 s longer, by the dissolve
    assert found["C"][:2] == (Fraction(36, 10), Fraction(34, 10))  # 0.4 s earlier


def test_a_fade_at_the_start_and_a_dissolve_from_a_gap(tmp_path: Path) -> None:
    spine = """<transition offset="3600s" duration="1s"/>
      <asset-clip ref="old" offset="3600s" name="A" duration="4s"/>
      <transition offset="3603.5s" duration="1s"/><gap offset="3604s" duration="4s"/>
      <asset-clip ref="old" offset="3608s" name="B" duration="4s"/>"""
    made = read(tmp_path, spine)
    kinds = [type(item).__name__ for item in made.tracks[0]]
    assert kinds == ["Transition", "Clip", "Transition", "Gap", "Clip"]
    assert shots(made)["B"][:2] == (8, 4)


@pytest.mark.parametrize(
    ("points", "start", "expected"),
    [
        ("0s:0s 10s:20s", "2s", (100, Fraction(2))),
        ("0s:20s 10s:0s", "2s", (16 * 25 - 2, Fraction(-2))),
        ("0s:7s 10s:7s", "2s", (175, Fraction(0))),
    ],
)
def test_speeds_are_followed(
    points: str, start: str, expected: tuple[int, Fraction], tmp_path: Path
) -> None:
    mapped = "".join(
        f'<timept time="{pair.split(":")[0]}" value="{pair.split(":")[1]}"/>'
        for pair in points.split()
    )
    more = '<asset id="m" start="0s" duration="60s" hasVideo="1" format="r1" src="m.mov"/>'
    made = read(
        tmp_path,
        f'<asset-clip ref="m" offset="3600s" name="A" start="{start}" duration="4s">'
        f"<timeMap>{mapped}</timeMap></asset-clip>",
        more,
    )
    assert shots(made)["A"][2:] == expected


def test_a_ramp_is_left_with_its_reason(tmp_path: Path) -> None:
    ramp = '<timeMap><timept time="36000s" value="36000s"/><timept time="36012s" value="36012s"/>'
    ramp += '<timept time="36014s" value="36020s"/></timeMap>'
    (shot,) = cut(read(tmp_path, a(inside=ramp))).shots
    assert shot.problem.code == ReasonCode.RETIMED_UNEVENLY
    assert "timeMap" in shot.problem.text


def test_compound_clips_are_nested_and_keep_their_timecode(tmp_path: Path) -> None:
    more = """<media id="c"><sequence format="r1" tcStart="100s" duration="20s"><spine>
      <asset-clip ref="old" offset="100s" name="in 1" duration="5s"/>
      <asset-clip ref="film" offset="105s" name="in 2" start="36000s" duration="5s"
       audioRole="dialogue"/></spine></sequence></media>"""
    spine = '<ref-clip ref="c" offset="3600s" name="comp" start="104s" duration="3s"/>'
    made = read(tmp_path, spine, more)
    (nest,) = made.tracks[0]
    assert isinstance(nest, otio.schema.Stack)
    found = {shot.name: (shot.record.start, shot.visible) for shot in cut(made).shots}
    assert found["in 1"][0] == -4
    assert [(part.start, part.end) for part in found["in 1"][1]] == [(0, 1)]
    assert [(part.start, part.end) for part in found["in 2"][1]] == [(1, 3)]
    (line,) = cut(made).lines
    assert (line.name, line.record.start, line.record.seconds) == ("in 2", 1, 2)


def test_of_a_multicam_the_active_angles_are_seen_and_heard(tmp_path: Path) -> None:
    more = """<media id="m"><multicam format="r1" tcStart="0s">
      <mc-angle angleID="one"><asset-clip ref="old" offset="0s" duration="60s"/></mc-angle>
      <mc-angle angleID="two"><gap offset="0s" duration="2s"/>
        <asset-clip ref="film" offset="2s" duration="50s"/></mc-angle>
      <mc-angle angleID="mix"><asset-clip ref="dub" offset="1s" duration="50s"/></mc-angle>
      </multicam></media>"""
    spine = """<mc-clip ref="m" offset="3600s" name="MC" start="12s" duration="4s">
      <mc-source angleID="two" srcEnable="video"/><mc-source angleID="mix" srcEnable="audio"/>
      </mc-clip>"""
    made = read(tmp_path, spine, more)
    assert shots(made) == {"MC": (0, 4, 36010 * 25, 1)}
    (line,) = cut(made).lines
    assert (line.path, line.sound_start, line.record.seconds) == ("/dub.wav", 11, 4)


def test_a_synchronized_clip_is_its_picture_with_its_sound(tmp_path: Path) -> None:
    spine = """<sync-clip offset="3600s" name="5A-1" start="36010s" duration="4s">
      <asset-clip ref="film" offset="36000s" name="inner" start="36000s" duration="60s">
        <asset-clip ref="dub" lane="-1" offset="36002s" name="boom" duration="30s"
         audioRole="dialogue.Boom"/></asset-clip>
      <asset-clip ref="old" lane="1" offset="36011s" name="above" duration="1s"/>
      <sync-source sourceID="storyline">
        <audio-role-source role="dialogue" active="0"/></sync-source>
      </sync-clip>"""
    made = read(tmp_path, spine)
    found = shots(made)
    assert (found["5A-1"], found["above"][:2]) == ((0, 4, 36010 * 25, 1), (1, 1))
    sounds = {clip.name: clip for row in made.audio_tracks() for clip in row if clip.name}
    assert (sounds["inner"].enabled, sounds["boom"].enabled) == (False, True)
    assert [(line.name, line.sound_start) for line in cut(made).lines] == [("boom", 8)]


def test_lanes_inside_a_clip_are_its_own(tmp_path: Path) -> None:
    spine = """<sync-clip offset="3600s" duration="4s"><asset-clip ref="film" offset="0s"
      duration="9s"><asset-clip ref="dub" lane="-1" offset="36000s" duration="9s"/></asset-clip>
      <asset-clip ref="dub" lane="-1" offset="0s" duration="2s"/></sync-clip>"""
    names = [row.name for row in read(tmp_path, spine).audio_tracks()]
    assert names == ["dialogue", "dialogue (2)", "dialogue, lane -1"]


def test_of_an_audition_the_first_clip_is_shown(tmp_path: Path) -> None:
    spine = """<audition offset="3600s"><asset-clip ref="old" name="picked" duration="4s"/>
      <asset-clip ref="film" name="other" duration="9s"/></audition>
      <asset-clip ref="film" offset="3604s" name="next" duration="1s"/>"""
    assert list(shots(read(tmp_path, spine))) == ["picked", "next"]


def test_a_clip_that_holds_video_and_audio_elements(tmp_path: Path) -> None:
    spine = """<clip offset="3600s" name="K" start="5s" duration="4s">
      <video ref="old" offset="0s" duration="60s">
        <audio ref="dub" lane="-1" offset="1s" duration="50s" role="dialogue.MixL" srcCh="1"/>
      </video><audio-channel-source srcCh="1" role="effects.effects-1"/></clip>"""
    made = read(tmp_path, spine)
    first = 5 * Fraction(24000, 1001)
    assert shots(made)["K"] == (0, 4, first, 1)
    (line,) = cut(made).lines
    assert (line.name, line.track, line.sound_start) == ("K", "effects", 4)


def test_sound_that_is_split_from_its_picture(tmp_path: Path) -> None:
    split = a('audioStart="36009s" audioDuration="7s"').replace("3600s", "3602s", 1)
    (line,) = cut(read(tmp_path, f'<gap offset="3600s" duration="2s"/>{split}')).lines
    assert (line.record.start, line.record.end, line.sound_start) == (1, 8, 9)


def test_channels_of_a_clip_have_roles_of_their_own(tmp_path: Path) -> None:
    inside = """<audio-channel-source srcCh="1" role="dialogue.dialogue-1"/>
      <audio-channel-source srcCh="2" role="music.music-1" enabled="0"/>"""
    made = read(tmp_path, a(inside=inside))
    rows = {row.name: row[0] for row in made.audio_tracks()}
    assert list(rows) == ["dialogue", "music"]
    assert [list(pair) for pair in rows["dialogue"].metadata["lipflap_sound"]] == [[None, 0]]
    assert (rows["dialogue"].enabled, rows["music"].enabled) == (True, False)


@pytest.mark.parametrize(
    ("more", "inside", "heard", "seen"),
    [("", "", 1, 1), ('srcEnable="video"', "", 0, 1), ('srcEnable="audio"', "", 1, 0)],
)
def test_what_a_clip_plays_of_its_file(
    more: str, inside: str, heard: int, seen: int, tmp_path: Path
) -> None:
    made = read(tmp_path, a(more, inside))
    assert (len(made.audio_tracks()), len(made.video_tracks())) == (heard, seen)


def test_what_is_switched_off_is_left(tmp_path: Path) -> None:
    (shot,) = cut(read(tmp_path, a('enabled="0"'))).shots
    assert shot.problem.code == ReasonCode.DISABLED


COVER = '<asset-clip ref="film" lane="1" offset="36010s" name="B" duration="4s" {}>{}</asset-clip>'


@pytest.mark.parametrize(
    ("inside", "covers"),
    [
        ("", True),
        ('<adjust-transform position="0 0" scale="1 1"/>', True),
        ('<adjust-transform position="-5.4 0.4" scale="1.17 1.17"/>', True),  # a punch-in
        ('<adjust-transform position="-30 0.4" scale="1.17 1.17"/>', False),
        ('<adjust-transform scale="0.5 0.5"/>', False),
        ('<adjust-transform scale="0.5 0.5" enabled="0"/>', True),
        ('<adjust-transform scale="2 2" rotation="10"/>', False),
        (
            "<adjust-transform><param name='scale'><keyframeAnimation/></param></adjust-transform>",
            False,
        ),
        ('<adjust-crop mode="trim"><trim-rect left="10"/></adjust-crop>', False),
        ('<adjust-crop mode="crop"><crop-rect left="10"/></adjust-crop>', True),
        ('<adjust-blend amount="0.75"/>', False),
        ('<adjust-blend amount="1" mode="0"/>', True),
        ('<adjust-blend mode="14"/>', False),
        ('<filter-video ref="title" name="Draw Mask"/>', False),
        ('<filter-video ref="title" name="Color Board"/>', True),
    ],
)
def test_what_fills_the_frame_covers(inside: str, covers: bool, tmp_path: Path) -> None:
    found = cut(read(tmp_path, a(inside=COVER.format("", inside))))
    (below,) = [shot for shot in found.shots if shot.name == "A"]
    assert (not below.visible) == covers


@pytest.mark.parametrize(
    ("inside", "covers"),
    [
        ("", False),
        ('<adjust-conform type="fill"/>', True),
        ('<adjust-conform type="none"/>', False),
    ],
)
def test_other_shapes_leave_bars_unless_they_fill(
    inside: str, covers: bool, tmp_path: Path
) -> None:
    upper = '<asset-clip ref="old" lane="1" offset="36010s" name="B" duration="4s">{}</asset-clip>'
    found = cut(read(tmp_path, a(inside=upper.format(inside))))
    (below,) = [shot for shot in found.shots if shot.name == "A"]
    assert (not below.visible) == covers


@pytest.mark.parametrize(
    ("inside", "code"),
    [
        ('<adjust-blend amount="0"/>', ReasonCode.COVERED),
        ('<adjust-blend amount="0.5"/>', None),
        (
            '<adjust-blend amount="1"><param name="amount"><fadeIn duration="1s"/></param>'
            "</adjust-blend>",
            None,
        ),
    ],
)
def test_opacity(inside: str, code: ReasonCode | None, tmp_path: Path) -> None:
    (tmp_path / "film.mov").touch()
    path = document(tmp_path, a(inside=inside))
    path.write_text(path.read_text().replace("file:///film.mov", "film.mov"))
    (shot,) = extract_cut(read_timeline(path), path=path).shots
    assert (shot.problem.code if shot.problem else None) == code


def test_titles_and_generators_are_no_film(tmp_path: Path) -> None:
    spine = """<video ref="title" offset="3600s" name="Clouds" duration="4s"/>
      <title ref="title" offset="3604s" name="End" duration="4s"/>"""
    found = cut(read(tmp_path, spine))
    assert {shot.problem.code for shot in found.shots} == {ReasonCode.GENERATED}


def test_a_rate_that_is_conformed_plays_frame_by_frame(tmp_path: Path) -> None:
    """24000/1001 in 25: forty frames a second are forty frames, and what is connected follows."""
    spine = """<asset-clip ref="old" offset="3600s" name="A" start="1001/240s" duration="4s">
      <conform-rate srcFrameRate="23.98"/>
      <title ref="title" lane="1" offset="2002/240s" name="T" duration="1s"/></asset-clip>"""
    made = read(tmp_path, spine)
    assert shots(made)["A"] == (0, 4, 100, Fraction(25 * 1001, 24000))
    assert shots(made)["T"][0] == 4


def test_all_projects_of_a_document_are_read(tmp_path: Path) -> None:
    path = document(tmp_path, a())
    text = path.read_text()
    project = text[text.index("<project") : text.index("</event>")]
    path.write_text(text.replace("</event>", f"{project.replace('Reel 1', 'Reel 2')}</event>"))
    with pytest.raises(DubError, match="'Reel 1', 'Reel 2'"):
        read_timeline(path)


def test_a_bundle_has_its_document_inside(tmp_path: Path) -> None:
    path = document(
        tmp_path, '<video ref="still" offset="3600s" duration="4s"/>', suffix=".fcpxmld"
    )
    (clip,) = read_timeline(path).tracks[0]
    assert clip.media_reference.target_url == str(path / "card.png")
    assert clip.metadata["lipflap_facts"]["still"] is True
    (path / "Info.fcpxml").unlink()
    with pytest.raises(DubError, match=r"cut\.fcpxmld: holds no Info\.fcpxml"):
        read_timeline(path)


LOOP = """<media id="c"><sequence format="r1"><spine><ref-clip ref="c" offset="0s" duration="5s"/>
</spine></sequence></media>"""
MANY = "".join(
    f'<media id="c{number}"><sequence format="r1"><spine>'
    + f'<ref-clip ref="c{number + 1}" offset="0s" duration="5s"/>' * 10
    + "</spine></sequence></media>"
    for number in range(12)
)


@pytest.mark.parametrize(
    ("spine", "more", "said"),
    [
        ('<ref-clip ref="c" offset="3600s" duration="5s"/>', LOOP, "within themselves"),
        ('<ref-clip ref="c0" offset="3600s" duration="5s"/>', MANY, "too many clips"),
        ('<asset-clip ref="film" offset="soon" duration="5s"/>', "", "a time that is none: 'soon'"),
    ],
)
def test_what_cannot_be_followed_is_refused_in_words(
    spine: str, more: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lipflap.plugin.timeline.dialect.fcpxml.document._MAX_VISITS", 2000)
    with pytest.raises(DubError, match=rf"cut\.fcpxml: .*{said}"):
        read(tmp_path, spine, more)


def test_a_document_without_a_project_or_a_rate_is_refused(tmp_path: Path) -> None:
    path = document(tmp_path, a())
    text = path.read_text()
    path.write_text(text.replace("<project", "<thing").replace("</project", "</thing"))
    with pytest.raises(DubError, match="holds no project, only clips and events"):
        read_timeline(path)
    path.write_text(text.replace('sequence format="r1"', "sequence"))
    with pytest.raises(DubError, match="does not say the frame rate of its project 'Reel 1'"):
        read_timeline(path)
    path.write_text("<xmeml/>")
    with pytest.raises(DubError, match="is no FCPXML, but XML of the kind <xmeml>"):
        read_timeline(path)


def test_a_clip_without_its_resource_has_no_media(tmp_path: Path) -> None:
    (shot,) = cut(read(tmp_path, '<asset-clip ref="gone" offset="3600s" duration="5s"/>')).shots
    assert shot.problem.code == ReasonCode.NO_MEDIA


def test_lane_0_is_contained(tmp_path: Path) -> None:
    assert shots(read(tmp_path, a('lane="0"'))) == {"A": (0, 4, 36010 * 25, 1)}


MIXED = """<asset-clip ref="film" offset="10s" start="36010s" duration="2s"/>
  <transition name="Cross Dissolve" offset="3s" duration="1s"/>
  <asset-clip ref="film" offset="12s" start="36020s" duration="2s"/>"""


@pytest.mark.parametrize(
    ("container", "more"),
    [
        (
            '<mc-clip ref="m" offset="3600s" name="N" start="0s" duration="4s"/>',
            f'<media id="m"><multicam format="r1" tcStart="0s"><mc-angle angleID="one">{MIXED}'
            "</mc-angle></multicam></media>",
        ),
        (
            '<clip offset="3600s" name="N" start="0s" duration="4s" format="r1">'
            f'<spine offset="0s">{MIXED}</spine></clip>',
            "",
        ),
    ],
    ids=["angle", "inner storyline"],
)
def test_dissolves_inside_containers_are_kept(container: str, more: str, tmp_path: Path) -> None:
    inside = MIXED.replace('offset="10s"', 'offset="0s"').replace('offset="12s"', 'offset="2s"')
    inside = inside.replace('offset="3s"', 'offset="1.5s"')
    made = read(tmp_path, container.replace(MIXED, inside), more.replace(MIXED, inside))
    (nest,) = made.video_tracks()[0]
    kinds = [item.schema_name() for item in nest[0]]
    assert kinds == ["Clip", "Transition", "Clip"]


@pytest.mark.parametrize(
    ("volume", "is_heard"),
    [
        ('adjust-volume amount="-96dB"', False),
        ('adjust-volume amount="-95.5dB"', True),
        ('adjust-volume amount="-96dB" enabled="0"', True),
        ('adjust-volume amount="loud"', True),
        ("mute", False),
        ('mute start="0s" duration="3600s"', False),
        ('mute start="0s" duration="1/25s"', True),
    ],
)
def test_a_clip_at_the_lowest_level_is_muted(tmp_path: Path, volume: str, is_heard: bool) -> None:
    made = cut(read(tmp_path, a(inside=f"<{volume}/>")))
    assert [line.name for line in made.lines] == (["A"] if is_heard else [])
    assert [item.why for item in made.left_out] == ([] if is_heard else ["It is muted."])


def test_proxies_that_stand_alone_are_named(tmp_path: Path) -> None:
    proxies = "".join(
        f'<asset id="p{n}" name="p{n}" start="0s" duration="9s" hasVideo="1" format="r1">'
        f'<media-rep kind="proxy-media" src="file:///media/far%20{n}.mov"/></asset>'
        for n in range(7)
    )
    clips = "".join(f'<asset-clip ref="p{n % 7}" duration="1s"/>' for n in range(8))
    (note,) = proxy_notes(read(tmp_path, clips, proxies))
    assert "far 0.mov, far 1.mov, far 2.mov, far 3.mov, far 4.mov and 2 more" in note
    assert not [*proxy_notes(read(tmp_path, '<asset-clip ref="film" duration="1s"/>'))]
