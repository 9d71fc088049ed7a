"""The Japanese office year: 年度 run from 1 April to 31 March, eras count the years."""

import datetime as dt
from typing import NamedTuple

from django.utils import timezone

FIRST_MONTH = 4


class Era(NamedTuple):
    starts_on: dt.date
    name: str
    letter: str


# 元号法 and its cabinet orders: the first day of each era.
ERAS = (
    Era(dt.date(2019, 5, 1), "令和", "R"),
    Era(dt.date(1989, 1, 8), "平成", "H"),
    Era(dt.date(1926, 12, 25), "昭和", "S"),
    Era(dt.date(1912, 7, 30), "大正", "T"),
    Era(dt.date(1868, 10, 23), "明治", "M"),
)
WEEKDAYS = "月火水木金土日"


def today() -> dt.date:
    """The date in the office's time zone. For entry points; rules are given their date."""
    return timezone.localdate()


def fiscal_year(on: dt.date) -> int:
    """The 年度 a day belongs to: 31 March 2026 is in 2025, 1 April 2026 in 2026."""
    return on.year if on.month >= FIRST_MONTH else on.year - 1


def fiscal_year_start(year: int) -> dt.date:
    return dt.date(year, FIRST_MONTH, 1)


def fiscal_year_end(year: int) -> dt.date:
    return dt.date(year + 1, FIRST_MONTH, 1) - dt.timedelta(days=1)


def _era_of(on: dt.date) -> Era:
    for era in ERAS:
        if on >= era.starts_on:
            return era
    raise ValueError(f"{on} lies before the first era that is known here")


def era_year(on: dt.date) -> str:
    """令和8年; the first year of an era is 元年."""
    era = _era_of(on)
    number = on.year - era.starts_on.year + 1
    return f"{era.name}{'元' if number == 1 else number}年"


def era_date(on: dt.date) -> str:
    """令和8年11月23日."""
    return f"{era_year(on)}{on.month}月{on.day}日"


def era_date_with_weekday(on: dt.date) -> str:
    """令和8年11月23日（月）."""
    return f"{era_date(on)}（{WEEKDAYS[on.weekday()]}）"


def fiscal_year_label(year: int) -> str:
    """令和8年度, by the era in force on its 1 April (平成31年度 began in 平成)."""
    return era_year(fiscal_year_start(year)) + "度"


def fiscal_year_code(year: int) -> str:
    """R8, as numbers of documents carry it."""
    era = _era_of(fiscal_year_start(year))
    return f"{era.letter}{year - era.starts_on.year + 1}"


def end_of_day(on: dt.date) -> dt.datetime:
    """The first instant after the day, in the office's time zone."""
    return timezone.make_aware(dt.datetime.combine(on + dt.timedelta(days=1), dt.time.min))
