"""Rows of a table, from a CSV, TSV or text file or an Excel workbook, as texts."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from lipflap.core.errors import DubError

TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")
EXCEL_SUFFIXES = (".xlsx", ".xlsm")
TABLE_SUFFIXES = (*TEXT_SUFFIXES, *EXCEL_SUFFIXES)
MAX_BYTES = 64 << 20

_SEPARATORS = "\t;,|"
_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

_EXCEL_DAY_0, _EXCEL_DATES = datetime(1899, 12, 31), datetime(1900, 3, 1)

Rows = list[list[str]]


def read_tables(path: Path) -> Iterator[tuple[str, Rows]]:
    """Yield the tables that a file may hold: each sheet with its name, or, without one, a text
    split at each separator. Cells that are merged downwards say the same in every row.


    Raises DubError for a file that cannot be read as a table.
    """
    if path.suffix.casefold() in EXCEL_SUFFIXES:
        yield from _sheets(path)
        return
    text = read_text(path)
    problem: csv.Error | None = None
    is_table = False
    for separator in (*(mark for mark in _SEPARATORS if mark in text), "\0"):
        try:
            rows = _split(text, separator)
        except csv.Error as found:
            problem = found
        else:
            is_table = True
            yield "", rows
    if not is_table:
        raise DubError(
            f"cannot be read as a table: {problem}.",
            where=str(path),
            fix="Export it again as CSV in UTF-8.",
        ) from problem


def read_text(path: Path) -> str:
    """Return a text in UTF-8, UTF-16 with or without a mark, else as Windows writes it.

    Raises DubError for a file over 64 MiB.
    """
    _check_size(path)
    data = path.read_bytes()
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS.items() if data.startswith(mark)), "")
    if not encoding and b"\0" in data[:200]:
        encoding = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    if encoding:
        return data.decode(encoding, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _split(text: str, separator: str) -> Rows:
    clean = text if separator == "\0" else text.replace("\0", "")
    rows = csv.reader(io.StringIO(clean, newline=""), delimiter=separator)
    return [[cell.strip() for cell in row] for row in rows]


def _check_size(path: Path) -> None:
    if path.stat().st_size > MAX_BYTES:
        raise DubError(
            f"is larger than {MAX_BYTES >> 20} MiB, too large for a table.", where=str(path)
        )


def _sheets(path: Path) -> Iterator[tuple[str, Rows]]:
    _check_size(path)
    try:
        import openpyxl
    except ImportError as problem:
        raise DubError(
            "is an Excel workbook, and openpyxl, which reads them, is not installed.",
            where=str(path),
            fix='Save it as CSV, or run `pip install "lipflap[formats]"`.',
        ) from problem
    try:
        book = openpyxl.load_workbook(path, data_only=True)
        tables = [(sheet.title, _rows(sheet)) for sheet in book.worksheets]
    except Exception as problem:  # openpyxl raises anything on files that are none
        raise DubError(
            f"cannot be read as an Excel workbook: {problem}.",
            where=str(path),
            fix="Save it again, as .xlsx or as CSV.",
        ) from problem
    yield from tables


def _rows(sheet: Any) -> Rows:
    """Return the rows of a sheet of openpyxl."""
    rows = [[_text(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    for merged in sheet.merged_cells.ranges:
        left, top, _, bottom = merged.bounds
        for below in rows[top:bottom]:
            below[left - 1] = rows[top - 1][left - 1]
    return rows


def _text(value: object) -> str:
    """Return a cell as text: a time of day as 01:00:02.480, a whole number without a point.

    A duration of a day and more is a date of 1900 in Excel, and counted in hours here.
    """
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value - _EXCEL_DAY_0 if value < _EXCEL_DATES else value.time()
    if isinstance(value, time):
        return value.isoformat("milliseconds")
    if isinstance(value, timedelta):
        sign = "-" if value < timedelta(0) else ""
        seconds, rest = divmod(round(abs(value).total_seconds() * 1000), 1000)
        return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
