"""The text of a Pro Tools session: its tracks are characters, its clips files or parts of them."""

from fractions import Fraction
from pathlib import Path

import pytest

from lipflap.core.errors import DubError
from lipflap.plugin.cut.delivery.cue_list import ListedCue, read_cue_list

HEAD = "SESSION NAME:\tdub\nSAMPLE RATE:\t48000.0\nSESSION START TIMECODE:\t01:00:00:00\n"
FILES = "O N L I N E  F I L E S\n\nFilename\tLocation\n1001.wav\tdisk:Audio Files:\n\n"
COLUMNS = "CHANNEL\tEVENT\tCLIP NAME\tSTART TIME\tEND TIME\tDURATION\tSTATE\n"
MARKERS = "\nM A R K E R S\n#\tLOCATION\tTIME REFERENCE\tUNITS\n1\t01:00:00:00\t0\tSamples\n"


def track(name: str, *rows: str, state: str = "") -> str:
    head = f"TRACK NAME:\t{name}\nCOMMENTS:\t\nSTATE:\t{state}\n"
    return head + COLUMNS + "".join(row + "\n" for row in rows) + "\n"


def clip(name: str, start: str, end: str = "01:00:09:00", *, channel: int = 1, muted=False) -> str:
    state = "Muted" if muted else "Unmuted"
    return f"{channel} \t1\t{name}   \t{start} \t{end}\t00:00:00:20\t{state}"


def read(folder: Path, *tracks: str, counts: str = "25 Frame") -> tuple[ListedCue, ...]:
    path = folder / "session.txt"
    text = f"{HEAD}TIMECODE FORMAT:\t{counts}\n\n{FILES}{''.join(tracks)}{MARKERS}"
    path.write_text(text, "mac-roman")
    return read_cue_list(path, Fraction(25)).cues


def test_the_clips_of_all_tracks(tmp_path: Path) -> None:
    stereo = [clip("1002", "01:00:02:05.50", channel=n) for n in (1, 2)]
    cues = read(tmp_path, track("ANNA", clip("1001", "01:00:00:12")), track("Dub BERT", *stereo))
    found = [(cue.character, cue.file, cue.start, cue.end, cue.off) for cue in cues]
    assert found == [
        ("ANNA", "1001", "01:00:00:12", "01:00:09:00", ""),
        ("BERT", "1002", "01:00:02:05", "01:00:09:00", ""),
    ]


def test_what_is_muted_is_named(tmp_path: Path) -> None:
    on, off = clip("1001", "01:00:00:12"), clip("1002", "01:00:02:05", muted=True)
    cues = read(tmp_path, track("ANNA", on, off), track("OLD", on, state="Muted"))
    assert ["muted" in cue.off for cue in cues] == [False, True, True]


def test_a_fade_belongs_to_the_clips_beside_it(tmp_path: Path) -> None:
    rows = (
        ("(fade in)", "01:00:00:10", "01:00:00:12"),
        ("1001", "01:00:00:12", "01:00:01:00"),
        ("(cross fade)", "01:00:01:00", "01:00:01:04"),
        ("1002", "01:00:01:04", "01:00:02:00"),
        ("(fade out)", "01:00:02:00", "01:00:02:05"),
        ("1003", "01:00:02:05", "01:00:03:00"),
    )
    cues = read(tmp_path, track("ANNA", *(clip(*row) for row in rows)))
    assert [(cue.file, cue.start, cue.end) for cue in cues] == [
        ("1001", "01:00:00:10", "01:00:01:04"),
        ("1002", "01:00:01:00", "01:00:02:05"),
        ("1003", "01:00:02:05", "01:00:03:00"),
    ]


CLIPS = "O N L I N E  C L I P S\nCLIP NAME   \tSource File\n"


def test_the_list_of_clips_names_their_files(tmp_path: Path) -> None:
    listed = f"{CLIPS}1001.L  \t1001.wav\t[1]\n1001-02 \t1001.wav\n1001 \t1001.wav\n\n"
    rows = (clip(name, "01:00:00:12") for name in ("1001.L", "1001-02", "1001", "1009"))
    cues = read(tmp_path, listed, track("ANNA", *rows))
    assert [(cue.file, cue.is_part) for cue in cues] == [
        ("1001.wav", True),
        ("1001.wav", True),
        ("1001.wav", False),
        ("1009", False),
    ]


def test_other_times_than_timecode_are_refused(tmp_path: Path) -> None:
    (cue,) = read(tmp_path, track("ANNA", clip("1001", "17280000")))
    assert "no timecode" in cue.off
    with pytest.raises(DubError, match=r"29\.97 frames a second, the cut at 25"):
        read(tmp_path, track("ANNA", clip("1001", "01:00:00:12")), counts="29.97 Drop Frame")
    with pytest.raises(DubError, match="no clip"):
        read(tmp_path, "TRACK NAME:\tANNA\n")
