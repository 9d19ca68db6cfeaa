"""Division of a cut's sound into dub and production sound."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from lipflap.core.errors import DubError
from lipflap.core.order import Role
from lipflap.core.playback import PLAIN
from lipflap.plugin.cut.cut import Cut, DubLine, LeftOut, Shot
from lipflap.plugin.cut.delivery.laid_dub import SoundFiles
from lipflap.plugin.cut.dub_source import assign_dub
from lipflap.plugin.cut.time_range import TimeRange
from lipflap.plugin.timeline.extract import read_session

RATE = Fraction(24000, 1001)


def seconds(start: int, end: int) -> TimeRange:
    return TimeRange(Fraction(start), Fraction(end))


def cut(*tracks: str) -> Cut:
    shots = tuple(
        Shot(name, (0, n), None, Fraction(0), Fraction(1), seconds(n, n + 1), (), None)
        for n, name in enumerate(("SH010", "SH020", "it"))
    )
    lines = tuple(
        DubLine(f"{track} {n}", f"{n}.wav", Role.PRODUCTION, track, Fraction(0), seconds(n, n + 1))
        for track in tracks
        for n in range(2)
    )
    return Cut("reel", RATE, 86400, shots, lines)


def dubbed(
    given: Cut, dub: str | None, dub_at: str | None = None, **labels: tuple[str, ...]
) -> Cut:
    return assign_dub(
        given,
        dub,
        dub_at=dub_at,
        labels=labels,
        sounds=SoundFiles(
            lambda _: Fraction(5, 2), lambda *_: None, lambda _: (PLAIN, ""), lambda _: 48_000
        ),
        read_session=read_session,
    )


def tracks_by_role(given: Cut) -> tuple[set[str], set[str]]:
    return tuple(
        {line.track for line in given.lines if line.role == role}
        for role in (Role.DUB, Role.PRODUCTION)
    )  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("tracks", "dub", "production"),
    [
        (("Boom", "Dub"), {"Dub"}, {"Boom"}),
        (("A1", "German"), {"German"}, {"A1"}),
        (("A1", "DX_DE", "M&E"), {"DX_DE"}, {"A1"}),
        (("English", "Dub DE"), {"Dub DE"}, {"English"}),
        (("A1", "Dub DE 1", "Dub DE 2"), {"Dub DE 1", "Dub DE 2"}, {"A1"}),
    ],
)
def test_the_cut_tells_its_dub_by_track_name(
    tracks: tuple[str, ...], dub: set[str], production: set[str]
) -> None:
    assert tracks_by_role(dubbed(cut(*tracks), None)) == (dub, production)


def test_several_tracks_are_named_with_commas_between_and_a_name_may_hold_one() -> None:
    given = cut("A1", "ANNA", "BEN", "Eve, old")
    assert tracks_by_role(dubbed(given, "track:ANNA, ben"))[0] == {"ANNA", "BEN"}
    assert tracks_by_role(dubbed(given, "track:Eve, old"))[0] == {"Eve, old"}
    assert tracks_by_role(dubbed(given, "track:BEN, Eve, old, ANNA"))[0] == {
        "BEN",
        "Eve, old",
        "ANNA",
    }
    assert tracks_by_role(dubbed(given, "track:A*,BEN"))[0] == {"A1", "ANNA", "BEN"}
    with pytest.raises(DubError) as refused:
        dubbed(given, "track:ANNA, Carl")
    assert refused.value.where == "track:Carl"


@pytest.mark.parametrize("dub", [None, "track:EN*"])
def test_tracks_are_listed_from_the_first_one_down(dub: str | None) -> None:
    with pytest.raises(DubError, match="are 'VO', 'VF', 'A3'"):
        dubbed(cut("A3", "VF", "VO"), dub, VO=(), VF=(), A3=())


def test_metadata_of_a_track_tells_its_language() -> None:
    assert tracks_by_role(dubbed(cut("A1", "A2"), None, A2=("fr-FR",))) == ({"A2"}, {"A1"})


@pytest.mark.parametrize(
    "tracks", [("A1", "A2"), ("Boom", "M&E"), ("Dub DE", "Dub FR"), ("English", "German"), ()]
)
def test_what_is_not_clear_is_refused_with_the_list_of_tracks(tracks: tuple[str, ...]) -> None:
    with pytest.raises(DubError) as refused:
        dubbed(cut(*tracks), None)
    assert all(f"'{track}'" in str(refused.value) for track in tracks)


def test_a_cut_without_sound_is_not_told_to_choose_a_track() -> None:
    with pytest.raises(DubError, match=r"no sound that can be used\. Give the dub as a sound file"):
        dubbed(cut(), None)


def test_a_track_may_be_named_by_a_glob_whatever_its_case() -> None:
    given = cut("Dub DE Anna", "Dub DE Ben", "Dub FR", "Boom", "Take [1]")
    assert tracks_by_role(dubbed(given, "track:dub de*")) == (
        {"Dub DE Anna", "Dub DE Ben"},
        {"Boom", "Take [1]"},
    )
    assert tracks_by_role(dubbed(given, "track:Take [1]"))[0] == {"Take [1]"}
    with pytest.raises(DubError, match="'Boom'"):
        dubbed(given, "track:Music")


def test_a_file_lies_at_the_start_or_at_a_record_timecode(tmp_path: Path) -> None:
    sound = tmp_path / "dub.wav"
    sound.touch()
    at_start = dubbed(cut("Boom"), str(sound)).lines[0]
    assert (at_start.role, at_start.record.start, at_start.record.seconds) == (
        Role.DUB,
        0,
        Fraction(5, 2),
    )
    later = dubbed(cut("Boom"), str(sound), "01:00:02:00").lines[0]
    assert later.record.start == 48 / RATE  # frame 86448 of a cut that starts at frame 86400
    earlier = dubbed(cut("Boom"), str(sound), "00:59:59:00").lines[0]
    assert earlier.record.start == -24 / RATE
    assert tracks_by_role(dubbed(cut("Boom", "M&E"), str(sound)))[1] == {"Boom"}
    with pytest.raises(DubError, match="02:00:00:00"):
        dubbed(cut("Boom"), str(sound), "02:00:00:00")
    with pytest.raises(DubError, match="--dub-at"):
        dubbed(cut("Dub"), "track:Dub", "01:00:00:00")


def test_a_folder_holds_files_named_like_the_clips(tmp_path: Path) -> None:
    for name in ("sh020_de.wav", "SH010.flac", "it.wav", "notes.txt", "other.wav"):
        (tmp_path / name).touch()
    lines = dubbed(cut("Boom"), str(tmp_path)).lines
    assert [(line.name, line.record.start) for line in lines if line.role == Role.DUB] == [
        ("SH010", 0),
        ("sh020_de", 1),
        ("it", 2),
    ]
    (tmp_path / "SH010_fr.wav").touch()
    with pytest.raises(DubError, match="SH010"):
        dubbed(cut("Boom"), str(tmp_path))


@pytest.mark.parametrize("dub", ["nowhere.wav", "."])
def test_a_dub_that_is_not_there_is_refused(
    dub: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DubError):
        dubbed(cut("Boom"), dub)


def test_a_muted_track_is_left_and_named_unless_it_is_asked_for() -> None:
    given = cut("Boom", "Dub DE")
    muted = tuple(line for line in given.lines if line.track == "Dub DE")
    heard = tuple(line for line in given.lines if line.track == "Boom")
    given = replace(given, lines=heard, muted=muted)
    with pytest.raises(DubError, match="muted: 'Dub DE'"):
        dubbed(given, None)
    asked = dubbed(given, "track:Dub*")
    assert tracks_by_role(asked) == ({"Dub DE"}, {"Boom"})
    assert asked.notes == ("Sound track 'Dub DE' is muted in the cut; as the dub, it is heard.",)
    other = dubbed(replace(cut("Boom", "Dub FR"), muted=muted), None)
    assert tracks_by_role(other)[0] == {"Dub FR"}
    assert "'Dub DE' is muted" in other.notes[0]


def test_a_track_whose_lines_cannot_be_followed_is_still_the_dub() -> None:
    given = replace(cut("Boom"), left_out=(LeftOut("DE_1", "Dub DE", seconds(0, 1), "It is odd."),))
    found = dubbed(given, None)
    assert tracks_by_role(found) == (set(), {"Boom"})
    assert [item.name for item in found.left_out] == ["DE_1"]


def test_the_tracks_of_a_dub_tell_who_speaks() -> None:
    found = dubbed(cut("Boom", "Dub DE Anna", "Dub DE 2"), "track:Dub*")
    assert {(line.track, line.character) for line in found.lines if line.role == Role.DUB} == {
        ("Dub DE Anna", "Anna"),
        ("Dub DE 2", ""),
    }
