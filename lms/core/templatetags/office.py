"""How dates, times and numbers are written: era dates in Japanese, plain ones in English."""

import datetime as dt
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django import template
from django.core.paginator import Paginator
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, ngettext

from lms.core import calendar, text

register = template.Library()


def _in_japanese() -> bool:
    return (get_language() or "ja").startswith("ja")


def _day(value: dt.date | dt.datetime) -> dt.date:
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()
    return value


@register.filter
def era_date(value: dt.date | dt.datetime | None) -> str:
    """令和8年11月23日."""
    if not value:
        return ""
    day = _day(value)
    return calendar.era_date(day) if _in_japanese() else date_format(day, "DATE_FORMAT")


@register.filter
def era_date_weekday(value: dt.date | dt.datetime | None) -> str:
    """令和8年11月23日（月）."""
    if not value:
        return ""
    day = _day(value)
    return calendar.era_date_with_weekday(day) if _in_japanese() else date_format(day, "D, N j, Y")


@register.filter
def office_time(value: dt.datetime | dt.time | None) -> str:
    """15時30分, on the office's clock."""
    if value is None or value == "":
        return ""
    if isinstance(value, dt.datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return f"{value.hour}時{value.minute:02}分" if _in_japanese() else f"{value:%H:%M}"


@register.filter
def duration(seconds: int) -> str:
    """5分12秒."""
    return text.duration(seconds)


@register.filter
def grouped(value: float | Decimal | None) -> str:
    """1,234."""
    if value is None or value == "":
        return ""
    return f"{value:,}"


@register.filter
def fiscal_year(value: int | None) -> str:
    """令和8年度 for 2026."""
    if not value:
        return ""
    if _in_japanese():
        return calendar.fiscal_year_label(value)
    return gettext("fiscal year %(year)s") % {"year": value}


@register.filter
def days_left(due_on: dt.date | None, today: dt.date) -> str:
    """What a due day means today: days to go, the day itself, days too late."""
    if not due_on:
        return gettext("No due day")
    days = (due_on - today).days
    if days == 0:
        return gettext("Due today")
    if days > 0:
        return ngettext("%(days)s day left", "%(days)s days left", days) % {"days": grouped(days)}
    return ngettext("%(days)s day late", "%(days)s days late", -days) % {"days": grouped(-days)}


@register.simple_tag
def rate(done: int, total: int) -> str:
    """92.4％（231／250人）; with nobody to count there is no rate."""
    people = {"done": grouped(done), "total": grouped(total)}
    if not total:
        return gettext("no rate (%(done)s of %(total)s people)") % people
    percent = (Decimal(done) * 100 / Decimal(total)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return gettext("%(rate)s%% (%(done)s of %(total)s people)") % {"rate": percent, **people}


@register.filter
def page_numbers(paginator: "Paginator[Any]", current: int) -> Iterator[int]:
    """The page numbers to link to: the ends and those near the current one; 0 for a gap."""
    for number in paginator.get_elided_page_range(current, on_each_side=1, on_ends=1):
        yield number if isinstance(number, int) else 0
