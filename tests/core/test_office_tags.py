import datetime as dt
from decimal import Decimal

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template
from django.utils import translation

from lms.core.templatetags import office

DAY = dt.date(2026, 11, 23)
# 15:30 in the office.
MOMENT = dt.datetime(2026, 11, 23, 6, 30, tzinfo=dt.UTC)


def written(source: str, **context: object) -> str:
    return Template("{% load office %}" + source).render(Context(context))


def test_dates_and_times_are_written_as_the_office_does() -> None:
    assert written("{{ d|era_date }}", d=DAY) == "令和8年11月23日"
    assert written("{{ d|era_date_weekday }}", d=DAY) == "令和8年11月23日（月）"
    assert written("{{ t|office_time }}", t=MOMENT) == "15時30分"
    assert written("{{ t|office_time }}", t=dt.time(9, 5)) == "9時05分"
    assert written("{{ y|fiscal_year }}", y=2026) == "令和8年度"


def test_a_moment_is_dated_by_the_offices_clock() -> None:
    just_after_midnight = dt.datetime(2026, 3, 31, 15, 0, tzinfo=dt.UTC)
    assert office.era_date(just_after_midnight) == "令和8年4月1日"
    assert office.era_date_weekday(just_after_midnight) == "令和8年4月1日（水）"


@pytest.mark.parametrize(
    "name", ["era_date", "era_date_weekday", "office_time", "grouped", "fiscal_year"]
)
def test_nothing_is_written_for_nothing(name: str) -> None:
    assert written("{{ x|" + name + " }}", x=None) == ""


def test_in_english_no_era_is_written() -> None:
    with translation.override("en"):
        assert office.era_date(DAY) == "Nov. 23, 2026"
        assert office.era_date_weekday(DAY) == "Mon, Nov. 23, 2026"
        assert office.office_time(MOMENT) == "15:30"
        assert office.fiscal_year(2026) == "fiscal year 2026"
        assert office.rate(231, 250) == "92.4% (231 of 250 people)"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1234, "1,234"),
        (1234567, "1,234,567"),
        (Decimal("1234.5"), "1,234.5"),
    ],
)
def test_numbers_are_grouped_by_three(number: int, text: str) -> None:
    assert office.grouped(number) == text


@pytest.mark.parametrize(
    ("done", "total", "text"),
    [
        (231, 250, "92.4％（231／250人）"),
        (0, 250, "0.0％（0／250人）"),
        (250, 250, "100.0％（250／250人）"),
        (1, 3, "33.3％（1／3人）"),
        (2, 3, "66.7％（2／3人）"),
        (1, 2000, "0.1％（1／2,000人）"),
        (0, 0, "－（0／0人）"),
    ],
)
def test_a_rate_is_always_shown_with_what_it_counts(done: int, total: int, text: str) -> None:
    assert written("{% rate done total %}", done=done, total=total) == text


@pytest.mark.parametrize(
    ("due_on", "text"),
    [
        (DAY + dt.timedelta(days=3), "期限まであと3日"),
        (DAY + dt.timedelta(days=1), "期限まであと1日"),
        (DAY, "今日まで"),
        (DAY - dt.timedelta(days=1), "1日過ぎています"),
        (DAY - dt.timedelta(days=1000), "1,000日過ぎています"),
        (None, "期限なし"),
    ],
)
def test_a_due_day_says_what_it_means_today(due_on: dt.date | None, text: str) -> None:
    assert office.days_left(due_on, DAY) == text


def test_page_numbers_show_the_ends_and_the_neighbours() -> None:
    pages = Paginator(range(1000), 10)
    assert list(office.page_numbers(pages, 50)) == [1, 0, 49, 50, 51, 0, 100]
    assert list(office.page_numbers(Paginator(range(30), 10), 2)) == [1, 2, 3]
