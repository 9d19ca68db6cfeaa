"""Timecodes, versions and characters in the names of files."""

from fractions import Fraction
from pathlib import Path

import pytest

from lipflap.core.timecode import counts_in_drop_frame, parse_timecode
from lipflap.plugin.cut.delivery.file_names import (
    character_in,
    newest_versions,
    timecodes_in,
    times_in,
)

RATE = Fraction(25)
NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("name", "timecode"),
    [
        ("ANNA_01.00.00.12_0001", "01:00:00:12"),
        ("01-00-02-12", "01:00:02:12"),
        ("BERT 01_00_02_12 take 3", "01:00:02:12"),
        ("01000212", "01:00:02:12"),
        ("1001_01000212_ANNA", "01:00:02:12"),
        ("TC_01h00m02s12f", "01:00:02:12"),
        ("anna01h00m02s12", "01:00:02:12"),
        ("line 01:00:02:12", "01:00:02:12"),
        ("ANNA_01\uff1a00\uff1a02\uff1a12", "01:00:02:12"),
        ("ANNA_01\ua78900\ua78902\ua78912", "01:00:02:12"),
        ("2024_SH010_01-00-02-12_v02", "01:00:02:12"),
    ],
)
def test_a_timecode_in_a_name(name: str, timecode: str) -> None:
    assert next(timecodes_in(name, RATE, drop=False)) == parse_timecode(timecode, RATE)


@pytest.mark.parametrize(
    "name",
    ["EVA_01.00.02.480", "01-00-02.480", "01_00_02_480", "01h00m02s480ms", "1h00m02s480"],
)
def test_a_clock_with_milliseconds_in_a_name(name: str) -> None:
    assert list(times_in(name, NTSC, drop=True)) == [Fraction(360_248, 100)]


@pytest.mark.parametrize("name", ["SH010_01", "0001", "01-00-02-31", "99000212", "123456789", "a"])
def test_what_is_no_timecode(name: str) -> None:
    assert list(timecodes_in(name, RATE, drop=False)) == []


def test_a_timecode_counts_as_the_cut_does() -> None:
    in_drop = counts_in_drop_frame(107_892, NTSC)  # 01:00:00;00
    out_of_drop = counts_in_drop_frame(108_000, NTSC)  # 01:00:00:00
    assert (in_drop, out_of_drop) == (True, False)
    assert list(timecodes_in("01-00-02-12", NTSC, drop=True)) == [107_892 + 72]
    assert list(timecodes_in("01-00-02-12", NTSC, drop=False)) == [108_000 + 72]
    assert not counts_in_drop_frame(86_400, Fraction(24000, 1001))


def test_the_newest_version_is_taken_and_said() -> None:
    names = [
        "SH010_de_v02.wav",
        "SH010_de_v10.wav",
        "SH010_de.wav",
        "SH020_de_v01.wav",
        "SH030.wav",
    ]
    newest, notes = newest_versions(map(Path, names))
    assert [path.name for path in newest] == ["SH010_de_v10.wav", "SH020_de_v01.wav", "SH030.wav"]
    (note,) = notes
    assert all(name in note for name in names[:3])


def test_two_files_of_one_version_are_both_kept() -> None:
    newest, notes = newest_versions([Path("SH010_v2.wav"), Path("SH010_v02.flac")])
    assert (len(newest), notes) == (2, [])


@pytest.mark.parametrize(
    ("name", "character"),
    [
        ("ANNA_01.00.00.12_0001", "ANNA"),
        ("anna-0003", "anna"),
        ("SH010_01", ""),
        ("TC_01h00m02s12f", ""),
        ("line_0001", ""),
        ("de_0001", ""),
        ("0001", ""),
        ("0012_ANNA_01-00-02-12", "ANNA"),
        ("01-00-02.480 JO\u0308RG", "J\u00d6RG"),
        ("TC_01h00m02s12f_BERT_v02", "BERT"),
        ("R1_0012_ANNA", ""),
        ("COP1_01-00-02-12", "COP 1"),
        ("COP 2_0001", "COP 2"),
        ("ANNA_2_0001", "ANNA"),
        ("EP1_0001", ""),
    ],
)
def test_a_character_is_the_first_word(name: str, character: str) -> None:
    assert character_in(name) == character
