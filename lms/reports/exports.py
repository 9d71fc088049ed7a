"""The completion report as a file. Its headers are an agreed interface: not translated."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import IO

import pandas as pd

from courses.enums import Status
from courses.models import Offering
from lms.core.calendar import era_date_with_weekday, fiscal_year_label
from lms.core.tables import CP932, Column, Kind, Table, write_csv, write_xlsx
from lms.reports.domain.completion import By

FORMATS = ("csv", "xlsx")
COUNTS = (
    Column("対象", "enrolled", Kind.COUNT),
    Column("免除", "waived", Kind.COUNT),
    Column("取下", "withdrawn", Kind.COUNT),
    Column("修了", "completed", Kind.COUNT),
    Column("受講中", "in_progress", Kind.COUNT),
    Column("未着手", "not_started", Kind.COUNT),
    Column("受講率", "rate", Kind.PERCENT),
)
COLUMNS: dict[By, tuple[Column, ...]] = {
    By.UNIT: (Column("所属", "unit"), *COUNTS),
    By.POSITION: (Column("職位", "position"), *COUNTS),
    By.EMPLOYMENT_TYPE: (Column("任用形態", "employment_type"), *COUNTS),
    By.PERSON: (
        Column("職員番号", "number"),
        Column("氏名", "name"),
        Column("所属", "unit"),
        Column("職位", "position"),
        Column("任用形態", "employment_type"),
        *COUNTS,
        Column("状態", "status_text"),
        Column("受講期限", "due_on", Kind.DAY),
        Column("修了日", "completed_on", Kind.DAY),
    ),
}
OVERVIEW = (
    Column("年度", "year_text"),
    Column("研修", "title"),
    Column("実施回", "slug"),
    *COUNTS,
)
BY_TEXT = {
    By.UNIT: "所属別",
    By.POSITION: "職位別",
    By.EMPLOYMENT_TYPE: "任用形態別",
    By.PERSON: "職員別",
}
STATUS_TEXT = {
    Status.WAIVED.value: "免除",
    Status.WITHDRAWN.value: "取下",
    Status.COMPLETED.value: "修了",
    Status.IN_PROGRESS.value: "受講中",
    Status.NOT_STARTED.value: "未着手",
}
RATE_TEXT = (
    "修了 ÷（対象 － 免除 － 取下）、単位は％、小数第1位まで。数える人がいないときは空欄です。"
)
_NOT_IN_FILE_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


def report_table(frame: pd.DataFrame, by: By) -> Table:
    if by is By.PERSON:
        frame = frame.assign(status_text=frame["status"].map(STATUS_TEXT))
    return Table(frame, COLUMNS[by])


def overview_table(frame: pd.DataFrame) -> Table:
    years = [fiscal_year_label(year) for year in frame["fiscal_year"]]
    return Table(
        frame.assign(year_text=pd.Series(years, index=frame.index, dtype=object)), OVERVIEW
    )


def file_name(what: str, detail: str, *, on: dt.date, file_format: str) -> str:
    """受講状況_security-2026_所属別_20261123.csv, without what file systems do not take."""
    name = f"受講状況_{what}_{detail}_{on:%Y%m%d}.{file_format}"
    return _NOT_IN_FILE_NAMES.sub("-", name)


def report_conditions(
    offering: Offering, by: By, *, on: dt.date, within: str, at: dt.datetime, maker: str
) -> list[tuple[str, str]]:
    return [
        ("研修", offering.course.title),
        ("実施回", offering.slug),
        ("年度", fiscal_year_label(offering.fiscal_year)),
        ("範囲", within),
        ("集計", BY_TEXT[by]),
        *_common(on=on, at=at, maker=maker),
    ]


def overview_conditions(
    fiscal_year: int, *, on: dt.date, within: str, at: dt.datetime, maker: str
) -> list[tuple[str, str]]:
    return [
        ("年度", fiscal_year_label(fiscal_year)),
        ("範囲", within),
        ("集計", "実施回別"),
        *_common(on=on, at=at, maker=maker),
    ]


def _common(*, on: dt.date, at: dt.datetime, maker: str) -> list[tuple[str, str]]:
    return [
        ("基準日", f"{era_date_with_weekday(on)}（{on.isoformat()}）の終わり"),
        ("作成日時", f"{at:%Y-%m-%d %H:%M}"),
        ("作成者", maker),
        ("受講率", RATE_TEXT),
    ]


def write(
    table: Table,
    file: IO[bytes],
    *,
    file_format: str,
    encoding: str = CP932,
    conditions: Sequence[tuple[str, str]],
) -> None:
    """CSV, whose conditions the file name carries, or xlsx with a sheet of them."""
    if file_format == "xlsx":
        write_xlsx(table, file, sheet="受講状況", conditions=conditions, conditions_sheet="条件")
    else:
        write_csv(table, file, encoding=encoding)
