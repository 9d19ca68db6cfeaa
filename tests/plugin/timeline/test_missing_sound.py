"""Sound that a cut names and of which no file is found: said, as production sound and as dub."""

from fractions import Fraction
from pathlib import Path

import pytest
from support.media.frame_codes import write_film
from support.media.sound_files import write_timed

from lipflap.core.errors import DubError
from lipflap.plugin.cut.cut import Cut
from lipflap.plugin.cut.delivery.session import lay_session
from lipflap.plugin.cut.delivery.sound_folder import SoundFiles
from lipflap.plugin.cut.dub_source import assign_dub
from lipflap.plugin.timeline.extract import extract_cut, read_session
from lipflap.plugin.timeline.read import read_timeline

EVENTS = (
    ("R1", "V", "take1.mkv"),
    ("R1", "A", "take1.mkv"),
    ("R2", "A2", "boom.wav"),
    ("BL", "A2", ""),
    ("R3", "A2", "boom2.wav"),
)


def edl(folder: Path, events: tuple[tuple[str, str, str], ...] = EVENTS) -> Path:
    """An EDL whose events last a second each; those of one track follow one another."""
    rows, at = [], {}
    for number, (reel, channel, name) in enumerate(events, 1):
        start = at.get(channel, 0)
        at[channel] = start + 1
        times = f"00:00:00:00 00:00:01:00 01:00:{start:02}:00 01:00:{start + 1:02}:00"
        rows.append(f"{number:03}  {reel} {channel} C  {times}")
        rows += [f"* FROM CLIP NAME: {name}"] if name else []
    path = folder / "cut.edl"
    path.write_text("TITLE: cut\n" + "\n".join(rows) + "\n")
    return path


def cut_of(path: Path) -> Cut:
    return extract_cut(read_timeline(path, rate=Fraction(25)), path=path)


def laid(cut: Cut, dub: str) -> Cut:
    files = SoundFiles(
        lambda path: Fraction(1),
        lambda path, rate: None,
        lambda path: (None, ""),
        lambda path: 48_000,
    )
    return assign_dub(cut, dub, dub_at=None, labels={}, sounds=files, read_session=read_session)


def test_production_sound_that_is_not_found_is_named_once(tmp_path: Path) -> None:
    cut = cut_of(edl(tmp_path))
    assert [(one.name, one.track) for one in cut.missing] == [
        ("take1.mkv", "A1"),
        ("boom.wav", "A2"),
        ("boom2.wav", "A2"),
    ]
    dub = write_timed(tmp_path / "dub.wav", 0, 1)
    (note,) = laid(cut, str(dub or tmp_path / "dub.wav")).notes
    assert note.startswith("Production sound take1.mkv on A1 is left out: ")
    assert "no file called take1.mkv" in note
    assert str(tmp_path) in note
    assert "2 other clips" in note


def test_sound_that_is_found_is_heard(tmp_path: Path) -> None:
    for name in ("boom.wav", "boom2.wav"):
        write_timed(tmp_path / name, 0, 1)
    cut = cut_of(edl(tmp_path))
    assert [line.name for line in cut.lines] == ["boom.wav", "boom2.wav"]
    assert [one.name for one in cut.missing] == ["take1.mkv"]


def test_a_film_without_sound_is_said_to_have_none(tmp_path: Path) -> None:
    write_film(tmp_path / "take1.mkv", 1, range(25))
    item = cut_of(edl(tmp_path)).missing[0]
    assert f"{tmp_path / 'take1.mkv'} does not hold sound" in item.why
    assert "rate" not in item.why


def test_a_dub_track_that_is_not_found_is_listed_as_not_laid(tmp_path: Path) -> None:
    found = laid(cut_of(edl(tmp_path)), "track:A2")
    assert [one.name for one in found.left_out] == ["boom.wav", "boom2.wav"]
    assert [note.split(" is left out")[0] for note in found.notes] == [
        "Production sound take1.mkv on A1"
    ]


def test_a_session_whose_files_are_missing_says_so(tmp_path: Path) -> None:
    path = edl(tmp_path, (("R2", "A", "boom.wav"),))
    session = read_session(path, rate=Fraction(25))
    cut = Cut("cut", Fraction(25), 90_000, (), ())
    with pytest.raises(DubError, match=r"boom\.wav on A1: .*no file called boom\.wav"):
        lay_session(cut, path, session)
