"""Tables as files: a pandas frame as CSV or xlsx that a spreadsheet program reads right.

A cell that would begin a formula gets an apostrophe before it in CSV (as OWASP advises for such
files) and is written as text in xlsx. Numbers and dates keep their kind.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import IO, Any

import pandas as pd
import xlsxwriter

CP932 = "cp932"
UTF8 = "utf-8-sig"
ENCODINGS = (CP932, UTF8)
CONTENT_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

GETA = "〓"
# The same JIS characters under another Unicode number: nothing is lost.
_SAME_IN_CP932 = str.maketrans({"\u2014": "\u2015", "\u00a0": " "})
# Python writes these as single bytes that no spreadsheet program reads back.
_NOT_IN_CP932 = re.compile("[\u0080-\u00a0\uf8f0-\uf8f3]")
# They choose a drawing of the character before them, which CP932 cannot; that character stays.
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_BEGINS_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")

MIN_WIDTH = 8
MAX_WIDTH = 60


class Kind(Enum):
    TEXT = "text"
    COUNT = "count"
    PERCENT = "percent"
    DAY = "day"


@dataclass(frozen=True)
class Column:
    """A column of the file: its header, where the frame has it, and how to write it.

    A percentage is a number with one decimal: 92.4 says 92.4 %.
    """

    header: str
    name: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True)
class Table:
    """A frame and the columns of it that files show."""

    frame: pd.DataFrame
    columns: tuple[Column, ...]

    @property
    def headers(self) -> list[str]:
        return [column.header for column in self.columns]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The cells as str, int, float or date; None where there is nothing."""
        columns = [_cells(self.frame[column.name], column.kind) for column in self.columns]
        return zip(*columns, strict=True)


def _cells(series: "pd.Series[Any]", kind: Kind) -> list[Any]:
    empty = series.isna()
    converters: dict[Kind, Callable[[Any], Any]] = {
        Kind.TEXT: str,
        Kind.COUNT: int,
        Kind.PERCENT: float,
        Kind.DAY: _day,
    }
    convert = converters[kind]
    return [
        None if nothing else convert(value) for value, nothing in zip(series, empty, strict=True)
    ]


def _day(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def inert(text: str) -> str:
    """Text that no spreadsheet program takes for a formula."""
    return f"'{text}" if _BEGINS_FORMULA.match(text) else text


def in_cp932(text: str) -> str:
    """The text with 〓 for each character that CP932 lacks."""
    text = text.translate(_SAME_IN_CP932)
    if _fits(text):
        return text
    text = _VARIATION_SELECTORS.sub("", text)
    return "".join(char if _fits(char) else GETA for char in text)


def _fits(text: str) -> bool:
    try:
        text.encode(CP932)
    except UnicodeEncodeError:
        return False
    return not _NOT_IN_CP932.search(text)


def lossy_texts(table: Table, *, encoding: str = CP932) -> list[str]:
    """The cells that a file in this encoding cannot hold exactly, each once, in order."""
    if encoding != CP932:
        return []
    names = [column.name for column in table.columns if column.kind is Kind.TEXT]
    return list(dict.fromkeys(_lossy(table.frame, names)))


def _lossy(frame: pd.DataFrame, names: Sequence[str]) -> Iterator[str]:
    for name in names:
        texts = [str(text) for text in frame[name].dropna().unique()]
        if not _fits("".join(texts).translate(_SAME_IN_CP932)):
            yield from (text for text in texts if not _fits(text.translate(_SAME_IN_CP932)))


def write_csv(table: Table, file: IO[bytes], *, encoding: str = CP932) -> None:
    """Comma separated, lines ended by CRLF, days as 2026-11-23."""
    text = io.TextIOWrapper(file, encoding=encoding, newline="", write_through=True)
    try:
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(_csv_cells(table.headers, encoding))
        writer.writerows(_csv_cells(row, encoding) for row in table.rows())
    finally:
        text.detach()


def _csv_cells(row: Iterable[Any], encoding: str) -> list[Any]:
    return [_csv_cell(value, encoding) for value in row]


def _csv_cell(value: Any, encoding: str) -> Any:
    if isinstance(value, str):
        text = inert(value)
        return in_cp932(text) if encoding == CP932 and not text.isascii() else text
    if isinstance(value, float):
        return f"{value:.1f}"
    return "" if value is None else value


def write_xlsx(
    table: Table,
    file: IO[bytes],
    *,
    sheet: str,
    conditions: Sequence[tuple[str, str]] = (),
    conditions_sheet: str = "",
) -> None:
    """The table with a frozen header and filters, and a second sheet that says what it shows."""
    with _workbook(file) as book:
        _write_table(book, table, sheet)
        if conditions:
            _write_conditions(book, conditions, conditions_sheet)


def write_sheets(tables: Mapping[str, Table], file: IO[bytes]) -> None:
    """Several tables as one xlsx: name of the sheet > what stands on it."""
    with _workbook(file) as book:
        for name, table in tables.items():
            _write_table(book, table, name)


def _workbook(file: IO[bytes]) -> Any:
    return xlsxwriter.Workbook(
        file,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )


def _write_table(book: Any, table: Table, name: str) -> None:
    sheet = book.add_worksheet(name)
    header = book.add_format({"bold": True, "bg_color": "#E8F1FE", "bottom": 1, "text_wrap": True})
    formats = {
        Kind.TEXT: book.add_format({"num_format": "@"}),
        Kind.COUNT: book.add_format({"num_format": "#,##0"}),
        Kind.PERCENT: book.add_format({"num_format": '0.0"%"'}),
        Kind.DAY: book.add_format({"num_format": "yyyy/mm/dd"}),
    }
    widths = [_width(title) for title in table.headers]
    for at, title in enumerate(table.headers):
        sheet.write_string(0, at, title, header)
    last = 0
    for last, row in enumerate(table.rows(), start=1):
        for at, value in enumerate(row):
            kind = table.columns[at].kind
            if value is None:
                continue
            if kind is Kind.TEXT:
                sheet.write_string(last, at, _CONTROLS.sub("", value), formats[kind])
                widths[at] = max(widths[at], _width(value))
            elif kind is Kind.DAY:
                sheet.write_datetime(last, at, value, formats[kind])
            else:
                sheet.write_number(last, at, value, formats[kind])
    for at, column in enumerate(table.columns):
        least = 12 if column.kind is Kind.DAY else MIN_WIDTH
        sheet.set_column(at, at, min(max(widths[at] + 2, least), MAX_WIDTH))
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, last, len(table.columns) - 1)


def _write_conditions(book: Any, conditions: Sequence[tuple[str, str]], name: str) -> None:
    sheet = book.add_worksheet(name)
    bold = book.add_format({"bold": True, "valign": "top"})
    wrapped = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    for row, (label, value) in enumerate(conditions):
        sheet.write_string(row, 0, label, bold)
        sheet.write_string(row, 1, _CONTROLS.sub("", value), wrapped)
    sheet.set_column(0, 0, max(_width(label) for label, _ in conditions) + 2)
    sheet.set_column(1, 1, MAX_WIDTH)


def _width(text: str) -> int:
    """In half-width characters; a Japanese one takes two."""
    return sum(1 if char < "\u0100" or "\uff61" <= char <= "\uff9f" else 2 for char in text)
