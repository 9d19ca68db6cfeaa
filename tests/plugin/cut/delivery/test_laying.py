"""Files, folders, cue lists and sessions laid over a cut, by real files."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from unicodedata import normalize

import opentimelineio as otio
import pytest
from support.media.sound_files import write_movie, write_timed, write_tones

from lipflap.core.errors import DubError
from lipflap.core.order import Role
from lipflap.plugin.cut.cut import Cut, Shot
from lipflap.plugin.cut.decisions import Decisions
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.dub_request import default_request
from lipflap.plugin.request_cut import lay_dub

RATE = Fraction(25)


def cut(first_frame: int = 90_000) -> Cut:
    """Three shots of two seconds, from 01:00:00:00."""
    shots = tuple(
        Shot(name, (0, n), None, Fraction(0), Fraction(1), record, (record,), None)
        for n, name in enumerate(("SH010", "SH020", "SH030"))
        for record in [TimeRange(Fraction(2 * n), Fraction(2 * n + 2))]
    )
    return Cut("reel", RATE, first_frame, shots, ())


def laid(dub: Path, given: Cut | None = None, **request: object) -> Cut:
    asked = replace(default_request(Path("cut.otio"), Decisions()), dub=str(dub), **request)
    return lay_dub(asked, given or cut(), {})


def starts(found: Cut) -> dict[str, Fraction]:
    assert all(line.role == Role.DUB for line in found.lines)
    return {line.name: line.record.start for line in found.lines}


def test_a_file_lies_at_its_time_reference(tmp_path: Path) -> None:
    found = laid(write_timed(tmp_path / "dub.wav", 3600.5))
    assert starts(found) == {"dub": Fraction(1, 2)}
    assert "01:00:00:12" in found.notes[0]
    assert "01:00:01:07; the cut goes on to 01:00:06:00" in found.notes[1]


def test_a_movie_may_start_before_the_cut(tmp_path: Path) -> None:
    assert starts(laid(write_movie(tmp_path / "dub.mov", "00:59:58:00", 4))) == {"dub": -2}
    at_midnight = laid(write_movie(tmp_path / "late.mov", "23:59:58:00", 4), cut(0))
    assert starts(at_midnight) == {"late": -2}


def test_what_is_given_outranks_what_the_file_says(tmp_path: Path) -> None:
    found = laid(write_timed(tmp_path / "dub.wav", 3600.5), dub_at="01:00:02:00")
    assert starts(found) == {"dub": 2}
    assert "01:00:00:12" in found.notes[0]


def test_a_time_outside_the_cut_is_named(tmp_path: Path) -> None:
    found = laid(write_timed(tmp_path / "dub.wav", 7200))
    assert starts(found) == {"dub": 0}
    assert "02:00:00:00, outside the cut" in found.notes[0]


def test_a_time_may_be_stamped_as_timecode_shows_it(tmp_path: Path) -> None:
    rate = Fraction(24_000, 1001)
    slow = replace(cut(86_400), rate=rate)
    passed = write_timed(tmp_path / "passed.wav", 3603.6 + 0.5)
    assert starts(laid(passed, slow)) == {"passed": Fraction(1, 2)}
    shown = write_timed(tmp_path / "shown.wav", 3600.5)
    assert starts(laid(shown, slow)) == {"shown": Fraction(12) / rate}
    assert starts(laid(tmp_path, slow)) == {"passed": Fraction(1, 2), "shown": Fraction(12) / rate}
    elsewhere = write_timed(tmp_path / "elsewhere.wav", 7200)
    assert starts(laid(elsewhere, slow)) == {"elsewhere": 0}


def test_a_chosen_channel_is_heard(tmp_path: Path) -> None:
    path = write_tones(tmp_path / "two.wav", [300, 0], 6)
    (line,) = laid(path, dub_channel=1).lines
    assert [channel.channel for channel in line.playback.channels] == [1]
    with pytest.raises(DubError, match="Channel 2 of the dub"):
        laid(Path("track:Dub"), dub_channel=1)
    with pytest.raises(DubError, match=r"two\.wav: has no channel 9: it has 2"):
        laid(path, dub_channel=8)


def test_the_files_of_a_folder_lie_by_time_name_and_shot(tmp_path: Path) -> None:
    write_timed(tmp_path / "ANNA_0001.wav", 3600.48)
    write_tones(tmp_path / "BERT_01-00-02-05.wav", [300])
    write_tones(tmp_path / "SH030_de_v01.wav", [300])
    write_tones(tmp_path / "SH030_de_v02.wav", [300])
    write_tones(tmp_path / "SH010_01.wav", [300])
    write_timed(tmp_path / "CLARA_0002.wav", 9000)
    (tmp_path / "._ANNA_0001.wav").write_bytes(b"resource fork")
    found = laid(tmp_path)
    assert starts(found) == {
        "ANNA_0001": Fraction("0.48"),
        "BERT_01-00-02-05": Fraction("2.2"),
        "SH030_de_v02": 4,
    }
    assert [line.character for line in found.lines] == ["ANNA", "BERT", ""]
    why = {item.name: item.why for item in found.left_out}
    assert set(why) == {"SH010_01.wav", "CLARA_0002.wav"}
    assert "02:30:00:00, outside the cut" in why["CLARA_0002.wav"]
    assert any("SH030_de_v01.wav" in note for note in found.notes)


def test_a_broken_file_and_a_folder_named_like_one_leave_the_others(tmp_path: Path) -> None:
    write_tones(tmp_path / "SH010.wav", [300])
    (tmp_path / "SH020.wav").write_bytes(b"broken")
    (tmp_path / "SH030.wav").mkdir()
    found = laid(tmp_path)
    assert starts(found) == {"SH010": 0}
    assert [item.name for item in found.left_out] == ["SH020.wav"]


def test_folders_of_characters(tmp_path: Path) -> None:
    write_timed(tmp_path / "ANNA" / "0001.wav", 3600.48)
    assert starts(laid(tmp_path)) == {"0001": Fraction("0.48")}


def test_a_folder_without_a_place_is_refused_with_the_ways(tmp_path: Path) -> None:
    write_tones(tmp_path / "SH010_01.wav", [300])
    with pytest.raises(DubError, match=r"(?s)SH010_01.wav.*time reference.*01-00-02-12.*cue list"):
        laid(tmp_path)


def test_a_cue_list_lays_its_files(tmp_path: Path) -> None:
    for name in ("a", "1002", "c_v01", "c_v03"):
        write_tones(tmp_path / "wav" / f"{name}.wav", [300])
    write_timed(tmp_path / "wav" / "d.wav", 3604)
    (tmp_path / "cues.csv").write_text(
        "Cue;Character;In;Out;Text;File\n"
        "1001;ANNA;01:00:00:12;01:00:01:12;Bitte;C:\\dub\\wav\\a.wav\n"
        "1002;BERT;2,2;;Danke;\n"
        "1003;ANNA;01:00:03:00;;;c\n"
        "1004;ANNA;;;;d.wav\n"
        "1005;BERT;01:00:01:00;;;missing.wav\n"
        "1006;BERT;02:00:00:00;;;a.wav\n"
        "1007;BERT;soon;;;a.wav\n"
        "1008;BERT;01:00:05:00;;;Macintosh HD:dub:a.wav\n"
    )
    found = laid(tmp_path / "cues.csv")
    assert starts(found) == {
        "1001": Fraction("0.48"),
        "1002": Fraction("2.2"),
        "1003": 3,
        "1004": 4,
        "1008": 5,
    }
    assert {line.name: line.character for line in found.lines}["1002"] == "BERT"
    assert found.lines[0].text == "Bitte"
    assert Path(found.lines[2].path).name == "c_v03.wav"
    assert {item.name: item.why.split()[0] for item in found.left_out} == {
        "1005": "Its",
        "1006": "It",
        "1007": "Its",
    }
    assert any("c_v01.wav" in note for note in found.notes)


def test_a_cue_that_ends_before_it_begins_is_laid_and_noted(tmp_path: Path) -> None:
    write_tones(tmp_path / "a.wav", [300])
    (tmp_path / "cues.csv").write_text("Cue,In,Out,File\n7,01:00:02:00,01:00:01:00,a.wav\n")
    found = laid(tmp_path / "cues.csv")
    assert starts(found) == {"7": 2}
    assert found.notes == ("Cue 7 ends in the list before it begins; its file is laid whole.",)


def test_a_name_too_long_for_any_file_leaves_the_other_cues(tmp_path: Path) -> None:
    write_tones(tmp_path / "one.wav", [300])
    lines = f"cue;in;file\n1;01:00:00:00;one.wav\n2;01:00:02:00;{'n' * 300}.wav\n"
    (tmp_path / "cues.csv").write_text(lines)
    found = laid(tmp_path / "cues.csv")
    assert starts(found) == {"1": 0}
    assert [item.name for item in found.left_out] == ["2"]


def test_a_cue_list_may_count_from_the_start_of_the_cut(tmp_path: Path) -> None:
    write_tones(tmp_path / "a.wav", [300])
    (tmp_path / "cues.csv").write_text("In,File\n00:00:02:05,a.wav\n00:00:04:00,a.wav\n")
    found = laid(tmp_path / "cues.csv")
    assert [line.record.start for line in found.lines] == [Fraction("2.2"), 4]
    assert "counted from there" in found.notes[0]


def test_hundredths_of_seconds_are_no_frames(tmp_path: Path) -> None:
    write_tones(tmp_path / "a.wav", [300])
    (tmp_path / "cues.csv").write_text("In;File\n01:00:02.20;a.wav\n01:00:03.48;a.wav\n")
    found = laid(tmp_path / "cues.csv")
    assert [line.record.start for line in found.lines] == [Fraction("2.2"), Fraction("3.48")]
    (tmp_path / "cues.csv").write_text("In;File\n01:00:02.20;a.wav\n01:00:03.12;a.wav\n")
    found = laid(tmp_path / "cues.csv")
    assert [line.record.start for line in found.lines] == [Fraction("2.8"), Fraction("3.48")]


def test_names_are_found_in_any_spelling(tmp_path: Path) -> None:
    name = "Gespräch"
    composed, split = (normalize(form, name) for form in ("NFC", "NFD"))
    write_tones(tmp_path / "wav" / f"{split}_v01.wav", [300])
    write_tones(tmp_path / "wav" / f"{split.upper()}_v02.wav", [300])
    (tmp_path / "cues.csv").write_text(f"In,File\n01:00:02:05,{composed}.wav\n")
    (line,) = laid(tmp_path / "cues.csv").lines
    assert Path(line.path).stem.endswith("_v02")
    shot = replace(cut().shots[1], name=composed)
    found = laid(tmp_path / "wav", replace(cut(), shots=(shot,)))
    assert [line.record.start for line in found.lines] == [2]


def test_names_may_count_from_the_start_of_the_cut(tmp_path: Path) -> None:
    write_tones(tmp_path / "ANNA_00-00-02-05.wav", [300])
    write_tones(tmp_path / "0012_BERT_00.00.04.480.wav", [300])
    found = laid(tmp_path)
    assert [(line.character, line.record.start) for line in found.lines] == [
        ("ANNA", Fraction("2.2")),
        ("BERT", Fraction("4.48")),
    ]
    assert "counted from there" in found.notes[0]
    write_tones(tmp_path / "CARL_01-00-05-00.wav", [300])
    found = laid(tmp_path)
    assert [line.character for line in found.lines] == ["CARL"]
    assert {item.name for item in found.left_out} == {
        "ANNA_00-00-02-05.wav",
        "0012_BERT_00.00.04.480.wav",
    }


@pytest.mark.parametrize(
    ("rows", "at"),
    [
        (["cue,start_ms,file", "1,200,a.wav", "2,2480,a.wav"], ["0.2", "2.48"]),
        (["cue,In (frames),file", "1,5,a.wav", "2,62,a.wav"], ["0.2", "2.48"]),
        (["cue,Start Frame,file", "1,90005,a.wav", "2,90062,a.wav"], ["0.2", "2.48"]),
        (["cue,In (hh:mm:ss:frames),file", "1,01:00:00:05,a.wav"], ["0.2"]),
        (
            ["cue,TC,file", "1,01:00:00:05 - 01:00:01:07,a.wav", "2,2.48 --> 3,a.wav"],
            ["0.2", "2.48"],
        ),
        (["cue,shot,file", "1,SH020,a.wav", "SH030,,a.wav"], ["2", "4"]),
        (["cue,in,file,status", "1,01:00:00:05,a.wav,OK", "2,01:00:02:00,a.wav,OMIT"], ["0.2"]),
        (["cue,in,file", "1,01:00:00:05,a.wav", "1,01:00:00:05,a.wav"], ["0.2"]),
        (["cue,in,file", "1,01:00:00:05,file:///Volumes/Dub/a%2Ewav"], ["0.2"]),
    ],
)
def test_lists_as_studios_write_them(rows: list[str], at: list[str], tmp_path: Path) -> None:
    write_tones(tmp_path / "a.wav", [300], 1)
    (tmp_path / "cues.csv").write_text("\n".join(rows))
    found = laid(tmp_path / "cues.csv")
    assert [line.record.start for line in found.lines] == list(map(Fraction, at))
    assert len(found.lines) + len(found.left_out) == len(rows) - 1


@pytest.mark.parametrize(
    ("files", "lines", "said"),
    [
        ("SH010_tk1 SH010_tk2 SH020_T3_DE", "SH010_tk2 SH020_T3_DE", "is the last take"),
        ("SH010_20260503 SH010_20260610", "SH010_20260610", "is the newest version"),
        ("SH010_de_DX SH010_MX SH010_FX SH010_M+E SH010_ME", "SH010_de_DX", "music or effects"),
        ("F_01000000_DIALOG F_01000000_MIX", "F_01000000_DIALOG", "is the dialogue of a mix"),
        ("F_01000000.L F_01000000.R F_01000000.C F_01000000.LFE", "F_01000000.C", "the centre of"),
        ("01000000_L 01000000_R", "01000000_L 01000000_R", ""),
        ("SH010_de SH010_de_alt", "SH010_de", "goes on: '_de_alt'"),
        ("SH010_ANNA_de_v2 SH010_BERT_de", "SH010_ANNA_de_v2 SH010_BERT_de", ""),
        ("SH010.-.EMIL", "SH010.-.EMIL", ""),
        ("ANNA/_R1/01000000 BERT/01000200 __MACOSX/01000300", "01000000 01000200", ""),
    ],
)
def test_folders_as_studios_send_them(files: str, lines: str, said: str, tmp_path: Path) -> None:
    sound = write_tones(tmp_path / "sound.wav", [300], 1)
    for name in files.split():
        path = tmp_path / "dub" / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.hardlink_to(sound)
    found = laid(tmp_path / "dub")
    assert sorted(starts(found)) == lines.split()
    assert said in " ".join((*found.notes, *(item.why for item in found.left_out)))
    if "ANNA" in files:
        assert [line.character for line in found.lines] == ["ANNA", "BERT"]


def test_a_session_of_several_languages_is_refused(tmp_path: Path) -> None:
    write_tones(tmp_path / "a.wav", [300], 1)
    row = [session_track(name, tmp_path / "a.wav") for name in ("DE ANNA", "DE BERT", "FR ANNA")]
    assert len(laid(written_session(tmp_path, *row[:2])).lines) == 2
    with pytest.raises(DubError, match=r"several languages: 'DE ANNA', 'DE BERT', 'FR ANNA'"):
        laid(written_session(tmp_path, *row))


@pytest.mark.parametrize(
    ("start", "rate", "cut_rate", "at"),
    [
        (86_400, 24, Fraction(24_000, 1001), 0),
        (86_400, 24_000 / 1001, Fraction(25), 0),
        (86_160, 24_000 / 1001, Fraction(24_000, 1001), Fraction(-1001, 100)),
        (90_000, 25, Fraction(24), 0),
        (107_892, 30_000 / 1001, Fraction(25), Fraction(-1, 2500)),  # drop frame
    ],
)
def test_a_session_starts_at_the_timecode_that_it_shows(
    start: int, rate: float, cut_rate: Fraction, at: Fraction, tmp_path: Path
) -> None:
    sound = write_tones(tmp_path / "a.wav", [300], 30)
    given = replace(cut(3600 * round(cut_rate)), rate=cut_rate)
    made = written_session(tmp_path, session_track("ANNA", sound, 30), start=start, rate=rate)
    (line,) = laid(made, given).lines
    assert abs(line.record.start - at) < Fraction(1, 100)


def session_track(name: str, sound: Path, seconds: int = 1) -> otio.schema.Track:
    used = otio.opentime.TimeRange(
        otio.opentime.RationalTime(0, 48_000), otio.opentime.RationalTime(seconds * 48_000, 48_000)
    )
    line = otio.schema.Clip(name, otio.schema.ExternalReference(str(sound), used), used)
    return otio.schema.Track(name, [line], kind="Audio")


def written_session(
    folder: Path, *tracks: otio.schema.Track, start: int = 90_000, rate: float = 25
) -> Path:
    made = otio.schema.Timeline("session")
    made.global_start_time = otio.opentime.RationalTime(start, rate)
    made.tracks.extend([track.clone() for track in tracks])
    otio.adapters.write_to_file(made, str(folder / "session.otio"))
    return folder / "session.otio"


def test_a_time_reference_of_another_sample_rate_is_named(tmp_path: Path) -> None:
    """Converted from 44.1 kHz to 48, and its number kept; 1 h 6 min is beyond the cut."""
    write_timed(tmp_path / "a.wav", 3602.2 * 44_100 / 48_000)
    found = laid(tmp_path / "a.wav")
    told = "Counted at 44.1 kHz, not at its own 48, its time reference is 01:00:02:05."
    assert told in found.notes[0]
    with pytest.raises(DubError, match=r"Counted at 44\.1 kHz"):
        laid(tmp_path)
    write_timed(tmp_path / "a.wav", 7200)
    assert "kHz" not in laid(tmp_path / "a.wav").notes[0]


def test_time_references_may_count_from_the_start_of_the_cut(tmp_path: Path) -> None:
    write_timed(tmp_path / "a.wav", 0.48)
    write_timed(tmp_path / "b.wav", 2.2)
    found = laid(tmp_path)
    assert starts(found) == {"a": Fraction("0.48"), "b": Fraction("2.2")}
    assert "they are counted from there" in found.notes[0]


def test_a_cue_list_in_a_folder_is_pointed_at(tmp_path: Path) -> None:
    write_tones(tmp_path / "1001.wav", [300])
    (tmp_path / "cues.csv").write_text("In,File\n01:00:02:05,1001.wav\n")
    with pytest.raises(DubError, match=r"--dub .*cues\.csv"):
        laid(tmp_path)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dub.ptx", "session of a sound program.*AAF"),
        ("dub.SRT", "subtitles.*sound files"),
        ("dub.xls", "no table.*xlsx"),
        ("dub.zip", "archive.*Unpack"),
        ("dub.omf", "OMF.*AAF"),
    ],
)
def test_what_holds_no_dub_is_refused_with_the_way_on(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / name).write_bytes(b"x")
    with pytest.raises(DubError, match=said):
        laid(tmp_path / name)


def session(folder: Path, start: int | None, *tracks: tuple[str, int]) -> Path:
    """Write a session with a clip of a second on each track, from a frame on."""
    write_tones(folder / "line.wav", [300])
    made = otio.schema.Timeline("session")
    if start is not None:
        made.global_start_time = otio.opentime.RationalTime(start, 25)
    second = otio.opentime.TimeRange(
        otio.opentime.RationalTime(0, 25), otio.opentime.RationalTime(25, 25)
    )
    for name, frame in tracks:
        track = otio.schema.Track(name, kind="Audio")
        gap = otio.schema.Gap(duration=otio.opentime.RationalTime(frame, 25))
        media = otio.schema.ExternalReference("line.wav", second)
        track.extend([gap, otio.schema.Clip(f"{name}_1", media, second)])
        made.tracks.append(track)
    otio.adapters.write_to_file(made, str(folder / "session.otio"))
    return folder / "session.otio"


def test_a_session_lies_by_record_timecode_a_track_a_character(tmp_path: Path) -> None:
    path = session(tmp_path, 89_975, ("ANNA", 37), ("Dub DE Bert", 75), ("M&E", 0), ("ANNA 2", 990))
    found = laid(path)
    assert starts(found) == {"ANNA_1": Fraction("0.48"), "Dub DE Bert_1": 2}
    assert [line.character for line in found.lines] == ["ANNA", "Bert"]
    assert [item.name for item in found.left_out] == ["ANNA 2_1"]
    assert any("'M&E'" in note for note in found.notes)


@pytest.mark.parametrize("start", [None, 0])
def test_a_session_without_a_start_lies_at_that_of_the_cut(
    tmp_path: Path, start: int | None
) -> None:
    found = laid(session(tmp_path, start, ("ANNA", 12)))
    assert starts(found) == {"ANNA_1": Fraction("0.48")}
    assert "start" in found.notes[0]


def test_a_session_elsewhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DubError, match=r"02:00:00:12 to 02:00:01:12, outside the cut"):
        laid(session(tmp_path, 180_000, ("ANNA", 12)))


PART = """SESSION NAME:\tdub
TIMECODE FORMAT:\t25 Frame

O N L I N E  C L I P S  I N  S E S S I O N
CLIP NAME\tSource File
take-02\ttake.wav

T R A C K  L I S T I N G
TRACK NAME:\tANNA
STATE:
CHANNEL\tEVENT\tCLIP NAME\tSTART TIME\tEND TIME\tDURATION\tTIMESTAMP\tSTATE
1\t1\t(fade in)\t01:00:00:10\t01:00:00:15\t00:00:00:05\t\tUnmuted
1\t2\ttake-02\t01:00:00:15\t01:00:01:10\t00:00:00:20\t{stamp}\tUnmuted
"""


def test_a_part_of_a_file_begins_where_its_timestamp_says(tmp_path: Path) -> None:
    """Recorded from 02:00:00:00 on, of which the clip plays from 02:00:01:00; 5 frames fade in."""
    write_timed(tmp_path / "take.wav", 7200, 3)
    session = tmp_path / "session.txt"
    session.write_text(PART.format(stamp="02:00:01:00"))
    (line,) = laid(session).lines
    assert line.record == TimeRange(Fraction(10, 25), Fraction(35, 25))
    assert line.sound_start == Fraction(20, 25)
    for stamp in ("", "02:00:02:20", "01:59:59:00"):  # none, and two beyond what the file holds
        session.write_text(PART.format(stamp=stamp))
        with pytest.raises(DubError, match=r"plays 1\.00 s of the 3\.00 s of take.*timestamps"):
            laid(session)
