"""Rows of a table, from a CSV, TSV or text file or an Excel workbook, as texts."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path

from lipflap.core.errors import DubError

TEXT_SUFFIXES = (".csv", ".tsv", ".tab", ".txt")
EXCEL_SUFFIXES = (".xlsx", ".xlsm")
TABLE_SUFFIXES = (*TEXT_SUFFIXES, *EXCEL_SUFFIXES)
MAX_BYTES = 64 << 20

_SEPARATORS = "\t;,|"
_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}

Rows = list[list[str]]


def read_tables(path: Path) -> Iterator[Rows]:
    """Yield the tables that a file may hold: each sheet, or a text split at each separator.

    Raises DubError for a file that cannot be read as a table.
    """
    if path.suffix.casefold() in EXCEL_SUFFIXES:
        yield from _sheets(path)
        return
    text = read_text(path)
    for separator in _SEPARATORS:
        if separator in text:
            yield _split(text, separator, path)
    yield _split(text, "\0", path)


def read_text(path: Path) -> str:
    """Return a text in UTF-8, UTF-16 with or without a mark, else as Windows writes it."""
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


def _split(text: str, separator: str, path: Path) -> Rows:
    clean = text if separator == "\0" else text.replace("\0", "")
    try:
        rows = csv.reader(io.StringIO(clean, newline=""), delimiter=separator)
        return [[cell.strip() for cell in row] for row in rows]
    except csv.Error as problem:
        raise DubError(
            f"cannot be read as a table: {problem}.",
            where=str(path),
            fix="Export it again as CSV in UTF-8.",
        ) from problem


def _check_size(path: Path) -> None:
    if path.stat().st_size > MAX_BYTES:
        raise DubError(
            f"is larger than {MAX_BYTES >> 20} MiB, too large for a table.", where=str(path)
        )


def _sheets(path: Path) -> Iterator[Rows]:
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
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        tables = [[_texts(row) for row in sheet.iter_rows(values_only=True)] for sheet in book]
        book.close()
    except Exception as problem:  # openpyxl raises anything on files that are none
        raise DubError(
            f"cannot be read as an Excel workbook: {problem}.",
            where=str(path),
            fix="Save it again, as .xlsx or as CSV.",
        ) from problem
    yield from tables


def _texts(row: Sequence[object]) -> list[str]:
    return [_text(value) for value in row]


def _text(value: object) -> str:
    """Return a cell as text: a time of day as 01:00:02.480, a whole number without a point."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.time()
    if isinstance(value, time):
        return value.isoformat("milliseconds")
    if isinstance(value, timedelta):
        milliseconds = round(value.total_seconds() * 1000)
        seconds, rest = divmod(milliseconds, 1000)
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
