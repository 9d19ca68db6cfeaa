"""Cue lists in the encodings, separators and spellings that studios send."""

import unicodedata
from datetime import time, timedelta
from fractions import Fraction
from pathlib import Path

import openpyxl
import pytest

from lipflap.core.errors import DubError
from lipflap.plugin.cut.delivery.cue_list import ListedCue, read_cue_list

RATE = Fraction(25)
CUE = ListedCue(2, "1001", "JÖRG", "01:00:00:12", "01:00:01:07", "Bitte, gern", "cues/1001.wav")
CSV = (
    'Cue,Character,TC In,TC Out,Line,File\n1001,JÖRG,01:00:00:12,01:00:01:07,"Bitte, gern",'
    "cues/1001.wav\n"
)


def written(path: Path, data: bytes) -> tuple[ListedCue, ...]:
    path.write_bytes(data)
    return read_cue_list(path, RATE).cues


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    assert written(tmp_path / "cues.csv", CSV.encode(encoding)) == (CUE,)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_separators(tmp_path: Path, separator: str) -> None:
    titles = ["Datei", "Ende", "Beginn", "Rolle", "Nr.", "Dialog"]
    row = ["cues/1001.wav", "01:00:01:07", "01:00:00:12", "JÖRG", "1001", "Bitte, gern"]
    text = f"{separator.join(titles)}\r\n{separator.join(row)}\r\n"
    assert written(tmp_path / "cues.txt", text.encode()) == (CUE,)


@pytest.mark.parametrize(
    "titles",
    [
        "ID,Figur,Start,End,Text,Filename",
        "cue_no,Role,Timecode In,Timecode Out,Dialogue,Audio File",
        "Loop #,Character Name,In (hh:mm:ss:ff),Out (hh:mm:ss:ff),Translated Text,File name",
        "Nummer,Sprecher,Start TC,End TC,Text,WAV",
        "Cue ID,Personnage,TCIN,TCOUT,Dialogue,Take",
        "Event,Speaker,Start Time,End Time,Dialog,Take",
        "番号,役名,開始,終了,セリフ,ファイル",
        "Номер,Персонаж,Начало,Конец,Текст,Файл",
        "Numer,Postać,Początek,Koniec,Tekst,Plik",
        "Nummer,Rollnamn,Början,Slut,Replik,Fil",
    ],
)
def test_usual_spellings_of_columns(tmp_path: Path, titles: str) -> None:
    text = CSV.replace("Cue,Character,TC In,TC Out,Line,File", titles)
    assert written(tmp_path / "cues.csv", text.encode()) == (CUE,)


def test_a_cue_of_two_names_both(tmp_path: Path) -> None:
    (cue,) = written(tmp_path / "cues.csv", CSV.replace("JÖRG", "JÖRG / ANNA").encode())
    assert cue.character == "JÖRG + ANNA"


def test_a_file_column_outranks_takes(tmp_path: Path) -> None:
    (cue,) = written(tmp_path / "c.csv", b"Take,In,File\n3,01:00:00:12,a.wav\n")
    assert cue.file == "a.wav"


def test_rows_above_the_header_are_no_cues(tmp_path: Path) -> None:
    text = f"Reel 3;;\nThe film, in German;;\n;;\n{CSV.replace(',', ';')}"
    cues = written(tmp_path / "cues.csv", text.encode())
    assert [(cue.row, cue.cue) for cue in cues] == [(5, "1001")]


def test_a_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["notes of the studio"])
    sheet = book.create_sheet("cues")
    sheet.append(["Cue", "In", "Character", "File"])
    sheet.append([1001, "01:00:00:12", "ANNA", "1001.wav"])
    sheet.append([1002, 2.2, "BERT", None])
    sheet.append([1003, time(1, 0, 4), None, "c.wav"])
    book.save(tmp_path / "cues.xlsx")
    cues = read_cue_list(tmp_path / "cues.xlsx", RATE).cues
    assert [(cue.cue, cue.start, cue.file) for cue in cues] == [
        ("1001", "01:00:00:12", "1001.wav"),
        ("1002", "2.2", ""),
        ("1003", "01:00:04.000", "c.wav"),
    ]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cues.csv", b"\x00\x01\x02"),
        ("cues.csv", b"hello\nworld\n"),
        ("cues.csv", b"In,Out\n"),
        ("cues.xlsx", b"no workbook"),
        ("cues.csv", b""),
    ],
)
def test_what_is_no_cue_list_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    with pytest.raises(DubError, match=name):
        written(tmp_path / name, data)


def test_durations_of_a_day_and_more_are_hours(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["cue", "in"], ["a", 25 / 24], ["b", timedelta(hours=1)]):
        book.active.append(row)
    book.active["B2"].number_format = "hh:mm:ss"
    book.save(tmp_path / "cues.xlsx")
    cues = read_cue_list(tmp_path / "cues.xlsx", Fraction(25)).cues
    assert [cue.start for cue in cues] == ["25:00:00.000", "01:00:00.000"]


def test_a_separator_at_which_the_text_is_no_table_is_passed_over(tmp_path: Path) -> None:
    """A comma and a quotation mark that is never closed: one endless cell between commas."""
    rows = "".join(f'{n};01:00:00:00;oh,"{"x" * 60}\n' for n in range(3000))
    cues = written(tmp_path / "c.csv", f"cue;in;text\n{rows}".encode())
    assert len(cues) == 3000


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark(tmp_path: Path, encoding: str) -> None:
    text = CSV.replace("JÖRG", "Ελένη")
    (cue,) = written(tmp_path / "cues.csv", text.encode(encoding))
    assert cue.character == "Ελένη"


def test_characters_are_one_however_their_umlauts_are_written(tmp_path: Path) -> None:
    data = unicodedata.normalize("NFD", CSV).encode()
    assert written(tmp_path / "cues.csv", data) == (CUE,)


def test_merged_cells_count_for_all_their_rows_and_other_sheets_are_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    for row in (
        ["ADR CUE SHEET"],
        ["Character", "Cue", "Timecode", None, "File"],
        [None, None, "In", "Out", None],
        ["ANNA", 1, "01:00:00:12", "01:00:01:07", "a.wav"],
        [None, 2, "01:00:02:12", "01:00:03:07", "b.wav"],
        ["BERT", 3, "01:00:04:12", "01:00:05:07", "c.wav"],
    ):
        sheet.append(row)
    for cells in ("A1:E1", "A2:A3", "B2:B3", "C2:D2", "E2:E3", "A4:A5"):
        sheet.merge_cells(cells)
    sheet.title = "Reel 1"
    for title, cue in (("Reel 2", 9), ("empty", None)):
        other = book.create_sheet(title)
        other.append(["Cue", "In"])
        other.append([cue, "02:00:00:00" if cue else None])
    book.save(tmp_path / "cues.xlsx")
    found = read_cue_list(tmp_path / "cues.xlsx", RATE)
    told = [(cue.cue, cue.character, cue.start, cue.end[-2:]) for cue in found.cues]
    assert told == [
        ("1", "ANNA", "01:00:00:12", "07"),
        ("2", "ANNA", "01:00:02:12", "07"),
        ("3", "BERT", "01:00:04:12", "07"),
    ]
    assert len(found.notes) == 1
    assert "'Reel 2' holds cues, too, and is left: 'Reel 1' is read" in found.notes[0]


def test_how_a_character_is_heard_is_no_part_of_the_name(tmp_path: Path) -> None:
    names = ("ANNA (V.O.)", "ANNA (cont'd)", "ANNA [O.S.]", "ANNA (off)", "ANNA", "COP (1)")
    rows = "".join(f"{n};{name};01:00:0{n}:00\n" for n, name in enumerate(names))
    cues = written(tmp_path / "cues.csv", f"Cue;Character;In\n{rows}".encode())
    assert [cue.character for cue in cues] == ["ANNA"] * 5 + ["COP (1)"]
