import csv
import datetime as dt
import io
from typing import Any

import openpyxl
import pandas as pd
import pytest

from lms.core.tables import (
    CP932,
    UTF8,
    Column,
    Kind,
    Table,
    in_cp932,
    inert,
    lossy_texts,
    write_csv,
    write_xlsx,
)

COLUMNS = (
    Column("氏名", "name"),
    Column("人数", "count", Kind.COUNT),
    Column("率", "rate", Kind.PERCENT),
    Column("日", "day", Kind.DAY),
)


def table(*rows: tuple[Any, ...]) -> Table:
    return Table(pd.DataFrame(list(rows), columns=["name", "count", "rate", "day"]), COLUMNS)


def as_csv(content: Table, encoding: str = CP932) -> bytes:
    file = io.BytesIO()
    write_csv(content, file, encoding=encoding)
    return file.getvalue()


def as_sheets(content: Table, **options: Any) -> openpyxl.Workbook:
    file = io.BytesIO()
    write_xlsx(content, file, sheet="表", **options)
    file.seek(0)
    return openpyxl.load_workbook(file)


ROW = ("佐藤　花子", 12, 92.44, dt.date(2026, 11, 23))


def test_csv_is_cp932_with_crlf_and_one_decimal() -> None:
    assert as_csv(table(ROW)).decode("cp932") == (
        "氏名,人数,率,日\r\n佐藤　花子,12,92.4,2026-11-23\r\n"
    )


def test_utf8_begins_with_a_byte_order_mark() -> None:
    content = as_csv(table(("𠮷田", 1, 0.0, None)), UTF8)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").splitlines()[1] == "𠮷田,1,0.0,"


def test_nothing_is_an_empty_cell() -> None:
    assert as_csv(table((None, 0, None, None))).decode("cp932").splitlines()[1] == ",0,,"
    sheet = as_sheets(table(("合計", 0, None, None)))["表"]
    assert [cell.value for cell in sheet[2]] == ["合計", 0, None, None]


@pytest.mark.parametrize("name", ["髙橋", "山﨑", "德永", "濵田", "神\ufa19", "①〜−‖", "ﾊﾝｶｸ"])
def test_what_cp932_has_stays(name: str) -> None:
    assert "〓" not in in_cp932(name)
    assert lossy_texts(table((name, 1, None, None))) == []


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("𠮷田", "〓田"),
        ("葛\U000e0100城", "葛城"),  # only the drawing is lost, so the character stays
        ("a\u0080b", "a〓b"),
        ("한", "〓"),
    ],
)
def test_what_cp932_lacks_is_replaced_and_listed(name: str, written: str) -> None:
    content = table((name, 1, None, None), ("鈴木", 1, None, None), (name, 1, None, None))
    assert as_csv(content).decode("cp932").splitlines()[1].split(",")[0] == written
    assert lossy_texts(content) == [name]
    assert lossy_texts(content, encoding=UTF8) == []


def test_a_dash_that_only_has_another_number_is_not_lost() -> None:
    assert in_cp932("課\u2014係\u00a0A") == "課\u2015係 A"
    assert lossy_texts(table(("課\u2014係\u00a0A", 1, None, None))) == []


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", '=cmd|"/c"!A0']
)
def test_a_formula_is_inert_in_both_formats(text: str) -> None:
    row = next(
        row
        for row in csv.reader(io.StringIO(as_csv(table((text, 1, 1.0, None))).decode("cp932")))
        if row[1] == "1"
    )
    assert row[0] == f"'{text}"
    cell = as_sheets(table((text, 1, 1.0, None)))["表"]["A2"]
    assert cell.data_type == "s"
    # XML readers turn a carriage return into a line feed.
    assert cell.value.replace("_x000D_", "\r").replace("\r", "\n") == text.replace("\r", "\n")


def test_negative_numbers_and_plain_text_are_left_alone() -> None:
    assert as_csv(table(("A-1", -3, -2.5, None))).decode("cp932").splitlines()[1] == "A-1,-3,-2.5,"
    assert inert("ー田") == "ー田"
    assert inert("") == ""


def test_a_cell_with_commas_quotes_and_line_breaks_reads_back() -> None:
    name = '総務,"第1"\n係'
    rows = list(csv.reader(io.StringIO(as_csv(table((name, 1, 1.0, None))).decode("cp932"))))
    assert rows[1][0] == name


def test_xlsx_keeps_kinds_formats_and_a_frozen_header() -> None:
    book = as_sheets(
        table(("000123", 1234, 92.4, dt.date(2026, 11, 23))),
        conditions=[("基準日", "2026-11-23"), ("式", "=1+1")],
        conditions_sheet="条件",
    )
    sheet = book["表"]
    assert [cell.value for cell in sheet[1]] == ["氏名", "人数", "率", "日"]
    assert [cell.value for cell in sheet[2]] == ["000123", 1234, 92.4, dt.datetime(2026, 11, 23)]  # noqa: DTZ001
    assert [cell.number_format for cell in sheet[2]] == ["@", "#,##0", '0.0"%"', "yyyy/mm/dd"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:D2"
    assert book["条件"]["B2"].data_type == "s"
    assert book["条件"]["B2"].value == "=1+1"


def test_a_table_without_rows_is_a_header() -> None:
    assert as_csv(table()).decode("cp932") == "氏名,人数,率,日\r\n"
    assert as_sheets(table())["表"].max_row == 1
