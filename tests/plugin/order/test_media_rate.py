"""An EDL says no rate: where its timecodes do not prove one, that of its media is taken."""

import subprocess
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from lipflap.plugin.cut.decisions import Decisions
from lipflap.plugin.dub_request import default_request
from lipflap.plugin.request_cut import read_cut

NTSC = Fraction(1000, 1001)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("films")
    made = {}
    for rate in ("25", "24000/1001", "30000/1001"):
        path = made[rate] = folder / f"{rate.replace('/', '-')}.mov"
        source = f"color=s=16x16:r={rate}"
        command = ["-f", "lavfi", "-i", source, "-frames:v", "3", "-c:v", "ffv1", path]
        subprocess.run([get_ffmpeg_exe(), "-v", "error", *map(str, command)], check=True)
    sound = made["dub"] = folder / "dub.wav"
    command = [get_ffmpeg_exe(), "-v", "error", "-f", "lavfi", "-i", "sine=duration=1", str(sound)]
    subprocess.run(command, check=True)
    return made


PLAIN = "10:00:00:10 10:00:02:10 01:00:00:00 01:00:02:00"
PROVEN_24 = "10:00:00:10 10:00:02:00 01:00:00:00 01:00:01:14"
PROVEN_25 = "10:00:00:10 10:00:02:08 01:00:00:00 01:00:01:23"


@pytest.mark.parametrize(
    ("codes", "media", "rate"),
    [
        (PLAIN, ["25"], Fraction(25)),
        (PLAIN, ["24000/1001"], 24 * NTSC),
        (PLAIN, ["25", "24000/1001"], Fraction(24)),  # nothing decides
        (PLAIN, [], Fraction(24)),
        (PROVEN_24, ["24000/1001"], 24 * NTSC),  # which 24 is meant
        (PROVEN_24, ["25"], Fraction(24)),
        (PROVEN_25, ["24000/1001"], Fraction(25)),
        (PLAIN.replace(":00:10", ":00;10"), ["25"], 30 * NTSC),
    ],
)
def test_the_rate_of_an_edl(
    codes: str, media: list[str], rate: Fraction, films: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "cut.edl"
    path.write_text(
        "".join(f"001 A V C {codes}\n* FROM FILE: {films[one]}\n" for one in media)
        or f"001 A V C {codes}\n"
    )
    request = default_request(path, Decisions(dub=str(films["dub"])))
    assert read_cut(request, tmp_path / "in").rate == rate
    assert read_cut(replace(request, rate=30 * NTSC), tmp_path / "in").rate == 30 * NTSC


@pytest.mark.parametrize(("media", "said"), [("25", "read at 25"), ("dub", "read at 24")])
def test_an_edl_says_once_how_it_was_read(
    media: str,
    said: str,
    films: dict[str, Path],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    path = tmp_path / "cut.edl"
    path.write_text(f"001 A V C {PLAIN}\n* FROM FILE: {films[media]}\n002 DE A C {PLAIN}\n")
    (tmp_path / "DE.wav").hardlink_to(films["dub"])
    read_cut(default_request(path, Decisions(dub="track:A1")), tmp_path / "in")
    said_of = [text for text in caplog.messages if "read at" in text]
    taken = [text for text in caplog.messages if "is taken" in text]
    assert ([said in text for text in said_of], len(taken)) == ([True], 1)


def test_an_edl_as_dub_counts_as_the_cut_does(films: dict[str, Path], tmp_path: Path) -> None:
    path, dub = tmp_path / "cut.edl", tmp_path / "dub.edl"
    path.write_text(f"001 A V C {PLAIN}\n* FROM FILE: {films['25']}\n")
    dub.write_text(
        f"001 A A C 00:00:00:00 00:00:00:20 01:00:00:00 01:00:00:20\n* FROM FILE: {films['dub']}\n"
    )
    request = default_request(path, Decisions(dub=str(dub)))
    (line,) = read_cut(request, tmp_path / "in").lines
    assert line.record.seconds == Fraction(20, 25)


def test_sound_of_an_edl_is_found_by_its_name(films: dict[str, Path], tmp_path: Path) -> None:
    """An EDL as dub has no paths either: a note, the clip and its sound bear one name."""
    path, dub = tmp_path / "cut.edl", tmp_path / "dub.edl"
    path.write_text(f"001 A V C {PLAIN}\n* FROM FILE: {films['25']}\n")
    (tmp_path / "ANNA_01.txt").touch()
    sound = tmp_path / "ANNA_01.wav"
    sound.write_bytes(films["dub"].read_bytes())
    codes = "00:00:00:05 00:00:00:20 01:00:00:00 01:00:00:15"
    dub.write_text(f"001 AX A C {codes}\n* FROM CLIP NAME: ANNA_01\n")
    (line,) = read_cut(default_request(path, Decisions(dub=str(dub))), tmp_path / "in").lines
    assert (line.path, line.sound_start) == (str(sound), Fraction(5, 25))
