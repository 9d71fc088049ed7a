import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from lms.people.domain.roster import table, values
from lms.people.domain.roster.problems import UnreadableRoster
from lms.people.domain.roster.profiles import get_profile, shipped_profiles
from lms.people.domain.roster.table import parse_table, read_table, text
from lms.people.enums import PostingKind

LINES = [["職員番号", "氏名"], ["000123", "髙﨑　花"]]


def workbook(rows: list[list[Any]], *, hidden_first: bool = False) -> bytes:
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"default_date_format": "yyyy/m/d"})
    if hidden_first:
        book.add_worksheet("メモ").hide()
    sheet = book.add_worksheet("名簿")
    if hidden_first:
        sheet.activate()
        sheet.set_first_sheet()
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(number, column, cell)
    book.close()
    return content.getvalue()


def texts(content: bytes) -> list[list[str]]:
    parsed = parse_table(content)
    return [
        [text(cell) for cell in line] for line in (parsed.heading, *(r for _, r in parsed.rows))
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_csv_is_read_in_both_encodings(encoding: str, delimiter: str) -> None:
    content = "\r\n".join(delimiter.join(line) for line in LINES).encode(encoding)
    assert texts(content) == LINES


def test_a_character_that_cp932_lacks_survives_in_utf_8() -> None:
    assert texts("氏名\n𠮷田　神\n".encode())[1] == ["𠮷田　神"]


def test_a_workbook_is_known_by_its_content(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    path.write_bytes(workbook(LINES))
    assert [text(cell) for cell in read_table(path).heading] == LINES[0]


def test_numbers_of_a_workbook_are_whole_and_its_days_are_days() -> None:
    parsed = parse_table(workbook([["職員番号", "発令日"], [], [123, dt.date(2026, 4, 1)]]))
    assert [number for number, _ in parsed.rows] == [3]
    line = parsed.rows[0][1]
    assert text(line[0]) == "123"
    assert values.date(line[1]) == dt.date(2026, 4, 1)


def test_a_hidden_sheet_is_not_the_roster() -> None:
    assert texts(workbook(LINES, hidden_first=True)) == LINES


def with_part(name: str, part: bytes) -> bytes:
    content = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(LINES))) as source,
        zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as copy,
    ):
        for entry in source.infolist():
            if entry.filename != name:
                copy.writestr(entry.filename, source.read(entry))
        copy.writestr(name, part)
    return content.getvalue()


def far_apart() -> bytes:
    cells = "".join(
        f'<row r="{row}"><c r="{ref}"><v>1</v></c></row>'
        for row, ref in ((1, "A1"), (1_048_576, "XFD1048576"))
    )
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<worksheet xmlns="{space}"><sheetData>{cells}</sheetData></worksheet>'
    return with_part("xl/worksheets/sheet1.xml", sheet.encode())


def entity_bomb() -> bytes:
    bomb = (
        b'<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;">]><worksheet>&y;</worksheet>'
    )
    return with_part("xl/worksheets/sheet1.xml", bomb)


def zip_of(name: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, b"x")
    return content.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \r\n",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 512,
        zip_of("mimetype"),
        b"PK\x03\x04 torn",
        workbook(LINES)[:2000],
        "職員番号,氏名".encode("utf-16"),
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        b"\x81\x20\x81",
        far_apart(),
        entity_bomb(),
        with_part("xl/workbook.xml", b"<torn"),
        ("a," * 400).encode(),
        b'"' + b"x" * 200_000 + b'"',
    ],
    ids=[
        "empty",
        "blank",
        "xls",
        "other zip",
        "torn zip",
        "cut off",
        "utf-16",
        "picture",
        "no text",
        "cells far apart",
        "entities",
        "torn workbook",
        "too many columns",
        "huge cell",
    ],
)
def test_a_hostile_or_broken_file_ends_in_a_sentence(content: bytes) -> None:
    with pytest.raises(UnreadableRoster) as refusal:
        parse_table(content)
    assert str(refusal.value).endswith("。")


def test_a_zip_bomb_is_not_unpacked() -> None:
    bomb = with_part("xl/sharedStrings.xml", b" " * (table.MAX_UNPACKED_BYTES + 1))
    assert len(bomb) < table.MAX_BYTES
    with pytest.raises(UnreadableRoster):
        parse_table(bomb)


def test_a_file_beyond_the_limit_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "roster.csv"
    with path.open("wb") as file:
        file.truncate(table.MAX_BYTES + 1)
    with pytest.raises(UnreadableRoster, match="20"):
        read_table(path)


def test_too_many_rows_are_refused() -> None:
    with pytest.raises(UnreadableRoster, match="50,000"):
        parse_table(b"a\n" + b"1\n" * (table.MAX_ROWS + 1))


APRIL_1 = dt.date(2026, 4, 1)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026/4/1", APRIL_1),
        ("2026-04-01", APRIL_1),
        ("2026.4.1", APRIL_1),
        ("20260401", APRIL_1),
        (20260401.0, APRIL_1),
        ("２０２６／４／１", APRIL_1),
        ("2026年4月1日", APRIL_1),
        ("2026年4月1日(水)", APRIL_1),
        ("令和8年4月1日", APRIL_1),
        ("R8.4.1", APRIL_1),
        ("r8/4/1", APRIL_1),
        ("R080401", APRIL_1),
        ("令和元年5月1日", dt.date(2019, 5, 1)),
        ("平成31年4月30日", dt.date(2019, 4, 30)),
        ("昭和64年1月7日", dt.date(1989, 1, 7)),
        ("2017/11/1 12:02", dt.date(2017, 11, 1)),
        ("2017-11-01T12:02:33+09:00", dt.date(2017, 11, 1)),
        (dt.datetime(2026, 4, 1, 9, 0), APRIL_1),  # noqa: DTZ001 - as a workbook has it
        (dt.date(2026, 4, 1), APRIL_1),
        ("", None),
        ("9999/12/31", None),
        ("9999-12-31 23:59", None),
    ],
)
def test_days_are_read_in_both_calendars(written: Any, day: dt.date | None) -> None:
    assert values.date(written) == day


@pytest.mark.parametrize(
    "written", ["2026/2/29", "令和0年1月1日", "4月1日", "あした", 5.5, "1/4/2026"]
)
def test_what_is_no_day_is_said_so(written: Any) -> None:
    with pytest.raises(ValueError, match="令和8年4月1日"):
        values.date(written)


@pytest.mark.parametrize("written", ["部/課/係", "部／課／係", "部 > 課 ＞ 係", "/部//課/係/"])
def test_a_unit_is_a_path(written: str) -> None:
    assert values.unit_path(written) == ("部", "課", "係")


def test_a_middle_dot_is_part_of_a_name() -> None:
    assert values.unit_path("市長・副市長") == ("市長・副市長",)


def test_words_for_a_posting() -> None:
    assert values.kind("") == PostingKind.PRIMARY
    assert values.kind("昇任") == PostingKind.PRIMARY
    assert values.kind("兼務") == PostingKind.CONCURRENT
    assert values.kind("併任") == PostingKind.JOINT
    assert values.kind("出向") == PostingKind.SECONDMENT
    assert values.kind("退職") is None


def test_every_shipped_mapping_can_be_read() -> None:
    assert {"standard", "gws-users", "gws-groups"} <= shipped_profiles().keys()


def test_a_mapping_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "ours.toml"
    path.write_text('[columns]\nemployee_number = "番号"\nunit = ["課", "部"]\nname = "名前"\n')
    assert get_profile(str(path)).columns["unit"] == ("課", "部")


@pytest.mark.parametrize(
    "content", ["[columns", 'kind = "cars"', '[columns]\nshoe_size = "靴"', "[columns]\nname = 3"]
)
def test_a_wrong_mapping_file_is_explained(tmp_path: Path, content: str) -> None:
    path = tmp_path / "ours.toml"
    path.write_text(content)
    with pytest.raises(UnreadableRoster, match=r"ours\.toml"):
        get_profile(str(path))
    with pytest.raises(UnreadableRoster, match="gws-users"):
        get_profile("nowhere")
