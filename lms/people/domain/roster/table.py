"""A roster file as rows of cells. The file comes from anywhere, so every size has a limit."""

import csv
import datetime as dt
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from lms.people.domain.roster.problems import UnreadableRoster

Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
MAX_PARTS = 2_000
MAX_ROWS = 50_000
MAX_COLUMNS = 300
MAX_CELLS = 4_000_000

OLD_OFFICE = b"\xd0\xcf\x11\xe0"
ZIP = b"PK"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
READ = 1024 * 1024
REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})\Z")
# What a reader of cell values needs; pictures and macros stay packed.
NEEDED_PARTS = re.compile(r"(\[Content_Types\]\.xml|_rels/.*|xl/(_rels/)?[^/]+|xl/worksheets/.*)\Z")


@dataclass(frozen=True, slots=True)
class Table:
    """The heading, and below it every row with the number that a spreadsheet shows."""

    heading: list[Cell]
    rows: list[tuple[int, list[Cell]]]


def read_table(path: Path) -> Table:
    if path.stat().st_size > MAX_BYTES:
        raise UnreadableRoster(
            _("The file is larger than %(size)s MB. Split it or remove pictures from it.")
            % {"size": MAX_BYTES // (1024 * 1024)}
        )
    return parse_table(path.read_bytes())


def parse_table(content: bytes) -> Table:
    if not content.strip():
        raise UnreadableRoster(_("The file is empty. Choose the roster again."))
    if content.startswith(OLD_OFFICE):
        raise UnreadableRoster(
            _(
                "This is an old Excel file (xls) or one with a password. "
                "Open it, remove the password, and save it as an Excel workbook (xlsx)."
            )
        )
    lines = _workbook_lines(content) if content.startswith(ZIP) else _text_lines(content)
    heading: list[Cell] = []
    rows = []
    for number, line in enumerate(lines, start=1):
        if number > MAX_ROWS + 1 or len(line) > MAX_COLUMNS:
            raise _too_large()
        if number == 1:
            heading = line
        elif any(_is_filled(cell) for cell in line):
            rows.append((number, line))
    return Table(heading, rows)


def _is_filled(cell: Cell) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else True


def _too_large() -> UnreadableRoster:
    return UnreadableRoster(
        _(
            "The table has more than %(rows)s rows or %(columns)s columns. "
            "Remove what is not needed."
        )
        % {"rows": f"{MAX_ROWS:,}", "columns": MAX_COLUMNS}
    )


def _text_lines(content: bytes) -> Iterator[list[Cell]]:
    text = _decode(content)
    first_line = text.split("\n", 1)[0]
    delimiter = "\t" if first_line.count("\t") > first_line.count(",") else ","
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error as error:
        raise UnreadableRoster(
            _(
                "The file cannot be read as CSV. Open it in a spreadsheet program and save it "
                "as CSV or xlsx again."
            )
        ) from error


def _decode(content: bytes) -> str:
    if not content.startswith(UTF_16) and b"\0" not in content:
        for encoding in ("utf-8-sig", "cp932"):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                continue
    raise UnreadableRoster(
        _(
            "The characters of this file are neither UTF-8 nor Shift_JIS (CP932), or it is no "
            "table at all. Save it as CSV (UTF-8) or as an Excel workbook (xlsx)."
        )
    )


def _workbook_lines(content: bytes) -> Iterator[list[Cell]]:
    try:
        parts = _unpack(content)
        for name, part in parts.items():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                _check_extent(part)
        workbook = CalamineWorkbook.from_filelike(_repack(parts))
        sheets = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        ]
        if not sheets:
            raise UnreadableRoster(_("The workbook has no visible sheet."))
        sheet = workbook.get_sheet_by_name(sheets[0])
        yield from sheet.to_python(skip_empty_area=False)
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ParseError,
        DefusedXmlException,
        CalamineError,
        OSError,
        ValueError,
        KeyError,
    ) as error:
        raise UnreadableRoster(
            _(
                "The workbook is damaged or of another kind. Open it in a spreadsheet program "
                "and save it as an Excel workbook (xlsx) again."
            )
        ) from error


def _unpack(content: bytes) -> dict[str, bytes]:
    """The parts of the workbook, read no further than they say they are long."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        names = {entry.filename for entry in entries}
        if "xl/workbook.xml" not in names:
            raise UnreadableRoster(
                _(
                    "This is no Excel workbook (xlsx). Save the roster as xlsx or CSV and choose "
                    "that file."
                )
            )
        wanted = [entry for entry in entries if NEEDED_PARTS.match(entry.filename)]
        if (
            len(entries) > MAX_PARTS
            or sum(entry.file_size for entry in wanted) > MAX_UNPACKED_BYTES
        ):
            raise UnreadableRoster(
                _("The workbook is too large when unpacked. Copy the table alone into a new one.")
            )
        return {entry.filename: archive.read(entry) for entry in wanted}


def _repack(parts: dict[str, bytes]) -> io.BytesIO:
    """A workbook whose parts are as long as they say: the reader trusts what it is told."""
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_STORED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    plain.seek(0)
    return plain


def _check_extent(sheet: bytes) -> None:
    """Stop before a reader lays out a table for two cells that lie far apart."""
    rows = columns = cells = 0
    for _event, element in iterparse(io.BytesIO(sheet)):
        tag = element.tag.rpartition("}")[2]
        if tag == "c" and len(element):
            cells += 1
            match = REFERENCE.match(element.get("r", ""))
            if match:
                columns = max(columns, _column_number(match[1]))
                rows = max(rows, int(match[2]))
        elif tag == "row":
            element.clear()
        if cells > MAX_CELLS or columns > MAX_COLUMNS or rows > MAX_ROWS + 1:
            raise _too_large()
    if max(rows, 1) * max(columns, 1) > MAX_CELLS:
        raise _too_large()


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def text(cell: Any) -> str:
    """What a cell says; numbers as a spreadsheet shows them."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.datetime | dt.date):
        return cell.isoformat()
    return str(cell).strip()
