import datetime as dt

import pytest

from lms.core import calendar


@pytest.mark.parametrize(
    ("day", "written"),
    [
        (dt.date(2026, 11, 23), "令和8年11月23日"),
        (dt.date(2019, 5, 1), "令和元年5月1日"),
        (dt.date(2019, 4, 30), "平成31年4月30日"),
        (dt.date(2019, 12, 31), "令和元年12月31日"),
        (dt.date(2020, 1, 1), "令和2年1月1日"),
        (dt.date(1989, 1, 8), "平成元年1月8日"),
        (dt.date(1989, 1, 7), "昭和64年1月7日"),
        (dt.date(1926, 12, 25), "昭和元年12月25日"),
        (dt.date(1926, 12, 24), "大正15年12月24日"),
        (dt.date(1912, 7, 30), "大正元年7月30日"),
        (dt.date(1912, 7, 29), "明治45年7月29日"),
    ],
)
def test_a_day_is_written_in_the_era_in_force_on_it(day: dt.date, written: str) -> None:
    assert calendar.era_date(day) == written


def test_the_weekday_is_that_of_the_day() -> None:
    assert calendar.era_date_with_weekday(dt.date(2026, 11, 23)) == "令和8年11月23日（月）"
    assert calendar.era_date_with_weekday(dt.date(2026, 11, 29)) == "令和8年11月29日（日）"


def test_days_before_the_first_era_known_are_refused() -> None:
    with pytest.raises(ValueError, match="1868-10-22"):
        calendar.era_date(dt.date(1868, 10, 22))


@pytest.mark.parametrize(
    ("day", "year"),
    [
        (dt.date(2026, 3, 31), 2025),
        (dt.date(2026, 4, 1), 2026),
        (dt.date(2026, 12, 31), 2026),
        (dt.date(2027, 1, 1), 2026),
        (dt.date(2027, 3, 31), 2026),
    ],
)
def test_the_fiscal_year_turns_on_1_april(day: dt.date, year: int) -> None:
    assert calendar.fiscal_year(day) == year


def test_a_fiscal_year_runs_from_1_april_to_31_march() -> None:
    assert calendar.fiscal_year_start(2026) == dt.date(2026, 4, 1)
    assert calendar.fiscal_year_end(2026) == dt.date(2027, 3, 31)
    assert calendar.fiscal_year(calendar.fiscal_year_end(2023)) == 2023


def test_a_fiscal_year_bears_the_era_of_its_1_april() -> None:
    assert calendar.fiscal_year_label(2018) == "平成30年度"
    assert calendar.fiscal_year_label(2019) == "平成31年度"
    assert calendar.fiscal_year_label(2020) == "令和2年度"
    assert calendar.fiscal_year_code(2026) == "R8"
    assert calendar.fiscal_year_code(2019) == "H31"


def test_a_day_ends_where_the_next_begins_in_the_office() -> None:
    end = calendar.end_of_day(dt.date(2026, 3, 31))
    assert end.isoformat() == "2026-04-01T00:00:00+09:00"


def test_today_is_the_offices_day_and_not_that_of_greenwich(time_machine) -> None:
    time_machine.move_to(dt.datetime(2026, 3, 31, 15, 0, tzinfo=dt.UTC))
    assert calendar.today() == dt.date(2026, 4, 1)
    time_machine.move_to(dt.datetime(2026, 3, 31, 14, 59, tzinfo=dt.UTC))
    assert calendar.today() == dt.date(2026, 3, 31)
